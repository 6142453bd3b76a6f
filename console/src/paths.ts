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
  sites: () => '/admin/sites',
  site: (name: string) => `/admin/sites/${id(name)}`,
  accounts: () => '/admin/accounts',
  account: (accountId: string) => `/admin/accounts/${id(accountId)}`,
  users: () => '/admin/users',
  user: (userId: string) => `/admin/users/${id(userId)}`,
};

/** Where to go after signing in: only ever an address of this console. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : paths.servers();
}
