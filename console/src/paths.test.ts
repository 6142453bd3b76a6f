import { expect, test } from 'vitest';
import { paths, safeNext } from './paths';

test('every address is what bookmarks and links in mails rely on', () => {
  expect({
    login: paths.login(),
    loginNext: paths.login('/servers/1?tab=a'),
    setPassword: paths.setPassword(),
    servers: paths.servers(),
    createServer: paths.createServer(),
    server: paths.server('a b'),
    operations: paths.operations({ server: '1' }),
    profile: paths.profile(),
    billing: paths.billing('1'),
    payments: paths.billing('1', 'payments'),
    invoice: paths.invoice('1', '2'),
    tickets: paths.tickets('1'),
    ticket: paths.ticket('1', '2'),
    sites: paths.sites(),
    site: paths.site('fra1'),
    migrations: paths.migrations(),
    migration: paths.migration('1'),
    accounts: paths.accounts(),
    account: paths.account('1'),
    users: paths.users(),
    user: paths.user('1'),
  }).toEqual({
    login: '/login',
    loginNext: '/login?next=%2Fservers%2F1%3Ftab%3Da',
    setPassword: '/set-password',
    servers: '/servers',
    createServer: '/servers/new',
    server: '/servers/a%20b',
    operations: '/operations?server=1',
    profile: '/profile',
    billing: '/accounts/1/billing',
    payments: '/accounts/1/billing?tab=payments',
    invoice: '/accounts/1/billing/invoices/2',
    tickets: '/accounts/1/tickets',
    ticket: '/accounts/1/tickets/2',
    sites: '/admin/sites',
    site: '/admin/sites/fra1',
    migrations: '/admin/migrations',
    migration: '/admin/migrations/1',
    accounts: '/admin/accounts',
    account: '/admin/accounts/1',
    users: '/admin/users',
    user: '/admin/users/1',
  });
});

test('signing in never leads to another site or back to the sign-in page', () => {
  expect(safeNext('/servers/1?x=2')).toBe('/servers/1?x=2');
  for (const bad of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/login?next=/login',
    null,
  ]) {
    expect(safeNext(bad)).toBe('/servers');
  }
});
