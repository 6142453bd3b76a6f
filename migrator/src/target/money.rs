//! Money that was: orders, invoices, payments and credit, as they stand in the source.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::{Batch, Written};
use super::delta::{Table, Tally, delta, hash};
use crate::carried::{Credit, Currency, Invoice, InvoiceLine, Order, Promotion, Transaction};

pub async fn orders(connection: &mut PgConnection, batch: &Batch<'_>, rows: &[Order]) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::Orders, rows, |r| batch.ids.of("tblorders", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into orders (run_id, id, source_hash, legacy_id, account_id, number, ordered_at, amount, status,
             invoice_id)
         select $1, d.id, d.source_hash, d.legacy_id, a.id, d.number, d.ordered_at, d.amount, d.status,
             d.invoice_id
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::uuid[], $6::text[], $7::timestamptz[],
             $8::numeric[], $9::text[], $10::bigint[]) as d (id, source_hash, legacy_id, account_id, number,
             ordered_at, amount, status, invoice_id) left join accounts a on a.id = d.account_id
         on conflict (id) do update set source_hash = excluded.source_hash, account_id = excluded.account_id,
             number = excluded.number, ordered_at = excluded.ordered_at, amount = excluded.amount, status =
             excluded.status, invoice_id = excluded.invoice_id",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| r.account.map(|account| batch.ids.account(account))) as &[Option<Uuid>],
        &delta.column(|r| r.number.as_str()) as &[&str],
        &delta.column(|r| r.ordered_at) as &[Option<DateTime<Utc>>],
        &delta.column(|r| r.amount),
        &delta.column(|r| r.status.as_str()) as &[&str],
        &delta.column(|r| r.invoice) as &[Option<i64>]
    )
    .execute(connection)
    .await?;
    Ok(written)
}

pub async fn invoices(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[Invoice],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::Invoices, rows, |r| batch.ids.of("tblinvoices", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into invoices (run_id, id, source_hash, legacy_id, account_id, number, currency, status,
             issued_on, due_on, paid_on, subtotal, credit, tax, tax2, total, payment_method, billed_to, notes)
         select $1, d.id, d.source_hash, d.legacy_id, a.id, d.number, d.currency, d.status, d.issued_on, d.due_on,
             d.paid_on, d.subtotal, d.credit, d.tax, d.tax2, d.total, d.payment_method, d.billed_to, d.notes
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::text[],
             $9::date[], $10::date[], $11::date[], $12::numeric[], $13::numeric[], $14::numeric[], $15::numeric[],
             $16::numeric[], $17::text[], $18::text[], $19::text[]) as d (id, source_hash, legacy_id, account_id,
             number, currency, status, issued_on, due_on, paid_on, subtotal, credit, tax, tax2, total, payment_method,
             billed_to, notes) left join accounts a on a.id = d.account_id
         on conflict (id) do update set source_hash = excluded.source_hash, account_id = excluded.account_id,
             number = excluded.number, currency = excluded.currency, status = excluded.status, issued_on =
             excluded.issued_on, due_on = excluded.due_on, paid_on = excluded.paid_on, subtotal = excluded.subtotal,
             credit = excluded.credit, tax = excluded.tax, tax2 = excluded.tax2, total = excluded.total,
             payment_method = excluded.payment_method, billed_to = excluded.billed_to, notes = excluded.notes",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| r.account.map(|account| batch.ids.account(account))) as &[Option<Uuid>],
        &delta.column(|r| r.number.as_str()) as &[&str],
        &delta.column(|r| r.currency.as_str()) as &[&str],
        &delta.column(|r| r.status.as_str()) as &[&str],
        &delta.column(|r| r.issued_on) as &[Option<NaiveDate>],
        &delta.column(|r| r.due_on) as &[Option<NaiveDate>],
        &delta.column(|r| r.paid_on) as &[Option<NaiveDate>],
        &delta.column(|r| r.subtotal),
        &delta.column(|r| r.credit),
        &delta.column(|r| r.tax),
        &delta.column(|r| r.tax2),
        &delta.column(|r| r.total),
        &delta.column(|r| r.payment_method.as_str()) as &[&str],
        &delta.column(|r| r.billed_to.as_str()) as &[&str],
        &delta.column(|r| r.notes.as_str()) as &[&str]
    )
    .execute(connection)
    .await?;
    Ok(written)
}

