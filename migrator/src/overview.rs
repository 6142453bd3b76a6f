//! What is carried over, in sums: the figures that an owner knows by heart, and that source and target have to agree on.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use crate::carried::{Link, Service, ServiceStatus};
use crate::inventory::{Inventory, Machine};
use crate::machine_set::MachineSet;
use crate::pass::{Page, Records};

/// Counts by kind, money by currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    pub counts: BTreeMap<&'static str, u64>,
    /// Rows of the source that were read.
    pub rows: u64,
    /// Services by status.
    pub services: BTreeMap<String, u64>,
    /// Live services by the month of their next due date; without one, under an empty word.
    pub due: BTreeMap<String, u64>,
    /// Invoices by status.
    pub invoices: BTreeMap<String, u64>,
    /// Live services by plan; of none, under an empty name.
    pub plans: BTreeMap<String, u64>,
    pub regions: BTreeMap<String, u64>,
    pub images: BTreeMap<String, u64>,
    pub linked: u64,
    /// Why live services have no machine, and how many.
    pub unlinked: BTreeMap<&'static str, u64>,
    /// Currency → what it is about → sum.
    pub money: BTreeMap<String, BTreeMap<String, Decimal>>,
    /// Services whose machines have other network cards, and how.
    #[serde(skip)]
    pub other_cards: Vec<String>,
    /// Machines that services are.
    #[serde(skip)]
    pub machines: MachineSet,
}

impl Overview {
    pub fn add(&mut self, page: &Page) {
        self.rows += page.rows;
        match &page.records {
            Records::None | Records::Prices(_) => {}
            Records::Currencies(rows) => self.count("currencies", rows.len()),
            Records::HostServers(rows) => self.count("host servers", rows.len()),
            Records::Promotions(rows) => self.count("promotions", rows.len()),
            Records::Users(rows) => self.count("users", rows.len()),
            Records::Clients(clients) => {
                self.count("accounts", clients.accounts.len());
                self.count("users", clients.users.len());
                self.count("contacts", clients.contacts.len());
                for account in &clients.accounts {
                    self.sum(&account.currency, "credit balance", account.credit);
                }
            }
            Records::Services(services, cancels) => {
                self.count("services", services.len());
                self.count("cancel requests", cancels.len());
                for service in services {
                    self.service(service);
                }
            }
            Records::Addons(rows) => self.count("addons", rows.len()),
            Records::Orders(rows) => self.count("orders", rows.len()),
            Records::Invoices(rows) => {
                self.count("invoices", rows.len());
                for invoice in rows {
                    *self.invoices.entry(invoice.status.clone()).or_default() += 1;
                    self.sum(&invoice.currency, &format!("invoices {}", invoice.status), invoice.total);
                }
            }
            Records::Lines(rows) => self.count("invoice lines", rows.len()),
            Records::Transactions(rows) => {
                self.count("transactions", rows.len());
                for row in rows {
                    self.sum(&row.currency, "payments", row.amount_in);
                    self.sum(&row.currency, "refunds", row.amount_out);
                    self.sum(&row.currency, "fees", row.fees);
                }
            }
            Records::Credits(rows) => self.count("credits", rows.len()),
            Records::Tickets(rows) => self.count("tickets", rows.len()),
            Records::Replies(rows) => self.count("replies", rows.len()),
            Records::Notes(rows) => self.count("notes", rows.len()),
        }
    }

    fn service(&mut self, service: &Service) {
        let status = format!("{:?}", service.status).to_lowercase();
        *self.services.entry(status).or_default() += 1;
        if !matches!(service.status, ServiceStatus::Active | ServiceStatus::Suspended) {
            return;
        }
        let billing = &service.billing;
        let month = billing.next_due.map(|day| day.format("%Y-%m").to_string()).unwrap_or_default();
        *self.due.entry(month).or_default() += 1;
        let cycle = format!("recurring {}", crate::target::services::cycle(billing.cycle));
        self.sum(&billing.currency, &cycle, billing.price);
        let word = |word: &Option<String>| word.clone().unwrap_or_default();
        *self.plans.entry(word(&service.facts.plan)).or_default() += 1;
        *self.regions.entry(word(&service.facts.region)).or_default() += 1;
        *self.images.entry(word(&service.facts.image)).or_default() += 1;
        match &service.link {
            Link::Machine { site, vmid, other_cards, .. } => {
                self.linked += 1;
                self.other_cards.extend(
                    other_cards.iter().map(|how| format!("service {}, VM {vmid} on {site}: {how}", service.id)),
                );
                self.machines.insert(site, *vmid);
            }
            Link::Unlinked { cause, .. } => *self.unlinked.entry(cause).or_default() += 1,
            Link::History => {}
        }
    }

    fn count(&mut self, kind: &'static str, more: usize) {
        *self.counts.entry(kind).or_default() += more as u64;
    }

    fn sum(&mut self, currency: &str, about: &str, amount: Decimal) {
        *self.money.entry(currency.to_owned()).or_default().entry(about.to_owned()).or_default() += amount;
    }

    /// Machines that no service is.
    pub fn nobodys<'a>(&self, inventory: &'a Inventory) -> Vec<(&'a str, &'a Machine)> {
        all(inventory).filter(|(site, machine)| !self.machines.contains(site, machine.vmid)).collect()
    }

    /// Machines of services that are not in Slipway's pool, and what root types on a node to put them there: the operator
    /// cannot see to them before.
    pub fn outside(&self, inventory: &Inventory) -> Vec<String> {
        let ours = all(inventory).filter(|(site, machine)| self.machines.contains(site, machine.vmid));
        ours.filter_map(|(site, machine)| {
            let command = machine.adoption.as_ref()?.command.as_ref()?;
            Some(format!("{site} VM {} `{}`: type `{command}` on a node", machine.vmid, machine.name))
        })
        .collect()
    }
}

fn all(inventory: &Inventory) -> impl Iterator<Item = (&str, &Machine)> {
    inventory.sites.iter().flat_map(|(site, machines)| machines.iter().map(move |machine| (site.as_str(), machine)))
}
