delete from operations where kind = 'purge';
alter table operations drop constraint operations_kind_check;
alter table operations add constraint operations_kind_check
    check (kind in ('create', 'update', 'delete', 'undelete', 'action'));

alter table servers drop column retained_purging;
