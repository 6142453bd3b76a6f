import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import { imagesQuery } from '../../../api/queries';
import type { Server } from '../../../api/types';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/verbs';
import { Dialog } from '../../../ui/Dialog';
import { Field } from '../../../ui/Field';
import { TypedName } from '../../../ui/TypedName';

/** Another image on the root disk; wants the server's name typed. */
export default function RebuildDialog({ server, close }: { server: Server; close: () => void }) {
  const images = useQuery(imagesQuery);
  const offered = images.data?.filter((image) => !image.deprecated) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const { mutate, isPending, error } = useServerChange();
  const { name } = server;
  const image = chosen ?? offered.find((each) => each.name === server.image)?.name ?? offered[0]?.name;
  const wrong = fieldMessages(error)['image'];
  const go = () =>
    image !== undefined &&
    mutate(
      { server, change: { kind: 'action', act: { verb: 'Rebuild', image } } },
      {
        onSuccess: () => {
          toastDone(t('rebuild.done', { name }));
          close();
        },
      },
    );
  return (
    <Dialog
      title={t('rebuild.title', { name })}
      go={t('rebuild.go')}
      danger
      warning
      ready={image !== undefined && typed === name}
      busy={isPending}
      error={wrong === undefined ? (error ?? images.error) : null}
      onSubmit={go}
      close={close}
    >
      <p>{t('rebuild.lead')}</p>
      <Field id="image" label={t('rebuild.image')} error={wrong}>
        <FormSelect id="image" value={image} onChange={(_event, value) => setChosen(value)}>
          {offered.map((each) => (
            <FormSelectOption
              key={each.name}
              value={each.name}
              label={each.name === server.image ? `${each.displayName} (${t('rebuild.current')})` : each.displayName}
            />
          ))}
        </FormSelect>
      </Field>
      <TypedName label={t('type', { name })} typed={typed} onType={setTyped} autoFocus={false} />
    </Dialog>
  );
}
