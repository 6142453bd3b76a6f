// What a server is doing, as one word for people. Pure: the API's phase, its newest operation, its deletion.
import type { Operation, OperationKind, Server, Verb } from './types';

export type StatusKey =
  | 'creating'
  | 'updating'
  | 'deleting'
  | 'starting'
  | 'shuttingDown'
  | 'stopping'
  | 'restarting'
  | 'resetting'
  | 'snapshotting'
  | 'rollingBack'
  | 'backingUp'
  | 'restoring'
  | 'moving'
  | 'rebuilding'
  | 'tidying'
  | 'returning'
  | 'purging'
  | 'waiting'
  | 'running'
  | 'stopped'
  | 'suspended'
  | 'failed'
  | 'unlinked'
  | 'pending'
  | 'unknown'
  | 'deleted'
  | 'gone';

export type Tone = 'busy' | 'good' | 'off' | 'bad' | 'warn';

export interface Status {
  key: StatusKey;
  tone: Tone;
}

const DOING: Record<Verb, StatusKey> = {
  Start: 'starting',
  Shutdown: 'shuttingDown',
  Stop: 'stopping',
  Restart: 'restarting',
  Reset: 'resetting',
  Snapshot: 'snapshotting',
  DeleteSnapshot: 'tidying',
  Rollback: 'rollingBack',
  Backup: 'backingUp',
  Restore: 'restoring',
  DeleteBackup: 'tidying',
  Migrate: 'moving',
  Rebuild: 'rebuilding',
  DestroyDisk: 'tidying',
};
const KIND: Record<Exclude<OperationKind, 'action'>, StatusKey> = {
  create: 'creating',
  update: 'updating',
  delete: 'deleting',
  undelete: 'returning',
  purge: 'purging',
};

/** Reasons that heal by themselves once their cause is gone: the server waits, nothing has failed. */
const WAITING = new Set([
  'PlanNotFound',
  'ImageNotFound',
  'NetworkNotFound',
  'NoTemplate',
  'StorageFull',
  'PoolEmpty',
  'NoCapacity',
  'PermissionMissing',
  'SiteUnreachable',
  'NodeUnavailable',
  'Locked',
  'Brake',
  'Paused',
  'QuotaExceeded',
  'SiteFrozen',
]);

/** Whether the operation still goes on. */
export function isUnfinished(operation: Operation | null): operation is Operation & { status: 'accepted' | 'running' } {
  return operation !== null && (operation.status === 'accepted' || operation.status === 'running');
}

/** Whether the server waits for something outside of it, such as space on a storage. */
export function isWaiting(server: Server): boolean {
  return !server.ready && server.reason !== null && WAITING.has(server.reason);
}

/** Whether the server was deleted: its machine is kept for a while, or gone. */
export function isDeleted(server: Server): boolean {
  return server.retained !== null || server.gone;
}

/** Whether anything about the server is about to change without us doing anything. */
export function isChanging(server: Server): boolean {
  if (server.gone) return false;
  if (server.retained) return server.retained.purging;
  return isUnfinished(server.operation) || ['Pending', 'Provisioning', 'Updating', 'Deleting'].includes(server.phase);
}

export function statusOf(server: Server): Status {
  if (server.gone) return { key: 'gone', tone: 'off' };
  if (server.retained) return server.retained.purging ? { key: 'purging', tone: 'busy' } : { key: 'deleted', tone: 'off' };
  const { operation, phase } = server;
  if (isUnfinished(operation)) {
    if (operation.kind === 'action') {
      return { key: operation.verb ? DOING[operation.verb] : 'updating', tone: 'busy' };
    }
    if (isWaiting(server) && operation.kind !== 'delete') return { key: 'waiting', tone: 'warn' };
    return { key: KIND[operation.kind], tone: 'busy' };
  }
  return ofPhase(phase, server);
}

function ofPhase(phase: Server['phase'], server: Server): Status {
  switch (phase) {
    case 'Pending':
    case 'Provisioning':
      if (isWaiting(server)) return { key: 'waiting', tone: 'warn' };
      return { key: phase === 'Pending' ? 'pending' : 'creating', tone: 'busy' };
    case 'Updating':
      return { key: 'updating', tone: 'busy' };
    case 'Deleting':
      return { key: 'deleting', tone: 'busy' };
    case 'Suspended':
      return { key: 'suspended', tone: 'warn' };
    case 'Unlinked':
      return { key: 'unlinked', tone: 'warn' };
    case 'Failed':
      return { key: 'failed', tone: 'bad' };
    case 'Running':
      return { key: 'running', tone: 'good' };
    case 'Stopped':
      return { key: 'stopped', tone: 'off' };
  }
}
