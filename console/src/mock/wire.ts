// The mock's HTTP: problems, ETags, sessions, idempotency, and the types that make a missing endpoint a type error.
import type { Method } from '../api/client';
import type { paths } from '../api/generated/schema';
import type { FieldError, User } from '../api/types';
import { advance, type Db } from './db';
import { routes } from './routes';

type Defined<P extends keyof paths, M extends Method> =
  Lowercase<M> extends keyof paths[P] ? (paths[P][Lowercase<M>] extends { responses: object } ? `${M} ${P}` : never) : never;

/** Every endpoint of the OpenAPI document, as `GET /v1/servers`. */
export type Endpoint = { [P in keyof paths]: { [M in Method]: Defined<P, M> }[Method] }[keyof paths];

type OperationOf<E extends Endpoint> = E extends `${infer M extends Method} ${infer P extends keyof paths}`
  ? Lowercase<M> extends keyof paths[P]
    ? paths[P][Lowercase<M>]
    : never
  : never;
type JsonOf<R> = R extends { content: { 'application/json': infer Json } | { 'application/yaml': infer Json } }
  ? Json
  : undefined;
type Success = 200 | 201 | 202;
type SuccessOf<O> = O extends { responses: infer R }
  ? [keyof R & Success] extends [never]
    ? undefined
    : JsonOf<R[keyof R & Success]>
  : undefined;
type BodyOf<O> = O extends { requestBody: { content: { 'application/json': infer Json } } } ? Json : undefined;

export interface MockRequest<Body> {
  db: Db;
  /** Who asks; for endpoints without a session an empty user. */
  user: User;
  path: Record<string, string>;
  query: URLSearchParams;
  body: Body;
  cookie: string | null;
  headers: Headers;
}

export type Handler<E extends Endpoint> = (request: MockRequest<BodyOf<OperationOf<E>>>) => SuccessOf<OperationOf<E>>;
export type Handlers = { [E in Endpoint]: Handler<E> };

/** Thrown by a handler; becomes a problem document. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    readonly detail: string,
    readonly errors: FieldError[] = [],
    readonly headers: Record<string, string> = {},
  ) {
    super(detail);
  }
}

const NOBODY: User = { id: '', email: '', name: '', staff: false, disabled: false, hasPassword: false, createdAt: '' };
const OPEN = new Set<Endpoint>([
  'POST /v1/auth/login',
  'POST /v1/auth/refresh',
  'POST /v1/auth/logout',
  'POST /v1/auth/set-password',
]);
const STAFF = /^\/v1\/(accounts(\/[^/]+(\/memberships.*)?)?$|users|migrations|sites\/.|servers\/[^/]+\/(suspend|resume)$)/;
const STATUS: Partial<Record<string, number>> = {
  'POST /v1/accounts': 201,
  'POST /v1/users': 201,
  'POST /v1/users/{id}/set-password-link': 201,
  'POST /v1/servers': 202,
  'PATCH /v1/servers/{id}': 202,
  'DELETE /v1/servers/{id}': 202,
  'POST /v1/servers/{id}/actions': 202,
  'POST /v1/servers/{id}/suspend': 202,
  'POST /v1/sites/{name}/acknowledge': 202,
  'POST /v1/servers/{id}/resume': 202,
  'POST /v1/servers/{id}/undelete': 202,
  'POST /v1/servers/{id}/hand-over': 202,
};

const table = Object.keys(routes).map((key) => {
  const [method = '', template = ''] = key.split(' ');
  return { key: key as Endpoint, method, pattern: new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`) };
});

/** Answers one request as the API would. */
export async function answer(db: Db, request: Request): Promise<Response> {
  const requestId = `req-${db.nextId++}`;
  try {
    advance(db);
    return await dispatch(db, request, requestId);
  } catch (error) {
    const refused = error instanceof Refused ? error : new Refused(500, 'internal', String(error));
    return problem(refused, requestId);
  }
}

async function dispatch(db: Db, request: Request, requestId: string): Promise<Response> {
  const url = new URL(request.url);
  const found = table.find(({ method, pattern }) => method === request.method && pattern.test(url.pathname));
  if (!found) throw new Refused(404, 'not-found', 'There is no such endpoint.');
  const user = OPEN.has(found.key) ? NOBODY : authenticate(db, request);
  if (STAFF.test(url.pathname) && !user.staff) throw new Refused(403, 'forbidden', 'Only staff may do this.');
  const text = await request.text();
  const key = request.headers.get('Idempotency-Key');
  const before = key === null ? undefined : db.answered.get(key);
  if (before && before.body !== text) throw new Refused(409, 'idempotency-mismatch', 'This key was used for another request.');
  if (before) return respond(request, before.status, before.json, new Headers(), requestId);
  const headers = new Headers();
  const handler = routes[found.key] as (call: MockRequest<unknown>) => unknown;
  const json = handler({
    db,
    user,
    path: found.pattern.exec(url.pathname)?.groups ?? {},
    query: url.searchParams,
    body: text === '' ? undefined : (JSON.parse(text) as unknown),
    cookie: /slipway_refresh=([^;]+)/.exec(request.headers.get('Cookie') ?? '')?.[1] ?? db.jar,
    headers,
  });
  const status = json === undefined ? 204 : (STATUS[found.key] ?? 200);
  if (key !== null) db.answered.set(key, { body: text, status, json });
  return respond(request, status, json, headers, requestId);
}

function authenticate(db: Db, request: Request): User {
  const token = /^Bearer (.+)$/.exec(request.headers.get('Authorization') ?? '')?.[1];
  const user = db.users.find(({ id }) => token !== undefined && id === db.tokens.get(token));
  if (!user || user.disabled) throw new Refused(401, 'unauthenticated', 'The access token is missing, expired or forged.');
  return user;
}

function respond(request: Request, status: number, json: unknown, headers: Headers, requestId: string): Response {
  headers.set('X-Request-Id', requestId);
  if (json === undefined) return new Response(null, { status, headers });
  const yaml = typeof json === 'string';
  const text = yaml ? json : JSON.stringify(json);
  headers.set('Content-Type', yaml ? 'application/yaml' : 'application/json');
  if (request.method === 'GET') {
    const etag = `"${hash(text)}"`;
    headers.set('ETag', etag);
    if (request.headers.get('If-None-Match') === etag) return new Response(null, { status: 304, headers });
  }
  return new Response(text, { status, headers });
}

function problem({ status, kind, detail, errors, headers }: Refused, requestId: string): Response {
  const body = {
    type: `https://slipway.dev/problems/${kind}`,
    title: kind,
    status,
    detail,
    requestId,
    ...(errors.length > 0 && { errors }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'Content-Type': 'application/problem+json', 'X-Request-Id': requestId },
  });
}

/** FNV-1a, 32 bits: enough to tell two answers apart. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return (value >>> 0).toString(16);
}
