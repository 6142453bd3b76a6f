import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/verbs';
import { Dialog } from '../../../ui/Dialog';
import { described, Field } from '../../../ui/Field';

const MAX_REASON = 256;

/** Staff says why; the customer reads it. */
export default function SuspendDialog({ server, close }: { server: Server; close: () => void }) {
  const [reason, setReason] = useState(server.suspended?.reason ?? '');
  const { mutate, isPending, error } = useServerChange();
  const wrong = fieldMessages(error)['reason'];
  const go = () =>
    mutate(
      { server, change: { kind: 'suspend', reason: reason.trim() } },
      {
        onSuccess: () => {
          toastDone(t('suspend.done', { name: server.name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('suspend.title', { name: server.name })}
      go={t('suspend.go')}
      danger
      ready={reason.trim() !== ''}
      busy={isPending}
      error={wrong === undefined ? error : null}
      onSubmit={go}
      close={close}
    >
      <p>{t('suspend.lead')}</p>
      <Field id="reason" label={t('suspend.reason')} hint={t('suspend.hint')} error={wrong}>
        <TextInput
          id="reason"
          value={reason}
          maxLength={MAX_REASON}
          autoFocus
          validated={wrong === undefined ? 'default' : 'error'}
          {...described('reason', wrong, '')}
          onChange={(_event, next) => setReason(next)}
        />
      </Field>
    </Dialog>
  );
}
