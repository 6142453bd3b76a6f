// `/operations`: everything that was asked, newest first.
import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect';
import { HistoryIcon } from '@patternfly/react-icons/dist/esm/icons/history-icon';
import { useQuery } from '@tanstack/react-query';
import type { OperationFilter } from '../../api/endpoints';
import { operationsQuery } from '../../api/queries';
import type { OperationStatus } from '../../api/types';
import { t } from '../../i18n/operation';
import { DataTable } from '../../table/DataTable';
import { PagerBar } from '../../table/PagerBar';
import { type ListState, useListState } from '../../table/url-state';
import { ErrorState } from '../../ui/ErrorState';
import { Freshness, StaleBanner } from '../../ui/Freshness';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { columns } from './columns';

/** In the address as a status, in the API a question of its own. */
const WAITING = 'waiting';
const STATUSES: OperationStatus[] = ['accepted', 'running', 'succeeded', 'failed', 'superseded', 'expired'];

export default function OperationsPage() {
  const list = useListState();
  const query = operationsQuery(filterOf(list));
  const { data, error, isPlaceholderData, refetch } = useQuery(query);
  const filtered = list.get('status') !== undefined || list.get('server') !== undefined;
  return (
    <Page title={t('title')} lead={t('lead')}>
      <StaleBanner query={query} />
      <search className="sw-toolbar">
        <FormSelect
          className="sw-toolbar__select"
          aria-label={t('filter.label')}
          value={list.get('status') ?? ''}
          onChange={(_event, status) => list.set({ status })}
        >
          <FormSelectOption value="" label={t('filter.all')} />
          {STATUSES.map((status) => (
            <FormSelectOption key={status} value={status} label={t(`status.${status}`)} />
          ))}
          <FormSelectOption value={WAITING} label={t('filter.waiting')} />
        </FormSelect>
        {list.get('server') !== undefined && (
          <span>
            {t('ofServer', { name: data?.items[0]?.serverName ?? '…' })}{' '}
            <Button variant="link" isInline onClick={() => list.set({ server: undefined })}>
              {t('ofServer.clear')}
            </Button>
          </span>
        )}
        <span className="sw-toolbar__end">
          <Freshness query={query} />
        </span>
      </search>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : data?.items.length === 0 ? (
        <Nothing filtered={filtered} clear={() => list.set({ status: undefined, server: undefined })} />
      ) : (
        <>
          <DataTable
            label={t('table.label')}
            columns={columns}
            rows={data?.items}
            rowKey={(operation) => operation.id}
            dimmed={isPlaceholderData}
          />
          {data && <PagerBar pager={list.pager} shown={data.items.length} total={data.total} nextCursor={data.nextCursor} />}
        </>
      )}
    </Page>
  );
}

function Nothing({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  return (
    <Notice icon={<HistoryIcon />} title={t(filtered ? 'empty.filtered' : 'empty.title')} role="status">
      {filtered ? (
        <Button variant="secondary" onClick={clear}>
          {t('empty.clear')}
        </Button>
      ) : (
        <p>{t('empty.body')}</p>
      )}
    </Notice>
  );
}

function filterOf(list: ListState): OperationFilter {
  const status = list.get('status');
  return {
    limit: list.perPage,
    cursor: list.cursor,
    serverId: list.get('server'),
    status: STATUSES.find((known) => known === status),
    waiting: status === WAITING ? true : undefined,
  };
}
