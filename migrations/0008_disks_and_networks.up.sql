-- All disks and interfaces of a server's spec, and what a site offers for them.

-- Disks beside the root disk.
create table server_spec_disks (
    spec_id uuid not null references server_specs on delete cascade,
    position integer not null check (position between 0 and 15),
    name text not null check (length(name) between 1 and 32),
    size_gib integer not null check (size_gib between 1 and 131072),
    -- Null: the site's own storage.
    storage_class text,
    primary key (spec_id, position)
);

create table server_spec_networks (
    spec_id uuid not null references server_specs on delete cascade,
    position integer not null check (position between 0 and 15),
    name text not null check (length(name) between 1 and 32),
    network text not null,
    -- Set by the provider in place of the next free one.
    address text,
    address6 text,
    primary key (spec_id, position)
);

-- `server_specs.network` and the interface `public` say the same from now on; releases before this one read the column.
insert into server_spec_networks (spec_id, position, name, network)
    select id, 0, 'public', network from server_specs where network is not null;

alter table server_specs
    -- Entries that the API takes out of the object, whoever holds them.
    add column removed_disks text[] not null default '{}',
    add column removed_networks text[] not null default '{}',
    -- Empty: we took it away, whoever set it.
    add column anti_affinity_group text check (length(anti_affinity_group) <= 63);

alter table servers
    add column anti_affinity_group text,
    -- Mirrored from the status: shown with one server, never searched.
    add column disks_seen jsonb not null default '[]',
    add column networks_seen jsonb not null default '[]';

alter table sites add column storage_classes text[] not null default '{}';

-- What was mirrored so far knew the root disk and one network only: the next list reads every object again.
update servers set resource_version = 0, spec_hash = null where absent_at is null and uid is not null;
update sites set resource_version = 0;
