//! Telling a site what a person acknowledged: its annotation, and nothing else of it, which is all that we may write.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use slipway_crds::names::ANNOTATION_ACKNOWLEDGE;

use crate::app::App;
use crate::dispatcher::DispatchError;
use crate::dispatcher::kubernetes::{Failure, Kubernetes};
use crate::site::acknowledgement::{self, Acknowledgeable};

/// Until the next attempt.
const PAUSE: TimeDelta = TimeDelta::seconds(5);

/// Delivers one due acknowledgement; `false` when there was none.
pub async fn deliver_one(app: &App, kubernetes: &Kubernetes) -> Result<bool, DispatchError> {
    let mut transaction = app.pool.begin().await?;
    let now = app.env.now();
    let Some(due) = acknowledgement::claim(&mut transaction, now).await? else { return Ok(false) };
    match kubernetes.annotate_site(&due.site, patch(due.condition, due.at)).await {
        Ok(()) => acknowledgement::delivered(&mut transaction, &due.site, now).await?,
        Err(failure) => {
            tracing::warn!(site = due.site, %failure, "not acknowledged yet, tried again later");
            acknowledgement::postpone(&mut transaction, &due.site, &explain(&failure), now + PAUSE).await?;
        }
    }
    transaction.commit().await?;
    Ok(true)
}

fn patch(condition: Acknowledgeable, at: DateTime<Utc>) -> Value {
    let time = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({"metadata": {"annotations": {(ANNOTATION_ACKNOWLEDGE): format!("{condition}@{time}")}}})
}

fn explain(failure: &Failure) -> String {
    match failure {
        Failure::NotFound => "The site is not in Kubernetes any more.".to_owned(),
        Failure::Forbidden(message) => {
            format!("Kubernetes does not let the API do this: {message}. Check its ClusterRole.")
        }
        other => format!("{other}. It is tried again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annotation_names_the_condition_and_the_time() {
        let at = DateTime::from_timestamp(1_764_000_000, 0).unwrap();
        let patch = patch(Acknowledgeable::InventoryShrank, at);
        assert_eq!(patch["metadata"]["annotations"]["slipway.dev/acknowledge"], "InventoryShrank@2025-11-24T16:00:00Z");
    }
}
