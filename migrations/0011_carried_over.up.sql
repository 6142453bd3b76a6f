-- What a migration carries over from another billing system: runs, people's profiles, what was sold, and readable history.
--
-- Every row of history has a UUID v5 of source, table and number, so that a repeated run finds it again; `source_hash` says
-- whether its source has changed since, `run_id` which run made it.

create table migration_runs (
    id uuid primary key,
    -- The mapping's name of the database that is read.
    source text not null check (length(source) between 1 and 63),
    mapping_hash bytea not null,
    -- Who ran it: the database's user and the host.
    actor text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    status text not null check (status in ('running', 'finished', 'interrupted', 'rolled_back')),
    -- Set by the cut-over: later runs of this source do nothing.
    sealed_at timestamptz,
    -- Rows that were made, changed, left as they were, in conflict.
    created bigint not null default 0,
    changed bigint not null default 0,
    unchanged bigint not null default 0,
    conflicts bigint not null default 0
);
create index migration_runs_source on migration_runs (source, started_at);

-- Accounts, users, memberships and servers that a run made: they live on, and others change them too.
create table migration_records (
    id uuid primary key,
    source text not null,
    kind text not null check (kind in ('account', 'user', 'membership', 'server')),
    legacy_table text not null,
    legacy_id bigint not null,
    -- Of the record as it was carried over last.
    source_hash bytea not null,
    -- Of the target's columns as the last run left them: another hash now means that somebody changed them since.
    target_hash bytea not null,
    run_id uuid not null references migration_runs,
    updated_run_id uuid not null references migration_runs,
    unique (source, kind, legacy_table, legacy_id)
);
create index migration_records_run on migration_records (run_id);

-- What a run found that somebody has to look at; rows that were merely mapped are counted, not kept.
create table migration_findings (
    run_id uuid not null references migration_runs on delete cascade,
    position bigint not null,
    legacy_table text not null,
    legacy_id bigint not null,
    outcome text not null check (outcome in ('finding', 'conflict')),
    code text not null,
    reason text not null,
    server_id uuid references servers on delete set null,
    primary key (run_id, position)
);
create index migration_findings_code on migration_findings (run_id, code, position);

-- Hashes of other schemes than our own are kept as they are until their owner logs in: bcrypt, and MD5 wrapped in argon2id.
alter table credentials drop constraint credentials_password_hash_check;
alter table credentials add constraint credentials_password_hash_check check
    (password_hash like '$argon2id$%' or password_hash like '$2_$%' or password_hash like '$slipway-md5$%');

create table account_profiles (
    account_id uuid primary key references accounts on delete cascade,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    first_name text not null,
    last_name text not null,
    company text not null,
    email text not null,
    phone text not null,
    address1 text not null,
    address2 text not null,
    city text not null,
    state text not null,
    postcode text not null,
    country text not null,
    tax_id text not null,
    currency text not null,
    -- May be negative.
    credit numeric(16, 2) not null,
    status text not null,
    client_group text,
    customer_since date,
    -- For staff only.
    notes text not null,
    -- Custom fields: `[{name, value}]`, shown, never searched.
    fields jsonb not null default '[]'
);

create table contacts (
    id uuid primary key,
    account_id uuid not null references accounts on delete cascade,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    first_name text not null,
    last_name text not null,
    company text not null,
    email text not null,
    phone text not null,
    address1 text not null,
    address2 text not null,
    city text not null,
    state text not null,
    postcode text not null,
    country text not null
);
create index contacts_account on contacts (account_id, id);

create table currencies (
    code text primary key check (code ~ '^[A-Z]{3}$'),
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    prefix text not null,
    suffix text not null,
    -- Against the default currency.
    rate numeric(16, 5) not null,
    is_default boolean not null
);

-- The catalogue's prices for every cycle and currency; `plan_prices` holds what new orders pay a month.
create table carried_prices (
    id uuid primary key,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    plan text not null,
    currency text not null,
    cycle text not null,
    price numeric(16, 2) not null,
    setup_fee numeric(16, 2) not null
);
create index carried_prices_plan on carried_prices (plan, currency, cycle);

-- What was sold: one row a service, whatever became of it. A live one has a server.
create table services (
    id uuid primary key,
    account_id uuid references accounts on delete cascade,
    server_id uuid references servers on delete set null,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    product_id bigint not null,
    product_name text not null,
    status text not null check (status in
        ('active', 'suspended', 'pending', 'terminated', 'cancelled', 'fraud', 'completed')),
    suspend_reason text not null,
    -- The machine that it was sold as.
    plan text,
    cores integer,
    memory_mib integer,
    disk_gib integer,
    image text,
    region text,
    hostname text,
    ssh_keys text[] not null,
    addresses text[] not null,
    network_mbps integer,
    traffic_gib bigint,
    backups integer,
    snapshots integer,
    site text,
    node text,
    vmid integer,
    -- Why no machine was linked.
    unlinked_reason text,
    -- Answers and values that are kept as text: `[{name, value}]`, shown, never searched.
    kept jsonb not null default '[]',
    notes text not null,
    -- Its contract. The price is of one period, without addons and tax.
    price numeric(16, 2) not null,
    first_payment numeric(16, 2) not null,
    currency text not null,
    cycle text not null check (cycle in ('free', 'one-time', 'monthly', 'quarterly', 'semi-annually', 'annually',
        'biennially', 'triennially')),
    quantity integer not null check (quantity > 0),
    registered_on date,
    next_due date,
    promotion_id bigint,
    payment_method text not null,
    subscription text not null
);
create index services_account on services (account_id, id);
create index services_server on services (server_id) where server_id is not null;

