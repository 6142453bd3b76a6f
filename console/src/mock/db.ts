// The mock's memory: what the API would keep in Postgres, and what Proxmox would be doing meanwhile.
// The same for the unit tests and for the mock server, and made anew for each test.
import type {
  Account,
  Image,
  Membership,
  Network,
  Operation,
  OperationKind,
  Plan,
  Server,
  Site,
  SiteDetail,
  User,
  Verb,
} from '../api/types';
import type { History, Migration } from './history';
import { SCRIPTS, type Step } from './scripts';

/** A server and what only the mock knows about it. */
export interface Running {
  operation: Operation;
  steps: Step[];
  done: number;
  startedAt: number;
}

export interface Db {
  now: () => number;
  /** How many times faster than life operations go. */
  speed: number;
  users: User[];
  /** In clear, and only here. */
  passwords: Map<string, string>;
  accounts: Account[];
  memberships: (Membership & { accountId: string })[];
  plans: Plan[];
  images: Image[];
  sites: Site[];
  /** What staff sees of them, beside the above. */
  siteDetails: SiteDetail[];
  networks: Network[];
  /** By account, of those that came from another billing system. */
  histories: Map<string, History>;
  migrations: Migration[];
  servers: Server[];
  operations: Operation[];
  running: Running[];
  /** Refresh token → user id. */
  sessions: Map<string, string>;
  /** Access token → user id. */
  tokens: Map<string, string>;
  links: Map<string, string>;
  /** Answers by idempotency key, with the body they belong to. */
  answered: Map<string, { body: string; status: number; json: unknown }>;
  /** The refresh cookie, for callers without a cookie jar (jsdom). */
  jar: string | null;
  nextId: number;
}

/** An id in the shape of a UUIDv7, counted up so that runs are alike. */
export function newId(db: Db): string {
  const count = (db.nextId++).toString(16).padStart(12, '0');
  return `01960000-0000-7000-8000-${count}`;
}

export const iso = (ms: number): string => new Date(ms).toISOString();

/** Starts an operation; an unfinished one of the same server ends as superseded, as in the API. */
export function begin(
  db: Db,
  server: Server,
  kind: OperationKind,
  verb: Verb | null,
  user: User,
  effect: (s: Server) => void,
  subject: string | null = null,
): Operation {
  for (const other of db.running.filter((each) => each.operation.serverId === server.id)) {
    finish(db, other, 'superseded');
  }
  const at = iso(db.now());
  const operation: Operation = {
    id: newId(db),
    serverId: server.id,
    serverName: server.name,
    accountId: server.accountId,
    kind,
    verb,
    subject,
    status: 'accepted',
    reason: null,
    message: null,
    requestedBy: { id: user.id, email: user.email },
    createdAt: at,
    updatedAt: at,
    finishedAt: null,
    progress: [],
  };
  db.operations.unshift(operation);
  db.running.push({ operation, steps: SCRIPTS[kind](server, verb, effect), done: 0, startedAt: db.now() });
  touch(db, server, operation);
  return operation;
}

/** Lets time pass: applies every step that is due. */
export function advance(db: Db): void {
  const now = db.now();
  for (const running of db.running.slice()) {
    const server = db.servers.find(({ id }) => id === running.operation.serverId);
    if (!server) continue;
    while (running.done < running.steps.length) {
      const step = running.steps[running.done];
      if (!step || (now - running.startedAt) * db.speed < step.after) break;
      running.done += 1;
      apply(db, server, running, step);
    }
  }
}

function apply(db: Db, server: Server, running: Running, step: Step): void {
  const { operation } = running;
  operation.status = 'running';
  operation.updatedAt = iso(db.now());
  operation.progress = [...operation.progress, { at: operation.updatedAt, reason: step.reason, message: step.message }].slice(
    -20,
  );
  step.effect?.(server, iso(db.now()));
  if (step.ends) {
    operation.reason = step.ends === 'failed' ? step.reason : null;
    operation.message = step.ends === 'failed' ? step.message : null;
    finish(db, running, step.ends);
  }
  touch(db, server, step.ends === 'succeeded' ? null : operation);
}

function finish(db: Db, running: Running, status: Operation['status']): void {
  running.operation.status = status;
  running.operation.updatedAt = iso(db.now());
  running.operation.finishedAt = running.operation.updatedAt;
  db.running.splice(db.running.indexOf(running), 1);
}

function touch(db: Db, server: Server, operation: Operation | null): void {
  server.operation = operation && structuredClone(operation);
  server.updatedAt = iso(db.now());
  server.revision += 1;
}
