drop index operations_account_unfinished;
drop index operations_unfinished;
drop table site_acknowledgements;
alter table sites drop column detail;
