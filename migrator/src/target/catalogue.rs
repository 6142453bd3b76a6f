//! Manifests that the catalogue lacks, as desired state: the API's dispatcher makes them.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Deserialize as _;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::{TargetError, offer};
use crate::mapping::Mapping;

/// Between two looks at what became of them.
const PAUSE: Duration = Duration::from_millis(500);

/// A manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueWish {
    pub kind: String,
    pub name: String,
    pub manifest: Value,
}

impl CatalogueWish {
    /// As `ServerPlan vps-small`.
    pub fn shown(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }
}

/// The manifests of a file, one a YAML document.
pub fn read(path: &Path) -> Result<Vec<CatalogueWish>, TargetError> {
    let wrong = |why: String| TargetError::Catalogue { path: path.to_owned(), why };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let mut wishes = Vec::new();
    for document in serde_yaml_ng::Deserializer::from_str(&text) {
        let manifest = Value::deserialize(document).map_err(|error| wrong(error.to_string()))?;
        if manifest.is_null() {
            continue;
        }
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let (Some(kind), Some(name)) = (word(&manifest["kind"]), word(&manifest["metadata"]["name"])) else {
            return Err(wrong("a manifest has no kind or no name".to_owned()));
        };
        if !["ServerPlan", "OSImage", "Network", "AddressPool"].contains(&kind.as_str()) {
            return Err(wrong(format!("{kind} is not made by a migration; apply it with kubectl")));
        }
        wishes.push(CatalogueWish { kind, name, manifest });
    }
    Ok(wishes)
}

/// Fields of what is missing that nobody has filled in yet, as `ServerPlan vps-small: spec.cores, spec.memoryMiB`.
pub fn unfilled(wishes: &[CatalogueWish], missing: &[String]) -> Vec<String> {
    let needed = wishes.iter().filter(|wish| missing.contains(&wish.shown()));
    let told = needed.filter_map(|wish| {
        let spec = wish.manifest["spec"].as_object()?;
        let empty = spec.iter().filter(|(_, value)| value.is_null() || value.as_str() == Some(""));
        let fields: Vec<String> = empty.map(|(field, _)| format!("spec.{field}")).collect();
        (!fields.is_empty()).then(|| format!("{}: {}", wish.shown(), fields.join(", ")))
    });
    told.collect()
}

/// Records what is missing, with the networks and pools of the file; what is there already is not touched.
pub async fn wish(
    pool: &PgPool,
    wishes: &[CatalogueWish],
    missing: &[String],
    run: Uuid,
    now: DateTime<Utc>,
) -> Result<(), TargetError> {
    for wish in wishes {
        let is_place = matches!(wish.kind.as_str(), "Network" | "AddressPool");
        if !is_place && !missing.contains(&wish.shown()) {
            continue;
        }
        sqlx::query!(
            "insert into catalogue_wishes (kind, name, manifest, run_id, not_before) values ($1, $2, $3, $4, $5)
             on conflict (kind, name) do update set manifest = excluded.manifest, run_id = excluded.run_id,
                 not_before = excluded.not_before
             where catalogue_wishes.applied_at is null",
            wish.kind,
            wish.name,
            wish.manifest,
            run,
            now
        )
        .execute(pool)
        .await?;
    }
    sqlx::query("select pg_notify($1, '')").bind(slipway_api::dispatcher::queue::CHANNEL).execute(pool).await?;
    Ok(())
}

/// Waits until the mirror shows what the mapping needs; answers what it still lacks.
pub async fn wait(pool: &PgPool, mapping: &Mapping, wait: Duration) -> Result<Vec<String>, TargetError> {
    let deadline = Instant::now() + wait;
    loop {
        let missing = offer::missing(mapping, &offer::offer(pool).await?);
        if missing.is_empty() || Instant::now() >= deadline {
            return Ok(with_reasons(pool, missing).await?);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Why one was not made yet stands beside its wish.
async fn with_reasons(pool: &PgPool, missing: Vec<String>) -> Result<Vec<String>, sqlx::Error> {
    let told = sqlx::query!(
        r#"select kind || ' ' || name as "shown!", message as "message!" from catalogue_wishes where message is not null"#
    )
    .fetch_all(pool)
    .await?;
    let reason = |name: String| match told.iter().find(|row| row.shown == name) {
        Some(row) => format!("{name} ({})", row.message),
        None => name,
    };
    Ok(missing.into_iter().map(reason).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_filled_in_is_named_where_it_is_needed() {
        let wish = |name: &str, cores: Value| CatalogueWish {
            kind: "ServerPlan".to_owned(),
            name: name.to_owned(),
            manifest: json!({ "spec": { "displayName": name, "cores": cores, "memoryMiB": null, "templates": [] } }),
        };
        let wishes = [wish("cloud", Value::Null), wish("kvm", json!(2)), wish("there-already", Value::Null)];
        let missing = ["ServerPlan cloud".to_owned(), "ServerPlan kvm".to_owned()];
        assert_eq!(
            unfilled(&wishes, &missing),
            ["ServerPlan cloud: spec.cores, spec.memoryMiB", "ServerPlan kvm: spec.memoryMiB"]
        );
    }
}
