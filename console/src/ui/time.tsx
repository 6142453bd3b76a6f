import { useSyncExternalStore } from 'react';
import { dateTime, relative } from '../i18n/format';

// One clock for the whole page; it stands still while nobody looks at it.
const TICK_MS = 1_000;
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    if (!document.hidden) for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Re-renders once in `stepMs`, by default each second. Answers milliseconds since 1970. */
export function useNow(stepMs = TICK_MS): number {
  return useSyncExternalStore(subscribe, () => Math.floor(Math.max(now, Date.now() - TICK_MS) / stepMs) * stepMs);
}

/** "3 minutes ago", with the exact time on hover and in the element. */
export function TimeAgo({ at }: { at: string }) {
  const then = Date.parse(at);
  const young = Date.now() - then < 60_000;
  const moment = useNow(young ? TICK_MS : 30_000);
  return (
    <time dateTime={at} title={dateTime(at)}>
      {relative(then, Math.max(moment, Math.min(then, Date.now())))}
    </time>
  );
}
