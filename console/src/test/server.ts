import { http } from 'msw';
import { setupServer } from 'msw/node';
import type { Db } from '../mock/db';
import { answer } from '../mock/wire';

export const server = setupServer();

/** Answers every request of the test from this memory. */
export function answerFrom(db: Db): void {
  server.use(http.all('*/v1/*', ({ request }) => answer(db, request)));
}
