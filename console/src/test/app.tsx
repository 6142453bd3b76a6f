// Mounts the console at an address, over a mock API of its own.
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useEffect } from 'react';
import { MemoryRouter, useLocation } from 'react-router';
import { forgetAnswers } from '../api/client';
import { forget } from '../api/session';
import { Console } from '../app/App';
import { clearToasts } from '../app/toasts';
import type { Db } from '../mock/db';
import { CUSTOMER, STAFF, seed } from '../mock/seed';
import { loadDialogs } from '../pages/server/ServerDialogs';
import { publicRoutes, routes } from '../routes';
import { answerFrom } from './server';

// The pages' code is there before a test begins: compiling it may take longer than any test should wait for an element.
await Promise.all([...[...publicRoutes, ...routes].map(({ preload }) => preload()), loadDialogs()]);

interface Options {
  /** Who is signed in already; null for nobody. */
  as?: 'customer' | 'staff' | null;
  /** How many times faster than life operations go. */
  speed?: number;
  prepare?: (db: Db) => void;
}

export interface App {
  db: Db;
  user: ReturnType<typeof userEvent.setup>;
  /** The address, as the address bar would show it. */
  address: () => string;
}

export function open(path: string, { as = 'customer', speed = 1, prepare }: Options = {}): App {
  forget();
  forgetAnswers();
  clearToasts();
  sessionStorage.clear();
  localStorage.clear();
  const db = seed({ speed, others: 4 });
  // A jar without a session: jsdom keeps no cookies, so the mock remembers the last one that it set.
  db.jar = 'nobody';
  if (as !== null) {
    const user = db.users.find(({ email }) => email === (as === 'staff' ? STAFF : CUSTOMER));
    db.sessions.set('first', user?.id ?? '');
    db.jar = 'first';
  }
  prepare?.(db);
  answerFrom(db);
  let address = path;
  const note = (next: string) => {
    address = next;
  };
  render(
    <MemoryRouter initialEntries={[path]}>
      <Console />
      <Address note={note} />
    </MemoryRouter>,
  );
  return { db, user: userEvent.setup(), address: () => address };
}

function Address({ note }: { note: (address: string) => void }) {
  const { pathname, search } = useLocation();
  useEffect(() => note(pathname + search));
  return null;
}

/** The table row whose name cell says `name`. */
export async function rowOf(name: string): Promise<HTMLElement> {
  const link = await screen.findByRole('link', { name });
  const row = link.closest('tr');
  if (!row) throw new Error(`${name} stands in no row`);
  return row;
}

export function serverNamed(db: Db, name: string) {
  const found = db.servers.find((each) => each.name === name);
  if (!found) throw new Error(`the mock has no server ${name}`);
  return found;
}
