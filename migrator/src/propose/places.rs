//! Proposes regions, plans that options choose, sites of servers, and where machines are found.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Confidence, Proposed, Shop,
    evidence::slug,
    fields::Fields,
    images::labels,
    options::Options,
    products::{ProposedProduct, Verdict},
    yaml,
};
use crate::{
    carried::LegacyId,
    mapping::TextRole,
    text::fold,
    value::halves,
    whmcs::{MODULE_TABLES, ModuleTable},
};

/// By folded label: the label, and what it means; `None` where nobody can be sure.
pub type Labels = BTreeMap<String, (String, Option<String>)>;

/// A region is called what customers see, as one word.
pub fn regions(shop: &Shop<'_>, options: &Options, fields: &Fields) -> Labels {
    let mut regions = Labels::new();
    for label in labels(shop, TextRole::Region, options, fields) {
        let shown = halves(&label).1;
        let name = slug(&shown);
        let is_name = name.contains(|c: char| c.is_ascii_alphabetic());
        regions.entry(fold(&shown)).or_insert((shown, is_name.then_some(name)));
    }
    regions
}

/// A plan that an option chooses, when a product is called that.
pub fn plans(shop: &Shop<'_>, options: &Options, products: &[ProposedProduct]) -> Labels {
    let mut plans = Labels::new();
    for label in labels(shop, TextRole::Plan, options, &Fields::default()) {
        let shown = halves(&label).1;
        let found = products.iter().find_map(|product| match &product.verdict {
            Verdict::Plan { plan, .. } if fold(&product.name) == fold(&shown) => Some(plan.clone()),
            _ => None,
        });
        plans.entry(fold(&shown)).or_insert((shown, found));
    }
    plans
}

/// Servers that carried services are on: by id, the name and the entry.
pub fn servers(shop: &Shop<'_>, carried: &BTreeSet<LegacyId>) -> BTreeMap<LegacyId, (String, Proposed)> {
    let mut counts: BTreeMap<LegacyId, u64> = BTreeMap::new();
    for row in shop.seen.services.iter().filter(|row| carried.contains(&row.product)) {
        *counts.entry(row.server).or_insert(0) += row.count;
    }
    let sites: Vec<&str> =
        shop.inventory.iter().flat_map(|inventory| inventory.sites.keys()).map(String::as_str).collect();
    let mut servers = BTreeMap::new();
    for (id, count) in counts {
        let Some(server) = shop.catalogue.servers.get(&id) else { continue };
        let name = shop.text(&server.name);
        let node = node(shop, id, &[&name, &server.hostname, &server.ipaddress]);
        let node_entry = node.as_ref().map_or(String::new(), |(node, _)| format!(", node: {}", yaml::text(node)));
        let why = node.as_ref().map_or(String::new(), |(_, why)| format!("; {why}"));
        let proposed = if let [site] = sites.as_slice() {
            Proposed {
                entry: format!("{{name: {}, site: {}{node_entry}}}", yaml::text(&name), yaml::text(site)),
                evidence: format!("{count} services; the inventory has one site only{why}"),
                confidence: Confidence::Medium,
            }
        } else {
            let candidates = if sites.is_empty() { "the name of its ProxmoxSite".to_owned() } else { sites.join(", ") };
            let evidence = format!(
                "`{name}`, {count} services; only you know its site: write {{site: …{node_entry}}} (candidates: \
                 {candidates}){why}"
            );
            Proposed { entry: "unmapped".to_owned(), evidence, confidence: Confidence::Low }
        };
        servers.insert(id, (name, proposed));
    }
    servers
}

/// The one node that a server of WHMCS stands for, and why.
fn node(shop: &Shop<'_>, server: LegacyId, names: &[&str]) -> Option<(String, &'static str)> {
    let of_module: BTreeSet<&str> =
        shop.catalogue.pve_nodes.values().filter(|node| node.server == server).map(|node| node.name.trim()).collect();
    if let (Some(node), 1) = (of_module.first(), of_module.len()) {
        return Some(((*node).to_owned(), "mod_pvewhmcs_nodes names its node"));
    }
    let known: BTreeSet<&str> = shop
        .inventory
        .iter()
        .flat_map(|inventory| inventory.sites.values())
        .flatten()
        .map(|m| m.node.as_str())
        .collect();
    let words: BTreeSet<String> = names
        .iter()
        .flat_map(|name| name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')))
        .map(str::to_ascii_lowercase)
        .collect();
    let found: Vec<&&str> = known.iter().filter(|node| words.contains(&node.to_ascii_lowercase())).collect();
    match found.as_slice() {
        [node] => Some(((**node).to_owned(), "a node of the inventory has its name")),
        _ => None,
    }
}

/// Where machines are found: tables of modules, then fields, then formulas. Each with why.
pub fn locators(shop: &Shop<'_>, fields: &Fields) -> Vec<Proposed> {
    let mut locators = Vec::new();
    for known in MODULE_TABLES {
        let ModuleTable { table, service, vmid, node, address, mac, vmid_is_service, must_match, .. } = known;
        let Some((_, rows)) = shop.seen.modules.iter().find(|(name, _)| name.eq_ignore_ascii_case(table)) else {
            continue;
        };
        let mut parts = vec![format!("table: {table}"), format!("service: {service}")];
        for (name, column) in [("vmid", vmid), ("node", node), ("address", address), ("mac", mac)] {
            parts.extend(column.map(|column| format!("{name}: {column}")));
        }
        if *vmid_is_service {
            parts.push("vmid-is-service: true".to_owned());
        }
        if *must_match {
            parts.push("must-match: true".to_owned());
        }
        let evidence = format!("{rows} rows of a module's own table");
        locators.push(Proposed { entry: format!("{{{}}}", parts.join(", ")), evidence, confidence: Confidence::High });
    }
    for (key, (name, _)) in &fields.vmids {
        // Some modules number machines by themselves: their number is one of Proxmox only when the machine agrees.
        let is_own = matches!(key.as_str(), "vmid" | "proxmoxid" | "proxmoxvmid" | "pvevmid" | "vmidproxmox");
        let entry = if is_own {
            format!("{{field: {}}}", yaml::text(name))
        } else {
            format!("{{field: {}, must-match: true}}", yaml::text(name))
        };
        let evidence = "a field with a machine's number".to_owned();
        locators.push(Proposed { entry, evidence, confidence: Confidence::Medium });
    }
    let has_custom =
        shop.catalogue.products.values().any(|p| p.servertype.trim().eq_ignore_ascii_case("proxmox_custom"));
    if has_custom {
        locators.push(Proposed {
            entry: "{formula: service-id-or-9, modules: [proxmox_custom]}".to_owned(),
            evidence: "that module numbers machines so; believed only when the machine's name or address agrees"
                .to_owned(),
            confidence: Confidence::Medium,
        });
    }
    locators
}
