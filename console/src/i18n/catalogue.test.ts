import { expect, test } from 'vitest';
import { catalogue } from './catalogue';

const t = catalogue({
  plain: 'Servers',
  named: 'Delete {name}?',
  counted: { one: '{count} server in {site}', other: '{count} servers in {site}' },
});

test('a text without placeholders needs no values', () => {
  expect(t('plain')).toBe('Servers');
});

test('placeholders are filled', () => {
  expect(t('named', { name: 'web-1' })).toBe('Delete web-1?');
});

test('the plural form follows the count and numbers are grouped', () => {
  expect(t('counted', { count: 1, site: 'fra1' })).toBe('1 server in fra1');
  expect(t('counted', { count: 1200, site: 'fra1' })).toBe('1,200 servers in fra1');
});

test('a missing value or an unknown key is a type error', () => {
  // @ts-expect-error `name` is missing
  expect(t('named', {})).toBe('Delete ?');
  // @ts-expect-error there is no such key
  expect(() => t('nothing')).toThrow(TypeError);
});
