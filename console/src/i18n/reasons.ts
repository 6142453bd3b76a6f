// The API's reasons in words for people: what is going on, and what to do about it.
const known = {
  PlanNotFound: { what: 'Its plan does not exist any more.', next: 'Choose another plan.' },
  ImageNotFound: {
    what: 'Its image does not exist any more.',
    next: 'Your provider has to bring it back; the server goes on by itself then.',
  },
  NetworkNotFound: {
    what: 'Its network does not exist any more.',
    next: 'Your provider has to bring it back; the server goes on by itself then.',
  },
  NoTemplate: {
    what: 'No machine at this site holds the image yet.',
    next: 'Your provider has to put it there; the server goes on by itself then.',
  },
  StorageFull: {
    what: 'The storage at this site is full.',
    next: 'Nothing to do: it goes on by itself when there is room again.',
  },
  PoolEmpty: { what: 'No address is free at this site.', next: 'Nothing to do: it goes on by itself when an address is free.' },
  NoCapacity: { what: 'No machine at this site has room for this plan.', next: 'Wait, or choose a smaller plan.' },
  PermissionMissing: {
    what: 'Slipway lacks a permission at this site.',
    next: 'Your provider has to grant it; the server goes on by itself then.',
  },
  SiteUnreachable: {
    what: 'The site cannot be reached at the moment.',
    next: 'Running servers keep running. It goes on by itself when the site answers.',
  },
  NodeUnavailable: {
    what: 'The machine that this server lives on is down.',
    next: 'It goes on by itself when the machine is back.',
  },
  Locked: { what: 'Another task, such as a backup, holds the server.', next: 'It goes on by itself when that task ends.' },
  Brake: {
    what: 'Many servers changed at once, so Slipway paused to be safe.',
    next: 'It goes on by itself, or when your provider confirms.',
  },
  Paused: { what: 'Your provider has paused changes to this server.', next: 'Ask your provider.' },
  QuotaExceeded: {
    what: 'Your account has reached its limit.',
    next: 'Delete what you do not need, or ask your provider for more.',
  },
  SiteFrozen: {
    what: 'The site accepts no new or deleted servers at the moment.',
    next: 'It goes on by itself when your provider lifts that.',
  },
  ForeignVM: {
    what: 'The machine behind this server carries somebody else’s mark.',
    next: 'Slipway keeps its hands off. Your provider has to look at it.',
  },
  VMLost: { what: 'The machine behind this server is gone.', next: 'Your provider has to restore it.' },
  ShrinkRefused: { what: 'A disk cannot shrink.', next: 'Set the disk to its present size or more.' },
  PreviousVM: {
    what: 'An earlier server of this name still exists.',
    next: 'Choose another name, or ask your provider to bring the old one back.',
  },
  AdoptRefused: { what: 'The machine could not be taken over.', next: 'Your provider has to look at it.' },
  NotInPool: { what: 'The machine is not in Slipway’s pool.', next: 'Your provider has to put it there.' },
  LockStale: { what: 'A lock was left behind by a task that died.', next: 'Your provider has to remove it.' },
  Invalid: {
    what: 'The wish for this server cannot be carried out.',
    next: 'See the message and change the setting that it names.',
  },
  Unlinked: {
    what: 'No machine was found for it when it was carried over.',
    next: 'Name the machine under services: in mapping.yaml, and run the migration again.',
  },
  Deleted: { what: 'The server was deleted meanwhile.', next: 'Nothing to do.' },
} as const;

export interface Explanation {
  what: string;
  next: string | null;
}

const byReason: Record<string, Explanation | undefined> = known;

/** Explains a reason; one that has no words here is split at its capitals ("GuestTools" → "Guest tools"). */
export function explain(reason: string): Explanation {
  const words = () => reason.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return byReason[reason] ?? { what: words(), next: null };
}
