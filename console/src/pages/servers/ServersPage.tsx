// `/servers`: everything that the person owns, live.
import { PlusCircleIcon } from '@patternfly/react-icons/dist/esm/icons/plus-circle-icon';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ServerFilter } from '../../api/endpoints';
import { serversQuery } from '../../api/queries';
import { useMe } from '../../app/me';
import { t } from '../../i18n/servers';
import { paths } from '../../paths';
import { DataTable } from '../../table/DataTable';
import { PagerBar } from '../../table/PagerBar';
import { type ListState, useListState } from '../../table/url-state';
import { ErrorState } from '../../ui/ErrorState';
import { StaleBanner } from '../../ui/Freshness';
import { LinkButton } from '../../ui/LinkButton';
import { Page } from '../../ui/Page';
import { ServerDialogs, useServerDialogs } from '../server/ServerDialogs';
import { columnsFor } from './columns';
import { NoServers, NothingFound } from './empty';
import { Filters } from './Filters';
import { PHASES } from './phases';

export default function ServersPage() {
  const me = useMe();
  const list = useListState();
  const query = serversQuery(filterOf(list));
  const { data, error, isPlaceholderData, refetch } = useQuery(query);
  const dialogs = useServerDialogs();
  const columns = useMemo(() => columnsFor(me, dialogs.open), [me, dialogs.open]);
  const filtered = ['search', 'phase', 'account', 'site'].some((name) => list.get(name) !== undefined);

  return (
    <Page title={t('title')} actions={<CreateButton />}>
      <StaleBanner query={query} />
      {(filtered || data === undefined || data.total > 0) && (
        <Filters list={list} query={query} total={data?.total} staff={me.staff} />
      )}
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : data?.items.length === 0 ? (
        filtered ? (
          <NothingFound list={list} />
        ) : (
          <NoServers />
        )
      ) : (
        <>
          <DataTable
            label={t('table.label')}
            columns={columns}
            rows={data?.items}
            rowKey={(server) => server.id}
            sort={sortOf(list)}
            onSort={(sort) => list.set({ sort })}
            dimmed={isPlaceholderData}
          />
          {data && <PagerBar pager={list.pager} shown={data.items.length} total={data.total} nextCursor={data.nextCursor} />}
        </>
      )}
      <ServerDialogs dialogs={dialogs} />
    </Page>
  );
}

function CreateButton() {
  return (
    <LinkButton to={paths.createServer()} icon={<PlusCircleIcon />}>
      {t('create')}
    </LinkButton>
  );
}

type Sort = NonNullable<ServerFilter['sort']>;

const SORTS: readonly string[] = [
  'name',
  '-name',
  'createdAt',
  '-createdAt',
  'phase',
  '-phase',
  'plan',
  '-plan',
] satisfies Sort[];
const NEWEST_FIRST: Sort = '-createdAt';

/** What the address asks for; a sort or status that does not exist is as good as none. */
function filterOf(list: ListState): ServerFilter {
  const phase = list.get('phase');
  return {
    limit: list.perPage,
    cursor: list.cursor,
    search: list.get('search'),
    sort: sortOf(list),
    phase: PHASES.find((known) => known.phase === phase)?.phase,
    accountId: list.get('account'),
    site: list.get('site'),
  };
}

function sortOf({ sort }: ListState): Sort {
  return sort !== undefined && SORTS.includes(sort) ? (sort as Sort) : NEWEST_FIRST;
}
