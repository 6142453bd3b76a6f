-- Field managers whose claims on the object go with the next apply: what Git held is taken back by the dashboard.
alter table server_specs add column removed_managers text[] not null default '{}';