create table service_addons (
    id uuid primary key,
    service_id uuid references services on delete cascade,
    account_id uuid references accounts on delete cascade,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    name text not null,
    price numeric(16, 2) not null,
    cycle text not null,
    status text not null,
    next_due date
);
create index service_addons_service on service_addons (service_id, id);

create table host_servers (
    id uuid primary key,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    name text not null,
    hostname text not null,
    address text not null,
    module text not null,
    active boolean not null
);

create table orders (
    id uuid primary key,
    account_id uuid references accounts on delete cascade,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    number text not null,
    ordered_at timestamptz,
    amount numeric(16, 2) not null,
    status text not null,
    invoice_id bigint
);
create index orders_account on orders (account_id, legacy_id);

create table invoices (
    id uuid primary key,
    account_id uuid references accounts on delete cascade,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    number text not null,
    currency text not null,
    status text not null,
    issued_on date,
    due_on date,
    paid_on date,
    subtotal numeric(16, 2) not null,
    credit numeric(16, 2) not null,
    tax numeric(16, 2) not null,
    tax2 numeric(16, 2) not null,
    total numeric(16, 2) not null,
    payment_method text not null,
    billed_to text not null,
    notes text not null
);
create index invoices_account on invoices (account_id, legacy_id);

create table invoice_lines (
    id uuid primary key,
    invoice_id uuid not null,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    kind text not null,
    about bigint,
    description text not null,
    amount numeric(16, 2) not null,
    taxed boolean not null,
    period_from date
);
create index invoice_lines_invoice on invoice_lines (invoice_id, legacy_id);

create table transactions (
    id uuid primary key,
    account_id uuid references accounts on delete cascade,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    invoice_id bigint,
    currency text not null,
    at timestamptz,
    gateway text not null,
    description text not null,
    amount_in numeric(16, 2) not null,
    amount_out numeric(16, 2) not null,
    fees numeric(16, 2) not null,
    gateway_id text not null,
    refund_of bigint
);
create index transactions_account on transactions (account_id, legacy_id);

create table credits (
    id uuid primary key,
    account_id uuid references accounts on delete cascade,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    on_date date,
    description text not null,
    amount numeric(16, 2) not null
);
create index credits_account on credits (account_id, legacy_id);

create table tickets (
    id uuid primary key,
    account_id uuid references accounts on delete cascade,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    number text not null,
    department text not null,
    author text not null,
    email text not null,
    subject text not null,
    message text not null,
    status text not null,
    priority text not null,
    opened_at timestamptz,
    service_id bigint,
    merged_into bigint
);
create index tickets_account on tickets (account_id, legacy_id);

create table ticket_replies (
    id uuid primary key,
    ticket_id uuid not null,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    author text not null,
    by_staff boolean not null,
    message text not null,
    at timestamptz
);
create index ticket_replies_ticket on ticket_replies (ticket_id, legacy_id);

create table cancel_requests (
    id uuid primary key,
    service_id uuid,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    at timestamptz,
    reason text not null,
    kind text not null
);
create index cancel_requests_service on cancel_requests (service_id);

create table promotions (
    id uuid primary key,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    code text not null,
    kind text not null,
    value numeric(16, 2) not null,
    recurring boolean not null,
    starts_on date,
    ends_on date,
    notes text not null
);

-- For staff only.
create table account_notes (
    id uuid primary key,
    account_id uuid not null references accounts on delete cascade,
    source_hash bytea not null,
    run_id uuid not null references migration_runs,
    legacy_id bigint not null,
    at timestamptz,
    text text not null
);
create index account_notes_account on account_notes (account_id, legacy_id);

-- Servers of services without an identified machine: no custom resource, nothing is dispatched for them.
alter table servers drop constraint servers_phase_check;
alter table servers add constraint servers_phase_check check (phase in
    ('Pending', 'Provisioning', 'Running', 'Stopped', 'Updating', 'Suspended', 'Deleting', 'Failed', 'Unlinked'));

-- Catalogue objects that a migration needs and that staff lets it make: desired state that the dispatcher applies.
create table catalogue_wishes (
    kind text not null check (kind in ('ServerPlan', 'OSImage', 'Network', 'AddressPool')),
    name text not null,
    manifest jsonb not null,
    run_id uuid not null references migration_runs,
    applied_at timestamptz,
    -- Why it is not applied yet.
    message text,
    not_before timestamptz not null,
    primary key (kind, name)
);
create index catalogue_wishes_due on catalogue_wishes (not_before) where applied_at is null;

-- A mirror of Kubernetes, rebuilt by a resync.
create table address_pools (
    name text primary key,
    scope text not null,
    subnet text not null,
    resource_version bigint not null
);
