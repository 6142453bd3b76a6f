import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { type App, open, serverNamed } from '../../test/app';

async function go(name: string, speed = 1, as: 'customer' | 'staff' = 'customer'): Promise<App> {
  const app = open('/', { speed, as });
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

test('a deleted server says until when it is kept and can be taken back', async () => {
  const { user, db } = await go('old-site', 5);
  expect(screen.getByRole('heading', { name: /This server was deleted/ })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Take back' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText(/comes back as it was/)).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Take back' }));
  await waitFor(() => expect(screen.queryByText(/This server was deleted/)).not.toBeInTheDocument());
  await waitFor(() => expect(serverNamed(db, 'old-site').powerState).toBe('running'));
});

test('a deleted server is destroyed early only with its name, and its page says that it is gone', async () => {
  const { user, db } = await go('old-site', 1);
  await user.click(screen.getByRole('button', { name: 'Destroy now' }));
  const dialog = within(await screen.findByRole('dialog'));
  const confirm = dialog.getByRole('button', { name: 'Destroy it now' });
  await user.type(dialog.getByLabelText('Type old-site to confirm'), 'old');
  expect(confirm).toBeDisabled();
  await user.type(dialog.getByLabelText('Type old-site to confirm'), '-site');
  await user.click(confirm);
  expect(await screen.findByText('This server is being destroyed')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Take back' })).toHaveAttribute('aria-disabled', 'true');
  expect(await screen.findByText('This server is gone', {}, { timeout: 5_000 })).toBeVisible();
  expect(serverNamed(db, 'old-site').gone).toBe(true);
});

test('somebody else’s server and one that never was are the same page', async () => {
  open('/servers/01960000-0000-7000-8000-ffffffffffff');
  expect(await screen.findByRole('heading', { name: 'This server does not exist', level: 1 })).toBeVisible();
});

test('a snapshot is taken, rolled back to and deleted', async () => {
  const { user, db } = await go('web-1', 5);
  const card = within(screen.getByRole('region', { name: 'Snapshots' }));
  await user.click(card.getByRole('button', { name: 'Take a snapshot' }));
  let dialog = within(await screen.findByRole('dialog'));
  const name = dialog.getByLabelText('Name of the snapshot');
  await user.type(name, 'before-upgrade');
  expect(dialog.getByText('There is a snapshot of this name already.')).toBeVisible();
  await user.clear(name);
  await user.type(name, 'second');
  await user.click(dialog.getByLabelText(/Keep the memory too/));
  await user.click(dialog.getByRole('button', { name: 'Take the snapshot' }));
  await user.click(await card.findByRole('button', { name: 'Roll back: second' }));
  dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText(/since then is lost/)).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Roll back' }));
  await waitFor(() => expect(card.getByRole('button', { name: 'Delete: second' })).not.toHaveAttribute('aria-disabled', 'true'));
  await user.click(card.getByRole('button', { name: 'Delete: second' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete the snapshot' }));
  await waitFor(() => expect(serverNamed(db, 'web-1').snapshots.map((each) => each.name)).toEqual(['before-upgrade']));
  const asked = db.operations.filter((each) => each.kind === 'action').map((each) => [each.verb, each.subject]);
  expect(asked).toEqual([
    ['DeleteSnapshot', 'second'],
    ['Rollback', 'second'],
    ['Snapshot', 'second'],
  ]);
});

test('a restore wants the name typed, and a protected backup cannot be deleted', async () => {
  const { user, db } = await go('web-1', 5);
  const card = within(screen.getByRole('region', { name: 'Backups' }));
  expect(card.getAllByRole('button', { name: /^Restore: / })).toHaveLength(2);
  expect(card.getAllByRole('button', { name: /^Delete: / })).toHaveLength(1);
  await user.click(card.getAllByRole('button', { name: /^Restore: / })[0] as HTMLElement);
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByRole('button', { name: 'Restore' })).toBeDisabled();
  await user.type(dialog.getByLabelText('Type web-1 to confirm'), 'web-1');
  await user.click(dialog.getByRole('button', { name: 'Restore' }));
  await waitFor(() => expect(db.operations[0]?.verb).toBe('Restore'));
});

test('a rebuild leaves the old disk detached, to be put back or destroyed', async () => {
  const { user, db } = await go('staging', 5);
  expect(screen.getByText(/No detached disk/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Actions for staging' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Rebuild' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.selectOptions(dialog.getByLabelText('Image'), 'debian-13');
  expect(dialog.getByRole('button', { name: 'Rebuild' })).toBeDisabled();
  await user.type(dialog.getByLabelText('Type staging to confirm'), 'staging');
  await user.click(dialog.getByRole('button', { name: 'Rebuild' }));
  const card = within(screen.getByRole('region', { name: 'Detached disks' }));
  expect(await card.findByText(/^Destroyed on /)).toBeVisible();
  expect(serverNamed(db, 'staging').image).toBe('debian-13');
  await user.click(card.getByRole('button', { name: /^Destroy: root-/ }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Destroy the disk' }));
  expect(await screen.findByText(/No detached disk/)).toBeVisible();
});

test('a customer reads why a server is suspended and cannot start it', async () => {
  await go('shop');
  expect(screen.getByText(/Invoice 2041 is overdue/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Start' })).toHaveAttribute('aria-disabled', 'true');
  expect(screen.queryByRole('button', { name: 'Resume' })).not.toBeInTheDocument();
});

test('staff suspends with a reason and resumes; a customer is not offered it', async () => {
  const { user, db } = await go('web-1', 5, 'staff');
  await user.click(screen.getByRole('button', { name: 'Actions for web-1' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Suspend' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText('Reason'), 'It sends spam.');
  await user.click(dialog.getByRole('button', { name: 'Suspend' }));
  expect(await screen.findByText('It sends spam.')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Resume' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Resume' }));
  await waitFor(() => expect(serverNamed(db, 'web-1').suspended).toBeNull());
});

test('staff sees what was changed by hand, and can give a size of its own', async () => {
  const { user, db } = await go('db-1', 5, 'staff');
  const drift = within(screen.getByRole('region', { name: 'Changed by hand on Proxmox VE' }));
  expect(drift.getByRole('row', { name: 'balloon on off the task log does not tell' })).toBeVisible();
  expect(await drift.findByRole('row', { name: /^cores 4 6 root@pam/ })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Actions for db-1' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Set a size of its own' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.clear(dialog.getByLabelText('Root disk in GiB'));
  await user.type(dialog.getByLabelText('Root disk in GiB'), '5');
  expect(dialog.getByRole('button', { name: 'Set the size' })).toBeDisabled();
  await user.clear(dialog.getByLabelText('Root disk in GiB'));
  await user.type(dialog.getByLabelText('Root disk in GiB'), '150');
  await user.click(dialog.getByRole('button', { name: 'Set the size' }));
  await waitFor(() => expect(serverNamed(db, 'db-1').diskGiB).toBe(150));
});

test('staff reads the whole of what a server waits for, and a customer the gist', async () => {
  await go('wait-cache', 5, 'staff');
  expect(await screen.findByText(/in pools public-v4/)).toBeVisible();
});

test('a customer is not told which pools there are', async () => {
  await go('wait-cache');
  expect(screen.getAllByText(/no address is free now/)[0]).toBeVisible();
  expect(screen.queryByText(/public-v4/)).not.toBeInTheDocument();
});

test('name servers and the drift policy are settings', async () => {
  const { user, db } = await go('web-1', 5);
  await user.type(screen.getByLabelText('Name servers'), '192.0.2.53, 2001:db8::53');
  await user.selectOptions(screen.getByLabelText('Changes by hand on Proxmox VE'), 'Report');
  expect(screen.queryByLabelText('Paused')).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(serverNamed(db, 'web-1').driftPolicy).toBe('Report'));
  expect(serverNamed(db, 'web-1').dns).toEqual({ servers: ['192.0.2.53', '2001:db8::53'], searchDomain: null });
});

test('staff moves a server to another node of its site', async () => {
  const { user, db } = await go('db-1', 5, 'staff');
  serverNamed(db, 'db-1').node = 'pve1';
  await user.click(screen.getByRole('button', { name: 'Actions for db-1' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Move to another node' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(await dialog.findByRole('option', { name: 'pve2 (gets no new servers)' })).toBeInTheDocument();
  await user.selectOptions(dialog.getByLabelText('Node'), 'pve2');
  await user.click(dialog.getByRole('button', { name: 'Move' }));
  await waitFor(() => expect(serverNamed(db, 'db-1').node).toBe('pve2'));
});

test('a disk is added with a storage class of the site, within what the plan leaves', async () => {
  const { user, db } = await go('db-1', 5);
  await user.click(screen.getByRole('button', { name: 'Add disk' }));
  const dialog = within(await screen.findByRole('dialog'));
  await dialog.findByText('This plan leaves 500 GiB for further disks.');
  const [name, size] = [dialog.getByLabelText('Name of the disk'), dialog.getByLabelText('Size in GiB')];
  await user.type(name, 'data');
  expect(name).toHaveAccessibleDescription(/has one of this name/);
  await user.clear(name);
  await user.type(name, 'logs');
  await user.type(size, '501');
  expect(dialog.getByRole('button', { name: 'Add the disk' })).toBeDisabled();
  await user.clear(size);
  await user.type(size, '500');
  await user.selectOptions(await dialog.findByLabelText('Storage class'), 'large');
  await user.click(dialog.getByRole('button', { name: 'Add the disk' }));
  await waitFor(() =>
    expect(serverNamed(db, 'db-1').disks).toContainEqual({ name: 'logs', sizeGiB: 500, storageClass: 'large', ready: true }),
  );
});

test('a disk beside the root disk grows', async () => {
  const { user, db } = await go('db-1', 5);
  await user.click(screen.getByRole('button', { name: 'Grow: data' }));
  const dialog = within(await screen.findByRole('dialog'));
  const size = dialog.getByLabelText('Disk size in GiB');
  await user.clear(size);
  await user.type(size, '199');
  expect(dialog.getByRole('button', { name: 'Grow disk' })).toBeDisabled();
  await user.clear(size);
  await user.type(size, '300{Enter}');
  await waitFor(() => expect(serverNamed(db, 'db-1').disks[1]?.sizeGiB).toBe(300));
});

test('a disk is taken out only when its name is typed, and is kept', async () => {
  const { user, db } = await go('db-1', 5);
  await user.click(screen.getByRole('button', { name: 'Take out: data' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText(/it is kept, detached, until you destroy it/)).toBeInTheDocument();
  expect(dialog.getByRole('button', { name: 'Take the disk out' })).toBeDisabled();
  await user.type(dialog.getByLabelText('Type data to confirm'), 'data{Enter}');
  await waitFor(() => expect(serverNamed(db, 'db-1').disks).toHaveLength(1));
  expect(serverNamed(db, 'db-1').detachedDisks).toMatchObject([{ name: 'data' }]);
});

test('a server is connected to another network, and taken off it', async () => {
  const { user, db } = await go('web-1', 5);
  expect(screen.queryByRole('button', { name: 'Take out: public' })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Add network' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.queryByLabelText('IPv4 address')).not.toBeInTheDocument();
  await dialog.findByRole('option', { name: 'Office VLAN' });
  await user.selectOptions(dialog.getByLabelText('Network'), 'office');
  await user.type(dialog.getByLabelText('Name of the interface'), 'back{Enter}');
  await waitFor(() => expect(serverNamed(db, 'web-1').networks[1]).toMatchObject({ name: 'back', network: 'office' }));
  await user.click(await screen.findByRole('button', { name: 'Take out: back' }));
  const question = within(await screen.findByRole('dialog'));
  expect(question.getByText(/Its addresses are given up: 10.0.8.99/)).toBeInTheDocument();
  await user.type(question.getByLabelText('Type back to confirm'), 'back{Enter}');
  await waitFor(() => expect(serverNamed(db, 'web-1').networks).toHaveLength(1));
});

test('staff chooses the address of an interface', async () => {
  const { user, db } = await go('db-1', 5, 'staff');
  await user.click(screen.getByRole('button', { name: 'Add network' }));
  const dialog = within(await screen.findByRole('dialog'));
  await dialog.findByRole('option', { name: 'Public' });
  await user.selectOptions(dialog.getByLabelText('Network'), 'public');
  await user.type(dialog.getByLabelText('Name of the interface'), 'extra');
  await user.type(dialog.getByLabelText('IPv4 address'), '203.0.113.99');
  await user.click(dialog.getByRole('button', { name: 'Connect' }));
  await waitFor(() => expect(serverNamed(db, 'db-1').networks[2]?.addresses).toEqual(['203.0.113.99']));
});

test('a group to keep apart from is set and taken away', async () => {
  const { user, db } = await go('web-1', 5);
  await user.type(screen.getByLabelText('Keep apart from'), 'web');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(serverNamed(db, 'web-1').antiAffinityGroup).toBe('web'));
});

test('the manifest for Git is shown', async () => {
  const { user } = await go('web-1');
  await user.click(screen.getByRole('button', { name: 'Show manifest' }));
  expect(await screen.findByText(/kind: VirtualServer/)).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Take it back from Git' })).not.toBeInTheDocument();
});

function heldByGit(db: App['db']): void {
  serverNamed(db, 'web-1').gitManagers = ['argocd-controller'];
}

test('a server that Git holds says so, and is taken back', async () => {
  const { user, db } = open('/', { speed: 5, prepare: heldByGit });
  await user.click(await screen.findByRole('link', { name: 'web-1' }));
  expect(await screen.findByText(/Managed from Git by argocd-controller/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Take it back from Git' }));
  await waitFor(() => expect(serverNamed(db, 'web-1').gitManagers).toEqual([]));
});
