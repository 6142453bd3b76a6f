//! One pass over the source: every row is read once, becomes what is carried over, and gets its outcome. What is done with
//! them is up to whoever takes the batches.

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;
use tokio::sync::Mutex;
use tokio::sync::mpsc::Sender;

use crate::carried::{
    Account, Addon, CancelRequest, Contact, Credit, Currency, Cycle, HostServer, Invoice, InvoiceLine, Legacy,
    LegacyId, Membership, Note, Order, Promotion, Reply, Service, Ticket, Transaction, User,
};
use crate::mapping::{Mapping, ProductUse};
use crate::outcome::{Fate, Outcome};
use crate::source::{
    Ahead, ClientPages, InvoicePages, ModuleSource, Paged, Pages, Row, Schema, ServicePages, Snapshot, SourceError,
    TransactionPages, Variant,
};
use crate::target::services::CarriedPrice;
use crate::transform::{Claims, People, Shared, Transform};
use crate::whmcs::{
    AddonRow, Catalogue, CreditRow, InvoiceItemRow, NoteRow, OrderRow, PromotionRow, ReplyRow, TicketRow, UserRow,
};

/// Rows of a page: large enough that asking costs little, small enough that a batch fits into some megabytes.
const PAGE: usize = 2000;

/// What a page became.
#[derive(Debug, Default)]
pub struct Page {
    pub records: Records,
    pub outcomes: Vec<Outcome>,
    /// Rows of the source that it was made of.
    pub rows: u64,
}

#[derive(Debug, Default)]
pub enum Records {
    #[default]
    None,
    Currencies(Vec<Currency>),
    HostServers(Vec<HostServer>),
    Promotions(Vec<Promotion>),
    Prices(Vec<CarriedPrice>),
    Users(Vec<User>),
    Clients(Clients),
    Services(Vec<Service>, Vec<CancelRequest>),
    Addons(Vec<Addon>),
    Orders(Vec<Order>),
    Invoices(Vec<Invoice>),
    Lines(Vec<InvoiceLine>),
    Transactions(Vec<Transaction>),
    Credits(Vec<Credit>),
    Tickets(Vec<Ticket>),
    Replies(Vec<Reply>),
    Notes(Vec<Note>),
}

/// Accounts with their people.
#[derive(Debug, Default)]
pub struct Clients {
    pub accounts: Vec<Account>,
    pub users: Vec<User>,
    pub memberships: Vec<Membership>,
    pub contacts: Vec<Contact>,
}

/// What keeps a pass from its end.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Whoever took the batches has given up; it says why.
    #[error("nobody takes the batches any more")]
    Gone,
}

/// Machines and addresses that more than one live service claims.
pub async fn shared_claims(
    snapshot: &mut Snapshot,
    catalogue: &Catalogue,
    modules: &[ModuleSource],
    transform: &Transform<'_>,
) -> Result<Shared, SourceError> {
    let mut pages = ServicePages::new(catalogue, modules.to_vec(), PAGE).claims_only();
    let mut claims = Claims::default();
    loop {
        let page = pages.next(snapshot).await?;
        if page.is_empty() {
            break;
        }
        for claim in page.iter().filter_map(|bundle| transform.claim(bundle)) {
            claims.add(&claim);
        }
    }
    Ok(claims.shared())
}

/// One pass, in two parts: what most refers to, and the rest. In both, history goes beside the others: neither waits for
/// the other, and only the others' pages have outcomes.
pub struct Pass<'a, 't> {
    /// Services and history take turns at it, page by page.
    pub snapshot: &'a Arc<Mutex<Snapshot>>,
    pub schema: &'a Schema,
    pub mapping: &'a Mapping,
    pub catalogue: &'a Catalogue,
    pub modules: &'a [ModuleSource],
    pub transform: &'a Transform<'t>,
}

