// `/admin/migrations`, for staff: the runs of slipway-migrate.
import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { migrationsQuery } from '../../api/queries';
import type { MigrationRun } from '../../api/types';
import { dateTime } from '../../i18n/format';
import { t } from '../../i18n/migration';
import { paths } from '../../paths';
import { type Column, DataTable } from '../../table/DataTable';
import { PagerBar } from '../../table/PagerBar';
import { useListState } from '../../table/url-state';
import { ErrorState } from '../../ui/ErrorState';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { RunState } from './RunState';

const columns: Column<MigrationRun>[] = [
  {
    key: 'started',
    label: t('column.started'),
    width: '24%',
    cell: ({ id, startedAt }) => (
      <Link className="sw-name" to={paths.migration(id)}>
        {dateTime(startedAt)}
      </Link>
    ),
  },
  { key: 'source', label: t('column.source'), width: '14%', cell: ({ source }) => source },
  { key: 'status', label: t('column.status'), width: '22%', cell: (run) => <RunState run={run} /> },
  {
    key: 'rows',
    label: t('column.rows'),
    width: '22%',
    cell: ({ created, changed, unchanged }) => (
      <div className="sw-two">
        <span>{t('rows', { created, changed })}</span>
        <span>{t('rows.unchanged', { count: unchanged })}</span>
      </div>
    ),
  },
  {
    key: 'findings',
    label: t('column.findings'),
    width: '18%',
    cell: ({ findings, conflicts }) => (
      <div className="sw-two">
        <span>{t('findings', { count: findings })}</span>
        {conflicts > 0 && (
          <span>
            <Label isCompact color="orange">
              {t('conflicts', { count: conflicts })}
            </Label>
          </span>
        )}
      </div>
    ),
  },
];

export default function MigrationsPage() {
  const list = useListState();
  const { data, error, refetch, isPlaceholderData } = useQuery(migrationsQuery({ limit: list.perPage, cursor: list.cursor }));
  return (
    <Page title={t('title')} lead={t('lead')}>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : data?.items.length === 0 ? (
        <Notice title={t('empty.title')} role="status">
          <p>{t('empty.body')}</p>
        </Notice>
      ) : (
        <DataTable label={t('title')} columns={columns} rows={data?.items} rowKey={({ id }) => id} dimmed={isPlaceholderData} />
      )}
      {data && <PagerBar pager={list.pager} shown={data.items.length} total={data.total} nextCursor={data.nextCursor} />}
    </Page>
  );
}
