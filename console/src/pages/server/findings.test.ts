import { expect, test } from 'vitest';
import type { Condition, Server } from '../../api/types';
import { power, stuck } from '../../mock/scripts';
import { seed } from '../../mock/seed';
import { findings } from './findings';

const AT = '2026-01-01T00:00:00Z';

function server(change: (server: Server) => void): Server {
  const [made] = seed().servers;
  if (!made) throw new Error('the seed has no server');
  power(made, AT, true);
  change(made);
  return made;
}

const condition = (type: string, reason: string): Condition => ({
  type,
  status: 'True',
  reason,
  message: '',
  lastTransitionTime: AT,
});
const said = (made: Server) => findings(made).map(({ tone, text }) => `${tone}: ${text}`);

test('a server at rest is in place', () => {
  expect(said(server(() => {}))).toEqual(['good: Everything you asked for is in place.']);
});

test('what needs a person comes first and replaces "not ready"', () => {
  const made = server((s) => stuck(s, AT, 'ForeignVM', 'x', 'Stalled'));
  expect(said(made)).toEqual(['bad: It cannot go on without a person.']);
});

test('a restart that waits is told before that all is in place', () => {
  const made = server((s) => s.conditions.push(condition('RestartRequired', 'SizeChanged')));
  expect(said(made)).toEqual([
    'info: Some changes take effect at the next restart.',
    'good: Everything you asked for is in place.',
  ]);
});

test('a server that nobody has looked at yet is not called healthy', () => {
  const made = server((s) => {
    s.conditions = [];
    s.ready = false;
  });
  expect(said(made)).toEqual(['info: Slipway is working on it.']);
});
