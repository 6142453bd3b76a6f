// `/accounts/:accountId/billing`: what was sold and paid before the cut-over, read-only.
import { Link, useParams } from 'react-router';
import { invoicesQuery, ordersQuery, servicesQuery } from '../../api/queries';
import { t } from '../../i18n/history';
import { paths } from '../../paths';
import { useListState } from '../../table/url-state';
import { HistoryPage, HistoryTable } from '../../ui/History';
import { invoiceColumns, orderColumns, serviceColumns } from './columns';
import { Payments } from './Payments';

const TABS = ['services', 'invoices', 'payments', 'orders'] as const;
type Tab = (typeof TABS)[number];

export default function BillingPage() {
  const { accountId = '' } = useParams();
  const wanted = useListState().get('tab');
  const tab = TABS.find((each) => each === wanted) ?? 'services';
  return (
    <HistoryPage accountId={accountId} title={t('billing.title')} about={t('before.billing')} of={(id) => paths.billing(id)}>
      <nav className="sw-tabs" aria-label={t('tabs')}>
        {TABS.map((each) => (
          <Link key={each} to={paths.billing(accountId, each)} aria-current={each === tab ? 'page' : undefined}>
            {t(`tab.${each}`)}
          </Link>
        ))}
      </nav>
      <Content key={`${accountId}/${tab}`} tab={tab} accountId={accountId} />
    </HistoryPage>
  );
}

function Content({ tab, accountId }: { tab: Tab; accountId: string }) {
  const list = useListState();
  const page = { limit: list.perPage, cursor: list.cursor };
  const shared = { label: t(`tab.${tab}`), list };
  switch (tab) {
    case 'services':
      return (
        <HistoryTable {...shared} empty={t('services.empty')} columns={serviceColumns} query={servicesQuery(accountId, page)} />
      );
    case 'invoices':
      return (
        <HistoryTable
          {...shared}
          empty={t('invoices.empty')}
          columns={invoiceColumns(accountId)}
          query={invoicesQuery(accountId, page)}
        />
      );
    case 'payments':
      return <Payments accountId={accountId} list={list} />;
    case 'orders':
      return <HistoryTable {...shared} empty={t('orders.empty')} columns={orderColumns} query={ordersQuery(accountId, page)} />;
  }
}
