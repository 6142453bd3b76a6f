//! What was migrated and is not in the source any more: told, never removed.

use sqlx::PgPool;
use uuid::Uuid;

use super::TargetError;
use super::loader::Seen;
use crate::carried::Legacy;
use crate::outcome::{Fate, Outcome};

/// Records that are asked for at once.
const PAGE: i64 = 10_000;

pub async fn vanished(pool: &PgPool, source: &str, seen: &Seen) -> Result<Vec<Outcome>, TargetError> {
    let mut vanished = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let page = sqlx::query!(
            "select id, kind, legacy_id from migration_records
             where source = $1 and kind in ('account', 'server') and id > $2 order by id limit $3",
            source,
            after,
            PAGE
        )
        .fetch_all(pool)
        .await?;
        let Some(last) = page.last() else { return Ok(vanished) };
        after = last.id;
        for row in page {
            let id = row.legacy_id.cast_unsigned();
            let (there, table, reason) = if row.kind == "account" {
                let reason = "the client is gone from WHMCS; its account is still there";
                (seen.clients.contains(id), "tblclients", reason)
            } else {
                let reason = "the service is gone from WHMCS, or is none of a mapped product any more; its server is still there";
                (seen.services.contains(id), "tblhosting", reason)
            };
            if !there {
                let legacy = Legacy { table, id: row.legacy_id };
                vanished.push(Outcome::new(legacy, Fate::Finding, "vanished", reason));
            }
        }
    }
}
