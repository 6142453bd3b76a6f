// Light, dark, or like the system. `public/assets/theme-init.js` reads the same key before the first paint.
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';

const KEY = 'slipway.theme';
const DARK_CLASS = 'pf-v6-theme-dark';
const listeners = new Set<() => void>();
const system = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null;

system?.addEventListener('change', apply);
addEventListener('storage', (event) => {
  if (event.key === KEY) apply();
});

export function theme(): Theme {
  const wish = read();
  return wish === 'light' || wish === 'dark' ? wish : 'system';
}

export function setTheme(next: Theme): void {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Without storage the choice lasts until the page is left.
  }
  apply();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, theme);
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function apply(): void {
  const wish = theme();
  const dark = wish === 'dark' || (wish === 'system' && system?.matches === true);
  document.documentElement.classList.toggle(DARK_CLASS, dark);
  for (const listener of listeners) listener();
}
