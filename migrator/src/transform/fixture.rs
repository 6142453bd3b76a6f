//! A small shop for tests: two products of a module with its own table, one of a module with fields, one that is no server.

use crate::{
    inventory::{Inventory, Machine, Machines},
    mapping::Mapping,
    whmcs::{
        AnswerRow, Catalogue, Choice, CurrencyRow, CustomField, FieldScope, HostingRow, ModuleRow, OptionKind, Product,
        ProductOption, PveNode, Server, ServiceBundle, ServiceClient, ValueRow,
    },
};

pub const MAPPING: &str = "
version: 1
reviewed: true
source: shop
servers:
  1: {site: home, node: pve1}
products:
  1: {plan: vps-s, base: {cores: 1, memory: 1 GB, disk: 20 GB}}
  2: {plan: vps-m, base: {cores: 2, memory: 2 GB, disk: 40 GB}}
  3: {plan: cloud, site: home}
  9: {ignore: a game server}
options:
  RAM: memory
  Extra RAM: {role: memory, operation: add}
  CPU: cores
  Disk: disk
  Bandwidth: traffic
  Backups: backups
  Operating System: image
  Location: region
  Support: keep
  Slots: {ignore: of a game}
  Flavour: unmapped
fields:
  OS Template: image
  Datacenter: region
  VMID: vmid
  IP: address
  hostname: hostname
  SSH Key: ssh-key
  Comment: keep
  Root: secret
images:
  Ubuntu 22.04 LTS: ubuntu-2204
  Debian 12: debian-12
  Windows: {ignore: no licence}
regions:
  Manchester: manchester
  New York: new-york
locators:
  - {table: mod_pvewhmcs_vms, service: id, vmid: vmid, node: node_id, address: ipaddress, vmid-is-service: true}
  - {field: VMID}
  - {formula: service-id-or-9, modules: [proxmox_custom]}
";

pub fn mapping() -> Mapping {
    Mapping::read(MAPPING).unwrap()
}

pub const RAM: i64 = 1;
pub const EXTRA: i64 = 2;
pub const CPU: i64 = 3;
pub const DISK: i64 = 4;
pub const BACKUPS: i64 = 5;
pub const OS: i64 = 6;
pub const SUPPORT: i64 = 7;
pub const FLAVOUR: i64 = 8;
/// Hidden, of a group that no product has.
pub const OLD_RAM: i64 = 9;
pub const SLOTS: i64 = 10;
pub const LOCATION: i64 = 11;
/// A second one of the same name.
pub const RAM_AGAIN: i64 = 12;

pub const F_OS: i64 = 1;
pub const F_OS_OF_2: i64 = 2;
pub const F_VMID: i64 = 3;
pub const F_IP: i64 = 4;
pub const F_HOST: i64 = 5;
pub const F_KEY: i64 = 6;
pub const F_COMMENT: i64 = 7;
pub const F_ROOT: i64 = 8;
pub const F_CLIENT: i64 = 9;
pub const F_UNKNOWN: i64 = 10;

