// Every endpoint of the API, answered from the mock's memory. The type makes a missing one an error.
import type { CarriedTransaction, Server, User } from '../api/types';
import { begin, type Db, iso, newId } from './db';
import { type History, type Migration, shown } from './history';
import { account as newAccount } from './seed';
import { createServer, manifestOf, planOf, updateServer } from './servers';
import { acknowledge, adoptable, adoptMachine } from './sites';
import { deedOf } from './verbs';
import { type Handlers, Refused } from './wire';

const notFound = (): Refused => new Refused(404, 'not-found', 'There is no such thing, or it is not yours.');

export const routes: Handlers = {
  'POST /v1/auth/login': ({ db, body, headers }) => {
    const user = db.users.find(({ email }) => email === body.email.toLowerCase());
    if (body.password === 'too often')
      throw new Refused(429, 'too-many-requests', 'Too many tries.', [], { 'Retry-After': '30' });
    if (!user || user.disabled || db.passwords.get(user.id) !== body.password) {
      throw new Refused(401, 'invalid-credentials', 'Email and password do not match.');
    }
    return open(db, user.id, headers);
  },
  'POST /v1/auth/refresh': ({ db, cookie, headers }) => {
    const userId = cookie === null ? undefined : db.sessions.get(cookie);
    if (cookie === null || userId === undefined) throw new Refused(401, 'session-expired', 'The session has ended.');
    db.sessions.delete(cookie);
    return open(db, userId, headers);
  },
  'POST /v1/auth/logout': ({ db, cookie, headers }) => {
    if (cookie !== null) db.sessions.delete(cookie);
    db.jar = null;
    headers.append('Set-Cookie', 'slipway_refresh=; HttpOnly; SameSite=Strict; Path=/v1/auth; Max-Age=0');
    return undefined;
  },
  'POST /v1/auth/set-password': ({ db, body }) => {
    const userId = db.links.get(body.token);
    if (userId === undefined) throw new Refused(401, 'invalid-credentials', 'The link has expired or was used.');
    if (body.password.length < 10) throw field('password', 'Use at least 10 characters.');
    db.links.delete(body.token);
    db.passwords.set(userId, body.password);
    userOf(db, userId).hasPassword = true;
    return undefined;
  },
  'GET /v1/me': ({ db, user }) => ({
    id: user.id,
    email: user.email,
    name: user.name,
    staff: user.staff,
    accounts: db.memberships
      .filter(({ userId }) => userId === user.id)
      .map(({ accountId, role }) => {
        const { name, carriedOverAt } = accountOf(db, accountId);
        return { id: accountId, name, role, carriedOverAt };
      }),
  }),
  'PUT /v1/me/password': ({ db, user, body }) => {
    if (db.passwords.get(user.id) !== body.currentPassword) {
      throw new Refused(401, 'invalid-credentials', 'The current password is wrong.');
    }
    if (body.newPassword.length < 10) throw field('newPassword', 'Use at least 10 characters.');
    db.passwords.set(user.id, body.newPassword);
    return undefined;
  },

  'GET /v1/plans': ({ db }) => ({ items: db.plans }),
  'GET /v1/images': ({ db }) => ({ items: db.images }),
  'GET /v1/sites': ({ db }) => ({ items: db.sites }),
  'GET /v1/sites/{name}': ({ db, path }) => siteOf(db, path['name']),
  'POST /v1/sites/{name}/acknowledge': ({ db, user, path, body }) =>
    acknowledge(db, siteOf(db, path['name']), body.condition, user),
  'GET /v1/sites/{name}/adoptable': ({ db, path, query }) => page(adoptable(siteOf(db, path['name'])), query),
  'POST /v1/sites/{name}/adopt': ({ db, user, path, body }) => {
    const server = adoptMachine(db, siteOf(db, path['name']), body);
    return { operation: begin(db, server, 'create', null, user, () => {}), server };
  },
  'GET /v1/networks': ({ db }) => ({ items: db.networks }),

  'GET /v1/servers': ({ db, user, query }) => {
    const search = (query.get('search') ?? '').toLowerCase();
    if (search === 'boom') throw new Refused(500, 'internal', 'The database did not answer.');
    const found = visible(db, user)
      .filter((s) => !s.gone)
      .filter((s) => s.name.includes(search) || s.addresses.some((address) => address.includes(search)))
      .filter((s) => !query.has('phase') || (s.phase === query.get('phase') && !s.retained))
      .filter((s) => !query.has('accountId') || s.accountId === query.get('accountId'))
      .filter((s) => !query.has('site') || s.site === query.get('site'));
    return page(sorted(found, query.get('sort') ?? '-createdAt'), query);
  },
  'POST /v1/servers': ({ db, user, body }) => {
    const server = createServer(db, user, body);
    return { operation: begin(db, server, 'create', null, user, () => {}), server };
  },
  'GET /v1/servers/{id}': ({ db, user, path }) => serverOf(db, user, path),
  'GET /v1/servers/{id}/plan': ({ db, user, path }) => planOf(db, serverOf(db, user, path)),
  'GET /v1/servers/{id}/manifest': ({ db, user, path }) => manifestOf(serverOf(db, user, path)),
  'POST /v1/servers/{id}/hand-over': ({ db, user, path, body }) => {
    const server = serverOf(db, user, path);
    if (server.gitManagers.length === 0) throw new Refused(409, 'conflict', 'Git holds nothing of it yet.');
    return {
      operation: begin(db, server, 'update', null, user, (s) => {
        if (body.to === 'dashboard') s.gitManagers = [];
      }),
      server,
    };
  },
  'PATCH /v1/servers/{id}': ({ db, user, path, body }) => {
    const server = serverOf(db, user, path);
    const effect = updateServer(db, server, body);
    return { operation: begin(db, server, 'update', null, user, effect), server };
  },
  'DELETE /v1/servers/{id}': ({ db, user, path, query }) => {
    const server = serverOf(db, user, path);
    if (server.deletionProtection && query.get('confirm') !== server.name) {
      throw new Refused(409, 'protected', 'The server is protected: confirm with its name.');
    }
    server.deletionProtection = false;
    return { operation: begin(db, server, 'delete', null, user, () => {}), server };
  },
  'POST /v1/servers/{id}/actions': ({ db, user, path, body }) => {
    const server = serverOf(db, user, path);
    if (server.retained || server.phase === 'Deleting') throw new Refused(409, 'conflict', 'The server is being deleted.');
    if (body.verb === 'Start' && server.runPolicy === 'Stopped') {
      throw new Refused(409, 'conflict', 'runPolicy is Stopped: set it to Managed or Running first.');
    }
    if (body.verb === 'Start' && server.name === 'refuses') throw new Refused(503, 'unavailable', 'The database is busy.');
    if (body.verb === 'Start' && server.suspended !== null) {
      throw new Refused(409, 'conflict', `The server is suspended: ${server.suspended.reason}`);
    }
    if (body.verb === 'Migrate' && !user.staff) throw new Refused(403, 'forbidden', 'Only staff may move a server.');
    const { subject, effect } = deedOf(db, server, body);
    return { operation: begin(db, server, 'action', body.verb, user, effect, subject), server };
  },
  'POST /v1/servers/{id}/suspend': ({ db, user, path, body }) => {
    const server = serverOf(db, user, path);
    server.suspended = { reason: body.reason };
    return { operation: begin(db, server, 'update', null, user, (s) => (s.powerState = 'stopped')), server };
  },
  'POST /v1/servers/{id}/resume': ({ db, user, path }) => {
    const server = serverOf(db, user, path);
    if (server.suspended === null) throw new Refused(409, 'conflict', 'The server is not suspended.');
    server.suspended = null;
    return { operation: begin(db, server, 'update', null, user, (s) => (s.powerState = 'running')), server };
  },
  'POST /v1/servers/{id}/undelete': ({ db, user, path }) => {
    const server = serverOf(db, user, path);
    keptOf(server);
    server.retained = null;
    server.phase = 'Pending';
    server.deletionProtection = true;
    return { operation: begin(db, server, 'undelete', null, user, () => {}), server };
  },
  'POST /v1/servers/{id}/purge': ({ db, user, path, body }) => {
    const server = serverOf(db, user, path);
    const kept = keptOf(server);
    if (body.confirm !== server.name) throw new Refused(409, 'protected', 'Confirm with the server’s name.');
    kept.purging = true;
    return { operation: begin(db, server, 'purge', null, user, () => {}), server };
  },

  'GET /v1/operations': ({ db, user, query }) => {
    const mine = new Set(visible(db, user).map(({ id }) => id));
    const found = db.operations
      .filter(({ serverId }) => mine.has(serverId))
      .filter(({ serverId }) => !query.has('serverId') || serverId === query.get('serverId'))
      .filter(({ status }) => !query.has('status') || status === query.get('status'))
      .filter(({ status, reason }) => !query.has('waiting') || (status === 'running' && reason !== null))
      .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
    return page(found, query);
  },
  'GET /v1/operations/{id}': ({ db, user, path }) => {
    const operation = db.operations.find(({ id }) => id === path['id']);
    if (!operation || !visible(db, user).some(({ id }) => id === operation.serverId)) throw notFound();
    return operation;
  },

  'GET /v1/accounts': ({ db, query }) =>
    page(
      db.accounts.map((each) => counted(db, each.id)),
      query,
    ),
  'POST /v1/accounts': ({ db, body }) => {
    if (db.accounts.some(({ name }) => name === body.name)) throw new Refused(409, 'name-taken', 'An account has this name.');
    const slug = body.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    return newAccount(db, body.name, slug);
  },
  'GET /v1/accounts/{id}': ({ db, path }) => counted(db, path['id']),
  'PATCH /v1/accounts/{id}': ({ db, path, body }) => {
    const found = accountOf(db, path['id']);
    found.name = body.name ?? found.name;
    return counted(db, found.id);
  },
  'GET /v1/accounts/{id}/memberships': ({ db, path }) => ({
    items: db.memberships
      .filter(({ accountId }) => accountId === accountOf(db, path['id']).id)
      .map(({ accountId: _, ...rest }) => rest),
  }),
  'PUT /v1/accounts/{id}/memberships/{userId}': ({ db, path, body }) => {
    const { id: accountId } = accountOf(db, path['id']);
    const { id: userId, email, name } = userOf(db, path['userId']);
    db.memberships = db.memberships.filter((each) => each.accountId !== accountId || each.userId !== userId);
    const made = { userId, email, name, role: body.role };
    db.memberships.push({ accountId, ...made });
    return made;
  },
  'DELETE /v1/accounts/{id}/memberships/{userId}': ({ db, path }) => {
    const left = db.memberships.filter(({ accountId, userId }) => accountId !== path['id'] || userId !== path['userId']);
    if (left.length === db.memberships.length) throw notFound();
    db.memberships = left;
    return undefined;
  },

  'GET /v1/accounts/{id}/profile': ({ db, user, path }) => {
    const { profile } = historyOf(db, user, path) ?? {};
    if (!profile) throw notFound();
    return user.staff ? profile : { ...profile, forStaff: null };
  },
  'GET /v1/accounts/{id}/services': ({ db, user, path, query }) => page(historyOf(db, user, path)?.services ?? [], query),
  'GET /v1/accounts/{id}/invoices': ({ db, user, path, query }) => page(historyOf(db, user, path)?.invoices ?? [], query),
  'GET /v1/accounts/{id}/invoices/{invoiceId}': ({ db, user, path }) => {
    const found = historyOf(db, user, path)?.invoices.find(({ id }) => id === path['invoiceId']);
    if (!found) throw notFound();
    return found;
  },
  'GET /v1/accounts/{id}/transactions': ({ db, user, path, query }) => {
    const found = historyOf(db, user, path)?.transactions ?? [];
    return page(user.staff ? found : found.map(withoutFees), query);
  },
  'GET /v1/accounts/{id}/credits': ({ db, user, path, query }) => page(historyOf(db, user, path)?.credits ?? [], query),
  'GET /v1/accounts/{id}/orders': ({ db, user, path, query }) => page(historyOf(db, user, path)?.orders ?? [], query),
  'GET /v1/accounts/{id}/tickets': ({ db, user, path, query }) => page(historyOf(db, user, path)?.tickets ?? [], query),
  'GET /v1/accounts/{id}/tickets/{ticketId}': ({ db, user, path }) => {
    const found = historyOf(db, user, path)?.tickets.find(({ id }) => id === path['ticketId']);
    if (!found) throw notFound();
    return found;
  },

  'GET /v1/migrations': ({ db, query }) => page(db.migrations.map(shown), query),
  'GET /v1/migrations/{id}': ({ db, path }) => shown(migrationOf(db, path['id'])),
  'GET /v1/migrations/{id}/findings': ({ db, path, query }) => {
    const { findings } = migrationOf(db, path['id']);
    return page(
      findings.filter(({ code }) => !query.has('code') || code === query.get('code')),
      query,
    );
  },

  'GET /v1/users': ({ db, query }) => page(db.users, query),
  'POST /v1/users': ({ db, body }) => {
    if (db.users.some(({ email }) => email === body.email)) throw new Refused(409, 'name-taken', 'A user has this email.');
    if (!body.email.includes('@')) throw field('email', 'This is no email address.');
    const { email, name, staff = false } = body;
    const made = { id: newId(db), email, name, staff, disabled: false, hasPassword: false, createdAt: iso(db.now()) };
    db.users.push(made);
    return made;
  },
  'GET /v1/users/{id}': ({ db, path }) => userOf(db, path['id']),
  'PATCH /v1/users/{id}': ({ db, path, body }) => {
    const found = userOf(db, path['id']);
    found.name = body.name ?? found.name;
    found.staff = body.staff ?? found.staff;
    found.disabled = body.disabled ?? found.disabled;
    return found;
  },
  'POST /v1/users/{id}/set-password-link': ({ db, path }) => {
    const token = `link-${newId(db)}`;
    db.links.set(token, userOf(db, path['id']).id);
    return { url: `https://console.example.com/set-password#token=${token}`, expiresAt: iso(db.now() + 86_400_000) };
  },
};

