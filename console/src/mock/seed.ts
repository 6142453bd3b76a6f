// The mock's first content: a staff member, two customers, and servers in every state that there is.
import { siteDetail } from './sites';
import type { Account, Image, Operation, Plan, Server, User } from '../api/types';
import { type Db, iso, newId } from './db';
import { carryOver } from './history';
import { power, stuck } from './scripts';

export const PASSWORD = 'correct horse battery';
export const CUSTOMER = 'ada@example.com';
export const STAFF = 'staff@example.com';

const DAY = 86_400_000;

interface SeedOptions {
  now?: () => number;
  speed?: number;
  /** Servers of the other customer, for pages to turn. */
  others?: number;
}

export function seed({ now = Date.now, speed = 1, others = 64 }: SeedOptions = {}): Db {
  const db = empty(now, speed);
  catalogue(db);
  const ada = person(db, CUSTOMER, 'Ada Lovelace', false);
  person(db, STAFF, 'Sam Staff', true);
  const grace = person(db, 'grace@example.com', 'Grace Hopper', false);
  db.users.push({ ...user(db, 'alan@example.com', 'Alan Turing', false), hasPassword: false });
  const engines = account(db, 'Analytical Engines', 'analytical-engines');
  const navy = account(db, 'Navy Yards', 'navy-yards');
  join(db, engines, ada);
  join(db, navy, grace);
  customersServers(db, engines, ada);
  for (let index = 1; index <= others; index += 1) {
    const made = server(db, navy, `node-${String(index).padStart(2, '0')}`, { plan: 'small', days: 10 + index });
    power(made, made.createdAt, index % 5 !== 0);
  }
  const web = db.servers[0];
  if (web) carryOver(db, engines, web, server(db, engines, 'lost-1', { plan: 'small', days: 30 }));
  return db;
}

function customersServers(db: Db, engines: Account, ada: User): void {
  const make = (name: string, more: Parameters<typeof server>[3]) => server(db, engines, name, more);
  const web = make('web-1', { plan: 'medium', days: 212, last: 10 });
  web.addresses.push('2001:db8::10');
  power(web, web.createdAt, true);
  const before = (days: number) => iso(db.now() - days * DAY);
  web.snapshots = [{ name: 'before-upgrade', createdAt: before(9), includesMemory: true }];
  web.backups = [
    { id: 'backups:backup/vzdump-qemu-2001-1.vma.zst', createdAt: before(8), sizeBytes: 3_221_225_472, protected: true },
    { id: 'backups:backup/vzdump-qemu-2001-2.vma.zst', createdAt: before(1), sizeBytes: 3_328_599_654, protected: false },
  ];
  web.detachedDisks = [{ name: 'root-1', since: before(0.5), until: iso(db.now() + DAY / 2) }];
  const web2 = make('web-2', { plan: 'medium', days: 180, last: 11 });
  power(web2, web2.createdAt, true);
  web2.restartRequired = true;
  web2.conditions.push({
    type: 'RestartRequired',
    status: 'True',
    reason: 'SizeChanged',
    message: 'The new cores and memory wait for a restart.',
    lastTransitionTime: iso(db.now() - 3 * 3_600_000),
  });
  const database = make('db-1', { plan: 'large', days: 212, last: 12, image: 'debian-12' });
  power(database, database.createdAt, true);
  database.disks.push({ name: 'data', sizeGiB: 200, storageClass: 'fast', ready: true });
  database.networks.push({ name: 'back', network: 'office', mac: 'BC:24:11:00:01:12', addresses: ['10.0.8.12'] });
  database.drift = [
    { field: 'cores', wanted: '4', found: '6' },
    { field: 'balloon', wanted: 'on', found: 'off' },
  ];
  const staging = make('staging', { plan: 'small', days: 40, last: 13 });
  power(staging, staging.createdAt, false);
  const kept = make('batch', { plan: 'small', days: 33, last: 14, image: 'debian-13' });
  power(kept, kept.createdAt, false);
  kept.runPolicy = 'Stopped';
  kept.origin = 'kubernetes';

  const waiting = make('wait-cache', { plan: 'small', days: 0.01 });
  waiting.phase = 'Provisioning';
  stuck(waiting, iso(db.now() - 600_000), 'PoolEmpty', 'no address is free now; it goes on by itself', 'Reconciling');
  waiting.operation = operation(db, waiting, ada, 'create', 'running', 800_000);
  waiting.operation.reason = 'PoolEmpty';
  waiting.operation.message = waiting.message;
  db.operations.push(waiting.operation);

  const failed = make('fail-mail', { plan: 'small', days: 3 });
  failed.phase = 'Failed';
  stuck(failed, iso(db.now() - 2 * DAY), 'ForeignVM', 'VM 2007 carries the mark of another installation.', 'Stalled');
  failed.operation = { ...operation(db, failed, ada, 'update', 'failed', 2 * DAY), reason: 'ForeignVM', message: failed.message };
  db.operations.push(failed.operation);

  const suspended = make('shop', { plan: 'small', days: 90, last: 17 });
  power(suspended, suspended.createdAt, false);
  suspended.phase = 'Suspended';
  suspended.suspended = { reason: 'Invoice 2041 is overdue. The server starts again when it is paid.' };

  const gone = make('old-site', { plan: 'small', days: 400, last: 18 });
  power(gone, gone.createdAt, false);
  gone.retained = { until: iso(db.now() + 2 * DAY), purging: false };

  for (const [made, ago] of [
    [web, 212],
    [database, 212],
    [staging, 40],
  ] as const) {
    db.operations.push(operation(db, made, ada, 'create', 'succeeded', ago * DAY));
  }
}

