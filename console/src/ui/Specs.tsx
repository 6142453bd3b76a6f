import type { ReactNode } from 'react';

/** A list of terms and what they are; a row with an empty term continues the one before. Falsy rows are left out. */
export function Specs({ rows }: { rows: ([term: string, value: ReactNode] | false | null | undefined)[] }) {
  const groups: { term: string; values: { key: number; value: ReactNode }[] }[] = [];
  for (const row of rows) {
    if (!row) continue;
    const [term, value] = row;
    const last = groups.at(-1);
    if (term === '') last?.values.push({ key: last.values.length, value });
    else groups.push({ term, values: [{ key: 0, value }] });
  }
  return (
    <dl className="sw-specs">
      {groups.map(({ term, values }) => (
        <div key={term}>
          <dt>{term}</dt>
          {values.map(({ key, value }) => (
            <dd key={key}>{value}</dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
