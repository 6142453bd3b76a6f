//! What a server has in store beside its disks, and what differs on it: mirrored from its status, kept as JSON.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::id::ServerId;

/// The disks (and perhaps the memory) as they were at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Snapshot)]
pub struct SnapshotView {
    pub name: String,
    pub created_at: DateTime<Utc>,
    /// A rollback to it goes on where the guest was.
    pub includes_memory: bool,
}

/// A copy of the disks on the site's backup storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Backup)]
pub struct BackupView {
    /// What `Restore` and `DeleteBackup` name.
    pub id: String,
    pub created_at: DateTime<Utc>,
    /// As it is stored, compressed.
    pub size_bytes: i64,
    /// It cannot be deleted.
    pub protected: bool,
}

/// A disk of the server that is plugged in nowhere: taken out of its spec, or replaced by a rebuild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DetachedDisk)]
pub struct DetachedDiskView {
    /// What `DestroyDisk`, and `Rebuild` to put it back, name.
    pub name: String,
    pub since: DateTime<Utc>,
    /// When it is destroyed; null: kept until somebody decides.
    #[schema(required)]
    pub until: Option<DateTime<Utc>>,
}

/// A setting that somebody changed by hand on the hypervisor; who it was is asked of the server's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Drift)]
pub struct DriftView {
    pub field: String,
    pub wanted: String,
    pub found: String,
}

/// A disk that the machine has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiskSeen {
    pub name: String,
    pub size_gib: Option<i32>,
}

/// An interface that the machine has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InterfaceSeen {
    pub name: String,
    pub network: Option<String>,
    pub mac: Option<String>,
    pub addresses: Vec<String>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stores {
    pub snapshots: Vec<SnapshotView>,
    pub backups: Vec<BackupView>,
    pub detached_disks: Vec<DetachedDiskView>,
    pub disks: Vec<DiskSeen>,
    pub interfaces: Vec<InterfaceSeen>,
    pub drift: Vec<DriftView>,
}

pub async fn find(connection: &mut PgConnection, server: ServerId) -> Result<Stores, sqlx::Error> {
    let row = sqlx::query!(
        r#"select snapshots as "snapshots: Json<Vec<SnapshotView>>", backups as "backups: Json<Vec<BackupView>>",
                  detached_disks as "detached_disks: Json<Vec<DetachedDiskView>>", drift as "drift: Json<Vec<DriftView>>",
                  disks_seen as "disks: Json<Vec<DiskSeen>>", networks_seen as "interfaces: Json<Vec<InterfaceSeen>>"
           from servers where id = $1"#,
        server.0
    )
    .fetch_one(connection)
    .await?;
    Ok(Stores {
        snapshots: row.snapshots.0,
        backups: row.backups.0,
        detached_disks: row.detached_disks.0,
        disks: row.disks.0,
        interfaces: row.interfaces.0,
        drift: row.drift.0,
    })
}

/// Replaces what was known.
pub async fn put(connection: &mut PgConnection, server: ServerId, stores: &Stores) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update servers set snapshots = $2, backups = $3, detached_disks = $4, drift = $5, disks_seen = $6,
             networks_seen = $7
         where id = $1",
        server.0,
        Json(&stores.snapshots) as _,
        Json(&stores.backups) as _,
        Json(&stores.detached_disks) as _,
        Json(&stores.drift) as _,
        Json(&stores.disks) as _,
        Json(&stores.interfaces) as _
    )
    .execute(connection)
    .await?;
    Ok(())
}
