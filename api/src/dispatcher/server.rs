//! Dispatching one server: the step is decided by [`step::next`], carried out here, and recorded in the transaction that
//! holds the server's claim.

use chrono::{DateTime, Utc};
use serde_json::Value;
use slipway_crds::names;
use sqlx::PgConnection;

use crate::app::App;
use crate::dispatcher::kubernetes::{Failure, Kind, Kubernetes};
use crate::dispatcher::outcome::Outcome;
use crate::dispatcher::step::{self, Step};
use crate::dispatcher::wish::{self, Purge, Revision, Wish};
use crate::dispatcher::{DispatchError, manifest, namespace, record};
use crate::id::ServerId;
use crate::mirror::absence;
use crate::mirror::translate::hash_of_json;
use crate::operation::settle::settle;
use crate::server::revision::Answer;
use crate::server::{action, guest_password};

/// Tries to change who holds which field while others write the same object.
const PATCH_ATTEMPTS: usize = 5;

/// What every step needs.
struct Dispatch<'a> {
    app: &'a App,
    kubernetes: &'a Kubernetes,
    wish: &'a Wish,
    now: DateTime<Utc>,
}

/// Makes the next step towards the server's wish.
pub async fn dispatch(
    app: &App,
    kubernetes: &Kubernetes,
    connection: &mut PgConnection,
    server: ServerId,
) -> Result<Outcome, DispatchError> {
    let wish = wish::read(connection, server).await?;
    let now = app.env.now();
    let dispatch = Dispatch { app, kubernetes, wish: &wish, now };
    match step::next(&wish) {
        Step::Rest => Ok(dispatch.done()),
        Step::Forget => {
            settle(connection, server, now).await?;
            Ok(dispatch.done())
        }
        Step::RefuseActions => {
            dispatch.refuse_actions(connection).await?;
            Ok(dispatch.done())
        }
        Step::AwaitObservation => Ok(Outcome::Waiting),
        Step::Create => dispatch.create(connection).await,
        Step::Apply { uid } => dispatch.apply(connection, &uid).await,
        Step::LookBeforeForgetting => dispatch.look_before_forgetting(connection).await,
        Step::Delete { uid } => dispatch.delete(connection, &uid).await,
        Step::Act { uid } => dispatch.act(connection, &uid).await,
        Step::Purge(purge) => dispatch.purge(connection, &purge).await,
    }
}

