// Numbers, sizes, money and times for people. Units in, text out.
import { LOCALE } from './catalogue';

const dateTimes = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });
const dates = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const days = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeZone: 'UTC' });
const shortDates = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const clocks = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const relatives = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto', style: 'long' });
const numbers = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const lists = new Intl.ListFormat(LOCALE, { type: 'conjunction' });

export const dateTime = (iso: string): string => dateTimes.format(new Date(iso));
export const date = (iso: string): string => dates.format(new Date(iso));
/** A day of the calendar, `2026-03-01`: the same for readers in every zone. */
export const day = (iso: string): string => days.format(new Date(`${iso}T00:00:00Z`));
/** Day and time without the year, for things within days of now. */
export const shortDateTime = (iso: string): string => shortDates.format(new Date(iso));
/** `12:03:04`, from milliseconds since 1970. */
export const clock = (ms: number): string => clocks.format(ms);
export const list = (items: string[]): string => lists.format(items);
export const number = (value: number): string => numbers.format(value);

/** The API counts large lists no further. */
const MAX_TOTAL = 10_000;

/** `240`, or `10,000+` of a list that was counted no further. */
export const total = (rows: number): string => (rows === MAX_TOTAL ? `${number(rows)}+` : number(rows));

/** `2 GiB` or `512 MiB`, from MiB. */
export function memory(mebibytes: number): string {
  return mebibytes >= 1024 ? `${numbers.format(mebibytes / 1024)} GiB` : `${numbers.format(mebibytes)} MiB`;
}

export const disk = (gibibytes: number): string => `${numbers.format(gibibytes)} GiB`;

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.4 GiB`, from bytes. */
export function bytes(count: number): string {
  const step = Math.min(Math.max(0, Math.floor(Math.log2(Math.max(1, count)) / 10)), BYTE_UNITS.length - 1);
  return `${numbers.format(count / 1024 ** step)} ${BYTE_UNITS[step]}`;
}

/** `1 Gbit/s`, from Mbit/s. */
export function bandwidth(megabits: number): string {
  return megabits >= 1000 ? `${numbers.format(megabits / 1000)} Gbit/s` : `${numbers.format(megabits)} Mbit/s`;
}

/** `€4.90` a month; the amount is a decimal string, as the API sends money. */
export function money(price: { currency: string; monthly: string }): string {
  return amount(price.currency, price.monthly);
}

/** The same of any amount; one in a currency that has no ISO code is shown as it is. */
export function amount(currency: string, value: string): string {
  if (!/^[A-Z]{3}$/.test(currency)) return `${value} ${currency}`.trim();
  return new Intl.NumberFormat(LOCALE, { style: 'currency', currency }).format(Number(value));
}

const STEPS: [limitSeconds: number, seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [86_400, 3600, 'hour'],
  [30 * 86_400, 86_400, 'day'],
  [365 * 86_400, 30 * 86_400, 'month'],
  [Number.POSITIVE_INFINITY, 365 * 86_400, 'year'],
];

/** `3 minutes ago`, `in 2 days`; both in milliseconds since 1970. */
export function relative(then: number, now: number): string {
  const seconds = Math.round((then - now) / 1000);
  for (const [limit, size, unit] of STEPS) {
    if (Math.abs(seconds) < limit) return relatives.format(Math.trunc(seconds / size), unit);
  }
  return dates.format(then);
}

/** `42 s`, `3 min 5 s`, `2 h 4 min`, from milliseconds. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
