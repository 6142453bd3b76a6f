//! Operations in Postgres.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use slipway_crds::words::WaitingReason;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::http::page::MAX_TOTAL;
use crate::http::request_id::RequestId;
use crate::id::{AccountId, OperationId, ServerId, UserId};
use crate::operation::view::{OperationKind, OperationStatus, OperationView, ProgressView, RequestedBy, Verb};
use crate::server::parameters::Parameters;

/// What keeps the dispatcher waiting; the other causes are the operator's.
const DISPATCH_CAUSES: [&str; 3] = ["KubernetesUnavailable", "NotApplied", "NotDispatched"];
/// Entries of progress that are kept.
const MAX_PROGRESS: usize = 20;

#[derive(Debug, Clone, FromRow)]
struct Row {
    id: OperationId,
    server_id: ServerId,
    server_name: String,
    account_id: Option<AccountId>,
    kind: OperationKind,
    verb: Option<Verb>,
    parameters: Option<Json<Parameters>>,
    status: OperationStatus,
    reason: Option<String>,
    message: Option<String>,
    requested_by: Option<UserId>,
    email: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    progress: Vec<(DateTime<Utc>, String, String)>,
}

/// What belongs to a row is looked up row by row: joined, all users would be read for a page.
const COLUMNS: &str = "o.id, o.server_id, s.name as server_name, o.account_id, o.kind, o.verb, o.status, o.reason,
       o.message, o.requested_by, (select u.email from users u where u.id = o.requested_by) as email,
       o.created_at, o.updated_at, o.finished_at,
       (select a.parameters from actions a where a.operation_id = o.id) as parameters,
       array(select row(p.at, p.reason, p.message) from operation_progress p
             where p.operation_id = o.id order by p.position) as progress";
const FROM: &str = " from operations o join servers s on s.id = o.server_id";

/// Which operations are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those that the caller may see; `None`: all.
    pub accounts: Option<Vec<Uuid>>,
    pub server: Option<ServerId>,
    pub status: Option<OperationStatus>,
    /// Only open ones whose reason is one to wait for.
    pub waiting: bool,
}

impl Filter {
    fn push(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(" where true");
        match self.accounts.as_deref() {
            Some([only]) => drop(query.push(" and o.account_id = ").push_bind(*only)),
            Some(several) => drop(query.push(" and o.account_id = any(").push_bind(several.to_vec()).push(")")),
            None => {}
        }
        if let Some(server) = self.server {
            query.push(" and o.server_id = ").push_bind(server.0);
        }
        if let Some(status) = self.status {
            query.push(" and o.status = ").push_bind(status.as_str());
        }
        if self.waiting {
            let causes: Vec<&str> =
                WaitingReason::ALL.iter().map(|reason| reason.as_str()).chain(DISPATCH_CAUSES).collect();
            query.push(" and o.status in ('accepted', 'running') and o.reason = any(").push_bind(causes).push(")");
        }
    }
}

/// The list's statement, newest first.
pub fn list_query(filter: &Filter, after: Option<Uuid>, limit: i64) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(format!("select {COLUMNS}{FROM}"));
    filter.push(&mut query);
    if let Some(after) = after {
        query.push(" and o.id < ").push_bind(after);
    }
    query.push(" order by o.id desc limit ").push_bind(limit);
    query
}

pub async fn list(
    connection: &mut PgConnection,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<OperationView>, sqlx::Error> {
    let rows: Vec<Row> = list_query(filter, after, limit).build_query_as().fetch_all(connection).await?;
    Ok(rows.into_iter().map(view).collect())
}

/// Up to [`MAX_TOTAL`].
pub async fn count(connection: &mut PgConnection, filter: &Filter) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::new("select count(*) from (select from operations o");
    filter.push(&mut query);
    query.push(" limit ").push_bind(MAX_TOTAL).push(") counted");
    query.build_query_scalar().fetch_one(connection).await
}

pub async fn find(connection: &mut PgConnection, id: OperationId) -> Result<Option<OperationView>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(format!("select {COLUMNS}{FROM} where o.id = "));
    query.push_bind(id.0);
    let row: Option<Row> = query.build_query_as().fetch_optional(connection).await?;
    Ok(row.map(view))
}

/// For each server the newest unfinished operation, or the last one when that failed.
pub async fn latest(
    connection: &mut PgConnection,
    servers: &[Uuid],
) -> Result<HashMap<ServerId, OperationView>, sqlx::Error> {
    let rows: Vec<Row> = latest_query(servers).build_query_as().fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.server_id, view(row))).collect())
}

/// The statement of [`latest`]. However many operations a server has had, one or two of them are looked at.
pub fn latest_query(servers: &[Uuid]) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::<Postgres>::new(format!("select {COLUMNS} from unnest("));
    query.push_bind(servers.to_vec()).push(
        ") as wanted (id)
         join operations o on o.id = coalesce(
             (select id from operations where server_id = wanted.id and status in ('accepted', 'running')
              order by id desc limit 1),
             (select id from operations where server_id = wanted.id order by id desc limit 1))
         join servers s on s.id = o.server_id
         where o.status in ('accepted', 'running', 'failed')",
    );
    query
}

