//! The end of actions that no reconciliation will end: their server is being deleted, is gone, or never came. And their
//! collection, a day after their end.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{
    Api, Client, ResourceExt as _,
    api::{DeleteParams, ListParams, Preconditions},
    runtime::reflector::ObjectRef,
};
use slipway_crds::{ActionPhase, VirtualServer, VirtualServerAction};
use tokio_util::sync::CancellationToken;

use crate::{
    ambient::Ambient,
    catalogue::Catalogue,
    kubernetes::{self, KubernetesError, replace_status, timed},
};

/// Between two sweeps.
const EVERY: Duration = Duration::from_mins(1);
/// How long an ended action stays for people to read.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// A server that is there ends its own actions; only one that cannot look at them for so long leaves them to the sweep.
const GRACE: SignedDuration = SignedDuration::from_mins(5);

/// What an action needs from outside of its server's reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Due {
    End {
        phase: ActionPhase,
        reason: &'static str,
        message: &'static str,
    },
    /// Ended, and the process that ended it died before it let it go.
    LetGo,
    Collect,
}

/// Looks after all actions once a minute, until `stop`. For the holder of the Lease.
pub async fn sweep(client: Client, catalogue: Catalogue, ambient: Ambient, stop: CancellationToken) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = async { every.tick().await; round(&client, &catalogue, ambient.now()).await } => {}
        }
    }
}

/// Ends what is open of a server that is being deleted, and lets go of what has ended.
pub async fn end_all_of(client: &Client, server: &VirtualServer, now: Timestamp) -> Result<(), KubernetesError> {
    let api: Api<VirtualServerAction> = Api::namespaced(client.clone(), &server.namespace().unwrap_or_default());
    // Uncached: one that was started a moment ago holds a finalizer that the cache does not show yet.
    let of_it = ListParams::default().fields(&format!("spec.serverRef.name={}", server.name_any()));
    for action in timed(api.list(&of_it)).await?.items {
        if action.spec.server_ref.uid.is_some() && action.spec.server_ref.uid != server.uid() {
            continue;
        }
        if phase(&action).is_terminal() {
            let_go(client, &action).await?;
        } else {
            end(client, action, deleted, now).await?;
        }
    }
    Ok(())
}

/// Ends every open action of a site's servers: they were asked of another state of the world.
pub async fn expire_all(client: &Client, site: &str, now: Timestamp) -> Result<(), KubernetesError> {
    const MESSAGE: &str = "this control plane was put back to an older time before it could run; ask again";
    let servers: Api<VirtualServer> = Api::all(client.clone());
    let servers = timed(servers.list(&ListParams::default())).await?.items;
    let of_site = |action: &VirtualServerAction| {
        let is_its =
            |s: &&VirtualServer| s.namespace() == action.namespace() && s.name_any() == action.spec.server_ref.name;
        servers.iter().find(is_its).is_some_and(|s| s.spec.site_ref == site)
    };
    let actions: Api<VirtualServerAction> = Api::all(client.clone());
    for action in timed(actions.list(&ListParams::default())).await?.items {
        if !phase(&action).is_terminal() && of_site(&action) {
            end(client, action, |_, _| (ActionPhase::Expired, "StateOlderThanSite", MESSAGE), now).await?;
        }
    }
    Ok(())
}

pub async fn round(client: &Client, catalogue: &Catalogue, now: Timestamp) {
    for action in catalogue.actions.state() {
        match look_after(client, catalogue, &action, now).await {
            // Changed meanwhile: the next round sees it as it is.
            Err(error) if !error.is_conflict() => {
                tracing::warn!(namespace = action.namespace(), name = action.name_any(), %error, "an action could not be looked after");
            }
            _ => {}
        }
    }
}

async fn look_after(
    client: &Client,
    catalogue: &Catalogue,
    action: &VirtualServerAction,
    now: Timestamp,
) -> Result<(), KubernetesError> {
    let namespace = action.namespace().unwrap_or_default();
    let name = &action.spec.server_ref.name;
    let cached = catalogue.servers.get(&ObjectRef::new(name).within(&namespace)).is_some();
    if due(action, cached, now).is_none() {
        return Ok(());
    }
    // The cache may lag, or hold the servers of one site only.
    let servers: Api<VirtualServer> = Api::namespaced(client.clone(), &namespace);
    let there = cached || timed(servers.get_opt(name)).await?.is_some();
    match due(action, there, now) {
        None => Ok(()),
        Some(Due::LetGo) => let_go(client, action).await,
        Some(Due::Collect) => collect(client, action).await,
        Some(Due::End { phase, reason, message }) => {
            tracing::info!(namespace, name = action.name_any(), ?phase, reason, "an action ends without its server");
            end(client, action.clone(), |_, _| (phase, reason, message), now).await
        }
    }
}

fn due(action: &VirtualServerAction, server_is_there: bool, now: Timestamp) -> Option<Due> {
    let phase = phase(action);
    if phase.is_terminal() {
        let ended =
            action.status.as_ref().and_then(|s| s.finished_at.as_ref()).map_or(action.spec.not_after.0, |t| t.0);
        return if now.duration_since(ended) >= KEPT {
            Some(Due::Collect)
        } else {
            kubernetes::has_finalizer(action).then_some(Due::LetGo)
        };
    }
    let late = now.duration_since(action.spec.not_after.0);
    let expired = if server_is_there { late >= GRACE } else { late >= SignedDuration::ZERO };
    // One that waits for a name may have been written before its server was.
    let server_is_gone = !server_is_there && (phase == ActionPhase::Running || action.spec.server_ref.uid.is_some());
    let (phase, reason, message) = match phase {
        ActionPhase::Pending if expired => (ActionPhase::Expired, "NotAfter", "notAfter passed before it could run"),
        _ if server_is_gone => deleted(action, now),
        _ => return None,
    };
    Some(Due::End { phase, reason, message })
}

