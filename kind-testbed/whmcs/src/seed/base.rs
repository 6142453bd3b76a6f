//! The rows that an installation has before its first client: currencies, catalogue, servers, settings.

use super::{Generator, catalogue::Module, dice::Dice, offer::DELETED_PRODUCT, people::CURRENCIES};
use crate::{insert, load::Cents, secret};

impl Generator {
    pub fn write_base(&mut self, dice: &mut Dice) {
        self.write_settings();
        self.write_currencies();
        self.write_products();
        self.write_options();
        self.write_fields();
        self.write_servers(dice);
        self.write_plans();
    }

    fn write_settings(&mut self) {
        let settings = [
            ("Version", self.variant.version()),
            ("Charset", "utf-8"),
            ("CutUtf8Mb4", "on"),
            ("DateFormat", "DD/MM/YYYY"),
            ("SequentialInvoiceNumbering", "on"),
            ("SequentialInvoiceNumberingFormat", "INV-{YEAR}-{NUMBER}"),
            ("TaxEnabled", "on"),
            ("AutoSuspension", "on"),
            ("AutoSuspensionDays", "5"),
        ];
        for (id, (setting, value)) in (2u32..).zip(settings) {
            insert!(self.sink, tblconfiguration { id: id, setting: setting, value: value });
        }
        insert!(self.sink, tbladminroles { id: 1i64, name: "Full Administrator" });
        insert!(
            self.sink,
            tbladmins { id: 1i64, roleid: 1i64, username: "admin", firstname: "Sam", lastname: "Staff" }
        );
        for (id, title) in (1u32..).zip(["Pending", "Active", "Cancelled", "Fraud"]) {
            insert!(self.sink, tblorderstatuses { id: id, title: title, color: "#888888", sortorder: id });
        }
        for (id, title) in (1u32..).zip(["Open", "Answered", "Customer-Reply", "Closed"]) {
            insert!(self.sink, tblticketstatuses { id: id, title: title, color: "#888888", sortorder: id });
        }
        for (id, name) in (1u32..).zip(["Support", "Sales"]) {
            insert!(self.sink, tblticketdepartments { id: id, name: name, email: "help@northern.example", order: id });
        }
        for (id, (country, rate)) in
            (1u32..).zip([("DE", 1900), ("FR", 2000), ("NL", 2100), ("GB", 2000), ("ES", 2100)])
        {
            insert!(self.sink, tbltax { id: id, level: 1i64, name: "VAT", country: country, taxrate: Cents(rate) });
        }
        for (id, gateway) in (1u32..).zip(["stripe", "paypal", "banktransfer"]) {
            insert!(
                self.sink,
                tblpaymentgateways { id: id, gateway: gateway, setting: "name", value: gateway, order: id }
            );
        }
        insert!(
            self.sink,
            tblclientgroups { id: 1i64, groupname: "Resellers", groupcolour: "#ffcc00", discountpercent: Cents(1000) }
        );
        insert!(self.sink, tblpromotions {
            id: 1i64, code: "SPRING", type: "Percentage", recurring: 1i64, value: Cents(1000), cycles: "Monthly,Annually",
            appliesto: "1,2,3", startdate: self.today, expirationdate: None::<chrono::NaiveDate>, maxuses: 0i64, uses: 12i64,
            recurfor: 0i64,
        });
    }

    fn write_currencies(&mut self) {
        for currency in CURRENCIES {
            // Forms wrote entities into the column.
            let (prefix, suffix) = match (currency.code, self.messy) {
                ("EUR", true) => ("&euro;", " EUR"),
                ("EUR", false) => ("€", " EUR"),
                ("GBP", true) => ("", " &pound;"),
                ("GBP", false) => ("£", ""),
                _ => ("$", " USD"),
            };
            if suffix.contains('&') {
                self.count("trap-1");
            }
            insert!(
                self.sink,
                tblcurrencies {
                    id: currency.id,
                    code: currency.code,
                    prefix: prefix,
                    suffix: suffix,
                    format: 1i64,
                    rate: Cents(i64::from(currency.rate)),
                    default: currency.id == 1,
                }
            );
        }
    }

