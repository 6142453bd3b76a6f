// `/servers/:id`: one server, live.
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { ApiError } from '../../api/problem';
import { serverQuery } from '../../api/queries';
import { isDeleted } from '../../api/status';
import type { Server } from '../../api/types';
import { t } from '../../i18n/detail';
import { t as lists } from '../../i18n/servers';
import { paths } from '../../paths';
import { ErrorState } from '../../ui/ErrorState';
import { Freshness, StaleBanner } from '../../ui/Freshness';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { PageSkeleton } from '../../ui/PageSkeleton';
import { StatusLabel } from '../../ui/StatusLabel';
import { Actions } from './Actions';
import { Connect } from './Connect';
import { Devices } from './Devices';
import { DriftCard } from './DriftCard';
import { GitCard } from './GitCard';
import { Health } from './Health';
import { History } from './History';
import { Notices } from './Notices';
import { OperationCard } from './OperationCard';
import { Overview } from './Overview';
import { ServerDialogs, useServerDialogs } from './ServerDialogs';
import { Settings } from './Settings';
import { Stores } from './Stores';

const CRUMBS = [{ label: lists('title'), to: paths.servers() }];

export default function ServerPage() {
  const { id = '' } = useParams();
  const query = serverQuery(id);
  const { data: server, error, refetch } = useQuery(query);
  if (server) return <Detail key={id} server={server} query={query} />;
  if (error instanceof ApiError && error.status === 404) return <NoServer />;
  if (error) {
    return (
      <Page title={lists('title')} crumbs={CRUMBS}>
        <ErrorState error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  return <PageSkeleton />;
}

function Detail({ server, query }: { server: Server; query: ReturnType<typeof serverQuery> }) {
  const dialogs = useServerDialogs();
  // There is no machine of which anything could be shown.
  const unlinked = server.phase === 'Unlinked';
  return (
    <Page
      title={server.name}
      crumbs={CRUMBS}
      beside={<StatusLabel server={server} large />}
      actions={
        <>
          <Freshness query={query} />
          <Actions server={server} open={dialogs.open} />
        </>
      }
    >
      <StaleBanner query={query} />
      <Notices server={server} open={dialogs.open} />
      <OperationCard server={server} />
      <div className="sw-columns">
        <div className="sw-column">
          {!unlinked && <Connect server={server} />}
          <Overview server={server} open={dialogs.open} />
          {!isDeleted(server) && !unlinked && <Devices server={server} open={dialogs.open} />}
          {!isDeleted(server) && !unlinked && <Stores server={server} open={dialogs.open} />}
          <History server={server} />
        </div>
        <div className="sw-column">
          {!isDeleted(server) && !unlinked && (
            <>
              <Health server={server} />
              <DriftCard server={server} />
              <Settings server={server} />
              <GitCard server={server} />
            </>
          )}
        </div>
      </div>
      <ServerDialogs dialogs={dialogs} />
    </Page>
  );
}

function NoServer() {
  return (
    <Page title={t('notFound.title')} crumbs={CRUMBS}>
      <Notice title={t('notFound.title')} role="alert">
        <p>{t('notFound.body')}</p>
        <Link to={paths.servers()}>{t('notFound.back')}</Link>
      </Notice>
    </Page>
  );
}