function empty(now: () => number, speed: number): Db {
  return {
    now,
    speed,
    users: [],
    passwords: new Map(),
    accounts: [],
    memberships: [],
    plans: [],
    images: [],
    sites: [],
    siteDetails: [],
    networks: [],
    histories: new Map(),
    migrations: [],
    servers: [],
    operations: [],
    running: [],
    sessions: new Map(),
    tokens: new Map(),
    links: new Map(),
    answered: new Map(),
    jar: null,
    nextId: 1,
  };
}

function plan(
  name: string,
  displayName: string,
  cores: number,
  gib: number,
  disk: number,
  monthly: string | null,
  deprecated = false,
): Plan {
  return {
    name,
    displayName,
    description: null,
    cores,
    memoryMiB: gib * 1024,
    diskGiB: disk,
    maxDiskGiB: disk * 8,
    networkMbps: 1000,
    deprecated,
    price: monthly === null ? null : { currency: 'EUR', monthly },
  };
}

function image(name: string, displayName: string, osFamily: string, version: string, endOfLife: string): Image {
  return { name, displayName, osFamily, version, endOfLife, deprecated: false, defaultUser: osFamily };
}

function catalogue(db: Db): void {
  db.plans = [
    plan('small', 'Small', 1, 2, 25, '4.90'),
    plan('medium', 'Medium', 2, 4, 50, '8.90'),
    plan('large', 'Large', 4, 8, 100, '16.90'),
    plan('xlarge', 'Extra large', 8, 16, 200, '32.90'),
    plan('custom', 'Dedicated cores', 8, 32, 200, null),
    plan('nano', 'Nano', 1, 1, 10, '2.90', true),
  ];
  db.images = [
    image('ubuntu-24.04', 'Ubuntu 24.04 LTS', 'ubuntu', '24.04', '2029-05-31'),
    image('ubuntu-22.04', 'Ubuntu 22.04 LTS', 'ubuntu', '22.04', '2027-04-30'),
    image('debian-13', 'Debian 13', 'debian', '13', '2030-06-30'),
    image('debian-12', 'Debian 12', 'debian', '12', '2028-06-30'),
  ];
  db.sites = [
    {
      name: 'fra1',
      displayName: 'Frankfurt 1',
      region: 'eu-central',
      storageClasses: ['fast', 'large'],
      ready: true,
      reason: null,
      message: null,
    },
    {
      name: 'hel1',
      displayName: 'Helsinki 1',
      region: 'eu-north',
      storageClasses: [],
      ready: false,
      reason: 'SiteUnreachable',
      message: 'No endpoint answers.',
    },
  ];
  db.siteDetails = db.sites.map((site) => siteDetail(db, site));
  db.networks = [
    { name: 'public', displayName: 'Public', sites: ['fra1', 'hel1'] },
    { name: 'office', displayName: 'Office VLAN', sites: ['fra1'] },
  ];
}

