import { http, HttpResponse } from 'msw';
import { beforeEach, expect, test } from 'vitest';
import { server } from '../test/server';
import { forgetAnswers, send } from './client';
import { ApiError, Unreachable } from './problem';
import { forget, sessionState, signIn, signOut } from './session';

beforeEach(() => {
  forget();
  forgetAnswers();
});

const token = (accessToken: string) => HttpResponse.json({ accessToken, tokenType: 'Bearer', expiresIn: 600 });
const unauthorized = () =>
  HttpResponse.json(
    { type: 'https://slipway.dev/problems/unauthenticated', title: 'x', status: 401, detail: 'x', requestId: 'r1' },
    { status: 401 },
  );

test('a 304 gives back the same object as before', async () => {
  server.use(
    http.get('*/v1/plans', ({ request }) =>
      request.headers.get('If-None-Match') === '"1"'
        ? new HttpResponse(null, { status: 304, headers: { ETag: '"1"' } })
        : HttpResponse.json({ items: [] }, { headers: { ETag: '"1"' } }),
    ),
  );
  const first = await send('GET', '/v1/plans');
  expect(await send('GET', '/v1/plans')).toBe(first);
});

test('requests that meet a 401 together share one refresh and all succeed', async () => {
  let refreshes = 0;
  server.use(
    http.post('*/v1/auth/login', () => token('old')),
    http.post('*/v1/auth/refresh', () => {
      refreshes += 1;
      return token('new');
    }),
    http.get('*/v1/:what', ({ request, params }) =>
      request.headers.get('Authorization') === 'Bearer new' ? HttpResponse.json({ what: params['what'] }) : unauthorized(),
    ),
  );
  await signIn('a@example.com', 'secret');
  const answers = await Promise.all(['plans', 'images', 'sites'].map((what) => send('GET', `/v1/${what}`)));
  expect(answers).toEqual([{ what: 'plans' }, { what: 'images' }, { what: 'sites' }]);
  expect(refreshes).toBe(1);
});

test('a request waits while the session has ended, goes on after signing in, and keeps its idempotency key', async () => {
  const keys: (string | null)[] = [];
  let logins = 0;
  server.use(
    http.post('*/v1/auth/login', () => token(`token-${++logins}`)),
    http.post('*/v1/auth/refresh', unauthorized),
    http.post('*/v1/servers', ({ request }) => {
      keys.push(request.headers.get('Idempotency-Key'));
      return request.headers.get('Authorization') === 'Bearer token-2' ? HttpResponse.json({ done: true }) : unauthorized();
    }),
  );
  await signIn('a@example.com', 'secret');
  const waiting = send('POST', '/v1/servers', { body: {} });
  await expect.poll(sessionState).toBe('expired');
  await signIn('a@example.com', 'secret');
  expect(await waiting).toEqual({ done: true });
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
});

test('a request that waits is refused when the person leaves instead', async () => {
  server.use(
    http.post('*/v1/auth/login', () => token('old')),
    http.post('*/v1/auth/refresh', unauthorized),
    http.post('*/v1/auth/logout', () => new HttpResponse(null, { status: 204 })),
    http.get('*/v1/servers', unauthorized),
  );
  await signIn('a@example.com', 'secret');
  const waiting = send('GET', '/v1/servers');
  const refused = expect(waiting).rejects.toThrow(expect.objectContaining({ name: 'SignedOut' }));
  await expect.poll(sessionState).toBe('expired');
  await signOut();
  await refused;
});

test('a renewal that a sign-out overtakes signs nobody in again', async () => {
  let answer: (() => void) | undefined;
  const asked = new Promise<void>((resolve) => {
    server.use(
      http.post('*/v1/auth/login', () => token('old')),
      http.post('*/v1/auth/refresh', async () => {
        resolve();
        await new Promise<void>((go) => (answer = go));
        return token('new');
      }),
      http.post('*/v1/auth/logout', () => new HttpResponse(null, { status: 204 })),
      http.get('*/v1/servers', unauthorized),
    );
  });
  await signIn('a@example.com', 'secret');
  const refused = expect(send('GET', '/v1/servers')).rejects.toThrow(expect.objectContaining({ name: 'SignedOut' }));
  await asked;
  await signOut();
  answer?.();
  await refused;
  expect(sessionState()).toBe('out');
});

test('a refusal carries its kind, its fields and the request id', async () => {
  const problem = {
    type: 'https://slipway.dev/problems/unprocessable',
    title: 'Unprocessable',
    status: 422,
    detail: 'Some fields cannot be accepted.',
    requestId: 'req-9',
    errors: [{ field: 'plan', message: 'There is no such plan.' }],
  };
  server.use(http.post('*/v1/servers', () => HttpResponse.json(problem, { status: 422 })));
  const error = await send('POST', '/v1/servers', { body: {} }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ kind: 'unprocessable', requestId: 'req-9', fields: problem.errors });
});

test('an answer that is no problem document is still an error, and no answer is another', async () => {
  server.use(http.get('*/v1/plans', () => new HttpResponse('<html>Bad gateway</html>', { status: 502 })));
  await expect(send('GET', '/v1/plans')).rejects.toMatchObject({ name: 'ApiError', kind: 'internal', status: 502 });
  server.use(http.get('*/v1/plans', () => HttpResponse.error()));
  await expect(send('GET', '/v1/plans')).rejects.toBeInstanceOf(Unreachable);
});
