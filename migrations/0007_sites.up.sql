-- What staff looks after at a site, and what they have acknowledged there.

-- Mirrored from the ProxmoxSite's spec and status: shown with one site, never searched.
alter table sites add column detail jsonb not null default '{}';

-- The newest acknowledgement of each site, on its way to the site's annotation. Without a foreign key: it outlives a
-- rebuilt mirror.
create table site_acknowledgements (
    site text primary key,
    condition text not null check (condition in
        ('Brake', 'InventoryShrank', 'SiteIdentityChanged', 'StateOlderThanSite')),
    at timestamptz not null,
    requested_by uuid not null references users,
    delivered_at timestamptz,
    -- Why it is not delivered yet.
    message text,
    not_before timestamptz not null
);
create index site_acknowledgements_due on site_acknowledgements (not_before) where delivered_at is null;

-- What is still going on, for the list of what waits.
create index operations_unfinished on operations (id) where status in ('accepted', 'running');
create index operations_account_unfinished on operations (account_id, id) where status in ('accepted', 'running');