function user(db: Db, email: string, name: string, staff: boolean): User {
  return { id: newId(db), email, name, staff, disabled: false, hasPassword: true, createdAt: iso(db.now() - 300 * DAY) };
}

function person(db: Db, email: string, name: string, staff: boolean): User {
  const made = user(db, email, name, staff);
  db.users.push(made);
  db.passwords.set(made.id, PASSWORD);
  return made;
}

export function account(db: Db, name: string, slug: string): Account {
  const id = newId(db);
  const made = {
    id,
    name,
    slug,
    namespace: `acct-${slug}-${id.slice(-8)}`,
    createdAt: iso(db.now()),
    serverCount: 0,
    memberCount: 0,
    carriedOverAt: null,
  };
  db.accounts.push(made);
  return made;
}

function join(db: Db, { id }: Account, { id: userId, email, name }: User): void {
  db.memberships.push({ accountId: id, userId, email, name, role: 'owner' });
}

interface ServerOptions {
  plan: string;
  /** In place of the plan's. */
  size?: { cores: number; memoryMiB: number; diskGiB: number };
  days: number;
  last?: number;
  image?: string;
}

export function server(
  db: Db,
  owner: Account,
  name: string,
  { plan: planName, size, days, last, image: imageName = 'ubuntu-24.04' }: ServerOptions,
): Server {
  const sizes = size ?? db.plans.find((each) => each.name === planName);
  if (!sizes) throw new Error(`the seed names no plan ${planName}`);
  const id = newId(db);
  const at = iso(db.now() - days * DAY);
  const made: Server = {
    id,
    name,
    accountId: owner.id,
    accountName: owner.name,
    origin: 'api',
    namespace: owner.namespace,
    objectName: `${name}-${id.slice(-8)}`,
    site: 'fra1',
    region: 'eu-central',
    plan: planName,
    image: imageName,
    network: null,
    cores: sizes.cores,
    memoryMiB: sizes.memoryMiB,
    diskGiB: sizes.diskGiB,
    addresses: last === undefined ? [] : [`203.0.113.${last}`],
    phase: 'Pending',
    powerState: 'unknown',
    ready: false,
    reason: null,
    message: null,
    restartRequired: false,
    conditions: [],
    disks: [{ name: 'root', sizeGiB: sizes.diskGiB, storageClass: null, ready: true }],
    networks: [
      {
        name: 'public',
        network: 'public',
        mac: last === undefined ? null : `BC:24:11:00:00:${last}`,
        addresses: last === undefined ? [] : [`203.0.113.${last}`],
      },
    ],
    antiAffinityGroup: null,
    snapshots: [],
    backups: [],
    detachedDisks: [],
    drift: [],
    runPolicy: 'Managed',
    deletionProtection: true,
    deletionPolicy: 'Delete',
    deletionGracePeriodHours: 72,
    driftPolicy: 'Correct',
    dns: { servers: [], searchDomain: null },
    networkMbps: null,
    wantedNode: null,
    paused: false,
    suspended: null,
    vmid: null,
    node: null,
    gitManagers: [],
    retained: null,
    gone: false,
    operation: null,
    revision: 1,
    createdAt: at,
    updatedAt: at,
  };
  db.servers.push(made);
  return made;
}

function operation(db: Db, of: Server, by: User, kind: Operation['kind'], status: Operation['status'], ago: number): Operation {
  const at = iso(db.now() - ago);
  return {
    id: newId(db),
    serverId: of.id,
    serverName: of.name,
    accountId: of.accountId,
    kind,
    verb: null,
    subject: null,
    status,
    reason: null,
    message: null,
    requestedBy: { id: by.id, email: by.email },
    createdAt: at,
    updatedAt: at,
    finishedAt: status === 'running' ? null : iso(db.now() - ago + 41_000),
    progress: [{ at, reason: 'Applied', message: 'Wish delivered to the site.' }],
  };
}
