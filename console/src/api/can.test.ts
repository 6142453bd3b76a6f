import { expect, test } from 'vitest';
import { power } from '../mock/scripts';
import { seed } from '../mock/seed';
import { type Refusal, refusal, type ServerAction } from './can';
import type { Operation, Server } from './types';

const AT = '2026-01-01T00:00:00Z';
const ACTIONS: ServerAction[] = [
  'start',
  'shutdown',
  'stop',
  'restart',
  'reset',
  'snapshot',
  'rollback',
  'restore',
  'rebuild',
  'changePlan',
  'growDisk',
  'settings',
  'delete',
];

function server(change: (server: Server) => void): Server {
  const made = structuredClone(seed().servers[0] as Server);
  power(made, AT, true);
  change(made);
  return made;
}

function operation(kind: Operation['kind'], verb: Operation['verb'] = null): Operation {
  const base = seed().operations[0] as Operation;
  return { ...base, kind, verb, status: 'running' };
}

type Row = [name: string, change: (server: Server) => void, refusals: Partial<Record<ServerAction, Refusal>>];

const every = (reason: Refusal, but: ServerAction[] = []) =>
  Object.fromEntries(ACTIONS.filter((action) => !but.includes(action)).map((action) => [action, reason]));

/** What waits for another action, beside power. */
const others: Partial<Record<ServerAction, Refusal>> = {
  reset: 'actionRunning',
  snapshot: 'actionRunning',
  rollback: 'actionRunning',
  restore: 'actionRunning',
  rebuild: 'actionRunning',
};

const table: Row[] = [
  ['nothing is done to a server without a machine', (s) => (s.phase = 'Unlinked'), every('unlinked')],
  ['a running server cannot be started', () => {}, { start: 'alreadyRunning' }],
  [
    'a stopped server can only be started',
    (s) => power(s, AT, false),
    { shutdown: 'notRunning', stop: 'notRunning', restart: 'notRunning', reset: 'notRunning' },
  ],
  [
    'a server that is kept stopped cannot be started before its policy changes',
    (s) => {
      power(s, AT, false);
      s.runPolicy = 'Stopped';
    },
    { start: 'keptStopped', shutdown: 'notRunning', stop: 'notRunning', restart: 'notRunning', reset: 'notRunning' },
  ],
  [
    'a server that is kept running can be restarted but not stopped',
    (s) => (s.runPolicy = 'Running'),
    { start: 'alreadyRunning', shutdown: 'keptRunning', stop: 'keptRunning' },
  ],
  [
    'stop overrules a shutdown that is going on, everything else waits',
    (s) => (s.operation = operation('action', 'Shutdown')),
    { start: 'actionRunning', shutdown: 'actionRunning', restart: 'actionRunning', ...others },
  ],
  [
    'a server that is being stopped cannot be stopped again',
    (s) => (s.operation = operation('action', 'Stop')),
    { start: 'actionRunning', shutdown: 'actionRunning', restart: 'actionRunning', ...others, stop: 'alreadyStopping' },
  ],
  [
    'a server that is being created can be deleted and renamed',
    (s) => {
      s.operation = operation('create');
      s.powerState = 'unknown';
    },
    every('beingCreated', ['settings', 'delete']),
  ],
  ['a server that is being deleted can do nothing', (s) => (s.operation = operation('delete')), every('beingDeleted')],
  ['a deleted server can do nothing', (s) => (s.retained = { until: AT, purging: false }), every('gone')],
  [
    'a suspended server cannot be started',
    (s) => {
      power(s, AT, false);
      s.phase = 'Suspended';
    },
    { start: 'suspended', restart: 'suspended', reset: 'suspended', shutdown: 'notRunning', stop: 'notRunning' },
  ],
];

test.each(table)('%s', (_name, change, refusals) => {
  const made = server(change);
  for (const action of ACTIONS) expect([action, refusal(action, made)]).toEqual([action, refusals[action] ?? null]);
});

test('nothing can be done without a network', () => {
  for (const action of ACTIONS)
    expect(
      refusal(
        action,
        server(() => {}),
        false,
      ),
    ).toBe('offline');
});

test('a disk of a size outside the plans is not grown by its customer', () => {
  expect(
    refusal(
      'growDisk',
      server((s) => (s.plan = '')),
    ),
  ).toBe('ownSize');
});

test('only a suspended server is resumed, and only a deleted one is taken back', () => {
  const living = server(() => {});
  expect([refusal('resume', living), refusal('undelete', living)]).toEqual(['notSuspended', 'notDeleted']);
  expect(refusal('suspend', living)).toBeNull();
  const suspended = server((s) => (s.suspended = { reason: 'unpaid' }));
  expect([refusal('resume', suspended), refusal('start', suspended)]).toEqual([null, 'suspended']);
  const kept = server((s) => (s.retained = { until: AT, purging: false }));
  expect([refusal('undelete', kept), refusal('undelete', kept, false), refusal('resume', kept)]).toEqual([
    null,
    'offline',
    'gone',
  ]);
});

test('a deleted server is destroyed early once, and nothing else is done to it then', () => {
  expect(
    refusal(
      'purge',
      server(() => {}),
    ),
  ).toBe('notDeleted');
  const kept = server((s) => (s.retained = { until: AT, purging: false }));
  expect(refusal('purge', kept)).toBeNull();
  const purging = server((s) => (s.retained = { until: AT, purging: true }));
  expect([refusal('purge', purging), refusal('undelete', purging)]).toEqual(['beingDestroyed', 'beingDestroyed']);
  const gone = server((s) => (s.gone = true));
  expect([refusal('purge', gone), refusal('start', gone)]).toEqual(['gone', 'gone']);
});
