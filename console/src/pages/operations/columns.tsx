import { Link } from 'react-router';
import { isUnfinished } from '../../api/status';
import type { Operation } from '../../api/types';
import { duration } from '../../i18n/format';
import { t } from '../../i18n/operation';
import { explain } from '../../i18n/reasons';
import { paths } from '../../paths';
import type { Column } from '../../table/DataTable';
import { OperationStatusLabel, operationName } from '../../ui/operations';
import { TimeAgo, useNow } from '../../ui/time';

export const columns: Column<Operation>[] = [
  { key: 'what', label: t('column.what'), width: '12%', cell: operationName },
  {
    key: 'server',
    label: t('column.server'),
    width: '19%',
    cell: (operation) => (
      <Link className="sw-name" to={paths.server(operation.serverId)}>
        {operation.serverName}
      </Link>
    ),
  },
  { key: 'status', label: t('column.status'), width: '26%', cell: (operation) => <StatusCell operation={operation} /> },
  { key: 'who', label: t('column.who'), width: '18%', cell: (operation) => operation.requestedBy?.email ?? t('who.unknown') },
  { key: 'when', label: t('column.when'), width: '14%', cell: (operation) => <TimeAgo at={operation.createdAt} /> },
  { key: 'took', label: t('column.took'), width: '11%', cell: (operation) => <Took operation={operation} /> },
];

function StatusCell({ operation }: { operation: Operation }) {
  const why = operation.message ?? (operation.reason === null ? null : explain(operation.reason).what);
  const helps = isUnfinished(operation) || operation.status === 'failed';
  const next = helps && operation.reason !== null ? explain(operation.reason).next : null;
  const silent = operation.status === 'succeeded' && operation.reason === null;
  return (
    <div className="sw-two">
      <span>
        <OperationStatusLabel operation={operation} />
      </span>
      {!silent && why !== null && <span>{why}</span>}
      {next !== null && (
        <span>
          <em>{t('next')}</em> {next}
        </span>
      )}
    </div>
  );
}

function Took({ operation }: { operation: Operation }) {
  if (isUnfinished(operation)) return <SoFar since={operation.createdAt} />;
  if (operation.finishedAt === null) return null;
  return <span className="sw-number">{duration(Date.parse(operation.finishedAt) - Date.parse(operation.createdAt))}</span>;
}

function SoFar({ since }: { since: string }) {
  const now = useNow();
  return <span className="sw-number">{duration(now - Date.parse(since))}</span>;
}