/// How an open action of a deleted server ends.
fn deleted(action: &VirtualServerAction, now: Timestamp) -> (ActionPhase, &'static str, &'static str) {
    const REASON: &str = "ServerDeleted";
    match phase(action) {
        ActionPhase::Running => {
            (ActionPhase::OutcomeUnknown, REASON, "the server was deleted while this was carried out")
        }
        _ if now >= action.spec.not_after.0 => {
            (ActionPhase::Expired, REASON, "notAfter passed, and the server was deleted before it could run")
        }
        _ => (ActionPhase::Failed, REASON, "the server was deleted before this could run"),
    }
}

fn phase(action: &VirtualServerAction) -> ActionPhase {
    action.status.as_ref().map(|s| s.phase).unwrap_or_default()
}

/// Writes the end, then lets the object go: the other way round nobody would learn of it.
async fn end(
    client: &Client,
    mut action: VirtualServerAction,
    how: impl Fn(&VirtualServerAction, Timestamp) -> (ActionPhase, &'static str, &'static str),
    now: Timestamp,
) -> Result<(), KubernetesError> {
    let (phase, reason, message) = how(&action, now);
    let mut status = action.status.take().unwrap_or_default();
    status.phase = phase;
    status.reason = Some(reason.to_owned());
    status.message = Some(message.to_owned());
    status.finished_at = Some(Time(now));
    action.status = Some(status);
    match replace_status(client, &action).await {
        Ok(ended) => let_go(client, &ended).await,
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}

async fn let_go(client: &Client, action: &VirtualServerAction) -> Result<(), KubernetesError> {
    if !kubernetes::has_finalizer(action) {
        return Ok(());
    }
    kubernetes::remove_finalizer(client, action).await
}

async fn collect(client: &Client, action: &VirtualServerAction) -> Result<(), KubernetesError> {
    let_go(client, action).await?;
    let api: Api<VirtualServerAction> = Api::namespaced(client.clone(), &action.namespace().unwrap_or_default());
    let exactly_this = Preconditions { uid: action.uid(), ..Preconditions::default() };
    let params = DeleteParams { preconditions: Some(exactly_this), ..DeleteParams::default() };
    match timed(api.delete(&action.name_any(), &params)).await {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-{time}:00Z").parse().unwrap()
    }

    /// Its `notAfter` is at noon of the 25th.
    fn action(phase: &str, server_uid: Option<&str>) -> VirtualServerAction {
        serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction",
            "metadata": { "name": "web-1", "namespace": "a", "finalizers": ["slipway.dev/vm"] },
            "spec": { "serverRef": { "name": "web", "uid": server_uid }, "verb": "Stop", "notAfter": "2026-11-25T12:00:00Z" },
            "status": { "phase": phase }
        }))
        .unwrap()
    }

    fn ends(action: &VirtualServerAction, server_is_there: bool, now: &str) -> Option<(ActionPhase, &'static str)> {
        match due(action, server_is_there, at(now))? {
            Due::End { phase, reason, .. } => Some((phase, reason)),
            other => panic!("it does not end: {other:?}"),
        }
    }

    #[test]
    fn an_action_without_its_server_ends_when_the_server_is_gone_for_certain_or_its_time_is_over() {
        let gone = |phase| Some((phase, "ServerDeleted"));
        assert_eq!(ends(&action("Pending", Some("u")), false, "25T11:00"), gone(ActionPhase::Failed));
        assert_eq!(ends(&action("Running", None), false, "25T11:00"), gone(ActionPhase::OutcomeUnknown));
        // Its server may come yet.
        assert_eq!(ends(&action("Pending", None), false, "25T11:00"), None);
        assert_eq!(ends(&action("Pending", None), false, "25T12:00"), Some((ActionPhase::Expired, "NotAfter")));
    }

    #[test]
    fn a_server_that_is_there_ends_its_own_actions_unless_it_cannot_look_at_them() {
        for phase in ["Pending", "Running"] {
            assert_eq!(ends(&action(phase, Some("u")), true, "25T12:04"), None, "{phase}");
        }
        assert_eq!(ends(&action("Pending", None), true, "25T12:05"), Some((ActionPhase::Expired, "NotAfter")));
        assert_eq!(ends(&action("Running", None), true, "26T12:00"), None);
    }

    #[test]
    fn what_ended_is_let_go_and_collected_a_day_later() {
        let mut ended = action("Succeeded", None);
        ended.status.as_mut().unwrap().finished_at = Some(Time(at("25T09:00")));
        assert_eq!(due(&ended, true, at("26T08:59")), Some(Due::LetGo));
        assert_eq!(due(&ended, true, at("26T09:00")), Some(Due::Collect));
        ended.metadata.finalizers = None;
        assert_eq!(due(&ended, false, at("26T08:59")), None);
    }

    #[test]
    fn a_deleted_servers_actions_end_as_what_is_known_of_them() {
        assert_eq!(deleted(&action("Running", None), at("25T11:00")).0, ActionPhase::OutcomeUnknown);
        assert_eq!(deleted(&action("Pending", None), at("25T11:00")).0, ActionPhase::Failed);
        assert_eq!(deleted(&action("Pending", None), at("25T12:00")).0, ActionPhase::Expired);
    }
}
