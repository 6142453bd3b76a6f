// What can be done with a server now, and if not, why not. The one table behind the list's menu, the detail page
// and its dialogs; the API decides again and has the last word.
import { isUnfinished } from './status';
import type { Server } from './types';

export type ServerAction =
  | 'start'
  | 'shutdown'
  | 'stop'
  | 'restart'
  | 'reset'
  | 'snapshot'
  | 'deleteSnapshot'
  | 'rollback'
  | 'backup'
  | 'restore'
  | 'deleteBackup'
  | 'rebuild'
  | 'putBack'
  | 'destroyDisk'
  | 'migrate'
  | 'suspend'
  | 'resume'
  | 'changePlan'
  | 'changeSize'
  | 'growDisk'
  | 'addDisk'
  | 'growDataDisk'
  | 'removeDisk'
  | 'addNetwork'
  | 'removeNetwork'
  | 'settings'
  | 'delete'
  | 'undelete'
  | 'purge';

/** Actions that the API takes from staff only; others are not shown them. */
export const STAFF_ACTIONS: ReadonlySet<ServerAction> = new Set<ServerAction>(['migrate', 'suspend', 'resume', 'changeSize']);

/** Why not; each has its sentence in `i18n/server.ts`. */
export type Refusal =
  | 'gone'
  | 'unlinked'
  | 'beingDeleted'
  | 'beingCreated'
  | 'suspended'
  | 'alreadyRunning'
  | 'notRunning'
  | 'keptStopped'
  | 'keptRunning'
  | 'actionRunning'
  | 'alreadyStopping'
  | 'notSuspended'
  | 'notDeleted'
  | 'beingDestroyed'
  | 'ownSize'
  | 'offline';

type Rule = (server: Server) => Refusal | null;

const deleting: Rule = (s) =>
  s.phase === 'Deleting' || (isUnfinished(s.operation) && s.operation.kind === 'delete') ? 'beingDeleted' : null;
const creating: Rule = (s) => {
  const underWay = isUnfinished(s.operation) && s.operation.kind === 'create';
  return underWay || ((s.phase === 'Pending' || s.phase === 'Provisioning') && s.powerState === 'unknown')
    ? 'beingCreated'
    : null;
};
const suspended: Rule = (s) => (s.phase === 'Suspended' || s.suspended !== null ? 'suspended' : null);
const notSuspended: Rule = (s) => (s.suspended === null ? 'notSuspended' : null);
const running: Rule = (s) => (s.powerState === 'running' ? 'alreadyRunning' : null);
const notRunning: Rule = (s) => (s.powerState === 'stopped' ? 'notRunning' : null);
const keptStopped: Rule = (s) => (s.runPolicy === 'Stopped' ? 'keptStopped' : null);
const keptRunning: Rule = (s) => (s.runPolicy === 'Running' ? 'keptRunning' : null);
const ownSize: Rule = (s) => (s.plan === '' ? 'ownSize' : null);
const acting: Rule = (s) => (isUnfinished(s.operation) && s.operation.kind === 'action' ? 'actionRunning' : null);
// Stop overrules a shutdown that a guest ignores, so only another Stop is in its way.
const stopping: Rule = (s) => (isUnfinished(s.operation) && s.operation.verb === 'Stop' ? 'alreadyStopping' : null);

const TABLE: Record<ServerAction, Rule[]> = {
  start: [deleting, creating, acting, suspended, running, keptStopped],
  shutdown: [deleting, creating, acting, notRunning, keptRunning],
  stop: [deleting, creating, stopping, notRunning, keptRunning],
  restart: [deleting, creating, acting, suspended, notRunning, keptStopped],
  reset: [deleting, creating, acting, suspended, notRunning, keptStopped],
  snapshot: [deleting, creating, acting],
  deleteSnapshot: [deleting, creating, acting],
  rollback: [deleting, creating, acting],
  backup: [deleting, creating, acting],
  restore: [deleting, creating, acting],
  deleteBackup: [deleting, creating, acting],
  rebuild: [deleting, creating, acting],
  putBack: [deleting, creating, acting],
  destroyDisk: [deleting, creating, acting],
  migrate: [deleting, creating, acting],
  suspend: [deleting],
  resume: [deleting, notSuspended],
  changePlan: [deleting, creating],
  changeSize: [deleting, creating],
  growDisk: [deleting, creating, ownSize],
  addDisk: [deleting, creating],
  growDataDisk: [deleting, creating],
  removeDisk: [deleting, creating],
  addNetwork: [deleting, creating],
  removeNetwork: [deleting, creating],
  settings: [deleting],
  delete: [deleting],
  undelete: [() => 'notDeleted'],
  purge: [() => 'notDeleted'],
};

/** Null when the action is possible; otherwise the first reason against it. */
export function refusal(action: ServerAction, server: Server, online = true): Refusal | null {
  if (server.gone || (server.retained && action !== 'undelete' && action !== 'purge')) return 'gone';
  if (server.phase === 'Unlinked') return 'unlinked';
  if (!online) return 'offline';
  if (server.retained) return server.retained.purging ? 'beingDestroyed' : null;
  for (const rule of TABLE[action]) {
    const reason = rule(server);
    if (reason) return reason;
  }
  return null;
}
