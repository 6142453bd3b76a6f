import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { creditsQuery, profileQuery, transactionsQuery } from '../../api/queries';
import { amount, day } from '../../i18n/format';
import { t } from '../../i18n/history';
import { t as shell } from '../../i18n/shell';
import type { ListState } from '../../table/url-state';
import { Card } from '../../ui/Card';
import { ErrorState } from '../../ui/ErrorState';
import { HistoryTable } from '../../ui/History';
import { transactionColumns } from './columns';

/** Money that came and went, and the credit of the account. */
export function Payments({ accountId, list }: { accountId: string; list: ListState }) {
  return (
    <>
      <HistoryTable
        label={t('tab.payments')}
        empty={t('transactions.empty')}
        columns={transactionColumns(accountId)}
        query={transactionsQuery(accountId, { limit: list.perPage, cursor: list.cursor })}
        list={list}
      />
      <Credit accountId={accountId} />
    </>
  );
}

function Credit({ accountId }: { accountId: string }) {
  const { data: profile } = useQuery(profileQuery(accountId));
  const { data, error, isFetching, refetch, fetchNextPage, hasNextPage } = useInfiniteQuery(creditsQuery(accountId));
  const movements = data?.pages.flatMap((page) => page.items) ?? [];
  const money = (value: string) => amount(profile?.currency ?? '', value);
  return (
    <Card title={t('credit.title')} end={profile && <strong>{t('credit.balance', { amount: money(profile.credit) })}</strong>}>
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {data && movements.length === 0 && <p className="sw-quiet">{t('credit.empty')}</p>}
      {movements.length > 0 && (
        <table className="sw-plain">
          <thead>
            <tr>
              <th scope="col">{t('column.date')}</th>
              <th scope="col">{t('column.kind')}</th>
              <th scope="col">{t('column.amount')}</th>
            </tr>
          </thead>
          <tbody>
            {movements.map(({ id, onDate, kind, description, amount: value }) => (
              <tr key={id}>
                <td>{onDate === null ? shell('none') : day(onDate)}</td>
                <td className="sw-break">
                  {t(`credit.${kind}`)}
                  {description !== '' && `: ${description}`}
                </td>
                <td>{money(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {hasNextPage && (
        <Button variant="link" isInline isAriaDisabled={isFetching} onClick={() => void fetchNextPage()}>
          {t('credit.more', { total: data?.pages[0]?.total ?? 0 })}
        </Button>
      )}
    </Card>
  );
}
