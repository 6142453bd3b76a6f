//! Looking at a retained VM and at the task that runs on it: reads only, and absence only with proof.

use jiff::SignedDuration;
use kube::{Api, Client, ResourceExt as _};
use proxmox_client::{Fault, NodeName, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, TaskState, Upid, Vmid};
use slipway_crds::{RetainedServer, TaskStatus, VirtualServer, words::WaitingReason};

use super::{
    observed::{Observed, Origin, PoolsView, TaskView, VmView},
    step::TaskEnd,
};
use crate::{
    kubernetes::{KubernetesError, timed},
    mark::{self, Verdict},
    server::{interpret::reason_of, observed::WorkView},
    site::{Absence, Site},
};

/// A call whose answer was lost may have begun this long after it was made.
const LATEST_BEGIN: SignedDuration = SignedDuration::from_mins(10);

/// What became of the task in the status.
pub async fn task(site: &Site, task: &TaskStatus) -> TaskView {
    let Some(upid) = &task.upid else {
        return TaskView::Unanswered { until: task.started_at.0 + LATEST_BEGIN };
    };
    // What is no UPID names no task.
    let Ok(upid) = upid.parse::<Upid>() else { return TaskView::Ended(TaskEnd::Unclear) };
    match site.call(&ProxmoxRequest::TaskStatus { upid: upid.clone() }).await {
        Ok(ProxmoxAnswer::TaskState(TaskState::Succeeded { .. })) => TaskView::Ended(TaskEnd::Succeeded),
        Ok(ProxmoxAnswer::TaskState(TaskState::Failed { exit_status })) => {
            TaskView::Ended(TaskEnd::Failed { exit_status })
        }
        Ok(_) => TaskView::Running,
        Err(ProxmoxError { fault: Fault::NoSuchTask, .. }) => TaskView::Ended(TaskEnd::Unclear),
        Err(error) => {
            let (reason, hint) = reason_of(&error);
            let message = format!("task {upid} cannot be looked at: {error}; {hint}");
            TaskView::Unknown { node: upid.node().clone(), reason, message }
        }
    }
}

/// A direct read, or the proof that there is nothing: the number is free twice, with quorum.
pub async fn vm(site: &Site, node: Option<NodeName>, vmid: Vmid) -> VmView {
    if let Some(node) = node {
        match read(site, node, vmid).await {
            Ok(found) => return found,
            Err(error) if matches!(error.fault, Fault::Missing | Fault::Forbidden) => {}
            Err(error) => return unreadable(&error),
        }
    }
    match site.prove_absence(vmid).await {
        Absence::Proven => VmView::Absent,
        Absence::Exists => VmView::Unreadable {
            reason: WaitingReason::NodeUnavailable,
            message: format!("VM {vmid} exists, but not where it was looked for; the next inventory shows its node"),
        },
        Absence::NoQuorum => {
            VmView::Unreadable { reason: WaitingReason::NodeUnavailable, message: "the cluster has no quorum".into() }
        }
        Absence::Unanswered(error) => unreadable(&error),
    }
}

/// Whether a task explains that a VM cannot be judged, or is locked. A clone's names its template: any that runs there may be it.
pub async fn work(site: &Site, seen: &Observed) -> WorkView {
    let VmView::Found { node, config, .. } = &seen.vm else { return WorkView::NotAsked };
    let is_judged = !matches!(mark::verdict(config, &seen.identity, seen.vmid), Verdict::Undetermined { .. });
    if is_judged && config.lock().is_none() {
        return WorkView::NotAsked;
    }
    let Ok(ProxmoxAnswer::Tasks(rows)) = site.call(&ProxmoxRequest::RunningTasks { node: node.clone() }).await else {
        return WorkView::Unknown;
    };
    let explains =
        |upid: &Upid| upid.kind() == "qmclone" || upid.id().is_empty() || upid.id().parse() == Ok(seen.vmid.get());
    if rows.iter().any(|row| explains(&row.upid)) { WorkView::Runs } else { WorkView::Idle }
}

/// Whether the VM is in our pool, and what became of the one that it came from.
pub async fn pools(site: &Site, vmid: Vmid, came_from: Option<&str>) -> PoolsView {
    let seen = async {
        let in_ours = site.is_member(site.pool(), vmid).await?.unwrap_or(false);
        let Some(pool) = came_from else { return Ok(PoolsView::Seen { in_ours, origin: Origin::Nowhere }) };
        let origin = match site.is_member(pool.to_owned(), vmid).await {
            Ok(Some(true)) => Origin::There,
            Ok(Some(false)) if may_fill(site, pool).await? => Origin::Open,
            Ok(_) => Origin::Closed,
            Err(error) if error.fault == Fault::Forbidden => Origin::Closed,
            Err(error) => return Err(error),
        };
        Ok(PoolsView::Seen { in_ours, origin })
    };
    seen.await.unwrap_or_else(|error: ProxmoxError| {
        let (reason, hint) = reason_of(&error);
        PoolsView::Unreadable { reason, message: format!("{error}; {hint}") }
    })
}

async fn may_fill(site: &Site, pool: &str) -> Result<bool, ProxmoxError> {
    let held = site.call(&ProxmoxRequest::Permissions).await?;
    Ok(matches!(held, ProxmoxAnswer::Permissions(held) if held.has(&format!("/pool/{pool}"), "Pool.Allocate")))
}

/// Uncached: does any server of this site name the number, or carry the uid? The one that was deleted is none.
pub async fn claimed_again(client: &Client, record: &RetainedServer) -> Result<Option<String>, KubernetesError> {
    let api: Api<VirtualServer> = Api::all(client.clone());
    let servers = timed(api.list(&kube::api::ListParams::default())).await?;
    let again = servers.items.iter().find(|s| names_again(s, record));
    Ok(again.map(|s| format!("VirtualServer {}/{}", s.namespace().unwrap_or_default(), s.name_any())))
}

fn names_again(server: &VirtualServer, record: &RetainedServer) -> bool {
    let same = server.uid().as_deref() == Some(&record.spec.uid);
    if same {
        return server.metadata.deletion_timestamp.is_none();
    }
    let status = server.status.as_ref().and_then(|t| t.vmid);
    let adopts = server.spec.adopt.as_ref().map(|a| a.vmid);
    let names_number =
        server.spec.site_ref == record.spec.site_ref && [status, adopts].contains(&Some(record.spec.vmid));
    names_number || server.spec.undelete.as_ref().is_some_and(|u| u.uid == record.spec.uid)
}

async fn read(site: &Site, node: NodeName, vmid: Vmid) -> Result<VmView, ProxmoxError> {
    let config = site.call(&ProxmoxRequest::Config { node: node.clone(), vmid }).await?;
    let status = site.call(&ProxmoxRequest::Status { node: node.clone(), vmid }).await?;
    Ok(match (config, status) {
        (ProxmoxAnswer::Config(config), ProxmoxAnswer::Status(status)) => {
            VmView::Found { node, config: Box::new(config), status }
        }
        _ => VmView::Unreadable {
            reason: WaitingReason::SiteUnreachable,
            message: "the answers do not fit the questions".into(),
        },
    })
}

fn unreadable(error: &ProxmoxError) -> VmView {
    let (reason, hint) = reason_of(error);
    VmView::Unreadable { reason, message: format!("{error}; {hint}") }
}
