drop table address_pools, catalogue_wishes;
delete from servers where phase = 'Unlinked';
alter table servers drop constraint servers_phase_check;
alter table servers add constraint servers_phase_check check (phase in
    ('Pending', 'Provisioning', 'Running', 'Stopped', 'Updating', 'Suspended', 'Deleting', 'Failed'));
drop table account_notes, promotions, cancel_requests, ticket_replies, tickets, credits, transactions, invoice_lines,
    invoices, orders, host_servers, service_addons, services, carried_prices, currencies, contacts, account_profiles;
delete from credentials where password_hash not like '$argon2id$%';
alter table credentials drop constraint credentials_password_hash_check;
alter table credentials add constraint credentials_password_hash_check check (password_hash like '$argon2id$%');
drop table migration_findings, migration_records, migration_runs;
