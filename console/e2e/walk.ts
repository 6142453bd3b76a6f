// `npm run e2e`: one person's way through a running Slipway: sign in, create a server, watch it come up, restart it, take
// a snapshot and go back to it, add a disk and take it out, be suspended by staff and resumed, rebuild it, delete it, take
// it back, delete it again and destroy it before its time; and staff's, who lets a site go on that a brake stopped, and
// looks at what could be adopted. Checks accessibility and the content security policy at each stop.
//   SLIPWAY_URL, SLIPWAY_E2E_EMAIL, SLIPWAY_E2E_PASSWORD   where and who (required)
//   SLIPWAY_E2E_STAFF_EMAIL, SLIPWAY_E2E_STAFF_PASSWORD    who suspends (required)
//   SLIPWAY_E2E_SHOTS                                      a folder for screenshots
//   SLIPWAY_E2E_TIMEOUT                                    seconds that one operation may take (180)
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect, launch, signIn, visit } from './browser';
import { Report } from './report';

const url = required('SLIPWAY_URL').replace(/\/$/, '');
const email = required('SLIPWAY_E2E_EMAIL');
const password = required('SLIPWAY_E2E_PASSWORD');
const staffEmail = required('SLIPWAY_E2E_STAFF_EMAIL');
const staffPassword = required('SLIPWAY_E2E_STAFF_PASSWORD');
const shots = process.env['SLIPWAY_E2E_SHOTS'];
const timeout = Number(process.env['SLIPWAY_E2E_TIMEOUT'] ?? 180) * 1000;
const name = `walk-${Date.now().toString(36)}`;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0yGJ0l1kq7XbR0eZb0o5iR1w5m3kq7XbR0eZb0o5iR walk@example.com';

function required(variable: string): string {
  const value = process.env[variable];
  if (value === undefined || value === '') throw new Error(`set ${variable}`);
  return value;
}

if (shots !== undefined) await mkdir(shots, { recursive: true });
const report = new Report();
const browser = await launch();
const { page } = await visit(browser, 'light');
/** Staff, in a browser of their own. */
const { page: desk } = await visit(browser, 'light');
let count = 0;

/** One step of the way; a failed one ends it, because all that follow need it. */
async function step(title: string, work: () => Promise<void>, where = page): Promise<void> {
  const passed = await report.check(title, async () => {
    await work();
    return await inspect(where);
  });
  count += 1;
  const file = `${String(count).padStart(2, '0')}-${title.replaceAll(/[^a-z]+/gi, '-')}.png`;
  if (shots !== undefined) await where.screenshot({ path: join(shots, file), fullPage: true });
  if (!passed) await end();
}

async function end(): Promise<never> {
  await browser.close();
  report.close();
  process.exit();
}

const status = (text: string) => page.locator('.sw-page__title').getByText(text, { exact: true });

await step('a wrong password is refused', async () => {
  await page.goto(url);
  await signIn(page, email, `not ${password}`);
  await page.getByRole('alert').waitFor();
});

await step('signing in leads to the server list', async () => {
  await signIn(page, email, password);
  await page.getByRole('heading', { name: 'Servers', level: 1 }).waitFor();
  await page.locator('.sw-table a, .sw-notice').first().waitFor();
});

await step('the create page offers plans, images and sites', async () => {
  await page.getByRole('link', { name: 'Create server' }).first().click();
  await page.getByRole('radiogroup', { name: 'Plan' }).getByRole('radio').first().waitFor();
  await page.getByRole('radiogroup', { name: 'Image' }).getByRole('radio').first().waitFor();
});

await step('creating without access is refused at the field', async () => {
  await page.getByLabel('SSH public keys').fill('');
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Create server' }).click();
  await page.locator('#sshKeys-error').waitFor();
});

await step('creating shows the operation at once', async () => {
  await page.getByLabel('SSH public keys').fill(KEY);
  const account = page.getByLabel('Account');
  if ((await account.count()) > 0) await account.selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Create server' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  await page.getByRole('heading', { name: 'What is happening: Create' }).waitFor();
});

await step('the server runs and says how to connect', async () => {
  await status('Running').waitFor({ timeout });
  await page.getByText(/^ssh \S+@\S+$/).waitFor({ timeout });
});

