//! One service: what it is, what is paid for it, which machine it is, and what became of each of its rows.

use super::{
    NO_CURRENCY, Transform, answers, claims,
    locate::{Linked, Located, Looks, link, locate},
    reach::{all_addresses, ssh_keys},
    said::Said,
    size::Size,
    values,
};
use crate::{
    carried::{Billing, CustomValue, Cycle, Facts, Legacy, Link, Service, ServiceStatus},
    mapping::{Locator, Override, PlanUse, ProductUse, ServerUse, TextRole},
    outcome::{Fate, Outcome, ServiceRow},
    text::{WhmcsDate, cycle, date, fold, tidy},
    value::Resource,
    whmcs::ServiceBundle,
};

pub const TABLE: &str = "tblhosting";

impl Transform<'_> {
    /// What the service becomes, and what became of each row: one outcome for `tblhosting`, for every answer, every value and
    /// every pending upgrade.
    pub fn service(&self, bundle: &ServiceBundle) -> (Option<Service>, Vec<Outcome>) {
        let mut verdict = Verdict::new(bundle.row.id);
        let own = self.mapping.services.get(&bundle.row.id).map(|entry| &entry.value);
        let plan = match self.plan_of(bundle, own) {
            Ok(plan) => plan,
            Err((fate, code, reason)) => return (None, without_service(bundle, fate, code, &reason)),
        };
        let (Some(cycle), Some(status)) = (cycle(&bundle.row.billingcycle), self.status(bundle)) else {
            let row = &bundle.row;
            let reason = match cycle(&row.billingcycle) {
                None => format!("`{}` is no billing cycle", tidy(&row.billingcycle)),
                Some(_) => format!("the mapping does not say what becomes of status `{}`", tidy(&row.domainstatus)),
            };
            return (None, without_service(bundle, Fate::Finding, "service-unreadable", &reason));
        };
        let mut said = Said::with_room_for(2 + bundle.answers.len() + bundle.values.len());
        answers::read(self, bundle, &mut said);
        values::read(self, bundle, &mut said);
        let is_live = is_live(status);
        let (facts, link) = self.facts(bundle, plan, own, is_live, &mut said, &mut verdict);
        let billing = self.billing(bundle, cycle, is_live, &mut verdict);
        self.tell_unknown(bundle, plan, &facts, &said, &mut verdict);
        if is_live {
            self.look_closer(bundle, &facts, &link, &mut verdict);
        }
        let row = &bundle.row;
        let service = Service {
            id: row.id,
            account: row.userid,
            product: row.packageid,
            product_name: self.compiled.product_names.get(&row.packageid).cloned().unwrap_or_default(),
            facts: facts.clone(),
            status,
            suspend_reason: if status == ServiceStatus::Suspended {
                self.mapping.text.plain(&row.suspendreason)
            } else {
                String::new()
            },
            link,
            kept: std::mem::take(&mut said.kept),
            notes: self.mapping.text.lines(&row.notes),
            sources: sources(bundle),
            billing,
        };
        let service_row = ServiceRow {
            facts,
            price: service.billing.price,
            currency: service.billing.currency.clone(),
            cycle,
            next_due: service.billing.next_due,
            status,
        };
        let mut outcomes = said.outcomes;
        outcomes.push(verdict.outcome(service_row));
        outcomes.extend(bundle.upgrades.iter().map(|upgrade| {
            let reason = format!(
                "{} of {} is pending{}: finish or cancel it in WHMCS before the cut-over, or it is never applied",
                upgrade.kind,
                upgrade.date.as_deref().unwrap_or("an unknown day"),
                if upgrade.paid { " and paid" } else { "" }
            );
            Outcome::new(Legacy { table: "tblupgrades", id: upgrade.id }, Fate::Finding, "upgrade-pending", reason)
                .of_service(row.id)
        }));
        (Some(service), outcomes)
    }

    /// Where the service should be: its server's site, else its region's, else its product's.
    pub(super) fn site(&self, bundle: &ServiceBundle, plan: &PlanUse, region_site: Option<String>) -> Option<String> {
        match self.mapping.servers.get(&bundle.row.server).map(|entry| &entry.value) {
            Some(ServerUse::Site { site, .. }) => Some(site.clone()),
            _ => region_site.or_else(|| plan.site.clone()),
        }
    }

    /// The product's plan, or why there is no service.
    pub(super) fn plan_of(
        &self,
        bundle: &ServiceBundle,
        own: Option<&Override>,
    ) -> Result<&PlanUse, (Fate, &'static str, String)> {
        let row = &bundle.row;
        if let Some(reason) = own.and_then(|own| own.ignore.as_ref()) {
            return Err((Fate::Ignored, "ignored", reason.clone()));
        }
        let plan = match self.mapping.products.get(&row.packageid).map(|entry| &entry.value) {
            Some(ProductUse::Plan(plan)) => plan,
            Some(ProductUse::Ignore(reason)) => return Err((Fate::Ignored, "product-ignored", reason.clone())),
            _ if !self.catalogue.products.contains_key(&row.packageid) => {
                let reason = format!("product {} does not exist any more", row.packageid);
                return Err((Fate::Finding, "product-missing", reason));
            }
            _ => {
                let reason = format!("product {} is not in the mapping", row.packageid);
                return Err((Fate::Finding, "product-unmapped", reason));
            }
        };
        if bundle.client.is_none() {
            let reason = format!("its client {} does not exist any more", row.userid);
            return Err((Fate::Finding, "client-missing", reason));
        }
        if let Some(ServerUse::Ignore(reason)) = self.mapping.servers.get(&row.server).map(|entry| &entry.value) {
            return Err((Fate::Ignored, "server-ignored", reason.clone()));
        }
        Ok(plan)
    }

    pub(super) fn status(&self, bundle: &ServiceBundle) -> Option<ServiceStatus> {
        self.mapping.statuses.get(&fold(&bundle.row.domainstatus)).copied()
    }

    fn facts(
        &self,
        bundle: &ServiceBundle,
        plan: &PlanUse,
        own: Option<&Override>,
        is_live: bool,
        said: &mut Said,
        verdict: &mut Verdict,
    ) -> (Facts, Link) {
        let row = &bundle.row;
        said.settle_sizes();
        let mut size = |resource: Resource| {
            let size = said.sizes.of(resource, &plan.base).known()?;
            let (name, unit) = (resource.name(), resource.unit());
            if size > resource.most() {
                let reason = format!("its {name} would be {size}{unit}, more than a server can have");
                verdict.finding("size-too-large", reason);
                return None;
            }
            if size == 0 && (resource.needs_unit() || resource == Resource::Cores) {
                verdict.finding("size-zero", format!("its {name} would be none at all"));
                return None;
            }
            Some(size)
        };
        let narrow = |size: Option<u64>| size.and_then(|size| u32::try_from(size).ok());
        let mut facts = Facts {
            cores: narrow(size(Resource::Cores)),
            memory_mib: size(Resource::Memory),
            disk_gib: size(Resource::Disk),
            network_mbps: narrow(size(Resource::Network)),
            traffic_gib: size(Resource::Traffic),
            backups: narrow(size(Resource::Backups)),
            snapshots: narrow(size(Resource::Snapshots)),
            ..Facts::default()
        };
        let or_of_product = |said: &mut Said, role: TextRole, product: Option<&String>| match said.settle(role) {
            Some((text, _)) => Some(text),
            None if said.is_unclear(role) => None,
            None => product.cloned(),
        };
        facts.plan = or_of_product(said, TextRole::Plan, plan.plan.as_ref());
        facts.image = or_of_product(said, TextRole::Image, plan.image.as_ref());
        let server = self.mapping.servers.get(&row.server).map(|entry| &entry.value);
        let (server_node, server_region) = match server {
            Some(ServerUse::Site { node, region, .. }) => (node.as_ref(), region.as_ref()),
            _ => (None, None),
        };
        let region = said.settle(TextRole::Region);
        let region_site = region.as_ref().and_then(|(_, site)| site.clone());
        facts.region = match region {
            Some((text, _)) => Some(text),
            None if said.is_unclear(TextRole::Region) => None,
            None => server_region.or(plan.region.as_ref()).cloned(),
        };
        facts.site = self.site(bundle, plan, region_site);
        facts.hostname = self.hostname(bundle, said, verdict);
        facts.ssh_keys = ssh_keys(said);
        let locators: &[Locator] = plan.locators.as_deref().unwrap_or(&self.mapping.locators);
        let mut located = if is_live { locate(self, locators, bundle, own, said) } else { Located::default() };
        // A number is a node's only in the table of the module that numbered it.
        if let Some((node, _)) = said.settle(TextRole::Node).filter(|(node, _)| node.parse::<i64>().is_err()) {
            located.node.get_or_insert(node);
        }
        if let Some(count) = said.sizes.of(Resource::AddressCount, &plan.base).known() {
            said.kept.push(CustomValue { name: "Addresses".to_owned(), value: count.to_string() });
        }
        facts.addresses = if is_live { all_addresses(bundle, &located, said, verdict) } else { Vec::new() };
        if !is_live {
            leave_behind(said);
        }
        if let Some(own) = own {
            overrule(&mut facts, own);
        }
        let link = if is_live {
            let looks = Looks {
                service: row.id,
                client: row.userid,
                hostname: facts.hostname.as_deref(),
                addresses: &facts.addresses,
                macs: &located.macs,
            };
            let Linked { link, note, doubt } = link(self, &located, facts.site.as_deref(), &looks);
            verdict.note(note);
            if let Some(doubt) = doubt {
                verdict.finding("machine-looks-otherwise", doubt);
            }
            link
        } else {
            Link::History
        };
        match &link {
            Link::Machine { site, node, vmid, other_cards } => {
                if let Some(difference) = other_cards {
                    verdict.finding("machine-has-other-cards", difference.clone());
                }
                (facts.site, facts.node, facts.vmid) = (Some(site.clone()), Some(node.clone()), Some(*vmid));
            }
            Link::Unlinked { .. } if self.machines.is_unknown() => {
                facts.vmid = located.vmid.filter(|_| !located.is_guess);
                facts.node = located.node.or_else(|| server_node.cloned());
            }
            Link::Unlinked { .. } | Link::History => {}
        }
        (facts, link)
    }

    fn billing(&self, bundle: &ServiceBundle, cycle: Cycle, is_live: bool, verdict: &mut Verdict) -> Billing {
        let row = &bundle.row;
        let currency = bundle.client.and_then(|client| self.currency_code(client.currency));
        if currency.is_none() {
            verdict.finding("currency-unknown", "its client's currency does not exist".to_owned());
        }
        let mut day = |name: &str, text: &Option<String>| match date(text.as_deref()) {
            WhmcsDate::On(day) => Some(day),
            WhmcsDate::None => None,
            WhmcsDate::Invalid => {
                let text = text.as_deref().unwrap_or_default();
                verdict.finding("date-invalid", format!("{name} `{text}` is no date"));
                None
            }
        };
        let (registered_on, next_due) = (day("regdate", &row.regdate), day("nextduedate", &row.nextduedate));
        if is_live && next_due.is_none() && !matches!(cycle, Cycle::Free | Cycle::OneTime) {
            verdict.finding("next-due-missing", "it is paid for again and again, but has no next due date".to_owned());
        }
        let quantity = match i32::try_from(row.qty.unwrap_or(1)) {
            Ok(0) => {
                verdict.finding("quantity-zero", "its quantity is 0, and 1 is carried over".to_owned());
                1
            }
            Ok(quantity) if quantity > 0 => quantity.unsigned_abs(),
            _ => {
                let qty = row.qty.unwrap_or_default();
                verdict.finding("quantity-unreadable", format!("its quantity is {qty}, and 1 is carried over"));
                1
            }
        };
        if row.promoid != 0 {
            verdict.note(format!("its price has promotion {}: compare it with its last invoice", row.promoid));
        }
        Billing {
            price: row.amount,
            first_payment: row.firstpaymentamount,
            currency: currency.unwrap_or(NO_CURRENCY).to_owned(),
            cycle,
            quantity,
            registered_on,
            next_due,
            promotion: (row.promoid != 0).then_some(row.promoid),
            payment_method: row.paymentmethod.trim().to_owned(),
            subscription: row.subscriptionid.trim().to_owned(),
        }
    }

    /// What is not known is told, each and every one.
    fn tell_unknown(&self, bundle: &ServiceBundle, plan: &PlanUse, facts: &Facts, said: &Said, verdict: &mut Verdict) {
        let product = bundle.row.packageid;
        let sizes = [
            ("cores", Resource::Cores, facts.cores.is_some()),
            ("memory", Resource::Memory, facts.memory_mib.is_some()),
            ("disk", Resource::Disk, facts.disk_gib.is_some()),
        ];
        for (name, resource, is_known) in sizes {
            if !is_known {
                let why = match said.sizes.of(resource, &plan.base) {
                    Size::Unsaid => "nothing says it",
                    Size::Exactly(_) => "what is said cannot be",
                    _ => "what says it is not clear",
                };
                verdict.finding("size-unknown", format!("its {name} is not known: {why}"));
            }
        }
        let words = [
            ("plan-unknown", TextRole::Plan, facts.plan.is_some()),
            ("image-unknown", TextRole::Image, facts.image.is_some()),
            ("region-unknown", TextRole::Region, facts.region.is_some()),
        ];
        for (code, role, is_known) in words {
            if !is_known && (self.compiled.asks(product, role) || said.is_unclear(role)) {
                verdict.finding(code, format!("its {} is not known", role.name()));
            }
        }
        if facts.hostname.is_none() {
            verdict.finding("hostname-missing", "it has no host name".to_owned());
        }
        for (option, name) in self.compiled.asked.get(&product).into_iter().flatten() {
            if !bundle.answers.iter().any(|answer| answer.configid == *option) {
                verdict.note(format!("it has no answer to {name}, so the product's own stands"));
            }
        }
    }

    /// What somebody has to know of a service that runs.
    fn look_closer(&self, bundle: &ServiceBundle, facts: &Facts, link: &Link, verdict: &mut Verdict) {
        let row = &bundle.row;
        for address in &facts.addresses {
            let others = self.shared.other_holders(*address, row.id);
            if !others.is_empty() {
                let who = claims::named(&others);
                verdict.finding(
                    "address-shared",
                    format!("{address} is an address of {who} too: one of them can have it"),
                );
            }
        }
        if row.qty.unwrap_or(1) > 1 {
            let reason = format!("one row stands for {} units, of which one machine is one", row.qty.unwrap_or(1));
            verdict.finding("several-units", reason);
        }
        let server = self.mapping.servers.get(&row.server).map(|entry| &entry.value);
        if row.server != 0 && !matches!(server, Some(ServerUse::Site { .. })) {
            let is_there = self.catalogue.servers.contains_key(&row.server);
            let what = if is_there { "is not in the mapping" } else { "does not exist any more" };
            verdict.finding("server-unmapped", format!("its server {} {what}", row.server));
        }
        if let Link::Unlinked { reason, .. } = link {
            verdict.finding("unlinked", reason.clone());
        }
    }
}