pub fn catalogue() -> Catalogue {
    let mut c = Catalogue::default();
    for (id, name, module) in [
        (1, "VPS S", "pvewhmcs"),
        (2, "VPS M", "pvewhmcs"),
        (3, "Cloud &amp; more", "proxmox_custom"),
        (8, "Unmapped", "pvewhmcs"),
        (9, "Minecraft", "pterodactyl"),
    ] {
        let product = Product { id, name: name.into(), servertype: module.into(), ..Product::default() };
        c.products.insert(id, product);
    }
    // A group of a product that was deleted (trap 10), and one link twice.
    c.links.extend([(1, 1), (1, 2), (2, 3), (3, 77), (4, 9)]);
    for (id, gid, name, kind, hidden) in [
        (RAM, 1, "RAM", "1", false),
        (EXTRA, 1, "Extra RAM (GB)", "4", false),
        (CPU, 1, "cpu|CPU", "2", false),
        (DISK, 1, "Disk\u{a0}(GB) ", "4", false),
        (BACKUPS, 1, "Backups", "3", false),
        (OS, 2, "OS|Operating System", "1", false),
        (SUPPORT, 1, "Support", "1", true),
        (FLAVOUR, 1, "Flavour", "1", false),
        (OLD_RAM, 3, "RAM", "1", true),
        (SLOTS, 4, "Slots", "4", false),
        (LOCATION, 2, "Location", "1", false),
        (RAM_AGAIN, 1, "ram", "1", false),
    ] {
        let kind = OptionKind::parse(kind);
        let (qty_minimum, qty_maximum) = (0, 0);
        c.options.insert(id, ProductOption { id, gid, name: name.into(), kind, hidden, qty_minimum, qty_maximum });
    }
    for (id, configid, name, hidden) in [
        (11, RAM, "1024|1 GB", false),
        (12, RAM, "2048|2 GB", false),
        (13, RAM, "512|512 MB", true),
        (14, RAM, "7|Huge", false),
        (15, RAM, "2|4 GB", false),
        (21, EXTRA, "1 GB", false),
        (31, CPU, "1 Core", false),
        (32, CPU, "2 Cores", false),
        (41, DISK, "GB", false),
        (51, BACKUPS, "Yes", false),
        (61, OS, "101|Debian 12", false),
        (62, OS, "102|Ubuntu 22.04 LTS|recommended", false),
        (63, OS, "103|Haiku", false),
        (64, OS, "104|Windows", false),
        (71, SUPPORT, "gold|Gold &amp; more", false),
        (81, FLAVOUR, "sweet", false),
        (91, OLD_RAM, "4096|4 GB", false),
        (101, SLOTS, "Slot", false),
        (111, LOCATION, "4|Manchester", false),
        (121, RAM_AGAIN, "2048|2 GB", false),
    ] {
        c.choices.insert(id, Choice { id, configid, name: name.into(), sortorder: 0, hidden });
    }
    for (id, scope, relid, name, kind, choices) in [
        (F_OS, "product", 1, "OS Template", "dropdown", "ubuntu|Ubuntu 22.04 LTS,debian|Debian 12"),
        (F_OS_OF_2, "product", 2, "os_template", "dropdown", "Debian 12"),
        (F_VMID, "product", 0, "VMID", "text", ""),
        (F_IP, "product", 0, "IP", "text", ""),
        (F_HOST, "product", 1, "hostname", "text", ""),
        (F_KEY, "product", 1, "SSH Key", "textarea", ""),
        (F_COMMENT, "product", 1, "Comment", "textarea", ""),
        (F_ROOT, "product", 1, "Password", "password", ""),
        (F_CLIENT, "client", 0, "VAT", "text", ""),
        (F_UNKNOWN, "product", 1, "Colour", "text", ""),
    ] {
        let (scope, kind, choices) = (FieldScope::parse(scope), kind.into(), choices.into());
        c.fields.insert(id, CustomField { id, scope, relid, name: name.into(), kind, choices });
    }
    c.servers.insert(1, Server { id: 1, name: "Node one".into(), ..Server::default() });
    c.currencies.insert(1, CurrencyRow { id: 1, code: "EUR".into(), ..CurrencyRow::default() });
    c.pve_nodes.insert(1, PveNode { id: 1, name: "pve1".into(), server: 1 });
    c
}

/// An active service of product 1 on server 1 with nothing unknown about it.
pub fn service(id: i64) -> ServiceBundle {
    ServiceBundle {
        row: HostingRow {
            id,
            userid: 7,
            packageid: 1,
            server: 1,
            domain: format!("vps{id}.example.com"),
            qty: Some(1),
            amount: "9.90".parse().unwrap(),
            billingcycle: "Monthly".into(),
            regdate: Some("2024-01-31".into()),
            nextduedate: Some("2026-12-31".into()),
            domainstatus: "Active".into(),
            dedicatedip: format!("203.0.113.{}", id % 250),
            ..HostingRow::default()
        },
        client: Some(ServiceClient { id: 7, currency: 1 }),
        modules: vec![module(&[("id", &id.to_string()), ("vmid", &(1000 + id).to_string()), ("node_id", "1")])],
        values: vec![value(9000 + id, F_OS, "debian|Debian 12")],
        ..ServiceBundle::default()
    }
}

pub fn module(columns: &[(&str, &str)]) -> ModuleRow {
    let columns = columns.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ModuleRow { table: "mod_pvewhmcs_vms".into(), columns }
}

pub fn answer(id: i64, configid: i64, optionid: i64, qty: i64) -> AnswerRow {
    AnswerRow { id, relid: 101, configid, optionid, qty }
}

pub fn value(id: i64, fieldid: i64, text: &str) -> ValueRow {
    ValueRow { id, fieldid, relid: 101, value: text.to_owned() }
}

/// A machine for each of the services 100 to 110, and one with a service's own number.
pub fn machines() -> Machines {
    let machine = |vmid: u32, service: i64| Machine {
        vmid,
        node: "pve1".into(),
        name: format!("vps{service}.example.com"),
        addresses: vec![format!("203.0.113.{service}").parse().unwrap()],
        ..Machine::default()
    };
    let mut rows: Vec<Machine> = (100..=110).map(|id| machine(1000 + id, i64::from(id))).collect();
    rows.push(machine(102, 102));
    Inventory { sites: [("home".to_owned(), rows)].into() }.into()
}
