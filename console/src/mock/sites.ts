// A site as staff sees it: Frankfurt has things to tidy up, Helsinki is stopped.
import type { Acknowledgeable, Adoptable, AdoptMachine, Server, Site, SiteDetail, User } from '../api/types';
import { type Db, iso } from './db';
import { server as makeServer } from './seed';
import { Refused } from './wire';

const HOUR = 3_600_000;

export function siteDetail(db: Db, site: Site): SiteDetail {
  const ago = (hours: number) => iso(db.now() - hours * HOUR);
  const well: SiteDetail = {
    ...site,
    servers: 9,
    endpoints: [`https://pve1.${site.name}.example.com:8006`, `https://pve2.${site.name}.example.com:8006`],
    version: '9.2.1',
    clusterIdentity: `${site.name}/0f3c9d2a71b04e55`,
    observedAt: ago(0),
    vmidStart: 2000,
    vmidEnd: 99_999,
    nextVmid: 2041,
    conditions: [{ type: 'Ready', status: 'True', reason: 'Reached', message: '', lastTransitionTime: ago(400) }],
    nodes: [
      { name: 'pve1', online: true, cordoned: false, cores: 32, memoryMiB: 262_144 },
      { name: 'pve2', online: true, cordoned: true, cores: 32, memoryMiB: 262_144 },
    ],
    quarantine: [],
    orphans: [],
    brakes: { deletionsPercent: 2, deletions: [], sweepsPerHour: 10, sweeps: [], heldSince: null, releasedAt: null },
    doctor: [{ feature: 'snapshots', ok: true, message: '', fix: '' }],
    epochs: [{ number: 41, nonce: '9ad1c03f' }],
    acknowledgement: null,
  };
  return site.ready ? { ...well, ...toTidyUp(ago) } : { ...well, ...stopped(ago) };
}

function toTidyUp(ago: (hours: number) => string): Partial<SiteDetail> {
  return {
    quarantine: [
      {
        vmid: 2017,
        reason: 'The clone of VM 9000 was cut off, and Proxmox VE keeps its lock.',
        command: 'qm unlock 2017 && qm destroy 2017 --purge',
        since: ago(20),
      },
    ],
    orphans: [{ vmid: 2031, node: 'pve1', name: 'test-by-hand', why: 'It carries no mark of Slipway.', since: ago(3) }],
    doctor: [
      { feature: 'snapshots', ok: true, message: '', fix: '' },
      {
        feature: 'backups',
        ok: false,
        message: 'The token may not write to the storage backups.',
        fix: 'pveum acl modify /storage/backups --tokens slipway@pve!operator --roles SlipwayStorage',
      },
    ],
  };
}

function stopped(ago: (hours: number) => string): Partial<SiteDetail> {
  const message = '14 of 20 guests vanished from the inventory at once.';
  const about = { reason: 'InventoryShrank', message, lastTransitionTime: ago(1) };
  const deletions = [0.1, 0.2, 0.3, 0.4, 0.5].map(ago);
  return {
    conditions: [
      { type: 'Ready', status: 'False', ...about },
      { type: 'Stalled', status: 'True', ...about },
    ],
    nodes: [{ name: 'pve1', online: false, cordoned: false, cores: 16, memoryMiB: 131_072 }],
    brakes: { deletionsPercent: 2, deletions, sweepsPerHour: 10, sweeps: [], heldSince: ago(0.1), releasedAt: null },
  };
}

const intoPool = (vmid: number, more = '') => `pvesh set /pools --poolid slipway-4f1c9d --vms ${vmid}${more}`;

/** Only Frankfurt has machines that somebody made by hand. */
export function adoptable(site: SiteDetail): Adoptable[] {
  if (site.name !== 'fra1') return [];
  const base = { node: 'pve1', running: true, pool: null, skipped: null };
  const size = { cores: 2, memoryMiB: 2048, diskGiB: 20, moreDisks: 0, networks: [], leavesPool: false };
  return [
    { ...base, vmid: 501, name: 'old-web', command: intoPool(501), becomes: { ...size, name: 'old-web', moreDisks: 1 } },
    {
      ...base,
      vmid: 502,
      name: 'shop-db',
      pool: 'customers',
      command: intoPool(502, ' --allow-move 1'),
      becomes: { ...size, name: 'shop-db', networks: ['office'], leavesPool: true },
    },
    {
      ...base,
      vmid: 9000,
      name: 'debian-13',
      running: false,
      command: null,
      becomes: null,
      skipped: 'it is a container or a template',
    },
    { ...base, vmid: 9100, name: 'appliance', command: null, becomes: null, skipped: 'it has no disk' },
  ];
}

export function adoptMachine(db: Db, site: SiteDetail, body: AdoptMachine): Server {
  const machine = adoptable(site).find(({ vmid }) => vmid === body.vmid);
  if (!machine?.becomes) throw new Refused(409, 'conflict', `VM ${body.vmid} cannot be adopted.`);
  const owner = db.accounts.find(({ id }) => id === body.accountId);
  if (!owner) throw new Refused(404, 'not-found', 'There is no such account.');
  const name = body.name ?? machine.becomes.name;
  if (db.servers.some((each) => each.accountId === owner.id && each.name === name)) {
    const message = `Another server of ${owner.name} is called ${name}.`;
    throw new Refused(409, 'name-taken', message, [{ field: 'name', message }]);
  }
  const image = body.image ?? '';
  const made = makeServer(db, owner, name, { plan: '', size: machine.becomes, image, days: 0 });
  made.driftPolicy = 'Report';
  return made;
}

export function acknowledge(db: Db, site: SiteDetail, condition: Acknowledgeable, user: User): SiteDetail {
  const braked = condition === 'Brake' && site.brakes.heldSince !== null;
  const stalled = site.conditions.some(({ type, reason }) => type === 'Stalled' && reason === condition);
  if (!braked && !stalled) throw new Refused(409, 'conflict', `The site is not stopped by ${condition}.`);
  const at = iso(db.now());
  site.acknowledgement = { condition, at, by: user.email, deliveredAt: at, message: null };
  if (braked) site.brakes = { ...site.brakes, heldSince: null, releasedAt: at };
  else site.conditions = [{ type: 'Ready', status: 'True', reason: 'Reached', message: '', lastTransitionTime: at }];
  return site;
}
