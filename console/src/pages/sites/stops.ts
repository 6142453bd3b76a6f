// What stops a site, and what of it a person can acknowledge. Pure.
import type { Acknowledgeable, SiteDetail } from '../../api/types';

export interface Stop {
  reason: string;
  message: string;
  since: string;
  /** What the API takes as acknowledged; absent where only a change at the site helps. */
  condition?: Acknowledgeable;
}

const ACKNOWLEDGEABLE: readonly Acknowledgeable[] = ['InventoryShrank', 'SiteIdentityChanged', 'StateOlderThanSite'];

/** Worst first: what is stalled, what keeps it from being ready, what brakes. */
export function stopsOf(site: SiteDetail): Stop[] {
  const stops: Stop[] = [];
  const found = (type: string, status: string) =>
    site.conditions.find((condition) => condition.type === type && condition.status === status);
  const stalled = found('Stalled', 'True');
  if (stalled) {
    const { reason, message, lastTransitionTime: since } = stalled;
    stops.push({ reason, message, since, condition: ACKNOWLEDGEABLE.find((known) => known === reason) });
  }
  const waiting = found('Ready', 'False');
  if (waiting && waiting.reason !== stalled?.reason) {
    stops.push({ reason: waiting.reason, message: waiting.message, since: waiting.lastTransitionTime });
  }
  if (site.brakes.heldSince !== null) {
    stops.push({ reason: 'Brake', message: '', since: site.brakes.heldSince, condition: 'Brake' });
  }
  return stops;
}
