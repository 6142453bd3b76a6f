import { expect, test } from 'vitest';
import { power, stuck } from '../mock/scripts';
import { seed } from '../mock/seed';
import { FAST_MS, MEDIUM_MS, serversInterval, SLOW_MS } from './polling';
import { statusOf } from './status';
import type { Operation, Server } from './types';

const AT = '2026-01-01T00:00:00Z';
const NOW = Date.parse(AT);

function server(change: (server: Server) => void): Server {
  const made = structuredClone(seed().servers[0] as Server);
  power(made, AT, true);
  made.updatedAt = AT;
  change(made);
  return made;
}

function operation(kind: Operation['kind'], verb: Operation['verb'] = null, status: Operation['status'] = 'running'): Operation {
  return { ...(seed().operations[0] as Operation), kind, verb, status, updatedAt: AT };
}

test.each<[string, (server: Server) => void, string]>([
  ['a server at rest shows its phase', () => {}, 'running'],
  ['an action shows what it does', (s) => (s.operation = operation('action', 'Shutdown')), 'shuttingDown'],
  [
    'a failed operation does not hide that the server runs',
    (s) => (s.operation = operation('update', null, 'failed')),
    'running',
  ],
  ['a deletion shows over everything', (s) => (s.operation = operation('delete')), 'deleting'],
  ['a kept server is deleted', (s) => (s.retained = { until: AT, purging: false }), 'deleted'],
  ['one that is purged is on its way out', (s) => (s.retained = { until: AT, purging: true }), 'purging'],
  ['one that no machine was found for is not linked', (s) => (s.phase = 'Unlinked'), 'unlinked'],
  ['one whose machine is destroyed is gone', (s) => (s.gone = true), 'gone'],
  [
    'a create that meets a full storage waits',
    (s) => {
      s.phase = 'Provisioning';
      s.operation = operation('create');
      stuck(s, AT, 'StorageFull', '', 'Reconciling');
    },
    'waiting',
  ],
])('%s', (_name, change, key) => {
  expect(statusOf(server(change)).key).toBe(key);
});

test('polling is fast after something moved, slower when it drags on, slow at rest', () => {
  const busy = server((s) => (s.operation = operation('create')));
  expect(serversInterval([busy], NOW + 1_000)).toBe(FAST_MS);
  expect(serversInterval([busy], NOW + 10 * 60_000)).toBe(MEDIUM_MS);
  expect(serversInterval([server(() => {})], NOW + 1_000)).toBe(SLOW_MS);
  expect(serversInterval([], NOW)).toBe(SLOW_MS);
});

test('one server that moves makes the whole list fast', () => {
  const slow = server((s) => (s.operation = operation('create')));
  const fresh = server((s) => {
    s.operation = operation('action', 'Start');
    s.updatedAt = new Date(NOW + 10 * 60_000).toISOString();
  });
  expect(serversInterval([slow, fresh], NOW + 10 * 60_000)).toBe(FAST_MS);
});
