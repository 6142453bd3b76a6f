//! From the file to a [`Mapping`]: names are folded, amounts and units parsed, and what excludes each other is refused.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::prelude::ToPrimitive;

use super::{
    At, CurrencyUse, Locator, Mapping, Override, Place, PlanUse, Problem, Problems, ProductUse, ServerUse, SizeUse,
    Table, Target, TextRole, Use, Uses, currency_code,
    entry::Entry,
    file::{
        CurrencyEntry, File, LocatorEntry, MojibakeWord, ProductEntry, RoleWord, ServerEntry, ServiceEntry, StatusWord,
        TargetEntry, UseEntry,
    },
};
use crate::{
    carried::ServiceStatus,
    text::{TextRules, fold},
    value::{Amount, Name, Resource, Scale, Step, amount},
};

/// As the target has room for.
const MAX_SOURCE: usize = 63;

pub fn read(yaml: &str) -> Result<Mapping, Problems> {
    let file: File = serde_saphyr::from_str(yaml).map_err(|error| {
        let line = error.location().map_or(1, |place| place.line());
        // The crate's own text begins with the place, and shows the lines around it.
        let full = error.to_string();
        let rest = full.strip_prefix("error: ").unwrap_or(&full);
        let text = match rest.split_once(": ") {
            Some((place, text)) if place.starts_with("line ") => text,
            _ => rest,
        };
        Problems(vec![Problem { line, text: text.lines().next().unwrap_or_default().trim_end().to_owned() }])
    })?;
    let mut reader = Reader { step: Step::Binary, problems: Vec::new(), yaml };
    let mapping = reader.mapping(file);
    if reader.problems.is_empty() {
        return Ok(mapping);
    }
    reader.problems.sort();
    Err(Problems(reader.problems))
}

struct Reader<'a> {
    step: Step,
    problems: Vec<Problem>,
    yaml: &'a str,
}

