//! Makes services as they were sold: what was chosen, answered and filled in, and which machine it got.

use chrono::{Days, Months, NaiveDate};

use super::{
    Generator,
    catalogue::{Module, Role, label},
    dice::Dice,
    people::Client,
    secret,
    services::{Answer, Cycle, Link, Service, Status, Tells, Value, Wish},
};
use crate::load::Cents;

impl Generator {
    pub fn make_service(&mut self, client: &Client, wish: Wish, dice: &mut Dice) -> Service {
        let id = self.ids.service();
        let product = self.product(wish, dice);
        let (module, monthly) = (self.catalogue.products[product].module, self.catalogue.products[product].monthly);
        let status = wish.status.unwrap_or_else(|| self.status(module, dice));
        let cycle = self.cycle(client.id, product, status, dice);
        let registered = self.today - Days::new(u64::from(30 + dice.below(1500)));
        let answers = self.answers(id, product, dice);
        let surcharge: i64 = answers.iter().filter(|a| a.adds).map(|a| 100 * a.quantity).sum();
        let months = if cycle.name == "one-time" { 1 } else { i64::from(cycle.months) };
        let amount = Cents((monthly + surcharge) * months * i64::from(client.currency.rate) / 100);
        let next_due = (cycle.months > 0).then(|| self.next_due(status, dice));
        let server = {
            let servers = self.catalogue.servers_of(module);
            if servers.is_empty() { 0 } else { dice.pick(&servers).id }
        };
        let name = if module.is_virtual() {
            format!("{}{id}.{}", dice.pick(&["vps", "db", "web", "mail", "app", "node"]), client.domain)
        } else {
            client.domain.clone()
        };
        let mut service = Service {
            id,
            client: client.id,
            currency: Some(client.currency.code),
            product,
            product_id: self.catalogue.products[product].id,
            module,
            status,
            cycle,
            cycle_text: cycle.text,
            amount,
            first: amount,
            registered,
            next_due,
            username: if module.is_virtual() { "root".to_owned() } else { name.chars().take(8).collect() },
            domain: name,
            password: secret(dice),
            quantity: if module == Module::Web { 1 + dice.below(2) } else { 1 },
            dedicated_ip: String::new(),
            assigned_ips: String::new(),
            server,
            promotion: u32::from(self.happens("promotion", 4, dice)),
            suspend_reason: if status == Status::Suspended { "Overdue on Payment" } else { "" },
            answers,
            values: Vec::new(),
            link: None,
            ssh_keys: Vec::new(),
            addresses: Vec::new(),
            row_kept: false,
            due_lost: false,
            damage: Vec::new(),
        };
        if module.is_virtual() {
            self.give_machine(&mut service);
        }
        self.fill_fields(&mut service, dice);
        service
    }

    fn product(&self, wish: Wish, dice: &mut Dice) -> usize {
        if let Some(product) = wish.product {
            return product;
        }
        let module = wish.module.or(self.only).unwrap_or_else(|| {
            dice.among(&[
                (52, Module::Pvewhmcs),
                (12, Module::ProxmoxCustom),
                (8, Module::ModulesGarden),
                (7, Module::SolusVm),
                (4, Module::VirtFusion),
                (3, Module::ProxmoxVm),
                (4, Module::Game),
                (7, Module::Web),
                (3, Module::Other),
            ])
        });
        *dice.pick(&self.catalogue.of(module))
    }

    /// Each status comes early once, then as often as it does in life.
    fn status(&mut self, module: Module, dice: &mut Dice) -> Status {
        if module == Module::Other {
            return if dice.percent(50) { Status::Completed } else { Status::Active };
        }
        if let Some(status) = self.owed.statuses.pop() {
            return status;
        }
        dice.among(&[
            (68, Status::Active),
            (6, Status::Suspended),
            (3, Status::Pending),
            (13, Status::Terminated),
            (8, Status::Cancelled),
            (2, Status::Fraud),
        ])
    }

    fn cycle(&mut self, client: u32, product: usize, status: Status, dice: &mut Dice) -> Cycle {
        let product = &self.catalogue.products[product];
        if product.monthly == 0 {
            return Cycle::ALL[6];
        }
        if product.module == Module::Other || status == Status::Completed {
            return Cycle::ALL[7];
        }
        let first = if client > 1 { self.owed.cycles.pop() } else { Some(Cycle::ALL[0]) };
        first.unwrap_or_else(|| {
            Cycle::ALL[dice.among(&[(68, 0), (10, 1), (5, 2), (12, 3), (2, 4), (1, 5), (1, 6), (1, 7)])]
        })
    }

    fn next_due(&self, status: Status, dice: &mut Dice) -> NaiveDate {
        match status {
            Status::Suspended => self.today - Days::new(u64::from(5 + dice.below(20))),
            Status::Active | Status::Pending => self.today + Days::new(u64::from(dice.below(28))),
            _ => self.today - Months::new(1 + dice.below(18)),
        }
    }

