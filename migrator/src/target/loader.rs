//! Writes what a pass gives, page by page, each in a transaction of its own: a run that is killed goes on where it was,
//! because what it wrote is found unchanged by the next.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use roaring::RoaringTreemap;
use slipway_api::environment::Env;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::batch::{Batch, Written};
use super::delta::Tally;
use super::ids::Ids;
use super::people::{self, Refused};
use super::run::Holder;
use super::servers::{self, World};
use super::wish::Offer;
use super::{TargetError, findings, money, services, support};
use crate::inventory::Machines;
use crate::outcome::Outcome;
use crate::pass::{Page, Records};

/// What a run writes with.
#[derive(Debug, Clone)]
pub struct Loader {
    pub pool: PgPool,
    pub env: Env,
    pub source: String,
    pub run: Uuid,
    pub now: DateTime<Utc>,
    /// False: the transactions are read-only, and the tally is what would be written.
    pub write: bool,
    /// Of the lock, where one is held.
    pub holder: Option<Holder>,
    pub machines: Arc<Machines>,
    pub offer: Arc<Offer>,
}

/// How a run stands.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// By kind of record, as `accounts`.
    pub kinds: BTreeMap<&'static str, Tally>,
    pub rows: u64,
    refused: Refused,
    findings: i64,
    /// What this pass saw, of what a vanished row is told of.
    pub seen: Seen,
}

/// Rows that the source still has, by their ids: a bitmap, for a million of them have to fit.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub clients: RoaringTreemap,
    pub services: RoaringTreemap,
}

impl Loaded {
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for tally in self.kinds.values() {
            total += *tally;
        }
        total
    }

    /// Of two lanes that wrote different kinds of records.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.kinds.extend(other.kinds);
        self.rows += other.rows;
        self
    }

    pub fn of(&self, kind: &str) -> Tally {
        self.kinds.get(kind).copied().unwrap_or_default()
    }
}

impl Loader {
    /// Writes a page, and adds what the target says of it to its outcomes.
    pub async fn take(&self, page: &mut Page, loaded: &mut Loaded) -> Result<(), TargetError> {
        let mut transaction = self.pool.begin().await?;
        // What a crash of the database takes back, the next run writes again; the run's own end is committed to the disk, and
        // with it everything before.
        let how = if self.write { "set local synchronous_commit to off" } else { "set transaction read only" };
        sqlx::query(how).execute(&mut *transaction).await?;
        if let Some(holder) = self.holder.filter(|_| self.write) {
            holder.check(&mut transaction, self.run).await?;
        }
        let ids = Ids::new(&self.source);
        let batch =
            Batch { ids, source: &self.source, run: self.run, env: &self.env, now: self.now, write: self.write };
        let mut told = Vec::new();
        self.records(&mut transaction, &batch, &page.records, loaded, &mut told).await?;
        merge(&mut page.outcomes, told);
        if self.write {
            loaded.findings = findings::write(&mut transaction, &batch, loaded.findings, &page.outcomes).await?;
        }
        transaction.commit().await?;
        loaded.rows += page.rows;
        Ok(())
    }

    async fn records(
        &self,
        connection: &mut PgConnection,
        batch: &Batch<'_>,
        records: &Records,
        loaded: &mut Loaded,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), sqlx::Error> {
        let world = World { machines: &self.machines, offer: &self.offer };
        let mut add = |kind: &'static str, written: Written| {
            *loaded.kinds.entry(kind).or_default() += written.tally;
            outcomes.extend(written.outcomes);
        };
        match records {
            Records::None => {}
            Records::Currencies(rows) => add("currencies", money::currencies(connection, batch, rows).await?),
            Records::HostServers(rows) => add("host servers", services::host_servers(connection, batch, rows).await?),
            Records::Promotions(rows) => add("promotions", money::promotions(connection, batch, rows).await?),
            Records::Prices(rows) => add("prices", services::prices(connection, batch, rows).await?),
            Records::Users(rows) => {
                add("users", people::users(connection, batch, rows, &mut loaded.refused).await?);
            }
            Records::Clients(clients) => {
                loaded.seen.clients.extend(clients.accounts.iter().map(|account| account.id.cast_unsigned()));
                add("accounts", people::accounts(connection, batch, &clients.accounts).await?);
                add("users", people::users(connection, batch, &clients.users, &mut loaded.refused).await?);
                let members = people::memberships(connection, batch, &clients.memberships, &loaded.refused).await?;
                add("memberships", members);
                add("contacts", people::contacts(connection, batch, &clients.contacts).await?);
            }
            Records::Services(rows, cancels) => {
                loaded.seen.services.extend(rows.iter().map(|service| service.id.cast_unsigned()));
                // Servers first: a service names its server from the beginning.
                add("servers", servers::servers(connection, batch, &world, rows).await?);
                add("services", services::services(connection, batch, rows).await?);
                add("cancel requests", support::cancel_requests(connection, batch, cancels).await?);
            }
            Records::Addons(rows) => add("addons", services::addons(connection, batch, rows).await?),
            Records::Orders(rows) => add("orders", money::orders(connection, batch, rows).await?),
            Records::Invoices(rows) => add("invoices", money::invoices(connection, batch, rows).await?),
            Records::Lines(rows) => add("invoice lines", money::invoice_lines(connection, batch, rows).await?),
            Records::Transactions(rows) => add("transactions", money::transactions(connection, batch, rows).await?),
            Records::Credits(rows) => add("credits", money::credits(connection, batch, rows).await?),
            Records::Tickets(rows) => add("tickets", support::tickets(connection, batch, rows).await?),
            Records::Replies(rows) => add("replies", support::replies(connection, batch, rows).await?),
            Records::Notes(rows) => add("notes", support::notes(connection, batch, rows).await?),
        }
        Ok(())
    }
}

/// What the target says of rows that have an outcome already goes into that.
fn merge(outcomes: &mut Vec<Outcome>, told: Vec<Outcome>) {
    if told.is_empty() {
        return;
    }
    let at: HashMap<(&str, i64), usize> =
        outcomes.iter().enumerate().map(|(at, outcome)| ((outcome.table, outcome.id), at)).collect();
    let at: Vec<Option<usize>> = told.iter().map(|one| at.get(&(one.table, one.id)).copied()).collect();
    for (one, at) in told.into_iter().zip(at) {
        match at {
            Some(at) => outcomes[at].absorb(&one),
            None => outcomes.push(one),
        }
    }
}
