// How often to ask. Pure: fast while something has just begun to change, slow when it drags on or nothing happens.
// Hidden tabs do not ask at all (react-query stops intervals there) and catch up when they are looked at again.
import { isChanging, isUnfinished } from './status';
import type { Operation, Server } from './types';

export const FAST_MS = 2_000;
/** For what changes, but has not moved for a while: a full storage may take hours to heal. */
export const MEDIUM_MS = 8_000;
export const SLOW_MS = 20_000;
const LIVELY_MS = 60_000;

/** The pause before the next question about these servers, in ms. */
export function serversInterval(servers: Server[], now: number): number {
  let pause = SLOW_MS;
  for (const server of servers) {
    if (!isChanging(server)) continue;
    const moved = Math.max(Date.parse(server.updatedAt), server.operation ? Date.parse(server.operation.updatedAt) : 0);
    if (now - moved < LIVELY_MS) return FAST_MS;
    pause = MEDIUM_MS;
  }
  return pause;
}

/** The pause before the next question about these operations, in ms. */
export function operationsInterval(operations: Operation[], now: number): number {
  const unfinished = operations.filter(isUnfinished);
  if (unfinished.some((operation) => now - Date.parse(operation.updatedAt) < LIVELY_MS)) return FAST_MS;
  return unfinished.length > 0 ? MEDIUM_MS : SLOW_MS;
}
