// `/admin/sites`, for staff.
import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { sitesQuery } from '../../api/queries';
import type { Site } from '../../api/types';
import { STOPS, t } from '../../i18n/site';
import { paths } from '../../paths';
import { type Column, DataTable } from '../../table/DataTable';
import { ErrorState } from '../../ui/ErrorState';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';

const columns: Column<Site>[] = [
  {
    key: 'name',
    label: t('column.name'),
    width: '30%',
    cell: ({ name, displayName }) => (
      <Link className="sw-name" to={paths.site(name)}>
        {displayName}
      </Link>
    ),
  },
  { key: 'region', label: t('column.region'), width: '20%', cell: ({ region }) => region },
  { key: 'state', label: t('column.state'), width: '50%', cell: (site) => <State site={site} /> },
];

function State({ site: { ready, reason, message } }: { site: Site }) {
  const why = reason === null ? message : (STOPS[reason]?.what ?? message);
  return (
    <div className="sw-two">
      <span>
        <Label isCompact color={ready ? 'green' : 'red'}>
          {t(ready ? 'ready' : 'notReady')}
        </Label>
      </span>
      {!ready && why !== null && <span>{why}</span>}
    </div>
  );
}

export default function SitesPage() {
  const { data, error, refetch } = useQuery({ ...sitesQuery, staleTime: 0 });
  return (
    <Page title={t('title')} lead={t('lead')}>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : data?.length === 0 ? (
        <Notice title={t('empty')}>
          <p>{t('empty.body')}</p>
        </Notice>
      ) : (
        <DataTable label={t('title')} columns={columns} rows={data} rowKey={(site) => site.name} />
      )}
    </Page>
  );
}
