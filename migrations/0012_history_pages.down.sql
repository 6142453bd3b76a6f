drop view carried_accounts;
drop index migration_runs_started;
create index services_account on services (account_id, id);
drop index services_account_number;
