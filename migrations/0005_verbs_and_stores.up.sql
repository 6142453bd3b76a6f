-- What every verb needs to know, and what a server has in store: snapshots, backups, detached disks.

-- The snapshot, backup, image, disk or node that the verb is about, spelled as in the action's spec.
alter table actions add column parameters jsonb not null default '{}';

-- Mirrored from the VirtualServer's status: shown with one server, never searched.
alter table servers
    add column installed_image text,
    add column snapshots jsonb not null default '[]',
    add column backups jsonb not null default '[]',
    add column detached_disks jsonb not null default '[]',
    add column drift jsonb not null default '[]';
