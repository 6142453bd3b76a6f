//! An operation as the REST API shows it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::id::{AccountId, OperationId, ServerId, UserId};
use crate::text_enum::text_enum;

text_enum!(
    /// What was asked for.
    OperationKind {
        Create = "create",
        Update = "update",
        Delete = "delete",
        /// A deleted server whose machine is kept is taken back.
        Undelete = "undelete",
        /// The machine of a deleted server is destroyed before its time.
        Purge = "purge",
        Action = "action",
    }
);

text_enum!(
    /// How far an operation is. The first two go on, the others are ends.
    OperationStatus {
        Accepted = "accepted",
        Running = "running",
        Succeeded = "succeeded",
        Failed = "failed",
        /// A later change of the same server took its place.
        Superseded = "superseded",
        /// It waited too long; a wish in the server's spec stays.
        Expired = "expired",
    }
);

impl OperationStatus {
    /// Whether more can come of it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Accepted | Self::Running)
    }
}

text_enum!(
    /// A thing that is done to a server once.
    Verb {
        Start = "Start",
        /// Asks the guest to power off.
        Shutdown = "Shutdown",
        /// Cuts the power.
        Stop = "Stop",
        Restart = "Restart",
        /// Pushes the reset button.
        Reset = "Reset",
        /// Keeps the disks, and the memory if asked, as they are now.
        Snapshot = "Snapshot",
        DeleteSnapshot = "DeleteSnapshot",
        /// Goes back to a snapshot; what was written since is lost.
        Rollback = "Rollback",
        /// Copies the disks to the backup storage.
        Backup = "Backup",
        /// Puts a backup in place of the disks; what was written since is lost.
        Restore = "Restore",
        DeleteBackup = "DeleteBackup",
        /// By staff: moves it to another node.
        Migrate = "Migrate",
        /// Installs another image, or puts a detached root disk back.
        Rebuild = "Rebuild",
        /// Destroys a detached disk.
        DestroyDisk = "DestroyDisk",
    }
);

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RequestedBy {
    pub id: UserId,
    pub email: String,
}

/// One step on an operation's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProgressView {
    pub at: DateTime<Utc>,
    pub reason: String,
    pub message: String,
}

/// A request to change a server, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Operation)]
pub struct OperationView {
    pub id: OperationId,
    pub server_id: ServerId,
    pub server_name: String,
    #[schema(required)]
    pub account_id: Option<AccountId>,
    pub kind: OperationKind,
    /// Of an action only.
    #[schema(required)]
    pub verb: Option<Verb>,
    /// What the action is about: a snapshot, backup, image, disk or node.
    #[schema(required)]
    pub subject: Option<String>,
    pub status: OperationStatus,
    /// One word for what it waits for or failed by.
    #[schema(required)]
    pub reason: Option<String>,
    /// The cause and the next step, for people.
    #[schema(required)]
    pub message: Option<String>,
    /// Null when it was not asked for through this API.
    #[schema(required)]
    pub requested_by: Option<RequestedBy>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(required)]
    pub finished_at: Option<DateTime<Utc>>,
    /// What happened so far, newest last, 20 entries at most.
    pub progress: Vec<ProgressView>,
}
