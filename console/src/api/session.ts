// Who is signed in. The access token lives in this module's memory only; the refresh token is an HttpOnly
// cookie that no script can read. All requests share one refresh at a time.
import { ApiError, SignedOut, Unreachable } from './problem';
import type { Me, Tokens } from './types';

/**
 * - `starting`: the page was just loaded and asks whether the cookie is still good
 * - `in`: an access token is at hand
 * - `expired`: it was `in` and the cookie is no longer good; requests wait until somebody signs in again
 * - `out`: nobody is signed in
 * - `unreachable`: the API did not answer the first question
 */
export type SessionState = 'starting' | 'in' | 'expired' | 'out' | 'unreachable';

type Listener = () => void;
type Waiter = { resolve: () => void; reject: (reason: unknown) => void };

let state: SessionState = 'starting';
let token: string | null = null;
/** The id of the person whose data is on screen. */
let who: string | null = null;
let refreshing: Promise<boolean> | null = null;
let waiters: Waiter[] = [];
/** Counts sign-outs, so that an answer to an earlier question never signs in again. */
let signOuts = 0;
const listeners = new Set<Listener>();

const otherTabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('slipway.session');
otherTabs?.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (event.data === 'signed-out' && state !== 'out') end('out');
  if (event.data === 'signed-in' && (state === 'out' || state === 'expired' || state === 'unreachable')) void start();
});

function settle(next: SessionState): void {
  state = next;
  if (next === 'in' || next === 'out') {
    const waiting = waiters;
    waiters = [];
    for (const waiter of waiting) {
      if (next === 'in') waiter.resolve();
      else waiter.reject(new SignedOut());
    }
  }
  for (const listener of listeners) listener();
}

function end(next: 'out' | 'expired'): void {
  token = null;
  if (next === 'out') {
    who = null;
    signOuts += 1;
  }
  settle(next);
}

async function post(path: string, body?: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    throw new Unreachable('The API could not be reached.', { cause: error });
  }
}

async function keep(response: Response): Promise<void> {
  const next = ((await response.json()) as Tokens).accessToken;
  if (state === 'expired' && who !== null && (await idOf(next)) !== who) {
    // Somebody else signed in, perhaps in another tab: what waited here is not theirs to send or to see.
    end('out');
    location.assign('/');
    return;
  }
  token = next;
  settle('in');
}

async function idOf(accessToken: string): Promise<string | null> {
  const response = await fetch('/v1/me', { headers: { Authorization: `Bearer ${accessToken}` } });
  return response.ok ? ((await response.json()) as Me).id : null;
}

/** Tabs take turns, so that two of them never spend the same refresh token. */
async function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? await navigator.locks.request('slipway.refresh', work) : await work();
}

async function askForToken(): Promise<boolean> {
  const before = signOuts;
  const response = await post('/v1/auth/refresh');
  if (signOuts !== before) return false;
  if (response.ok) {
    await keep(response);
    return true;
  }
  if (response.status === 401) return false;
  throw await ApiError.from(response);
}

function refreshOnce(): Promise<boolean> {
  refreshing ??= oneTabAtATime(askForToken).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Asks once, at the start of the page, whether the refresh cookie is still good. */
export async function start(): Promise<void> {
  const wasExpired = state === 'expired';
  try {
    const before = signOuts;
    if (!(await refreshOnce()) && signOuts === before) end(wasExpired ? 'expired' : 'out');
  } catch {
    settle('unreachable');
  }
}

/** Signs in. Throws an `ApiError` (`invalid-credentials`, `too-many-requests`) or `Unreachable`. */
export async function signIn(email: string, password: string): Promise<void> {
  const response = await post('/v1/auth/login', { email, password });
  if (!response.ok) throw await ApiError.from(response);
  await keep(response);
  otherTabs?.postMessage('signed-in');
}

/** Signs out here and in the other tabs, also when the API cannot be reached. */
export async function signOut(): Promise<void> {
  try {
    await post('/v1/auth/logout');
  } catch {
    // The cookie outlives this tab then, but the person wished to leave and the screen must show that.
  }
  end('out');
  otherTabs?.postMessage('signed-out');
}

/** Notes whose data is on screen, so that another person's sign-in never continues it. */
export function belongsTo(userId: string): void {
  who = userId;
}

/** The token for the next request; null when nobody is signed in. */
export function accessToken(): string | null {
  return token;
}

/**
 * Called after a 401: gets a new token. When the session has ended for good it waits until the person has signed
 * in again (the dialog over the page), so that the request, and what was typed into it, is not lost.
 * Rejects with `SignedOut` if they leave instead.
 */
export async function renew(refused: string | null): Promise<void> {
  // Another request may have renewed it while this one was on its way.
  if (token !== null && token !== refused) return;
  if (state === 'out') throw new SignedOut();
  const before = signOuts;
  if (state !== 'expired' && (await refreshOnce())) return;
  if (signOuts !== before) throw new SignedOut();
  const again = new Promise<void>((resolve, reject) => waiters.push({ resolve, reject }));
  if (state !== 'expired') end('expired');
  await again;
}

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function sessionState(): SessionState {
  return state;
}

/** Back to the first moment, for tests. */
export function forget(): void {
  token = null;
  who = null;
  refreshing = null;
  waiters = [];
  settle('starting');
}
