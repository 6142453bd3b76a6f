//! Every call that Slipway makes, as data, and how it goes over the wire.

use http::Method;

use crate::{FirewallCall, NodeName, Upid, Vmid};

/// A call. Nothing in it is computed at sending time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ProxmoxRequest {
    Version,
    ClusterStatus,
    /// Every guest, node and storage that the token may see; statistics lag by up to 10 seconds.
    ClusterResources,
    /// Whether `vmid` is free in the whole cluster. Needs no privilege and tells the truth.
    NextId {
        vmid: Vmid,
    },
    /// The token's own privileges.
    Permissions,
    /// What the node sees of each storage.
    NodeStorages {
        node: NodeName,
    },
    NodeBridges {
        node: NodeName,
    },
    NodeTime {
        node: NodeName,
    },
    /// Whether the cluster's firewall is on.
    Firewall,
    Pool {
        pool: String,
    },
    CreatePool {
        pool: String,
        comment: String,
    },
    SetPoolComment {
        pool: String,
        comment: String,
    },
    /// Puts a guest into a pool, out of any other.
    JoinPool {
        pool: String,
        vmid: Vmid,
    },
    LeavePool {
        pool: String,
        vmid: Vmid,
    },
    /// The node's newest tasks of one type, those that run included; of one guest if given.
    Tasks {
        node: NodeName,
        kind: &'static str,
        vmid: Option<Vmid>,
    },
    /// Every task that runs on the node now, whoever started it.
    RunningTasks {
        node: NodeName,
    },
    TaskStatus {
        upid: Upid,
    },
    /// The configuration with pending values merged in.
    Config {
        node: NodeName,
        vmid: Vmid,
    },
    /// Of a container.
    ContainerConfig {
        node: NodeName,
        vmid: Vmid,
    },
    Status {
        node: NodeName,
        vmid: Vmid,
    },
    /// Which options the running machine does not have yet.
    Pending {
        node: NodeName,
        vmid: Vmid,
    },
    /// What a guest may send.
    GuestFirewall {
        node: NodeName,
        vmid: Vmid,
        call: FirewallCall,
    },
    /// Of a template, on the template's node: linked to it, or a full copy on another storage.
    Clone {
        node: NodeName,
        template: Vmid,
        newid: Vmid,
        name: String,
        pool: String,
        description: String,
        full_to: Option<String>,
    },
    SetConfig {
        node: NodeName,
        vmid: Vmid,
        change: ConfigChange,
    },
    /// Absolute size; Proxmox never shrinks.
    Resize {
        node: NodeName,
        vmid: Vmid,
        disk: String,
        size_gib: u32,
    },
    Start {
        node: NodeName,
        vmid: Vmid,
    },
    /// Asks the guest; with `force`, cuts the power when `timeout` seconds have passed.
    Shutdown {
        node: NodeName,
        vmid: Vmid,
        timeout: u32,
        force: bool,
    },
    /// Cuts the power; with `overrule`, aborts a shutdown of ours that still waits.
    Stop {
        node: NodeName,
        vmid: Vmid,
        overrule: bool,
    },
    /// Shuts down and starts again, which applies pending changes.
    Reboot {
        node: NodeName,
        vmid: Vmid,
        timeout: u32,
    },
    /// The machine's reset button.
    Reset {
        node: NodeName,
        vmid: Vmid,
    },
    /// A guest's snapshots.
    Snapshots {
        node: NodeName,
        vmid: Vmid,
    },
    /// Keeps the disks as they are; with `memory`, a running guest's memory too.
    CreateSnapshot {
        node: NodeName,
        vmid: Vmid,
        name: String,
        memory: bool,
    },
    DeleteSnapshot {
        node: NodeName,
        vmid: Vmid,
        name: String,
    },
    /// Brings back disks and configuration, its description aside. Never starts a guest whose memory was not kept.
    Rollback {
        node: NodeName,
        vmid: Vmid,
        name: String,
    },
    /// Copies one guest to a storage, running if it runs. `notes` is a template: `{{guestname}}` is filled.
    Backup {
        node: NodeName,
        vmid: Vmid,
        storage: String,
        notes: String,
    },
    /// The backups on a storage that are of this number.
    Backups {
        node: NodeName,
        storage: String,
        vmid: Vmid,
    },
    /// Removes a volume by its name, as `local:backup/vzdump-…`.
    DeleteVolume {
        node: NodeName,
        volid: String,
    },
    /// Puts an archive in place of the stopped guest with this number, which stays in its pool.
    Restore {
        node: NodeName,
        vmid: Vmid,
        archive: String,
        pool: String,
        /// In the place of the VM that is there. Without, Proxmox refuses a number that is taken.
        overwrite: bool,
    },
    /// What stands in a migration's way.
    MigratePreconditions {
        node: NodeName,
        vmid: Vmid,
    },
    Migrate {
        node: NodeName,
        vmid: Vmid,
        target: NodeName,
        online: bool,
        local_disks: bool,
    },
    /// A change of options that takes long, as the import of a disk: a task.
    SetConfigInTask {
        node: NodeName,
        vmid: Vmid,
        change: ConfigChange,
    },
    /// Destroys the volume in an `unusedN` slot.
    Unlink {
        node: NodeName,
        vmid: Vmid,
        slot: String,
    },
    /// Destroys the guest and the volumes that its configuration names, nothing else. `purge` also takes it out of the
    /// HA stack, which refuses otherwise.
    Destroy {
        node: NodeName,
        vmid: Vmid,
        purge: bool,
    },
}

