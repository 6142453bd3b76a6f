//! Proposals for a shop as years leave it, read back as a mapping.

use super::*;
use crate::{
    inventory::Machine,
    mapping::{Mapping, check},
    whmcs::{
        AnswersSeen, Choice, CustomField, FieldScope, OptionKind, Product, ProductOption, PveNode, PvePlan, Server,
        ServicesSeen, ValuesSeen,
    },
};

struct Build {
    catalogue: Catalogue,
    seen: Seen,
}

fn next(len: usize) -> i64 {
    i64::try_from(len).unwrap() + 1
}

impl Build {
    fn new() -> Self {
        Self { catalogue: Catalogue::default(), seen: Seen::default() }
    }

    fn product(mut self, id: i64, name: &str, module: &str) -> Self {
        let kind = "server".into();
        let settings = vec!["5".into(), String::new(), "2".into(), "2048".into(), "30".into()];
        let product =
            Product { id, name: name.into(), kind, servertype: module.into(), settings, ..Product::default() };
        self.catalogue.products.insert(id, product);
        self.catalogue.links.insert((id, id));
        self.seen.services.push(ServicesSeen { product: id, server: 1, status: "Active".into(), count: 10 });
        self
    }

    /// An option of one product, with choices that all are chosen.
    fn option(mut self, product: i64, name: &str, kind: &str, choices: &[&str]) -> Self {
        let id = next(self.catalogue.options.len());
        let option = ProductOption {
            id,
            gid: product,
            name: name.into(),
            kind: OptionKind::parse(kind),
            hidden: false,
            qty_minimum: 0,
            qty_maximum: 0,
        };
        self.catalogue.options.insert(id, option);
        for name in choices {
            let choice = next(self.catalogue.choices.len());
            let (name, sortorder) = ((*name).to_owned(), choice);
            self.catalogue.choices.insert(choice, Choice { id: choice, configid: id, name, sortorder, hidden: false });
            self.seen.answers.push(AnswersSeen { option: id, choice, count: 3, most: 1 });
        }
        self
    }

    fn field(mut self, product: i64, name: &str, kind: &str, choices: &str, values: &[&str]) -> Self {
        let id = next(self.catalogue.fields.len());
        let (scope, kind, choices) = (FieldScope::Product, kind.to_owned(), choices.to_owned());
        self.catalogue.fields.insert(id, CustomField { id, scope, relid: product, name: name.into(), kind, choices });
        let seen = values.iter().map(|value| ValuesSeen { field: id, value: (*value).into(), count: 2 });
        self.seen.values.extend(seen);
        self
    }

    fn propose(&self) -> String {
        let machine = Machine { vmid: 100, node: "pve1".into(), ..Machine::default() };
        let inventory = Inventory { sites: [("home".to_owned(), vec![machine])].into() };
        propose("shop", &self.catalogue, &self.seen, Some(&inventory)).mapping
    }

    /// What is wrong with the proposal.
    fn problems(&self) -> Vec<String> {
        let yaml = self.propose();
        let mapping = Mapping::read(&yaml).unwrap_or_else(|problems| panic!("{problems}\n{yaml}"));
        assert!(!mapping.reviewed);
        check(&mapping, &self.catalogue, &self.seen).into_iter().map(|problem| problem.text).collect()
    }
}

#[test]
fn a_shop_whose_names_and_choices_say_what_they_are_needs_nothing_but_a_review() {
    let mut shop = Build::new()
        .product(1, "VPS &amp; more", "pvewhmcs")
        .option(1, "RAM", "1", &["1024|1 GB", "2048|2 GB"])
        .option(1, "Extra RAM (GB)", "4", &["1 GB"])
        .option(1, "CPU Cores", "2", &["1 Core", "2 Cores"])
        .option(1, "HDD", "4", &["10 GB"])
        .option(1, "Bandwidth", "1", &["1|1 TB", "5|5 TB"])
        .option(1, "Network Speed", "1", &["100|100 Mbps", "1000|1 Gbps"])
        .option(1, "OS|Operating System", "1", &["101|Debian 12 x64", "102|Ubuntu 22.04 LTS"])
        .option(1, "Location", "1", &["4|Manchester"])
        .option(1, "Backups", "3", &["Yes"])
        .option(1, "Control Panel", "1", &["none|None", "cp|cPanel"])
        .field(1, "OS templates", "dropdown", "debian|Debian 12,rocky|Rocky Linux 9", &["debian|Debian 12", "rocky"])
        .field(0, "VMID", "text", "", &["101", "1101"])
        .field(1, "Password", "password", "", &["xyz"])
        .field(1, "Notes to staff", "textarea", "", &["call back"]);
    shop.catalogue.servers.insert(1, Server { id: 1, name: "pve1 (Manchester)".into(), ..Server::default() });
    let size = PvePlan { id: 5, cpus: Some(1), cores: Some(2), memory: 2048, disk: Some(40), ..PvePlan::default() };
    shop.catalogue.pve_plans.insert(5, size);
    shop.seen.modules.push(("mod_pvewhmcs_vms".into(), 10));
    assert_eq!(shop.problems(), Vec::<String>::new(), "{}", shop.propose());
    let yaml = shop.propose();
    for line in [
        "  RAM: memory",
        "  Extra RAM (GB): {role: memory, operation: add}",
        "  HDD: disk",
        "  Bandwidth: traffic",
        "  Network Speed: network",
        "  OS: image",
        "  Control Panel: keep",
        "  Debian 12 x64: debian-12",
        "  Rocky Linux 9: rocky-linux-9",
        "  Manchester: manchester",
        "    base: {memory: 2048 MiB, cores: 2, disk: 40 GiB}",
        "  1: {name: pve1 (Manchester), site: home, node: pve1}",
        "  - {field: VMID}",
        "  VMID: vmid",
    ] {
        assert!(yaml.lines().any(|l| l == line), "{line}\n{yaml}");
    }
}

