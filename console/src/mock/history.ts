// What the mock's first account brought from another billing system, and the run that brought it.
import type {
  Account,
  CarriedCredit,
  CarriedInvoiceDetail,
  CarriedOrder,
  CarriedProfile,
  CarriedService,
  CarriedTicketDetail,
  CarriedTransaction,
  MigrationFinding,
  MigrationRunDetail,
  Server,
} from '../api/types';
import { type Db, iso, newId } from './db';

const DAY = 86_400_000;

export interface History {
  profile: CarriedProfile;
  services: CarriedService[];
  invoices: CarriedInvoiceDetail[];
  transactions: CarriedTransaction[];
  credits: CarriedCredit[];
  orders: CarriedOrder[];
  tickets: CarriedTicketDetail[];
}

export interface Migration {
  run: Omit<MigrationRunDetail, 'codes' | 'findings'>;
  findings: MigrationFinding[];
}

export const MESSAGE = 'The site is <b>down</b> since noon.\n\n<script>alert(1)</script> stood in the page when I looked.';

/** Fills the account's history; `web` became a server, `lost` has no machine yet. */
export function carryOver(db: Db, account: Account, web: Server, lost: Server): void {
  const cutOver = iso(db.now() - 30 * DAY);
  account.carriedOverAt = cutOver;
  lost.phase = 'Unlinked';
  lost.reason = 'Unlinked';
  lost.message = 'the address 203.0.113.77 belongs to no machine of the inventory';
  const services = [
    service(db, 812, 'VPS Medium', 'web-1', web.id),
    { ...service(db, 640, 'VPS Small', 'old.example.com', null), ...ENDED },
  ];
  const invoices = [
    invoice(db, 2041, 'Unpaid', '10.59'),
    invoice(db, 1987, 'Paid', '10.59'),
    invoice(db, 1920, 'Refunded', '10.59'),
  ];
  db.histories.set(account.id, {
    profile: profile(account, cutOver),
    services,
    invoices,
    transactions: transactions(db, invoices),
    credits: credits(db),
    orders: [order(db, 311, '4821907733'), order(db, 12, '1093344821')],
    tickets: tickets(db),
  });
  db.migrations = [migration(db, cutOver, account, lost)];
}

const ENDED: Partial<CarriedService> = { status: 'terminated', nextDue: null, addons: [], cancellations: [] };

function service(db: Db, legacyId: number, product: string, hostname: string, serverId: string | null): CarriedService {
  return {
    id: newId(db),
    legacyId,
    product,
    status: 'active',
    suspendReason: '',
    hostname,
    plan: 'medium',
    cores: 2,
    memoryMiB: 4096,
    diskGiB: 50,
    image: 'ubuntu-24.04',
    region: 'eu-central',
    addresses: ['203.0.113.10'],
    price: '8.90',
    currency: 'EUR',
    cycle: 'monthly',
    quantity: 1,
    registeredOn: '2021-03-04',
    nextDue: '2026-04-04',
    paymentMethod: 'paypal',
    serverId,
    unlinkedReason: null,
    notes: null,
    addons: [{ name: 'Extra address', price: '1.50', cycle: 'Monthly', status: 'Active', nextDue: '2026-04-04' }],
    cancellations: [],
  };
}

function profile(account: Account, carriedOverAt: string): CarriedProfile {
  return {
    accountId: account.id,
    legacyId: 57,
    carriedOverAt,
    firstName: 'Ada',
    lastName: 'Lovelace',
    company: 'Analytical Engines Ltd',
    email: 'billing@engines.example.com',
    phone: '+44 20 7946 0000',
    address1: '12 St James’s Square',
    address2: '',
    city: 'London',
    state: '',
    postcode: 'SW1Y 4JH',
    country: 'GB',
    taxId: 'GB999999973',
    currency: 'EUR',
    credit: '12.50',
    status: 'Active',
    customerSince: '2019-02-11',
    contacts: [
      {
        firstName: 'Charles',
        lastName: 'Babbage',
        company: '',
        email: 'charles@engines.example.com',
        phone: '',
        address1: '',
        address2: '',
        city: '',
        state: '',
        postcode: '',
        country: 'GB',
      },
    ],
    forStaff: {
      notes: 'Pays by the end of the month, always.',
      clientGroup: 'Partners',
      fields: [{ name: 'Rack', value: '12' }],
      accountNotes: [{ at: '2023-01-09T10:00:00Z', text: 'Called about a second rack.' }],
    },
  };
}

function invoice(db: Db, legacyId: number, status: string, total: string): CarriedInvoiceDetail {
  return {
    id: newId(db),
    legacyId,
    number: `2026-${legacyId}`,
    currency: 'EUR',
    status,
    issuedOn: '2026-02-18',
    dueOn: '2026-03-04',
    paidOn: status === 'Paid' ? '2026-02-20' : null,
    subtotal: '8.90',
    credit: '0.00',
    tax: '1.69',
    tax2: '0.00',
    total,
    paymentMethod: 'paypal',
    billedTo: 'Analytical Engines Ltd\n12 St James’s Square\nLondon SW1Y 4JH',
    notes: 'Thank you.',
    lines: [
      {
        id: newId(db),
        kind: 'Hosting',
        description: 'VPS Medium - web-1 (04/03/2026 - 03/04/2026)\nRAM: 4 GB\nCPU: 2 cores',
        amount: '7.40',
        taxed: true,
        periodFrom: '2026-03-04',
      },
      { id: newId(db), kind: 'Addon', description: 'Extra address', amount: '1.50', taxed: true, periodFrom: null },
    ],
  };
}