pub async fn invoice_lines(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[InvoiceLine],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::InvoiceLines, rows, |r| batch.ids.of("tblinvoiceitems", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into invoice_lines (run_id, id, source_hash, legacy_id, invoice_id, kind, about, description,
             amount, taxed, period_from)
         select $1, d.id, d.source_hash, d.legacy_id, d.invoice_id, d.kind, d.about, d.description, d.amount,
             d.taxed, d.period_from
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::uuid[], $6::text[], $7::bigint[], $8::text[],
             $9::numeric[], $10::bool[], $11::date[]) as d (id, source_hash, legacy_id, invoice_id, kind, about,
             description, amount, taxed, period_from)
         on conflict (id) do update set source_hash = excluded.source_hash, invoice_id = excluded.invoice_id, kind
             = excluded.kind, about = excluded.about, description = excluded.description, amount = excluded.amount,
             taxed = excluded.taxed, period_from = excluded.period_from",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| batch.ids.of("tblinvoices", r.invoice)),
        &delta.column(|r| r.kind.as_str()) as &[&str],
        &delta.column(|r| r.about) as &[Option<i64>],
        &delta.column(|r| r.description.as_str()) as &[&str],
        &delta.column(|r| r.amount),
        &delta.column(|r| r.taxed),
        &delta.column(|r| r.period_from) as &[Option<NaiveDate>]
    )
    .execute(connection)
    .await?;
    Ok(written)
}

pub async fn transactions(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[Transaction],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::Transactions, rows, |r| batch.ids.of("tblaccounts", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into transactions (run_id, id, source_hash, legacy_id, account_id, invoice_id, currency, at,
             gateway, description, amount_in, amount_out, fees, gateway_id, refund_of)
         select $1, d.id, d.source_hash, d.legacy_id, a.id, d.invoice_id, d.currency, d.at, d.gateway,
             d.description, d.amount_in, d.amount_out, d.fees, d.gateway_id, d.refund_of
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::uuid[], $6::bigint[], $7::text[],
             $8::timestamptz[], $9::text[], $10::text[], $11::numeric[], $12::numeric[], $13::numeric[], $14::text[],
             $15::bigint[]) as d (id, source_hash, legacy_id, account_id, invoice_id, currency, at, gateway,
             description, amount_in, amount_out, fees, gateway_id, refund_of) left join accounts a on a.id =
             d.account_id
         on conflict (id) do update set source_hash = excluded.source_hash, account_id = excluded.account_id,
             invoice_id = excluded.invoice_id, currency = excluded.currency, at = excluded.at, gateway =
             excluded.gateway, description = excluded.description, amount_in = excluded.amount_in, amount_out =
             excluded.amount_out, fees = excluded.fees, gateway_id = excluded.gateway_id, refund_of =
             excluded.refund_of",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| r.account.map(|account| batch.ids.account(account))) as &[Option<Uuid>],
        &delta.column(|r| r.invoice) as &[Option<i64>],
        &delta.column(|r| r.currency.as_str()) as &[&str],
        &delta.column(|r| r.at) as &[Option<DateTime<Utc>>],
        &delta.column(|r| r.gateway.as_str()) as &[&str],
        &delta.column(|r| r.description.as_str()) as &[&str],
        &delta.column(|r| r.amount_in),
        &delta.column(|r| r.amount_out),
        &delta.column(|r| r.fees),
        &delta.column(|r| r.gateway_id.as_str()) as &[&str],
        &delta.column(|r| r.refund_of) as &[Option<i64>]
    )
    .execute(connection)
    .await?;
    Ok(written)
}

