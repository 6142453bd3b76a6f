alter table server_specs drop column removed_managers;