impl Reader<'_> {
    fn wrong(&mut self, line: u64, text: impl Into<String>) {
        self.problems.push(Problem { line, text: text.into() });
    }

    /// The line of a section's own key.
    fn line_of(&self, section: &str) -> u64 {
        let found = self.yaml.lines().position(|line| line.strip_prefix(section).is_some_and(|l| l.starts_with(':')));
        found.map_or(1, |at| at as u64 + 1)
    }

    fn mapping(&mut self, file: File) -> Mapping {
        if file.version != 1 {
            self.wrong(self.line_of("version"), "version must be 1");
        }
        if file.source.trim().is_empty() {
            self.wrong(self.line_of("source"), "source must be a name for this WHMCS");
        } else if file.source.trim().chars().count() > MAX_SOURCE {
            self.wrong(self.line_of("source"), format!("source is longer than {MAX_SOURCE} characters"));
        }
        self.step = match file.units.step {
            None | Some(1024) => Step::Binary,
            Some(1000) => Step::Decimal,
            Some(_) => {
                self.wrong(self.line_of("units"), "units.step must be 1024 or 1000");
                Step::Binary
            }
        };
        let text =
            TextRules { fix_mojibake: file.text.mojibake == MojibakeWord::Fix, decode_twice: file.text.decode_twice };
        let lines = ["options", "fields", "images", "regions", "plans"].map(|section| self.line_of(section));
        Mapping {
            reviewed: file.reviewed,
            source: file.source.trim().to_owned(),
            text,
            step: self.step,
            currencies: file.currencies.into_iter().map(|(id, entry)| (id, self.currency(entry))).collect(),
            statuses: statuses(file.statuses),
            servers: file.servers.into_iter().map(|(id, entry)| (id, self.server(entry))).collect(),
            products: file.products.into_iter().map(|(id, entry)| (id, self.product(entry))).collect(),
            options: self.uses(lines[0], file.options),
            fields: self.uses(lines[1], file.fields),
            images: self.table(lines[2], file.images, false),
            regions: self.table(lines[3], file.regions, true),
            plans: self.table(lines[4], file.plans, false),
            locators: self.locators(file.locators),
            services: file.services.into_iter().map(|(id, entry)| (id, self.service(entry))).collect(),
        }
    }

    fn currency(&mut self, Entry { line, value }: Entry<CurrencyEntry>) -> At<CurrencyUse> {
        let value = match value {
            CurrencyEntry { unmapped: true, .. } => CurrencyUse::Unmapped,
            CurrencyEntry { ignore: Some(reason), code: None, .. } => CurrencyUse::Ignore(self.reason(line, reason)),
            CurrencyEntry { ignore: None, code: Some(text), .. } => {
                if let Some(code) = currency_code(&text) {
                    CurrencyUse::Code(code)
                } else {
                    self.wrong(line, format!("`{text}` is no code of ISO 4217: write three letters, as `EUR`"));
                    CurrencyUse::Unmapped
                }
            }
            _ => {
                self.wrong(line, "a currency needs either its code or `ignore` with a reason");
                CurrencyUse::Unmapped
            }
        };
        At { line, value }
    }

    fn server(&mut self, Entry { line, value }: Entry<ServerEntry>) -> At<ServerUse> {
        let value = match value {
            ServerEntry { unmapped: true, .. } => ServerUse::Unmapped,
            ServerEntry { ignore: Some(reason), site: None, node: None, region: None, .. } => {
                ServerUse::Ignore(self.reason(line, reason))
            }
            ServerEntry { ignore: None, site: Some(site), node, region, .. } => ServerUse::Site { site, node, region },
            _ => {
                self.wrong(line, "a server needs either `site` or `ignore` with a reason");
                ServerUse::Unmapped
            }
        };
        At { line, value }
    }

    fn product(&mut self, Entry { line, value }: Entry<ProductEntry>) -> At<ProductUse> {
        if value.unmapped {
            return At { line, value: ProductUse::Unmapped };
        }
        if let Some(reason) = value.ignore {
            if value.plan.is_some() {
                self.wrong(line, "a product has either `plan` or `ignore`");
            }
            return At { line, value: ProductUse::Ignore(self.reason(line, reason)) };
        }
        let mut base = HashMap::new();
        for (name, Entry { line, value }) in value.base {
            match Resource::ALL.iter().find(|resource| resource.name() == name) {
                Some(resource) => {
                    if let Some(amount) = self.whole(line, &value.text, *resource) {
                        base.insert(*resource, amount);
                    }
                }
                None => self.wrong(line, format!("`{name}` is no size: write cores, memory, disk, network or traffic")),
            }
        }
        let plan = PlanUse {
            plan: value.plan,
            base,
            site: value.site,
            region: value.region,
            image: value.image,
            options: self.uses(line, value.options),
            fields: self.uses(line, value.fields),
            locators: value.locators.map(|list| self.locators(list)),
        };
        At { line, value: ProductUse::Plan(Box::new(plan)) }
    }

    fn uses(&mut self, line: u64, entries: BTreeMap<String, Entry<UseEntry>>) -> Uses {
        let mut by_key: HashMap<String, At<Use>> = HashMap::new();
        for (name, entry) in entries {
            let line = entry.line;
            let key = Name::key_of(&name);
            let value = At { line, value: self.use_of(entry) };
            if let Some(before) = by_key.insert(key, value) {
                self.wrong(line, format!("`{name}` is the same name as the one on line {}", before.line));
            }
        }
        Uses { line, by_key }
    }

    fn use_of(&mut self, Entry { line, value }: Entry<UseEntry>) -> Use {
        if value.unmapped {
            return Use::Unmapped;
        }
        let has_size_words = value.unit.is_some() || value.small.is_some();
        let role = match (value.role, value.ignore) {
            (None, Some(reason)) => return Use::Ignore(self.reason(line, reason)),
            (Some(role), None) => role,
            _ => {
                self.wrong(line, "an option or field needs either `role` or `ignore` with a reason");
                return Use::Unmapped;
            }
        };
        if let Some(resource) = resource_of(role) {
            let mut scale = |text: &str| match text.parse::<Scale>() {
                Ok(scale) if scale.of(resource, self.step).is_some() => Some(scale),
                Ok(_) => {
                    self.wrong(line, format!("`{text}` is no unit of {}", resource.name()));
                    None
                }
                Err(text) => {
                    self.wrong(line, text);
                    None
                }
            };
            let unit = value.unit.filter(|unit| unit != "unmapped").and_then(|unit| scale(&unit));
            let small = value.small.and_then(|small| Some((small.below, scale(&small.unit)?)));
            let values = self.table(line, value.values, false);
            for (text, At { line, value }) in &values.by_value {
                if let Target::To { text: to, .. } = value
                    && amount(to, resource, unit, self.step).is_none_or(|amount| matches!(amount, Amount::Bare(_)))
                {
                    self.wrong(*line, format!("`{to}` (for `{text}`) is no amount of {}", resource.name()));
                }
            }
            return Use::Size(SizeUse { resource, unit, small, operation: value.operation, read: value.read, values });
        }
        if has_size_words {
            self.wrong(line, format!("`{}` is no size: it has no unit", role.word()));
        }
        let Some(role) = text_role(role) else {
            return if role == RoleWord::Secret { Use::Secret } else { Use::Keep };
        };
        Use::Text { role, values: self.table(line, value.values, role == TextRole::Region) }
    }

    fn table(&mut self, line: u64, entries: BTreeMap<String, Entry<TargetEntry>>, has_sites: bool) -> Table {
        let mut by_value: HashMap<String, At<Target>> = HashMap::new();
        for (text, Entry { line, value }) in entries {
            let target = match value {
                TargetEntry { unmapped: true, .. } => Target::Unmapped,
                TargetEntry { to: Some(to), site, ignore: None, .. } => {
                    if site.is_some() && !has_sites {
                        self.wrong(line, "only a region has a site");
                    }
                    Target::To { text: to, site }
                }
                TargetEntry { to: None, ignore: Some(reason), .. } => Target::Ignore(self.reason(line, reason)),
                _ => {
                    self.wrong(line, "a value needs either `to` or `ignore` with a reason");
                    Target::Unmapped
                }
            };
            if let Some(before) = by_value.insert(fold(&text), At { line, value: target.clone() })
                && before.value != target
            {
                self.wrong(line, format!("`{text}` is the same value as the one on line {}", before.line));
            }
        }
        Table { line, by_value }
    }

    fn locators(&mut self, entries: Vec<Entry<LocatorEntry>>) -> Vec<Locator> {
        let mut locators = Vec::new();
        for Entry { line, value } in entries {
            let (modules, must_match) = (value.modules, value.must_match);
            let place = match (value.table, value.field, value.formula) {
                (Some(table), None, None) => {
                    let Some(service) = value.service else {
                        self.wrong(line, "`table` needs `service`: its column with the service's id");
                        continue;
                    };
                    Place::Table {
                        table,
                        service,
                        vmid: value.vmid,
                        node: value.node,
                        address: value.address,
                        mac: value.mac,
                        vmid_is_service: value.vmid_is_service,
                    }
                }
                (None, Some(field), None) => Place::Field(Name::key_of(&field)),
                (None, None, Some(formula)) => Place::Formula(formula),
                _ => {
                    self.wrong(line, "a locator needs one of `table`, `field` and `formula`");
                    continue;
                }
            };
            locators.push(Locator { modules, must_match, place });
        }
        locators
    }

    fn service(&mut self, Entry { line, value }: Entry<ServiceEntry>) -> At<Override> {
        let memory_mib = value.memory.and_then(|text| self.whole(line, &text, Resource::Memory));
        let disk_gib = value.disk.and_then(|text| self.whole(line, &text, Resource::Disk));
        if value.vmid.is_some_and(|vmid| !(100..=999_999_999).contains(&vmid)) {
            self.wrong(line, "a vmid is a number from 100 to 999999999");
        }
        if value.cores.is_some_and(|cores| u64::from(cores) > Resource::Cores.most()) {
            self.wrong(line, "these are more cores than a server can have");
        }
        let value = Override {
            site: value.site,
            node: value.node,
            vmid: value.vmid,
            plan: value.plan,
            image: value.image,
            region: value.region,
            hostname: value.hostname,
            cores: value.cores,
            memory_mib,
            disk_gib,
            addresses: value.addresses,
            ignore: value.ignore.map(|reason| self.reason(line, reason)),
        };
        At { line, value }
    }

    fn reason(&mut self, line: u64, reason: String) -> String {
        if reason.trim().is_empty() {
            self.wrong(line, "`ignore` needs a reason");
        }
        reason
    }

    /// A whole amount with its unit.
    fn whole(&mut self, line: u64, text: &str, resource: Resource) -> Option<u64> {
        let whole = match amount(text, resource, None, self.step) {
            Some(Amount::Exactly(amount)) if amount.is_integer() => amount.to_u64(),
            _ => None,
        };
        if whole.is_some_and(|whole| whole > resource.most()) {
            self.wrong(line, format!("`{text}` is more {} than a server can have", resource.name()));
            return None;
        }
        if whole.is_none() {
            self.wrong(
                line,
                format!("`{text}` is no amount of {}: write it with its unit, as `2 GB`", resource.name()),
            );
        }
        whole
    }
}

