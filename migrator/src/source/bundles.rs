//! Clients and services with the rows that hang on them, page by page: each page asks every table once.

use std::collections::HashMap;

use mysql_async::prelude::Queryable as _;

use super::cells::Cells;
use super::table::{Row, select_list};
use super::{ModuleSource, Paged, Pages, Snapshot, SourceError, Variant};
use crate::carried::LegacyId;
use crate::whmcs::{
    AnswerRow, CancelRow, Catalogue, ClientBundle, ClientRow, ContactRow, FieldScope, HostingRow, MembershipRow,
    ModuleRow, ServiceBundle, ServiceClient, TransactionRow, UpgradeRow, ValueRow,
};

/// Clients by id.
#[derive(Debug)]
pub struct ClientPages {
    pages: Pages<ClientRow>,
    /// Fields of clients, as a condition.
    fields: String,
}

impl ClientPages {
    pub fn new(catalogue: &Catalogue, size: usize) -> Self {
        Self { pages: Pages::new(size), fields: fields_of(catalogue, FieldScope::Client) }
    }
}

impl Paged for ClientPages {
    type Row = ClientBundle;

    async fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<ClientBundle>, SourceError> {
        let clients = self.pages.next(snapshot).await?;
        let (Some(first), Some(last)) = (clients.first(), clients.last()) else { return Ok(vec![]) };
        let (from, to) = (first.id, last.id);
        let contacts: Vec<ContactRow> = snapshot.of_owners("userid", from, to, "").await?;
        let memberships: Vec<MembershipRow> = match snapshot.schema.variant() {
            Variant::UsersAndClients => snapshot.of_owners("client_id", from, to, "").await?,
            Variant::ClientsOnly => vec![],
        };
        let values: Vec<ValueRow> = snapshot.of_owners("relid", from, to, &self.fields).await?;
        let mut contacts = grouped(contacts, |contact| contact.userid);
        let mut memberships = grouped(memberships, |membership| membership.client_id);
        let mut values = grouped(values, |value| value.relid);
        let bundle = |row: ClientRow| {
            let id = row.id;
            let take = |of: Option<_>| of.unwrap_or_default();
            ClientBundle {
                row,
                contacts: take(contacts.remove(&id)),
                memberships: memberships.remove(&id).unwrap_or_default(),
                values: values.remove(&id).unwrap_or_default(),
            }
        };
        Ok(clients.into_iter().map(bundle).collect())
    }
}

/// Services by id.
#[derive(Debug)]
pub struct ServicePages {
    after: LegacyId,
    size: usize,
    done: bool,
    fields: String,
    modules: Vec<ModuleSource>,
    /// Only what says which machine it is: no answers, no upgrades, no cancellations.
    claims_only: bool,
}

impl ServicePages {
    pub fn new(catalogue: &Catalogue, modules: Vec<ModuleSource>, size: usize) -> Self {
        let fields = fields_of(catalogue, FieldScope::Product);
        Self { after: LegacyId::MIN, size, done: false, fields, modules, claims_only: false }
    }

    /// Services with no more than what says which machine they are.
    #[must_use]
    pub fn claims_only(self) -> Self {
        Self { claims_only: true, ..self }
    }

    async fn the_rest(
        &self,
        snapshot: &mut Snapshot,
        from: LegacyId,
        to: LegacyId,
    ) -> Result<(Vec<AnswerRow>, Vec<UpgradeRow>, Vec<CancelRow>), SourceError> {
        let pending = "and t.status = 'Pending' and t.type in ('package', 'configoptions', 'service')";
        Ok((
            snapshot.of_owners("relid", from, to, "").await?,
            snapshot.of_owners("relid", from, to, pending).await?,
            snapshot.of_owners("relid", from, to, "").await?,
        ))
    }

    async fn services(&self, snapshot: &mut Snapshot) -> Result<Vec<(HostingRow, Option<ServiceClient>)>, SourceError> {
        let columns = select_list::<HostingRow>(&snapshot.schema)?;
        let statement = format!(
            "select {columns}, c.id, c.currency from tblhosting t left join tblclients c on c.id = t.userid
             where t.id > {} order by t.id limit {}",
            self.after, self.size
        );
        let client = |cells: &mut Cells| {
            let id = cells.opt_int()?;
            let currency = cells.int()?;
            Ok(id.map(|id| ServiceClient { id, currency }))
        };
        snapshot.rows_with(&statement, client).await
    }
}

impl Paged for ServicePages {
    type Row = ServiceBundle;