await step('the list shows it without a reload', async () => {
  await page.getByRole('link', { name: 'Servers', exact: true }).first().click();
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  await row.getByText('Running').waitFor({ timeout });
});

await step('a restart asks, shows and ends as running', async () => {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Restart' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  await row.getByText('Restarting').waitFor();
  await row.getByText('Running', { exact: true }).waitFor({ timeout });
});

await step('a snapshot is taken and stands on the page', async () => {
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Take a snapshot' }).click();
  await page.getByLabel('Name of the snapshot').fill('before-walk');
  await page.getByRole('dialog').getByRole('button', { name: 'Take the snapshot' }).click();
  await page.getByRole('button', { name: 'Roll back: before-walk' }).waitFor({ timeout });
  await status('Running').waitFor({ timeout });
});

await step('a rollback says what is lost, and its snapshot stays', async () => {
  await page.getByRole('button', { name: 'Roll back: before-walk' }).click();
  await page
    .getByRole('dialog')
    .getByText(/since then is lost/)
    .waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await status('Rolling back').waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Roll back (before-walk)' }).getByText('Succeeded').waitFor({ timeout });
  await page.getByRole('button', { name: 'Roll back: before-walk' }).waitFor();
});

await step('a deleted snapshot is gone from the page', async () => {
  await page.getByRole('button', { name: 'Delete: before-walk' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the snapshot' }).click();
  await page.getByText('No snapshot.').waitFor({ timeout });
});

await step('a disk is added, and the machine has it', async () => {
  await page.getByRole('button', { name: 'Add disk' }).click();
  await page.getByLabel('Name of the disk').fill('data');
  await page.getByLabel('Size in GiB', { exact: true }).fill('1');
  await page.getByRole('button', { name: 'Add the disk' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const disk = page.getByRole('listitem').filter({ has: page.getByText('data', { exact: true }) });
  await disk.waitFor();
  await disk.getByText('not in place yet').waitFor({ state: 'detached', timeout });
});

await step('a disk that is taken out is kept, detached', async () => {
  await page.getByRole('button', { name: 'Take out: data' }).click();
  await page.getByLabel('Type data to confirm').fill('data');
  await page.getByRole('button', { name: 'Take the disk out' }).click();
  await page
    .getByRole('button', { name: /^Destroy: / })
    .first()
    .waitFor({ timeout });
  await page.getByRole('button', { name: 'Take out: data' }).waitFor({ state: 'detached', timeout });
});

await step(
  'staff suspends it, with a reason',
  async () => {
    const path = new URL(page.url()).pathname;
    await desk.goto(url);
    await signIn(desk, staffEmail, staffPassword);
    await desk.getByRole('heading', { name: 'Servers', level: 1 }).waitFor();
    await desk.goto(url + path);
    await desk.getByRole('button', { name: `Actions for ${name}` }).click();
    await desk.getByRole('menuitem', { name: 'Suspend', exact: true }).click();
    await desk.getByLabel('Reason').fill('The invoice of March is unpaid.');
    await desk.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    await desk.getByRole('dialog').waitFor({ state: 'detached' });
    await desk.locator('.sw-page__title').getByText('Suspended', { exact: true }).waitFor({ timeout });
  },
  desk,
);

await step('the customer reads why, and cannot start it', async () => {
  await page.getByText('The invoice of March is unpaid.').first().waitFor({ timeout });
  await status('Suspended').waitFor({ timeout });
  const start = page.getByRole('button', { name: 'Start', exact: true });
  if ((await start.getAttribute('aria-disabled')) !== 'true') throw new Error('a suspended server can be started');
});

await step(
  'staff resumes it, and it gets back the power that it had',
  async () => {
    await desk.getByRole('button', { name: 'Resume' }).first().click();
    await desk.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await desk.getByRole('heading', { name: 'This server is suspended' }).waitFor({ state: 'detached', timeout });
    await desk.locator('.sw-page__title').getByText('Running', { exact: true }).waitFor({ timeout });
  },
  desk,
);

await step('a rebuild wants the name, and keeps the old disk', async () => {
  await status('Running').waitFor({ timeout });
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Rebuild', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Image').selectOption('debian-13');
  await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
  await dialog.getByRole('button', { name: 'Rebuild' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('listitem').filter({ hasText: 'Rebuild' }).getByText('Succeeded').waitFor({ timeout });
  await page.getByRole('button', { name: /^Put back: root/ }).waitFor({ timeout });
  await status('Running').waitFor({ timeout });
});

/** Deletes the server from its page, and waits until it is kept. */
async function remove(): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete', exact: true }).click();
  const go = page.getByRole('button', { name: 'Delete this server' });
  await go.waitFor();
  if (await go.isEnabled()) throw new Error('the button is enabled before the name was typed');
  await page.getByLabel(`Type ${name} to confirm`).fill(name);
  await go.click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: /This server was deleted/ }).waitFor({ timeout });
}

await step('deleting wants the name; a deleted server is kept and says until when', async () => {
  await remove();
  await status('Deleted').waitFor();
});

await step('a deleted server is taken back with its address', async () => {
  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await page.getByText(/^ssh \S+@\S+$/).waitFor({ timeout });
  await page.getByRole('listitem').filter({ hasText: 'Take back' }).getByText('Succeeded').waitFor({ timeout });
});

await step('what was taken back is protected, and deleted like any other', remove);

await step('a deleted server is destroyed before its time only with its name, and cannot be taken back then', async () => {
  await page.getByRole('button', { name: 'Destroy now' }).click();
  const go = page.getByRole('button', { name: 'Destroy it now' }).last();
  await page.getByLabel(`Type ${name} to confirm`).fill(name);
  await go.click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: /This server is (being destroyed|gone)/ }).waitFor({ timeout });
  await page.getByRole('heading', { name: 'This server is gone' }).waitFor({ timeout });
  await page.getByRole('listitem').filter({ hasText: 'Destroy early' }).getByText('Succeeded').waitFor({ timeout });
});

