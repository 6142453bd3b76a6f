import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Db } from '../../mock/db';
import { CUSTOMER, seed } from '../../mock/seed';
import { open, rowOf } from '../../test/app';

// The mock counts its ids up, so that every memory has the same.
const [ENGINES, NAVY] = seed().accounts.map(({ id }) => id);

test('a carried customer reads services, invoices, payments and credit, plainly marked as history', async () => {
  const app = open(`/accounts/${ENGINES}/billing`);
  expect(await screen.findByRole('heading', { name: 'Billing history', level: 1 })).toBeVisible();
  expect(screen.getByRole('heading', { name: /Read-only history from before/ })).toBeVisible();
  const sold = within(await rowOf('web-1'));
  expect(sold.getByText('2 vCPU · 4 GiB · 50 GiB')).toBeVisible();
  expect(sold.getByText('€8.90')).toBeVisible();
  expect(sold.getByText('+ Extra address €1.50, monthly')).toBeVisible();
  expect(sold.getByText('Apr 4, 2026')).toBeVisible();
  const tabs = within(screen.getByRole('navigation', { name: 'Parts of the history' }));
  await app.user.click(tabs.getByRole('link', { name: 'Invoices' }));
  expect(app.address()).toBe(`/accounts/${ENGINES}/billing?tab=invoices`);
  expect(await screen.findByText('Refunded')).toBeVisible();
  await app.user.click(tabs.getByRole('link', { name: 'Payments and credit' }));
  expect(await screen.findByText('-€10.59')).toBeVisible();
  expect(await screen.findByText('Balance at the cut-over: €12.50')).toBeVisible();
  expect(screen.getByText('Added: Goodwill')).toBeVisible();
  await app.user.click(tabs.getByRole('link', { name: 'Orders' }));
  expect(await screen.findByText('4821907733')).toBeVisible();
});

test('an invoice shows its lines and sums, and nothing to press', async () => {
  const { user } = open(`/accounts/${ENGINES}/billing?tab=invoices`);
  await user.click(await screen.findByRole('link', { name: '2026-1987' }));
  expect(await screen.findByRole('heading', { name: 'Invoice 2026-1987', level: 1 })).toBeVisible();
  expect(screen.getByText(/RAM: 4 GB/)).toBeVisible();
  expect(screen.getByText('€7.40')).toBeVisible();
  expect(screen.getByText('€10.59')).toBeVisible();
  expect(within(screen.getByRole('main')).queryByRole('button')).not.toBeInTheDocument();
});

function uncarried(db: Db): void {
  for (const account of db.accounts) account.carriedOverAt = null;
}

function emptied(db: Db): void {
  for (const history of db.histories.values()) {
    Object.assign(history, { services: [], invoices: [], transactions: [], credits: [], orders: [], tickets: [] });
  }
}

test('people whose account was carried over are led to its history', async () => {
  open('/profile');
  expect((await screen.findByText('Billing history')).closest('a')).toHaveAttribute('href', `/accounts/${ENGINES}/billing`);
  expect(screen.getByText('Ticket archive').closest('a')).toHaveAttribute('href', `/accounts/${ENGINES}/tickets`);
});

test('people whose account was made here are not led to a history', async () => {
  open('/profile', { prepare: uncarried });
  await screen.findByText('Operations');
  expect(screen.queryByText('Billing history')).not.toBeInTheDocument();
  expect(screen.queryByText('Ticket archive')).not.toBeInTheDocument();
});

test('an account without history says so', async () => {
  open(`/accounts/${ENGINES}/billing`, { prepare: uncarried });
  expect(await screen.findByRole('heading', { name: 'There is no history here' })).toBeVisible();
});

test('what was never there is told for each part', async () => {
  const { user } = open(`/accounts/${ENGINES}/billing`, { prepare: emptied });
  expect(await screen.findByRole('heading', { name: 'No service was carried over' })).toBeVisible();
  for (const [tab, text] of [
    ['Invoices', 'No invoice was carried over'],
    ['Payments and credit', 'No payment was carried over'],
    ['Orders', 'No order was carried over'],
  ] as const) {
    await user.click(screen.getByRole('link', { name: tab }));
    expect(await screen.findByRole('heading', { name: text })).toBeVisible();
  }
});

test('an account without tickets says so', async () => {
  open(`/accounts/${ENGINES}/tickets`, { prepare: emptied });
  expect(await screen.findByRole('heading', { name: 'No ticket was carried over' })).toBeVisible();
});

test('an account of somebody else has nothing to show', async () => {
  open(`/accounts/${NAVY}/billing`);
  expect(await screen.findByRole('heading', { name: 'There is no history here' })).toBeVisible();
});

test('an invoice that is not there is not found', async () => {
  open(`/accounts/${ENGINES}/billing/invoices/none`);
  expect(await screen.findByRole('heading', { name: 'This invoice does not exist' })).toBeVisible();
});

test('staff reads who an account was, with the notes, and goes on to its history', async () => {
  const app = open('/admin/accounts', { as: 'staff' });
  await app.user.click(await screen.findByRole('link', { name: 'Analytical Engines' }));
  const card = within(await screen.findByRole('region', { name: 'Before the cut-over' }));
  expect(await card.findByText('Analytical Engines Ltd')).toBeVisible();
  expect(card.getByText('Pays by the end of the month, always.')).toBeVisible();
  expect(card.getByText('Charles Babbage, charles@engines.example.com')).toBeVisible();
  await app.user.click(card.getByRole('link', { name: 'Billing history' }));
  expect(await screen.findByRole('heading', { name: 'Billing history', level: 1 })).toBeVisible();
  expect(await screen.findByText('old.example.com')).toBeVisible();
});

test('people with several carried accounts choose which one they read', async () => {
  const app = open(`/accounts/${ENGINES}/billing`, {
    prepare: (db) => {
      const [first, second] = db.accounts;
      const ada = db.users.find(({ email }) => email === CUSTOMER);
      if (!first || !second || !ada) throw new Error('the mock has no second account');
      second.carriedOverAt = first.carriedOverAt;
      db.memberships.push({ accountId: second.id, userId: ada.id, email: ada.email, name: ada.name, role: 'owner' });
    },
  });
  await app.user.selectOptions(await screen.findByLabelText('Account'), 'Navy Yards');
  expect(await screen.findByRole('heading', { name: 'No service was carried over' })).toBeVisible();
  expect(app.address()).toBe(`/accounts/${NAVY}/billing`);
});
