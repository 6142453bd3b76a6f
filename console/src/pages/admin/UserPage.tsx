// `/admin/users/:id`, for staff: rights, access, and the link to choose a password.
import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Form } from '@patternfly/react-core/dist/esm/components/Form';
import { Switch } from '@patternfly/react-core/dist/esm/components/Switch';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useParams } from 'react-router';
import { makePasswordLink, updateUser } from '../../api/endpoints';
import { fieldMessages } from '../../api/problem';
import { userQuery } from '../../api/queries';
import type { UpdateUser, User } from '../../api/types';
import { useMe } from '../../app/me';
import { toastDone } from '../../app/toasts';
import { t } from '../../i18n/admin';
import { dateTime } from '../../i18n/format';
import { t as shell } from '../../i18n/shell';
import { paths } from '../../paths';
import { Card } from '../../ui/Card';
import { CopyText } from '../../ui/CopyText';
import { ErrorState } from '../../ui/ErrorState';
import { described, Field } from '../../ui/Field';
import { FormProblem } from '../../ui/FormProblem';
import { Page } from '../../ui/Page';
import { PageSkeleton } from '../../ui/PageSkeleton';
import { Specs } from '../../ui/Specs';
import { TimeAgo } from '../../ui/time';
import { UserState } from './UserState';

const CRUMBS = [{ label: t('users.title'), to: paths.users() }];

export default function UserPage() {
  const { id = '' } = useParams();
  const { data: user, error, refetch } = useQuery(userQuery(id));
  if (!user) {
    if (!error) return <PageSkeleton />;
    return (
      <Page title={t('users.title')} crumbs={CRUMBS}>
        <ErrorState error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  return (
    <Page title={user.name} crumbs={CRUMBS} beside={<UserState user={user} />}>
      <div className="sw-columns">
        <div className="sw-column">
          <Settings key={user.id} user={user} />
        </div>
        <div className="sw-column">
          <PasswordLink key={user.id} user={user} />
          <Card title={t('user.overview')}>
            <Specs
              rows={[
                [t('user.email'), user.email],
                [t('user.rights'), t(user.staff ? 'user.rights.staff' : 'user.rights.customer')],
                [t('user.created'), <TimeAgo key="created" at={user.createdAt} />],
                [t('user.id'), <CopyText key="id" text={user.id} what={t('user.id')} />],
              ]}
            />
          </Card>
        </div>
      </div>
    </Page>
  );
}

function Settings({ user }: { user: User }) {
  const client = useQueryClient();
  const me = useMe();
  const [edits, setEdits] = useState<UpdateUser>({});
  const { name, staff, disabled } = { ...user, ...edits };
  const change = useMutation({
    mutationFn: () => updateUser(user.id, edits),
    onSuccess: (changed) => {
      client.setQueryData(['user', user.id], changed);
      void client.invalidateQueries({ queryKey: ['users'] });
      setEdits({});
      toastDone(t('user.changed', { email: changed.email }));
    },
  });
  const isMe = me.id === user.id;
  const wrong = fieldMessages(change.error)['name'];
  const dirty = Object.keys(edits).length > 0;
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (dirty && !change.isPending) change.mutate();
  }
  return (
    <Card title={t('user.settings')}>
      <Form noValidate onSubmit={submit}>
        <FormProblem error={wrong === undefined ? change.error : null} />
        <Field id="user-name" label={t('user.name')} error={wrong}>
          <TextInput
            id="user-name"
            value={name ?? ''}
            {...described('user-name', wrong)}
            onChange={(_event, value) => setEdits({ ...edits, name: value })}
          />
        </Field>
        <Switch
          id="user-staff"
          label={t('user.staff')}
          isChecked={staff ?? false}
          isDisabled={isMe}
          onChange={(_event, value) => setEdits({ ...edits, staff: value })}
        />
        <Switch
          id="user-disabled"
          label={t('user.disabled')}
          isChecked={disabled ?? false}
          isDisabled={isMe}
          onChange={(_event, value) => setEdits({ ...edits, disabled: value })}
        />
        {isMe && <p className="sw-quiet">{t('user.self')}</p>}
        <div className="sw-row">
          <Button type="submit" isLoading={change.isPending} isDisabled={!dirty}>
            {shell('save')}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function PasswordLink({ user }: { user: User }) {
  const link = useMutation({ mutationFn: () => makePasswordLink(user.id) });
  return (
    <Card title={t('link.title')}>
      <p>{t('link.body')}</p>
      <FormProblem error={link.error} />
      {link.data && (
        <>
          <CopyText block text={link.data.url} what={t('link.what')} />
          <p className="sw-quiet">{t('link.until', { date: dateTime(link.data.expiresAt) })}</p>
        </>
      )}
      <div className="sw-row">
        <Button variant="secondary" isLoading={link.isPending} onClick={() => link.mutate()}>
          {t('link.go')}
        </Button>
      </div>
    </Card>
  );
}
