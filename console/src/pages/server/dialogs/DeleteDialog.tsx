import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { disk, list } from '../../../i18n/format';
import { t } from '../../../i18n/server';
import { Dialog } from '../../../ui/Dialog';
import { TypedName } from '../../../ui/TypedName';

/** Says what is lost and what stays, and wants the name typed. */
export default function DeleteDialog({ server, close }: { server: Server; close: () => void }) {
  const [typed, setTyped] = useState('');
  const { mutate, isPending, error } = useServerChange();
  const { name } = server;
  const go = () =>
    mutate(
      { server, change: { kind: 'delete', confirm: typed } },
      {
        onSuccess: () => {
          toastDone(t('toast.accepted.delete', { name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('delete.title', { name })}
      go={t('delete.go')}
      danger
      warning
      ready={typed === name}
      busy={isPending}
      error={error}
      onSubmit={go}
      close={close}
    >
      <div>
        <h2>{t('delete.lost')}</h2>
        <ul>
          <li>{t('delete.lost.disk', { disk: disk(server.diskGiB) })}</li>
          <li>{addresses(server)}</li>
        </ul>
        <h2>{t('delete.stays')}</h2>
        <ul>
          <li>{kept(server)}</li>
          <li>{t('delete.stays.others')}</li>
        </ul>
      </div>
      {server.deletionProtection && <p className="sw-warn">{t('delete.protected')}</p>}
      <TypedName label={t('delete.type', { name })} typed={typed} onType={setTyped} />
    </Dialog>
  );
}

function addresses({ addresses: all }: Server): string {
  return all.length === 0 ? t('delete.lost.noAddresses') : t('delete.lost.addresses', { count: all.length, list: list(all) });
}

/** Retain keeps it without a date; otherwise the grace period counts from when it stops. */
function kept(server: Server): string {
  if (server.deletionPolicy === 'Retain') return t('delete.stays.retain');
  const count = server.deletionGracePeriodHours;
  return count === 0 ? t('delete.stays.nothing') : t('delete.stays.grace', { count });
}
