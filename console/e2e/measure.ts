// Prints, as JSON, how long pages of the built console take to stand and to change, what polls cost, and when a first visit on a
// slow machine and network sees its largest content. `slipway-perf console` runs it; by hand: `npm run measure`.
//
// A page stands when its element does and the browser has laid it out, counted from the last byte of the API's last answer that
// it needed: code of the page, parsing, rendering, layout; neither network nor server. Each sample loads the page anew.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Db } from '../src/mock/db';
import { power } from '../src/mock/scripts';
import { CUSTOMER, PASSWORD, seed, STAFF } from '../src/mock/seed';
import { serve } from '../src/mock/server';
import { countAnswers, quietSeed, wrong } from './answers';
import { launch, signIn, visit } from './browser';

const SAMPLES = Number(process.env['SLIPWAY_SAMPLES'] ?? 9);
/** Rows of a list, and how often: the console shows 100 at most, and so many more take minutes. */
const LISTS = [
  { rows: 50, samples: SAMPLES },
  { rows: 1_000, samples: Math.min(SAMPLES, 5) },
  { rows: 10_000, samples: 1 },
];
/** The network of a phone in the country, as Lighthouse has it, and a processor a quarter as fast. */
const SLOW = { latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8, offline: false };
const SLOW_PROCESSOR = 4;

interface Target {
  path: string;
  /** So many elements of this kind. */
  ready: string;
  count: number;
  /** A pattern of the paths of the answers that it waits for. */
  answers: string;
}

interface Change {
  name: string;
  press: string;
  /** What changes. */
  inside: string;
  /** The path of the answer from which it counts; null: it counts from the press. */
  answer: string | null;
  /** What stands there at last; null: the first change will do. */
  appears: string | null;
}

interface Timed {
  name: string;
  samples: number[];
}

const times: Timed[] = [];

function sample(name: string, value: number): void {
  const known = times.find((each) => each.name === name);
  if (known) known.samples.push(value);
  else times.push({ name, samples: [value] });
}

/** A page of its own, which notes when `target` stands. */
async function openAt(context: BrowserContext, url: string, target: Target): Promise<Page> {
  const page = await context.newPage();
  // The console asks for 50 rows at most 100: the mock gives as many as it is asked for.
  await page.route(
    (at) => at.pathname === '/v1/servers',
    async (route) => {
      const at = new URL(route.request().url());
      at.searchParams.set('limit', String(Math.max(target.count, 50)));
      await route.continue({ url: at.href });
    },
  );
  await page.addInitScript(({ ready, count }) => {
    performance.setResourceTimingBufferSize(10_000);
    window.slipwayShown = new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (document.querySelectorAll(ready).length < count) return;
        observer.disconnect();
        // Asking for a size makes the browser lay everything out.
        document.body.getBoundingClientRect();
        resolve(performance.now());
      });
      observer.observe(document, { childList: true, subtree: true });
    });
  }, target);
  await page.goto(url + target.path);
  return page;
}

