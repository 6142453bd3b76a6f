//! A finished service as rows, and what is true of it as a line.

use serde_json::json;

use super::{
    Generator,
    catalogue::{Role, label},
    dice::Dice,
    services::{Answer, Service, Tells, Value},
    truth::{Expected, RowLine, ServiceLine, image, slug},
};
use crate::{SeedError, insert};

impl Generator {
    pub fn write_service(&mut self, service: &Service, dice: &mut Dice) -> Result<(), SeedError> {
        let created = service.registered.and_hms_opt(8, 0, 0);
        // Where nothing recurs, old versions wrote a zero date and later ones nothing at all.
        let due = service.next_due;
        let product = service.product_id;
        if due.is_none() && service.id.is_multiple_of(2) {
            insert!(
                self.sink,
                tblhosting {
                    id: service.id,
                    userid: service.client,
                    orderid: service.id,
                    packageid: product,
                    server: service.server,
                    regdate: service.registered,
                    domain: &service.domain,
                    paymentmethod: "stripe",
                    qty: service.quantity,
                    firstpaymentamount: service.first,
                    amount: service.amount,
                    billingcycle: service.cycle_text,
                    nextduedate: (),
                    domainstatus: service.status.name(),
                    username: &service.username,
                    password: &service.password,
                    promoid: service.promotion,
                    suspendreason: service.suspend_reason,
                    dedicatedip: &service.dedicated_ip,
                    assignedips: &service.assigned_ips,
                    created_at: created,
                    updated_at: created,
                }
            );
        } else {
            insert!(
                self.sink,
                tblhosting {
                    id: service.id,
                    userid: service.client,
                    orderid: service.id,
                    packageid: product,
                    server: service.server,
                    regdate: service.registered,
                    domain: &service.domain,
                    paymentmethod: "stripe",
                    qty: service.quantity,
                    firstpaymentamount: service.first,
                    amount: service.amount,
                    billingcycle: service.cycle_text,
                    nextduedate: due,
                    nextinvoicedate: due,
                    domainstatus: service.status.name(),
                    username: &service.username,
                    password: &service.password,
                    promoid: service.promotion,
                    suspendreason: service.suspend_reason,
                    dedicatedip: &service.dedicated_ip,
                    assignedips: &service.assigned_ips,
                    created_at: created,
                    updated_at: created,
                }
            );
        }
        for answer in &service.answers {
            self.write_answer(answer)?;
        }
        for value in &service.values {
            self.write_value(value)?;
        }
        self.write_module_rows(service);
        self.write_machine(service, dice)?;
        self.write_truth(service)
    }

    pub fn write_answer(&mut self, answer: &Answer) -> Result<(), SeedError> {
        insert!(
            self.sink,
            tblhostingconfigoptions {
                id: answer.id,
                relid: answer.relid,
                configid: answer.config,
                optionid: answer.choice,
                qty: answer.quantity,
            }
        );
        self.line(&RowLine {
            table: "tblhostingconfigoptions",
            id: answer.id,
            service: Some(answer.relid),
            expected: answer.expected(),
            role: answer.role,
        })
    }

    pub fn write_value(&mut self, value: &Value) -> Result<(), SeedError> {
        insert!(
            self.sink,
            tblcustomfieldsvalues {
                id: value.id,
                fieldid: value.field,
                relid: value.relid,
                value: &value.text,
                created_at: self.noon(),
                updated_at: self.noon(),
            }
        );
        self.line(&RowLine {
            table: "tblcustomfieldsvalues",
            id: value.id,
            service: (value.owner == "product").then_some(value.relid),
            expected: value.expected(),
            role: value.role,
        })
    }

    fn line(&mut self, line: &RowLine) -> Result<(), SeedError> {
        self.truth.write(line)
    }

