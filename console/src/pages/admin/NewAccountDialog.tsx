import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { createAccount } from '../../api/endpoints';
import { fieldMessages } from '../../api/problem';
import { toastDone } from '../../app/toasts';
import { t } from '../../i18n/admin';
import { paths } from '../../paths';
import { Dialog } from '../../ui/Dialog';
import { described, Field } from '../../ui/Field';

export function NewAccountDialog({ close }: { close: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => createAccount(name.trim()),
    onSuccess: (account) => {
      void client.invalidateQueries({ queryKey: ['accounts'] });
      toastDone(t('account.made', { name: account.name }));
      void navigate(paths.account(account.id));
    },
  });
  const wrong = fieldMessages(create.error)['name'];
  return (
    <Dialog
      title={t('accounts.new')}
      go={t('account.create')}
      ready={name.trim() !== ''}
      busy={create.isPending}
      error={wrong === undefined ? create.error : null}
      onSubmit={() => create.mutate()}
      close={close}
    >
      <Field id="account-name" label={t('account.name')} error={wrong}>
        <TextInput
          id="account-name"
          value={name}
          autoFocus
          autoComplete="off"
          validated={wrong === undefined ? 'default' : 'error'}
          {...described('account-name', wrong)}
          onChange={(_event, value) => setName(value)}
        />
      </Field>
    </Dialog>
  );
}
