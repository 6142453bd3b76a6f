//! A server's state in sentences: pure.

use std::fmt::Write as _;

use slipway_crds::{
    VirtualServer, VirtualServerAction,
    words::{StalledReason, WaitingReason, condition},
};

/// How it is, why, what happens next and what a person can do.
pub fn explain(server: &VirtualServer, actions: &[VirtualServerAction]) -> String {
    let mut out = String::new();
    let name = server.metadata.name.as_deref().unwrap_or("?");
    let Some(status) = &server.status else {
        return format!(
            "{name} was not looked at yet: is the operator running, and does it look after site {}?\n",
            server.spec.site_ref
        );
    };
    let phase = status.phase.map_or("unknown", slipway_crds::ServerPhase::as_str);
    let power = status
        .power_state
        .map_or_else(String::new, |p| format!(", its machine is {}", format!("{p:?}").to_lowercase()));
    line(&mut out, &format!("{name} is {phase}{power}."));
    if let (Some(vmid), Some(node)) = (status.vmid, &status.node) {
        let addresses = if status.addresses.is_empty() {
            String::new()
        } else {
            format!(", addresses {}", status.addresses.join(", "))
        };
        line(&mut out, &format!("It is VM {vmid} on node {node} of site {}{addresses}.", server.spec.site_ref));
    }
    if status.observed_generation != server.metadata.generation {
        line(&mut out, "Its newest wish was not looked at yet.");
    }
    let of = |type_: &str| status.conditions.iter().find(|c| c.type_ == type_);
    let holds = |type_: &str| of(type_).filter(|c| c.status == "True");
    if let Some(ready) = of(condition::READY).filter(|c| c.status != "True") {
        line(&mut out, &format!("It is not ready ({}): {}", ready.reason, ready.message));
        if let Some(next) = next(&ready.reason) {
            line(&mut out, &format!("What to do: {next}"));
        }
    }
    for type_ in [condition::SUSPENDED, condition::RESTART_REQUIRED, condition::DRIFT_DETECTED] {
        if let Some(found) = holds(type_) {
            line(&mut out, &format!("{type_}: {}", found.message));
        }
    }
    if let Some(task) = &status.task {
        let upid = task.upid.as_deref().unwrap_or("its answer is awaited");
        let since = task.started_at.0.strftime("%FT%TZ");
        line(&mut out, &format!("A task runs: {} since {since} ({upid}).", task.kind.as_str()));
    }
    for action in actions {
        let status = action.status.clone().unwrap_or_default();
        let message = status.message.map(|m| format!(": {m}")).unwrap_or_default();
        line(
            &mut out,
            &format!(
                "{:?} ({}) is {:?}{message}",
                action.spec.verb,
                action.metadata.name.as_deref().unwrap_or("?"),
                status.phase
            ),
        );
    }
    out
}

