// The entry of `npm run mock`. `PORT` chooses the port, `MOCK_SPEED` how many times faster than life operations go.
import { CUSTOMER, PASSWORD, STAFF, seed } from './seed';
import { serve } from './server';

const db = seed({ speed: Number(process.env['MOCK_SPEED'] ?? 1) });
const { url } = await serve(db, 'dist', Number(process.env['PORT'] ?? 4173));
console.log(`${url}\n  customer ${CUSTOMER}\n  staff    ${STAFF}\n  password ${PASSWORD}`);
