alter table sites drop column storage_classes;
alter table servers drop column anti_affinity_group, drop column disks_seen, drop column networks_seen;
alter table server_specs
    drop column removed_disks, drop column removed_networks, drop column anti_affinity_group;
drop table server_spec_networks;
drop table server_spec_disks;
