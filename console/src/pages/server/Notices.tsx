import { Alert } from '@patternfly/react-core/dist/esm/components/Alert';
import { Link } from 'react-router';
import { isUnfinished } from '../../api/status';
import type { Server } from '../../api/types';
import { useMe } from '../../app/me';
import { t } from '../../i18n/detail';
import { dateTime } from '../../i18n/format';
import { paths } from '../../paths';
import { ActionButton } from './Actions';
import type { OpenDialog } from './ServerDialogs';

/** What everybody should see first: gone, deleted, suspended, waiting for a restart. */
export function Notices({ server, open }: { server: Server; open: OpenDialog }) {
  const { staff } = useMe();
  if (server.gone || server.retained?.purging === true) {
    const which = server.gone ? 'gone' : 'purging';
    return (
      <Alert isInline variant="warning" component="h2" title={t(`${which}.title`)}>
        <p>{t(`${which}.body`)}</p>
      </Alert>
    );
  }
  if (server.retained) {
    const { until } = server.retained;
    return (
      <Alert
        isInline
        variant="warning"
        component="h2"
        title={t('deleted.title')}
        actionLinks={
          <>
            <ActionButton action="undelete" server={server} open={open} variant="link" label={t('deleted.undo')} />
            <ActionButton action="purge" server={server} open={open} variant="link" label={t('deleted.purge')} />
          </>
        }
      >
        <p>{until === null ? t('deleted.kept') : t('deleted.until', { date: dateTime(until) })}</p>
      </Alert>
    );
  }
  if (server.phase === 'Unlinked') {
    return (
      <Alert
        isInline
        variant="warning"
        component="h2"
        title={t('unlinked.title')}
        actionLinks={<Link to={paths.migrations()}>{t('unlinked.runs')}</Link>}
      >
        <p>{server.message}</p>
        <p>{t('unlinked.body')}</p>
      </Alert>
    );
  }
  if (server.suspended !== null || server.phase === 'Suspended') {
    return (
      <Alert
        isInline
        variant="warning"
        component="h2"
        title={t('suspended.title')}
        actionLinks={staff && <ActionButton action="resume" server={server} open={open} variant="link" />}
      >
        <p>{server.suspended?.reason ?? server.message}</p>
        <p>{t(staff ? 'suspended.staff' : 'suspended.body')}</p>
      </Alert>
    );
  }
  if (server.restartRequired && !isUnfinished(server.operation)) {
    return (
      <Alert
        isInline
        variant="info"
        component="h2"
        title={t('restart.title')}
        actionLinks={<ActionButton action="restart" server={server} open={open} variant="link" label={t('restart.go')} />}
      >
        <p>{t('restart.body')}</p>
      </Alert>
    );
  }
  return null;
}
