// What the API checks when a server is made or changed, as far as the console can meet it.
import type { CreateServer, FieldError, Server, ServerPlanned, UpdateServer, User } from '../api/types';
import { type Db, iso } from './db';
import { server as makeServer } from './seed';
import { Refused } from './wire';

export function createServer(db: Db, user: User, body: CreateServer): Server {
  const mine = db.memberships.filter(({ userId }) => userId === user.id).map(({ accountId }) => accountId);
  const accountId = body.accountId ?? (user.staff || mine.length !== 1 ? undefined : mine[0]);
  const owner = db.accounts.find(({ id }) => id === accountId);
  const plan = db.plans.find(({ name }) => name === body.plan);
  const wrong: FieldError[] = [];
  if (!owner) wrong.push({ field: 'accountId', message: 'Say which account the server belongs to.' });
  const size = body.resources ?? plan;
  if (!size) wrong.push({ field: 'plan', message: `There is no plan ${body.plan}.` });
  for (const field of ['resources', 'wantedNode', 'address', 'address6'] as const) {
    if (body[field] != null && !user.staff) {
      throw new Refused(403, 'forbidden', 'Only staff may set this.', [{ field, message: 'is for staff' }]);
    }
  }
  if (db.servers.some(({ addresses }) => body.address != null && addresses.includes(body.address))) {
    wrong.push({ field: 'address', message: 'Another server has this address.' });
  }
  if (!db.images.some(({ name }) => name === body.image))
    wrong.push({ field: 'image', message: `There is no image ${body.image}.` });
  if (!db.sites.some(({ name }) => name === body.site)) wrong.push({ field: 'site', message: `There is no site ${body.site}.` });
  if (body.name === 'reserved') wrong.push({ field: 'name', message: 'This name is reserved.' });
  if (!owner || !size || wrong.length > 0) throw new Refused(422, 'unprocessable', 'Some fields cannot be accepted.', wrong);
  if (db.servers.some((each) => each.accountId === owner.id && each.name === body.name)) {
    throw new Refused(409, 'name-taken', `Another server of ${owner.name} is called ${body.name}.`);
  }
  const made = makeServer(db, owner, body.name, { plan: plan?.name ?? '', size, image: body.image, days: 0 });
  made.site = body.site;
  made.network = body.network ?? null;
  made.diskGiB = body.rootDiskGiB ?? size.diskGiB;
  made.networkMbps = body.resources?.networkMbps ?? null;
  made.wantedNode = body.wantedNode ?? null;
  made.disks[0] = { name: 'root', sizeGiB: made.diskGiB, storageClass: null, ready: true };
  change(made, body);
  made.antiAffinityGroup = body.antiAffinityGroup ?? null;
  made.deletionPolicy = body.deletionPolicy ?? 'Delete';
  made.deletionGracePeriodHours = body.deletionGracePeriodHours ?? 72;
  made.driftPolicy = body.driftPolicy ?? 'Correct';
  made.dns = body.dns ?? made.dns;
  made.runPolicy = body.runPolicy ?? 'Managed';
  made.deletionProtection = body.deletionProtection ?? true;
  return made;
}

