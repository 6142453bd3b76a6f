//! `RetainedServer`s: a deleted server's machine that is kept. The server's row shows until when, and a purge of it how far
//! it is.

use chrono::{DateTime, Utc};
use slipway_crds::words::condition;
use slipway_crds::{RetainedPhase, RetainedServer};
use sqlx::PgConnection;

use crate::id::{OperationId, ServerId};
use crate::kube_time::from_kube;
use crate::operation::settle::settle;
use crate::operation::store;
use crate::operation::verdict::{Verdict, taken_back};
use crate::operation::view::OperationStatus;

/// A taken record is over: another server owns the machine again.
pub async fn upsert(
    connection: &mut PgConnection,
    record: &RetainedServer,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let phase = record.status.as_ref().map(|status| status.phase).unwrap_or_default();
    let taken = phase == RetainedPhase::Taken;
    let since = record.metadata.creation_timestamp.as_ref().map_or(now, from_kube);
    let server = sqlx::query_scalar!(
        r#"update servers set retained_since = $2, retained_until = $3, retained_name = $4, retained_purging = $6,
               retained_uid = case when $5 then null else retained_uid end
           where (retained_uid = $1 or uid = $1 and retained_uid is null) returning id as "id: ServerId""#,
        record.spec.uid,
        (!taken).then_some(since),
        record.spec.until.as_ref().filter(|_| !taken).map(from_kube),
        record.metadata.name,
        taken,
        phase == RetainedPhase::Purging
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(server) = server else { return Ok(()) };
    tell_purge(connection, server, record, now).await?;
    settle(connection, server, now).await
}

/// Tells whoever follows a purge what it waits for, and ends it when it cannot be.
async fn tell_purge(
    connection: &mut PgConnection,
    server: ServerId,
    record: &RetainedServer,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let open = sqlx::query!(
        r#"select id as "id: OperationId", generation from operations
           where server_id = $1 and kind = 'purge' and status in ('accepted', 'running')"#,
        server.0
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in open {
        if let Some(new) = purge_verdict(record, row.generation) {
            store::set_status(connection, row.id, new.status, (&new.reason, &new.message), now).await?;
        }
    }
    Ok(())
}

/// `generation`: of the record, once the purge is in it. What the operator said of an earlier one is not about the purge.
fn purge_verdict(record: &RetainedServer, generation: Option<i64>) -> Option<Verdict> {
    let status = record.status.as_ref()?;
    if status.phase == RetainedPhase::Taken {
        return Some(taken_back());
    }
    let generation = generation?;
    let said = |kind: &str, value: &str| {
        let about_it = |seen: Option<i64>| seen.is_some_and(|seen| seen >= generation);
        let mut conditions = status.conditions.iter();
        conditions.find(|c| c.type_ == kind && c.status == value && about_it(c.observed_generation))
    };
    if let Some(stalled) = said(condition::STALLED, "True") {
        let message = "The machine cannot be destroyed before the provider has looked at it.";
        return Some(Verdict::new(OperationStatus::Failed, &stalled.reason, message));
    }
    if status.phase == RetainedPhase::Purging {
        return Some(Verdict::new(OperationStatus::Running, "Purging", "The machine is being destroyed."));
    }
    let waiting = said(condition::READY, "False")?;
    // The record is for staff: what stands in it may speak of the site and of other machines.
    let message = "The machine is destroyed as soon as the site lets it.";
    Some(Verdict::new(OperationStatus::Running, &waiting.reason, message))
}

/// The record is gone, and with it the machine.
pub async fn forget(connection: &mut PgConnection, name: &str, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let gone = sqlx::query_scalar!(
        r#"update servers set retained_since = null, retained_until = null, retained_name = null, retained_uid = null,
               retained_purging = false, updated_at = $2
           where retained_name = $1 returning id as "id: ServerId""#,
        name,
        now
    )
    .fetch_all(&mut *connection)
    .await?;
    settle_all(connection, gone, now).await
}

/// After a complete list: every other record is gone.
pub async fn keep_only(connection: &mut PgConnection, names: &[String], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let gone = sqlx::query_scalar!(
        r#"update servers set retained_since = null, retained_until = null, retained_name = null, retained_uid = null,
               retained_purging = false, updated_at = $2
           where retained_name is not null and retained_name <> all($1) returning id as "id: ServerId""#,
        names,
        now
    )
    .fetch_all(&mut *connection)
    .await?;
    settle_all(connection, gone, now).await
}

async fn settle_all(
    connection: &mut PgConnection,
    servers: Vec<ServerId>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    for server in servers {
        settle(connection, server, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(phase: &str, ready: &str, stalled: &str) -> RetainedServer {
        let condition = |kind: &str, status: &str| {
            json!({"type": kind, "status": status, "reason": "Why", "message": "because", "observedGeneration": 2,
                   "lastTransitionTime": "2026-01-01T00:00:00Z"})
        };
        serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "RetainedServer", "metadata": {"name": "home.100"},
            "spec": {"siteRef": "home", "vmid": 100, "namespace": "a", "namespaceUid": "n", "name": "web", "uid": "u", "born": "u"},
            "status": {"phase": phase, "conditions": [condition("Ready", ready), condition("Stalled", stalled)]},
        }))
        .unwrap()
    }

    #[test]
    fn a_purge_is_told_by_what_the_operator_says_after_it() {
        use OperationStatus::{Failed, Running};
        for (record, generation, expected) in [
            (record("Retained", "True", "False"), Some(2), None),
            (record("Retained", "False", "False"), Some(3), None),
            (record("Retained", "False", "True"), None, None),
            (record("Retained", "False", "False"), Some(2), Some((Running, "Why"))),
            (record("Purging", "False", "False"), Some(2), Some((Running, "Purging"))),
            (record("Purging", "False", "True"), Some(2), Some((Failed, "Why"))),
            (record("Taken", "True", "False"), None, Some((Failed, "Taken"))),
        ] {
            let said = purge_verdict(&record, generation);
            assert_eq!(said.as_ref().map(|v| (v.status, v.reason.as_str())), expected, "{record:?} {generation:?}");
            assert!(said.is_none_or(|v| v.message != "because"), "a tenant does not read the record's own words");
        }
    }
}