    fn write_products(&mut self) {
        for (id, name) in
            (1u32..).zip(["Cloud VPS", "KVM", "Cloud", "SSD VPS", "Game servers", "Web hosting", "Services"])
        {
            insert!(self.sink, tblproductgroups { id: id, name: name, slug: &super::truth::slug(name), order: id });
        }
        let mut pricing = 0;
        for index in 0..self.catalogue.products.len() {
            let product = &self.catalogue.products[index];
            let kind = match product.module {
                Module::Web => "hostingaccount",
                Module::Other => "other",
                _ => "server",
            };
            let paytype = match (product.monthly, product.module) {
                (0, _) => "free",
                (_, Module::Other) => "onetime",
                _ => "recurring",
            };
            let settings = settings(product.module, product.id, product.base);
            let description = product.base.map_or_else(String::new, |[cores, memory, disk]| {
                format!("<ul><li>{cores} vCPU</li><li>{} GB RAM</li><li>{disk} GB SSD</li></ul>", memory / 1024)
            });
            insert!(self.sink, tblproducts {
                id: product.id, type: kind, gid: product.group, name: &product.name, slug: &product.plan(),
                description: &description, paytype: paytype, allowqty: product.module == Module::Web, autosetup: "payment",
                servertype: product.module.name(), servergroup: u32::from(product.module == Module::Pvewhmcs),
                configoption1: &settings[0], configoption2: &settings[1], configoption3: &settings[2],
                configoption4: &settings[3], configoption5: &settings[4], configoption6: &settings[5],
                configoptionsupgrade: true, tax: true, order: product.id,
            });
            let (id, monthly) = (product.id, product.monthly);
            self.write_prices(&mut pricing, "product", id, monthly);
        }
        for (id, name, monthly) in [(1, "Control panel licence", 1500), (2, "Managed backups", 500)] {
            insert!(
                self.sink,
                tbladdons {
                    id: id,
                    packages: "1,2,3,4",
                    name: name,
                    billingcycle: "recurring",
                    tax: true,
                    showorder: true,
                    autoactivate: "payment",
                }
            );
            self.write_prices(&mut pricing, "addon", u32::try_from(id).unwrap_or(1), monthly);
        }
        for index in 0..self.catalogue.options.len() {
            let choices: Vec<(u32, i64)> = self.catalogue.options[index]
                .choices
                .iter()
                .map(|choice| (choice.id, if self.catalogue.options[index].adds { 100 } else { 0 }))
                .collect();
            for (choice, monthly) in choices {
                self.write_prices(&mut pricing, "configoptions", choice, monthly);
            }
        }
        self.count("trap-9");
    }

    /// Three years are offered of nothing: -1.
    fn write_prices(&mut self, id: &mut i64, kind: &str, relid: u32, monthly: i64) {
        for currency in CURRENCIES {
            *id += 1;
            let months = |months: i64| Cents(monthly * months * i64::from(currency.rate) / 100);
            insert!(self.sink, tblpricing {
                id: *id, type: kind, currency: currency.id, relid: relid, monthly: months(1), quarterly: months(3),
                semiannually: months(6), annually: months(12), biennially: months(24), triennially: Cents(-100),
            });
        }
    }

    fn write_options(&mut self) {
        let mut link = 0;
        for (id, name, products) in &self.catalogue.groups {
            insert!(self.sink, tblproductconfiggroups { id: *id, name: *name, description: "" });
            for product in products {
                link += 1;
                insert!(self.sink, tblproductconfiglinks { id: link, gid: *id, pid: *product });
                if *product == DELETED_PRODUCT {
                    *self.counts.entry("trap-10").or_default() += 1;
                }
            }
        }
        if self.messy {
            // The same link twice: nothing forbids it.
            insert!(self.sink, tblproductconfiglinks { id: link + 1, gid: 1i64, pid: 1i64 });
        }
        let mut traps = Vec::new();
        for option in &self.catalogue.options {
            insert!(
                self.sink,
                tblproductconfigoptions {
                    id: option.id,
                    gid: option.group,
                    optionname: &option.name,
                    optiontype: &option.kind.to_string(),
                    qtyminimum: 0i64,
                    qtymaximum: if option.kind == 4 { 100i64 } else { 0 },
                    order: option.id,
                    hidden: option.hidden,
                }
            );
            for choice in &option.choices {
                insert!(
                    self.sink,
                    tblproductconfigoptionssub {
                        id: choice.id,
                        configid: option.id,
                        optionname: &choice.name,
                        sortorder: choice.id,
                        hidden: choice.hidden,
                    }
                );
                if choice.name.matches('|').count() > 1 {
                    traps.push("trap-13");
                }
            }
            if option.hidden && option.group == 1 {
                traps.push("trap-11");
            }
        }
        for trap in traps {
            self.count(trap);
        }
    }

