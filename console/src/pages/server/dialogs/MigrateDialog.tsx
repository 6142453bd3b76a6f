import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/verbs';
import { Dialog } from '../../../ui/Dialog';
import { described, Field } from '../../../ui/Field';

export default function MigrateDialog({ server, close }: { server: Server; close: () => void }) {
  const [typed, setTyped] = useState('');
  const { mutate, isPending, error } = useServerChange();
  const node = typed.trim();
  const wrong = fieldMessages(error)['node'] ?? (node !== '' && node === server.node ? t('migrate.same') : undefined);
  const hint = server.node === null ? t('migrate.unknown') : t('migrate.hint', { node: server.node });
  const go = () =>
    mutate(
      { server, change: { kind: 'action', act: { verb: 'Migrate', node } } },
      {
        onSuccess: () => {
          toastDone(t('migrate.done', { name: server.name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('migrate.title', { name: server.name })}
      go={t('migrate.go')}
      ready={node !== '' && node !== server.node}
      busy={isPending}
      error={wrong === undefined ? error : null}
      onSubmit={go}
      close={close}
    >
      <p>{t('migrate.lead')}</p>
      <Field id="node" label={t('migrate.node')} hint={hint} error={wrong}>
        <TextInput
          id="node"
          value={typed}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          autoFocus
          validated={wrong === undefined ? 'default' : 'error'}
          {...described('node', wrong, hint)}
          onChange={(_event, next) => setTyped(next)}
        />
      </Field>
    </Dialog>
  );
}
