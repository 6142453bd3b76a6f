// What pages of read-only history share: whose it is, from before when, and a table of it page by page.
import { Alert } from '@patternfly/react-core/dist/esm/components/Alert';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { type QueryKey, type UseQueryOptions, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { accountQuery } from '../api/queries';
import type { Page as PageOf } from '../api/types';
import { useMe } from '../app/me';
import { date } from '../i18n/format';
import { t } from '../i18n/history';
import { t as admin } from '../i18n/admin';
import { paths } from '../paths';
import { type Column, DataTable } from '../table/DataTable';
import { PagerBar } from '../table/PagerBar';
import type { ListState } from '../table/url-state';
import { ErrorState } from './ErrorState';
import { Notice } from './Notice';
import { Page } from './Page';
import { PageSkeleton } from './PageSkeleton';

interface HistoryPageProps {
  accountId: string;
  title: string;
  /** What the reader has to know about these records. */
  about: string;
  /** This page of another account of the reader's. */
  of?: (accountId: string) => string;
  crumbs?: { label: string; to: string }[];
  children: ReactNode;
}

const NO_CRUMBS: NonNullable<HistoryPageProps['crumbs']> = [];

/** A page of an account's history, plainly marked as such. */
export function HistoryPage({ accountId, title, about, of, crumbs = NO_CRUMBS, children }: HistoryPageProps) {
  const me = useMe();
  const mine = me.accounts.find(({ id }) => id === accountId);
  const { data, error, refetch } = useQuery({ ...accountQuery(accountId), enabled: me.staff && !mine });
  const account = mine ?? data;
  if (!account && me.staff && !error) return <PageSkeleton />;
  const above = me.staff
    ? [
        { label: admin('accounts.title'), to: paths.accounts() },
        ...(account ? [{ label: account.name, to: paths.account(accountId) }] : []),
      ]
    : [];
  const carriedOverAt = account?.carriedOverAt ?? null;
  return (
    <Page title={title} crumbs={[...above, ...crumbs]}>
      {error ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : carriedOverAt === null ? (
        <Notice title={t('none.title')} role="status">
          <p>{t('none.body')}</p>
        </Notice>
      ) : (
        <>
          <Alert isInline variant="info" component="h2" title={t('before.title', { date: date(carriedOverAt) })}>
            <p>{about}</p>
          </Alert>
          {of && <AccountChoice accountId={accountId} of={of} />}
          {children}
        </>
      )}
    </Page>
  );
}

/** For people with several carried accounts. */
function AccountChoice({ accountId, of }: { accountId: string; of: (accountId: string) => string }) {
  const carried = useMe().accounts.filter((account) => account.carriedOverAt !== null);
  const navigate = useNavigate();
  if (carried.length < 2) return null;
  return (
    <div className="sw-toolbar">
      <FormSelect
        className="sw-toolbar__select"
        aria-label={t('account')}
        value={accountId}
        onChange={(_event, chosen) => void navigate(of(chosen))}
      >
        {carried.map(({ id, name }) => (
          <FormSelectOption key={id} value={id} label={name} />
        ))}
      </FormSelect>
    </div>
  );
}

interface HistoryTableProps<T, K extends QueryKey> {
  label: string;
  empty: string;
  columns: Column<T>[];
  query: UseQueryOptions<PageOf<T>, Error, PageOf<T>, K>;
  list: ListState;
}

export function HistoryTable<T extends { id: string }, K extends QueryKey>({
  label,
  empty,
  columns,
  query,
  list,
}: HistoryTableProps<T, K>) {
  const { data, error, refetch, isPlaceholderData } = useQuery(query);
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (data?.items.length === 0) {
    return (
      <Notice title={empty} role="status">
        <p>{t('empty.body')}</p>
      </Notice>
    );
  }
  return (
    <>
      <DataTable label={label} columns={columns} rows={data?.items} rowKey={({ id }) => id} dimmed={isPlaceholderData} />
      {data && <PagerBar pager={list.pager} shown={data.items.length} total={data.total} nextCursor={data.nextCursor} />}
    </>
  );
}
