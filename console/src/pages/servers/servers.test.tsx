import { screen, waitFor, within } from '@testing-library/react';
import axe from 'axe-core';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import { begin } from '../../mock/db';
import { power } from '../../mock/scripts';
import { PASSWORD } from '../../mock/seed';
import { open, rowOf, serverNamed } from '../../test/app';
import { server } from '../../test/server';

async function chooseAction(user: ReturnType<typeof open>['user'], name: string, action: string): Promise<void> {
  await user.click(await screen.findByRole('button', { name: `Actions for ${name}` }));
  await user.click(await screen.findByRole('menuitem', { name: action }));
}

test('each server shows status, plan, sizes, address, site and age', async () => {
  open('/servers');
  const row = within(await rowOf('web-1'));
  for (const text of ['Running', 'medium', '2 vCPU · 4 GiB · 50 GiB', '203.0.113.10', 'fra1', /ago/]) {
    expect(row.getByText(text)).toBeVisible();
  }
  expect(within(await rowOf('wait-cache')).getByText('No address is free at this site.')).toBeVisible();
  expect(within(await rowOf('old-site')).getByText(/Gone on/)).toBeVisible();
});

test('a customer sees no account column, staff do, and see every account', async () => {
  open('/servers');
  await rowOf('web-1');
  expect(screen.queryByRole('columnheader', { name: 'Account' })).not.toBeInTheDocument();
  expect(screen.queryByText('node-01')).not.toBeInTheDocument();
});

test('staff see whose server it is', async () => {
  open('/servers', { as: 'staff' });
  expect(within(await rowOf('node-01')).getByText('Navy Yards')).toBeVisible();
});

test('starting shows at once and ends as running', async () => {
  const { user } = open('/servers', { speed: 2 });
  await chooseAction(user, 'staging', 'Start');
  const row = await rowOf('staging');
  expect(within(row).getByText('Starting')).toBeVisible();
  expect(await screen.findByText('Starting staging')).toBeVisible();
  await waitFor(() => expect(within(row).getByText('Running')).toBeVisible(), { timeout: 8_000 });
});

test('a refused start goes back to stopped and offers to try again', async () => {
  const { user, db } = open('/servers', { speed: 10, prepare: (memory) => (serverNamed(memory, 'staging').name = 'refuses') });
  await chooseAction(user, 'refuses', 'Start');
  const message = await screen.findByText('refuses was not started');
  expect(within(await rowOf('refuses')).getByText('Stopped')).toBeVisible();
  expect(screen.getByText('The database is busy.')).toBeVisible();
  expect(message).toBeVisible();
  serverNamed(db, 'refuses').name = 'staging';
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Starting refuses')).toBeVisible();
});

