import { expect, test } from 'vitest';
import { bandwidth, disk, duration, memory, money, relative, total } from './format';

test('memory is shown in the unit a person would use', () => {
  expect(memory(512)).toBe('512 MiB');
  expect(memory(2048)).toBe('2 GiB');
  expect(memory(1536)).toBe('1.5 GiB');
});

test('disk, bandwidth and money carry their units', () => {
  expect(disk(25)).toBe('25 GiB');
  expect(bandwidth(250)).toBe('250 Mbit/s');
  expect(bandwidth(1000)).toBe('1 Gbit/s');
  expect(money({ currency: 'EUR', monthly: '4.90' })).toBe('€4.90');
});

test('relative times step from seconds to years', () => {
  const now = Date.UTC(2026, 0, 31);
  expect(relative(now - 5_000, now)).toBe('5 seconds ago');
  expect(relative(now - 90_000, now)).toBe('1 minute ago');
  expect(relative(now + 49 * 3_600_000, now)).toBe('in 2 days');
  expect(relative(now - 400 * 86_400_000, now)).toBe('last year');
});

test('a total that was counted no further says so', () => {
  expect(total(9_999)).toBe('9,999');
  expect(total(10_000)).toBe('10,000+');
});

test('durations never go below zero', () => {
  expect(duration(-20)).toBe('0 s');
  expect(duration(185_000)).toBe('3 min 5 s');
  expect(duration(7_440_000)).toBe('2 h 4 min');
});
