-- Pages of what was carried over, newest first, and when each account was.
create index services_account_number on services (account_id, legacy_id);
drop index services_account;
create index migration_runs_started on migration_runs (started_at, id);

-- The cut-over of the account's source; before it, the last run's end.
create view carried_accounts as
select p.account_id, p.legacy_id,
       (select coalesce(max(r.sealed_at), max(r.finished_at), max(r.started_at)) from migration_runs r
        where r.source = own.source) as carried_over_at
from account_profiles p join migration_runs own on own.id = p.run_id;