function transactions(db: Db, invoices: CarriedInvoiceDetail[]): CarriedTransaction[] {
  const base = { currency: 'EUR', gateway: 'paypal', fees: '0.35', amountIn: '0.00', amountOut: '0.00', refundOf: null };
  const about = (index: number) => ({ invoiceId: invoices[index]?.id ?? null, invoiceNumber: invoices[index]?.number ?? null });
  const paid = { ...base, kind: 'payment', amountIn: '10.59', description: 'Invoice payment' } as const;
  return [
    {
      ...base,
      id: newId(db),
      legacyId: 903,
      kind: 'refund',
      at: '2026-02-22T09:00:00Z',
      description: 'Refund',
      gatewayId: '8AB22',
      amountOut: '10.59',
      ...about(2),
    },
    { ...paid, id: newId(db), legacyId: 902, at: '2026-02-20T12:00:00Z', gatewayId: '7XK91', ...about(1) },
    { ...paid, id: newId(db), legacyId: 871, at: null, gatewayId: '', ...about(2) },
  ];
}

function credits(db: Db): CarriedCredit[] {
  return [
    { id: newId(db), legacyId: 31, kind: 'used', onDate: '2026-01-02', description: 'Invoice 1850', amount: '-7.50' },
    { id: newId(db), legacyId: 30, kind: 'added', onDate: '2025-12-24', description: 'Goodwill', amount: '20.00' },
  ];
}

function order(db: Db, legacyId: number, number: string): CarriedOrder {
  const invoiceLegacyId = null;
  return {
    id: newId(db),
    legacyId,
    number,
    orderedAt: '2021-03-04T08:00:00Z',
    amount: '8.90',
    status: 'Active',
    invoiceLegacyId,
  };
}

function tickets(db: Db): CarriedTicketDetail[] {
  const base = {
    department: 'Support',
    status: 'Closed',
    priority: 'High',
    author: 'Ada Lovelace',
    email: 'ada@example.com',
    serviceLegacyId: 812,
    mergedInto: null,
  };
  return [
    {
      ...base,
      id: newId(db),
      legacyId: 77,
      number: 'KLM-400221',
      subject: 'Site is down',
      openedAt: '2025-11-03T12:10:00Z',
      message: MESSAGE,
      replies: [
        {
          id: newId(db),
          author: 'Sam Staff',
          byStaff: true,
          message: 'The node was restarted; it answers again.',
          at: '2025-11-03T12:40:00Z',
        },
        { id: newId(db), author: 'Ada Lovelace', byStaff: false, message: 'Thank you!', at: '2025-11-03T12:44:00Z' },
      ],
    },
    {
      ...base,
      id: newId(db),
      legacyId: 61,
      number: 'QRS-118004',
      subject: 'Second address',
      openedAt: null,
      message: 'May I have one?',
      replies: [],
      mergedInto: 77,
    },
  ];
}

const finding = (position: number, more: Partial<MigrationFinding>): MigrationFinding => ({
  position,
  legacyTable: 'tblhosting',
  legacyId: 600 + position,
  outcome: 'finding',
  code: 'unknown-value',
  reason: 'the value Ubunut 24 of the field OS is no image: add it to the field’s values',
  serverId: null,
  serverName: null,
  accountId: null,
  accountName: null,
  userId: null,
  userEmail: null,
  ...more,
});

function migration(db: Db, cutOver: string, account: Account, lost: Server): Migration {
  const of = { accountId: account.id, accountName: account.name };
  return {
    run: {
      id: newId(db),
      source: 'whmcs',
      actor: 'slipway@billing',
      status: 'finished',
      startedAt: iso(Date.parse(cutOver) - 2_400_000),
      finishedAt: cutOver,
      sealedAt: cutOver,
      created: 48_211,
      changed: 12,
      unchanged: 0,
      conflicts: 1,
    },
    findings: [
      finding(1, {
        code: 'unlinked',
        reason: lost.message ?? 'no machine was found',
        serverId: lost.id,
        serverName: lost.name,
        accountId: lost.accountId,
        accountName: lost.accountName,
      }),
      finding(2, {}),
      finding(3, {
        code: 'password-reset',
        legacyTable: 'tblusers',
        legacyId: 57,
        reason: 'it has no password that can be checked: make a link with which the person sets one',
        userId: db.users[0]?.id ?? null,
        userEmail: db.users[0]?.email ?? null,
      }),
      finding(4, {
        outcome: 'conflict',
        code: 'target-changed',
        legacyTable: 'tblclients',
        legacyId: 57,
        reason: 'the name was changed in Slipway since the last run, and in WHMCS too: change by hand what should hold',
        ...of,
      }),
    ],
  };
}

/** The run as the API shows it: with what it found, counted. */
export function shown({ run, findings }: Migration): MigrationRunDetail {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  const codes = [...counts].map(([code, count]) => ({ code, count })).toSorted((a, b) => b.count - a.count);
  return { ...run, findings: findings.length, codes };
}
