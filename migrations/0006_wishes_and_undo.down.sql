delete from operations where kind = 'undelete';
alter table operations drop constraint operations_kind_check;
alter table operations add constraint operations_kind_check check (kind in ('create', 'update', 'delete', 'action'));

drop index servers_account_kept;
drop index servers_retained_uid;
alter table servers
    drop column drift_policy,
    drop column paused,
    drop column suspended,
    drop column wanted_node,
    drop column network_mbps,
    drop column dns_servers,
    drop column dns_search_domain,
    drop column retained_uid;
alter table server_specs
    drop column drift_policy,
    drop column paused,
    drop column suspended,
    drop column node,
    drop column network_mbps,
    drop column dns_servers,
    drop column dns_search_domain,
    drop column undelete_uid,
    drop column undelete_override;