/// One PUT of options. `digest` is of the configuration that the change was decided on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ConfigChange {
    pub set: Vec<(String, String)>,
    pub delete: Vec<String>,
    pub digest: String,
}

/// What goes over the wire: `path` below `/api2/json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireRequest {
    pub method: Method,
    pub path: String,
    /// Query for GET and DELETE, form for the others.
    pub params: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireAnswer {
    pub status: u16,
    /// Proxmox says what is wrong in the reason phrase.
    pub reason: String,
    pub body: String,
}

impl ProxmoxRequest {
    /// Whether it changes nothing.
    pub const fn is_read(&self) -> bool {
        if let Self::GuestFirewall { call, .. } = self {
            return call.is_read();
        }
        matches!(
            self,
            Self::Version
                | Self::ClusterStatus
                | Self::ClusterResources
                | Self::NextId { .. }
                | Self::Permissions
                | Self::NodeStorages { .. }
                | Self::NodeBridges { .. }
                | Self::NodeTime { .. }
                | Self::Firewall
                | Self::Pool { .. }
                | Self::Tasks { .. }
                | Self::RunningTasks { .. }
                | Self::TaskStatus { .. }
                | Self::Config { .. }
                | Self::ContainerConfig { .. }
                | Self::Status { .. }
                | Self::Pending { .. }
                | Self::Snapshots { .. }
                | Self::Backups { .. }
                | Self::MigratePreconditions { .. }
        )
    }

