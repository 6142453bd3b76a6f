import { useSyncExternalStore } from 'react';
import { type SessionState, sessionState, subscribe } from '../api/session';

export function useSession(): SessionState {
  return useSyncExternalStore(subscribe, sessionState);
}