/// Only such a service has a machine.
pub(super) fn is_live(status: ServiceStatus) -> bool {
    matches!(status, ServiceStatus::Active | ServiceStatus::Suspended)
}

/// What has ended owns no machine and no address (traps 16 and 29).
fn leave_behind(said: &mut Said) {
    let rows: Vec<usize> = said
        .words
        .iter()
        .filter(|words| matches!(words.role, TextRole::Vmid | TextRole::Address | TextRole::Node))
        .map(|words| words.row)
        .collect();
    for row in rows {
        said.change(
            row,
            Fate::Ignored,
            "service-not-live",
            "the service does not run, so it has no machine and no address",
        );
    }
}

fn overrule(facts: &mut Facts, own: &Override) {
    let Override { site, plan, image, region, hostname, cores, memory_mib, disk_gib, addresses, .. } = own.clone();
    facts.site = site.or(facts.site.take());
    facts.plan = plan.or(facts.plan.take());
    facts.image = image.or(facts.image.take());
    facts.region = region.or(facts.region.take());
    facts.hostname = hostname.or(facts.hostname.take());
    facts.cores = cores.or(facts.cores);
    facts.memory_mib = memory_mib.or(facts.memory_mib);
    facts.disk_gib = disk_gib.or(facts.disk_gib);
    if let Some(addresses) = addresses {
        facts.addresses = addresses;
    }
}

