//! Counts and sums as the source itself adds them up, without any of our reading.

use std::collections::BTreeMap;

use mysql_async::prelude::Queryable as _;
use rust_decimal::Decimal;

use super::{Snapshot, SourceError};
use crate::carried::LegacyId;

/// What the source says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    pub counts: BTreeMap<&'static str, u64>,
    /// By status.
    pub invoices: BTreeMap<String, u64>,
    /// Currency → what it is about → sum.
    pub money: BTreeMap<String, BTreeMap<String, Decimal>>,
}

/// What is counted, and of which table.
const COUNTED: [(&str, &str); 14] = [
    ("accounts", "tblclients"),
    ("contacts", "tblcontacts"),
    ("currencies", "tblcurrencies"),
    ("host servers", "tblservers"),
    ("promotions", "tblpromotions"),
    ("addons", "tblhostingaddons"),
    ("orders", "tblorders"),
    ("invoices", "tblinvoices"),
    ("invoice lines", "tblinvoiceitems"),
    ("transactions", "tblaccounts"),
    ("credits", "tblcredit"),
    ("tickets", "tbltickets"),
    ("replies", "tblticketreplies"),
    ("notes", "tblnotes"),
];

/// What is added up: the first column is the currency, the second says what it is about.
const ADDED: [&str; 3] = [
    "select k.id, concat('invoices ', i.status), cast(sum(i.total) as char) from tblinvoices i
     left join tblclients c on c.id = i.userid left join tblcurrencies k on k.id = c.currency group by 1, 2",
    "select k.id, 'credit balance', cast(sum(c.credit) as char) from tblclients c
     left join tblcurrencies k on k.id = c.currency group by 1, 2",
    "select k.id, w.what,
            cast(sum(case w.what when 'payments' then a.amountin when 'refunds' then a.amountout else a.fees end) as char)
     from tblaccounts a left join tblclients c on c.id = a.userid
     left join tblcurrencies k on k.id = coalesce(c.currency, nullif(a.currency, 0))
     join (select 'payments' as what union all select 'refunds' union all select 'fees') w group by 1, 2",
];

impl Snapshot {
    /// `code`: what a currency, or none, is called.
    pub async fn sums(&mut self, code: impl Fn(Option<LegacyId>) -> String) -> Result<Sums, SourceError> {
        let mut sums = Sums { counts: self.counts().await?, ..Sums::default() };
        for statement in ADDED {
            let rows: Vec<(Option<LegacyId>, String, Option<String>)> = self.connection.query(statement).await?;
            for (currency, about, sum) in rows {
                let sum: Decimal = sum.unwrap_or_default().parse().unwrap_or_default();
                *sums.money.entry(code(currency)).or_default().entry(about).or_default() += sum;
            }
        }
        let by_status =
            "select cast(trim(min(i.status)) as char), count(*) from tblinvoices i group by binary trim(i.status)";
        sums.invoices = self.connection.query::<(String, u64), _>(by_status).await?.into_iter().collect();
        Ok(sums)
    }

    pub async fn counts(&mut self) -> Result<BTreeMap<&'static str, u64>, SourceError> {
        let mut counts = BTreeMap::new();
        for (kind, table) in COUNTED {
            if self.schema.has_table(table) {
                let count: Option<u64> = self.connection.query_first(format!("select count(*) from `{table}`")).await?;
                counts.insert(kind, count.unwrap_or_default());
            }
        }
        Ok(counts)
    }
}
