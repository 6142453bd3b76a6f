import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { operationsQuery } from '../../api/queries';
import type { Server } from '../../api/types';
import { t } from '../../i18n/operation';
import { paths } from '../../paths';
import { Card } from '../../ui/Card';
import { OperationStatusLabel, operationName } from '../../ui/operations';
import { TimeAgo } from '../../ui/time';

const SHOWN = 5;

/** The newest operations of this server. */
export function History({ server }: { server: Server }) {
  const { data } = useQuery(operationsQuery({ serverId: server.id, limit: SHOWN }));
  return (
    <Card
      title={t('history.title')}
      end={
        <Link to={paths.operations({ server: server.id })} className="sw-card__actions">
          {t('history.all')}
        </Link>
      }
    >
      {data?.items.length === 0 && <p className="sw-quiet">{t('history.empty')}</p>}
      <ul className="sw-history">
        {data?.items.map((operation) => (
          <li key={operation.id}>
            <span>{operationName(operation)}</span>
            <OperationStatusLabel operation={operation} />
            <span className="sw-quiet">{operation.requestedBy?.email ?? t('who.unknown')}</span>
            <span className="sw-quiet">
              <TimeAgo at={operation.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
