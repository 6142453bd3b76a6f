import { screen, waitFor, within } from '@testing-library/react';
import axe from 'axe-core';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import { CUSTOMER, PASSWORD } from '../../mock/seed';
import { answer } from '../../mock/wire';
import { type App, open, serverNamed } from '../../test/app';
import { server } from '../../test/server';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBdj9wQ ada@laptop';

async function fill({ user }: App, name: string): Promise<void> {
  await user.type(await screen.findByLabelText(/^Name/), name);
  await user.type(screen.getByLabelText('SSH public keys'), KEY);
}

const summary = () => within(screen.getByRole('complementary', { name: 'Summary' }));
const submit = (app: App) => app.user.click(screen.getByRole('button', { name: 'Create server' }));

test('the summary follows every choice, with the price', async () => {
  const { user } = open('/servers/new');
  await user.click(await screen.findByRole('radio', { name: /^Large/ }));
  await user.click(screen.getByRole('radio', { name: /Debian 12/ }));
  expect(summary().getByText('€16.90')).toBeVisible();
  expect(summary().getByText('4 vCPU · 8 GiB · 100 GiB')).toBeVisible();
  expect(summary().getByText('Debian 12')).toBeVisible();
});

test('a created server is shown while it comes up, until it runs and says how to connect', async () => {
  const app = open('/servers/new', { speed: 2 });
  await fill(app, 'web-9');
  await submit(app);
  expect(await screen.findByRole('heading', { name: 'web-9', level: 1 })).toBeVisible();
  // It may be over by the time that anything else is asked of it.
  await screen.findByRole('heading', { name: 'What is happening: Create' });
  expect(await screen.findByText(/^ssh ubuntu@203\.0\.113\.\d+$/)).toBeVisible();
  expect(sessionStorage).toHaveLength(0);
});

test('wrong entries are named where they stand and nothing is sent', async () => {
  const app = open('/servers/new');
  await app.user.type(await screen.findByLabelText(/^Name/), 'Not A Name');
  await app.user.type(screen.getByLabelText('Disk size in GiB'), '5');
  await submit(app);
  expect(screen.getByLabelText(/^Name/)).toHaveAccessibleDescription(/small letters, digits and hyphens, 63 at most/);
  expect(screen.getByLabelText('Disk size in GiB')).toHaveAccessibleDescription(/whole number from 25 to 200/);
  expect(screen.getByLabelText('SSH public keys')).toHaveAccessibleDescription(/nobody could sign in/);
  expect(screen.getByText('3 entries need your attention')).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText('SSH public keys')).toHaveFocus());
  expect(app.db.operations.some(({ serverName }) => serverName === 'Not A Name')).toBe(false);
});

test('a key that is none is named by its line', async () => {
  const app = open('/servers/new');
  await fill(app, 'web-9');
  await app.user.type(screen.getByLabelText('SSH public keys'), '{Enter}hello');
  await submit(app);
  expect(screen.getByText('Line 2 is not an ssh public key.')).toBeVisible();
});

test('what the API refuses stands at its field until the field changes', async () => {
  const app = open('/servers/new');
  await fill(app, 'reserved');
  await submit(app);
  expect(await screen.findByText('This name is reserved.')).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText(/^Name/)).toHaveFocus());
  await app.user.type(screen.getByLabelText(/^Name/), '-2');
  expect(screen.queryByText('This name is reserved.')).not.toBeInTheDocument();
});

test('a taken name stands at the name', async () => {
  const app = open('/servers/new');
  await fill(app, 'web-1');
  await submit(app);
  expect(await screen.findByText('Another server of Analytical Engines is called web-1.')).toBeVisible();
});

test('an answer that was lost is asked for again with the same key, and one server is made', async () => {
  const app = open('/servers/new');
  const keys: (string | null)[] = [];
  server.use(
    http.post(
      '*/v1/servers',
      async ({ request }) => {
        keys.push(request.headers.get('Idempotency-Key'));
        await answer(app.db, request.clone());
        return HttpResponse.error();
      },
      { once: true },
    ),
    http.post('*/v1/servers', ({ request }) => {
      keys.push(request.headers.get('Idempotency-Key'));
      return answer(app.db, request);
    }),
  );
  await fill(app, 'web-9');
  await submit(app);
  expect(await screen.findByText(/Slipway could not be reached/)).toBeVisible();
  await submit(app);
  expect(await screen.findByRole('heading', { name: 'web-9', level: 1 })).toBeVisible();
  expect(keys[0]).toBe(keys[1]);
  expect(app.db.servers.filter(({ name }) => name === 'web-9')).toHaveLength(1);
});

test('the entries are kept without the password, and offered again when the page is opened again', async () => {
  const app = open('/servers/new');
  await fill(app, 'web-9');
  await app.user.type(screen.getByLabelText('Password'), 'a secret one');
  expect(sessionStorage.length).toBe(1);
  const kept = sessionStorage.getItem(sessionStorage.key(0) ?? '') ?? '';
  expect(kept).toContain('web-9');
  expect(kept).not.toContain('a secret one');
  await app.user.click(screen.getByRole('link', { name: 'Servers' }));
  await app.user.click(await screen.findByRole('link', { name: 'Create server' }));
  expect(await screen.findByLabelText(/^Name/)).toHaveValue('web-9');
  expect(screen.getByLabelText('Password')).toHaveValue('');
});

