import { Checkbox } from '@patternfly/react-core/dist/esm/components/Checkbox';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { createUser } from '../../api/endpoints';
import { fieldMessages } from '../../api/problem';
import { toastDone } from '../../app/toasts';
import { t } from '../../i18n/admin';
import { paths } from '../../paths';
import { Dialog } from '../../ui/Dialog';
import { described, Field } from '../../ui/Field';

/** Makes a person without a password: the next page offers the link with which they choose one. */
export function NewUserDialog({ close }: { close: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [staff, setStaff] = useState(false);
  const create = useMutation({
    mutationFn: () => createUser({ email: email.trim(), name: name.trim(), staff }),
    onSuccess: (user) => {
      void client.invalidateQueries({ queryKey: ['users'] });
      toastDone(t('user.made', { email: user.email }));
      void navigate(paths.user(user.id));
    },
  });
  const wrong = fieldMessages(create.error);
  return (
    <Dialog
      title={t('users.new')}
      go={t('user.create')}
      ready={email.trim() !== '' && name.trim() !== ''}
      busy={create.isPending}
      error={wrong['email'] === undefined && wrong['name'] === undefined ? create.error : null}
      onSubmit={() => create.mutate()}
      close={close}
    >
      <Field id="user-email" label={t('create.email')} error={wrong['email']}>
        <TextInput
          id="user-email"
          type="email"
          value={email}
          autoFocus
          autoComplete="off"
          {...described('user-email', wrong['email'])}
          onChange={(_event, value) => setEmail(value)}
        />
      </Field>
      <Field id="user-name" label={t('create.name')} error={wrong['name']}>
        <TextInput
          id="user-name"
          value={name}
          autoComplete="off"
          {...described('user-name', wrong['name'])}
          onChange={(_event, value) => setName(value)}
        />
      </Field>
      <Checkbox id="user-staff" label={t('user.staff')} isChecked={staff} onChange={(_event, value) => setStaff(value)} />
    </Dialog>
  );
}
