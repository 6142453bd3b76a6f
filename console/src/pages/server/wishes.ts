// A server's standing wishes as a form holds them, and the smallest change that brings them about. Pure.
import type { DeletionPolicy, RunPolicy, Server, UpdateServer } from '../../api/types';

export interface Wishes {
  name: string;
  runPolicy: RunPolicy;
  deletionProtection: boolean;
  deletionPolicy: DeletionPolicy;
  /** As typed. */
  deletionGracePeriodHours: string;
}

const MAX_HOURS = 720;

export function wishesOf(server: Server): Wishes {
  const { name, runPolicy, deletionProtection, deletionPolicy } = server;
  return {
    name,
    runPolicy,
    deletionProtection,
    deletionPolicy,
    deletionGracePeriodHours: String(server.deletionGracePeriodHours),
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
  return update;
}