impl Dispatch<'_> {
    /// Everything up to the revision that was read is settled.
    fn done(&self) -> Outcome {
        Outcome::Done { revision: self.wish.revision.as_ref().map_or(0, |revision| revision.number) }
    }

    async fn refuse_actions(&self, connection: &mut PgConnection) -> Result<(), DispatchError> {
        for action in &self.wish.actions {
            let message = "The server was never made, so there is nothing to do this to. Change it, or delete it.";
            record::action_refused(connection, action.operation, "NotMade", message, self.now).await?;
        }
        Ok(())
    }

    async fn create(&self, connection: &mut PgConnection) -> Result<Outcome, DispatchError> {
        let (wish, Some(revision)) = (self.wish, &self.wish.revision) else { return Ok(Outcome::Waiting) };
        if let Err(failure) = self.prepare_namespace(connection, revision).await? {
            return Ok(retry(failure));
        }
        let body = manifest::virtual_server(wish, revision, None);
        let object = match self.kubernetes.post(Kind::VirtualServer, &wish.namespace, &body).await {
            Ok(object) => object,
            Err(Failure::AlreadyExists) => match self.get().await {
                Ok(object) => object,
                Err(failure) => return Ok(retry(failure)),
            },
            Err(Failure::Refused(message)) => {
                record::refused(connection, wish, revision.number, "Refused", &message, self.now).await?;
                return Ok(Outcome::Again);
            }
            Err(failure) => return Ok(retry(failure)),
        };
        match whose(&object, wish, revision) {
            Whose::Ours => match self.adopt_posted_fields(object).await {
                Ok(object) => self.finish(connection, revision, &object).await,
                Err(failure) => Ok(retry(failure)),
            },
            Whose::OursButOlder(uid) => {
                record::found(connection, wish.server, &uid).await?;
                Ok(Outcome::Again)
            }
            Whose::Terminating => Ok(Outcome::Retry {
                reason: "Terminating",
                message: "An object of this name is still being deleted; the server is made after it.".to_owned(),
            }),
            Whose::Foreign => {
                let message = format!("{}/{} exists and is not this server.", wish.namespace, wish.object_name);
                record::refused(connection, wish, revision.number, "AlreadyExists", &message, self.now).await?;
                Ok(Outcome::Again)
            }
        }
    }

    /// The namespace and the password's Secret are there before the server that needs them.
    async fn prepare_namespace(
        &self,
        connection: &mut PgConnection,
        revision: &Revision,
    ) -> Result<Result<(), Failure>, DispatchError> {
        let wish = self.wish;
        if let Some(account) = wish.account
            && let Err(failure) = namespace::ensure(self.kubernetes, &wish.namespace, account).await
        {
            return Ok(Err(failure));
        }
        let Some(name) = &revision.owned.password_secret else { return Ok(Ok(())) };
        let kept = guest_password::kept(connection, &self.app.sealer, wish.server)
            .await
            .map_err(|source| DispatchError::Password { server: wish.server, source })?;
        let Some(hash) = kept else { return Ok(Ok(())) };
        let secret = namespace::password_secret(name, &wish.namespace, &hash);
        Ok(self.kubernetes.apply_secret(&wish.namespace, &secret).await)
    }

    async fn apply(&self, connection: &mut PgConnection, uid: &str) -> Result<Outcome, DispatchError> {
        let (wish, Some(revision)) = (self.wish, &self.wish.revision) else { return Ok(Outcome::Waiting) };
        let object = match self.get().await {
            Ok(object) if object["metadata"]["uid"] == uid => object,
            Ok(_) | Err(Failure::NotFound) => return self.gone(connection, revision, uid).await,
            Err(failure) => return Ok(retry(failure)),
        };
        // A POST whose answer was lost may have left its fields as updated ones; an apply would then remove nothing.
        let object = match self.adopt_posted_fields(object).await {
            Ok(object) => object,
            Err(failure) => return Ok(retry(failure)),
        };
        if let Some(patch) = manifest::lift_suspension(&revision.owned, &object)
            && let Err(failure) = self.kubernetes.patch_server(&wish.namespace, &wish.object_name, patch).await
        {
            return Ok(retry(failure));
        }
        let body = manifest::virtual_server(wish, revision, Some(uid));
        match self.kubernetes.apply_server(&wish.namespace, &wish.object_name, &body).await {
            Ok(object) => match self.take_from_others(revision, object).await {
                Ok(object) => self.finish(connection, revision, &object).await,
                Err(failure) => self.refused_or_again(connection, revision, failure).await,
            },
            Err(failure) => self.refused_or_again(connection, revision, failure).await,
        }
    }

    /// After the apply: an interface that takes another's place is there before that one goes, and a field that Git held is
    /// ours before it is nobody's.
    async fn take_from_others(&self, revision: &Revision, object: Value) -> Result<Value, Failure> {
        let object = self.take_out(revision, object).await?;
        let managers = &revision.owned.removed.managers;
        self.patch_managers(object, |metadata| manifest::forget_managers(managers, metadata)).await
    }

    async fn take_out(&self, revision: &Revision, object: Value) -> Result<Value, Failure> {
        match manifest::take_out(&revision.owned, &object) {
            Some(patch) => self.kubernetes.patch_server(&self.wish.namespace, &self.wish.object_name, patch).await,
            None => Ok(object),
        }
    }

    async fn refused_or_again(
        &self,
        connection: &mut PgConnection,
        revision: &Revision,
        failure: Failure,
    ) -> Result<Outcome, DispatchError> {
        let Failure::Refused(message) = failure else { return Ok(retry(failure)) };
        record::refused(connection, self.wish, revision.number, "Refused", &message, self.now).await?;
        Ok(Outcome::Again)
    }

    /// A direct read proved that the uid is absent.
    async fn gone(
        &self,
        connection: &mut PgConnection,
        revision: &Revision,
        uid: &str,
    ) -> Result<Outcome, DispatchError> {
        let message = "The server was deleted before this was carried out.";
        record::refused(connection, self.wish, revision.number, "Deleted", message, self.now).await?;
        absence::mark_absent(connection, uid, self.now).await?;
        Ok(Outcome::Again)
    }

    /// Records the answer, once it holds what we own.
    async fn finish(
        &self,
        connection: &mut PgConnection,
        revision: &Revision,
        object: &Value,
    ) -> Result<Outcome, DispatchError> {
        let wanted = manifest::virtual_server(self.wish, revision, None);
        if let Some(field) = manifest::missing(&wanted["spec"], &object["spec"], "spec") {
            let message = format!("Kubernetes answered without the value that was applied to {field}.");
            return Ok(Outcome::Retry { reason: "NotApplied", message });
        }
        let metadata = &object["metadata"];
        let (Some(uid), Some(generation)) = (metadata["uid"].as_str(), metadata["generation"].as_i64()) else {
            return Ok(Outcome::Retry { reason: "NotApplied", message: "Kubernetes' answer names no uid.".to_owned() });
        };
        let answer = Answer { uid: uid.to_owned(), generation, spec_hash: hash_of_json(&object["spec"]) };
        record::applied(connection, self.wish.server, revision.number, &answer, self.now).await?;
        guest_password::forget(connection, self.wish.server).await?;
        Ok(Outcome::Again)
    }

    async fn look_before_forgetting(&self, connection: &mut PgConnection) -> Result<Outcome, DispatchError> {
        match self.get().await {
            Ok(object) if server_id(&object) == Some(self.wish.server.to_string()) => {
                let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
                record::found(connection, self.wish.server, uid).await?;
                Ok(Outcome::Again)
            }
            Ok(_) | Err(Failure::NotFound) => {
                record::never_made(connection, self.wish.server, self.now).await?;
                Ok(Outcome::Again)
            }
            Err(failure) => Ok(retry(failure)),
        }
    }

    async fn delete(&self, connection: &mut PgConnection, uid: &str) -> Result<Outcome, DispatchError> {
        let wish = self.wish;
        match self.kubernetes.delete_server(&wish.namespace, &wish.object_name, uid).await {
            // A conflict is another uid: then the one that was meant is as gone as if there were none.
            answer @ (Ok(()) | Err(Failure::NotFound | Failure::Conflict(_))) => {
                record::delete_sent(connection, wish.server, uid, self.now).await?;
                if answer.is_err() {
                    absence::mark_absent(connection, uid, self.now).await?;
                }
                Ok(self.done())
            }
            Err(failure) => Ok(retry(failure)),
        }
    }

    async fn purge(&self, connection: &mut PgConnection, purge: &Purge) -> Result<Outcome, DispatchError> {
        // What would have ended already keeps its time: it may wait for a brake.
        let until = purge.until.map_or(self.now, |until| until.min(self.now));
        match self.kubernetes.end_retention(&purge.record, &purge.uid, until).await {
            Ok(generation) => {
                record::purge_sent(connection, self.wish.server, &purge.uid, generation, self.now).await?;
                Ok(self.done())
            }
            // The mirror will say what became of the machine.
            Err(Failure::NotFound) => Ok(Outcome::Waiting),
            Err(Failure::Refused(message)) => {
                record::purge_refused(connection, self.wish.server, &message, self.now).await?;
                Ok(Outcome::Again)
            }
            Err(failure) => Ok(retry(failure)),
        }
    }

    async fn act(&self, connection: &mut PgConnection, uid: &str) -> Result<Outcome, DispatchError> {
        let (wish, Some(next)) = (self.wish, self.wish.actions.first()) else { return Ok(Outcome::Again) };
        let body = manifest::action(wish, next, uid);
        let object = match self.kubernetes.post(Kind::VirtualServerAction, &wish.namespace, &body).await {
            Ok(object) => object,
            Err(Failure::AlreadyExists) => {
                match self.kubernetes.get(Kind::VirtualServerAction, &wish.namespace, &next.object_name).await {
                    Ok(object) if server_id(&object) == Some(wish.server.to_string()) => object,
                    Ok(_) => {
                        let message = format!("{} exists and is not this action.", next.object_name);
                        record::action_refused(connection, next.operation, "AlreadyExists", &message, self.now).await?;
                        return Ok(Outcome::Again);
                    }
                    Err(failure) => return Ok(retry(failure)),
                }
            }
            Err(Failure::Refused(message)) => {
                record::action_refused(connection, next.operation, "Refused", &message, self.now).await?;
                return Ok(Outcome::Again);
            }
            Err(failure) => return Ok(retry(failure)),
        };
        let action_uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        record::action_delivered(connection, wish, next.operation, uid, self.now).await?;
        action::delivered(connection, next.operation, action_uid, self.now).await?;
        Ok(Outcome::Again)
    }

    async fn get(&self) -> Result<Value, Failure> {
        self.kubernetes.get(Kind::VirtualServer, &self.wish.namespace, &self.wish.object_name).await
    }

    /// The object, whose fields are ours by apply.
    async fn adopt_posted_fields(&self, object: Value) -> Result<Value, Failure> {
        self.patch_managers(object, manifest::adopt_posted_fields).await
    }

    /// The object, once there is nothing left to patch. The operator writes to a new object at once, hence the attempts.
    async fn patch_managers(
        &self,
        mut object: Value,
        patch: impl Fn(&Value) -> Option<Value>,
    ) -> Result<Value, Failure> {
        for _ in 0..PATCH_ATTEMPTS {
            let Some(patch) = patch(&object["metadata"]) else { return Ok(object) };
            let (namespace, name) = (&self.wish.namespace, &self.wish.object_name);
            match self.kubernetes.patch_server(namespace, name, patch).await {
                Ok(object) => return Ok(object),
                Err(Failure::Conflict(_)) => object = self.get().await?,
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::Unavailable("the object changes faster than it can be taken over".to_owned()))
    }
}

