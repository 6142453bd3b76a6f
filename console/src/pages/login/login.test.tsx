import { screen, waitFor } from '@testing-library/react';
import axe from 'axe-core';
import { expect, test } from 'vitest';
import { CUSTOMER, PASSWORD } from '../../mock/seed';
import { open } from '../../test/app';

test('a person without a session is led to the sign-in page and then to where they wanted to go', async () => {
  const { user, address } = open('/operations?status=failed', { as: null });
  await user.type(await screen.findByLabelText('Email'), CUSTOMER);
  expect(address()).toBe('/login?next=%2Foperations%3Fstatus%3Dfailed');
  await user.type(screen.getByLabelText('Password'), PASSWORD);
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('heading', { name: 'Operations', level: 1 })).toBeVisible();
  expect(address()).toBe('/operations?status=failed');
});

test('a wrong password says so once and keeps what was typed', async () => {
  const { user } = open('/login', { as: null });
  await user.type(await screen.findByLabelText('Email'), CUSTOMER);
  await user.type(screen.getByLabelText('Password'), 'not this one{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent('This email and password do not belong together');
  expect(screen.getByLabelText('Email')).toHaveValue(CUSTOMER);
  expect(screen.getByLabelText('Password')).toHaveValue('not this one');
});

test('too many tries say how long to wait', async () => {
  const { user } = open('/login', { as: null });
  await user.type(await screen.findByLabelText('Email'), CUSTOMER);
  await user.type(screen.getByLabelText('Password'), 'too often{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent('Wait 30 seconds');
});

test('nothing is sent while a field is empty', async () => {
  const { user, db } = open('/login', { as: null });
  await user.click(await screen.findByRole('button', { name: 'Sign in' }));
  expect(screen.getByRole('alert')).toHaveTextContent('Fill in your email and your password');
  expect(db.tokens.size).toBe(0);
});

test('the password can be looked at', async () => {
  const { user } = open('/login', { as: null });
  const password = await screen.findByLabelText('Password');
  expect(password).toHaveAttribute('type', 'password');
  await user.click(screen.getByRole('button', { name: 'Show the password' }));
  expect(password).toHaveAttribute('type', 'text');
});

test('signing out ends the session and forgets what was on screen', async () => {
  const { user, db } = open('/servers');
  await screen.findByRole('link', { name: 'web-1' });
  await user.click(screen.getByRole('button', { name: /your menu/ }));
  await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeVisible();
  expect(screen.queryByText('web-1')).not.toBeInTheDocument();
  expect(db.sessions.size).toBe(0);
});

test('the link to choose a password works once, and the token leaves the address', async () => {
  history.replaceState(null, '', '/set-password#token=once');
  const { user, db } = open('/set-password', {
    as: null,
    prepare: ({ links, users }) => links.set('once', users[0]?.id ?? ''),
  });
  await user.type(await screen.findByLabelText('New password'), 'short');
  await user.click(screen.getByRole('button', { name: 'Set the password' }));
  expect(screen.getByText('Use at least 10 characters.')).toBeVisible();
  await user.clear(screen.getByLabelText('New password'));
  await user.type(screen.getByLabelText('New password'), 'four unrelated words');
  await user.type(screen.getByLabelText('New password, again'), 'four unrelated words');
  await user.click(screen.getByRole('button', { name: 'Set the password' }));
  expect(await screen.findByRole('heading', { name: 'Your password is set' })).toBeVisible();
  expect(db.links.size).toBe(0);
  expect(location.hash).toBe('');
});

test('a used link says whom to ask', async () => {
  history.replaceState(null, '', '/set-password#token=used');
  const { user } = open('/set-password', { as: null });
  await user.type(await screen.findByLabelText('New password'), 'four unrelated words');
  await user.type(screen.getByLabelText('New password, again'), 'four unrelated words');
  await user.click(screen.getByRole('button', { name: 'Set the password' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Ask your provider for a new one');
});

test('the sign-in page has no accessibility violation', async () => {
  open('/login', { as: null });
  await screen.findByLabelText('Email');
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
  await waitFor(() => expect(violations.map(({ id }) => id)).toEqual([]));
});
