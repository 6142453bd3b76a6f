//! `VirtualServerAction`s: their phase ends the operation that asked for them. Actions made with kubectl have no
//! operation and are not mirrored.

use chrono::{DateTime, TimeDelta, Utc};
use kube::ResourceExt as _;
use slipway_crds::{ActionPhase, VirtualServerAction};
use sqlx::PgConnection;

use crate::id::OperationId;
use crate::operation::store;
use crate::operation::verdict::Verdict;
use crate::operation::view::OperationStatus;

pub async fn upsert(
    connection: &mut PgConnection,
    object: &VirtualServerAction,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let operation = sqlx::query_scalar!(
        r#"select o.id as "id: OperationId"
           from actions a join operations o on o.id = a.operation_id join servers s on s.id = a.server_id
           where a.object_name = $1 and s.namespace = $2 and o.status in ('accepted', 'running')"#,
        object.name_any(),
        object.namespace().unwrap_or_default()
    )
    .fetch_optional(&mut *connection)
    .await?;
    let (Some(operation), Some(verdict)) = (operation, verdict(object)) else { return Ok(()) };
    store::set_status(connection, operation, verdict.status, (&verdict.reason, &verdict.message), now).await
}

/// The operation's status by the action's phase; `None`: it has not started.
fn verdict(object: &VirtualServerAction) -> Option<Verdict> {
    let status = object.status.as_ref()?;
    let (operation, word, message) = match status.phase {
        ActionPhase::Pending if status.reason.is_none() => return None,
        ActionPhase::Pending => (OperationStatus::Running, "Pending", "It waits for its turn."),
        ActionPhase::Running => (OperationStatus::Running, "Running", "It is being carried out."),
        ActionPhase::Succeeded => (OperationStatus::Succeeded, "Succeeded", "Done."),
        ActionPhase::Failed => (OperationStatus::Failed, "Failed", "It failed."),
        ActionPhase::Refused => (OperationStatus::Failed, "Refused", "It was refused."),
        ActionPhase::Expired => {
            (OperationStatus::Expired, "Expired", "It waited too long. Ask again if it is still wanted.")
        }
        ActionPhase::OutcomeUnknown => (
            OperationStatus::Failed,
            "OutcomeUnknown",
            "Nobody knows whether it was carried out. Look at the server first.",
        ),
    };
    let (reason, message) = (status.reason.as_deref().unwrap_or(word), status.message.as_deref().unwrap_or(message));
    Some(Verdict::new(operation, reason, message))
}

/// The object is gone; an operation that is still open expires in time.
pub async fn mark_absent(connection: &mut PgConnection, uid: &str, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update actions set absent_at = $2 where uid = $1 and absent_at is null", uid, now)
        .execute(connection)
        .await?;
    Ok(())
}

/// After a complete list: every other delivered action of an open operation is gone.
pub async fn keep_only(connection: &mut PgConnection, uids: &[String], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update actions a set absent_at = $2 from operations o
         where o.id = a.operation_id and o.status in ('accepted', 'running') and a.uid is not null
           and a.absent_at is null and a.uid <> all($1) and a.delivered_at < $3",
        uids,
        now,
        // One that was delivered while the list was read may not be in it.
        now - TimeDelta::minutes(1)
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_crds::{ActionStatus, ServerRef, Verb, VirtualServerActionSpec};

    fn object(phase: ActionPhase) -> VirtualServerAction {
        let spec = VirtualServerActionSpec {
            server_ref: ServerRef { name: "web".into(), uid: None },
            verb: Verb::Start,
            after_generation: None,
            sequence: 1,
            not_after: crate::kube_time::to_kube(DateTime::UNIX_EPOCH),
            snapshot: None,
            include_memory: false,
            backup: None,
            image_ref: None,
            disk: None,
            node: None,
        };
        let mut object = VirtualServerAction::new("web-1", spec);
        object.status = Some(ActionStatus { phase, reason: Some("Why".into()), ..ActionStatus::default() });
        object
    }

    #[test]
    fn every_terminal_phase_ends_the_operation() {
        for (phase, status) in [
            (ActionPhase::Running, OperationStatus::Running),
            (ActionPhase::Succeeded, OperationStatus::Succeeded),
            (ActionPhase::Failed, OperationStatus::Failed),
            (ActionPhase::Refused, OperationStatus::Failed),
            (ActionPhase::OutcomeUnknown, OperationStatus::Failed),
            (ActionPhase::Expired, OperationStatus::Expired),
        ] {
            let verdict = verdict(&object(phase)).unwrap();
            assert_eq!((verdict.status, verdict.reason.as_str()), (status, "Why"));
            assert_eq!(verdict.status.is_open(), !phase.is_terminal());
        }
    }
}
