-- A deleted server's machine is destroyed before its time.

alter table operations drop constraint operations_kind_check;
alter table operations add constraint operations_kind_check
    check (kind in ('create', 'update', 'delete', 'undelete', 'purge', 'action'));

-- Mirrored from the RetainedServer: it is being destroyed, and nothing takes it back any more.
alter table servers add column retained_purging boolean not null default false;

-- What was mirrored so far did not say who changed a setting by hand: the next list reads those objects again.
update servers set resource_version = 0 where drift <> '[]' and absent_at is null and uid is not null;
