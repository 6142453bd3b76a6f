//! How one dispatch ended.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::id::{OperationId, ServerId};
use crate::operation::store;
use crate::operation::view::OperationStatus;

/// What is to become of the server's dirty mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything up to this revision is in Kubernetes, or was refused for good.
    Done { revision: i64 },
    /// A step was made, the next one can follow at once.
    Again,
    /// Something has to be observed first.
    Waiting,
    /// Kubernetes could not be asked, or said "later".
    Retry { reason: &'static str, message: String },
}

impl Outcome {
    /// The metric's label.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Again => "step",
            Self::Waiting => "waiting",
            Self::Retry { .. } => "retry",
        }
    }
}

/// Tells whoever follows the server's undelivered operations why they wait.
pub async fn tell_waiting(
    connection: &mut PgConnection,
    server: ServerId,
    reason: &str,
    message: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let open = sqlx::query_scalar!(
        r#"select id as "id: OperationId" from operations
           where server_id = $1 and status in ('accepted', 'running') and uid is null"#,
        server.0
    )
    .fetch_all(&mut *connection)
    .await?;
    for id in open {
        store::set_status(connection, id, OperationStatus::Accepted, (reason, message), now).await?;
    }
    Ok(())
}
