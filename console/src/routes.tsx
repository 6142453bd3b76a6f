// The one list of pages: it feeds the router, the navigation and the preloading of a page's code.
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { t } from './i18n/shell';
import { paths } from './paths';

type Load = () => Promise<{ default: ComponentType }>;

export interface Route {
  path: string;
  Component: LazyExoticComponent<ComponentType>;
  preload: Load;
  /** Its entry in the navigation. */
  nav?: { label: string; to: string; group: 'customer' | 'staff' };
  staffOnly?: boolean;
  /** Its entry in the navigation of people whose account came from another billing system. */
  history?: { label: string; to: (accountId: string) => string };
}

function route(path: string, load: Load, more: Omit<Route, 'path' | 'Component' | 'preload'> = {}): Route {
  return { path, Component: lazy(load), preload: load, ...more };
}

/** Pages for anybody. */
export const publicRoutes: Route[] = [
  route('/login', () => import('./pages/login/LoginPage')),
  route('/set-password', () => import('./pages/login/SetPasswordPage')),
];

/** Pages inside the frame, for people who signed in. */
export const routes: Route[] = [
  route('/servers', () => import('./pages/servers/ServersPage'), {
    nav: { label: t('nav.servers'), to: paths.servers(), group: 'customer' },
  }),
  route('/servers/new', () => import('./pages/create/CreatePage')),
  route('/servers/:id', () => import('./pages/server/ServerPage')),
  route('/operations', () => import('./pages/operations/OperationsPage'), {
    nav: { label: t('nav.operations'), to: paths.operations(), group: 'customer' },
  }),
  route('/accounts/:accountId/billing', () => import('./pages/billing/BillingPage'), {
    history: { label: t('nav.billing'), to: paths.billing },
  }),
  route('/accounts/:accountId/billing/invoices/:invoiceId', () => import('./pages/billing/InvoicePage')),
  route('/accounts/:accountId/tickets', () => import('./pages/tickets/TicketsPage'), {
    history: { label: t('nav.tickets'), to: paths.tickets },
  }),
  route('/accounts/:accountId/tickets/:ticketId', () => import('./pages/tickets/TicketPage')),
  route('/profile', () => import('./pages/profile/ProfilePage')),
  route('/admin/sites', () => import('./pages/sites/SitesPage'), {
    nav: { label: t('nav.sites'), to: paths.sites(), group: 'staff' },
    staffOnly: true,
  }),
  route('/admin/sites/:name', () => import('./pages/sites/SitePage'), { staffOnly: true }),
  route('/admin/accounts', () => import('./pages/admin/AccountsPage'), {
    nav: { label: t('nav.accounts'), to: paths.accounts(), group: 'staff' },
    staffOnly: true,
  }),
  route('/admin/accounts/:id', () => import('./pages/admin/AccountPage'), { staffOnly: true }),
  route('/admin/migrations', () => import('./pages/migration/MigrationsPage'), {
    nav: { label: t('nav.migration'), to: paths.migrations(), group: 'staff' },
    staffOnly: true,
  }),
  route('/admin/migrations/:id', () => import('./pages/migration/RunPage'), { staffOnly: true }),
  route('/admin/users', () => import('./pages/admin/UsersPage'), {
    nav: { label: t('nav.users'), to: paths.users(), group: 'staff' },
    staffOnly: true,
  }),
  route('/admin/users/:id', () => import('./pages/admin/UserPage'), { staffOnly: true }),
];
