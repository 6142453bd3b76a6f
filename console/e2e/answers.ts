// What the list does with each kind of answer to a poll, counted: requests that it sends, and changes in its table.
import type { Page, Request, Route } from 'playwright-core';
import type { Db } from '../src/mock/db';
import { power } from '../src/mock/scripts';
import { CUSTOMER, PASSWORD, seed } from '../src/mock/seed';
import { signIn } from './browser';

interface Case {
  answer: string;
  /** Prepares the mock, or answers in its place. */
  prepare?: (db: Db) => void;
  route?: (route: Route, tries: number) => Promise<void>;
  /** Sent to the list's endpoint, the poll itself among them. */
  requests: number;
  /** True: rows change. */
  changes: boolean;
  /** True: a banner says how old the rows are. */
  stale?: boolean;
}

export interface Counted extends Case {
  sent: number;
  /** Mutation records in the table. */
  mutations: number;
  bannered: boolean;
  /** Of the last answer, its headers among them. */
  bytes: number;
}

/** Longer than the pause before a second try. */
const SETTLES_MS = 2_000;
const SLOW_MS = 1_500;

const refuse = (status: number, kind: string) => async (route: Route) => {
  const body = JSON.stringify({ type: `https://slipway.dev/problems/${kind}`, title: kind, status, detail: 'No.' });
  await route.fulfill({ status, contentType: 'application/problem+json', body });
};

const CASES: Case[] = [
  { answer: '304', requests: 1, changes: false },
  { answer: '200 with the same rows', route: withoutEtag, requests: 1, changes: false },
  { answer: '200 with a changed row', prepare: switchOff, requests: 1, changes: true },
  { answer: '200 after 1.5 s', route: late, requests: 1, changes: false },
  { answer: '401 for an expired token', prepare: (db) => db.tokens.clear(), requests: 2, changes: false },
  { answer: '403', route: refuse(403, 'forbidden'), requests: 1, changes: false, stale: true },
  { answer: '429', route: refuse(429, 'too-many-requests'), requests: 2, changes: false, stale: true },
  { answer: '500', route: refuse(500, 'internal'), requests: 2, changes: false, stale: true },
  { answer: '503', route: refuse(503, 'unavailable'), requests: 2, changes: false, stale: true },
  { answer: '503, then 304', route: unavailableOnce, requests: 2, changes: false },
  { answer: 'none', route: (route) => route.abort('connectionreset'), requests: 2, changes: false, stale: true },
];

async function withoutEtag(route: Route): Promise<void> {
  const { 'if-none-match': _, ...headers } = route.request().headers();
  await route.continue({ headers });
}

async function late(route: Route): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  await withoutEtag(route);
}

async function unavailableOnce(route: Route, tries: number): Promise<void> {
  await (tries === 1 ? refuse(503, 'unavailable')(route) : route.continue());
}

function switchOff(db: Db): void {
  const [server] = db.servers;
  if (server) power(server, new Date().toISOString(), false);
}

/** A mock whose list has one server that nothing happens to, so that no poll comes but the one that is asked for. */
export function quietSeed(): Db {
  const db = seed({ others: 0 });
  db.servers = db.servers.filter(({ name }) => name === 'web-1');
  return db;
}

/** Asks the list to look again, once for each kind of answer. `db` is that of the mock at `url`, from `quietSeed`. */
export async function countAnswers(page: Page, url: string, db: Db): Promise<Counted[]> {
  await page.goto(`${url}/login`);
  await signIn(page, CUSTOMER, PASSWORD);
  const counted: Counted[] = [];
  for (const each of CASES) counted.push(await count(page, url, db, each));
  return counted;
}

async function count(page: Page, url: string, db: Db, each: Case): Promise<Counted> {
  await page.goto(`${url}/servers`);
  await page.locator('.sw-table a').first().waitFor();
  const sent: Request[] = [];
  const note = (request: Request) => void (isOfTheList(new URL(request.url())) && sent.push(request));
  each.prepare?.(db);
  let tries = 0;
  const { route } = each;
  if (route) await page.route(isOfTheList, (call) => route(call, (tries += 1)));
  await page.evaluate(() => {
    window.slipwayChanges = 0;
    const table = document.querySelector('.sw-table') as Element;
    const observer = new MutationObserver((records) => (window.slipwayChanges = (window.slipwayChanges ?? 0) + records.length));
    observer.observe(table, { childList: true, subtree: true, characterData: true, attributes: true });
  });
  page.on('request', note);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.waitForTimeout(SETTLES_MS);
  page.off('request', note);
  const mutations = await page.evaluate(() => window.slipwayChanges ?? 0);
  const bannered = await page.locator('.sw-banner').isVisible();
  await page.unrouteAll({ behavior: 'wait' });
  return { ...each, sent: sent.length, mutations, bannered, bytes: await bytesOf(sent.at(-1)) };
}

async function bytesOf(request: Request | undefined): Promise<number> {
  if (!request || (await request.response()) === null) return 0;
  const { responseHeadersSize, responseBodySize } = await request.sizes();
  return responseHeadersSize + responseBodySize;
}

function isOfTheList(at: URL): boolean {
  return at.pathname === '/v1/servers';
}

/** What is not as it shall be; empty when all is. */
export function wrong({ sent, requests, mutations, changes, bannered, stale = false }: Counted): string[] {
  return [
    ...(sent === requests ? [] : [`${sent} requests in place of ${requests}`]),
    ...(mutations > 0 === changes ? [] : [`${mutations} changes of the table`]),
    ...(bannered === stale ? [] : [bannered ? 'the rows are called old' : 'nothing says how old the rows are']),
  ];
}
