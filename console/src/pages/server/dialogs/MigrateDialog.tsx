import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import { siteQuery } from '../../../api/queries';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/verbs';
import { Dialog } from '../../../ui/Dialog';
import { described, Field } from '../../../ui/Field';

/** Staff chooses among the site's other nodes that are there. */
export default function MigrateDialog({ server, close }: { server: Server; close: () => void }) {
  const site = useQuery(siteQuery(server.site));
  const nodes = site.data?.nodes.filter(({ name, online }) => online && name !== server.node) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const { mutate, isPending, error } = useServerChange();
  const node = chosen ?? nodes[0]?.name;
  const wrong = fieldMessages(error)['node'] ?? (site.data && nodes.length === 0 ? t('migrate.none') : undefined);
  const hint = server.node === null ? t('migrate.unknown') : t('migrate.hint', { node: server.node });
  const go = () =>
    node !== undefined &&
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
      ready={node !== undefined}
      busy={isPending}
      error={wrong === undefined ? (error ?? site.error) : null}
      onSubmit={go}
      close={close}
    >
      <p>{t('migrate.lead')}</p>
      <Field id="node" label={t('migrate.node')} hint={hint} error={wrong}>
        <FormSelect
          id="node"
          value={node}
          validated={wrong === undefined ? 'default' : 'error'}
          {...described('node', wrong, hint)}
          onChange={(_event, value) => setChosen(value)}
        >
          {nodes.map(({ name, cordoned }) => (
            <FormSelectOption key={name} value={name} label={cordoned ? t('migrate.cordoned', { node: name }) : name} />
          ))}
        </FormSelect>
      </Field>
    </Dialog>
  );
}