/// Whose object is in the place of ours.
enum Whose {
    /// This server in this revision: our own POST, now or before a crash.
    Ours,
    /// This server, made by an earlier revision's POST whose answer was lost.
    OursButOlder(String),
    Terminating,
    Foreign,
}

fn whose(object: &Value, wish: &Wish, revision: &Revision) -> Whose {
    let metadata = &object["metadata"];
    if server_id(object) != Some(wish.server.to_string()) {
        return if metadata["deletionTimestamp"].is_null() { Whose::Foreign } else { Whose::Terminating };
    }
    if !metadata["deletionTimestamp"].is_null() {
        return Whose::Terminating;
    }
    let carried = metadata["annotations"][names::ANNOTATION_REVISION].as_str().and_then(|number| number.parse().ok());
    if carried == Some(revision.number) {
        return Whose::Ours;
    }
    Whose::OursButOlder(metadata["uid"].as_str().unwrap_or_default().to_owned())
}

fn server_id(object: &Value) -> Option<String> {
    object["metadata"]["labels"][names::LABEL_SERVER_ID].as_str().map(ToOwned::to_owned)
}

/// Everything that is not final is tried again; the message says what is waited for.
fn retry(failure: Failure) -> Outcome {
    tracing::warn!(%failure, "Kubernetes could not be told");
    let (reason, message) = match failure {
        Failure::Forbidden(message) if message.contains("exceeded quota") => {
            ("QuotaExceeded", "The account's quota is used up. Delete a server or ask for more.")
        }
        Failure::Forbidden(message) if message.contains("being terminated") => {
            ("Terminating", "The account's namespace is being deleted.")
        }
        Failure::Forbidden(_) => (
            "PermissionMissing",
            "Slipway lacks a right that the provider has to grant. The request is kept until then.",
        ),
        _ => {
            let message =
                "Kubernetes does not take it at the moment. The request is kept and carried out when it does.";
            ("KubernetesUnavailable", message)
        }
    };
    Outcome::Retry { reason, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_up_quota_is_told_from_a_missing_permission() {
        let reason = |failure| match retry(failure) {
            Outcome::Retry { reason, .. } => reason,
            _ => "",
        };
        assert_eq!(reason(Failure::Forbidden("exceeded quota: slipway".into())), "QuotaExceeded");
        assert_eq!(reason(Failure::Forbidden("cannot create resource".into())), "PermissionMissing");
        assert_eq!(reason(Failure::Unavailable("refused".into())), "KubernetesUnavailable");
    }
}
