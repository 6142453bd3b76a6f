//! What was said: tickets with their replies, cancellations, notes.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::{Batch, Written};
use super::delta::{Table, delta};
use crate::carried::{CancelRequest, Note, Reply, Ticket};

pub async fn tickets(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[Ticket],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::Tickets, rows, |r| batch.ids.of("tbltickets", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into tickets (run_id, id, source_hash, legacy_id, account_id, number, department, author, email,
             subject, message, status, priority, opened_at, service_id, merged_into)
         select $1, d.id, d.source_hash, d.legacy_id, a.id, d.number, d.department, d.author, d.email, d.subject,
             d.message, d.status, d.priority, d.opened_at, d.service_id, d.merged_into
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::text[],
             $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::timestamptz[], $15::bigint[],
             $16::bigint[]) as d (id, source_hash, legacy_id, account_id, number, department, author, email, subject,
             message, status, priority, opened_at, service_id, merged_into) left join accounts a on a.id =
             d.account_id
         on conflict (id) do update set source_hash = excluded.source_hash, account_id = excluded.account_id,
             number = excluded.number, department = excluded.department, author = excluded.author, email =
             excluded.email, subject = excluded.subject, message = excluded.message, status = excluded.status,
             priority = excluded.priority, opened_at = excluded.opened_at, service_id = excluded.service_id,
             merged_into = excluded.merged_into",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| r.account.map(|account| batch.ids.account(account))) as &[Option<Uuid>],
        &delta.column(|r| r.number.as_str()) as &[&str],
        &delta.column(|r| r.department.as_str()) as &[&str],
        &delta.column(|r| r.author.as_str()) as &[&str],
        &delta.column(|r| r.email.as_str()) as &[&str],
        &delta.column(|r| r.subject.as_str()) as &[&str],
        &delta.column(|r| r.message.as_str()) as &[&str],
        &delta.column(|r| r.status.as_str()) as &[&str],
        &delta.column(|r| r.priority.as_str()) as &[&str],
        &delta.column(|r| r.opened_at) as &[Option<DateTime<Utc>>],
        &delta.column(|r| r.service) as &[Option<i64>],
        &delta.column(|r| r.merged_into) as &[Option<i64>]
    )
    .execute(connection)
    .await?;
    Ok(written)
}

pub async fn replies(connection: &mut PgConnection, batch: &Batch<'_>, rows: &[Reply]) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::TicketReplies, rows, |r| batch.ids.of("tblticketreplies", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into ticket_replies (run_id, id, source_hash, legacy_id, ticket_id, author, by_staff, message, at)
         select $1, d.id, d.source_hash, d.legacy_id, d.ticket_id, d.author, d.by_staff, d.message, d.at
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::uuid[], $6::text[], $7::bool[], $8::text[],
             $9::timestamptz[]) as d (id, source_hash, legacy_id, ticket_id, author, by_staff, message, at)
         on conflict (id) do update set source_hash = excluded.source_hash, ticket_id = excluded.ticket_id, author
             = excluded.author, by_staff = excluded.by_staff, message = excluded.message, at = excluded.at",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| batch.ids.of("tbltickets", r.ticket)),
        &delta.column(|r| r.author.as_str()) as &[&str],
        &delta.column(|r| r.by_staff),
        &delta.column(|r| r.message.as_str()) as &[&str],
        &delta.column(|r| r.at) as &[Option<DateTime<Utc>>]
    )
    .execute(connection)
    .await?;
    Ok(written)
}

pub async fn cancel_requests(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[CancelRequest],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::CancelRequests, rows, |r| batch.ids.of("tblcancelrequests", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into cancel_requests (run_id, id, source_hash, legacy_id, service_id, at, reason, kind)
         select $1, d.id, d.source_hash, d.legacy_id, d.service_id, d.at, d.reason, d.kind
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::uuid[], $6::timestamptz[], $7::text[], $8::text[])
             as d (id, source_hash, legacy_id, service_id, at, reason, kind)
         on conflict (id) do update set source_hash = excluded.source_hash, service_id = excluded.service_id, at =
             excluded.at, reason = excluded.reason, kind = excluded.kind",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| batch.ids.service(r.service)),
        &delta.column(|r| r.at) as &[Option<DateTime<Utc>>],
        &delta.column(|r| r.reason.as_str()) as &[&str],
        &delta.column(|r| r.kind.as_str()) as &[&str]
    )
    .execute(connection)
    .await?;
    Ok(written)
}

/// Notes of clients that are gone have nobody to stand with.
pub async fn notes(connection: &mut PgConnection, batch: &Batch<'_>, rows: &[Note]) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::AccountNotes, rows, |r| batch.ids.of("tblnotes", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into account_notes (run_id, id, source_hash, legacy_id, account_id, at, text)
         select $1, d.id, d.source_hash, d.legacy_id, a.id, d.at, d.text
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::uuid[], $6::timestamptz[], $7::text[]) as d (id,
             source_hash, legacy_id, account_id, at, text) left join accounts a on a.id = d.account_id where a.id is
             not null
         on conflict (id) do update set source_hash = excluded.source_hash, account_id = excluded.account_id, at =
             excluded.at, text = excluded.text",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| batch.ids.account(r.account)),
        &delta.column(|r| r.at) as &[Option<DateTime<Utc>>],
        &delta.column(|r| r.text.as_str()) as &[&str]
    )
    .execute(connection)
    .await?;
    Ok(written)
}