fn sources(bundle: &ServiceBundle) -> Vec<Legacy> {
    let mut sources = vec![Legacy { table: TABLE, id: bundle.row.id }];
    sources.extend(bundle.answers.iter().map(|answer| Legacy { table: answers::TABLE, id: answer.id }));
    sources.extend(bundle.values.iter().map(|value| Legacy { table: values::TABLE, id: value.id }));
    sources
}

/// Every row of a service that is not carried over, with the same cause.
fn without_service(bundle: &ServiceBundle, fate: Fate, code: &'static str, reason: &str) -> Vec<Outcome> {
    let service = bundle.row.id;
    let of = |table, id| Outcome::new(Legacy { table, id }, fate, code, reason).of_service(service);
    let mut outcomes = vec![of(TABLE, service)];
    outcomes.extend(bundle.answers.iter().map(|answer| of(answers::TABLE, answer.id)));
    outcomes.extend(bundle.values.iter().map(|value| of(values::TABLE, value.id)));
    outcomes.extend(bundle.upgrades.iter().map(|upgrade| of("tblupgrades", upgrade.id)));
    outcomes
}

/// What is said of the service itself, in the end.
pub(super) struct Verdict {
    id: i64,
    code: Option<&'static str>,
    reasons: Vec<String>,
}

impl Verdict {
    pub(super) fn new(id: i64) -> Self {
        Self { id, code: None, reasons: Vec::new() }
    }

    /// The first is the one that its code tells.
    pub(super) fn finding(&mut self, code: &'static str, reason: String) {
        self.code.get_or_insert(code);
        self.reasons.push(reason);
    }

    fn note(&mut self, text: String) {
        if !text.is_empty() {
            self.reasons.push(text);
        }
    }

    fn outcome(self, row: ServiceRow) -> Outcome {
        let fate = if self.code.is_some() { Fate::Finding } else { Fate::Mapped };
        let reason = if self.reasons.is_empty() { "carried over".to_owned() } else { self.reasons.join("; ") };
        let legacy = Legacy { table: TABLE, id: self.id };
        Outcome { facts: Some(Box::new(row)), ..Outcome::new(legacy, fate, self.code.unwrap_or("mapped"), reason) }
            .of_service(self.id)
    }
}