    /// Label for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::ClusterStatus => "cluster_status",
            Self::ClusterResources => "cluster_resources",
            Self::NextId { .. } => "nextid",
            Self::Permissions => "permissions",
            Self::NodeStorages { .. } => "node_storages",
            Self::NodeBridges { .. } => "node_bridges",
            Self::NodeTime { .. } => "node_time",
            Self::Firewall => "firewall",
            Self::Pool { .. } => "pool",
            Self::CreatePool { .. } => "create_pool",
            Self::SetPoolComment { .. } => "set_pool_comment",
            Self::JoinPool { .. } => "join_pool",
            Self::LeavePool { .. } => "leave_pool",
            Self::Tasks { .. } => "tasks",
            Self::RunningTasks { .. } => "running_tasks",
            Self::TaskStatus { .. } => "task_status",
            Self::Config { .. } => "config",
            Self::ContainerConfig { .. } => "container_config",
            Self::Status { .. } => "status",
            Self::Pending { .. } => "pending",
            Self::GuestFirewall { call, .. } => call.name(),
            Self::Clone { .. } => "clone",
            Self::SetConfig { .. } => "set_config",
            Self::Resize { .. } => "resize",
            Self::Start { .. } => "start",
            Self::Shutdown { .. } => "shutdown",
            Self::Stop { .. } => "stop",
            Self::Reboot { .. } => "reboot",
            Self::Destroy { .. } => "destroy",
            Self::Reset { .. } => "reset",
            Self::Snapshots { .. } => "snapshots",
            Self::CreateSnapshot { .. } => "create_snapshot",
            Self::DeleteSnapshot { .. } => "delete_snapshot",
            Self::Rollback { .. } => "rollback",
            Self::Backup { .. } => "backup",
            Self::Backups { .. } => "backups",
            Self::DeleteVolume { .. } => "delete_volume",
            Self::Restore { .. } => "restore",
            Self::MigratePreconditions { .. } => "migrate_preconditions",
            Self::Migrate { .. } => "migrate",
            Self::SetConfigInTask { .. } => "set_config_in_task",
            Self::Unlink { .. } => "unlink",
        }
    }

    /// The HTTP request for it.
    #[expect(clippy::too_many_lines, reason = "a table: one row a call")]
    pub fn wire(&self) -> WireRequest {
        let qemu = |node: &NodeName, vmid: &Vmid, rest: &str| format!("/nodes/{node}/qemu/{vmid}{rest}");
        let (method, path, params): (Method, String, Vec<(&str, String)>) = match self {
            Self::Version => (Method::GET, "/version".into(), vec![]),
            Self::ClusterStatus => (Method::GET, "/cluster/status".into(), vec![]),
            Self::ClusterResources => (Method::GET, "/cluster/resources".into(), vec![]),
            Self::NextId { vmid } => (Method::GET, "/cluster/nextid".into(), vec![("vmid", vmid.to_string())]),
            Self::Permissions => (Method::GET, "/access/permissions".into(), vec![]),
            Self::NodeStorages { node } => (Method::GET, format!("/nodes/{node}/storage"), vec![]),
            Self::NodeBridges { node } => {
                (Method::GET, format!("/nodes/{node}/network"), vec![("type", "any_bridge".to_owned())])
            }
            Self::NodeTime { node } => (Method::GET, format!("/nodes/{node}/time"), vec![]),
            Self::Firewall => (Method::GET, "/cluster/firewall/options".into(), vec![]),
            Self::Pool { pool } => (Method::GET, "/pools".into(), vec![("poolid", pool.clone())]),
            Self::CreatePool { pool, comment } => {
                (Method::POST, "/pools".into(), vec![("poolid", pool.clone()), ("comment", comment.clone())])
            }
            Self::SetPoolComment { pool, comment } => {
                (Method::PUT, "/pools".into(), vec![("poolid", pool.clone()), ("comment", comment.clone())])
            }
            Self::JoinPool { pool, vmid } => {
                let params = vec![("poolid", pool.clone()), ("vms", vmid.to_string()), ("allow-move", "1".into())];
                (Method::PUT, "/pools".into(), params)
            }
            Self::LeavePool { pool, vmid } => {
                let params = vec![("poolid", pool.clone()), ("vms", vmid.to_string()), ("delete", "1".into())];
                (Method::PUT, "/pools".into(), params)
            }
            Self::Tasks { node, kind, vmid } => {
                let mut params = vec![("source", "all".to_owned()), ("typefilter", (*kind).to_owned())];
                params.extend(vmid.map(|v| ("vmid", v.to_string())));
                (Method::GET, format!("/nodes/{node}/tasks"), params)
            }
            Self::RunningTasks { node } => {
                // A busy node runs more than the 50 that are listed unasked.
                let params = vec![("source", "active".to_owned()), ("limit", "1000".to_owned())];
                (Method::GET, format!("/nodes/{node}/tasks"), params)
            }
            Self::TaskStatus { upid } => {
                (Method::GET, format!("/nodes/{}/tasks/{}/status", upid.node(), percent_encode(upid.as_str())), vec![])
            }
            Self::Config { node, vmid } => (Method::GET, qemu(node, vmid, "/config"), vec![]),
            Self::ContainerConfig { node, vmid } => (Method::GET, format!("/nodes/{node}/lxc/{vmid}/config"), vec![]),
            Self::Status { node, vmid } => (Method::GET, qemu(node, vmid, "/status/current"), vec![]),
            Self::Pending { node, vmid } => (Method::GET, qemu(node, vmid, "/pending"), vec![]),
            Self::GuestFirewall { node, vmid, call } => return call.wire(node, *vmid),
            Self::Clone { node, template, newid, name, pool, description, full_to } => {
                let mut params = vec![
                    ("newid", newid.to_string()),
                    ("name", name.clone()),
                    ("pool", pool.clone()),
                    ("description", description.clone()),
                    ("full", u8::from(full_to.is_some()).to_string()),
                ];
                params.extend(full_to.clone().map(|storage| ("storage", storage)));
                (Method::POST, qemu(node, template, "/clone"), params)
            }
            Self::SetConfig { node, vmid, change } => {
                let wire = change.params();
                return WireRequest { method: Method::PUT, path: qemu(node, vmid, "/config"), params: wire };
            }
            Self::Resize { node, vmid, disk, size_gib } => (
                Method::PUT,
                qemu(node, vmid, "/resize"),
                vec![("disk", disk.clone()), ("size", format!("{size_gib}G"))],
            ),
            Self::Start { node, vmid } => (Method::POST, qemu(node, vmid, "/status/start"), vec![]),
            Self::Shutdown { node, vmid, timeout, force } => (
                Method::POST,
                qemu(node, vmid, "/status/shutdown"),
                vec![("timeout", timeout.to_string()), ("forceStop", u8::from(*force).to_string())],
            ),
            Self::Stop { node, vmid, overrule } => {
                let params = if *overrule { vec![("overrule-shutdown", "1".into())] } else { vec![] };
                (Method::POST, qemu(node, vmid, "/status/stop"), params)
            }
            Self::Reboot { node, vmid, timeout } => {
                (Method::POST, qemu(node, vmid, "/status/reboot"), vec![("timeout", timeout.to_string())])
            }
            Self::Destroy { node, vmid, purge } => {
                let params = if *purge { vec![("purge", "1".into())] } else { vec![] };
                (Method::DELETE, qemu(node, vmid, ""), params)
            }
            Self::Reset { node, vmid } => (Method::POST, qemu(node, vmid, "/status/reset"), vec![]),
            Self::Snapshots { node, vmid } => (Method::GET, qemu(node, vmid, "/snapshot"), vec![]),
            Self::CreateSnapshot { node, vmid, name, memory } => (
                Method::POST,
                qemu(node, vmid, "/snapshot"),
                vec![("snapname", name.clone()), ("vmstate", u8::from(*memory).to_string())],
            ),
            Self::DeleteSnapshot { node, vmid, name } => {
                (Method::DELETE, qemu(node, vmid, &format!("/snapshot/{}", percent_encode(name))), vec![])
            }
            Self::Rollback { node, vmid, name } => {
                (Method::POST, qemu(node, vmid, &format!("/snapshot/{}/rollback", percent_encode(name))), vec![])
            }
            Self::Backup { node, vmid, storage, notes } => (
                Method::POST,
                format!("/nodes/{node}/vzdump"),
                vec![
                    ("vmid", vmid.to_string()),
                    ("storage", storage.clone()),
                    ("mode", "snapshot".into()),
                    ("compress", "zstd".into()),
                    ("notes-template", notes.clone()),
                ],
            ),
            Self::Backups { node, storage, vmid } => (
                Method::GET,
                format!("/nodes/{node}/storage/{}/content", percent_encode(storage)),
                vec![("content", "backup".into()), ("vmid", vmid.to_string())],
            ),
            Self::DeleteVolume { node, volid } => {
                let storage = volid.split(':').next().unwrap_or_default();
                let (storage, volume) = (percent_encode(storage), percent_encode(volid));
                (Method::DELETE, format!("/nodes/{node}/storage/{storage}/content/{volume}"), vec![])
            }
            Self::Restore { node, vmid, archive, pool, overwrite } => (
                Method::POST,
                format!("/nodes/{node}/qemu"),
                vec![
                    ("vmid", vmid.to_string()),
                    ("archive", archive.clone()),
                    ("pool", pool.clone()),
                    ("force", u8::from(*overwrite).to_string()),
                    ("unique", "0".into()),
                ],
            ),
            Self::MigratePreconditions { node, vmid } => (Method::GET, qemu(node, vmid, "/migrate"), vec![]),
            Self::Migrate { node, vmid, target, online, local_disks } => (
                Method::POST,
                qemu(node, vmid, "/migrate"),
                vec![
                    ("target", target.to_string()),
                    ("online", u8::from(*online).to_string()),
                    ("with-local-disks", u8::from(*local_disks).to_string()),
                ],
            ),
            Self::SetConfigInTask { node, vmid, change } => {
                let wire = change.params();
                return WireRequest { method: Method::POST, path: qemu(node, vmid, "/config"), params: wire };
            }
            Self::Unlink { node, vmid, slot } => {
                (Method::PUT, qemu(node, vmid, "/unlink"), vec![("idlist", slot.clone())])
            }
        };
        WireRequest { method, path, params: params.into_iter().map(|(k, v)| (k.to_owned(), v)).collect() }
    }
}