#[test]
fn a_bare_number_gets_no_unit_by_its_size() {
    let shop = Build::new().product(1, "VPS", "proxmoxvm").option(1, "Memory", "1", &["2", "4096"]);
    assert!(shop.propose().contains("  Memory: {role: memory, unit: unmapped}"), "{}", shop.propose());
    assert!(shop.problems().iter().any(|problem| problem.contains("has no unit")));
}

#[test]
fn what_a_module_is_known_to_count_in_is_proposed_for_its_products_only() {
    let shop = Build::new()
        .product(1, "A", "proxmox_custom")
        .option(1, "RAM", "1", &["2", "4"])
        .product(2, "B", "VirtFusionDirect")
        .option(2, "ram", "1", &["2", "8192"]);
    let yaml = shop.propose();
    let mapping = Mapping::read(&yaml).unwrap();
    assert!(check(&mapping, &shop.catalogue, &shop.seen).iter().all(|problem| !problem.text.contains("RAM")), "{yaml}");
    assert!(yaml.contains("{role: memory, unit: GB}") && yaml.contains("small: {below: 1024, unit: GB}"), "{yaml}");
}

#[test]
fn percent_of_a_core_is_seen_by_its_labels() {
    let shop = Build::new().product(1, "A", "proxmox").option(1, "cpu", "1", &["100|1 core", "200|2 cores"]);
    assert!(shop.propose().contains("  cpu: {role: cores, unit: percent}"), "{}", shop.propose());
}

#[test]
fn amounts_under_an_unknown_name_are_asked_about_and_other_text_is_kept() {
    let shop = Build::new()
        .product(1, "A", "proxmox")
        .option(1, "Muisti", "1", &["2 GB", "4 GB"])
        .option(1, "Support", "1", &["Gold", "Silver"])
        .field(1, "Adresse", "text", "", &["203.0.113.7", "203.0.113.8"]);
    let yaml = shop.propose();
    assert!(yaml.contains("  Muisti: unmapped") && yaml.contains("  Support: keep"), "{yaml}");
    assert!(yaml.contains("  Adresse: unmapped") && yaml.contains("candidates: address"), "{yaml}");
}

#[test]
fn a_choice_that_contradicts_itself_waits_for_somebody() {
    let shop = Build::new().product(1, "A", "proxmox").option(1, "RAM", "1", &["1024|1 GB", "7|2 GB"]);
    assert!(shop.propose().contains("  RAM: {role: memory, values: {\"7|2 GB\": unmapped}}"), "{}", shop.propose());
    assert_eq!(shop.problems().iter().filter(|problem| problem.contains("7|2 GB")).count(), 1);
}

#[test]
fn products_of_other_modules_are_left_behind_with_the_reason_and_unknown_ones_asked_about() {
    let shop = Build::new()
        .product(1, "Web", "cpanel")
        .option(1, "Backup Frequency", "1", &["Daily"])
        .product(2, "Odd", "ourownmodule")
        .product(3, "DNS", "");
    let yaml = shop.propose();
    assert!(yaml.contains("  1: {name: Web, ignore: the module cpanel makes no virtual machines}"), "{yaml}");
    assert!(yaml.contains("  2: unmapped") && yaml.contains("  3: {name: DNS, ignore:"), "{yaml}");
    assert!(!yaml.contains("Backup Frequency"), "what only ignored products have needs no entry");
}

#[test]
fn a_system_or_place_that_nobody_knows_is_unmapped() {
    let shop = Build::new().product(1, "A", "proxmox").option(1, "OS", "1", &["1|Debian 12", "2|Own image"]).option(
        1,
        "Location",
        "1",
        &["4|4"],
    );
    let yaml = shop.propose();
    assert!(yaml.contains("  Own image: unmapped") && yaml.contains("  \"4\": unmapped"), "{yaml}");
}

