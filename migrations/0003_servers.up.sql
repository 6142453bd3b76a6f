-- Servers: what is wished (revisions) and what is known (a mirror of Kubernetes).

create extension if not exists pg_trgm;

-- A server's spec as typed columns. In `owned` a null means "we do not set this field"; in `effective` it means that the
-- object does not have it.
create table server_specs (
    id uuid primary key,
    site text,
    plan text,
    image text,
    hostname text check (length(hostname) between 1 and 63),
    run_policy text check (run_policy in ('Managed', 'Running', 'Stopped')),
    access_user text,
    -- The Secret in the server's namespace that holds the crypt hash; the password itself is nowhere.
    password_secret text,
    network text,
    root_disk_gib integer check (root_disk_gib between 1 and 131072),
    -- Set by the provider in place of a plan.
    cores integer check (cores > 0),
    memory_mib integer check (memory_mib > 0),
    disk_gib integer check (disk_gib > 0),
    deletion_protection boolean,
    deletion_policy text check (deletion_policy in ('Delete', 'Retain')),
    deletion_grace_hours integer check (deletion_grace_hours between 0 and 720)
);

create table server_spec_ssh_keys (
    spec_id uuid not null references server_specs on delete cascade,
    position integer not null check (position between 0 and 31),
    key text not null check (length(key) <= 8192),
    primary key (spec_id, position)
);

create table servers (
    id uuid primary key,
    account_id uuid references accounts,
    origin text not null check (origin in ('api', 'kubernetes')),
    namespace text not null,
    object_name text not null,
    -- The newest revision's number; grows by one with each.
    revision bigint not null check (revision >= 0),
    delete_requested boolean not null default false,
    created_at timestamptz not null,
    updated_at timestamptz not null,

    -- What lists show and sort by, copied from the newest revision in the transaction that makes it.
    name text not null,
    site text not null,
    plan text not null,
    image text not null,
    network text,
    root_disk_gib integer,
    cores integer,
    memory_mib integer,
    disk_gib integer,
    run_policy text not null check (run_policy in ('Managed', 'Running', 'Stopped')),
    deletion_protection boolean not null,
    deletion_policy text not null check (deletion_policy in ('Delete', 'Retain')),
    deletion_grace_hours integer not null,

    -- Mirrored from the VirtualServer.
    uid text unique,
    resource_version bigint not null default 0,
    generation bigint,
    observed_generation bigint,
    spec_hash bytea,
    phase text not null default 'Pending' check (phase in
        ('Pending', 'Provisioning', 'Running', 'Stopped', 'Updating', 'Suspended', 'Deleting', 'Failed')),
    power_state text not null default 'unknown' check (power_state in ('running', 'stopped', 'unknown')),
    vmid integer,
    node text,
    search_text text not null default '',
    -- The uid is proven absent from Kubernetes.
    absent_at timestamptz,
    -- Mirrored from the RetainedServer.
    retained_since timestamptz,
    retained_until timestamptz,
    retained_name text,
    -- Neither an object nor a retained machine: history.
    listed boolean not null generated always as (absent_at is null or retained_since is not null) stored
);
create unique index servers_name_in_account on servers (account_id, name) where origin = 'api' and absent_at is null;
create unique index servers_object on servers (namespace, object_name) where absent_at is null;
create index servers_account_name on servers (account_id, name, id) where listed;
create index servers_account_created on servers (account_id, created_at, id) where listed;
create index servers_account_phase on servers (account_id, phase, id) where listed;
create index servers_account_plan on servers (account_id, plan, id) where listed;
create index servers_all_name on servers (name, id) where listed;
create index servers_all_created on servers (created_at, id) where listed;
create index servers_all_phase on servers (phase, id) where listed;
create index servers_all_plan on servers (plan, id) where listed;
create index servers_retained_name on servers (retained_name) where retained_name is not null;
create index servers_search on servers using gin (search_text gin_trgm_ops) where listed;

create table server_revisions (
    server_id uuid not null references servers on delete cascade,
    number bigint not null check (number > 0),
    -- What we apply; the mirror copies it and never changes it. Null: we own nothing of this server.
    owned_spec_id uuid references server_specs,
    -- What Kubernetes holds, as last mirrored. Never applied.
    effective_spec_id uuid references server_specs,
    origin text not null check (origin in ('api', 'kubernetes')),
    author_id uuid references users,
    created_at timestamptz not null,
    -- The answer to our apply; `applied_at` without a uid: it was refused and is not tried again.
    applied_uid text,
    applied_generation bigint,
    applied_at timestamptz,
    -- Of the spec in that answer: how the mirror knows our own echo.
    applied_hash bytea,
    primary key (server_id, number)
);
create index server_revisions_owned on server_revisions (owned_spec_id);
create index server_revisions_effective on server_revisions (effective_spec_id);

-- Who held fields of the object when the revision was mirrored.
create table server_revision_managers (
    server_id uuid not null,
    number bigint not null,
    manager text not null,
    kind text not null check (kind in ('slipway', 'git', 'person')),
    primary key (server_id, number, manager),
    foreign key (server_id, number) references server_revisions on delete cascade
);

-- Who holds which field now.
create table server_field_owners (
    server_id uuid not null references servers on delete cascade,
    field text not null,
    manager text not null,
    kind text not null check (kind in ('slipway', 'git', 'person')),
    primary key (server_id, field, manager)
);

create table server_conditions (
    server_id uuid not null references servers on delete cascade,
    type text not null,
    status text not null check (status in ('True', 'False', 'Unknown')),
    reason text not null,
    message text not null,
    observed_generation bigint,
    last_transition_time timestamptz not null,
    primary key (server_id, type)
);

create table server_addresses (
    server_id uuid not null references servers on delete cascade,
    position integer not null,
    address text not null,
    primary key (server_id, position)
);
