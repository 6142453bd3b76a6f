import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { MESSAGE } from '../../mock/history';
import { seed } from '../../mock/seed';
import { open } from '../../test/app';

// The mock counts its ids up, so that every memory has the same.
const ARCHIVE = `/accounts/${seed().accounts[0]?.id}/tickets`;

test('a ticket is read with its replies; what looks like HTML in it is text', async () => {
  const { user } = open(ARCHIVE);
  expect(await screen.findByRole('heading', { name: /Read-only history from before/ })).toBeVisible();
  await user.click(await screen.findByRole('link', { name: 'Site is down' }));
  expect(await screen.findByRole('heading', { name: 'Site is down', level: 1 })).toBeVisible();
  const thread = within(screen.getByRole('region', { name: 'Conversation' }));
  const [first, second, third] = thread.getAllByRole('listitem');
  expect(first).toHaveTextContent(MESSAGE.replaceAll(/\s+/g, ' '));
  expect(first?.querySelector('b, script')).toBeNull();
  expect(second).toHaveTextContent(/Sam Staff Support.*it answers again/);
  expect(third).toHaveTextContent('Thank you!');
});

test('a merged ticket names the other one', async () => {
  const { user } = open(ARCHIVE);
  await user.click(await screen.findByRole('link', { name: 'Second address' }));
  expect(await screen.findByText('It was merged into ticket 77 of the old system.')).toBeVisible();
});

test('a ticket that is not there is told', async () => {
  open(`${ARCHIVE}/none`);
  expect(await screen.findByRole('heading', { name: 'This ticket does not exist' })).toBeVisible();
});
