import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { open, rowOf } from '../../test/app';

test('staff goes from a run to its findings of one kind, and to the server that one is about', async () => {
  const app = open('/admin/migrations', { as: 'staff' });
  expect(await screen.findByText('48,211 made, 12 changed')).toBeVisible();
  expect(screen.getByText('The cut-over: later runs do nothing')).toBeVisible();
  expect(screen.getByText('4 findings')).toBeVisible();
  await app.user.click(within(screen.getByRole('main')).getByRole('link'));
  expect(await screen.findByRole('heading', { name: /^Run of/, level: 1 })).toBeVisible();
  expect(await screen.findByText('tblclients 57')).toBeVisible();
  expect(screen.getByText('conflict: nothing was overwritten')).toBeVisible();
  expect(screen.getByRole('link', { name: 'Person ada@example.com' })).toHaveAttribute(
    'href',
    `/admin/users/${app.db.users[0]?.id}`,
  );
  await app.user.selectOptions(screen.getByLabelText('Kind of finding'), 'unlinked (1)');
  await waitFor(() => expect(screen.queryByText('tblclients 57')).not.toBeInTheDocument());
  expect(app.address()).toContain('?code=unlinked');
  await app.user.click(await screen.findByRole('link', { name: 'Server lost-1' }));
  expect(await screen.findByRole('heading', { name: /No machine is linked to this server/ })).toBeVisible();
  expect(screen.getByText(/belongs to no machine of the inventory/)).toBeVisible();
  expect(screen.getByText(/Name its machine under services:/)).toBeVisible();
});

test('staff finds servers without a machine in the list, with the reason, and can do nothing to them', async () => {
  const { user } = open('/servers?phase=Unlinked', { as: 'staff' });
  const row = within(await rowOf('lost-1'));
  expect(row.getByText('No machine')).toBeVisible();
  expect(row.getByText(/belongs to no machine of the inventory/)).toBeVisible();
  expect(row.getByText(/Name the machine under services:/)).toBeVisible();
  await user.click(row.getByRole('button', { name: 'Actions for lost-1' }));
  const start = await screen.findByRole('menuitem', { name: /^Start/ });
  expect(start).toHaveAttribute('aria-disabled', 'true');
  expect(start).toHaveTextContent('No machine is linked to it yet.');
});

test('customers neither see such a server nor are offered to look for one', async () => {
  open('/servers');
  await rowOf('web-1');
  expect(screen.queryByRole('link', { name: 'lost-1' })).not.toBeInTheDocument();
  expect(screen.queryByRole('option', { name: 'No machine' })).not.toBeInTheDocument();
});

test('before the first run the page says what would appear there', async () => {
  open('/admin/migrations', { as: 'staff', prepare: (db) => (db.migrations = []) });
  expect(await screen.findByRole('heading', { name: 'No run yet' })).toBeVisible();
});

test('a run that is not there is told', async () => {
  open('/admin/migrations/none', { as: 'staff' });
  expect(await screen.findByRole('heading', { name: 'This run does not exist', level: 1 })).toBeVisible();
});

test('a run that found nothing says so', async () => {
  const { user } = open('/admin/migrations', {
    as: 'staff',
    prepare: (db) => {
      for (const migration of db.migrations) migration.findings = [];
    },
  });
  await user.click(await screen.findByRole('link', { name: /\d{4}/ }));
  expect(await screen.findByRole('heading', { name: 'Nothing to look at' })).toBeVisible();
});
