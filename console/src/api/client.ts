// The one way to the API: adds the token, an idempotency key and `If-None-Match`, turns refusals into `ApiError`.
// A GET answered 304 gives back the *same object* as before, so that nothing renders again.
import { ApiError, Unreachable } from './problem';
import { accessToken, renew } from './session';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RequestOptions {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** The same key for each try of one wish; made here when absent. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

interface Remembered {
  etag: string;
  data: unknown;
}

const REMEMBERED_MAX = 100;
const TIMEOUT_MS = 30_000;
const remembered = new Map<string, Remembered>();

/** `/v1/servers?search=web`; empty and undefined values are left out. */
export function urlOf(path: string, query: RequestOptions['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)] as [string, string]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** A key that names one wish of the person, across retries of the request (`randomUUID` would need https). */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Sends one request; the session is renewed once if the token was refused. */
export async function send<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const url = urlOf(path, options.query);
  const key = method === 'GET' ? undefined : (options.idempotencyKey ?? newIdempotencyKey());
  const token = accessToken();
  let response = await attempt(method, url, token, key, options);
  if (response.status === 401 && (await isAboutTheSession(response))) {
    await renew(token);
    response = await attempt(method, url, accessToken(), key, options);
  }
  return (await read(method, url, response)) as T;
}

/** Forgets every answer, when another person signs in. */
export function forgetAnswers(): void {
  remembered.clear();
}

async function attempt(
  method: Method,
  url: string,
  token: string | null,
  key: string | undefined,
  options: RequestOptions,
): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json' });
  if (token !== null) headers.set('Authorization', `Bearer ${token}`);
  if (key !== undefined) headers.set('Idempotency-Key', key);
  if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  const known = method === 'GET' ? remembered.get(url) : undefined;
  if (known) headers.set('If-None-Match', known.etag);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(url, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: 'same-origin',
      // Our own ETags decide; the browser's cache would turn a 304 into a full parse.
      cache: 'no-store',
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable('The API could not be reached.', { cause: error });
  }
}

/** A wrong current password is also a 401, and no reason to renew anything. */
async function isAboutTheSession(response: Response): Promise<boolean> {
  const error = await ApiError.from(response.clone());
  return error.kind !== 'invalid-credentials';
}

async function read(method: Method, url: string, response: Response): Promise<unknown> {
  const known = remembered.get(url);
  if (response.status === 304 && known) return known.data;
  if (!response.ok) throw await ApiError.from(response);
  if (response.status === 204) return undefined;
  const yaml = response.headers.get('Content-Type') === 'application/yaml';
  const data: unknown = await (yaml ? response.text() : response.json());
  const etag = response.headers.get('ETag');
  if (method === 'GET' && etag !== null) remember(url, { etag, data });
  return data;
}

function remember(url: string, answer: Remembered): void {
  remembered.delete(url);
  remembered.set(url, answer);
  if (remembered.size > REMEMBERED_MAX) {
    const oldest = remembered.keys().next().value;
    if (oldest !== undefined) remembered.delete(oldest);
  }
}
