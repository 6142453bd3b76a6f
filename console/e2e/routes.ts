// `npm run test:browser`: every page, menu and dialog of the built console over the mock, light and dark, and narrow
// (320 px): no axe violation, no policy violation, no unstyled class, no sideways scrolling. And what each kind of answer to
// a poll leads to, counted.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { CUSTOMER, PASSWORD, STAFF, seed } from '../src/mock/seed';
import { serve } from '../src/mock/server';
import { countAnswers, quietSeed, wrong } from './answers';
import { inspect, launch, type Scheme, signIn, visit } from './browser';
import { Report } from './report';

const shots = process.env['SLIPWAY_E2E_SHOTS'];
const pruned = JSON.parse(await readFile('dist/.vite/pruned-classes.json', 'utf8')) as string[];
if (shots !== undefined) await mkdir(shots, { recursive: true });

interface Stop {
  name: string;
  /** Brings the page there. */
  go: (page: Page) => Promise<void>;
}

const db = seed({ speed: 2 });
const { url, server } = await serve(db, 'dist', 0);
const idOf = (name: string): string => db.servers.find((each) => each.name === name)?.id ?? '';

const engines = db.accounts[0]?.id ?? '';
const history = db.histories.get(engines);

const open = (path: string, ready: string) => async (page: Page) => {
  await page.goto(url + path);
  await page.locator(ready).first().waitFor();
};
const detail = (name: string) => open(`/servers/${idOf(name)}`, '.sw-specs');
const fromMenu = (action: string, ready: string) => async (page: Page) => {
  await open('/servers', '.sw-table a')(page);
  await page.getByRole('button', { name: 'Actions for web-1' }).click();
  await page.getByRole('menuitem', { name: action }).click();
  await page.locator(ready).first().waitFor();
};

/** From the page of one server: the list of everybody's is long. */
const fromPageMenu = (action: string, ready: string) => async (page: Page) => {
  await detail('web-1')(page);
  await page.getByRole('button', { name: 'Actions for web-1' }).click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
  await page.locator(ready).first().waitFor();
};

const publicStops: Stop[] = [
  { name: 'login', go: open('/login', '#sign-in-password') },
  {
    name: 'login refused',
    go: async (page) => {
      await open('/login', '#sign-in-password')(page);
      await signIn(page, CUSTOMER, 'wrong');
      await page.getByRole('alert').waitFor();
    },
  },
  { name: 'set password', go: open('/set-password#token=abc', '#again') },
  { name: 'set password without token', go: open('/set-password', 'main a') },
];

