//! What a successful call answered, parsed leniently: Proxmox writes numbers as text now and then.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    BackupRow, FirewallCall, MigratePreconditions, NodeStorage, Permissions, Pool, ProxmoxError, ProxmoxRequest,
    Resources, SetMember, SnapshotRow, Upid, VmConfig, Vmid, error::Fault, firewall, inspect, request::WireAnswer,
    stored,
};

#[derive(Debug, Clone, PartialEq)]
pub enum ProxmoxAnswer {
    Version(String),
    ClusterStatus(ClusterStatus),
    Resources(Resources),
    /// To `NextId`: whether the number is free.
    Free(bool),
    Permissions(Permissions),
    NodeStorages(Vec<NodeStorage>),
    /// Names of bridges.
    NodeBridges(BTreeSet<String>),
    /// Seconds since 1970, as the node's clock says.
    NodeTime(i64),
    /// Whether it is on.
    Firewall(bool),
    /// To `Pool`; none when there is none. One that may not be seen is an error.
    Pool(Option<Pool>),
    Tasks(Vec<TaskRow>),
    TaskState(TaskState),
    Config(VmConfig),
    Status(GuestStatus),
    /// Names of options that wait for a restart.
    Pending(Vec<String>),
    FirewallOptions(BTreeMap<String, String>),
    IpSets(Vec<String>),
    IpSet(Vec<SetMember>),
    Snapshots(Vec<SnapshotRow>),
    Backups(Vec<BackupRow>),
    MigratePreconditions(MigratePreconditions),
    /// A task was started.
    Started(Upid),
    /// Done, and there is nothing to say.
    Done,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClusterStatus {
    /// None on a standalone node.
    pub name: Option<String>,
    pub quorate: bool,
    pub nodes: Vec<ClusterMember>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterMember {
    pub name: String,
    pub online: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    pub upid: Upid,
    pub running: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TaskState {
    Running,
    /// `OK` or `WARNINGS: n`.
    Succeeded {
        warnings: bool,
    },
    Failed {
        exit_status: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GuestStatus {
    pub running: bool,
    pub paused: bool,
    pub lock: Option<String>,
    /// Cores of the running machine (or of the configuration, when stopped).
    pub cpus: u32,
    /// Bytes of the running machine.
    pub maxmem: u64,
    /// Managed by the HA stack.
    pub ha_managed: bool,
}

impl ProxmoxAnswer {
    /// Reads the answer to `request`.
    pub fn parse(request: &ProxmoxRequest, wire: &WireAnswer) -> Result<Self, ProxmoxError> {
        if wire.status != 200 {
            let error = ProxmoxError::from_answer(wire);
            return match (request, &error.fault) {
                (ProxmoxRequest::NextId { .. }, Fault::Exists) => Ok(Self::Free(false)),
                (ProxmoxRequest::Pool { .. }, Fault::Refused { .. }) if error.message.contains("does not exist") => {
                    Ok(Self::Pool(None))
                }
                _ => Err(error),
            };
        }
        let not_json = |error: serde_json::Error| unreadable(request, &error.to_string());
        let body = match request {
            // Of their thousands of rows no more than one at a time is held as JSON.
            ProxmoxRequest::ClusterResources | ProxmoxRequest::Pool { .. } => Value::Null,
            _ => serde_json::from_str(&wire.body).map_err(not_json)?,
        };
        let data = &body["data"];
        if !answers(request, data) {
            return Err(unreadable(request, "it does not hold what was asked for"));
        }
        Ok(match request {
            ProxmoxRequest::Version => Self::Version(text(&data["version"])),
            ProxmoxRequest::ClusterStatus => Self::ClusterStatus(cluster_status(data)),
            ProxmoxRequest::ClusterResources => Self::Resources(Resources::read(&wire.body).map_err(not_json)?),
            ProxmoxRequest::NextId { .. } => Self::Free(true),
            ProxmoxRequest::Permissions => Self::Permissions(inspect::permissions(data)),
            ProxmoxRequest::NodeStorages { .. } => Self::NodeStorages(inspect::storages(data)),
            ProxmoxRequest::NodeBridges { .. } => Self::NodeBridges(inspect::bridges(data)),
            ProxmoxRequest::NodeTime { .. } => Self::NodeTime(i64::try_from(number(&data["time"])).unwrap_or(i64::MAX)),
            ProxmoxRequest::Firewall => Self::Firewall(flag(&data["enable"])),
            ProxmoxRequest::Pool { .. } => Self::Pool(Pool::read(&wire.body).map_err(not_json)?),
            ProxmoxRequest::Tasks { .. } | ProxmoxRequest::RunningTasks { .. } => {
                Self::Tasks(rows(data).filter_map(task_row).collect())
            }
            ProxmoxRequest::TaskStatus { .. } => Self::TaskState(task_state(data)),
            ProxmoxRequest::Config { .. } | ProxmoxRequest::ContainerConfig { .. } => {
                Self::Config(VmConfig::from_json(data))
            }
            ProxmoxRequest::Status { .. } => Self::Status(guest_status(data)),
            ProxmoxRequest::Pending { .. } => Self::Pending(pending(data)),
            ProxmoxRequest::GuestFirewall { call, .. } => match call {
                FirewallCall::Options => Self::FirewallOptions(firewall::options(data)),
                FirewallCall::Sets => Self::IpSets(firewall::names(data)),
                FirewallCall::Set { .. } => Self::IpSet(firewall::members(data)),
                _ => Self::Done,
            },
            ProxmoxRequest::Snapshots { .. } => Self::Snapshots(stored::snapshots(data)),
            ProxmoxRequest::Backups { .. } => Self::Backups(stored::backups(data)),
            ProxmoxRequest::MigratePreconditions { .. } => {
                Self::MigratePreconditions(stored::migrate_preconditions(data))
            }
            ProxmoxRequest::CreatePool { .. }
            | ProxmoxRequest::SetPoolComment { .. }
            | ProxmoxRequest::JoinPool { .. }
            | ProxmoxRequest::LeavePool { .. }
            | ProxmoxRequest::SetConfig { .. }
            | ProxmoxRequest::Unlink { .. } => Self::Done,
            // What ends at once has no task.
            ProxmoxRequest::Resize { .. }
            | ProxmoxRequest::SetConfigInTask { .. }
            | ProxmoxRequest::DeleteVolume { .. }
                if data.is_null() =>
            {
                Self::Done
            }
            ProxmoxRequest::Clone { .. }
            | ProxmoxRequest::Resize { .. }
            | ProxmoxRequest::Start { .. }
            | ProxmoxRequest::Shutdown { .. }
            | ProxmoxRequest::Stop { .. }
            | ProxmoxRequest::Reboot { .. }
            | ProxmoxRequest::Reset { .. }
            | ProxmoxRequest::CreateSnapshot { .. }
            | ProxmoxRequest::DeleteSnapshot { .. }
            | ProxmoxRequest::Rollback { .. }
            | ProxmoxRequest::Backup { .. }
            | ProxmoxRequest::DeleteVolume { .. }
            | ProxmoxRequest::Restore { .. }
            | ProxmoxRequest::Migrate { .. }
            | ProxmoxRequest::SetConfigInTask { .. }
            | ProxmoxRequest::Destroy { .. } => {
                Self::Started(text(data).parse().map_err(|e: crate::InvalidUpid| unreadable(request, &e.to_string()))?)
            }
        })
    }
}

/// Whether `data` has the shape that every real answer has: one without must not read as "no mark" or "nothing there".
fn answers(request: &ProxmoxRequest, data: &Value) -> bool {
    match request {
        ProxmoxRequest::Version => data["version"].is_string(),
        ProxmoxRequest::Config { .. }
        | ProxmoxRequest::ContainerConfig { .. }
        | ProxmoxRequest::GuestFirewall { call: FirewallCall::Options, .. } => data["digest"].is_string(),
        ProxmoxRequest::Status { .. } | ProxmoxRequest::TaskStatus { .. } => data["status"].is_string(),
        ProxmoxRequest::NextId { vmid } => number(data) == u64::from(vmid.get()),
        ProxmoxRequest::Permissions | ProxmoxRequest::Firewall => data.is_object(),
        ProxmoxRequest::NodeTime { .. } => data["time"].is_number(),
        ProxmoxRequest::NodeStorages { .. }
        | ProxmoxRequest::NodeBridges { .. }
        | ProxmoxRequest::ClusterStatus
        | ProxmoxRequest::Tasks { .. }
        | ProxmoxRequest::RunningTasks { .. }
        | ProxmoxRequest::Snapshots { .. }
        | ProxmoxRequest::Backups { .. }
        | ProxmoxRequest::Pending { .. }
        | ProxmoxRequest::GuestFirewall { call: FirewallCall::Sets | FirewallCall::Set { .. }, .. } => data.is_array(),
        ProxmoxRequest::MigratePreconditions { .. } => data["local_disks"].is_array(),
        _ => true,
    }
}

/// A mutation with an unreadable success may have had its effect.
fn unreadable(request: &ProxmoxRequest, why: &str) -> ProxmoxError {
    ProxmoxError::new(Fault::UnknownOutcome, format!("the answer to {} could not be read: {why}", request.name()))
}

pub(crate) fn rows(data: &Value) -> impl Iterator<Item = &Value> {
    data.as_array().into_iter().flatten()
}

pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub(crate) fn optional(value: &Value) -> Option<String> {
    Some(text(value)).filter(|t| !t.is_empty())
}

pub(crate) fn number(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.parse().unwrap_or_default(),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "byte counts; `as` saturates")]
        other => other.as_u64().or_else(|| other.as_f64().map(|f| f as u64)).unwrap_or_default(),
    }
}

pub(crate) fn small(value: &Value) -> u32 {
    u32::try_from(number(value)).unwrap_or(u32::MAX)
}

pub(crate) fn flag(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| number(value) == 1)
}

pub(crate) fn vmid(value: &Value) -> Option<Vmid> {
    Vmid::try_from(small(value)).ok()
}

fn cluster_status(data: &Value) -> ClusterStatus {
    let mut status = ClusterStatus { quorate: true, ..ClusterStatus::default() };
    for row in rows(data) {
        match row["type"].as_str() {
            Some("cluster") => {
                status.name = optional(&row["name"]);
                status.quorate = flag(&row["quorate"]);
            }
            Some("node") => status.nodes.push(ClusterMember { name: text(&row["name"]), online: flag(&row["online"]) }),
            _ => {}
        }
    }
    status
}

fn pending(data: &Value) -> Vec<String> {
    let waits = |row: &&Value| !row["pending"].is_null() || !row["delete"].is_null();
    rows(data).filter(waits).map(|row| text(&row["key"])).collect()
}

fn task_row(row: &Value) -> Option<TaskRow> {
    let upid = text(&row["upid"]).parse().ok()?;
    Some(TaskRow { upid, running: row["endtime"].is_null() && (row["status"].is_null() || row["status"] == "RUNNING") })
}

fn task_state(data: &Value) -> TaskState {
    if data["status"] == "running" {
        return TaskState::Running;
    }
    let exit_status = text(&data["exitstatus"]);
    let warnings = exit_status.strip_prefix("WARNINGS: ").is_some_and(|n| n.parse::<u32>().is_ok());
    if exit_status == "OK" || warnings { TaskState::Succeeded { warnings } } else { TaskState::Failed { exit_status } }
}

fn guest_status(data: &Value) -> GuestStatus {
    GuestStatus {
        running: data["status"] == "running",
        paused: data["qmpstatus"] == "paused",
        lock: optional(&data["lock"]),
        cpus: small(&data["cpus"]),
        maxmem: number(&data["maxmem"]),
        ha_managed: flag(&data["ha"]["managed"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NodeName;

    fn answer(request: &ProxmoxRequest, status: u16, body: &str) -> Result<ProxmoxAnswer, ProxmoxError> {
        ProxmoxAnswer::parse(request, &WireAnswer { status, reason: String::new(), body: body.to_owned() })
    }

    #[test]
    fn nextid_answers_whether_a_number_is_free() {
        let request = ProxmoxRequest::NextId { vmid: Vmid::try_from(101).unwrap() };
        assert_eq!(answer(&request, 200, r#"{"data":"101"}"#), Ok(ProxmoxAnswer::Free(true)));
        let taken =
            r#"{"message":"Parameter verification failed.\n","errors":{"vmid":"VM 101 already exists"},"data":null}"#;
        assert_eq!(answer(&request, 400, taken), Ok(ProxmoxAnswer::Free(false)));
    }

    #[test]
    fn a_task_succeeds_with_ok_or_with_counted_warnings_only() {
        let upid: Upid = "UPID:pve1:1:1:1:qmstart:101:root@pam:".parse().unwrap();
        let request = ProxmoxRequest::TaskStatus { upid };
        let state = |exit: &str| {
            answer(&request, 200, &format!(r#"{{"data":{{"status":"stopped","exitstatus":"{exit}"}}}}"#)).unwrap()
        };
        assert_eq!(state("OK"), ProxmoxAnswer::TaskState(TaskState::Succeeded { warnings: false }));
        assert_eq!(state("WARNINGS: 1"), ProxmoxAnswer::TaskState(TaskState::Succeeded { warnings: true }));
        assert_eq!(
            state("unexpected status"),
            ProxmoxAnswer::TaskState(TaskState::Failed { exit_status: "unexpected status".into() })
        );
        assert_eq!(
            answer(&request, 200, r#"{"data":{"status":"running"}}"#),
            Ok(ProxmoxAnswer::TaskState(TaskState::Running))
        );
    }

    #[test]
    fn a_new_guest_row_without_statistics_is_read() {
        let body = r#"{"data":[{"id":"qemu/450","node":"pve1","type":"qemu","vmid":450,"status":"unknown"},{"type":"pool","pool":"p1","id":"/pool/p1"}]}"#;
        let ProxmoxAnswer::Resources(all) = answer(&ProxmoxRequest::ClusterResources, 200, body).unwrap() else {
            panic!("not resources")
        };
        assert_eq!((all.guests[0].vmid.get(), all.guests[0].status.as_str()), (450, "unknown"));
        assert_eq!(all.pools, ["p1"]);
    }

    #[test]
    fn a_standalone_node_counts_as_quorate() {
        let body = r#"{"data":[{"nodeid":0,"online":1,"ip":"10.98.76.1","level":"","type":"node","id":"node/pve1","local":1,"name":"pve1"}]}"#;
        let ProxmoxAnswer::ClusterStatus(status) = answer(&ProxmoxRequest::ClusterStatus, 200, body).unwrap() else {
            panic!("not a status")
        };
        assert!(status.quorate && status.name.is_none());
        assert_eq!(status.nodes, [ClusterMember { name: "pve1".into(), online: true }]);
    }

    #[test]
    fn an_unreadable_success_of_a_mutation_has_an_unknown_outcome() {
        let request =
            ProxmoxRequest::Start { node: NodeName::try_from("pve1").unwrap(), vmid: Vmid::try_from(100).unwrap() };
        assert_eq!(answer(&request, 200, "{").unwrap_err().fault, Fault::UnknownOutcome);
    }
}
