alter table servers
    drop column installed_image,
    drop column snapshots,
    drop column backups,
    drop column detached_disks,
    drop column drift;
alter table actions drop column parameters;
