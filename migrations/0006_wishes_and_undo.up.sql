-- The rest of a server's spec, suspension, and taking a deleted server back.

alter table server_specs
    add column drift_policy text check (drift_policy in ('Correct', 'Report')),
    add column paused boolean,
    -- The reason that the customer reads; empty: we lifted the suspension, whoever set it.
    add column suspended text check (length(suspended) <= 256),
    add column node text,
    add column network_mbps integer check (network_mbps > 0),
    -- Null servers: we set nothing about DNS.
    add column dns_servers text[],
    add column dns_search_domain text,
    add column undelete_uid text,
    add column undelete_override boolean;

-- Copied from the newest revision, as the columns beside them are.
alter table servers
    add column drift_policy text not null default 'Correct' check (drift_policy in ('Correct', 'Report')),
    add column paused boolean not null default false,
    add column suspended text,
    add column wanted_node text,
    add column network_mbps integer,
    add column dns_servers text[] not null default '{}',
    add column dns_search_domain text,
    -- While a deleted server is taken back: the uid of the object that the retained record is about.
    add column retained_uid text;
create index servers_retained_uid on servers (retained_uid) where retained_uid is not null;
-- Deleted servers whose machine is kept, for the list of what can be taken back.
create index servers_account_kept on servers (account_id, created_at, id)
    where retained_since is not null and absent_at is not null;

alter table operations drop constraint operations_kind_check;
alter table operations add constraint operations_kind_check
    check (kind in ('create', 'update', 'delete', 'undelete', 'action'));
