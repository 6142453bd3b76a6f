// Every endpoint that the console uses, by name. No logic: the path, the method and what goes in.
import { call } from './call';
import type { paths } from './generated/schema';
import type {
  Acknowledgeable,
  Act,
  AdoptMachine,
  CreateServer,
  CreateUser,
  Keeper,
  Role,
  UpdateServer,
  UpdateUser,
} from './types';

type Signal = AbortSignal | undefined;
type Query<P extends keyof paths> = NonNullable<NonNullable<paths[P]['get']>['parameters']['query']>;

export type ServerFilter = Query<'/v1/servers'>;
export type OperationFilter = Query<'/v1/operations'>;
export type PageFilter = Query<'/v1/users'>;
export type FindingFilter = Query<'/v1/migrations/{id}/findings'>;

export const getMe = (signal?: Signal) => call('GET', '/v1/me', { signal });
export const changePassword = (currentPassword: string, newPassword: string) =>
  call('PUT', '/v1/me/password', { body: { currentPassword, newPassword } });
export const setPassword = (token: string, password: string) =>
  call('POST', '/v1/auth/set-password', { body: { token, password } });

export const listPlans = (signal?: Signal) => call('GET', '/v1/plans', { signal });
export const listImages = (signal?: Signal) => call('GET', '/v1/images', { signal });
export const listSites = (signal?: Signal) => call('GET', '/v1/sites', { signal });
export const getSite = (name: string, signal?: Signal) => call('GET', '/v1/sites/{name}', { path: { name }, signal });
export const acknowledgeSite = (name: string, condition: Acknowledgeable) =>
  call('POST', '/v1/sites/{name}/acknowledge', { path: { name }, body: { condition } });
export const listAdoptable = (name: string, cursor: string | undefined, signal?: Signal) =>
  call('GET', '/v1/sites/{name}/adoptable', { path: { name }, query: { cursor }, signal });
export const adoptMachine = (name: string, body: AdoptMachine) =>
  call('POST', '/v1/sites/{name}/adopt', { path: { name }, body });
export const listNetworks = (signal?: Signal) => call('GET', '/v1/networks', { signal });

export const listServers = (query: ServerFilter, signal?: Signal) => call('GET', '/v1/servers', { query, signal });
export const getServer = (id: string, signal?: Signal) => call('GET', '/v1/servers/{id}', { path: { id }, signal });
/** Staff only: what the operator would do next, as it is now. */
export const getServerPlan = (id: string, signal?: Signal) => call('GET', '/v1/servers/{id}/plan', { path: { id }, signal });
/** YAML, to be committed to Git. */
export const getManifest = (id: string, signal?: Signal) => call('GET', '/v1/servers/{id}/manifest', { path: { id }, signal });
export const createServer = (body: CreateServer, idempotencyKey: string) => call('POST', '/v1/servers', { body, idempotencyKey });
export const updateServer = (id: string, body: UpdateServer) => call('PATCH', '/v1/servers/{id}', { path: { id }, body });
export const deleteServer = (id: string, confirm: string) =>
  call('DELETE', '/v1/servers/{id}', { path: { id }, query: { confirm } });
export const actOnServer = (id: string, body: Act) => call('POST', '/v1/servers/{id}/actions', { path: { id }, body });
export const suspendServer = (id: string, reason: string) =>
  call('POST', '/v1/servers/{id}/suspend', { path: { id }, body: { reason } });
export const resumeServer = (id: string) => call('POST', '/v1/servers/{id}/resume', { path: { id } });
export const handOver = (id: string, to: Keeper) => call('POST', '/v1/servers/{id}/hand-over', { path: { id }, body: { to } });
export const undeleteServer = (id: string) => call('POST', '/v1/servers/{id}/undelete', { path: { id } });
export const purgeServer = (id: string, confirm: string) =>
  call('POST', '/v1/servers/{id}/purge', { path: { id }, body: { confirm } });

export const listOperations = (query: OperationFilter, signal?: Signal) => call('GET', '/v1/operations', { query, signal });

export const listAccounts = (query: PageFilter, signal?: Signal) => call('GET', '/v1/accounts', { query, signal });
export const getAccount = (id: string, signal?: Signal) => call('GET', '/v1/accounts/{id}', { path: { id }, signal });
export const createAccount = (name: string) => call('POST', '/v1/accounts', { body: { name } });
export const renameAccount = (id: string, name: string) => call('PATCH', '/v1/accounts/{id}', { path: { id }, body: { name } });
export const listMemberships = (id: string, signal?: Signal) =>
  call('GET', '/v1/accounts/{id}/memberships', { path: { id }, signal });
export const putMembership = (id: string, userId: string, role: Role) =>
  call('PUT', '/v1/accounts/{id}/memberships/{userId}', { path: { id, userId }, body: { role } });
export const removeMembership = (id: string, userId: string) =>
  call('DELETE', '/v1/accounts/{id}/memberships/{userId}', { path: { id, userId } });

export const listUsers = (query: PageFilter, signal?: Signal) => call('GET', '/v1/users', { query, signal });
export const getUser = (id: string, signal?: Signal) => call('GET', '/v1/users/{id}', { path: { id }, signal });
export const createUser = (body: CreateUser) => call('POST', '/v1/users', { body });
export const updateUser = (id: string, body: UpdateUser) => call('PATCH', '/v1/users/{id}', { path: { id }, body });
export const makePasswordLink = (id: string) => call('POST', '/v1/users/{id}/set-password-link', { path: { id } });

export const getProfile = (id: string, signal?: Signal) => call('GET', '/v1/accounts/{id}/profile', { path: { id }, signal });
export const listServices = (id: string, query: PageFilter, signal?: Signal) =>
  call('GET', '/v1/accounts/{id}/services', { path: { id }, query, signal });
export const listInvoices = (id: string, query: PageFilter, signal?: Signal) =>
  call('GET', '/v1/accounts/{id}/invoices', { path: { id }, query, signal });
export const getInvoice = (id: string, invoiceId: string, signal?: Signal) =>
  call('GET', '/v1/accounts/{id}/invoices/{invoiceId}', { path: { id, invoiceId }, signal });
export const listTransactions = (id: string, query: PageFilter, signal?: Signal) =>
  call('GET', '/v1/accounts/{id}/transactions', { path: { id }, query, signal });
export const listCredits = (id: string, query: PageFilter, signal?: Signal) =>
  call('GET', '/v1/accounts/{id}/credits', { path: { id }, query, signal });
export const listOrders = (id: string, query: PageFilter, signal?: Signal) =>
  call('GET', '/v1/accounts/{id}/orders', { path: { id }, query, signal });
export const listTickets = (id: string, query: PageFilter, signal?: Signal) =>
  call('GET', '/v1/accounts/{id}/tickets', { path: { id }, query, signal });
export const getTicket = (id: string, ticketId: string, signal?: Signal) =>
  call('GET', '/v1/accounts/{id}/tickets/{ticketId}', { path: { id, ticketId }, signal });

export const listMigrations = (query: PageFilter, signal?: Signal) => call('GET', '/v1/migrations', { query, signal });
export const getMigration = (id: string, signal?: Signal) => call('GET', '/v1/migrations/{id}', { path: { id }, signal });
export const listFindings = (id: string, query: FindingFilter, signal?: Signal) =>
  call('GET', '/v1/migrations/{id}/findings', { path: { id }, query, signal });
