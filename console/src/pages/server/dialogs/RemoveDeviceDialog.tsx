import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/devices';
import { list } from '../../../i18n/format';
import { t as words } from '../../../i18n/server';
import { Dialog } from '../../../ui/Dialog';
import { TypedName } from '../../../ui/TypedName';

interface RemoveDeviceProps {
  action: 'removeDisk' | 'removeNetwork';
  server: Server;
  /** The disk or the interface. */
  about: string;
  close: () => void;
}

/** Says what becomes of it, and wants its name typed. */
export default function RemoveDeviceDialog({ action, server, about, close }: RemoveDeviceProps) {
  const [typed, setTyped] = useState('');
  const { mutate, isPending, error } = useServerChange();
  const patch = action === 'removeDisk' ? { removeDisks: [about] } : { removeNetworks: [about] };
  const go = () =>
    mutate(
      { server, change: { kind: 'update', patch } },
      {
        onSuccess: () => {
          toastDone(words('toast.accepted.update', { name: server.name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t(`${action}.title`, { about, name: server.name })}
      go={t(`${action}.go`)}
      danger
      warning
      ready={typed === about}
      busy={isPending}
      error={error}
      onSubmit={go}
      close={close}
    >
      <p>{action === 'removeDisk' ? t('removeDisk.body') : lost(server, about)}</p>
      <TypedName label={t('removeDisk.type', { about })} typed={typed} onType={setTyped} />
    </Dialog>
  );
}

function lost(server: Server, about: string): string {
  const addresses = server.networks.find(({ name }) => name === about)?.addresses ?? [];
  return addresses.length === 0 ? t('removeNetwork.body.none') : t('removeNetwork.body', { list: list(addresses) });
}
