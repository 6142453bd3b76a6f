//! Servers that are gone from Kubernetes. A watch says so one by one; a complete list says so of many, and is not
//! believed when it says so of too many at once.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use kube::{Api, Client, ResourceExt as _};
use slipway_crds::VirtualServer;
use sqlx::PgConnection;

use crate::app::App;
use crate::id::ServerId;
use crate::mirror::{MirrorError, state};
use crate::operation::settle::settle;

/// At least so many unexplained absences are needed for an alarm.
const ALARM_FLOOR: usize = 5;
/// And this share of the fleet, in percent.
const ALARM_PERCENT: usize = 5;
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A server of which Kubernetes' complete list says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    uid: String,
    namespace: String,
    object_name: String,
    /// We asked for its deletion, or a retained record says that it was deleted.
    explained: bool,
}

/// Marks the uid as gone and ends what waits for it.
pub async fn mark_absent(connection: &mut PgConnection, uid: &str, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let server = sqlx::query_scalar!(
        r#"update servers set absent_at = coalesce(absent_at, $2), phase = 'Deleting', power_state = 'unknown',
               updated_at = $2
           where uid = $1 returning id as "id: ServerId""#,
        uid,
        now
    )
    .fetch_optional(&mut *connection)
    .await?;
    match server {
        Some(server) => settle(connection, server, now).await,
        None => Ok(()),
    }
}

/// Compares a complete list with Postgres. Each absence is proven by a read of its own, because the list may be older
/// than an object that the dispatcher made meanwhile.
pub async fn judge(app: &App, client: &Client, listed: &[String]) -> Result<(), MirrorError> {
    let listed: HashSet<&str> = listed.iter().map(String::as_str).collect();
    let mut connection = app.pool.acquire().await?;
    let known = sqlx::query!(
        r#"select uid as "uid!", namespace, object_name,
                  (delete_requested or retained_since is not null) as "explained!"
           from servers where uid is not null and absent_at is null"#
    )
    .fetch_all(&mut *connection)
    .await?;
    let total = known.len();
    let missing: Vec<Candidate> = known
        .into_iter()
        .filter(|row| !listed.contains(row.uid.as_str()))
        .map(|row| Candidate {
            uid: row.uid,
            namespace: row.namespace,
            object_name: row.object_name,
            explained: row.explained,
        })
        .collect();
    let accepted = sqlx::query_scalar!("select accept_deletions from mirror_state").fetch_one(&mut *connection).await?;
    if !accepted && let Some(message) = alarm(&missing, total) {
        state::halt(&mut connection, "MassDeletion", &message).await?;
        state::publish(&mut connection, &app.metrics).await?;
        return Ok(());
    }
    for candidate in missing {
        if is_absent(client, &candidate).await? {
            mark_absent(&mut connection, &candidate.uid, app.env.now()).await?;
        }
    }
    state::synced(&mut connection, app.env.now()).await?;
    Ok(())
}

/// Why the list is not believed, if so.
fn alarm(missing: &[Candidate], total: usize) -> Option<String> {
    let unexplained = missing.iter().filter(|candidate| !candidate.explained).count();
    let limit = ALARM_FLOOR.max(total * ALARM_PERCENT / 100);
    (unexplained > limit).then(|| {
        format!(
            "{unexplained} of {total} servers are gone from Kubernetes and nobody here deleted them. None is marked \
             deleted and nothing is dispatched. If it is right, run `slipway-api resync --accept-deletions`."
        )
    })
}

async fn is_absent(client: &Client, candidate: &Candidate) -> Result<bool, MirrorError> {
    let servers: Api<VirtualServer> = Api::namespaced(client.clone(), &candidate.namespace);
    let read = servers.get_metadata_opt(&candidate.object_name);
    let found = tokio::time::timeout(CALL_TIMEOUT, read).await.map_err(|_| MirrorError::Timeout)??;
    Ok(found.is_none_or(|object| object.uid().as_deref() != Some(&candidate.uid)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(explained: usize, unexplained: usize) -> Vec<Candidate> {
        let candidate = |explained| Candidate {
            uid: String::new(),
            namespace: String::new(),
            object_name: String::new(),
            explained,
        };
        std::iter::repeat_n(candidate(true), explained)
            .chain(std::iter::repeat_n(candidate(false), unexplained))
            .collect()
    }

    #[test]
    fn a_few_absences_are_believed_and_many_are_not() {
        assert!(alarm(&missing(0, 5), 10).is_none());
        assert!(alarm(&missing(0, 6), 10).is_some());
        assert!(alarm(&missing(0, 50), 1000).is_none());
        assert!(alarm(&missing(0, 51), 1000).is_some());
    }

    #[test]
    fn absences_that_we_asked_for_do_not_count() {
        assert!(alarm(&missing(500, 5), 1000).is_none());
    }
}