    async fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<ServiceBundle>, SourceError> {
        if self.done {
            return Ok(vec![]);
        }
        let services = self.services(snapshot).await?;
        self.done = services.len() < self.size;
        let (Some((first, _)), Some((last, _))) = (services.first(), services.last()) else { return Ok(vec![]) };
        let (from, to) = (first.id, last.id);
        self.after = to;
        let values: Vec<ValueRow> = snapshot.of_owners("relid", from, to, &self.fields).await?;
        let mut modules: HashMap<LegacyId, Vec<ModuleRow>> = HashMap::new();
        for module in &self.modules {
            for (service, row) in snapshot.module_rows(module, &format!("between {from} and {to}")).await? {
                modules.entry(service).or_default().push(row);
            }
        }
        let (answers, upgrades, cancels) =
            if self.claims_only { (vec![], vec![], vec![]) } else { self.the_rest(snapshot, from, to).await? };
        let mut answers = grouped(answers, |answer| answer.relid);
        let mut values = grouped(values, |value| value.relid);
        let mut upgrades = grouped(upgrades, |upgrade| upgrade.relid);
        let mut cancels = grouped(cancels, |cancel| cancel.relid);
        let bundle = |(row, client): (HostingRow, Option<ServiceClient>)| {
            let id = row.id;
            ServiceBundle {
                row,
                client,
                answers: answers.remove(&id).unwrap_or_default(),
                values: values.remove(&id).unwrap_or_default(),
                modules: modules.remove(&id).unwrap_or_default(),
                upgrades: upgrades.remove(&id).unwrap_or_default(),
                cancels: cancels.remove(&id).unwrap_or_default(),
            }
        };
        Ok(services.into_iter().map(bundle).collect())
    }
}

/// Payments by id, each with the currency of its client.
#[derive(Debug)]
pub struct TransactionPages {
    after: LegacyId,
    size: usize,
}

impl TransactionPages {
    pub const fn new(size: usize) -> Self {
        Self { after: LegacyId::MIN, size }
    }
}

impl Paged for TransactionPages {
    type Row = TransactionRow;

    async fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<TransactionRow>, SourceError> {
        let rows: Vec<(TransactionRow, _)> = snapshot.rows_with_currency(self.after, self.size).await?;
        if let Some((last, _)) = rows.last() {
            self.after = last.id;
        }
        Ok(rows.into_iter().map(|(row, client_currency)| TransactionRow { client_currency, ..row }).collect())
    }
}

impl Snapshot {
    /// A page of rows by id, each with the currency of its client.
    pub(super) async fn rows_with_currency<R: Row>(
        &mut self,
        after: LegacyId,
        size: usize,
    ) -> Result<Vec<(R, Option<LegacyId>)>, SourceError> {
        let columns = select_list::<R>(&self.schema)?;
        let statement = format!(
            "select {columns}, c.currency from `{}` t left join tblclients c on c.id = t.userid
             where t.id > {after} order by t.id limit {size}",
            R::TABLE
        );
        self.rows_with(&statement, |cells: &mut Cells| cells.opt_int()).await
    }

    /// Rows of `R` with what the statement answers behind its columns.
    async fn rows_with<R: Row, X>(
        &mut self,
        statement: &str,
        more: impl Fn(&mut Cells) -> Result<X, SourceError>,
    ) -> Result<Vec<(R, X)>, SourceError> {
        let mut result = self.connection.query_iter(statement).await?;
        let mut rows = Vec::new();
        while let Some(row) = result.next().await? {
            let mut cells = Cells::new(R::TABLE, row);
            let record = R::read(&mut cells)?;
            rows.push((record, more(&mut cells)?));
        }
        Ok(rows)
    }
}

/// Values of such fields only: their `relid` means something else for others. Without such fields: none.
fn fields_of(catalogue: &Catalogue, scope: FieldScope) -> String {
    let mut ids: Vec<String> =
        catalogue.fields.values().filter(|field| field.scope == scope).map(|field| field.id.to_string()).collect();
    ids.sort();
    if ids.is_empty() { "and false".to_owned() } else { format!("and t.fieldid in ({})", ids.join(", ")) }
}

fn grouped<R>(rows: Vec<R>, owner: impl Fn(&R) -> LegacyId) -> HashMap<LegacyId, Vec<R>> {
    let mut groups: HashMap<LegacyId, Vec<R>> = HashMap::new();
    for row in rows {
        groups.entry(owner(&row)).or_default().push(row);
    }
    groups
}
