//! Sites with what staff looks after, in Postgres.

use sqlx::PgConnection;
use sqlx::types::Json;

use crate::site::acknowledgement;
use crate::site::view::{Detail, SiteDetailView};

pub async fn find(connection: &mut PgConnection, name: &str) -> Result<Option<SiteDetailView>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select name, display_name, region, ready, reason, message, detail as "detail: Json<Detail>",
                  (select count(*) from servers where site = $1 and listed) as "servers!"
           from sites where name = $1"#,
        name
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let acknowledgement = acknowledgement::find(connection, name).await?;
    let detail = row.detail.0;
    Ok(Some(SiteDetailView {
        name: row.name,
        display_name: row.display_name,
        region: row.region,
        ready: row.ready,
        reason: row.reason,
        message: row.message,
        servers: row.servers,
        endpoints: detail.endpoints,
        version: detail.version,
        cluster_identity: detail.cluster_identity,
        observed_at: detail.observed_at,
        vmid_start: detail.vmid_start,
        vmid_end: detail.vmid_end,
        next_vmid: detail.next_vmid,
        conditions: detail.conditions,
        nodes: detail.nodes,
        quarantine: detail.quarantine,
        orphans: detail.orphans,
        brakes: detail.brakes,
        doctor: detail.doctor,
        epochs: detail.epochs,
        acknowledgement,
    }))
}
