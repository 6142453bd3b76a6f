//! Who did what: one row in the transaction that did it.

use sqlx::PgConnection;

use crate::environment::Env;
use crate::http::request_id::RequestId;
use crate::id::{AccountId, OperationId, ServerId, UserId};

/// One entry of the audit. `action` is `<noun>.<verb>`.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Nobody: the mirror saw it, or a command line did it.
    pub actor: Option<UserId>,
    pub action: &'a str,
    pub account: Option<AccountId>,
    pub server: Option<ServerId>,
    pub operation: Option<OperationId>,
    pub request: &'a RequestId,
    /// For people: what exactly, without secrets.
    pub detail: String,
}

impl<'a> Entry<'a> {
    pub const fn new(actor: Option<UserId>, action: &'a str, request: &'a RequestId) -> Self {
        Self { actor, action, account: None, server: None, operation: None, request, detail: String::new() }
    }
}

/// Writes the entry.
pub async fn record(connection: &mut PgConnection, env: &Env, entry: Entry<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit (id, at, actor_id, action, account_id, server_id, operation_id, request_id, detail)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        env.uuid(),
        env.now(),
        entry.actor.map(|id| id.0),
        entry.action,
        entry.account.map(|id| id.0),
        entry.server.map(|id| id.0),
        entry.operation.map(|id| id.0),
        entry.request.as_str(),
        entry.detail
    )
    .execute(connection)
    .await?;
    Ok(())
}
