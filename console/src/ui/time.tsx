import { useSyncExternalStore } from 'react';
import { dateTime, relative } from '../i18n/format';

// One clock for the whole page; it stands still while nobody looks at it.
const TICK_MS = 1_000;
const MINUTE_MS = 60_000;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function tick(): void {
  now = Date.now();
  if (!document.hidden) for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time in milliseconds since 1970, renewed each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / TICK_MS) * TICK_MS);
}

/** "3 minutes ago", with the exact time on hover and in the element; renders again only when the words may change. */
export function TimeAgo({ at }: { at: string }) {
  const then = Date.parse(at);
  const seen = useSyncExternalStore(subscribe, () => {
    const step = Math.abs(now - then) < MINUTE_MS ? TICK_MS : MINUTE_MS / 2;
    return Math.floor(now / step) * step;
  });
  // A server's clock that runs ahead must not put the past into the future.
  const moment = then - seen > 0 && then - seen < MINUTE_MS ? then : seen;
  return (
    <time dateTime={at} title={dateTime(at)}>
      {relative(then, moment)}
    </time>
  );
}
