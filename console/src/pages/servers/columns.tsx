// The columns of the server list. Staff see whose server it is.
import { ExclamationCircleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { Link } from 'react-router';
import { isChanging } from '../../api/status';
import type { Me, Server } from '../../api/types';
import { date, disk, memory } from '../../i18n/format';
import { explain } from '../../i18n/reasons';
import { t as words } from '../../i18n/server';
import { t } from '../../i18n/servers';
import { paths } from '../../paths';
import type { Column } from '../../table/DataTable';
import { CopyText } from '../../ui/CopyText';
import { StatusLabel } from '../../ui/StatusLabel';
import { TimeAgo } from '../../ui/time';
import type { OpenDialog } from '../server/ServerDialogs';
import { ServerMenu } from './ServerMenu';

export function columnsFor(me: Me, open: OpenDialog): Column<Server>[] {
  const several = me.staff || me.accounts.length > 1;
  const columns: (Column<Server> | false)[] = [
    { key: 'name', label: t('column.name'), sort: 'name', width: '20%', cell: (server) => <Name server={server} /> },
    { key: 'status', label: t('column.status'), sort: 'phase', width: '17%', cell: (server) => <StatusCell server={server} /> },
    { key: 'plan', label: t('column.plan'), sort: 'plan', width: '20%', cell: (server) => <PlanCell server={server} /> },
    { key: 'address', label: t('column.address'), width: '19%', cell: (server) => <Address server={server} /> },
    { key: 'site', label: t('column.site'), width: '8%', cell: (server) => server.site },
    several && {
      key: 'account',
      label: t('column.account'),
      width: '12%',
      cell: (server) => server.accountName ?? t('account.unassigned'),
    },
    { key: 'age', label: t('column.age'), sort: 'createdAt', width: '14%', cell: (server) => <TimeAgo at={server.createdAt} /> },
    {
      key: 'actions',
      label: '',
      hiddenLabel: t('column.actions'),
      width: '4.5rem',
      cell: (server) => <ServerMenu server={server} open={open} />,
    },
  ];
  return columns.filter((column) => column !== false);
}

function Name({ server }: { server: Server }) {
  return (
    <div className="sw-two">
      <Link className="sw-name" to={paths.server(server.id)}>
        {server.name}
      </Link>
      <span>{server.image}</span>
    </div>
  );
}

function StatusCell({ server }: { server: Server }) {
  const failed = server.operation?.status === 'failed' && !server.retained;
  return (
    <div className="sw-two">
      <span>
        <StatusLabel server={server} />
      </span>
      {server.retained && !server.retained.purging && (
        <span>
          {server.retained.until === null ? words('gone.kept') : words('gone.until', { date: date(server.retained.until) })}
        </span>
      )}
      {!server.retained && failed && (
        <span className="sw-bad">
          <ExclamationCircleIcon /> {t('failed.hint')}
        </span>
      )}
      {!server.retained && !failed && !server.ready && server.reason !== null && isChanging(server) && (
        <span>{explain(server.reason).what}</span>
      )}
      {server.phase === 'Unlinked' && (
        <>
          <span>{server.message}</span>
          <span>{explain('Unlinked').next}</span>
        </>
      )}
      {!server.retained && server.restartRequired && <span>{words('restartRequired')}</span>}
    </div>
  );
}

function PlanCell({ server }: { server: Server }) {
  return (
    <div className="sw-two">
      <span>{server.plan}</span>
      <span>{words('sizes', { cores: server.cores, memory: memory(server.memoryMiB), disk: disk(server.diskGiB) })}</span>
    </div>
  );
}

function Address({ server }: { server: Server }) {
  const [first, ...more] = server.addresses;
  if (first === undefined) return <span className="sw-quiet">{t(isChanging(server) ? 'address.pending' : 'address.none')}</span>;
  return (
    <span>
      <CopyText text={first} what={t('address.of', { name: server.name })} />
      {more.length > 0 && (
        <span className="sw-quiet" title={more.join('\n')}>
          {' '}
          {t('address.more', { count: more.length })}
        </span>
      )}
    </span>
  );
}
