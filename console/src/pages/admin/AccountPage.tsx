// `/admin/accounts/:id`, for staff: the account and its members.
import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { Form } from '@patternfly/react-core/dist/esm/components/Form';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useParams } from 'react-router';
import { renameAccount } from '../../api/endpoints';
import { fieldMessages } from '../../api/problem';
import { accountQuery } from '../../api/queries';
import type { Account } from '../../api/types';
import { toastDone } from '../../app/toasts';
import { t } from '../../i18n/admin';
import { number } from '../../i18n/format';
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
import { CarriedCard } from './CarriedCard';
import { Members } from './Members';

const CRUMBS = [{ label: t('accounts.title'), to: paths.accounts() }];

export default function AccountPage() {
  const { id = '' } = useParams();
  const { data: account, error, refetch } = useQuery(accountQuery(id));
  if (!account) {
    if (!error) return <PageSkeleton />;
    return (
      <Page title={t('accounts.title')} crumbs={CRUMBS}>
        <ErrorState error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  return (
    <Page title={account.name} crumbs={CRUMBS}>
      <div className="sw-columns">
        <div className="sw-column">
          <Members account={account} />
        </div>
        <div className="sw-column">
          <Overview account={account} />
          {account.carriedOverAt !== null && <CarriedCard account={account} />}
          <Rename account={account} />
        </div>
      </div>
    </Page>
  );
}

function Overview({ account }: { account: Account }) {
  return (
    <Card
      title={t('account.overview')}
      end={<Link to={`${paths.servers()}?account=${account.id}`}>{t('account.servers.show')}</Link>}
    >
      <Specs
        rows={[
          [t('account.servers'), number(account.serverCount)],
          [t('account.members'), number(account.memberCount)],
          [t('account.namespace'), <CopyText key="namespace" text={account.namespace} what={t('account.namespace.what')} />],
          [t('account.created'), <TimeAgo key="created" at={account.createdAt} />],
          [t('account.id'), <CopyText key="id" text={account.id} what={t('account.id')} />],
        ]}
      />
    </Card>
  );
}

function Rename({ account }: { account: Account }) {
  const client = useQueryClient();
  const [name, setName] = useState(account.name);
  const rename = useMutation({
    mutationFn: () => renameAccount(account.id, name.trim()),
    onSuccess: (renamed) => {
      client.setQueryData(['account', account.id], renamed);
      void client.invalidateQueries({ queryKey: ['accounts'] });
      toastDone(t('account.renamed'));
    },
  });
  const wrong = fieldMessages(rename.error)['name'];
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (name.trim() !== '' && name.trim() !== account.name) rename.mutate();
  }
  return (
    <Card title={t('account.rename')}>
      <Form className="sw-stack" noValidate onSubmit={submit}>
        <FormProblem error={wrong === undefined ? rename.error : null} />
        <Field id="account-name" label={t('account.name')} error={wrong}>
          <TextInput
            id="account-name"
            value={name}
            {...described('account-name', wrong)}
            onChange={(_event, value) => setName(value)}
          />
        </Field>
        <div className="sw-row">
          <Button
            type="submit"
            variant="secondary"
            isLoading={rename.isPending}
            isDisabled={name.trim() === '' || name.trim() === account.name}
          >
            {t('account.rename')}
          </Button>
        </div>
      </Form>
    </Card>
  );
}
