import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { type App, open, serverNamed } from '../../test/app';

async function go(name: string, speed = 1): Promise<App> {
  const app = open('/', { speed });
  await app.user.click(await screen.findByRole('link', { name }));
  await screen.findByRole('heading', { name, level: 1 });
  return app;
}

test('opening a server moves the focus to its heading and names the document', async () => {
  await go('web-1');
  await waitFor(() => expect(screen.getByRole('heading', { name: 'web-1', level: 1 })).toHaveFocus());
  expect(document.title).toBe('web-1 · Servers · Slipway');
});

test('a running server says how to connect and that all is well', async () => {
  await go('web-1');
  expect(await screen.findByText('ssh ubuntu@203.0.113.10')).toBeVisible();
  expect(screen.getByText('Everything you asked for is in place.')).toBeVisible();
});

test('a waiting server says for what, and what to do', async () => {
  await go('wait-cache');
  expect(screen.getAllByText(/No address is free at this site/).length).toBeGreaterThan(0);
  expect(screen.getAllByText(/it goes on by itself when an address is free/).length).toBeGreaterThan(0);
});

test('a failed operation says why and who asked', async () => {
  await go('fail-mail');
  expect(screen.getByRole('heading', { name: 'What went wrong: Change' })).toBeVisible();
  expect(screen.getAllByText(/carries somebody else’s mark/).length).toBeGreaterThan(0);
  expect(screen.getAllByText(/Asked by ada@example.com/).length).toBeGreaterThan(0);
});

test('a restart shows its steps and ends as running', async () => {
  const { user } = await go('web-2', 0.5);
  await user.click(screen.getByRole('button', { name: 'Restart' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Restart' }));
  expect(await screen.findByText('Proxmox runs the task on pve1.')).toBeVisible();
  await waitFor(() => expect(screen.queryByText('What is happening: Restart')).not.toBeInTheDocument());
  expect(screen.queryByText('A restart is needed')).not.toBeInTheDocument();
});

test('another plan takes effect and asks for a restart', async () => {
  const { user, db } = await go('web-1', 5);
  await user.click(screen.getByRole('button', { name: 'Change plan' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByRole('button', { name: 'Change plan' })).toBeDisabled();
  await user.click(await dialog.findByRole('radio', { name: /^Large/ }));
  await user.click(dialog.getByRole('button', { name: 'Change plan' }));
  expect(await screen.findByText('A restart is needed')).toBeVisible();
  expect(serverNamed(db, 'web-1').plan).toBe('large');
});

test('a disk can only grow, up to what the plan allows', async () => {
  const { user, db } = await go('web-1', 5);
  await user.click(screen.getByRole('button', { name: 'Grow disk' }));
  const dialog = within(await screen.findByRole('dialog'));
  const size = dialog.getByLabelText('Disk size in GiB');
  for (const [typed, sentence] of [
    ['40', /can only grow/],
    ['1000', /at most 400 GiB/],
    ['60.5', /whole number/],
  ] as const) {
    await user.clear(size);
    await user.type(size, typed);
    expect(size).toHaveAccessibleDescription(sentence);
    expect(dialog.getByRole('button', { name: 'Grow disk' })).toBeDisabled();
  }
  await user.clear(size);
  await user.type(size, '80{Enter}');
  await waitFor(() => expect(serverNamed(db, 'web-1').diskGiB).toBe(80));
});

test('settings are saved together, and what is typed survives a poll', async () => {
  const { user, db } = await go('web-1', 5);
  await screen.findByText('web-1 · Servers · Slipway');
  await user.selectOptions(screen.getByLabelText('Run policy'), 'Running');
  await user.click(screen.getByLabelText('Deletion protection'));
  serverNamed(db, 'web-1').revision += 1;
  await user.click(screen.getByRole('button', { name: 'Refresh' }));
  await screen.findByText('Up to date');
  expect(screen.getByLabelText('Run policy')).toHaveValue('Running');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(serverNamed(db, 'web-1')).toMatchObject({ runPolicy: 'Running', deletionProtection: false }));
});

test('a setting that Git owns is refused with its owner', async () => {
  const { user } = await go('batch');
  await user.click(screen.getByRole('button', { name: 'Change plan' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(await dialog.findByRole('radio', { name: /^Medium/ }));
  await user.click(dialog.getByRole('button', { name: 'Change plan' }));
  expect(await dialog.findByText(/managed by argocd-controller/)).toBeVisible();
});

test('a deleted server says until when it is kept and offers nothing', async () => {
  const { user } = await go('old-site');
  expect(screen.getByRole('heading', { name: /This server was deleted/ })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Actions for old-site' }));
  for (const item of await screen.findAllByRole('menuitem')) expect(item).toHaveTextContent('This server was deleted.');
});

test('somebody else’s server and one that never was are the same page', async () => {
  open('/servers/01960000-0000-7000-8000-ffffffffffff');
  expect(await screen.findByRole('heading', { name: 'This server does not exist', level: 1 })).toBeVisible();
});