impl<'t> Pass<'_, 't> {
    /// The catalogue and people, to be taken wholly before the rest begins; and of history what names neither.
    pub async fn foundations(&self, to: Sender<Page>, history: &Sender<Page>) -> Result<(), PassError> {
        let foundations = async move {
            self.catalogue(&to).await?;
            self.people(&to).await
        };
        let apart = async {
            self.table::<InvoiceItemRow, _>(Transform::invoice_line, Records::Lines, history).await?;
            self.table::<ReplyRow, _>(Transform::reply, Records::Replies, history).await
        };
        tokio::try_join!(foundations, apart).map(|_| ())
    }

    /// Services, and what was billed and said, which names services by their numbers only.
    pub async fn rest(&self, services: Sender<Page>, history: Sender<Page>) -> Result<(), PassError> {
        let services = async move {
            self.services(&services).await?;
            self.orphans(&services).await
        };
        let history = async move {
            self.money(&history).await?;
            self.support(&history).await
        };
        tokio::try_join!(services, history).map(|_| ())
    }

    async fn catalogue(&self, to: &Sender<Page>) -> Result<(), PassError> {
        let catalogue = self.catalogue;
        let by_id = |a: &LegacyId, b: &LegacyId| a.cmp(b);
        let (currencies, outcomes) = self.transform.currencies();
        give(to, Records::Currencies(currencies), outcomes, catalogue.currencies.len()).await?;
        let mut servers: Vec<_> = catalogue.servers.values().collect();
        servers.sort_by(|a, b| by_id(&a.id, &b.id));
        let servers: Vec<_> = servers.into_iter().map(|row| self.transform.host_server(row)).collect();
        let rows = servers.len();
        give(to, Records::HostServers(servers), vec![], rows).await?;
        give(to, Records::Prices(prices(self.mapping, catalogue, self.transform)), vec![], catalogue.prices.len())
            .await?;
        let promotions: Vec<PromotionRow> = self.snapshot.lock().await.all_if_there().await?;
        let promotions: Vec<_> = promotions.iter().map(|row| self.transform.promotion(row)).collect();
        let rows = promotions.len();
        give(to, Records::Promotions(promotions), vec![], rows).await
    }

    async fn people(&self, to: &Sender<Page>) -> Result<(), PassError> {
        let mut people = People::default();
        let has_users = self.schema.variant() == Variant::UsersAndClients;
        if has_users {
            let mut pages = self.ahead(Pages::<UserRow>::new(PAGE));
            while let Some(page) = pages.next().await? {
                let (mut users, mut outcomes) = (Vec::with_capacity(page.len()), Vec::with_capacity(page.len()));
                for row in &page {
                    let (user, told) = self.transform.user(row, &mut people);
                    users.extend(user);
                    outcomes.extend(told);
                }
                give(to, Records::Users(users), outcomes, page.len()).await?;
            }
        }
        let mut pages = self.ahead(ClientPages::new(self.catalogue, PAGE / 2));
        while let Some(page) = pages.next().await? {
            let (mut clients, mut outcomes, mut rows) = (Clients::default(), Vec::new(), 0);
            for bundle in &page {
                rows += 1 + bundle.contacts.len() + bundle.memberships.len() + bundle.values.len();
                let client = self.transform.client(bundle, has_users, &mut people);
                clients.accounts.push(client.account);
                clients.users.extend(client.users);
                clients.memberships.extend(client.memberships);
                clients.contacts.extend(client.contacts);
                outcomes.extend(client.outcomes);
            }
            give(to, Records::Clients(clients), outcomes, rows).await?;
        }
        Ok(())
    }

    async fn services(&self, to: &Sender<Page>) -> Result<(), PassError> {
        let mut pages = self.ahead(ServicePages::new(self.catalogue, self.modules.to_vec(), PAGE / 2));
        let mut unmet: BTreeSet<LegacyId> = self.mapping.services.keys().copied().collect();
        while let Some(page) = pages.next().await? {
            let (mut services, mut cancels, mut outcomes, mut rows) = (Vec::new(), Vec::new(), Vec::new(), 0);
            for bundle in &page {
                rows += 1 + bundle.answers.len() + bundle.values.len() + bundle.modules.len() + bundle.cancels.len();
                unmet.remove(&bundle.row.id);
                let (service, told) = self.transform.service(bundle);
                if service.is_some() {
                    cancels.extend(bundle.cancels.iter().map(|row| self.transform.cancel_request(row)));
                }
                services.extend(service);
                outcomes.extend(told);
            }
            give(to, Records::Services(services, cancels), outcomes, rows).await?;
        }
        let unmet: Vec<Outcome> = unmet.into_iter().map(|id| self.transform.unmet(id)).collect();
        give(to, Records::None, unmet, 0).await?;
        self.table::<AddonRow, _>(Transform::addon, Records::Addons, to).await
    }

    async fn money(&self, to: &Sender<Page>) -> Result<(), PassError> {
        self.table::<OrderRow, _>(Transform::order, Records::Orders, to).await?;
        let mut pages = self.ahead(InvoicePages::new(PAGE));
        while let Some(page) = pages.next().await? {
            let invoices = page.iter().map(|row| self.transform.invoice(row)).collect();
            give(to, Records::Invoices(invoices), vec![], page.len()).await?;
        }
        let mut pages = self.ahead(TransactionPages::new(PAGE));
        while let Some(page) = pages.next().await? {
            let transactions = page.iter().map(|row| self.transform.transaction(row)).collect();
            give(to, Records::Transactions(transactions), vec![], page.len()).await?;
        }
        self.table::<CreditRow, _>(Transform::credit, Records::Credits, to).await
    }

    async fn support(&self, to: &Sender<Page>) -> Result<(), PassError> {
        self.table::<TicketRow, _>(Transform::ticket, Records::Tickets, to).await?;
        self.table::<NoteRow, _>(Transform::note, Records::Notes, to).await
    }

    async fn table<R: Row + Send + 'static, T>(
        &self,
        make: impl Fn(&Transform<'t>, &R) -> T,
        records: impl Fn(Vec<T>) -> Records,
        to: &Sender<Page>,
    ) -> Result<(), PassError> {
        if !self.schema.has_table(R::TABLE) {
            return Ok(());
        }
        let mut pages = self.ahead(Pages::<R>::new(PAGE));
        while let Some(page) = pages.next().await? {
            let carried = page.iter().map(|row| make(self.transform, row)).collect();
            give(to, records(carried), vec![], page.len()).await?;
        }
        Ok(())
    }

    fn ahead<P: Paged>(&self, pages: P) -> Ahead<P::Row> {
        Ahead::of(self.snapshot, pages)
    }

    async fn orphans(&self, to: &Sender<Page>) -> Result<(), PassError> {
        let mut after = LegacyId::MIN;
        loop {
            let page = self.snapshot.lock().await.orphan_answers(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            let outcomes = page.iter().map(|row| self.transform.orphan_answer(row)).collect();
            give(to, Records::None, outcomes, page.len()).await?;
        }
        let mut after = LegacyId::MIN;
        loop {
            let page = self.snapshot.lock().await.orphan_values(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            let outcomes = page.iter().map(|row| self.transform.orphan_value(row)).collect();
            give(to, Records::None, outcomes, page.len()).await?;
        }
        let orphans = self.snapshot.lock().await.orphan_module_rows(self.modules).await?;
        let outcomes: Vec<Outcome> = orphans
            .iter()
            .map(|orphan| {
                let table = MODULE_ROW;
                let reason = format!(
                    "`{}` names a machine ({}) for service {}, which does not exist: a machine without a customer",
                    orphan.row.table,
                    orphan
                        .row
                        .columns
                        .iter()
                        .map(|(name, value)| format!("{name} {value}"))
                        .collect::<Vec<_>>()
                        .join(", "),
                    orphan.service
                );
                Outcome::new(Legacy { table, id: orphan.service }, Fate::Finding, "machine-without-service", reason)
            })
            .collect();
        let rows = outcomes.len();
        give(to, Records::None, outcomes, rows).await
    }
}

async fn give(to: &Sender<Page>, records: Records, outcomes: Vec<Outcome>, rows: usize) -> Result<(), PassError> {
    to.send(Page { records, outcomes, rows: rows as u64 }).await.map_err(|_| PassError::Gone)
}

/// The name of a module's table is in the reason: the tables are many.
const MODULE_ROW: &str = "module";

/// What the catalogue asks for each plan, by currency and cycle.
fn prices(mapping: &Mapping, catalogue: &Catalogue, transform: &Transform<'_>) -> Vec<CarriedPrice> {
    const CYCLES: [Cycle; 6] =
        [Cycle::Monthly, Cycle::Quarterly, Cycle::SemiAnnually, Cycle::Annually, Cycle::Biennially, Cycle::Triennially];
    let mut prices = Vec::new();
    for row in catalogue.prices.iter().filter(|price| price.kind == "product") {
        let plan = mapping.products.get(&row.relid).and_then(|entry| match &entry.value {
            ProductUse::Plan(plan) => plan.plan.clone(),
            _ => None,
        });
        let (Some(plan), Some(currency)) = (plan, transform.currency_code(row.currency)) else { continue };
        let is_once = catalogue.products.get(&row.relid).is_some_and(|product| product.paytype == "onetime");
        for ((cycle, price), setup) in CYCLES.into_iter().zip(row.cycles).zip(row.setup) {
            // −1: the cycle is not offered.
            if price >= Decimal::ZERO && (!is_once || cycle == Cycle::Monthly) {
                prices.push(CarriedPrice {
                    id: row.id,
                    plan: plan.clone(),
                    currency: currency.to_owned(),
                    cycle: if is_once { Cycle::OneTime } else { cycle },
                    price,
                    setup_fee: setup.max(Decimal::ZERO),
                });
            }
        }
    }
    prices
}
