// Every address of the console, built in one place. Parameters are encoded here and nowhere else.
const id = encodeURIComponent;

export const paths = {
  login: (next?: string) => (next && next !== '/servers' ? `/login?next=${id(next)}` : '/login'),
  setPassword: () => '/set-password',
  servers: () => '/servers',
  createServer: () => '/servers/new',
  server: (serverId: string) => `/servers/${id(serverId)}`,
  operations: (filter: { server?: string } = {}) => (filter.server ? `/operations?server=${id(filter.server)}` : '/operations'),
  profile: () => '/profile',
  billing: (accountId: string, tab?: string) => `/accounts/${id(accountId)}/billing${tab === undefined ? '' : `?tab=${id(tab)}`}`,
  invoice: (accountId: string, invoiceId: string) => `/accounts/${id(accountId)}/billing/invoices/${id(invoiceId)}`,
  tickets: (accountId: string) => `/accounts/${id(accountId)}/tickets`,
  ticket: (accountId: string, ticketId: string) => `/accounts/${id(accountId)}/tickets/${id(ticketId)}`,
  sites: () => '/admin/sites',
  site: (name: string) => `/admin/sites/${id(name)}`,
  migrations: () => '/admin/migrations',
  migration: (runId: string) => `/admin/migrations/${id(runId)}`,
  accounts: () => '/admin/accounts',
  account: (accountId: string) => `/admin/accounts/${id(accountId)}`,
  users: () => '/admin/users',
  user: (userId: string) => `/admin/users/${id(userId)}`,
};

/** Where to go after signing in: only ever an address of this console. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : paths.servers();
}
