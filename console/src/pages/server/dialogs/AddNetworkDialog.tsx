import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerChange } from '../../../api/changes';
import { fieldMessages } from '../../../api/problem';
import { networksQuery } from '../../../api/queries';
import type { Server } from '../../../api/types';
import { useMe } from '../../../app/me';
import { toastDone } from '../../../app/toasts';
import { t } from '../../../i18n/devices';
import { t as words } from '../../../i18n/server';
import { Dialog } from '../../../ui/Dialog';
import { described, Field } from '../../../ui/Field';
import { checkName } from '../device-names';

const EMPTY = { name: '', network: '', address: '', address6: '' };

export default function AddNetworkDialog({ server, close }: { server: Server; close: () => void }) {
  const { staff } = useMe();
  const networks = useQuery(networksQuery).data?.filter(({ sites }) => sites.includes(server.site)) ?? [];
  const [typed, setTyped] = useState(EMPTY);
  const { mutate, isPending, error } = useServerChange();
  const refused = fieldMessages(error);
  const wrong = checkName(typed.name, server.networks);
  const errors = {
    name: refused['networks.0.name'] ?? (typed.name === '' ? undefined : wrong),
    network: refused['networks.0.network'],
    address: refused['networks.0.address'],
    address6: refused['networks.0.address6'],
  };
  const go = () => {
    const { name, network, address, address6 } = typed;
    const wish = { name, network, ...(address !== '' && { address }), ...(address6 !== '' && { address6 }) };
    mutate(
      { server, change: { kind: 'update', patch: { networks: [wish] } } },
      {
        onSuccess: () => {
          toastDone(words('toast.accepted.update', { name: server.name }));
          close();
        },
      },
    );
  };
  const text = (field: 'name' | 'address' | 'address6', hint: string) => (
    <Field id={`interface-${field}`} label={t(`addNetwork.${field}`)} hint={hint} error={errors[field]}>
      <TextInput
        id={`interface-${field}`}
        value={typed[field]}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        validated={errors[field] === undefined ? 'default' : 'error'}
        {...described(`interface-${field}`, errors[field], hint)}
        onChange={(_event, value) => setTyped((old) => ({ ...old, [field]: value }))}
      />
    </Field>
  );
  return (
    <Dialog
      title={t('addNetwork.title', { name: server.name })}
      go={t('addNetwork.go')}
      ready={wrong === undefined && typed.network !== ''}
      busy={isPending}
      error={Object.values(errors).every((each) => each === undefined) ? error : null}
      onSubmit={go}
      close={close}
    >
      <p>{t('addNetwork.lead')}</p>
      <Field id="interface-network" label={t('addNetwork.network')} error={errors.network}>
        <FormSelect
          id="interface-network"
          value={typed.network}
          validated={errors.network === undefined ? 'default' : 'error'}
          {...described('interface-network', errors.network)}
          onChange={(_event, network) => setTyped((old) => ({ ...old, network }))}
        >
          <FormSelectOption value="" label={t('addNetwork.choose')} isPlaceholder />
          {networks.map(({ name, displayName }) => (
            <FormSelectOption key={name} value={name} label={displayName} />
          ))}
        </FormSelect>
      </Field>
      {text('name', t('name.hint'))}
      {staff && text('address', t('addNetwork.address.hint'))}
      {staff && text('address6', t('addNetwork.address.hint'))}
    </Dialog>
  );
}
