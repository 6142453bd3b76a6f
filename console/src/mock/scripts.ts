// What happens to a server during each kind of operation, second by second.
import type { Condition, OperationKind, Server, Verb } from '../api/types';

export interface Step {
  /** Milliseconds after the operation began. */
  after: number;
  reason: string;
  message: string;
  effect?: (server: Server, at: string) => void;
  ends?: 'succeeded' | 'failed';
}

type Effect = (server: Server) => void;
type Script = (server: Server, verb: Verb | null, effect: Effect) => Step[];

export const SCRIPTS: Record<OperationKind, Script> = { create, update, delete: remove, undelete, purge, action };

let lastOctet = 40;

/** Names that begin with `wait-` meet a full storage, those with `fail-` a person who must help. */
function create(server: Server): Step[] {
  const start: Step[] = [
    { after: 400, reason: 'Applied', message: 'Wish delivered to the site.', effect: (s) => (s.phase = 'Pending') },
    {
      after: 1_200,
      reason: 'Cloning',
      message: `Cloning ${server.image} as VM ${2000 + server.revision} on pve1.`,
      effect: (s, at) => {
        s.phase = 'Provisioning';
        conditions(s, at, [
          ['Ready', 'False', 'Provisioning', ''],
          ['Reconciling', 'True', 'Provisioning', ''],
        ]);
      },
    },
  ];
  if (server.name.startsWith('wait-')) {
    const message = 'Storage local-lvm on pve1 and pve2 has no room for 25 GiB. It goes on when there is room.';
    return [
      ...start,
      { after: 2_000, reason: 'StorageFull', message, effect: (s, at) => stuck(s, at, 'StorageFull', message, 'Reconciling') },
    ];
  }
  if (server.name.startsWith('fail-')) {
    const message = 'VM 2007 carries the mark of another installation.';
    return [
      ...start,
      {
        after: 2_000,
        reason: 'ForeignVM',
        message,
        ends: 'failed',
        effect: (s, at) => {
          s.phase = 'Failed';
          stuck(s, at, 'ForeignVM', message, 'Stalled');
        },
      },
    ];
  }
  return [
    ...start,
    {
      after: 3_000,
      reason: 'Configured',
      message: 'Sizes, network and access are set.',
      effect: (s) => (s.vmid = 2000 + s.revision),
    },
    { after: 4_000, reason: 'Starting', message: 'Starting for the first time.' },
    {
      after: 5_000,
      reason: 'Running',
      message: 'Running.',
      ends: 'succeeded',
      effect: (s, at) => {
        s.addresses = [`203.0.113.${lastOctet++}`];
        power(s, at, s.runPolicy !== 'Stopped');
      },
    },
  ];
}

function update(_server: Server, _verb: Verb | null, effect: Effect): Step[] {
  return [
    { after: 300, reason: 'Applied', message: 'Wish delivered to the site.', effect: (s) => (s.phase = 'Updating') },
    { after: 1_200, reason: 'Resizing', message: 'Setting the new values.' },
    {
      after: 2_400,
      reason: 'Updated',
      message: 'All values are set.',
      ends: 'succeeded',
      effect: (s, at) => {
        const before = s.cores;
        effect(s);
        power(s, at, s.powerState === 'running');
        if (before !== s.cores && s.powerState === 'running') {
          s.restartRequired = true;
          s.conditions = [
            ...s.conditions,
            {
              type: 'RestartRequired',
              status: 'True',
              reason: 'SizeChanged',
              message: 'The new cores and memory wait for a restart.',
              lastTransitionTime: at,
            },
          ];
        }
      },
    },
  ];
}

/** Verbs that leave the power on. */
const ON = new Set<Verb | null>(['Start', 'Restart', 'Reset']);

function action(server: Server, verb: Verb | null, effect: Effect): Step[] {
  const powers = ON.has(verb) || verb === 'Stop' || verb === 'Shutdown';
  const on = powers ? ON.has(verb) : server.powerState === 'running';
  return [
    { after: 300, reason: 'Applied', message: 'Delivered to the site.' },
    { after: 900, reason: 'TaskStarted', message: `Proxmox runs the task on pve1.` },
    {
      after: 2_200,
      reason: on ? 'Running' : 'Stopped',
      message: on ? 'Running.' : 'Stopped.',
      ends: 'succeeded',
      effect: (s, at) => {
        s.restartRequired = false;
        power(s, at, on);
        effect(s);
      },
    },
  ];
}

function remove(): Step[] {
  return [
    { after: 300, reason: 'Applied', message: 'Wish delivered to the site.', effect: (s) => (s.phase = 'Deleting') },
    { after: 1_000, reason: 'Stopping', message: 'Stopping.', effect: (s, at) => (power(s, at, false), (s.phase = 'Deleting')) },
    {
      after: 2_000,
      reason: 'Retained',
      message: 'Stopped, and kept until its grace period is over.',
      ends: 'succeeded',
      effect: (s, at) => {
        const until = Date.parse(at) + s.deletionGracePeriodHours * 3_600_000;
        s.retained = { until: s.deletionPolicy === 'Retain' ? null : new Date(until).toISOString(), purging: false };
        s.conditions = [];
      },
    },
  ];
}

function undelete(_server: Server, _verb: Verb | null, effect: Effect): Step[] {
  return [
    { after: 300, reason: 'Applied', message: 'Wish delivered to the site.' },
    {
      after: 1_200,
      reason: 'Running',
      message: 'The machine is this server’s again.',
      ends: 'succeeded',
      effect: (s, at) => {
        power(s, at, true);
        effect(s);
      },
    },
  ];
}

function purge(): Step[] {
  return [
    { after: 300, reason: 'Applied', message: 'Wish delivered to the site.' },
    { after: 900, reason: 'Purging', message: 'The machine is being destroyed.' },
    {
      after: 2_000,
      reason: 'Purged',
      message: 'The server’s machine is not kept any more.',
      ends: 'succeeded',
      effect: (s) => {
        s.retained = null;
        s.gone = true;
      },
    },
  ];
}

/** Running or stopped, and all is well. */
export function power(server: Server, at: string, on: boolean): void {
  server.powerState = on ? 'running' : 'stopped';
  const plain = on ? 'Running' : 'Stopped';
  server.phase = server.suspended === null ? plain : 'Suspended';
  server.ready = true;
  server.reason = null;
  server.message = null;
  conditions(server, at, [
    ['Ready', 'True', 'AsWished', ''],
    ['Provisioned', 'True', 'Started', 'The first start ended well.'],
  ]);
}

/** Waiting (`Reconciling`) or in need of a person (`Stalled`). */
export function stuck(server: Server, at: string, reason: string, message: string, type: 'Reconciling' | 'Stalled'): void {
  server.ready = false;
  server.reason = reason;
  server.message = message;
  conditions(server, at, [
    ['Ready', 'False', reason, message],
    [type, 'True', reason, message],
  ]);
}

function conditions(server: Server, at: string, rows: [string, Condition['status'], string, string][]): void {
  server.conditions = rows.map(([type, status, reason, message]) => ({ type, status, reason, message, lastTransitionTime: at }));
}