impl ConfigChange {
    fn params(&self) -> Vec<(String, String)> {
        let mut params = self.set.clone();
        if !self.delete.is_empty() {
            params.push(("delete".to_owned(), self.delete.join(",")));
        }
        params.push(("digest".to_owned(), self.digest.clone()));
        params
    }
}

/// A path segment: everything but unreserved characters is escaped (a UPID holds `:`, `@` and `!`).
pub fn percent_encode(segment: &str) -> String {
    use std::fmt::Write as _;
    segment.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> NodeName {
        NodeName::try_from("pve1").unwrap()
    }

    fn vmid(n: u32) -> Vmid {
        Vmid::try_from(n).unwrap()
    }

    #[test]
    fn a_upid_is_escaped_in_the_path() {
        let upid: Upid = "UPID:pve1:00000494:00064C21:6B03D53C:qmcreate:9000:root@pam!full:".parse().unwrap();
        assert_eq!(
            ProxmoxRequest::TaskStatus { upid }.wire().path,
            "/nodes/pve1/tasks/UPID%3Apve1%3A00000494%3A00064C21%3A6B03D53C%3Aqmcreate%3A9000%3Aroot%40pam%21full%3A/status"
        );
    }

    #[test]
    fn a_clone_carries_pool_and_mark_in_the_call_itself() {
        let wire = ProxmoxRequest::Clone {
            node: node(),
            template: vmid(9000),
            newid: vmid(100_000),
            name: "web".into(),
            pool: "slipway-x".into(),
            description: "slipway:v1 …".into(),
            full_to: None,
        }
        .wire();
        assert_eq!((wire.method, wire.path.as_str()), (Method::POST, "/nodes/pve1/qemu/9000/clone"));
        for key in ["newid", "name", "pool", "description"] {
            assert!(wire.params.iter().any(|(k, _)| k == key), "{key}");
        }
        assert!(wire.params.contains(&("full".to_owned(), "0".to_owned())), "linked, unless a storage is named");
    }

    #[test]
    fn a_destroy_never_asks_for_more_than_the_guest_itself() {
        let wire = ProxmoxRequest::Destroy { node: node(), vmid: vmid(100_000), purge: false }.wire();
        assert_eq!((wire.method, wire.path.as_str()), (Method::DELETE, "/nodes/pve1/qemu/100000"));
        assert!(wire.params.is_empty());
        let managed = ProxmoxRequest::Destroy { node: node(), vmid: vmid(100_000), purge: true }.wire();
        assert_eq!(managed.params, [("purge".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn a_config_write_always_carries_its_digest() {
        let change = ConfigChange {
            set: vec![("cores".into(), "2".into())],
            delete: vec!["cipassword".into()],
            digest: "abc".into(),
        };
        let wire = ProxmoxRequest::SetConfig { node: node(), vmid: vmid(100), change }.wire();
        assert_eq!(
            wire.params,
            [
                ("cores".into(), "2".into()),
                ("delete".into(), "cipassword".into()),
                ("digest".to_owned(), "abc".to_owned())
            ]
        );
    }
}
