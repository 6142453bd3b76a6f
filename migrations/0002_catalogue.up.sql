-- What can be ordered: a mirror of Kubernetes, rebuilt by a resync, and the prices, which live here alone.

create table plans (
    name text primary key,
    display_name text not null,
    description text,
    cores integer not null check (cores > 0),
    memory_mib integer not null check (memory_mib > 0),
    disk_gib integer not null check (disk_gib > 0),
    max_disk_gib integer not null check (max_disk_gib >= disk_gib),
    network_mbps integer check (network_mbps > 0),
    deprecated boolean not null,
    resource_version bigint not null
);

-- By the plan's name and without a foreign key: a price outlives a rebuilt mirror and may come before its plan.
create table plan_prices (
    plan text primary key,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    monthly numeric(12, 2) not null check (monthly >= 0),
    changed_at timestamptz not null
);

create table images (
    name text primary key,
    display_name text not null,
    os_family text not null,
    version text not null,
    end_of_life date,
    default_user text not null,
    deprecated boolean not null,
    resource_version bigint not null
);

create table sites (
    name text primary key,
    display_name text not null,
    region text not null,
    default_network text not null,
    ready boolean not null,
    reason text,
    message text,
    resource_version bigint not null
);

create table networks (
    name text primary key,
    display_name text not null,
    resource_version bigint not null
);

create table network_sites (
    network text not null references networks on delete cascade,
    site text not null,
    primary key (network, site)
);

-- Namespaces that may use the network; a trailing `*` matches the rest.
create table network_namespaces (
    network text not null references networks on delete cascade,
    pattern text not null,
    primary key (network, pattern)
);

-- Namespaces with the label `slipway.dev/account`: it alone says whose the servers in them are.
create table account_namespaces (
    name text primary key,
    account_id uuid not null references accounts,
    resource_version bigint not null
);
create index account_namespaces_account_id on account_namespaces (account_id);