#[test]
fn the_catalogue_has_what_the_mapping_names_and_says_what_is_missing() {
    let mut shop = Build::new()
        .product(1, "VPS S", "pvewhmcs")
        .option(1, "Disk", "1", &["20|20 GB", "80|80 GB"])
        .option(1, "OS", "1", &["1|Debian 12"]);
    let size =
        PvePlan { id: 5, cores: Some(1), memory: 1024, bridge: "vmbr".into(), vmbr: Some(0), ..PvePlan::default() };
    shop.catalogue.pve_plans.insert(5, size);
    shop.catalogue.pve_nodes.insert(1, PveNode { id: 1, name: "pve1".into(), server: 1 });
    for address in ["192.0.2.10", "192.0.2.11", "192.0.2.20"] {
        shop.catalogue.pve_addresses.push(crate::whmcs::PveAddress {
            pool: 1,
            pool_title: "Main".into(),
            gateway: "192.0.2.1".into(),
            address: address.into(),
            mask: "255.255.255.0".into(),
        });
    }
    insta::assert_snapshot!(propose("shop", &shop.catalogue, &shop.seen, None).catalogue);
}

proptest::proptest! {
    #[test]
    fn whatever_names_and_values_there_are_the_proposal_can_be_read(
        names in proptest::collection::vec("\\PC{1,12}", 1..5),
        choices in proptest::collection::vec("\\PC{0,14}", 1..5),
    ) {
        let mut shop = Build::new().product(1, &names[0], "proxmox");
        let texts: Vec<&str> = choices.iter().map(String::as_str).collect();
        for (name, kind) in names.iter().zip(["1", "2", "3", "4"]) {
            shop = shop.option(1, name, kind, &texts).field(1, name, "dropdown", &choices.join(","), &texts);
        }
        for role in ["OS", "Location", "Plan"] {
            shop = shop.option(1, role, "1", &texts);
        }
        let yaml = shop.propose();
        proptest::prop_assert!(Mapping::read(&yaml).is_ok(), "{:?}\n{}", Mapping::read(&yaml).err(), yaml);
    }
}

#[test]
fn a_currency_that_calls_itself_by_a_sign_is_proposed_where_the_sign_is_of_one_only() {
    let mut shop = Build::new().product(1, "VPS", "pvewhmcs");
    for (id, code) in [(1, "EUR"), (2, " usd "), (3, "€"), (4, "$")] {
        let row = crate::whmcs::CurrencyRow { id, code: code.into(), ..Default::default() };
        shop.catalogue.currencies.insert(id, row);
    }
    let yaml = shop.propose();
    assert!(yaml.lines().any(|line| line == "  3: EUR") && yaml.lines().any(|line| line == "  4: unmapped"), "{yaml}");
    assert!(!yaml.contains("  2: "), "{yaml}");
    assert!(shop.problems().iter().any(|problem| problem.starts_with("currency 4 is unmapped")), "{yaml}");
    let without = yaml.replace("  4: unmapped\n", "");
    let problems = check(&Mapping::read(&without).unwrap(), &shop.catalogue, &shop.seen);
    assert!(problems.iter().any(|p| p.text.contains("currency 4 calls itself `$`") && p.text.contains("{4: EUR}")));
}

#[test]
fn a_name_with_any_character_makes_a_mapping_that_reads_as_it_was() {
    for odd in
        ['\u{fffe}', '\u{ffff}', '\u{feff}', '\u{7f}', '\u{85}', '\u{9f}', '\u{2028}', '\r', '\u{1}', '\u{10ffff}']
    {
        let name = format!("VPS {odd}: #small");
        let mut shop = Build::new().product(1, &name, "pvewhmcs").option(1, &name, "1", &[&name]).field(
            1,
            &name,
            "dropdown",
            &name,
            &[&name],
        );
        shop.catalogue.servers.insert(1, Server { id: 1, name: name.clone(), ..Server::default() });
        let yaml = shop.propose();
        let mapping = Mapping::read(&yaml).unwrap_or_else(|problems| panic!("{odd:?}: {problems}\n{yaml}"));
        let names = mapping.options.by_key.keys().chain(mapping.fields.by_key.keys());
        assert_eq!(names.count(), 2, "{odd:?}\n{yaml}");
        let missing = check(&mapping, &shop.catalogue, &shop.seen);
        assert!(!missing.iter().any(|problem| problem.text.contains("has no entry")), "{odd:?}: {missing:?}\n{yaml}");
        let catalogue = propose("shop", &shop.catalogue, &shop.seen, None).catalogue;
        for document in serde_yaml_ng::Deserializer::from_str(&catalogue) {
            let read: Result<serde_json::Value, _> = serde::Deserialize::deserialize(document);
            assert!(read.is_ok(), "{odd:?}: {read:?}\n{catalogue}");
        }
    }
}
