import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { adoptableQuery } from '../../api/queries';
import type { Adoptable, SiteDetail } from '../../api/types';
import { t } from '../../i18n/adoption';
import { disk, memory } from '../../i18n/format';
import { t as words } from '../../i18n/server';
import { Busy } from '../../ui/Busy';
import { Card } from '../../ui/Card';
import { ErrorState } from '../../ui/ErrorState';
import { AdoptDialog } from './AdoptDialog';

/** Machines that could become servers, looked for when somebody asks: the operator reads each of them. */
export function Adoption({ site }: { site: SiteDetail }) {
  const [asked, setAsked] = useState(false);
  const [adopting, setAdopting] = useState<Adoptable | null>(null);
  const { data, error, isFetching, refetch, fetchNextPage, hasNextPage } = useInfiniteQuery({
    ...adoptableQuery(site.name),
    enabled: asked,
  });
  const machines = data?.pages.flatMap((page) => page.items);
  const total = data?.pages[0]?.total ?? 0;
  return (
    <Card
      title={t('title')}
      end={
        <Button
          variant="secondary"
          size="sm"
          isAriaDisabled={isFetching}
          onClick={() => (asked ? void refetch() : setAsked(true))}
        >
          {t(asked ? 'again' : 'look')}
        </Button>
      }
    >
      <p className="sw-quiet">{t('lead')}</p>
      {isFetching && !machines && <Busy />}
      {error && !isFetching && <ErrorState error={error} retry={() => void refetch()} />}
      {machines && <Machines machines={machines} adopt={setAdopting} />}
      {hasNextPage && (
        <Button variant="link" isInline isAriaDisabled={isFetching} onClick={() => void fetchNextPage()}>
          {t('more', { total })}
        </Button>
      )}
      {adopting && <AdoptDialog site={site} machine={adopting} close={() => setAdopting(null)} />}
    </Card>
  );
}

function Machines({ machines, adopt }: { machines: Adoptable[]; adopt: (machine: Adoptable) => void }) {
  if (machines.length === 0) return <p>{t('empty')}</p>;
  const good = machines.filter(({ becomes }) => becomes !== null);
  const skipped = machines.filter(({ becomes }) => becomes === null);
  return (
    <>
      {good.length === 0 ? (
        <p>{t('none')}</p>
      ) : (
        <ul className="sw-stores">
          {good.map((machine) => (
            <li key={machine.vmid}>
              <div>
                <p>
                  <strong>{t('machine', { ...machine, vmid: String(machine.vmid) })}</strong>
                </p>
                <p className="sw-quiet">{facts(machine)}</p>
              </div>
              <Button
                variant="secondary"
                size="sm"
                aria-label={t('adopt.of', { name: machine.name })}
                onClick={() => adopt(machine)}
              >
                {t('adopt')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {skipped.length > 0 && (
        <details className="sw-details">
          <summary>{t('skipped', { count: skipped.length })}</summary>
          <ul className="sw-stores">
            {skipped.map((machine) => (
              <li key={machine.vmid}>
                <div>
                  <p>{t('machine', { ...machine, vmid: String(machine.vmid) })}</p>
                  <p className="sw-quiet sw-break">{machine.skipped}</p>
                </div>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function facts({ running, pool, becomes }: Adoptable): string {
  const parts = [t(running ? 'running' : 'stopped')];
  if (becomes) {
    const { cores, memoryMiB, diskGiB, moreDisks, networks } = becomes;
    parts.push(words('sizes', { cores, memory: memory(memoryMiB), disk: disk(diskGiB) }));
    if (moreDisks > 0) parts.push(t('moreDisks', { count: moreDisks }));
    if (networks.length > 0) parts.push(networks.join(', '));
  }
  if (pool !== null) parts.push(t('pool', { pool }));
  return parts.join(' · ');
}
