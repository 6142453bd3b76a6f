// Serves the built console and the mock API as the real API serves them, with the same strict content security policy.
import { readFile } from 'node:fs/promises';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { Db } from './db';
import { answer } from './wire';

export const POLICY =
  "default-src 'self'; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Serves `dist` and the mock API on a loopback port; 0 chooses a free one. */
export async function serve(db: Db, dist: string, port: number): Promise<{ url: string; server: HttpServer }> {
  const server = createHttpServer((incoming, outgoing) => {
    void handle(db, dist, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return { url: `http://127.0.0.1:${bound}`, server };
}

async function handle(db: Db, dist: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const response = await respond(db, dist, incoming).catch((error: unknown) => new Response(String(error), { status: 500 }));
  outgoing.writeHead(response.status, [...response.headers].flat());
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

async function respond(db: Db, dist: string, incoming: IncomingMessage): Promise<Response> {
  const path = incoming.url ?? '/';
  if (path.startsWith('/v1/')) return answer(db, await asRequest(incoming));
  const file = normalize(decodeURIComponent(path.split('?')[0] ?? '/'));
  const wanted = TYPES[extname(file)] ? join(dist, file) : join(dist, 'index.html');
  const compressed = /\bbr\b/.test(String(incoming.headers['accept-encoding'])) ? await read(`${wanted}.br`) : null;
  const content = compressed ?? (await read(wanted));
  if (content === null) return new Response('Not found', { status: 404 });
  return new Response(new Uint8Array(content), {
    headers: {
      ...(compressed && { 'Content-Encoding': 'br' }),
      'Content-Type': TYPES[extname(wanted)] ?? 'application/octet-stream',
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

async function read(file: string): Promise<Buffer | null> {
  return await readFile(file).catch(() => null);
}

async function asRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === 'string') headers.set(name, value);
  return new Request(`http://127.0.0.1${incoming.url ?? '/'}`, {
    method: incoming.method ?? 'GET',
    headers,
    body: body.length > 0 ? new Uint8Array(body) : null,
  });
}
