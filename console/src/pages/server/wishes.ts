// A server's standing wishes as a form holds them, and the smallest change that brings them about. Pure.
import type { DeletionPolicy, DriftPolicy, RunPolicy, Server, UpdateServer } from '../../api/types';

export interface Wishes {
  name: string;
  runPolicy: RunPolicy;
  deletionProtection: boolean;
  deletionPolicy: DeletionPolicy;
  /** As typed. */
  deletionGracePeriodHours: string;
  driftPolicy: DriftPolicy;
  /** As typed: addresses with commas or spaces between them. */
  dnsServers: string;
  searchDomain: string;
  antiAffinityGroup: string;
  paused: boolean;
  wantedNode: string;
}

const MAX_HOURS = 720;

export function wishesOf(server: Server): Wishes {
  const { name, runPolicy, deletionProtection, deletionPolicy, driftPolicy, paused } = server;
  return {
    name,
    runPolicy,
    deletionProtection,
    deletionPolicy,
    deletionGracePeriodHours: String(server.deletionGracePeriodHours),
    driftPolicy,
    dnsServers: server.dns.servers.join(', '),
    searchDomain: server.dns.searchDomain ?? '',
    antiAffinityGroup: server.antiAffinityGroup ?? '',
    paused,
    wantedNode: server.wantedNode ?? '',
  };
}

/** The grace period in hours; null when it is not one. */
export function hoursOf(wishes: Wishes): number | null {
  const typed = wishes.deletionGracePeriodHours.trim();
  const hours = Number(typed);
  return typed !== '' && Number.isInteger(hours) && hours >= 0 && hours <= MAX_HOURS ? hours : null;
}

/** Only what differs, so that fields which Git or a person manages are left alone. */
export function asUpdate(server: Server, wishes: Wishes): UpdateServer {
  const update: UpdateServer = {};
  const name = wishes.name.trim();
  if (name !== '' && name !== server.name) update.name = name;
  if (wishes.runPolicy !== server.runPolicy) update.runPolicy = wishes.runPolicy;
  if (wishes.deletionProtection !== server.deletionProtection) update.deletionProtection = wishes.deletionProtection;
  if (wishes.deletionPolicy !== server.deletionPolicy) update.deletionPolicy = wishes.deletionPolicy;
  const hours = hoursOf(wishes);
  if (hours !== null && hours !== server.deletionGracePeriodHours) update.deletionGracePeriodHours = hours;
  if (wishes.driftPolicy !== server.driftPolicy) update.driftPolicy = wishes.driftPolicy;
  const servers = wishes.dnsServers.split(/[\s,]+/).filter((each) => each !== '');
  const searchDomain = wishes.searchDomain.trim() === '' ? null : wishes.searchDomain.trim();
  if (servers.join() !== server.dns.servers.join() || searchDomain !== server.dns.searchDomain) {
    update.dns = { servers, searchDomain };
  }
  const group = wishes.antiAffinityGroup.trim();
  if (group !== (server.antiAffinityGroup ?? '')) update.antiAffinityGroup = group;
  if (wishes.paused !== server.paused) update.paused = wishes.paused;
  const node = wishes.wantedNode.trim();
  if (node !== '' && node !== server.wantedNode) update.wantedNode = node;
  return update;
}
