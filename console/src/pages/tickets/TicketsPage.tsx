// `/accounts/:accountId/tickets`: tickets from before the cut-over, read-only.
import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import { Link, useParams } from 'react-router';
import { ticketsQuery } from '../../api/queries';
import type { CarriedTicket } from '../../api/types';
import { date } from '../../i18n/format';
import { t } from '../../i18n/history';
import { t as shell } from '../../i18n/shell';
import { paths } from '../../paths';
import type { Column } from '../../table/DataTable';
import { useListState } from '../../table/url-state';
import { HistoryPage, HistoryTable } from '../../ui/History';

const columns = (accountId: string): Column<CarriedTicket>[] => [
  {
    key: 'subject',
    label: t('column.subject'),
    width: '46%',
    cell: ({ id, subject, number }) => (
      <div className="sw-two">
        <Link className="sw-name" to={paths.ticket(accountId, id)}>
          {subject || number}
        </Link>
        <span>{number}</span>
      </div>
    ),
  },
  { key: 'department', label: t('column.department'), width: '20%', cell: ({ department }) => department },
  { key: 'status', label: t('column.status'), width: '16%', cell: ({ status }) => <Label isCompact>{status}</Label> },
  {
    key: 'opened',
    label: t('column.opened'),
    width: '18%',
    cell: ({ openedAt }) => (openedAt === null ? shell('none') : date(openedAt)),
  },
];

export default function TicketsPage() {
  const { accountId = '' } = useParams();
  const list = useListState();
  return (
    <HistoryPage accountId={accountId} title={t('tickets.title')} about={t('before.tickets')} of={paths.tickets}>
      <HistoryTable
        label={t('tickets.title')}
        empty={t('tickets.empty')}
        columns={columns(accountId)}
        query={ticketsQuery(accountId, { limit: list.perPage, cursor: list.cursor })}
        list={list}
      />
    </HistoryPage>
  );
}