test('powering off asks first', async () => {
  const { user, db } = open('/servers');
  await chooseAction(user, 'web-1', 'Stop (power off)');
  const dialog = within(await screen.findByRole('dialog', { name: /Power off web-1/ }));
  expect(dialog.getByText(/pulling the plug/)).toBeVisible();
  expect(db.operations.some(({ verb }) => verb === 'Stop')).toBe(false);
  await user.click(dialog.getByRole('button', { name: 'Power off' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(within(await rowOf('web-1')).getByText('Stopping')).toBeVisible();
  expect(db.operations[0]).toMatchObject({ verb: 'Stop', serverName: 'web-1' });
});

test('deleting says what is lost and wants the name', async () => {
  const { user, db } = open('/servers', { speed: 10 });
  await chooseAction(user, 'web-1', 'Delete');
  const dialog = within(await screen.findByRole('dialog', { name: /Delete web-1/ }));
  expect(dialog.getByText(/its disk of 50 GiB/)).toBeVisible();
  expect(dialog.getByText(/for 72 hours/)).toBeVisible();
  const go = dialog.getByRole('button', { name: 'Delete this server' });
  expect(go).toBeDisabled();
  await user.type(dialog.getByLabelText('Type web-1 to confirm'), 'web-');
  expect(go).toBeDisabled();
  await user.type(dialog.getByLabelText('Type web-1 to confirm'), '1');
  await user.click(go);
  expect(within(await rowOf('web-1')).getByText('Deleting')).toBeVisible();
  await waitFor(() => expect(serverNamed(db, 'web-1').retained).not.toBeNull(), { timeout: 8_000 });
  await waitFor(async () => expect(within(await rowOf('web-1')).getByText(/Gone on/)).toBeVisible(), { timeout: 8_000 });
});

test('what is not possible is shown, disabled, with the reason', async () => {
  const { user, db } = open('/servers');
  await user.click(await screen.findByRole('button', { name: 'Actions for batch' }));
  const start = await screen.findByRole('menuitem', { name: /^Start/ });
  expect(start).toHaveAttribute('aria-disabled', 'true');
  expect(start).toHaveTextContent('Its run policy keeps it stopped');
  const before = db.operations.length;
  await user.click(start);
  expect(db.operations).toHaveLength(before);
});

test('polling closes neither the menu nor a dialog, and what was typed stays', async () => {
  // An operation that has just begun makes the list ask every two seconds.
  const { user, db } = open('/servers', {
    speed: 0,
    prepare: (memory) => {
      const [someone] = memory.users;
      if (someone) begin(memory, serverNamed(memory, 'db-1'), 'action', 'Restart', someone, () => {});
    },
  });
  await user.click(await screen.findByRole('button', { name: 'Actions for web-1' }));
  const item = await screen.findByRole('menuitem', { name: 'Delete' });
  const row = await rowOf('web-1');
  power(serverNamed(db, 'web-1'), new Date().toISOString(), false);
  await waitFor(() => expect(within(row).getByText('Stopped')).toBeVisible());
  expect(item).toBeVisible();
  await user.click(item);
  await user.type(await screen.findByLabelText('Type web-1 to confirm'), 'web');
  power(serverNamed(db, 'web-1'), new Date().toISOString(), true);
  await waitFor(() => expect(within(row).getByText('Running')).toBeInTheDocument());
  expect(screen.getByLabelText('Type web-1 to confirm')).toHaveValue('web');
});

test('a poll that changes nothing touches nothing in the table', async () => {
  const { user } = open('/servers', { prepare: (db) => (db.servers = db.servers.filter(({ name }) => name === 'web-1')) });
  const row = await rowOf('web-1');
  // The page's own announcement comes first, or it would replace the one that is waited for.
  await screen.findByText('Servers · Slipway');
  const changes: MutationRecord[] = [];
  const observer = new MutationObserver((records) => changes.push(...records));
  const body = row.parentElement as HTMLElement;
  observer.observe(body, { childList: true, subtree: true, characterData: true, attributes: true });
  await user.click(screen.getByRole('button', { name: 'Refresh' }));
  await screen.findByText('Up to date');
  changes.push(...observer.takeRecords());
  observer.disconnect();
  expect(changes).toEqual([]);
});

test('searching and sorting stand in the address', async () => {
  const { user, address } = open('/servers');
  await rowOf('web-1');
  await user.keyboard('/');
  expect(screen.getByLabelText('Search servers')).toHaveFocus();
  await user.keyboard('web');
  await waitFor(() => expect(address()).toBe('/servers?search=web'));
  await waitFor(() => expect(screen.queryByText('db-1')).not.toBeInTheDocument());
  await user.click(screen.getByRole('button', { name: 'Name' }));
  await waitFor(() => expect(address()).toBe('/servers?search=web&sort=name'));
  expect(screen.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
});

test('pages can be turned forth and back', async () => {
  const { user, address } = open('/servers?per=25', {
    as: 'staff',
    prepare: (db) => {
      const first = serverNamed(db, 'web-1');
      for (let index = 0; index < 40; index += 1) {
        db.servers.push({ ...structuredClone(first), id: `copy-${index}`, name: `copy-${String(index).padStart(2, '0')}` });
      }
    },
  });
  expect(await screen.findByText('1–25 of 54')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Next page' }));
  expect(await screen.findByText('26–50 of 54')).toBeVisible();
  expect(address()).toBe('/servers?per=25&cursor=25&page=2');
  await user.click(screen.getByRole('button', { name: 'Previous page' }));
  expect(await screen.findByText('1–25 of 54')).toBeVisible();
});

test('no servers lead to the create page, no match to all servers', async () => {
  const { user, address } = open('/servers', { prepare: (db) => (db.servers = []) });
  expect(await screen.findByRole('heading', { name: 'No servers yet' })).toBeVisible();
  const [, inTheMiddle] = screen.getAllByRole('link', { name: 'Create server' });
  await user.click(inTheMiddle as HTMLElement);
  await waitFor(() => expect(address()).toBe('/servers/new'));
});

test('a search without a match can be cleared', async () => {
  const { user, address } = open('/servers?search=nowhere');
  await user.click(await screen.findByRole('button', { name: 'Clear filters' }));
  expect(await rowOf('web-1')).toBeVisible();
  expect(address()).toBe('/servers');
});

test('a list that cannot be loaded says why, with the request id, and can be tried again', async () => {
  const { user } = open('/servers?search=boom');
  const alert = await screen.findByRole('alert', {}, { timeout: 5_000 });
  expect(alert).toHaveTextContent('Something broke on our side');
  expect(alert).toHaveTextContent(/req-\d+/);
  expect(within(alert).getByRole('button', { name: 'Try again' })).toBeEnabled();
  await user.clear(screen.getByLabelText('Search servers'));
  expect(await rowOf('web-1')).toBeVisible();
});

test('a failed poll keeps the rows and says how old they are', async () => {
  const { user } = open('/servers');
  await rowOf('web-1');
  server.use(http.get('*/v1/servers', () => HttpResponse.error()));
  await user.click(screen.getByRole('button', { name: 'Refresh' }));
  expect(await screen.findByText(/Showing data from \d\d:\d\d:\d\d/, {}, { timeout: 5_000 })).toBeVisible();
  expect(await rowOf('web-1')).toBeVisible();
});

test('a session that ends puts the sign-in dialog over the page, and the action goes on after it', async () => {
  const { user, db } = open('/servers', { speed: 10 });
  await rowOf('staging');
  db.tokens.clear();
  db.sessions.clear();
  await chooseAction(user, 'staging', 'Start');
  const dialog = within(await screen.findByRole('dialog', { name: 'Please sign in again' }));
  expect(screen.getByText('staging')).toBeInTheDocument();
  await user.type(dialog.getByLabelText('Password'), PASSWORD);
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  await waitFor(() => expect(db.operations[0]).toMatchObject({ verb: 'Start', serverName: 'staging' }));
});

test('the list has no accessibility violation', async () => {
  open('/servers');
  await rowOf('web-1');
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id }) => id)).toEqual([]);
});
