// A list's search, filters, sort and page live in the address: a shared link shows the same rows, and back goes back.
import { useCallback, useMemo } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';

export const PAGE_SIZES = [25, 50, 100] as const;
export const DEFAULT_PAGE_SIZE = 50;

export interface ListState {
  get: (name: string) => string | undefined;
  /** Sets or, with undefined, removes parameters, and goes to the first page. */
  set: (changes: Record<string, string | undefined>) => void;
  sort: string | undefined;
  perPage: number;
  cursor: string | undefined;
  pager: Pager;
}

export interface Pager {
  /** The index of the first row on this page, from 0. */
  offset: number;
  next: (cursor: string) => void;
  /** Undefined on the first page. */
  previous: (() => void) | undefined;
  first: (() => void) | undefined;
}

/** The cursors of the pages before this one. They ride in the history entry: an opaque cursor cannot be walked back. */
interface Trail {
  trail?: (string | null)[];
}

export function useListState(): ListState {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const location = useLocation();
  const trail = useMemo(() => (location.state as Trail | null)?.trail ?? [], [location.state]);

  const go = useCallback(
    (cursor: string | null, page: number, nextTrail: (string | null)[]) => {
      const next = new URLSearchParams(params);
      write(next, { cursor: cursor ?? undefined, page: page > 1 ? String(page) : undefined });
      void navigate({ search: next.toString() }, { state: { trail: nextTrail } satisfies Trail });
    },
    [navigate, params],
  );

  const set = useCallback(
    (changes: Record<string, string | undefined>) => {
      setParams(
        (old) => {
          const next = new URLSearchParams(old);
          write(next, { ...changes, cursor: undefined, page: undefined });
          return next;
        },
        { replace: true },
      );
    },
    [setParams],
  );

  const cursor = params.get('cursor') ?? undefined;
  const page = cursor === undefined ? 1 : Math.max(2, Number(params.get('page')) || 2);
  const perPage = parsePerPage(params.get('per'));
  const before = trail.at(-1);
  return {
    get: (name) => params.get(name) ?? undefined,
    set,
    sort: params.get('sort') ?? undefined,
    perPage,
    cursor,
    pager: {
      offset: (page - 1) * perPage,
      next: (to) => go(to, page + 1, [...trail, cursor ?? null]),
      previous: before === undefined ? undefined : () => go(before, page - 1, trail.slice(0, -1)),
      first: cursor === undefined ? undefined : () => go(null, 1, []),
    },
  };
}

export function parsePerPage(value: string | null): number {
  const wish = Number(value);
  return PAGE_SIZES.find((size) => size === wish) ?? DEFAULT_PAGE_SIZE;
}

/** The next sort of a column: up, down, up again. `-name` is descending. */
export function toggleSort(column: string, sort: string | undefined): string {
  return sort === column ? `-${column}` : column;
}

function write(params: URLSearchParams, changes: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') params.delete(name);
    else params.set(name, value);
  }
}
