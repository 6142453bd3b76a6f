// `/accounts/:accountId/tickets/:ticketId`: one ticket from before the cut-over. What people wrote is shown as text.
import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { ApiError } from '../../api/problem';
import { ticketQuery } from '../../api/queries';
import type { CarriedTicketDetail } from '../../api/types';
import { dateTime } from '../../i18n/format';
import { t } from '../../i18n/history';
import { paths } from '../../paths';
import { Card } from '../../ui/Card';
import { ErrorState } from '../../ui/ErrorState';
import { HistoryPage } from '../../ui/History';
import { Notice } from '../../ui/Notice';
import { PageSkeleton } from '../../ui/PageSkeleton';

export default function TicketPage() {
  const { accountId = '', ticketId = '' } = useParams();
  const { data: ticket, error, refetch } = useQuery(ticketQuery(accountId, ticketId));
  if (!ticket && !error) return <PageSkeleton />;
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <HistoryPage
      accountId={accountId}
      title={ticket ? ticket.subject || ticket.number : t('tickets.title')}
      about={t('before.tickets')}
      crumbs={[{ label: t('tickets.title'), to: paths.tickets(accountId) }]}
    >
      {ticket ? (
        <Thread ticket={ticket} />
      ) : missing ? (
        <Notice title={t('ticket.missing')} role="alert">
          <p>{t('ticket.missing.body')}</p>
        </Notice>
      ) : (
        <ErrorState error={error} retry={() => void refetch()} />
      )}
    </HistoryPage>
  );
}

function Thread({ ticket }: { ticket: CarriedTicketDetail }) {
  const { id, number, department, status, author, message, openedAt, mergedInto, replies } = ticket;
  const messages = [{ id, author, message, at: openedAt, byStaff: false }, ...replies];
  return (
    <Card title={t('ticket.thread')} end={<span className="sw-quiet">{t('ticket.about', { number, department, status })}</span>}>
      {mergedInto !== null && <p>{t('ticket.merged', { number: String(mergedInto) })}</p>}
      <ol className="sw-thread">
        {messages.map((each) => (
          <li key={each.id} className={each.byStaff ? 'sw-thread__staff' : undefined}>
            <p className="sw-meta">
              <span>
                <strong>{each.author}</strong> {each.byStaff && <Label isCompact>{t('ticket.staff')}</Label>}
              </span>
              {each.at !== null && <time dateTime={each.at}>{dateTime(each.at)}</time>}
            </p>
            <p className="sw-text">{each.message}</p>
          </li>
        ))}
      </ol>
    </Card>
  );
}
