// What can be done with a server now, and if not, why not. The one table behind the list's menu, the detail page
// and its dialogs; the API decides again and has the last word.
import { isUnfinished } from './status';
import type { Server } from './types';

export type ServerAction = 'start' | 'shutdown' | 'stop' | 'restart' | 'changePlan' | 'growDisk' | 'settings' | 'delete';

/** Why not; each has its sentence in `i18n/server.ts`. */
export type Refusal =
  | 'gone'
  | 'beingDeleted'
  | 'beingCreated'
  | 'suspended'
  | 'alreadyRunning'
  | 'notRunning'
  | 'keptStopped'
  | 'keptRunning'
  | 'actionRunning'
  | 'alreadyStopping'
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
const suspended: Rule = (s) => (s.phase === 'Suspended' ? 'suspended' : null);
const running: Rule = (s) => (s.powerState === 'running' ? 'alreadyRunning' : null);
const notRunning: Rule = (s) => (s.powerState === 'stopped' ? 'notRunning' : null);
const keptStopped: Rule = (s) => (s.runPolicy === 'Stopped' ? 'keptStopped' : null);
const keptRunning: Rule = (s) => (s.runPolicy === 'Running' ? 'keptRunning' : null);
const acting: Rule = (s) => (isUnfinished(s.operation) && s.operation.kind === 'action' ? 'actionRunning' : null);
// Stop overrules a shutdown that a guest ignores, so only another Stop is in its way.
const stopping: Rule = (s) => (isUnfinished(s.operation) && s.operation.verb === 'Stop' ? 'alreadyStopping' : null);

const TABLE: Record<ServerAction, Rule[]> = {
  start: [deleting, creating, acting, suspended, running, keptStopped],
  shutdown: [deleting, creating, acting, notRunning, keptRunning],
  stop: [deleting, creating, stopping, notRunning, keptRunning],
  restart: [deleting, creating, acting, suspended, notRunning, keptStopped],
  changePlan: [deleting, creating],
  growDisk: [deleting, creating],
  settings: [deleting],
  delete: [deleting],
};

/** Null when the action is possible; otherwise the first reason against it. */
export function refusal(action: ServerAction, server: Server, online = true): Refusal | null {
  if (server.retained) return 'gone';
  if (!online) return 'offline';
  for (const rule of TABLE[action]) {
    const reason = rule(server);
    if (reason) return reason;
  }
  return null;
}