/// The steps that are left.
pub fn plan(server: &VirtualServer) -> String {
    let status = server.status.clone().unwrap_or_default();
    let mut out = String::new();
    let ready = status.conditions.iter().find(|c| c.type_ == condition::READY);
    if status.plan.is_empty() {
        line(
            &mut out,
            ready.map_or("nothing was planned yet", |r| {
                if r.status == "True" { "nothing is left to do" } else { &r.message }
            }),
        );
    }
    for (number, step) in status.plan.iter().enumerate() {
        line(&mut out, &format!("{}. {} [{}]", number + 1, step.step, step.impact));
    }
    for drift in &status.drift {
        line(&mut out, &format!("drift: {} is `{}`, and was set to `{}`", drift.field, drift.found, drift.wanted));
    }
    out
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

/// What a person can do about a reason.
fn next(reason: &str) -> Option<&'static str> {
    let waiting = WaitingReason::ALL.iter().find(|r| r.as_str() == reason).map(|r| match r {
        WaitingReason::PlanNotFound => "choose another plan, or create it",
        WaitingReason::ImageNotFound => "choose another image, or create it",
        WaitingReason::NetworkNotFound => "choose another network, or ask the provider to open it to this namespace",
        WaitingReason::NoTemplate => "the provider makes the template, or corrects the OSImage",
        WaitingReason::StorageFull => "the provider frees space; it goes on by itself",
        WaitingReason::PoolEmpty => "the provider adds addresses; it goes on by itself",
        WaitingReason::NoCapacity => "wait, choose a smaller plan, or add a node",
        WaitingReason::PermissionMissing => {
            "see `kubectl get pvesite -o yaml`, status.doctor: it names the line to type"
        }
        WaitingReason::SiteUnreachable => "nothing: it goes on by itself when the site answers",
        WaitingReason::NodeUnavailable => "nothing: it goes on by itself when the node is back",
        WaitingReason::Locked => "nothing: it goes on by itself when the other task has ended",
        WaitingReason::Brake => "wait, or as provider acknowledge the brake on the site",
        WaitingReason::Paused => "as provider, set spec.paused to false",
        WaitingReason::QuotaExceeded => "delete what is not needed (servers, snapshots, purge deleted servers), wait until it is gone, or ask the provider for more",
        WaitingReason::SiteFrozen => "see the site's conditions: they name what to acknowledge",
    });
    waiting.or_else(|| {
        StalledReason::ALL.iter().find(|r| r.as_str() == reason).map(|r| match r {
            StalledReason::ForeignVM => {
                "nothing is done to the VM; if it is this server's, put the line of the message into its description"
            }
            StalledReason::VMLost => "create a VirtualServerAction Restore with one of status.backups, or delete this server and create it anew",
            StalledReason::ShrinkRefused => "set the disk to its present size or more",
            StalledReason::PreviousVM => {
                "take the earlier VM back (`kubectl slipway undelete`), or choose another name"
            }
            StalledReason::AdoptRefused => "see the message, and create the server anew",
            StalledReason::NotInPool => "type the line of the message on a node",
            StalledReason::LockStale => "type the line of the message on the node, as root",
            StalledReason::Invalid => "correct the field that the message names",
        })
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::{Value, json};

    use super::*;

    fn server(status: &Value) -> VirtualServer {
        serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": "web", "generation": 2 },
            "spec": { "siteRef": "home", "planRef": "small", "imageRef": "debian-13" }, "status": status,
        }))
        .unwrap()
    }

    fn condition(type_: &str, status: &str, reason: &str, message: &str) -> Value {
        json!({ "type": type_, "status": status, "reason": reason, "message": message, "lastTransitionTime": "2026-01-01T00:00:00Z" })
    }

    #[test]
    fn a_server_that_waits_says_why_and_what_to_do() {
        let waits = server(&json!({
            "observedGeneration": 1, "phase": "Updating", "powerState": "running", "vmid": 100_001, "node": "pve1",
            "addresses": ["203.0.113.5"],
            "conditions": [
                condition("Ready", "False", "NoCapacity", "no node can take this server (pve1: cordoned)"),
                condition("RestartRequired", "True", "PendingSizes", "restart it to apply them"),
                condition("DriftDetected", "False", "NoDrift", ""),
            ],
            "plan": [{ "step": "change cores of VM 100001", "impact": "Reboot" }],
            "drift": [{ "field": "memory", "wanted": "1024", "found": "2048" }],
        }));
        let action = serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction", "metadata": { "name": "web-1" },
            "spec": { "serverRef": { "name": "web" }, "verb": "Restart", "notAfter": "2026-01-01T01:00:00Z" },
            "status": { "phase": "Pending" },
        }))
        .unwrap();
        assert_snapshot!(format!("{}---\n{}", explain(&waits, &[action]), plan(&waits)), @r"
        web is Updating, its machine is running.
        It is VM 100001 on node pve1 of site home, addresses 203.0.113.5.
        Its newest wish was not looked at yet.
        It is not ready (NoCapacity): no node can take this server (pve1: cordoned)
        What to do: wait, choose a smaller plan, or add a node
        RestartRequired: restart it to apply them
        Restart (web-1) is Pending
        ---
        1. change cores of VM 100001 [Reboot]
        drift: memory is `2048`, and was set to `1024`
        ");
    }

    #[test]
    fn a_server_as_wished_needs_few_words() {
        let ready = server(&json!({
            "observedGeneration": 2, "phase": "Stopped", "powerState": "stopped",
            "conditions": [condition("Ready", "True", "AsWished", "everything is as wished")],
        }));
        assert_eq!(explain(&ready, &[]), "web is Stopped, its machine is stopped.\n");
        assert_eq!(plan(&ready), "nothing is left to do\n");
    }

    #[test]
    fn every_reason_has_a_next_step() {
        let waiting = WaitingReason::ALL.iter().map(|r| r.as_str());
        for reason in waiting.chain(StalledReason::ALL.iter().map(|r| r.as_str())) {
            assert!(next(reason).is_some(), "{reason}");
        }
        assert_eq!(next("Progressing"), None);
    }
}
