// `/accounts/:accountId/billing/invoices/:invoiceId`: one invoice from before the cut-over.
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { ApiError } from '../../api/problem';
import { invoiceQuery } from '../../api/queries';
import type { CarriedInvoiceDetail } from '../../api/types';
import { amount, day } from '../../i18n/format';
import { t } from '../../i18n/history';
import { paths } from '../../paths';
import { Card } from '../../ui/Card';
import { ErrorState } from '../../ui/ErrorState';
import { HistoryPage } from '../../ui/History';
import { Notice } from '../../ui/Notice';
import { PageSkeleton } from '../../ui/PageSkeleton';
import { Specs } from '../../ui/Specs';

export default function InvoicePage() {
  const { accountId = '', invoiceId = '' } = useParams();
  const { data: invoice, error, refetch } = useQuery(invoiceQuery(accountId, invoiceId));
  if (!invoice && !error) return <PageSkeleton />;
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <HistoryPage
      accountId={accountId}
      title={invoice ? t('invoice.title', { number: invoice.number }) : t('billing.title')}
      about={t('before.billing')}
      crumbs={[{ label: t('billing.title'), to: paths.billing(accountId, 'invoices') }]}
    >
      {invoice ? (
        <div className="sw-columns">
          <div className="sw-column">
            <Lines invoice={invoice} />
          </div>
          <div className="sw-column">
            <Overview invoice={invoice} />
          </div>
        </div>
      ) : missing ? (
        <Notice title={t('invoice.missing')} role="alert">
          <p>{t('invoice.missing.body')}</p>
        </Notice>
      ) : (
        <ErrorState error={error} retry={() => void refetch()} />
      )}
    </HistoryPage>
  );
}

const isZero = (value: string): boolean => Number(value) === 0;
const dayRow = (label: string, value: string | null): [string, string] | false => value !== null && [label, day(value)];

function Lines({ invoice }: { invoice: CarriedInvoiceDetail }) {
  const money = (value: string) => amount(invoice.currency, value);
  return (
    <Card title={t('invoice.lines')}>
      {invoice.lines.length === 0 && <p className="sw-quiet">{t('invoice.lines.empty')}</p>}
      <table className="sw-plain">
        <thead>
          <tr>
            <th scope="col">{t('invoice.line')}</th>
            <th scope="col">{t('invoice.from')}</th>
            <th scope="col">{t('column.amount')}</th>
          </tr>
        </thead>
        <tbody>
          {invoice.lines.map((line) => (
            <tr key={line.id}>
              <td className="sw-text">{line.description}</td>
              <td>{line.periodFrom !== null && day(line.periodFrom)}</td>
              <td>{money(line.amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Specs
        rows={[
          [t('invoice.subtotal'), money(invoice.subtotal)],
          !isZero(invoice.tax) && [t('invoice.tax'), money(invoice.tax)],
          !isZero(invoice.tax2) && [t('invoice.tax'), money(invoice.tax2)],
          !isZero(invoice.credit) && [t('invoice.credit'), money(`-${invoice.credit}`)],
          [t('invoice.total'), <strong key="total">{money(invoice.total)}</strong>],
        ]}
      />
    </Card>
  );
}

function Overview({ invoice }: { invoice: CarriedInvoiceDetail }) {
  return (
    <Card title={t('invoice.overview')}>
      <Specs
        rows={[
          [t('column.status'), invoice.status],
          dayRow(t('column.issued'), invoice.issuedOn),
          dayRow(t('column.dueOn'), invoice.dueOn),
          dayRow(t('invoice.paid'), invoice.paidOn),
          invoice.paymentMethod !== '' && [t('invoice.method'), invoice.paymentMethod],
          invoice.billedTo !== '' && [
            t('invoice.billedTo'),
            <span key="billed" className="sw-text">
              {invoice.billedTo}
            </span>,
          ],
          invoice.notes !== '' && [
            t('invoice.notes'),
            <span key="notes" className="sw-text">
              {invoice.notes}
            </span>,
          ],
        ]}
      />
    </Card>
  );
}