pub async fn credits(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[Credit],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::Credits, rows, |r| batch.ids.of("tblcredit", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into credits (run_id, id, source_hash, legacy_id, account_id, on_date, description, amount)
         select $1, d.id, d.source_hash, d.legacy_id, a.id, d.on_date, d.description, d.amount
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::uuid[], $6::date[], $7::text[], $8::numeric[]) as
             d (id, source_hash, legacy_id, account_id, on_date, description, amount) left join accounts a on a.id =
             d.account_id
         on conflict (id) do update set source_hash = excluded.source_hash, account_id = excluded.account_id,
             on_date = excluded.on_date, description = excluded.description, amount = excluded.amount",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| r.account.map(|account| batch.ids.account(account))) as &[Option<Uuid>],
        &delta.column(|r| r.on) as &[Option<NaiveDate>],
        &delta.column(|r| r.description.as_str()) as &[&str],
        &delta.column(|r| r.amount)
    )
    .execute(connection)
    .await?;
    Ok(written)
}

pub async fn promotions(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[Promotion],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::Promotions, rows, |r| batch.ids.of("tblpromotions", r.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into promotions (run_id, id, source_hash, legacy_id, code, kind, value, recurring, starts_on,
             ends_on, notes)
         select $1, d.id, d.source_hash, d.legacy_id, d.code, d.kind, d.value, d.recurring, d.starts_on,
             d.ends_on, d.notes
         from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::numeric[], $8::bool[],
             $9::date[], $10::date[], $11::text[]) as d (id, source_hash, legacy_id, code, kind, value, recurring,
             starts_on, ends_on, notes)
         on conflict (id) do update set source_hash = excluded.source_hash, code = excluded.code, kind =
             excluded.kind, value = excluded.value, recurring = excluded.recurring, starts_on = excluded.starts_on,
             ends_on = excluded.ends_on, notes = excluded.notes",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|r| r.id),
        &delta.column(|r| r.code.as_str()) as &[&str],
        &delta.column(|r| r.kind.as_str()) as &[&str],
        &delta.column(|r| r.value),
        &delta.column(|r| r.recurring),
        &delta.column(|r| r.starts_on) as &[Option<NaiveDate>],
        &delta.column(|r| r.ends_on) as &[Option<NaiveDate>],
        &delta.column(|r| r.notes.as_str()) as &[&str]
    )
    .execute(connection)
    .await?;
    Ok(written)
}

/// By code: two sources may share one.
pub async fn currencies(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    currencies: &[Currency],
) -> Result<Written, sqlx::Error> {
    let codes: Vec<&str> = currencies.iter().map(|currency| currency.code.as_str()).collect();
    let known = sqlx::query!(
        r#"select c.code, c.source_hash, r.source = $2 as "is_ours!"
           from currencies c join migration_runs r on r.id = c.run_id where c.code = any($1)"#,
        &codes as &[&str],
        batch.source
    );
    let known: HashMap<String, (Vec<u8>, bool)> = known
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .map(|row| (row.code, (row.source_hash, row.is_ours)))
        .collect();
    let mut tally = Tally::default();
    for currency in currencies {
        let source = hash(currency);
        match known.get(&currency.code) {
            // What another source made stays as that has it, or the two would change it in turns.
            Some((stored, is_ours)) if !is_ours || stored.as_slice() == source => {
                tally.unchanged += 1;
                continue;
            }
            Some(_) => tally.changed += 1,
            None => tally.created += 1,
        }
        if batch.write {
            sqlx::query!(
                "insert into currencies (code, source_hash, run_id, prefix, suffix, rate, is_default)
                 values ($1, $2, $3, $4, $5, $6, $7)
                 on conflict (code) do update set source_hash = excluded.source_hash, prefix = excluded.prefix,
                     suffix = excluded.suffix, rate = excluded.rate, is_default = excluded.is_default",
                currency.code,
                source.as_slice(),
                batch.run,
                currency.prefix,
                currency.suffix,
                currency.rate,
                currency.is_default
            )
            .execute(&mut *connection)
            .await?;
        }
    }
    Ok(Written { tally, outcomes: vec![] })
}