/** Checks a change and gives back what to do when it is carried out. */
export function updateServer(db: Db, server: Server, body: UpdateServer): (server: Server) => void {
  if (body.rootDiskGiB != null && body.rootDiskGiB < server.diskGiB) {
    const message = `The disk has ${server.diskGiB} GiB and cannot shrink.`;
    throw new Refused(422, 'unprocessable', message, [{ field: 'rootDiskGiB', message }]);
  }
  if (server.origin === 'kubernetes' && body.plan != null) {
    throw new Refused(409, 'owned-by-git', 'spec.planRef is managed by argocd-controller. Change it in Git.');
  }
  const taken = db.servers.some(
    (each) => each.accountId === server.accountId && each.id !== server.id && each.name === body.name,
  );
  if (taken) throw new Refused(409, 'name-taken', `Another server is called ${body.name}.`);
  refuseDevices(db, server, body);
  const plan = db.plans.find(({ name }) => name === body.plan);
  return (changed) => {
    changed.name = body.name ?? changed.name;
    changed.runPolicy = body.runPolicy ?? changed.runPolicy;
    changed.deletionProtection = body.deletionProtection ?? changed.deletionProtection;
    changed.deletionPolicy = body.deletionPolicy ?? changed.deletionPolicy;
    changed.deletionGracePeriodHours = body.deletionGracePeriodHours ?? changed.deletionGracePeriodHours;
    changed.driftPolicy = body.driftPolicy ?? changed.driftPolicy;
    changed.dns = body.dns ?? changed.dns;
    change(changed, body);
    if (body.antiAffinityGroup != null) changed.antiAffinityGroup = body.antiAffinityGroup || null;
    changed.paused = body.paused ?? changed.paused;
    changed.wantedNode = body.wantedNode ?? changed.wantedNode;
    if (body.resources) {
      changed.plan = '';
      changed.cores = body.resources.cores;
      changed.memoryMiB = body.resources.memoryMiB;
      changed.diskGiB = body.resources.diskGiB;
      changed.networkMbps = body.resources.networkMbps ?? null;
    }
    changed.diskGiB = Math.max(changed.diskGiB, body.rootDiskGiB ?? 0, plan?.diskGiB ?? 0);
    const root = changed.disks.find(({ name }) => name === 'root');
    if (root) root.sizeGiB = changed.diskGiB;
    if (plan) {
      changed.plan = plan.name;
      changed.cores = plan.cores;
      changed.memoryMiB = plan.memoryMiB;
    }
  };
}

/** What a change asks of disks and interfaces, once it was found possible. */
function change(server: Server, body: Pick<UpdateServer, 'disks' | 'removeDisks' | 'networks' | 'removeNetworks'>): void {
  server.disks = server.disks.filter(({ name }) => !body.removeDisks?.includes(name));
  server.detachedDisks.push(...(body.removeDisks ?? []).map((name) => ({ name, since: new Date(0).toISOString(), until: null })));
  for (const { name, sizeGiB, storageClass } of body.disks ?? []) {
    const known = server.disks.find((disk) => disk.name === name);
    if (known) known.sizeGiB = sizeGiB;
    else server.disks.push({ name, sizeGiB, storageClass: storageClass ?? null, ready: true });
  }
  server.networks = server.networks.filter(({ name }) => !body.removeNetworks?.includes(name));
  for (const { name, network, address } of body.networks ?? []) {
    server.networks.push({ name, network, mac: 'BC:24:11:00:09:01', addresses: address == null ? ['10.0.8.99'] : [address] });
  }
}

function refuseDevices(db: Db, server: Server, body: UpdateServer): void {
  const max = db.plans.find(({ name }) => name === server.plan)?.maxDiskGiB;
  const after = structuredClone(server);
  change(after, body);
  const total = after.disks.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0);
  if (max !== undefined && body.disks !== undefined && total > max) {
    const message = `The disks have ${total} GiB in all, but the plan allows ${max} GiB.`;
    throw new Refused(422, 'unprocessable', message, [{ field: 'disks', message }]);
  }
  const shrunk = body.disks?.findIndex(({ name, sizeGiB }) =>
    server.disks.some((disk) => disk.name === name && disk.sizeGiB > sizeGiB),
  );
  if (shrunk !== undefined && shrunk >= 0) {
    const message = 'The disk cannot shrink.';
    throw new Refused(422, 'unprocessable', message, [{ field: `disks.${shrunk}.sizeGiB`, message }]);
  }
}

/** What the operator would tell staff: the whole of what the conditions say in short, and who changed something by hand. */
export function planOf(db: Db, server: Server): ServerPlanned {
  const hinder = server.conditions.find(({ type, status }) => status === 'True' && ['Stalled', 'Reconciling'].includes(type));
  const whole = hinder?.reason === 'PoolEmpty' ? 'no address is free in pools public-v4; add a range' : hinder?.message;
  return {
    steps: [],
    waiting: hinder ? { reason: hinder.reason, message: whole ?? '' } : null,
    drift: server.drift.map((drift) =>
      drift.field === 'cores' ? { ...drift, by: 'root@pam', at: iso(db.now() - 8_640_000) } : { ...drift, by: null, at: null },
    ),
  };
}

/** As a Git repository would hold it. */
export function manifestOf(server: Server): string {
  return [
    'apiVersion: slipway.dev/v1alpha1',
    'kind: VirtualServer',
    'metadata:',
    `  name: ${server.objectName}`,
    `  namespace: ${server.namespace}`,
    'spec:',
    `  planRef: ${server.plan}`,
    '',
  ].join('\n');
}
