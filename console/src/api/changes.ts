// What the pages do to a server. The status changes on screen at once and goes back if the API refuses.
import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import * as api from './endpoints';
import type { Accepted, Act, Keeper, Operation, OperationKind, Page, UpdateServer, Server } from './types';

/** One wish about a server. */
export type Change =
  | { kind: 'action'; act: Act }
  | { kind: 'update'; patch: UpdateServer }
  | { kind: 'delete'; confirm: string }
  | { kind: 'suspend'; reason: string }
  | { kind: 'resume' }
  | { kind: 'handOver'; to: Keeper }
  | { kind: 'undelete' }
  | { kind: 'purge'; confirm: string };

export interface ServerChange {
  server: Server;
  change: Change;
}

/** Applies a change to one server, optimistically. The caller shows the refusal, where the person looks. */
export function useServerChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ server, change }: ServerChange) => request(server, change),
    onMutate: async ({ server, change }) => {
      // A poll on its way would bring back the old status.
      await Promise.all([
        client.cancelQueries({ queryKey: ['servers'] }),
        client.cancelQueries({ queryKey: ['server', server.id] }),
      ]);
      patchServers(client, server.id, (known) => ({ ...known, operation: expected(known, change) }));
    },
    onError: (_error, { server }) => patchServers(client, server.id, (known) => ({ ...known, operation: server.operation })),
    onSuccess: (accepted) => adopt(client, accepted),
    onSettled: (_data, _error, { server }) => refresh(client, server.id),
  });
}

/** Puts the API's newest word about a server wherever it is shown. */
export function adopt(client: QueryClient, { server }: Accepted): void {
  patchServers(client, server.id, () => server);
}

/** Asks again for whatever shows this server. */
export function refresh(client: QueryClient, id: string): void {
  void client.invalidateQueries({ queryKey: ['servers'] });
  void client.invalidateQueries({ queryKey: ['server', id] });
  void client.invalidateQueries({ queryKey: ['operations'] });
}

function request(server: Server, change: Change): Promise<Accepted> {
  switch (change.kind) {
    case 'action':
      return api.actOnServer(server.id, change.act);
    case 'update':
      return api.updateServer(server.id, change.patch);
    case 'delete':
      return api.deleteServer(server.id, change.confirm);
    case 'suspend':
      return api.suspendServer(server.id, change.reason);
    case 'resume':
      return api.resumeServer(server.id);
    case 'handOver':
      return api.handOver(server.id, change.to);
    case 'undelete':
      return api.undeleteServer(server.id);
    case 'purge':
      return api.purgeServer(server.id, change.confirm);
  }
}

/** The operation that the API will most likely answer with. */
function expected(server: Server, change: Change): Operation {
  const now = new Date().toISOString();
  const kind: OperationKind =
    change.kind === 'suspend' || change.kind === 'resume' || change.kind === 'handOver' ? 'update' : change.kind;
  return {
    id: `expected-${server.id}`,
    serverId: server.id,
    serverName: server.name,
    accountId: server.accountId,
    kind,
    verb: change.kind === 'action' ? change.act.verb : null,
    subject: change.kind === 'action' ? subjectOf(change.act) : null,
    status: 'accepted',
    reason: null,
    message: null,
    requestedBy: null,
    createdAt: now,
    updatedAt: now,
    finishedAt: null,
    progress: [],
  };
}

/** What the verb is about, as the API will say it. */
function subjectOf({ snapshot, backup, disk, image, node }: Act): string | null {
  return snapshot ?? backup ?? disk ?? image ?? node ?? null;
}

function patchServers(client: QueryClient, id: string, change: (server: Server) => Server): void {
  client.setQueriesData<Page<Server>>(
    { queryKey: ['servers'] },
    (page) => page && { ...page, items: page.items.map((server) => (server.id === id ? change(server) : server)) },
  );
  client.setQueryData<Server>(['server', id], (server) => server && change(server));
}
