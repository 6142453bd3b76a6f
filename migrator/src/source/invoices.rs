//! Invoices with what was frozen when they were issued.

use std::collections::HashMap;

use mysql_async::prelude::Queryable as _;

use super::cells::Cells;
use super::{Paged, Snapshot, SourceError};
use crate::carried::LegacyId;
use crate::whmcs::InvoiceRow;

/// Ids of invoices whose addresses are read at once: `mod_invoicedata` has no index on them, so that each time is a look at the
/// whole table, and each kept address is half a kilobyte.
const BLOCK: LegacyId = 40_000;

/// Invoices by id, with the currency and the frozen address of their clients.
#[derive(Debug)]
pub struct InvoicePages {
    after: LegacyId,
    size: usize,
    addresses: HashMap<LegacyId, String>,
    /// The addresses of invoices up to this one were read.
    read_to: LegacyId,
}

impl InvoicePages {
    pub fn new(size: usize) -> Self {
        Self { after: LegacyId::MIN, size, addresses: HashMap::new(), read_to: LegacyId::MIN }
    }

    async fn read_addresses(
        &mut self,
        snapshot: &mut Snapshot,
        first: LegacyId,
        last: LegacyId,
    ) -> Result<(), SourceError> {
        if last <= self.read_to || !snapshot.schema.has("mod_invoicedata", "clientsdetails") {
            return Ok(());
        }
        let from = first.max(self.read_to.saturating_add(1));
        self.addresses.retain(|invoice, _| *invoice >= first);
        self.read_to = last.max(from.saturating_add(BLOCK));
        let statement = format!(
            "select invoiceid, clientsdetails from mod_invoicedata where invoiceid between {from} and {} order by id",
            self.read_to
        );
        let mut result = snapshot.connection.query_iter(statement).await?;
        while let Some(row) = result.next().await? {
            let mut cells = Cells::new("mod_invoicedata", row);
            if let (Some(invoice), Some(address)) = (cells.opt_int()?, cells.opt_text()?) {
                self.addresses.entry(invoice).or_insert(address);
            }
        }
        Ok(())
    }
}

impl Paged for InvoicePages {
    type Row = InvoiceRow;

    async fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<InvoiceRow>, SourceError> {
        let rows: Vec<(InvoiceRow, _)> = snapshot.rows_with_currency(self.after, self.size).await?;
        let (Some((first, _)), Some((last, _))) = (rows.first(), rows.last()) else { return Ok(vec![]) };
        self.after = last.id;
        self.read_addresses(snapshot, first.id, last.id).await?;
        let complete = |(row, currency): (InvoiceRow, _)| {
            let clientsdetails = self.addresses.remove(&row.id);
            InvoiceRow { currency, clientsdetails, ..row }
        };
        Ok(rows.into_iter().map(complete).collect())
    }
}