function open(db: Db, userId: string, headers: Headers) {
  const refresh = `refresh-${newId(db)}`;
  const accessToken = `access-${newId(db)}`;
  db.sessions.set(refresh, userId);
  db.tokens.set(accessToken, userId);
  db.jar = db.jar === null ? null : refresh;
  headers.append('Set-Cookie', `slipway_refresh=${refresh}; HttpOnly; SameSite=Strict; Path=/v1/auth`);
  return { accessToken, tokenType: 'Bearer', expiresIn: 600 };
}

function field(name: string, message: string): Refused {
  return new Refused(422, 'unprocessable', message, [{ field: name, message }]);
}

function accountsOf(db: Db, user: User): Set<string> {
  return new Set(db.memberships.filter(({ userId }) => userId === user.id).map(({ accountId }) => accountId));
}

function visible(db: Db, user: User): Server[] {
  if (user.staff) return db.servers;
  const mine = accountsOf(db, user);
  return db.servers.filter(({ accountId, phase }) => accountId !== null && mine.has(accountId) && phase !== 'Unlinked');
}

/** Undefined: the account was made here. */
function historyOf(db: Db, user: User, path: Record<string, string>): History | undefined {
  const { id } = accountOf(db, path['id']);
  if (!user.staff && !accountsOf(db, user).has(id)) throw notFound();
  return db.histories.get(id);
}

