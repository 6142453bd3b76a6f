// `/admin/sites/:name`, for staff: one site, live, and what to do about each finding.
import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { ApiError } from '../../api/problem';
import { siteQuery } from '../../api/queries';
import type { SiteDetail } from '../../api/types';
import { memory, number } from '../../i18n/format';
import { t } from '../../i18n/site';
import { paths } from '../../paths';
import { Card } from '../../ui/Card';
import { ErrorState } from '../../ui/ErrorState';
import { Freshness, StaleBanner } from '../../ui/Freshness';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { PageSkeleton } from '../../ui/PageSkeleton';
import { Specs } from '../../ui/Specs';
import { TimeAgo } from '../../ui/time';
import { Adoption } from './Adoption';
import { Doctor, Orphans, Quarantine } from './Findings';
import { State } from './State';

const CRUMBS = [{ label: t('title'), to: paths.sites() }];

export default function SitePage() {
  const { name = '' } = useParams();
  const query = siteQuery(name);
  const { data: site, error, refetch } = useQuery(query);
  if (!site) {
    if (!error) return <PageSkeleton />;
    const missing = error instanceof ApiError && error.status === 404;
    return (
      <Page title={missing ? t('notFound.title') : t('title')} crumbs={CRUMBS}>
        {missing ? (
          <Notice title={t('notFound.title')} role="alert">
            <p>{t('notFound.body')}</p>
          </Notice>
        ) : (
          <ErrorState error={error} retry={() => void refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={site.displayName}
      crumbs={CRUMBS}
      beside={<Label color={site.ready ? 'green' : 'red'}>{t(site.ready ? 'ready' : 'notReady')}</Label>}
      actions={<Freshness query={query} />}
    >
      <StaleBanner query={query} />
      <div className="sw-columns">
        <div className="sw-column">
          <State site={site} />
          <Doctor site={site} />
          <Quarantine site={site} />
          <Orphans site={site} />
          <Adoption site={site} />
        </div>
        <div className="sw-column">
          <Nodes site={site} />
          <Facts site={site} />
        </div>
      </div>
    </Page>
  );
}

function Nodes({ site }: { site: SiteDetail }) {
  return (
    <Card title={t('nodes.title')}>
      {site.nodes.length === 0 ? (
        <p className="sw-quiet">{t('nodes.empty')}</p>
      ) : (
        <table className="sw-plain">
          <thead>
            <tr>
              <th scope="col">{t('nodes.name')}</th>
              <th scope="col">{t('nodes.state')}</th>
              <th scope="col">{t('nodes.size')}</th>
            </tr>
          </thead>
          <tbody>
            {site.nodes.map((node) => (
              <tr key={node.name}>
                <th scope="row">{node.name}</th>
                <td className={node.online ? undefined : 'sw-bad'}>
                  {t(node.online ? 'nodes.online' : 'nodes.offline')}
                  {node.cordoned && `, ${t('nodes.cordoned')}`}
                </td>
                <td>{t('nodes.size.value', { cores: node.cores, memory: memory(node.memoryMiB) })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function Facts({ site }: { site: SiteDetail }) {
  const { vmidStart, vmidEnd, nextVmid } = site;
  const range = { start: String(vmidStart), end: String(vmidEnd), next: nextVmid === null ? '?' : String(nextVmid) };
  return (
    <Card title={t('facts.title')}>
      <Specs
        rows={[
          [t('facts.region'), site.region],
          [t('facts.servers'), number(site.servers)],
          [t('facts.version'), site.version ?? '?'],
          ...site.endpoints.map((endpoint, index): [string, string] => [index === 0 ? t('facts.endpoints') : '', endpoint]),
          [
            t('facts.identity'),
            <span key="identity" className="sw-break">
              {site.clusterIdentity ?? '?'}
            </span>,
          ],
          [t('facts.range'), t('facts.range.value', range)],
          site.observedAt !== null && [t('facts.observed'), <TimeAgo key="observed" at={site.observedAt} />],
          site.epochs.length > 0 && [t('facts.epochs'), site.epochs.map((epoch) => `${epoch.number}.${epoch.nonce}`).join(', ')],
        ]}
      />
    </Card>
  );
}
