// The dialogs of a server's actions, for the list and the detail page. They belong to the page, not to a row or a
// card, so that no poll closes one; they show the newest state of their server.
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useState } from 'react';
import type { ServerAction } from '../../api/can';
import { useServerChange } from '../../api/changes';
import type { Page, Server } from '../../api/types';
import { toastDone, toastFailed } from '../../app/toasts';
import { t } from '../../i18n/server';

const load = {
  power: () => import('./dialogs/PowerDialog'),
  remove: () => import('./dialogs/DeleteDialog'),
  plan: () => import('./dialogs/PlanDialog'),
  addDisk: () => import('./dialogs/AddDiskDialog'),
  growDataDisk: () => import('./dialogs/GrowDataDiskDialog'),
  addNetwork: () => import('./dialogs/AddNetworkDialog'),
  removeDevice: () => import('./dialogs/RemoveDeviceDialog'),
  disk: () => import('./dialogs/DiskDialog'),
  verb: () => import('./dialogs/VerbDialog'),
  snapshot: () => import('./dialogs/SnapshotDialog'),
  rebuild: () => import('./dialogs/RebuildDialog'),
  migrate: () => import('./dialogs/MigrateDialog'),
  suspend: () => import('./dialogs/SuspendDialog'),
  size: () => import('./dialogs/SizeDialog'),
};
const PowerDialog = lazy(load.power);
const DeleteDialog = lazy(load.remove);
const PlanDialog = lazy(load.plan);
const AddDiskDialog = lazy(load.addDisk);
const GrowDataDiskDialog = lazy(load.growDataDisk);
const AddNetworkDialog = lazy(load.addNetwork);
const RemoveDeviceDialog = lazy(load.removeDevice);
const DiskDialog = lazy(load.disk);
const VerbDialog = lazy(load.verb);
const SnapshotDialog = lazy(load.snapshot);
const RebuildDialog = lazy(load.rebuild);
const MigrateDialog = lazy(load.migrate);
const SuspendDialog = lazy(load.suspend);
const SizeDialog = lazy(load.size);

export type DialogAction = Exclude<ServerAction, 'settings'>;
/** `about`: the snapshot, backup, disk or interface that the action is for. */
export type OpenDialog = (action: ServerAction, server: Server, about?: string) => void;

export interface Dialogs {
  open: OpenDialog;
  shown: { action: DialogAction; server: Server; about: string } | null;
  close: () => void;
}

/** Fetches the dialogs' code, when a menu opens and one may follow. */
export const loadDialogs = () => Promise.all(Object.values(load).map((each) => each()));

/** The page's dialogs. `open('start', …)` asks nothing and starts: starting loses nothing. */
export function useServerDialogs(): Dialogs {
  const [shown, setShown] = useState<Dialogs['shown']>(null);
  const { mutate } = useServerChange();
  const open = useCallback<OpenDialog>(
    (action, server, about = '') => {
      if (action === 'settings') return;
      if (action !== 'start') {
        setShown({ action, server, about });
        return;
      }
      const start = () =>
        mutate(
          { server, change: { kind: 'action', act: { verb: 'Start' } } },
          {
            onSuccess: () => toastDone(t('toast.accepted.start', { name: server.name })),
            onError: (error) => toastFailed(t('toast.failed.start', { name: server.name }), error, start),
          },
        );
      start();
    },
    [mutate],
  );
  const close = useCallback(() => setShown(null), []);
  return { open, shown, close };
}

export function ServerDialogs({ dialogs: { shown, close } }: { dialogs: Dialogs }) {
  const client = useQueryClient();
  if (!shown) return null;
  const server = newest(client, shown.server);
  return <Suspense fallback={null}>{dialog(shown.action, server, shown.about, close)}</Suspense>;
}

function dialog(action: DialogAction, server: Server, about: string, close: () => void) {
  switch (action) {
    case 'start':
      return null;
    case 'shutdown':
    case 'stop':
    case 'restart':
    case 'reset':
      return <PowerDialog action={action} server={server} close={close} />;
    case 'delete':
      return <DeleteDialog server={server} close={close} />;
    case 'changePlan':
      return <PlanDialog server={server} close={close} />;
    case 'growDisk':
      return <DiskDialog server={server} close={close} />;
    case 'addDisk':
      return <AddDiskDialog server={server} close={close} />;
    case 'growDataDisk':
      return <GrowDataDiskDialog about={about} server={server} close={close} />;
    case 'addNetwork':
      return <AddNetworkDialog server={server} close={close} />;
    case 'removeDisk':
    case 'removeNetwork':
      return <RemoveDeviceDialog action={action} about={about} server={server} close={close} />;
    case 'snapshot':
      return <SnapshotDialog server={server} close={close} />;
    case 'rebuild':
      return <RebuildDialog server={server} close={close} />;
    case 'migrate':
      return <MigrateDialog server={server} close={close} />;
    case 'changeSize':
      return <SizeDialog server={server} close={close} />;
    case 'suspend':
      return <SuspendDialog server={server} close={close} />;
    default:
      return <VerbDialog action={action} about={about} server={server} close={close} />;
  }
}

function newest(client: ReturnType<typeof useQueryClient>, server: Server): Server {
  const single = client.getQueryData<Server>(['server', server.id]);
  if (single) return single;
  for (const [, page] of client.getQueriesData<Page<Server>>({ queryKey: ['servers'] })) {
    const found = page?.items.find(({ id }) => id === server.id);
    if (found) return found;
  }
  return server;
}
