// Typed texts: a key that does not exist, or a placeholder that is not filled, is a type error.
// One catalogue a feature, so that a page's texts load with the page.

type Plural = { readonly one: string; readonly other: string };
export type Entry = string | Plural;

type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<E extends Entry> = E extends Plural ? Names<E['one'] | E['other']> | 'count' : E extends string ? Names<E> : never;
type Values<E extends Entry> = Record<NamesOf<E>, string | number>;
type Arguments<E extends Entry> = [NamesOf<E>] extends [never] ? [] : [values: Values<E>];

/** The language of the texts, for `Intl`: the reader's own flavour of English where they have one. */
export const LOCALE = navigator.language.startsWith('en') ? navigator.language : 'en';

const plurals = new Intl.PluralRules(LOCALE);
const numbers = new Intl.NumberFormat(LOCALE);

/** Makes the `t` of one feature. `{name}` is a placeholder; an entry with `one` and `other` is chosen by `{count}`. */
export function catalogue<const C extends Record<string, Entry>>(texts: C) {
  return function t<K extends keyof C>(key: K, ...[values]: Arguments<C[K]>): string {
    return fill(texts[key] as Entry, (values ?? {}) as Record<string, string | number>);
  };
}

function fill(entry: Entry, values: Record<string, string | number>): string {
  const form = typeof entry === 'string' ? entry : entry[plurals.select(Number(values['count'])) === 'one' ? 'one' : 'other'];
  return form.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? numbers.format(value) : (value ?? '');
  });
}
