-- Changes on their way, and what became of them.

create table operations (
    id uuid primary key,
    server_id uuid not null references servers on delete cascade,
    account_id uuid references accounts,
    kind text not null check (kind in ('create', 'update', 'delete', 'action')),
    verb text check ((verb is not null) = (kind = 'action')),
    status text not null check (status in ('accepted', 'running', 'succeeded', 'failed', 'superseded', 'expired')),
    reason text,
    message text,
    -- The revision that it waits for.
    revision bigint not null,
    requested_by uuid references users,
    request_id text not null,
    -- The answer to the apply: the operation ends by what is observed of this uid from this generation on.
    uid text,
    generation bigint,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    finished_at timestamptz check ((finished_at is not null) = (status not in ('accepted', 'running')))
);
create index operations_server on operations (server_id, id);
create index operations_account on operations (account_id, id);
create index operations_account_status on operations (account_id, status, id);
create index operations_status on operations (status, id);
create index operations_open on operations (server_id) where status in ('accepted', 'running');

create table operation_progress (
    operation_id uuid not null references operations on delete cascade,
    position integer not null check (position between 0 and 19),
    at timestamptz not null,
    reason text not null,
    message text not null,
    primary key (operation_id, position)
);

-- A verb on its way to Kubernetes. `sequence` orders the verbs of a server.
create table actions (
    operation_id uuid primary key references operations on delete cascade,
    server_id uuid not null references servers on delete cascade,
    sequence bigint not null,
    not_after timestamptz not null,
    object_name text not null,
    delivered_at timestamptz,
    uid text,
    -- Delivered and no longer in Kubernetes.
    absent_at timestamptz,
    unique (server_id, sequence)
);
create index actions_undelivered on actions (server_id, sequence) where delivered_at is null;
create index actions_object on actions (object_name);

-- Servers whose newest wish is not in Kubernetes yet.
create table dirty_servers (
    server_id uuid primary key references servers on delete cascade,
    not_before timestamptz not null,
    attempts integer not null default 0
);
create index dirty_servers_not_before on dirty_servers (not_before);

-- Guest password hashes on their way to a Secret, sealed with the key-encryption key.
create table sealed_secrets (
    server_id uuid primary key references servers on delete cascade,
    sealed bytea not null,
    created_at timestamptz not null
);

create table audit (
    id uuid primary key,
    at timestamptz not null,
    actor_id uuid references users,
    action text not null,
    account_id uuid references accounts,
    server_id uuid references servers on delete set null,
    operation_id uuid references operations on delete set null,
    request_id text not null,
    detail text not null default ''
);
create index audit_account on audit (account_id, id);
create index audit_server on audit (server_id, id);

create table idempotency_keys (
    user_id uuid not null references users on delete cascade,
    key text not null check (length(key) between 1 and 128),
    request_hash bytea not null,
    status smallint,
    location text,
    -- Sealed: an answer may hold a link that sets a password.
    sealed_body bytea,
    created_at timestamptz not null,
    primary key (user_id, key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);

-- One row. `halted_reason` stops the dispatcher until `slipway-api resync`.
create table mirror_state (
    singleton boolean primary key default true check (singleton),
    resource_version bigint not null default 0,
    synced_at timestamptz,
    halted_reason text,
    halted_message text,
    -- Set by `slipway-api resync --accept-deletions`; used up by the next complete list.
    accept_deletions boolean not null default false
);
insert into mirror_state default values;

-- Objects that could not be mirrored; they never stop the others.
create table mirror_flags (
    kind text not null,
    namespace text not null,
    name text not null,
    message text not null,
    at timestamptz not null,
    primary key (kind, namespace, name)
);
