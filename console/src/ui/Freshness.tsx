import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { SyncAltIcon } from '@patternfly/react-icons/dist/esm/icons/sync-alt-icon';
import { type QueryKey, type UseQueryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { announce } from '../app/announcer';
import { useOnline } from '../app/online';
import { clock } from '../i18n/format';
import { t } from '../i18n/shell';
import { Busy } from './Busy';

type AnyQuery<T, K extends QueryKey> = UseQueryOptions<T, Error, T, K>;

/**
 * "Updated 12:03:04" and the refresh button. Watches the query without polling it a second time, so that a poll
 * which changes nothing re-renders these few words and not the table.
 */
export function Freshness<T, K extends QueryKey>({ query }: { query: AnyQuery<T, K> }) {
  const { dataUpdatedAt, isFetching, refetch } = useQuery({ ...query, enabled: false });
  const [asked, setAsked] = useState(false);
  const busy = asked && isFetching;

  async function ask(): Promise<void> {
    setAsked(true);
    const { isSuccess } = await refetch();
    setAsked(false);
    if (isSuccess) announce(t('refreshed'));
  }

  return (
    <span className="sw-freshness">
      <span>{dataUpdatedAt > 0 ? t('updated.at', { time: clock(dataUpdatedAt) }) : t('updated.never')}</span>
      <Button
        variant="plain"
        aria-label={busy ? t('refreshing') : t('refresh')}
        icon={busy ? <Busy /> : <SyncAltIcon />}
        isAriaDisabled={busy}
        onClick={() => void ask()}
      />
    </span>
  );
}

/** Says that a poll failed while older data stays on screen. */
export function StaleBanner<T, K extends QueryKey>({ query }: { query: AnyQuery<T, K> }) {
  const { isError, dataUpdatedAt } = useQuery({ ...query, enabled: false });
  const online = useOnline();
  if (!isError || dataUpdatedAt === 0 || !online) return null;
  return (
    <p className="sw-banner" role="status">
      {t('stale.banner', { time: clock(dataUpdatedAt) })}
    </p>
  );
}