/** Asks the API, where the browser has nothing to show. */
async function rest(token: string, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { 'Content-Type': 'application/json', ...(token !== '' && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(url + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

await step(
  'the brake holds many deletions until staff acknowledges it',
  async () => {
    const token = String((await rest('', 'POST', '/v1/auth/login', { email, password }))['accessToken']);
    const made = [];
    for (const number of [1, 2, 3, 4, 5, 6]) {
      const wish = { name: `${name}-${number}`, plan: 'small', image: 'debian-13', site: 'home', sshKeys: [KEY] };
      const { server } = await rest(token, 'POST', '/v1/servers', { ...wish, deletionProtection: false });
      made.push((server as { id: string }).id);
    }
    for (const id of made) {
      const deadline = Date.now() + timeout;
      while (!(await rest(token, 'GET', `/v1/servers/${id}`))['ready']) {
        if (Date.now() > deadline) throw new Error('a server to be deleted never ran');
        await desk.waitForTimeout(500);
      }
    }
    for (const id of made) await rest(token, 'DELETE', `/v1/servers/${id}`);
    await desk.getByRole('link', { name: 'Sites', exact: true }).click();
    await desk.locator('.sw-table a').first().click();
    const go = desk.getByRole('button', { name: 'It is right: go on' });
    await go.click({ timeout });
    await desk.getByRole('dialog').getByText('The deletions that wait go on at once.').waitFor();
    await desk.getByRole('dialog').getByRole('button', { name: 'It is right: go on' }).click();
    await go.waitFor({ state: 'detached', timeout });
    await desk.getByText('Released last').waitFor({ timeout });
  },
  desk,
);

await step(
  'staff sees the machines of a site that are no servers, and why they cannot be adopted',
  async () => {
    await desk.getByRole('button', { name: 'Look for machines' }).click();
    await desk.getByText(/^\d+ that cannot be adopted$/).click({ timeout });
    await desk.getByText('it is a container or a template').first().waitFor();
  },
  desk,
);

await step('the operations are on record', async () => {
  await page.getByRole('link', { name: 'Operations', exact: true }).click();
  const deletes = page
    .getByRole('row')
    .filter({ hasText: name })
    .filter({ hasText: /^Delete(?! a)/ });
  await deletes.first().getByText('Succeeded').waitFor({ timeout });
});

await step('signing out ends the session', async () => {
  await page.getByRole('button', { name: /your menu/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goto(`${url}/servers`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

await end();