    fn write_fields(&mut self) {
        let (mut bare, mut unbound) = (false, false);
        for field in &self.catalogue.fields {
            let inside = matches!(field.role, super::catalogue::Role::Vmid | super::catalogue::Role::Node);
            insert!(self.sink, tblcustomfields {
                id: field.id, type: field.owner, relid: field.relid, fieldname: &field.name, fieldtype: field.kind,
                description: "", fieldoptions: &field.list(), adminonly: if inside { "on" } else { "" },
                // Modules write 0 and 1 where WHMCS writes '' and on.
                showorder: if field.relid == 0 { "0" } else { "on" }, sortorder: field.id,
            });
            bare |=
                field.owner == "product" && field.relid == 4 && field.entries.iter().any(|entry| !entry.contains('|'));
            unbound |= field.owner == "product" && field.relid == 0;
        }
        if self.messy {
            self.count("comma-in-label");
            self.count("spaces-in-names");
        }
        if bare {
            self.count("trap-24");
        }
        if unbound {
            self.count("trap-25");
        }
    }

    fn write_servers(&mut self, dice: &mut Dice) {
        insert!(self.sink, tblservergroups { id: 1i64, name: "Manchester", filltype: 1i64 });
        for server in [1u32, 2] {
            insert!(self.sink, tblservergroupsrel { id: server, groupid: 1i64, serverid: server });
        }
        for index in 0..self.catalogue.servers.len() {
            let password = secret::encrypt(secret::CC_ENCRYPTION_HASH, "node-password", dice.bytes());
            let server = &self.catalogue.servers[index];
            let host = if server.node.is_empty() { "host" } else { server.node };
            insert!(self.sink, tblservers {
                id: server.id, name: server.name, ipaddress: &format!("192.0.2.{}", server.id),
                hostname: &format!("{host}.northern.example"), type: server.module.name(), username: "root@pam",
                password: &password, accesshash: "", secure: "on", port: 8006i64, active: true,
            });
        }
        for (id, node) in [(1i64, "pve1"), (2, "pve2")] {
            insert!(
                self.sink,
                mod_pvewhmcs_nodes {
                    id: id,
                    pve_id: id,
                    pve_name: node,
                    whmcs_id: id,
                    title: node,
                    ip: &format!("192.0.2.{id}"),
                    created: self.noon(),
                }
            );
        }
    }

    /// What `configoption1` of the products of pvewhmcs points at.
    fn write_plans(&mut self) {
        insert!(self.sink, mod_pvewhmcs { id: 1i64, start_vmid: 100i64 });
        insert!(self.sink, mod_pvewhmcs_ip_pools { id: 1i64, title: "Public", gateway: "192.0.2.1" });
        for product in self.catalogue.products.iter().filter(|product| product.module == Module::Pvewhmcs) {
            let Some([cores, memory, disk]) = product.base else { continue };
            let number = |fact: u64| i64::try_from(fact).unwrap_or(0);
            insert!(
                self.sink,
                mod_pvewhmcs_plans {
                    id: product.id,
                    title: &product.name,
                    vmtype: "kvm",
                    ostype: "l26",
                    cpus: 1i64,
                    cores: number(cores),
                    memory: number(memory),
                    disk: number(disk),
                    bridge: "vmbr",
                    vmbr: 0i64,
                    netmodel: "virtio",
                }
            );
        }
    }
}

/// `configoption1` to 6, by position.
fn settings(module: Module, product: u32, base: Option<[u64; 3]>) -> [String; 6] {
    let [cores, memory, disk] = base.unwrap_or_default().map(|fact| fact.to_string());
    let text = str::to_owned;
    match module {
        Module::Pvewhmcs => [product.to_string(), text("1"), text(""), text(""), text(""), text("")],
        Module::ProxmoxCustom => [text("9003"), text("pve1"), cores, memory, disk, text("1000")],
        Module::VirtFusion => [text("1"), product.to_string(), text("1"), text(""), text(""), text("")],
        _ => Default::default(),
    }
}
