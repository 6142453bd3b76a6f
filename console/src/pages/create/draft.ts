// What has been typed so far. Kept in the tab's storage over reloads and over signing in again; never the password.
import type { CreateServer, DeletionPolicy, DriftPolicy, RunPolicy } from '../../api/types';

export interface Draft {
  accountId: string;
  plan: string;
  image: string;
  site: string;
  /** Empty: the site's default network. */
  network: string;
  /** One key a line. */
  sshKeys: string;
  password: string;
  name: string;
  /** As typed; empty: the plan's disk. */
  rootDiskGiB: string;
  deletionProtection: boolean;
  runPolicy: RunPolicy;
  /** As typed; empty: no disk beside the root disk. */
  dataDiskGiB: string;
  /** Empty: the site's own storage. */
  dataDiskClass: string;
  /** Of the interface `private`; empty: none. */
  secondNetwork: string;
  antiAffinityGroup: string;
  /** As typed: addresses with commas or spaces between them. */
  dnsServers: string;
  searchDomain: string;
  deletionPolicy: DeletionPolicy;
  /** As typed. */
  deletionGracePeriodHours: string;
  driftPolicy: DriftPolicy;
  /** By staff: the sizes below take the place of the plan and of `rootDiskGiB`. */
  ownSize: boolean;
  /** As typed. */
  cores: string;
  memoryMiB: string;
  diskGiB: string;
  /** As typed; empty: unlimited. */
  networkMbps: string;
  /** By staff; empty: Slipway chooses. */
  wantedNode: string;
  /** By staff, of the interface `public`; empty: the next free one. */
  address: string;
  address6: string;
}

export type DraftField = keyof Draft;
export type SizeField = 'cores' | 'memoryMiB' | 'diskGiB' | 'networkMbps';

export const EMPTY: Draft = {
  accountId: '',
  plan: '',
  image: '',
  site: '',
  network: '',
  sshKeys: '',
  password: '',
  name: '',
  rootDiskGiB: '',
  deletionProtection: true,
  runPolicy: 'Managed',
  dataDiskGiB: '',
  dataDiskClass: '',
  secondNetwork: '',
  antiAffinityGroup: '',
  dnsServers: '',
  searchDomain: '',
  deletionPolicy: 'Delete',
  deletionGracePeriodHours: '72',
  driftPolicy: 'Correct',
  ownSize: false,
  cores: '',
  memoryMiB: '',
  diskGiB: '',
  networkMbps: '',
  wantedNode: '',
  address: '',
  address6: '',
};

const draftKey = (userId: string) => `slipway.create.${userId}`;
const keysKey = (userId: string) => `slipway.sshKeys.${userId}`;

/** The draft of this person in this tab, else an empty one with the ssh keys of last time. */
export function loadDraft(userId: string): Draft {
  const stored = read(sessionStorage, draftKey(userId));
  if (stored === null) return { ...EMPTY, sshKeys: read(localStorage, keysKey(userId)) ?? '' };
  try {
    return { ...EMPTY, ...(JSON.parse(stored) as Partial<Draft>), password: '' };
  } catch {
    return EMPTY;
  }
}

export function saveDraft(userId: string, draft: Draft): void {
  write(sessionStorage, draftKey(userId), JSON.stringify({ ...draft, password: '' }));
}

/** After the server was accepted: the draft goes, the public keys are offered again next time. */
export function finishDraft(userId: string, draft: Draft): void {
  clearDraft(userId);
  if (draft.sshKeys.trim() !== '') write(localStorage, keysKey(userId), draft.sshKeys);
}

export function clearDraft(userId: string): void {
  try {
    sessionStorage.removeItem(draftKey(userId));
  } catch {
    // Without storage there is nothing to remove.
  }
}

/** The lines that hold something. */
export function keysOf(draft: Draft): string[] {
  return draft.sshKeys
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The name servers that were typed. */
export function serversOf(draft: Draft): string[] {
  return draft.dnsServers.split(/[\s,]+/).filter((each) => each !== '');
}

/** The request for a draft that was found valid. */
export function bodyOf(draft: Draft): CreateServer {
  const keys = keysOf(draft);
  const servers = serversOf(draft);
  const searchDomain = draft.searchDomain.trim();
  const group = draft.antiAffinityGroup.trim();
  const storageClass = draft.dataDiskClass;
  return {
    name: draft.name.trim(),
    ...(draft.ownSize ? { resources: sizeOf(draft) } : { plan: draft.plan }),
    image: draft.image,
    site: draft.site,
    deletionProtection: draft.deletionProtection,
    runPolicy: draft.runPolicy,
    ...(draft.accountId !== '' && { accountId: draft.accountId }),
    ...(draft.network !== '' && { network: draft.network }),
    ...(keys.length > 0 && { sshKeys: keys }),
    ...(draft.password !== '' && { password: draft.password }),
    ...(!draft.ownSize && draft.rootDiskGiB.trim() !== '' && { rootDiskGiB: Number(draft.rootDiskGiB) }),
    ...(draft.dataDiskGiB.trim() !== '' && {
      disks: [{ name: 'data', sizeGiB: Number(draft.dataDiskGiB), ...(storageClass !== '' && { storageClass }) }],
    }),
    ...(draft.secondNetwork !== '' && { networks: [{ name: 'private', network: draft.secondNetwork }] }),
    ...(group !== '' && { antiAffinityGroup: group }),
    ...((servers.length > 0 || searchDomain !== '') && {
      dns: { servers, searchDomain: searchDomain === '' ? null : searchDomain },
    }),
    ...(draft.deletionPolicy !== 'Delete' && { deletionPolicy: draft.deletionPolicy }),
    ...(draft.deletionPolicy === 'Delete' && { deletionGracePeriodHours: Number(draft.deletionGracePeriodHours) }),
    ...(draft.driftPolicy !== 'Correct' && { driftPolicy: draft.driftPolicy }),
    ...(draft.wantedNode !== '' && { wantedNode: draft.wantedNode }),
    ...(draft.address.trim() !== '' && { address: draft.address.trim() }),
    ...(draft.address6.trim() !== '' && { address6: draft.address6.trim() }),
  };
}

/** The size that staff typed. */
export function sizeOf(draft: Draft): NonNullable<CreateServer['resources']> {
  return {
    cores: Number(draft.cores),
    memoryMiB: Number(draft.memoryMiB),
    diskGiB: Number(draft.diskGiB),
    ...(draft.networkMbps.trim() !== '' && { networkMbps: Number(draft.networkMbps) }),
  };
}

function read(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

function write(storage: Storage, key: string, value: string): void {
  try {
    storage.setItem(key, value);
  } catch {
    // A full or forbidden storage costs the draft, not the page.
  }
}
