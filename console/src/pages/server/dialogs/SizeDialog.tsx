import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/verbs';
import { Dialog } from '../../../ui/Dialog';
import { described, Field } from '../../../ui/Field';

const LEAST_MEMORY_MIB = 128;

/** Staff gives a server a size outside the plans. */
export default function SizeDialog({ server, close }: { server: Server; close: () => void }) {
  const [typed, setTyped] = useState({
    cores: String(server.cores),
    memoryMiB: String(server.memoryMiB),
    diskGiB: String(server.diskGiB),
    networkMbps: server.networkMbps === null ? '' : String(server.networkMbps),
  });
  const { mutate, isPending, error } = useServerChange();
  const refused = fieldMessages(error);
  const fields = [
    { id: 'cores', label: t('size.cores'), min: 1 },
    { id: 'memoryMiB', label: t('size.memory'), min: LEAST_MEMORY_MIB },
    { id: 'diskGiB', label: t('size.disk'), min: server.diskGiB },
    { id: 'networkMbps', label: t('size.mbps'), min: 1, hint: t('size.mbps.hint') },
  ] as const;
  const wrong = (id: keyof typeof typed, min: number) =>
    (id === 'networkMbps' && typed[id] === '') || isWhole(typed[id], min) ? undefined : t('size.wrong', { min });
  const go = () =>
    mutate(
      {
        server,
        change: {
          kind: 'update',
          patch: {
            resources: {
              cores: Number(typed.cores),
              memoryMiB: Number(typed.memoryMiB),
              diskGiB: Number(typed.diskGiB),
              networkMbps: typed.networkMbps === '' ? null : Number(typed.networkMbps),
            },
          },
        },
      },
      {
        onSuccess: () => {
          toastDone(t('size.done', { name: server.name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('size.title', { name: server.name })}
      go={t('size.go')}
      ready={fields.every(({ id, min }) => wrong(id, min) === undefined)}
      busy={isPending}
      error={Object.keys(refused).length === 0 ? error : null}
      onSubmit={go}
      close={close}
    >
      <p>{t('size.lead')}</p>
      {fields.map(({ id, label, min, ...rest }) => {
        const shown = refused[`resources.${id}`] ?? wrong(id, min);
        const hint = 'hint' in rest ? rest.hint : undefined;
        return (
          <Field key={id} id={id} label={label} hint={hint} error={shown}>
            <TextInput
              id={id}
              type="number"
              inputMode="numeric"
              min={min}
              value={typed[id]}
              validated={shown === undefined ? 'default' : 'error'}
              {...described(id, shown, hint)}
              onChange={(_event, next) => setTyped((old) => ({ ...old, [id]: next }))}
            />
          </Field>
        );
      })}
    </Dialog>
  );
}

function isWhole(typed: string, min: number): boolean {
  const value = Number(typed);
  return typed.trim() !== '' && Number.isInteger(value) && value >= min;
}
