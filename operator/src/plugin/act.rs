//! A verb, once: an action is created and followed to its end.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{
    Api, Client, ResourceExt as _,
    api::{ObjectMeta, PostParams},
};
use slipway_crds::{ActionPhase, ActionStatus, ServerRef, Verb, VirtualServerAction, VirtualServerActionSpec};

use super::{Act, PluginError, server};
use crate::kubernetes::timed;

/// A verb that could not run for so long is not wanted any more.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);
const LOOK: Duration = Duration::from_millis(500);

pub(super) async fn act(client: Client, namespace: &str, args: &Act, verb: Verb) -> Result<String, PluginError> {
    let server = server(&client, namespace, &args.name).await?;
    let api: Api<VirtualServerAction> = Api::namespaced(client, namespace);
    let action = VirtualServerAction {
        metadata: ObjectMeta { generate_name: Some(format!("{}-", cut(&args.name))), ..ObjectMeta::default() },
        spec: VirtualServerActionSpec {
            server_ref: ServerRef { name: args.name.clone(), uid: server.uid() },
            verb,
            after_generation: server.metadata.generation,
            sequence: 0,
            not_after: Time(Timestamp::now() + PATIENCE),
            snapshot: None,
            include_memory: false,
            backup: None,
            image_ref: None,
            disk: None,
            node: None,
        },
        status: None,
    };
    let made = timed(api.create(&PostParams::default(), &action)).await?.name_any();
    let waited = Duration::from_secs(args.timeout);
    if waited.is_zero() {
        return Ok(format!("vpsaction/{made} created\n"));
    }
    let end = tokio::time::Instant::now() + waited;
    while tokio::time::Instant::now() < end {
        let status = timed(api.get(&made)).await?.status.unwrap_or_default();
        if status.phase.is_terminal() {
            return outcome(verb, &args.name, &status);
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(PluginError::StillRuns { what: format!("vpsaction/{made}"), name: args.name.clone(), waited })
}

fn outcome(verb: Verb, name: &str, status: &ActionStatus) -> Result<String, PluginError> {
    let message = status.message.clone().unwrap_or_default();
    if status.phase == ActionPhase::Succeeded {
        return Ok(format!("{verb:?} of {name}: {message}\n"));
    }
    Err(PluginError::Ended { verb, name: name.to_owned(), phase: format!("{:?}", status.phase), message })
}

/// Room for what Kubernetes appends: an object's name has at most 63 characters.
fn cut(name: &str) -> &str {
    crate::events::cut(name, 56)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_that_ended_badly_is_an_error_in_its_own_words() {
        let refused = ActionStatus {
            phase: ActionPhase::Refused,
            message: Some("spec.runPolicy is Stopped: change it to Managed first".into()),
            ..ActionStatus::default()
        };
        let error = outcome(Verb::Start, "web", &refused).unwrap_err().to_string();
        assert_eq!(error, "Start of web: Refused: spec.runPolicy is Stopped: change it to Managed first");
        let done = ActionStatus { phase: ActionPhase::Succeeded, message: Some("done".into()), ..refused };
        assert_eq!(outcome(Verb::Start, "web", &done).unwrap(), "Start of web: done\n");
    }
}
