//! A run and its findings as the REST API shows them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::{AccountId, ServerId, UserId};
use crate::text_enum::text_enum;

text_enum!(
    /// What became of a run.
    RunStatus {
        Running = "running",
        Finished = "finished",
        /// Ended before it was through; the next run goes on.
        Interrupted = "interrupted",
        RolledBack = "rolled_back",
    }
);

text_enum!(
    /// `conflict`: source and target were both changed, and nothing was overwritten.
    FindingOutcome { Finding = "finding", Conflict = "conflict" }
);

/// A run of the migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MigrationRun)]
pub struct RunView {
    pub id: Uuid,
    /// The mapping's name of the database that was read.
    pub source: String,
    /// Who ran it: the database's user and the host.
    pub actor: String,
    pub status: RunStatus,
    pub started_at: DateTime<Utc>,
    #[schema(required)]
    pub finished_at: Option<DateTime<Utc>>,
    /// The cut-over: later runs of the source do nothing.
    #[schema(required)]
    pub sealed_at: Option<DateTime<Utc>>,
    /// Rows that were made.
    pub created: i64,
    pub changed: i64,
    pub unchanged: i64,
    pub conflicts: i64,
    /// What somebody has to look at.
    pub findings: i64,
}

/// How often a run found the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MigrationFindingCount)]
pub struct CodeView {
    pub code: String,
    pub count: i64,
}

/// A run with its findings, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MigrationRunDetail)]
pub struct RunDetail {
    #[serde(flatten)]
    #[schema(inline)]
    pub run: RunView,
    pub codes: Vec<CodeView>,
}

/// Something that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MigrationFinding)]
pub struct FindingView {
    pub position: i64,
    /// The table and number of the row in the billing system.
    #[schema(example = "tblhosting")]
    pub legacy_table: String,
    pub legacy_id: i64,
    pub outcome: FindingOutcome,
    pub code: String,
    pub reason: String,
    #[schema(required)]
    pub server_id: Option<ServerId>,
    #[schema(required)]
    pub server_name: Option<String>,
    /// The server's account, or the one that the row became.
    #[schema(required)]
    pub account_id: Option<AccountId>,
    #[schema(required)]
    pub account_name: Option<String>,
    /// The person that the row became.
    #[schema(required)]
    pub user_id: Option<UserId>,
    #[schema(required)]
    pub user_email: Option<String>,
}