fn statuses(entries: BTreeMap<String, Entry<StatusWord>>) -> HashMap<String, ServiceStatus> {
    use ServiceStatus::{Active, Cancelled, Completed, Fraud, Pending, Suspended, Terminated};
    let own = [
        ("active", Active),
        ("suspended", Suspended),
        ("pending", Pending),
        ("terminated", Terminated),
        ("cancelled", Cancelled),
        ("fraud", Fraud),
        ("completed", Completed),
    ];
    let mut statuses: HashMap<_, _> = own.map(|(word, status)| (word.to_owned(), status)).into();
    for (word, Entry { value, .. }) in entries {
        let status = match value {
            StatusWord::Active => Active,
            StatusWord::Suspended => Suspended,
            StatusWord::Pending => Pending,
            StatusWord::Terminated => Terminated,
            StatusWord::Cancelled => Cancelled,
            StatusWord::Fraud => Fraud,
            StatusWord::Completed => Completed,
            StatusWord::Unmapped => {
                statuses.remove(&fold(&word));
                continue;
            }
        };
        statuses.insert(fold(&word), status);
    }
    statuses
}

fn resource_of(role: RoleWord) -> Option<Resource> {
    Resource::ALL.into_iter().find(|resource| resource.name() == role.word())
}

fn text_role(role: RoleWord) -> Option<TextRole> {
    use TextRole::{Address, Hostname, Image, Node, Plan, Region, SshKey, Vmid};
    [Plan, Image, Region, Hostname, SshKey, Vmid, Node, Address].into_iter().find(|text| text.name() == role.word())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn problems(yaml: &str) -> Vec<(u64, String)> {
        read(yaml).err().map_or_else(Vec::new, |p| p.0.into_iter().map(|p| (p.line, p.text)).collect())
    }

    const HEAD: &str = "version: 1\nsource: whmcs\n";

    #[test]
    fn a_mapping_reads_as_an_owner_writes_it() {
        let yaml = "
version: 1
reviewed: true
source: old-shop
text: {mojibake: fix}
statuses: {Completed: cancelled}
servers:
  1: {name: Node one, site: fra1, node: pve1}
  2: {ignore: web hosting}
  3: unmapped
products:
  7:
    name: VPS S
    plan: vps-s
    base: {cores: 1, memory: 2 GB, disk: 40 GB}
    options:
      RAM: {role: memory, unit: GB}
  8: {ignore: a game server}
options:
  RAM: {role: memory, unit: 256 MB}
  Extra RAM (GB): {role: memory, operation: add}
  OS|Operating System: image
  Backups: {role: backups, values: {Daily: 7, weekly: 1, none: 0}}
  Support: keep
  Slots: {ignore: of a game}
  Mystery: unmapped
fields:
  VMID: vmid
images:
  4096: debian-12
  Ubuntu 22.04|Ubuntu: ubuntu-22-04
  Windows: {ignore: no licence}
regions:
  Frankfurt: {to: eu-central, site: fra1}
locators:
  - {table: mod_pvewhmcs_vms, service: id, vmid: vmid, vmid-is-service: true}
  - field: VMID
  - {formula: service-id-or-9, modules: [proxmox_custom]}
services:
  101: {vmid: 1101, node: pve1, memory: 4 GB}
";
        let mapping = read(yaml).unwrap();
        assert!(mapping.reviewed && mapping.text.fix_mojibake);
        assert_eq!(mapping.statuses["completed"], ServiceStatus::Cancelled);
        assert_eq!(mapping.statuses["active"], ServiceStatus::Active);
        assert_eq!(mapping.servers[&3].value, ServerUse::Unmapped);
        let ProductUse::Plan(plan) = &mapping.products[&7].value else { panic!("a plan") };
        assert_eq!(plan.base[&Resource::Memory], 2048);
        assert!(plan.options.by_key.contains_key("ram"));
        let Use::Size(extra) = &mapping.options.by_key["extraram"].value else { panic!("a size") };
        assert_eq!(extra.operation, crate::value::Operation::Add);
        assert!(mapping.options.by_key.contains_key("os"));
        assert_eq!(mapping.images.get("4096"), Some(&Target::To { text: "debian-12".into(), site: None }));
        assert!(mapping.images.get("ubuntu_22.04|ubuntu").is_some());
        assert_eq!(mapping.locators.len(), 3);
        assert_eq!(mapping.services[&101].value.memory_mib, Some(4096));
    }

    #[rstest]
    #[case("options:\n  RAM: {role: memry}\n", 4, "memry")]
    #[case("options:\n  RAM: memry\n", 4, "memry")]
    #[case("options:\n  RAM: {role: memory, unti: GB}\n", 4, "unti")]
    #[case("options:\n  RAM: {role: memory, unit: Gbps}\n", 4, "no unit of memory")]
    #[case("options:\n  RAM: {role: memory, unit: slots}\n", 4, "is no unit")]
    #[case("options:\n  OS: {role: image, unit: GB}\n", 4, "has no unit")]
    #[case("options:\n  A: keep\n  RAM: {ignore: ''}\n", 5, "needs a reason")]
    #[case("options:\n  OS Type: keep\n  os_type: keep\n", 5, "the same name")]
    #[case("options:\n  RAM: {role: memory, values: {Big: lots}}\n", 4, "no amount of memory")]
    #[case("products:\n  7: {plan: x, base: {memory: 2}}\n", 4, "with its unit")]
    #[case("products:\n  7: {plan: x, ignore: y}\n", 4, "either")]
    #[case("servers:\n  7: {node: x}\n", 4, "`site`")]
    #[case("locators:\n  - {table: x}\n", 4, "`service`")]
    #[case("locators:\n  - {formula: magic}\n", 4, "magic")]
    #[case("services:\n  7: {vmid: 7}\n", 4, "100")]
    #[case("images:\n  A: {to: x, site: y}\n", 4, "only a region")]
    #[case("services:\n  7: {memory: 99999999999 GB}\n", 4, "more memory than a server can have")]
    #[case("services:\n  7: {cores: 4000000000}\n", 4, "more cores")]
    #[case("currencies:\n  1: €\n", 4, "no code of ISO 4217")]
    #[case("currencies:\n  1: {ignore: ''}\n", 4, "needs a reason")]
    #[case("statuses: {Active: alive}\n", 3, "alive")]
    #[case("units: {step: 12}\n", 3, "1024 or 1000")]
    fn what_is_wrong_is_told_with_its_line(#[case] yaml: &str, #[case] line: u64, #[case] text: &str) {
        let found = problems(&format!("{HEAD}{yaml}"));
        assert!(found.iter().any(|(l, t)| *l == line && t.contains(text)), "{found:?}");
    }

    #[test]
    fn a_file_of_another_version_is_refused() {
        assert_eq!(problems("version: 2\nsource: x\n"), [(1, "version must be 1".to_owned())]);
    }

    #[test]
    fn a_source_has_a_name_that_the_target_has_room_for() {
        let named = |name: &str| problems(&format!("version: 1\nsource: {name}\n"));
        assert!(named(&"é".repeat(63)).is_empty());
        assert_eq!(named(&"e".repeat(64)), [(2, "source is longer than 63 characters".to_owned())]);
    }

    #[test]
    fn the_schema_names_every_section() {
        let schema = serde_json::to_value(Mapping::schema()).unwrap();
        for section in ["products", "options", "fields", "images", "locators", "services", "reviewed"] {
            assert!(schema["properties"].get(section).is_some(), "{section}");
        }
        assert_eq!(schema["additionalProperties"], false);
    }
}