test('a session that ends while typing loses nothing: the server is made after signing in again', async () => {
  const app = open('/servers/new', { speed: 10 });
  await fill(app, 'web-9');
  app.db.tokens.clear();
  app.db.sessions.clear();
  await submit(app);
  const dialog = within(await screen.findByRole('dialog', { name: 'Please sign in again' }));
  expect(dialog.getByLabelText('Email')).toHaveValue(CUSTOMER);
  await app.user.type(dialog.getByLabelText('Password'), `${PASSWORD}{Enter}`);
  expect(await screen.findByRole('heading', { name: 'web-9', level: 1 })).toBeVisible();
});

test('staff say which account the server belongs to', async () => {
  const app = open('/servers/new', { as: 'staff' });
  await fill(app, 'web-9');
  await submit(app);
  expect(screen.getByText('Choose the account that the server belongs to.')).toBeVisible();
  await app.user.selectOptions(screen.getByLabelText(/^Account/), 'Navy Yards');
  await submit(app);
  expect(await screen.findByRole('heading', { name: 'web-9', level: 1 })).toBeVisible();
  expect(app.db.servers.find(({ name }) => name === 'web-9')?.accountName).toBe('Navy Yards');
});

test('the create page has no accessibility violation', async () => {
  open('/servers/new');
  await screen.findByLabelText(/^Name/);
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id }) => id)).toEqual([]);
});

test('further options make a second disk, a second network and the wishes about deletion', async () => {
  const app = open('/servers/new');
  await fill(app, 'web-9');
  await app.user.click(screen.getByRole('button', { name: 'More options' }));
  await app.user.type(screen.getByLabelText('Second disk in GiB'), '1000');
  await submit(app);
  expect(screen.getByLabelText('Second disk in GiB')).toHaveAccessibleDescription(/whole number from 1 to 175/);
  await app.user.clear(screen.getByLabelText('Second disk in GiB'));
  await app.user.type(screen.getByLabelText('Second disk in GiB'), '30');
  await app.user.selectOptions(screen.getByLabelText('Storage class'), 'fast');
  await app.user.selectOptions(screen.getByLabelText('Second network'), 'office');
  await app.user.type(screen.getByLabelText('Keep apart from'), 'web');
  await app.user.type(screen.getByLabelText('DNS servers'), '192.0.2.53');
  await app.user.selectOptions(screen.getByLabelText('When deleted'), 'Retain');
  await submit(app);
  expect(await screen.findByRole('heading', { name: 'web-9', level: 1 })).toBeVisible();
  expect(serverNamed(app.db, 'web-9')).toMatchObject({
    disks: [{ name: 'root' }, { name: 'data', sizeGiB: 30, storageClass: 'fast' }],
    networks: [{ name: 'public' }, { name: 'private', network: 'office' }],
    antiAffinityGroup: 'web',
    dns: { servers: ['192.0.2.53'], searchDomain: null },
    deletionPolicy: 'Retain',
  });
});

test('staff give a size of its own, a node and an address, and what is wrong stands at its field', async () => {
  const app = open('/servers/new', { as: 'staff' });
  await fill(app, 'web-9');
  await app.user.selectOptions(screen.getByLabelText(/^Account/), 'Navy Yards');
  await app.user.click(screen.getByRole('switch', { name: 'A size of its own instead of a plan' }));
  expect(screen.queryByRole('radiogroup', { name: 'Plan' })).not.toBeInTheDocument();
  await app.user.type(screen.getByLabelText(/^Cores/), '6');
  await app.user.type(screen.getByLabelText(/^Memory in MiB/), '64');
  await app.user.type(screen.getByLabelText('IPv4 address'), '203.0.113');
  await submit(app);
  expect(screen.getByLabelText(/^Memory in MiB/)).toHaveAccessibleDescription(/from 128 to/);
  expect(screen.getByLabelText(/^Root disk in GiB/)).toHaveAccessibleDescription(/whole number from 1/);
  expect(screen.getByLabelText('IPv4 address')).toHaveAccessibleDescription(/Write an IPv4 address/);
  await app.user.type(screen.getByLabelText(/^Memory in MiB/), '00');
  await app.user.type(screen.getByLabelText(/^Root disk in GiB/), '33');
  await app.user.type(screen.getByLabelText('IPv4 address'), '.10');
  await app.user.selectOptions(screen.getByLabelText('Node'), 'pve2');
  await submit(app);
  expect(await screen.findByText('Another server has this address.')).toBeVisible();
  await app.user.type(screen.getByLabelText('IPv4 address'), '9');
  await submit(app);
  expect(await screen.findByRole('heading', { name: 'web-9', level: 1 })).toBeVisible();
  expect(serverNamed(app.db, 'web-9')).toMatchObject({ plan: '', cores: 6, memoryMiB: 6400, diskGiB: 33, wantedNode: 'pve2' });
});

test('customers are not asked for what only staff may say', async () => {
  open('/servers/new');
  await screen.findByLabelText(/^Name/);
  expect(screen.queryByRole('switch', { name: 'A size of its own instead of a plan' })).not.toBeInTheDocument();
  expect(screen.queryByLabelText('Node')).not.toBeInTheDocument();
  expect(screen.queryByLabelText('IPv4 address')).not.toBeInTheDocument();
});
