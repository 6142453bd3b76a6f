// Light, dark, or like the system; high contrast whenever the system asks for more. `public/assets/theme-init.js` reads the same key before the first paint.
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';

const KEY = 'slipway.theme';
const DARK_CLASS = 'pf-v6-theme-dark';
const CONTRAST_CLASS = 'pf-v6-theme-high-contrast';
const listeners = new Set<() => void>();
const media = (query: string) => (typeof matchMedia === 'function' ? matchMedia(query) : null);
const prefersDark = media('(prefers-color-scheme: dark)');
const prefersContrast = media('(prefers-contrast: more)');

prefersDark?.addEventListener('change', apply);
prefersContrast?.addEventListener('change', apply);
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
  const dark = wish === 'dark' || (wish === 'system' && prefersDark?.matches === true);
  document.documentElement.classList.toggle(DARK_CLASS, dark);
  document.documentElement.classList.toggle(CONTRAST_CLASS, prefersContrast?.matches === true);
  for (const listener of listeners) listener();
}
