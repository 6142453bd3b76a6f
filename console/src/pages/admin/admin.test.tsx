import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { open } from '../../test/app';

test('customers find no staff pages, not even by address', async () => {
  open('/admin/accounts');
  expect(await screen.findByRole('heading', { name: 'There is nothing here' })).toBeVisible();
  expect(screen.queryByRole('link', { name: 'Accounts' })).not.toBeInTheDocument();
});

test('staff make an account and add its first owner', async () => {
  const { user, db } = open('/admin/accounts', { as: 'staff' });
  await user.click(await screen.findByRole('button', { name: 'New account' }));
  await user.type(await screen.findByLabelText('Name'), 'Bletchley{Enter}');
  expect(await screen.findByRole('heading', { name: 'Bletchley', level: 1 })).toBeVisible();
  await user.selectOptions(await screen.findByLabelText('Person'), await screen.findByRole('option', { name: /Alan Turing/ }));
  await user.click(screen.getByRole('button', { name: 'Add' }));
  expect(await screen.findByText('alan@example.com is a member now')).toBeVisible();
  const role = await screen.findByLabelText('Role of alan@example.com');
  await user.selectOptions(role, 'member');
  await waitFor(() => expect(db.memberships.at(-1)).toMatchObject({ email: 'alan@example.com', role: 'member' }));
  await user.click(screen.getByRole('button', { name: 'Remove alan@example.com' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(screen.queryByLabelText('Role of alan@example.com')).not.toBeInTheDocument());
});

test('staff rename an account', async () => {
  const { user, db } = open('/admin/accounts', { as: 'staff' });
  await user.click(await screen.findByRole('link', { name: 'Navy Yards' }));
  const name = await screen.findByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'Harbour{Enter}');
  expect(await screen.findByRole('heading', { name: 'Harbour', level: 1 })).toBeVisible();
  expect(db.accounts.some((account) => account.name === 'Harbour')).toBe(true);
});

test('staff make a person and a link with which they choose a password', async () => {
  const { user } = open('/admin/users', { as: 'staff' });
  await user.click(await screen.findByRole('button', { name: 'New user' }));
  await user.type(await screen.findByLabelText('Email'), 'nowhere');
  await user.type(screen.getByLabelText('Name'), 'Edsger');
  await user.click(screen.getByRole('button', { name: 'Create user' }));
  expect(await screen.findByText('This is no email address.')).toBeVisible();
  await user.type(screen.getByLabelText('Email'), '@example.com');
  await user.click(screen.getByRole('button', { name: 'Create user' }));
  expect(await screen.findByRole('heading', { name: 'Edsger', level: 1 })).toBeVisible();
  expect(screen.getByText('no password yet')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Make a link' }));
  expect(await screen.findByText(/set-password#token=link-/)).toBeVisible();
});

test('staff disable a person, but never themselves', async () => {
  const { user, db } = open('/admin/users', { as: 'staff' });
  await user.click(await screen.findByRole('link', { name: 'Ada Lovelace' }));
  await user.click(await screen.findByLabelText('Disabled: cannot sign in'));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(db.users.find(({ name }) => name === 'Ada Lovelace')?.disabled).toBe(true));
  await user.click(screen.getAllByRole('link', { name: /Users/ })[0] as HTMLElement);
  await user.click(await screen.findByRole('link', { name: 'Sam Staff' }));
  expect(await screen.findByLabelText('Disabled: cannot sign in')).toBeDisabled();
});
