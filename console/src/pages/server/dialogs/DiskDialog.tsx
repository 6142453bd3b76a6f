import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import { plansQuery } from '../../../api/queries';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/server';
import { described, Field } from '../../../ui/Field';
import { Dialog } from '../../../ui/Dialog';

/** Only upwards: what cannot be done is refused here already, and by the API again. */
export default function DiskDialog({ server, close }: { server: Server; close: () => void }) {
  const plans = useQuery(plansQuery);
  const max = plans.data?.find((plan) => plan.name === server.plan)?.maxDiskGiB ?? null;
  const [typed, setTyped] = useState(String(server.diskGiB));
  const { mutate, isPending, error } = useServerChange();
  const refused = fieldMessages(error)['rootDiskGiB'];
  const wrong = checkDisk(typed, server.diskGiB, max);
  const shown = refused ?? (typed === String(server.diskGiB) ? undefined : wrong);
  const full = max !== null && server.diskGiB >= max;
  const hint = max === null ? undefined : t('disk.range', { min: server.diskGiB + 1, max, now: server.diskGiB });
  const go = () =>
    mutate(
      { server, change: { kind: 'update', patch: { rootDiskGiB: Number(typed) } } },
      {
        onSuccess: () => {
          toastDone(t('toast.accepted.update', { name: server.name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('disk.title', { name: server.name })}
      go={t('disk.go')}
      ready={wrong === undefined && !full}
      busy={isPending}
      error={refused === undefined ? error : null}
      onSubmit={go}
      close={close}
    >
      <p>{t(full ? 'disk.full' : 'disk.lead')}</p>
      {!full && (
        <Field id="disk" label={t('disk.label')} hint={hint} error={shown}>
          <TextInput
            id="disk"
            type="number"
            inputMode="numeric"
            min={server.diskGiB + 1}
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

/** Why `typed` is no new size for a disk of `now` GiB; undefined when it is one. */
export function checkDisk(typed: string, now: number, max: number | null): string | undefined {
  const wish = Number(typed);
  if (typed.trim() === '' || !Number.isInteger(wish)) return t('disk.notWhole');
  if (wish <= now) return t('disk.tooSmall', { min: now });
  if (max !== null && wish > max) return t('disk.tooLarge', { max });
  return undefined;
}
