// The columns of the billing history's tables.
import { Label } from '@patternfly/react-core/dist/esm/components/Label';
import { Link } from 'react-router';
import type { CarriedInvoice, CarriedOrder, CarriedService, CarriedTransaction } from '../../api/types';
import { amount, date, day, disk, memory } from '../../i18n/format';
import { t } from '../../i18n/history';
import { t as words } from '../../i18n/server';
import { t as shell } from '../../i18n/shell';
import { paths } from '../../paths';
import type { Column } from '../../table/DataTable';

const dayOr = (value: string | null): string => (value === null ? shell('none') : day(value));

export const serviceColumns: Column<CarriedService>[] = [
  {
    key: 'product',
    label: t('column.product'),
    width: '21%',
    cell: ({ product, hostname, cancellations }) => (
      <div className="sw-two">
        <span>{product}</span>
        {hostname !== null && <span>{hostname}</span>}
        {cancellations.map(({ at, reason }) => (
          <span key={at}>{t('service.cancelled', { reason: reason || t('service.noReason') })}</span>
        ))}
      </div>
    ),
  },
  {
    key: 'status',
    label: t('column.status'),
    width: '12%',
    cell: ({ status, suspendReason }) => (
      <div className="sw-two">
        <span>{t(`status.${status}`)}</span>
        {suspendReason !== '' && <span>{suspendReason}</span>}
      </div>
    ),
  },
  { key: 'size', label: t('column.size'), width: '21%', cell: (service) => <Size service={service} /> },
  { key: 'price', label: t('column.price'), width: '17%', cell: (service) => <Price service={service} /> },
  { key: 'due', label: t('column.due'), width: '11%', cell: ({ nextDue }) => dayOr(nextDue) },
  { key: 'server', label: t('column.server'), width: '18%', cell: (service) => <ServerOf service={service} /> },
];

function Size({ service: { cores, memoryMiB, diskGiB, image, region, addresses } }: { service: CarriedService }) {
  const sizes =
    cores !== null && memoryMiB !== null && diskGiB !== null
      ? words('sizes', { cores, memory: memory(memoryMiB), disk: disk(diskGiB) })
      : null;
  const more = [image, region, ...addresses].filter((each) => each !== null);
  return (
    <div className="sw-two">
      <span>{sizes ?? shell('none')}</span>
      {more.length > 0 && <span>{more.join(' · ')}</span>}
    </div>
  );
}

function Price({ service: { price, currency, cycle, quantity, addons } }: { service: CarriedService }) {
  return (
    <div className="sw-two">
      <span>
        {quantity > 1 && `${quantity} × `}
        {amount(currency, price)}
      </span>
      <span>{t(`cycle.${cycle}`)}</span>
      {addons.map((addon) => (
        <span key={`${addon.name} ${addon.price} ${addon.cycle}`}>
          {t('service.addon', { name: addon.name, price: amount(currency, addon.price), cycle: addon.cycle.toLowerCase() })}
        </span>
      ))}
    </div>
  );
}

function ServerOf({ service: { serverId, unlinkedReason, hostname } }: { service: CarriedService }) {
  const unlinked = unlinkedReason !== null && <span>{t('service.unlinked', { reason: unlinkedReason })}</span>;
  if (serverId === null)
    return <div className="sw-two">{unlinked || <span className="sw-quiet">{t('service.noServer')}</span>}</div>;
  return (
    <div className="sw-two">
      <Link to={paths.server(serverId)}>{hostname ?? t('service.open')}</Link>
      {unlinked}
    </div>
  );
}

export const invoiceColumns = (accountId: string): Column<CarriedInvoice>[] => [
  {
    key: 'number',
    label: t('column.number'),
    width: '26%',
    cell: ({ id, number }) => (
      <Link className="sw-name" to={paths.invoice(accountId, id)}>
        {number}
      </Link>
    ),
  },
  { key: 'status', label: t('column.status'), width: '18%', cell: ({ status }) => <Label isCompact>{status}</Label> },
  { key: 'issued', label: t('column.issued'), width: '18%', cell: ({ issuedOn }) => dayOr(issuedOn) },
  { key: 'due', label: t('column.dueOn'), width: '18%', cell: ({ dueOn }) => dayOr(dueOn) },
  { key: 'total', label: t('column.total'), width: '20%', cell: ({ currency, total }) => amount(currency, total) },
];

export const transactionColumns = (accountId: string): Column<CarriedTransaction>[] => [
  { key: 'date', label: t('column.date'), width: '16%', cell: ({ at }) => (at === null ? shell('none') : date(at)) },
  { key: 'kind', label: t('column.kind'), width: '16%', cell: ({ kind }) => t(`kind.${kind}`) },
  {
    key: 'about',
    label: t('column.about'),
    width: '30%',
    cell: ({ description, gateway, gatewayId }) => (
      <div className="sw-two">
        <span>{description}</span>
        <span>{[gateway, gatewayId].filter((each) => each !== '').join(' · ')}</span>
      </div>
    ),
  },
  {
    key: 'invoice',
    label: t('column.invoice'),
    width: '18%',
    cell: ({ invoiceId, invoiceNumber }) =>
      invoiceId === null ? shell('none') : <Link to={paths.invoice(accountId, invoiceId)}>{invoiceNumber}</Link>,
  },
  {
    key: 'amount',
    label: t('column.amount'),
    width: '20%',
    cell: ({ kind, currency, amountIn, amountOut }) => amount(currency, kind === 'refund' ? `-${amountOut}` : amountIn),
  },
];

export const orderColumns: Column<CarriedOrder>[] = [
  { key: 'number', label: t('column.number'), width: '34%', cell: ({ number }) => number },
  { key: 'status', label: t('column.status'), width: '22%', cell: ({ status }) => status },
  {
    key: 'date',
    label: t('column.date'),
    width: '22%',
    cell: ({ orderedAt }) => (orderedAt === null ? shell('none') : date(orderedAt)),
  },
  { key: 'amount', label: t('column.amount'), width: '22%', cell: ({ amount: total }) => total },
];
