import { Checkbox } from '@patternfly/react-core/dist/esm/components/Checkbox';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/verbs';
import { Dialog } from '../../../ui/Dialog';
import { described, Field } from '../../../ui/Field';

const NAME = /^[a-zA-Z][a-zA-Z0-9_-]{1,39}$/;

export default function SnapshotDialog({ server, close }: { server: Server; close: () => void }) {
  const [name, setName] = useState('');
  const [memory, setMemory] = useState(false);
  const { mutate, isPending, error } = useServerChange();
  const running = server.powerState === 'running';
  const taken = server.snapshots.some((snapshot) => snapshot.name === name) ? t('snapshot.taken') : undefined;
  const wrong = fieldMessages(error)['snapshot'] ?? taken;
  const go = () =>
    mutate(
      { server, change: { kind: 'action', act: { verb: 'Snapshot', snapshot: name, includeMemory: memory && running } } },
      {
        onSuccess: () => {
          toastDone(t('snapshot.done', { name: server.name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('snapshot.title', { name: server.name })}
      go={t('snapshot.go')}
      ready={NAME.test(name) && taken === undefined}
      busy={isPending}
      error={wrong === undefined ? error : null}
      onSubmit={go}
      close={close}
    >
      <p>{t('snapshot.lead')}</p>
      <Field id="snapshot" label={t('snapshot.name')} hint={t('snapshot.hint')} error={wrong}>
        <TextInput
          id="snapshot"
          value={name}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          autoFocus
          validated={wrong === undefined ? 'default' : 'error'}
          {...described('snapshot', wrong, '')}
          onChange={(_event, next) => setName(next)}
        />
      </Field>
      {running && (
        <Checkbox
          id="memory"
          label={t('snapshot.memory')}
          description={t('snapshot.memory.hint')}
          isChecked={memory}
          onChange={(_event, next) => setMemory(next)}
        />
      )}
    </Dialog>
  );
}