    fn answers(&mut self, service: u32, product: usize, dice: &mut Dice) -> Vec<Answer> {
        let (options, base) = (self.catalogue.products[product].options.clone(), self.catalogue.products[product].base);
        options
            .into_iter()
            .map(|index| {
                let option = &self.catalogue.options[index];
                let shown: Vec<usize> = (0..option.choices.len()).filter(|i| !option.choices[*i].hidden).collect();
                // Most people take what the product comes with.
                let usual = base.and_then(|base| {
                    let place = [Role::Cores, Role::Memory, Role::Disk].iter().position(|role| *role == option.role)?;
                    shown.iter().find(|index| option.choices[**index].amount == base[place])
                });
                let usual = usual.filter(|_| option.kind < 3 && dice.percent(65));
                let choice = &option.choices[*usual.unwrap_or_else(|| dice.pick(&shown))];
                let quantity = match (option.kind, option.adds, option.role) {
                    (3, ..) => dice.between(0, 1),
                    (4, true, _) => dice.among(&[(60, 0), (20, 1), (10, 2), (10, 4)]),
                    (4, _, Role::Memory) => 2 << dice.below(if choice.amount < 1024 { 4 } else { 2 }),
                    (4, _, Role::Disk) => dice.between(2, 8) * if choice.amount == 1 { 10 } else { 1 },
                    (4, ..) => dice.between(1, 4),
                    _ => 0,
                };
                let units = if option.kind == 4 { quantity.unsigned_abs() } else { 1 };
                Answer {
                    id: self.ids.answer(),
                    relid: service,
                    config: option.id,
                    choice: choice.id,
                    quantity,
                    tells: Tells::Fact,
                    role: option.role,
                    adds: option.adds,
                    amount: choice.amount * units,
                    label: choice.label().to_owned(),
                }
            })
            .collect()
    }

    /// Puts a live service on a machine of its own.
    fn give_machine(&mut self, service: &mut Service) {
        if !service.status.is_live() {
            return;
        }
        let Some(server) = self.catalogue.servers.iter().find(|server| server.id == service.server) else { return };
        let (vmid, written) = match service.module {
            Module::ProxmoxCustom => (service.id, None),
            _ => (self.vmid_offset + service.id, Some(self.vmid_offset + service.id)),
        };
        let size = service.size(self.catalogue.products[service.product].base).map(|fact| fact.unwrap_or(1));
        service.link =
            Some(Link { site: server.site, node: server.node, vmid, written, known: true, disputed: false, size });
        let address = self.address(service.id);
        service.dedicated_ip.clone_from(&address);
        service.addresses.push(address);
    }

    /// An address of the service's own.
    pub fn address(&self, service: u32) -> String {
        if self.small {
            return format!("192.0.2.{}", 100 + (service - super::FIRST_SERVICE) % 150);
        }
        std::net::Ipv4Addr::from(0x6440_0000 + service).to_string()
    }

    /// Another one.
    pub fn second_address(&self, service: u32) -> String {
        if self.small {
            return format!("198.51.100.{}", 1 + (service - super::FIRST_SERVICE) % 250);
        }
        std::net::Ipv4Addr::from(0x0a00_0000 + service).to_string()
    }

    fn fill_fields(&mut self, service: &mut Service, dice: &mut Dice) {
        let mut fields = self.catalogue.products[service.product].fields.clone();
        if service.module == Module::ProxmoxCustom {
            let made = ["VMID", "IP", "PVEPassword", "Last Reinstall Time"];
            fields.extend(made.iter().filter_map(|name| self.catalogue.unbound(name)));
        }
        for index in fields {
            let field = &self.catalogue.fields[index];
            let (role, id, kind) = (field.role, field.id, field.kind);
            let machine = service.link.as_ref();
            let text = match role {
                // The one that people look at has what every testbed has.
                Role::Image | Role::Region if service.client == 1 => (*dice.pick(&field.entries[..2])).to_owned(),
                Role::Image | Role::Region => self.entry(index, dice),
                Role::SshKey => {
                    service.ssh_keys = keys(dice);
                    service.ssh_keys.join(if self.messy { "\r\n" } else { "\n" })
                }
                Role::Hostname => service.domain.clone(),
                Role::Vmid => machine.map_or_else(String::new, |link| link.vmid.to_string()),
                Role::Node => machine.map_or_else(String::new, |link| link.node.to_owned()),
                Role::Address => service.dedicated_ip.clone(),
                Role::Secret => secret(dice),
                _ if kind == "tickbox" => if dice.percent(50) { "on" } else { "" }.to_owned(),
                _ if kind == "link" => format!("https://{}/", service.domain),
                _ => format!("{} 03:14:15", service.registered),
            };
            let value = Value {
                id: self.ids.value(),
                field: id,
                relid: service.id,
                text,
                tells: Tells::Fact,
                role,
                owner: "product",
            };
            service.values.push(value);
        }
    }

    /// One entry of a dropdown as it was stored: whole, or by older versions and modules one half of it.
    fn entry(&self, field: usize, dice: &mut Dice) -> String {
        let list = self.catalogue.fields[field].list();
        let entries: Vec<&str> = list.split(',').filter(|entry| !entry.starts_with(' ')).collect();
        let entry = *dice.pick(&entries);
        match (self.messy, dice.below(10), entry.split_once('|')) {
            (true, 0, Some((internal, _))) => internal.to_owned(),
            (true, 1, Some((_, shown))) => shown.to_owned(),
            _ => entry.to_owned(),
        }
    }

    /// The label of a stored value: as it stands, or that of the entry whose internal half it is.
    pub fn label_of<'a>(&'a self, field: u32, text: &'a str) -> &'a str {
        let halves = self.catalogue.fields.iter().filter(|f| f.id == field).flat_map(|f| &f.entries);
        halves
            .filter_map(|entry| entry.split_once('|'))
            .find(|(internal, _)| *internal == text)
            .map_or_else(|| label(text), |(_, shown)| shown)
    }
}

/// Public keys, of machines that never were.
fn keys(dice: &mut Dice) -> Vec<String> {
    use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
    (0..dice.among(&[(3, 0), (6, 1), (1, 2)]))
        .map(|_| {
            let mut blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
            blob.extend(dice.bytes::<32>());
            format!("ssh-ed25519 {} {}@laptop", BASE64_STANDARD_NO_PAD.encode(blob), dice.word(5))
        })
        .collect()
}
