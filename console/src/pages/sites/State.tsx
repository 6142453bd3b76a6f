import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { CheckCircleIcon } from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { ExclamationCircleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { acknowledgeSite } from '../../api/endpoints';
import type { Acknowledgeable, SiteDetail } from '../../api/types';
import { toastDone } from '../../app/toasts';
import { explain } from '../../i18n/reasons';
import { STOPS, t } from '../../i18n/site';
import { Card } from '../../ui/Card';
import { Dialog } from '../../ui/Dialog';
import { Specs } from '../../ui/Specs';
import { TimeAgo } from '../../ui/time';
import { type Stop, stopsOf } from './stops';

/** What stops the site, the brakes, and the button that lets it go on. */
export function State({ site }: { site: SiteDetail }) {
  const [asking, setAsking] = useState<Acknowledgeable | null>(null);
  const stops = stopsOf(site);
  const { brakes, acknowledgement } = site;
  return (
    <Card title={t('state.title')} tone={stops.length > 0 ? 'bad' : undefined}>
      <ul className="sw-findings">
        {stops.length === 0 && (
          <li>
            <CheckCircleIcon className="sw-good" />
            <p>{t('state.fine')}</p>
          </li>
        )}
        {stops.map((stop) => (
          <StopItem key={stop.reason} stop={stop} ask={setAsking} />
        ))}
      </ul>
      {acknowledgement && (
        <p className="sw-quiet">
          {t(acknowledgement.deliveredAt === null ? 'acknowledge.waiting' : 'acknowledge.delivered', {
            by: acknowledgement.by,
            condition: t(`condition.${acknowledgement.condition}`),
          })}{' '}
          <TimeAgo at={acknowledgement.at} /> {acknowledgement.message}
        </p>
      )}
      <Specs
        rows={[
          [
            t('brakes.deletions'),
            t('brakes.deletions.value', { count: brakes.deletions.length, percent: brakes.deletionsPercent }),
          ],
          [t('brakes.sweeps'), t('brakes.sweeps.value', { count: brakes.sweeps.length, limit: brakes.sweepsPerHour })],
          brakes.releasedAt !== null && [t('brakes.released'), <TimeAgo key="released" at={brakes.releasedAt} />],
        ]}
      />
      {asking && <AcknowledgeDialog site={site} condition={asking} close={() => setAsking(null)} />}
    </Card>
  );
}

function StopItem({ stop, ask }: { stop: Stop; ask: (condition: Acknowledgeable) => void }) {
  const words = STOPS[stop.reason] ?? explain(stop.reason);
  const { condition } = stop;
  return (
    <li>
      <ExclamationCircleIcon className="sw-bad" />
      <div>
        <p>
          <strong>{words.what}</strong>{' '}
          <span className="sw-quiet">
            <TimeAgo at={stop.since} />
          </span>
        </p>
        {stop.message !== '' && <p className="sw-break">{stop.message}</p>}
        {words.next !== null && (
          <p>
            <em>{t('next')}</em> {words.next}
          </p>
        )}
        {condition && (
          <Button variant="secondary" size="sm" onClick={() => ask(condition)}>
            {t('acknowledge.go')}
          </Button>
        )}
      </div>
    </li>
  );
}

function AcknowledgeDialog({ site, condition, close }: { site: SiteDetail; condition: Acknowledgeable; close: () => void }) {
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => acknowledgeSite(site.name, condition),
    onSuccess: (told) => {
      client.setQueryData(['site', site.name], told);
      void client.invalidateQueries({ queryKey: ['site', site.name] });
      toastDone(t('acknowledge.done', { site: site.displayName }));
      close();
    },
  });
  return (
    <Dialog
      title={t('acknowledge.title', { site: site.displayName })}
      go={t('acknowledge.go')}
      danger
      warning
      busy={isPending}
      error={error}
      onSubmit={() => mutate()}
      close={close}
    >
      <p>{STOPS[condition]?.what}</p>
      <p>{STOPS[condition]?.acknowledging}</p>
    </Dialog>
  );
}