fn view(row: Row) -> OperationView {
    let step = |(at, reason, message)| ProgressView { at, reason, message };
    OperationView {
        progress: row.progress.into_iter().map(step).collect(),
        requested_by: row.requested_by.zip(row.email).map(|(id, email)| RequestedBy { id, email }),
        id: row.id,
        server_id: row.server_id,
        server_name: row.server_name,
        account_id: row.account_id,
        kind: row.kind,
        verb: row.verb,
        subject: row.parameters.and_then(|parameters| parameters.0.subject()),
        status: row.status,
        reason: row.reason,
        message: row.message,
        created_at: row.created_at,
        updated_at: row.updated_at,
        finished_at: row.finished_at,
    }
}

/// An operation to be followed.
#[derive(Debug)]
pub struct NewOperation<'a> {
    pub id: OperationId,
    pub server: ServerId,
    pub kind: OperationKind,
    pub verb: Option<Verb>,
    pub requested_by: Option<UserId>,
    pub request: &'a RequestId,
}

/// Makes the operation for the server's newest revision; answers the account.
pub async fn insert(
    connection: &mut PgConnection,
    new: &NewOperation<'_>,
    now: DateTime<Utc>,
) -> Result<Option<AccountId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with operation as (
               insert into operations (id, server_id, account_id, kind, verb, status, revision, requested_by, request_id,
                                       created_at, updated_at)
               select $1, s.id, s.account_id, $3, $4, 'accepted', s.revision, $5, $6, $7, $7 from servers s where s.id = $2
               returning id, account_id
           ), step as (
               insert into operation_progress (operation_id, position, at, reason, message)
               select id, 0, $7, 'Accepted', 'The request is stored and will be carried out.' from operation
           )
           select account_id as "account: AccountId" from operation"#,
        new.id.0,
        new.server.0,
        new.kind.as_str(),
        new.verb.map(Verb::as_str),
        new.requested_by.map(|id| id.0),
        new.request.as_str(),
        now
    )
    .fetch_one(connection)
    .await
}

/// Ends the server's open creates and updates: a later wish takes their place. A delete takes the place of verbs that
/// were not delivered, too.
pub async fn supersede(
    connection: &mut PgConnection,
    server: ServerId,
    by: OperationKind,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update operations set status = 'superseded', reason = 'Superseded', updated_at = $2, finished_at = $2,
             message = 'A later change of the server took its place.'
         where server_id = $1 and status in ('accepted', 'running')
           and (kind in ('create', 'update', 'undelete') or kind = 'action' and $3 and uid is null)",
        server.0,
        now,
        by == OperationKind::Delete
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets status, reason and message, and adds to the progress what is new.
pub async fn set_status(
    connection: &mut PgConnection,
    id: OperationId,
    status: OperationStatus,
    (reason, message): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let changed = sqlx::query!(
        "update operations set status = $2, reason = $3, message = $4, updated_at = $5, finished_at = $6
         where id = $1 and status in ('accepted', 'running') and (status, reason, message) is distinct from ($2, $3, $4)",
        id.0,
        status.as_str(),
        reason,
        message,
        now,
        (!status.is_open()).then_some(now)
    )
    .execute(&mut *connection)
    .await?;
    if changed.rows_affected() == 1 {
        note(connection, id, reason, message, now).await?;
    }
    Ok(())
}

/// Adds an entry to the progress; the oldest go when there are too many.
pub async fn note(
    connection: &mut PgConnection,
    id: OperationId,
    reason: &str,
    message: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut entries = sqlx::query_as!(
        ProgressView,
        "delete from operation_progress where operation_id = $1 returning at, reason, message",
        id.0
    )
    .fetch_all(&mut *connection)
    .await?;
    entries.sort_by_key(|entry| entry.at);
    if entries.last().is_none_or(|last| last.reason != reason || last.message != message) {
        entries.push(ProgressView { at: now, reason: reason.to_owned(), message: message.to_owned() });
    }
    let kept = entries.split_off(entries.len().saturating_sub(MAX_PROGRESS));
    let (at, (reasons, messages)): (Vec<_>, (Vec<_>, Vec<_>)) =
        kept.into_iter().map(|entry| (entry.at, (entry.reason, entry.message))).unzip();
    sqlx::query!(
        "insert into operation_progress (operation_id, position, at, reason, message)
         select $1, n - 1, at, reason, message
         from unnest($2::timestamptz[], $3::text[], $4::text[]) with ordinality as e (at, reason, message, n)",
        id.0,
        &at,
        &reasons,
        &messages
    )
    .execute(connection)
    .await?;
    Ok(())
}
