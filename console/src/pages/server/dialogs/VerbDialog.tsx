import { useState } from 'react';
import { type Change, useServerChange } from '../../../api/changes';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/verbs';
import { Dialog } from '../../../ui/Dialog';
import { TypedName } from '../../../ui/TypedName';

export type Asked =
  | 'rollback'
  | 'deleteSnapshot'
  | 'backup'
  | 'restore'
  | 'deleteBackup'
  | 'putBack'
  | 'destroyDisk'
  | 'resume'
  | 'undelete'
  | 'purge';

/** Those that lose data; `typed` ones want the server's name as well. */
const LOSSES: Partial<Record<Asked, 'asked' | 'typed'>> = {
  rollback: 'asked',
  restore: 'typed',
  deleteBackup: 'asked',
  destroyDisk: 'asked',
  purge: 'typed',
};

function changeOf(action: Asked, about: string, typed: string): Change {
  switch (action) {
    case 'rollback':
      return { kind: 'action', act: { verb: 'Rollback', snapshot: about } };
    case 'deleteSnapshot':
      return { kind: 'action', act: { verb: 'DeleteSnapshot', snapshot: about } };
    case 'backup':
      return { kind: 'action', act: { verb: 'Backup' } };
    case 'restore':
      return { kind: 'action', act: { verb: 'Restore', backup: about } };
    case 'deleteBackup':
      return { kind: 'action', act: { verb: 'DeleteBackup', backup: about } };
    case 'putBack':
      return { kind: 'action', act: { verb: 'Rebuild', disk: about } };
    case 'destroyDisk':
      return { kind: 'action', act: { verb: 'DestroyDisk', disk: about } };
    case 'resume':
      return { kind: 'resume' };
    case 'undelete':
      return { kind: 'undelete' };
    case 'purge':
      return { kind: 'purge', confirm: typed };
  }
}

interface VerbDialogProps {
  action: Asked;
  /** The snapshot, backup or disk; empty for the others. */
  about: string;
  server: Server;
  close: () => void;
}

/** Asks before a verb that needs no more than a yes, and says what is lost. */
export default function VerbDialog({ action, about, server, close }: VerbDialogProps) {
  const [typed, setTyped] = useState('');
  const { mutate, isPending, error } = useServerChange();
  const { name } = server;
  const loss = LOSSES[action];
  const go = () =>
    mutate(
      { server, change: changeOf(action, about, typed) },
      {
        onSuccess: () => {
          toastDone(t(`${action}.done`, { name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t(`${action}.title`, { name, about })}
      go={t(`${action}.go`)}
      danger={loss !== undefined}
      warning={loss !== undefined}
      ready={loss !== 'typed' || typed === name}
      busy={isPending}
      error={error}
      onSubmit={go}
      close={close}
    >
      <p>{t(`${action}.body`, { about })}</p>
      {loss === 'typed' && <TypedName label={t('type', { name })} typed={typed} onType={setTyped} />}
    </Dialog>
  );
}
