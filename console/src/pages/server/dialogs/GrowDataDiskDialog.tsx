import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import { plansQuery } from '../../../api/queries';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/devices';
import { t as words } from '../../../i18n/server';
import { Dialog } from '../../../ui/Dialog';
import { described, Field } from '../../../ui/Field';
import { roomIn } from './AddDiskDialog';
import { checkDisk } from './DiskDialog';

/** A disk beside the root disk; only upwards, and within what the plan leaves. */
export default function GrowDataDiskDialog({ server, about, close }: { server: Server; about: string; close: () => void }) {
  const plan = useQuery(plansQuery).data?.find(({ name }) => name === server.plan);
  const now = server.disks.find(({ name }) => name === about)?.sizeGiB ?? 0;
  const max = plan ? roomIn(server, plan.maxDiskGiB, about) : null;
  const [typed, setTyped] = useState(String(now));
  const { mutate, isPending, error } = useServerChange();
  const messages = fieldMessages(error);
  const refused = messages['disks.0.sizeGiB'] ?? messages['disks'];
  const wrong = checkDisk(typed, now, max);
  const shown = refused ?? (typed === String(now) ? undefined : wrong);
  const hint = max === null ? t('grow.now', { now }) : t('grow.range', { min: now + 1, max, now });
  const full = max !== null && now >= max;
  const go = () =>
    mutate(
      { server, change: { kind: 'update', patch: { disks: [{ name: about, sizeGiB: Number(typed) }] } } },
      {
        onSuccess: () => {
          toastDone(words('toast.accepted.update', { name: server.name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('grow.title', { about, name: server.name })}
      go={words('disk.go')}
      ready={wrong === undefined && !full}
      busy={isPending}
      error={refused === undefined ? error : null}
      onSubmit={go}
      close={close}
    >
      <p>{full ? t('addDisk.full') : words('disk.lead')}</p>
      {!full && (
        <Field id="disk" label={words('disk.label')} hint={hint} error={shown}>
          <TextInput
            id="disk"
            type="number"
            inputMode="numeric"
            min={now + 1}
            max={max ?? undefined}
            value={typed}
            autoFocus
            validated={shown === undefined ? 'default' : 'error'}
            {...described('disk', shown, hint)}
            onChange={(_event, next) => setTyped(next)}
          />
        </Field>
      )}
    </Dialog>
  );
}
