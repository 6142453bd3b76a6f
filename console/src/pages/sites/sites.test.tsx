import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { open } from '../../test/app';
import { seed } from '../../mock/seed';
import type { SiteDetail } from '../../api/types';
import { stopsOf } from './stops';

const card = (name: string) => within(screen.getByRole('region', { name }));

test('staff goes from the list of sites to what needs a person at one', async () => {
  const { user, address } = open('/admin/sites', { as: 'staff' });
  expect(await screen.findByText('No endpoint answers, or none accepts the token.')).toBeVisible();
  await user.click(screen.getByRole('link', { name: 'Frankfurt 1' }));
  await screen.findByRole('heading', { name: 'Frankfurt 1', level: 1 });
  expect(address()).toBe('/admin/sites/fra1');
  expect(card('Quarantine').getByText('qm unlock 2017 && qm destroy 2017 --purge')).toBeVisible();
  expect(card('Quarantine').getByText(/Run the command as root/)).toBeVisible();
  expect(card('Orphans').getByText('VM 2031 on pve1: test-by-hand')).toBeVisible();
  expect(card('Doctor').getByText(/^pveum acl modify/)).toBeVisible();
  expect(card('Nodes').getByText('online, no new servers')).toBeVisible();
});

test('staff lets a stopped site go on, after reading what that does', async () => {
  const { user, db } = open('/admin/sites/hel1', { as: 'staff' });
  const state = within(await screen.findByRole('region', { name: 'State' }));
  expect(state.getByText(/14 of 20 guests vanished/)).toBeVisible();
  const [first, second] = state.getAllByRole('button', { name: 'It is right: go on' });
  expect(second).toBeVisible();
  await user.click(first as HTMLElement);
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText(/then count as gone/)).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'It is right: go on' }));
  expect(await state.findByText(/acknowledged that machines vanished/)).toBeVisible();
  await waitFor(() => expect(state.getAllByRole('button', { name: 'It is right: go on' })).toHaveLength(1));
  expect(db.siteDetails[1]?.acknowledgement?.condition).toBe('InventoryShrank');
});

test('customers find no site to look after, not even by address', async () => {
  open('/admin/sites/hel1');
  expect(await screen.findByRole('heading', { name: 'There is nothing here' })).toBeVisible();
  expect(screen.queryByRole('link', { name: 'Sites' })).not.toBeInTheDocument();
});

function stalledBy(reason: string): SiteDetail {
  const base = structuredClone(seed().siteDetails[0] as SiteDetail);
  const about = { reason, message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' };
  base.conditions = [
    { type: 'Ready', status: 'False', ...about },
    { type: 'Stalled', status: 'True', ...about },
  ];
  return base;
}

test('what stops a site comes once, and only some of it can be acknowledged', () => {
  expect(stopsOf(stalledBy('StateOlderThanSite')).map((stop) => stop.condition)).toEqual(['StateOlderThanSite']);
  expect(stopsOf(stalledBy('DuplicateSite')).map((stop) => stop.condition)).toEqual([undefined]);
  const well = structuredClone(seed().siteDetails[0] as SiteDetail);
  expect(stopsOf(well)).toEqual([]);
  well.brakes.heldSince = '2026-01-01T00:00:00Z';
  expect(stopsOf(well).map((stop) => [stop.reason, stop.condition])).toEqual([['Brake', 'Brake']]);
});

test('staff looks for machines, reads why some cannot be adopted, and adopts one into an account', async () => {
  const { user, db, address } = open('/admin/sites/fra1', { as: 'staff' });
  await screen.findByRole('heading', { name: 'Frankfurt 1', level: 1 });
  const machines = card('Machines that are no servers');
  await user.click(machines.getByRole('button', { name: 'Look for machines' }));
  await user.click(await machines.findByText('2 that cannot be adopted'));
  expect(machines.getByText('it has no disk')).toBeVisible();
  await user.click(machines.getByRole('button', { name: 'Adopt: shop-db' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText(/--allow-move 1/)).toBeVisible();
  const go = dialog.getByRole('button', { name: 'Adopt' });
  await user.selectOptions(dialog.getByLabelText(/^Account/), 'Navy Yards');
  expect(go).toBeDisabled();
  await user.click(dialog.getByRole('switch', { name: 'Take it out of the pool customers' }));
  await user.click(go);
  expect(await screen.findByRole('heading', { name: 'shop-db', level: 1 })).toBeVisible();
  const adopted = db.servers.find(({ name }) => name === 'shop-db');
  expect(adopted).toMatchObject({ accountName: 'Navy Yards', plan: '', cores: 2, driftPolicy: 'Report' });
  expect(address()).toBe(`/servers/${adopted?.id}`);
});

test('an adopted machine needs a name of its own in the account', async () => {
  const { user } = open('/admin/sites/fra1', { as: 'staff' });
  await user.click(await screen.findByRole('button', { name: 'Look for machines' }));
  await user.click(await screen.findByRole('button', { name: 'Adopt: old-web' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.selectOptions(dialog.getByLabelText(/^Account/), 'Analytical Engines');
  await user.clear(dialog.getByLabelText(/^Name/));
  await user.type(dialog.getByLabelText(/^Name/), 'web-1{Enter}');
  expect(await dialog.findByText('Another server of Analytical Engines is called web-1.')).toBeVisible();
});