const customerStops: Stop[] = [
  { name: 'servers', go: open('/servers', '.sw-table a') },
  {
    name: 'servers menu',
    go: async (page) => {
      await open('/servers', '.sw-table a')(page);
      await page.getByRole('button', { name: 'Actions for staging' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).waitFor();
    },
  },
  { name: 'servers nothing found', go: open('/servers?search=nowhere', '.sw-notice') },
  { name: 'servers failed', go: open('/servers?search=boom', '[role=alert]') },
  { name: 'dialog delete', go: fromMenu('Delete', '#confirm-name') },
  { name: 'dialog power off', go: fromMenu('Stop (power off)', 'dialog, [role=dialog]') },
  { name: 'dialog plan', go: fromMenu('Change plan', '#plan-small') },
  { name: 'dialog disk', go: fromMenu('Grow disk', '#disk-hint') },
  { name: 'dialog snapshot', go: fromMenu('Take a snapshot', '#snapshot') },
  { name: 'dialog rebuild', go: fromMenu('Rebuild', '#confirm-name') },
  {
    name: 'dialog restore',
    go: async (page) => {
      await detail('web-1')(page);
      await page
        .getByRole('button', { name: /^Restore: / })
        .first()
        .click();
      await page.locator('#confirm-name').waitFor();
    },
  },
  {
    name: 'dialog take back',
    go: async (page) => {
      await detail('old-site')(page);
      await page.getByRole('button', { name: 'Take back' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'dialog destroy now',
    go: async (page) => {
      await detail('old-site')(page);
      await page.getByRole('button', { name: 'Destroy now' }).click();
      await page.locator('#confirm-name').waitFor();
    },
  },
  {
    name: 'dialog add disk',
    go: async (page) => {
      await detail('db-1')(page);
      await page.getByRole('button', { name: 'Add disk' }).click();
      await page.locator('#disk-class').waitFor();
    },
  },
  {
    name: 'dialog take disk out',
    go: async (page) => {
      await detail('db-1')(page);
      await page.getByRole('button', { name: 'Take out: data' }).click();
      await page.locator('#confirm-name').waitFor();
    },
  },
  {
    name: 'dialog add network',
    go: async (page) => {
      await detail('db-1')(page);
      await page.getByRole('button', { name: 'Add network' }).click();
      await page.locator('#interface-network option[value=office]').waitFor({ state: 'attached' });
    },
  },
  { name: 'create', go: open('/servers/new', '#name') },
  {
    name: 'create refused',
    go: async (page) => {
      await open('/servers/new', '#name')(page);
      await page.getByLabel('Name').fill('Not A Name');
      await page.getByRole('button', { name: 'Create server' }).click();
      await page.locator('#name-error').waitFor();
    },
  },
  {
    name: 'create more',
    go: async (page) => {
      await open('/servers/new', '#name')(page);
      await page.getByRole('button', { name: 'More options' }).click();
      await page.getByLabel('Second disk in GiB').fill('9999');
      await page.getByRole('button', { name: 'Create server' }).click();
      await page.locator('#dataDiskGiB-error').waitFor();
    },
  },
  { name: 'server running', go: detail('web-1') },
  { name: 'server disks and networks', go: detail('db-1') },
  { name: 'server restart required', go: detail('web-2') },
  { name: 'server waiting', go: detail('wait-cache') },
  { name: 'server failed', go: detail('fail-mail') },
  { name: 'server suspended', go: detail('shop') },
  { name: 'server deleted', go: detail('old-site') },
  { name: 'server unknown', go: open('/servers/none', '.sw-notice') },
  { name: 'operations', go: open('/operations', '.sw-table a') },
  { name: 'billing services', go: open(`/accounts/${engines}/billing`, '.sw-table a') },
  { name: 'billing invoices', go: open(`/accounts/${engines}/billing?tab=invoices`, '.sw-table a') },
  { name: 'billing payments', go: open(`/accounts/${engines}/billing?tab=payments`, '.sw-plain') },
  { name: 'billing orders', go: open(`/accounts/${engines}/billing?tab=orders`, '.sw-table td') },
  { name: 'billing of nobody', go: open('/accounts/none/billing', '.sw-notice') },
  { name: 'invoice', go: open(`/accounts/${engines}/billing/invoices/${history?.invoices[0]?.id ?? ''}`, '.sw-plain') },
  { name: 'invoice unknown', go: open(`/accounts/${engines}/billing/invoices/none`, '.sw-notice') },
  { name: 'tickets', go: open(`/accounts/${engines}/tickets`, '.sw-table a') },
  { name: 'ticket', go: open(`/accounts/${engines}/tickets/${history?.tickets[0]?.id ?? ''}`, '.sw-thread') },
  { name: 'profile', go: open('/profile', '#current') },
  {
    name: 'user menu',
    go: async (page) => {
      await open('/profile', '#current')(page);
      await page.getByRole('button', { name: /your menu/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    },
  },
  { name: 'not found', go: open('/nowhere', '.sw-page') },
  {
    name: 'session ended',
    go: async (page) => {
      await open('/servers', '.sw-table a')(page);
      db.tokens.clear();
      const ended = new Map(db.sessions);
      db.sessions.clear();
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.getByRole('dialog').waitFor();
      for (const [refresh, userId] of ended) db.sessions.set(refresh, userId);
    },
  },
];

const staffStops: Stop[] = [
  { name: 'servers of all', go: open('/servers', '.sw-table a') },
  { name: 'server drifted', go: detail('db-1') },
  { name: 'dialog suspend', go: fromPageMenu('Suspend', '#reason') },
  { name: 'dialog move', go: fromPageMenu('Move to another node', '#node') },
  { name: 'dialog size', go: fromPageMenu('Set a size of its own', '#diskGiB') },
  {
    name: 'create by staff',
    go: async (page) => {
      await open('/servers/new', '#name')(page);
      await page.getByText('A size of its own instead of a plan').click();
      await page.getByRole('button', { name: 'Create server' }).click();
      await page.locator('#cores-error').waitFor();
    },
  },
  { name: 'sites', go: open('/admin/sites', '.sw-table a') },
  { name: 'site to tidy up', go: open('/admin/sites/fra1', '.sw-specs') },
  { name: 'site stopped', go: open('/admin/sites/hel1', '.sw-specs') },
  {
    name: 'dialog acknowledge',
    go: async (page) => {
      await open('/admin/sites/hel1', '.sw-specs')(page);
      await page.getByRole('button', { name: 'It is right: go on' }).first().click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'machines to adopt',
    go: async (page) => {
      await open('/admin/sites/fra1', '.sw-specs')(page);
      await page.getByRole('button', { name: 'Look for machines' }).click();
      await page.getByText('2 that cannot be adopted').click();
    },
  },
  {
    name: 'dialog adopt',
    go: async (page) => {
      await open('/admin/sites/fra1', '.sw-specs')(page);
      await page.getByRole('button', { name: 'Look for machines' }).click();
      await page.getByRole('button', { name: 'Adopt: shop-db' }).click();
      await page.locator('#adopt-account option').nth(1).waitFor({ state: 'attached' });
    },
  },
  { name: 'operations waiting', go: open('/operations?status=waiting', '.sw-table a') },
  { name: 'servers without a machine', go: open('/servers?phase=Unlinked', '.sw-table a') },
  { name: 'server without a machine', go: detail('lost-1') },
  { name: 'migrations', go: open('/admin/migrations', '.sw-table a') },
  { name: 'migration run', go: open(`/admin/migrations/${db.migrations[0]?.run.id ?? ''}`, '.sw-table a') },
  { name: 'billing by staff', go: open(`/accounts/${engines}/billing`, '.sw-table a') },
  { name: 'accounts', go: open('/admin/accounts', '.sw-table a') },
  {
    name: 'new account',
    go: async (page) => {
      await open('/admin/accounts', '.sw-table a')(page);
      await page.getByRole('button', { name: 'New account' }).click();
      await page.locator('#account-name').waitFor();
    },
  },
  { name: 'account', go: open(`/admin/accounts/${db.accounts[0]?.id ?? ''}`, '.sw-members li') },
  { name: 'users', go: open('/admin/users', '.sw-table a') },
  {
    name: 'new user',
    go: async (page) => {
      await open('/admin/users', '.sw-table a')(page);
      await page.getByRole('button', { name: 'New user' }).click();
      await page.locator('#user-email').waitFor();
    },
  },
  {
    name: 'user',
    go: async (page) => {
      await open(`/admin/users/${db.users[0]?.id ?? ''}`, '#user-name')(page);
      await page.getByRole('button', { name: 'Make a link' }).click();
      await page.locator('.sw-copy--block').waitFor();
    },
  },
];

const report = new Report();
const browser = await launch();

async function tour(scheme: Scheme, width: number, who: string | null, stops: Stop[]): Promise<void> {
  const { context, page } = await visit(browser, scheme, width);
  if (who !== null) {
    await page.goto(`${url}/login`);
    await signIn(page, who, PASSWORD);
    await page.locator('.sw-table a').first().waitFor();
  }
  for (const { name, go } of stops) {
    await report.check(`${name}, ${scheme}, ${width} px`, async () => {
      await go(page);
      if (shots !== undefined)
        await page.screenshot({ path: join(shots, `${name.replaceAll(' ', '-')}-${scheme}-${width}.png`) });
      return await inspect(page, pruned);
    });
  }
  await context.close();
}

for (const scheme of ['light', 'dark'] as const) {
  await tour(scheme, 1280, null, publicStops);
  await tour(scheme, 1280, CUSTOMER, customerStops);
  await tour(scheme, 1280, STAFF, staffStops);
}
await tour('light', 320, null, publicStops);
await tour('light', 320, CUSTOMER, customerStops);
await tour('light', 320, STAFF, staffStops);

const quiet = quietSeed();
const alone = await serve(quiet, 'dist', 0);
const { context, page } = await visit(browser, 'light');
for (const counted of await countAnswers(page, alone.url, quiet)) {
  await report.check(`a poll that is answered ${counted.answer}`, async () => wrong(counted));
}
await context.close();

await browser.close();
for (const each of [server, alone.server]) {
  each.close();
  each.closeAllConnections();
}
report.close();
