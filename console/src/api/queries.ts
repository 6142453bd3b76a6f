// What the pages read, as react-query options. Keys begin with the noun, so that a mutation can say what it touched.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import * as api from './endpoints';
import type { Server } from './types';
import { MEDIUM_MS, operationsInterval, serversInterval } from './polling';

const CATALOGUE_MS = 5 * 60_000;

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => api.getMe(signal), staleTime: CATALOGUE_MS });

export const plansQuery = queryOptions({
  queryKey: ['plans'],
  queryFn: async ({ signal }) => (await api.listPlans(signal)).items,
  staleTime: CATALOGUE_MS,
});

export const imagesQuery = queryOptions({
  queryKey: ['images'],
  queryFn: async ({ signal }) => (await api.listImages(signal)).items,
  staleTime: CATALOGUE_MS,
});

export const sitesQuery = queryOptions({
  queryKey: ['sites'],
  queryFn: async ({ signal }) => (await api.listSites(signal)).items,
  staleTime: CATALOGUE_MS,
});

/** One site for staff; looked at while something is put right there. */
export const siteQuery = (name: string) =>
  queryOptions({
    queryKey: ['site', name],
    queryFn: ({ signal }) => api.getSite(name, signal),
    refetchInterval: MEDIUM_MS,
  });

/** Machines of a site that are no servers, page after page; each page costs the operator reads, so nothing asks again. */
export const adoptableQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: ['adoptable', name],
    queryFn: ({ pageParam, signal }) => api.listAdoptable(name, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: CATALOGUE_MS,
    refetchOnWindowFocus: false,
  });

/** What the operator sees of a server, for staff: read again when the server has changed, for each read costs Proxmox calls. */
export const serverPlanQuery = ({ id, updatedAt }: Pick<Server, 'id' | 'updatedAt'>) =>
  queryOptions({
    queryKey: ['server-plan', id, updatedAt],
    queryFn: ({ signal }) => api.getServerPlan(id, signal),
    staleTime: CATALOGUE_MS,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
  });

/** A server as a manifest for Git: another after each change. */
export const manifestQuery = ({ id, revision }: Pick<Server, 'id' | 'revision'>) =>
  queryOptions({
    queryKey: ['manifest', id, revision],
    queryFn: ({ signal }) => api.getManifest(id, signal),
    staleTime: CATALOGUE_MS,
  });

export const networksQuery = queryOptions({
  queryKey: ['networks'],
  queryFn: async ({ signal }) => (await api.listNetworks(signal)).items,
  staleTime: CATALOGUE_MS,
});

export const serversQuery = (filter: api.ServerFilter) =>
  queryOptions({
    queryKey: ['servers', filter],
    queryFn: ({ signal }) => api.listServers(filter, signal),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => serversInterval(query.state.data?.items ?? [], Date.now()),
  });

export const serverQuery = (id: string) =>
  queryOptions({
    queryKey: ['server', id],
    queryFn: ({ signal }) => api.getServer(id, signal),
    refetchInterval: (query) => serversInterval(query.state.data ? [query.state.data] : [], Date.now()),
  });

export const operationsQuery = (filter: api.OperationFilter) =>
  queryOptions({
    queryKey: ['operations', filter],
    queryFn: ({ signal }) => api.listOperations(filter, signal),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => operationsInterval(query.state.data?.items ?? [], Date.now()),
  });

export const accountsQuery = (filter: api.PageFilter) =>
  queryOptions({
    queryKey: ['accounts', filter],
    queryFn: ({ signal }) => api.listAccounts(filter, signal),
    placeholderData: keepPreviousData,
  });

export const accountQuery = (id: string) =>
  queryOptions({ queryKey: ['account', id], queryFn: ({ signal }) => api.getAccount(id, signal) });

export const membershipsQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['memberships', accountId],
    queryFn: async ({ signal }) => (await api.listMemberships(accountId, signal)).items,
  });

