import { QueryClient } from '@tanstack/react-query';
import { isTransient } from '../api/problem';

/** One client a page load; emptied when the person leaves. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The default pauses without a network and says nothing; we say it and try.
        networkMode: 'always',
        staleTime: 1_000,
        retry: (failures, error) => failures < 1 && isTransient(error),
        retryDelay: 800,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