async function mounted(page: Page, { answers }: Target): Promise<number> {
  return await page.evaluate(async (pattern) => {
    const shown = (await window.slipwayShown) ?? 0;
    // The browser notes an answer a moment after it was read.
    for (let tries = 0; tries < 100; tries += 1) {
      const ended = performance
        .getEntriesByType('resource')
        .filter(({ name, startTime }) => new RegExp(pattern).test(new URL(name).pathname) && startTime < shown)
        .map((entry) => entry as PerformanceResourceTiming)
        // Of an answer whose body does not matter, the page waits for the beginning only.
        .map(({ responseEnd, responseStart }) => (responseEnd <= shown ? responseEnd : responseStart));
      if (ended.length > 0) return shown - Math.max(...ended);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no answer of ${pattern} was noted`);
  }, answers);
}

async function changed(page: Page, change: Change): Promise<number> {
  return await page.evaluate(async ({ press, inside, answer, appears }) => {
    const shown = new Promise<number>((resolve) => {
      const observer = new MutationObserver(() => {
        if (appears !== null && document.querySelector(appears) === null) return;
        observer.disconnect();
        document.body.getBoundingClientRect();
        resolve(performance.now());
      });
      const where = document.querySelector(inside) as Element;
      observer.observe(where, { childList: true, subtree: true, characterData: true, attributes: true });
    });
    const pressed = performance.now();
    (document.querySelector(press) as HTMLElement).click();
    const at = await shown;
    if (answer === null) return at - pressed;
    const ended = performance
      .getEntriesByType('resource')
      .filter(({ name, startTime }) => startTime >= pressed && new URL(name).pathname === answer)
      .map((entry) => (entry as PerformanceResourceTiming).responseEnd);
    return at - Math.max(...ended);
  }, change);
}

async function signedIn(browser: Browser, url: string, who: string): Promise<BrowserContext> {
  const { context, page } = await visit(browser, 'light');
  await page.goto(`${url}/login`);
  await signIn(page, who, PASSWORD);
  await page.locator('.sw-table a').first().waitFor();
  await page.close();
  return context;
}

function flip(db: Db, name: string): void {
  const server = db.servers.find((each) => each.name === name);
  if (server) power(server, new Date().toISOString(), server.powerState !== 'running');
}

/** So many servers that nothing happens to. */
function fleet(count: number): Db {
  const db = seed({ others: count - 1 });
  db.servers = db.servers.filter(({ name }) => name === 'web-1' || name.startsWith('node-'));
  return db;
}

async function login(browser: Browser, url: string): Promise<void> {
  const target: Target = { path: '/login', ready: '#sign-in-password', count: 1, answers: '/v1/auth/refresh' };
  const refused: Change = {
    name: 'login: a refused sign-in',
    press: 'button[type=submit]',
    inside: 'body',
    answer: '/v1/auth/login',
    appears: '[role=alert]',
  };
  for (let index = 0; index < SAMPLES; index += 1) {
    const { context } = await visit(browser, 'light');
    const page = await openAt(context, url, target);
    sample('login: mounted', await mounted(page, target));
    await page.getByLabel('Email').fill(CUSTOMER);
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    sample(refused.name, await changed(page, refused));
    await context.close();
  }
}

async function list(browser: Browser, rows: number, samples: number): Promise<void> {
  const db = fleet(rows);
  const { url, server } = await serve(db, 'dist', 0);
  const context = await signedIn(browser, url, STAFF);
  const name = `list of ${rows.toLocaleString('en')} rows`;
  const target: Target = { path: '/servers', ready: '.sw-table tbody a', count: rows, answers: '^/v1/servers$' };
  const change: Change = {
    name: `${name}: a poll that changes one`,
    press: 'button[aria-label=Refresh]',
    inside: '.sw-table tbody',
    answer: '/v1/servers',
    appears: null,
  };
  for (let index = 0; index < samples; index += 1) {
    const page = await openAt(context, url, target);
    sample(`${name}: mounted`, await mounted(page, target));
    flip(db, 'web-1');
    sample(change.name, await changed(page, change));
    await page.close();
  }
  await context.close();
  server.close();
  server.closeAllConnections();
}

async function detailAndCreate(browser: Browser, db: Db, url: string): Promise<void> {
  const context = await signedIn(browser, url, CUSTOMER);
  const path = `/servers/${db.servers.find(({ name }) => name === 'web-1')?.id ?? ''}`;
  const detail: Target = { path, ready: '.sw-specs', count: 1, answers: `^/v1${path}$` };
  const polled: Change = {
    name: 'server: a poll that changes it',
    press: 'button[aria-label=Refresh]',
    inside: '.sw-page__title',
    answer: `/v1${path}`,
    appears: null,
  };
  const create: Target = {
    path: '/servers/new',
    ready: 'input[type=radio][name=plan]',
    count: 1,
    answers: '^/v1/(plans|images|sites|networks)$',
  };
  const chosen: Change = {
    name: 'create: another plan chosen',
    press: 'input[type=radio][name=plan]:not(:checked)',
    inside: '.sw-create',
    answer: null,
    appears: null,
  };
  for (let index = 0; index < SAMPLES; index += 1) {
    const at = await openAt(context, url, detail);
    sample('server: mounted', await mounted(at, detail));
    flip(db, 'web-1');
    sample(polled.name, await changed(at, polled));
    await at.close();
    const form = await openAt(context, url, create);
    sample('create: mounted', await mounted(form, create));
    sample(chosen.name, await changed(form, chosen));
    await form.close();
  }
  await context.close();
}

/** With nothing in the browser's cache. */
async function largestContent(context: BrowserContext, address: string, ready: string): Promise<number> {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
  await devtools.send('Network.emulateNetworkConditions', SLOW);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOW_PROCESSOR });
  await page.goto(address);
  await page.locator(ready).first().waitFor();
  await page.waitForLoadState('networkidle');
  const largest = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const observer = new PerformanceObserver((entries) => resolve(entries.getEntries().at(-1)?.startTime ?? 0));
        observer.observe({ type: 'largest-contentful-paint', buffered: true });
      }),
  );
  await page.close();
  return largest;
}

async function firstVisits(browser: Browser, url: string): Promise<void> {
  const customer = await signedIn(browser, url, CUSTOMER);
  for (let index = 0; index < SAMPLES; index += 1) {
    const { context } = await visit(browser, 'light');
    sample('largest content of a first visit, slow: login', await largestContent(context, `${url}/login`, '#sign-in-password'));
    await context.close();
    sample('largest content of a first visit, slow: list', await largestContent(customer, `${url}/servers`, '.sw-table a'));
  }
  await customer.close();
}

const browser = await launch();
const db = quietSeed();
const { url, server } = await serve(db, 'dist', 0);
await login(browser, url);
for (const { rows, samples } of LISTS) await list(browser, rows, samples);
await detailAndCreate(browser, db, url);
await firstVisits(browser, url);

const quiet = quietSeed();
const alone = await serve(quiet, 'dist', 0);
const { page } = await visit(browser, 'light');
const answers = await countAnswers(page, alone.url, quiet);
const problems = answers.flatMap((each) => wrong(each).map((problem) => `answered ${each.answer}: ${problem}`));
if (problems.length > 0) throw new Error(problems.join('; '));

console.log(
  JSON.stringify({
    chromium: browser.version(),
    times,
    answers: answers.map(({ answer, sent, mutations, bytes }) => ({ answer, requests: sent, mutations, bytes })),
  }),
);
await browser.close();
for (const each of [server, alone.server]) {
  each.close();
  each.closeAllConnections();
}
