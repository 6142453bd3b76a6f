// `/admin/users`, for staff.
import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { usersQuery } from '../../api/queries';
import type { User } from '../../api/types';
import { t } from '../../i18n/admin';
import { paths } from '../../paths';
import { type Column, DataTable } from '../../table/DataTable';
import { PagerBar } from '../../table/PagerBar';
import { useListState } from '../../table/url-state';
import { ErrorState } from '../../ui/ErrorState';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { TimeAgo } from '../../ui/time';
import { NewUserDialog } from './NewUserDialog';
import { UserState } from './UserState';

const columns: Column<User>[] = [
  {
    key: 'name',
    label: t('user.name'),
    width: '26%',
    cell: ({ id, name }) => (
      <Link className="sw-name" to={paths.user(id)}>
        {name}
      </Link>
    ),
  },
  { key: 'email', label: t('user.email'), width: '30%', cell: ({ email }) => email },
  {
    key: 'rights',
    label: t('user.rights'),
    width: '14%',
    cell: ({ staff }) => t(staff ? 'user.rights.staff' : 'user.rights.customer'),
  },
  { key: 'state', label: t('user.state'), width: '16%', cell: (user) => <UserState user={user} /> },
  { key: 'created', label: t('user.created'), width: '14%', cell: ({ createdAt }) => <TimeAgo at={createdAt} /> },
];

export default function UsersPage() {
  const list = useListState();
  const { data, error, refetch, isPlaceholderData } = useQuery(usersQuery({ limit: list.perPage, cursor: list.cursor }));
  const [making, setMaking] = useState(false);
  return (
    <Page
      title={t('users.title')}
      lead={t('users.lead')}
      actions={<Button onClick={() => setMaking(true)}>{t('users.new')}</Button>}
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : data?.items.length === 0 ? (
        <Notice title={t('users.empty')}>
          <p>{t('users.empty.body')}</p>
        </Notice>
      ) : (
        <DataTable
          label={t('users.title')}
          columns={columns}
          rows={data?.items}
          rowKey={(user) => user.id}
          dimmed={isPlaceholderData}
        />
      )}
      {data && <PagerBar pager={list.pager} shown={data.items.length} total={data.total} nextCursor={data.nextCursor} />}
      {making && <NewUserDialog close={() => setMaking(false)} />}
    </Page>
  );
}
