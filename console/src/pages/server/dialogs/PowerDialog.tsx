import { useServerChange } from '../../../api/changes';
import type { Server, Verb } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/server';
import { Dialog } from '../../../ui/Dialog';

type Power = 'shutdown' | 'stop' | 'restart' | 'reset';

const VERBS: Record<Power, Verb> = { shutdown: 'Shutdown', stop: 'Stop', restart: 'Restart', reset: 'Reset' };

/** Asks before anything that takes a server off the network. */
export default function PowerDialog({ action, server, close }: { action: Power; server: Server; close: () => void }) {
  const { mutate, isPending, error } = useServerChange();
  const { name } = server;
  const hard = action === 'stop' || action === 'reset';
  const go = () =>
    mutate(
      { server, change: { kind: 'action', act: { verb: VERBS[action] } } },
      {
        onSuccess: () => {
          toastDone(t(`toast.accepted.${action}`, { name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t(`confirm.${action}.title`, { name })}
      go={t(`confirm.${action}.go`)}
      danger={hard}
      warning={hard}
      busy={isPending}
      error={error}
      onSubmit={go}
      close={close}
    >
      <p>{t(`confirm.${action}.body`)}</p>
    </Dialog>
  );
}