/** What the gateway kept is for staff. */
function withoutFees(transaction: CarriedTransaction): CarriedTransaction {
  return { ...transaction, fees: null };
}

function migrationOf(db: Db, id: string | undefined): Migration {
  const found = db.migrations.find(({ run }) => run.id === id);
  if (!found) throw notFound();
  return found;
}

function serverOf(db: Db, user: User, path: Record<string, string>): Server {
  const found = visible(db, user).find(({ id }) => id === path['id']);
  if (!found) throw notFound();
  return found;
}

function keptOf({ retained }: Server): NonNullable<Server['retained']> {
  if (retained === null) throw new Refused(409, 'conflict', 'The server is not deleted.');
  if (retained.purging) throw new Refused(409, 'conflict', 'The server’s machine is being destroyed; that cannot be undone.');
  return retained;
}

function siteOf(db: Db, name: string | undefined) {
  const found = db.siteDetails.find((each) => each.name === name);
  if (!found) throw notFound();
  return found;
}

function userOf(db: Db, id: string | undefined): User {
  const found = db.users.find((each) => each.id === id);
  if (!found) throw notFound();
  return found;
}

function accountOf(db: Db, id: string | undefined) {
  const found = db.accounts.find((each) => each.id === id);
  if (!found) throw notFound();
  return found;
}

function counted(db: Db, id: string | undefined) {
  const found = accountOf(db, id);
  const serverCount = db.servers.filter(({ accountId }) => accountId === found.id).length;
  return { ...found, serverCount, memberCount: db.memberships.filter(({ accountId }) => accountId === found.id).length };
}

function sorted(servers: Server[], sort: string): Server[] {
  const key = sort.replace('-', '') as 'name' | 'createdAt' | 'phase' | 'plan';
  const sign = sort.startsWith('-') ? -1 : 1;
  return servers.toSorted((a, b) => sign * a[key].localeCompare(b[key]) || a.id.localeCompare(b.id));
}

function page<T>(items: T[], query: URLSearchParams): { items: T[]; nextCursor: string | null; total: number } {
  const limit = Number(query.get('limit') ?? 50);
  const from = Number(query.get('cursor') ?? 0);
  const to = from + limit;
  return { items: items.slice(from, to), nextCursor: to < items.length ? String(to) : null, total: items.length };
}
