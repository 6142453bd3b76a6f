-- A machine that is there already becomes a server: which one, spelled as in the server's spec.
alter table server_specs add column adopt jsonb;
create index server_specs_adopt on server_specs (((adopt ->> 'vmid')::int)) where adopt is not null;
