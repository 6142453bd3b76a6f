// `/admin/accounts`, for staff.
import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { accountsQuery } from '../../api/queries';
import type { Account } from '../../api/types';
import { t } from '../../i18n/admin';
import { number } from '../../i18n/format';
import { paths } from '../../paths';
import { type Column, DataTable } from '../../table/DataTable';
import { PagerBar } from '../../table/PagerBar';
import { useListState } from '../../table/url-state';
import { ErrorState } from '../../ui/ErrorState';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { TimeAgo } from '../../ui/time';
import { NewAccountDialog } from './NewAccountDialog';

const columns: Column<Account>[] = [
  {
    key: 'name',
    label: t('account.name'),
    width: '30%',
    cell: ({ id, name }) => (
      <Link className="sw-name" to={paths.account(id)}>
        {name}
      </Link>
    ),
  },
  { key: 'namespace', label: t('account.namespace'), width: '30%', cell: ({ namespace }) => <code>{namespace}</code> },
  { key: 'servers', label: t('account.servers'), width: '12%', cell: ({ serverCount }) => number(serverCount) },
  { key: 'members', label: t('account.members'), width: '12%', cell: ({ memberCount }) => number(memberCount) },
  { key: 'created', label: t('account.created'), width: '16%', cell: ({ createdAt }) => <TimeAgo at={createdAt} /> },
];

export default function AccountsPage() {
  const list = useListState();
  const { data, error, refetch, isPlaceholderData } = useQuery(accountsQuery({ limit: list.perPage, cursor: list.cursor }));
  const [making, setMaking] = useState(false);
  return (
    <Page
      title={t('accounts.title')}
      lead={t('accounts.lead')}
      actions={<Button onClick={() => setMaking(true)}>{t('accounts.new')}</Button>}
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : data?.items.length === 0 ? (
        <Notice title={t('accounts.empty')}>
          <p>{t('accounts.empty.body')}</p>
        </Notice>
      ) : (
        <DataTable
          label={t('accounts.title')}
          columns={columns}
          rows={data?.items}
          rowKey={(account) => account.id}
          dimmed={isPlaceholderData}
        />
      )}
      {data && <PagerBar pager={list.pager} shown={data.items.length} total={data.total} nextCursor={data.nextCursor} />}
      {making && <NewAccountDialog close={() => setMaking(false)} />}
    </Page>
  );
}
