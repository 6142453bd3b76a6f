alter table server_specs drop column adopt;