    fn write_truth(&mut self, service: &Service) -> Result<(), SeedError> {
        let product = &self.catalogue.products[service.product];
        let is_virtual = service.module.is_virtual();
        let link = service.link.as_ref().filter(|link| link.known && !link.disputed);
        let [cores, memory_mib, disk_gib] = if is_virtual { service.size(product.base) } else { [None; 3] };
        let shown = |role: Role| self.told(service, role).filter(|_| is_virtual);
        let (image, region) =
            (shown(Role::Image).map(|text| image(&text)), shown(Role::Region).map(|text| slug(&text)));
        let hostname = if service.domain.is_empty() { None } else { Some(service.domain.to_lowercase()) };
        let mut unknown = Vec::new();
        if is_virtual {
            let asked = |role: Role| {
                product.options.iter().any(|index| self.catalogue.options[*index].role == role)
                    || product.fields.iter().any(|index| self.catalogue.fields[*index].role == role)
            };
            for (fact, lost) in [
                ("cores", cores.is_none() && asked(Role::Cores)),
                ("memory_mib", memory_mib.is_none() && asked(Role::Memory)),
                ("disk_gib", disk_gib.is_none() && asked(Role::Disk)),
                ("image", image.is_none() && asked(Role::Image)),
                ("region", region.is_none() && asked(Role::Region)),
                ("hostname", hostname.is_none()),
                ("currency", service.currency.is_none()),
                ("next_due", service.due_lost),
                ("node", service.status.is_live() && link.is_none()),
                ("vmid", service.status.is_live() && link.is_none()),
            ] {
                if lost {
                    unknown.push(fact);
                }
            }
        }
        let expected = match (is_virtual, unknown.is_empty()) {
            (false, _) => Expected::Ignored,
            (true, true) => Expected::Mapped,
            (true, false) => Expected::Finding,
        };
        let told = ServiceLine {
            table: "tblhosting",
            id: service.id,
            expected,
            plan: is_virtual.then(|| product.plan()),
            cores,
            memory_mib,
            disk_gib,
            image,
            region,
            hostname: hostname.filter(|_| is_virtual),
            ssh_keys: &service.ssh_keys,
            addresses: &service.addresses,
            price: service.amount.to_string(),
            currency: service.currency,
            cycle: service.cycle.name,
            next_due: service.next_due,
            status: service.status.name().to_lowercase(),
            site: link.map(|link| link.site),
            node: link.map(|link| link.node),
            vmid: link.map(|link| link.vmid),
            unknown: &unknown,
            damage: &service.damage,
        };
        self.truth.write(&told)
    }

    /// The label that answers or values of this role agree on.
    fn told(&self, service: &Service, role: Role) -> Option<String> {
        let answer = service.answers.iter().find(|answer| answer.role == role);
        if let Some(answer) = answer {
            return (answer.tells == Tells::Fact).then(|| answer.label.clone());
        }
        let value = service.values.iter().find(|value| value.role == role && value.tells == Tells::Fact)?;
        Some(self.label_of(value.field, &value.text).to_owned())
    }

    /// What is known of the catalogue, whatever the mapping: for whoever checks one, or makes the site.
    pub fn known_catalogue(&self) -> serde_json::Value {
        let labels = |role: Role| {
            let mut labels: Vec<&str> = Vec::new();
            for option in self.catalogue.options.iter().filter(|option| option.role == role) {
                labels.extend(option.choices.iter().map(super::catalogue::Choice::label));
            }
            for field in self.catalogue.fields.iter().filter(|field| field.role == role) {
                labels.extend(field.entries.iter().map(|entry| label(entry).split(',').next().unwrap_or_default()));
            }
            labels.sort_unstable();
            labels.dedup();
            labels
        };
        let virtuals = || self.catalogue.products.iter().filter(|product| product.module.is_virtual());
        json!({
            "images": labels(Role::Image).iter().map(|l| json!({ "label": l, "image": image(l) })).collect::<Vec<_>>(),
            "regions": labels(Role::Region).iter().map(|l| json!({ "label": l, "region": slug(l) })).collect::<Vec<_>>(),
            "servers": self.catalogue.servers.iter().filter(|s| !s.node.is_empty())
                .map(|s| json!({ "id": s.id, "name": s.name, "site": s.site, "node": s.node })).collect::<Vec<_>>(),
            "plans": virtuals().map(|p| json!({ "product": p.id, "plan": p.plan(), "base": p.base })).collect::<Vec<_>>(),
            "options": self.catalogue.options.iter().map(|o| json!({
                "id": o.id, "name": o.name, "role": o.role, "operation": if o.adds { "add" } else { "set" },
                "choices": o.choices.iter().map(|c| json!({ "id": c.id, "name": c.name, "amount": c.amount })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "fields": self.catalogue.fields.iter()
                .map(|f| json!({ "id": f.id, "type": f.owner, "relid": f.relid, "name": f.name, "role": f.role })).collect::<Vec<_>>(),
        })
    }
}

impl Answer {
    /// What becomes of the row.
    pub fn expected(&self) -> Expected {
        match self.tells {
            Tells::Broken(expected) => expected,
            Tells::Astray => Expected::Finding,
            Tells::Fact if self.role.has_a_place() => Expected::Mapped,
            Tells::Fact => Expected::Ignored,
        }
    }
}