export const usersQuery = (filter: api.PageFilter) =>
  queryOptions({
    queryKey: ['users', filter],
    queryFn: ({ signal }) => api.listUsers(filter, signal),
    placeholderData: keepPreviousData,
  });

export const userQuery = (id: string) =>
  queryOptions({ queryKey: ['user', id], queryFn: ({ signal }) => api.getUser(id, signal) });

/** History changes with a run of the migration only. */
const history = <T>(accountId: string, what: string, filter: unknown, read: (signal: AbortSignal) => Promise<T>) =>
  queryOptions({
    queryKey: ['history', accountId, what, filter],
    queryFn: ({ signal }) => read(signal),
    staleTime: CATALOGUE_MS,
    placeholderData: keepPreviousData,
  });

export const servicesQuery = (accountId: string, filter: api.PageFilter) =>
  history(accountId, 'services', filter, (signal) => api.listServices(accountId, filter, signal));
export const invoicesQuery = (accountId: string, filter: api.PageFilter) =>
  history(accountId, 'invoices', filter, (signal) => api.listInvoices(accountId, filter, signal));
export const transactionsQuery = (accountId: string, filter: api.PageFilter) =>
  history(accountId, 'transactions', filter, (signal) => api.listTransactions(accountId, filter, signal));
export const ordersQuery = (accountId: string, filter: api.PageFilter) =>
  history(accountId, 'orders', filter, (signal) => api.listOrders(accountId, filter, signal));
export const ticketsQuery = (accountId: string, filter: api.PageFilter) =>
  history(accountId, 'tickets', filter, (signal) => api.listTickets(accountId, filter, signal));

export const creditsQuery = (accountId: string) =>
  infiniteQueryOptions({
    queryKey: ['history', accountId, 'credits'],
    queryFn: ({ pageParam, signal }) => api.listCredits(accountId, { cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: CATALOGUE_MS,
  });

export const profileQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['history', accountId, 'profile'],
    queryFn: ({ signal }) => api.getProfile(accountId, signal),
    staleTime: CATALOGUE_MS,
  });

export const invoiceQuery = (accountId: string, id: string) =>
  queryOptions({
    queryKey: ['history', accountId, 'invoice', id],
    queryFn: ({ signal }) => api.getInvoice(accountId, id, signal),
    staleTime: CATALOGUE_MS,
  });

export const ticketQuery = (accountId: string, id: string) =>
  queryOptions({
    queryKey: ['history', accountId, 'ticket', id],
    queryFn: ({ signal }) => api.getTicket(accountId, id, signal),
    staleTime: CATALOGUE_MS,
  });

export const migrationsQuery = (filter: api.PageFilter) =>
  queryOptions({
    queryKey: ['migrations', filter],
    queryFn: ({ signal }) => api.listMigrations(filter, signal),
    placeholderData: keepPreviousData,
    refetchInterval: MEDIUM_MS,
  });

export const migrationQuery = (id: string) =>
  queryOptions({
    queryKey: ['migration', id],
    queryFn: ({ signal }) => api.getMigration(id, signal),
    refetchInterval: MEDIUM_MS,
  });

export const findingsQuery = (id: string, filter: api.FindingFilter) =>
  queryOptions({
    queryKey: ['findings', id, filter],
    queryFn: ({ signal }) => api.listFindings(id, filter, signal),
    placeholderData: keepPreviousData,
  });

/** Everybody, page after page, for a picker. */
export const allUsersQuery = infiniteQueryOptions({
  queryKey: ['users', 'all'],
  queryFn: ({ pageParam, signal }) => api.listUsers({ limit: 200, cursor: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});

/** Every account, page after page, for a picker. */
export const allAccountsQuery = infiniteQueryOptions({
  queryKey: ['accounts', 'all'],
  queryFn: ({ pageParam, signal }) => api.listAccounts({ limit: 200, cursor: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});
