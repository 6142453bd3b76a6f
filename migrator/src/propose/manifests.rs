//! The catalogue that a mapping needs, as manifests. What only the host knows stands there empty, and says so: nothing
//! accepts it before it is filled in.

use std::{
    collections::BTreeMap,
    fmt::Write,
    net::{IpAddr, Ipv4Addr},
};

use super::{
    Shop,
    evidence::slug,
    images::Images,
    options::Options,
    products::{ProposedProduct, Verdict},
    yaml::text,
};
use crate::{carried::LegacyId, value::Resource, whmcs::PveAddress};

pub fn write(shop: &Shop<'_>, products: &[ProposedProduct], images: &Images, options: &Options) -> String {
    let mut out = String::from(
        "# The plans, images, networks and pools that mapping.yaml names. Read it, fill in what is empty (each place says\n\
         # what is missing), and apply it: `slipway-migrate run` refuses while one is missing.\n",
    );
    for product in products {
        if let Verdict::Plan { plan, base } = &product.verdict {
            write_plan(&mut out, shop, product, plan, base, options);
        }
    }
    let mut written: Vec<&str> = Vec::new();
    for (label, system) in images.values() {
        let Some(system) = system else { continue };
        if written.contains(&system.image.as_str()) {
            continue;
        }
        written.push(&system.image);
        head(&mut out, "OSImage", &system.image);
        let _ = write!(
            out,
            "  displayName: {}\n  osFamily: {}\n  version: {}\n  defaultUser: {}\n  # The name and the tag that its template \
             has on Proxmox: only you know them.\n  templateName: \"\"\n  templateTag: \"\"\n",
            text(label),
            system.family,
            serde_json::json!(system.version),
            system.user
        );
        write_templates(&mut out, shop, label);
    }
    write_networks(&mut out, shop);
    out
}

fn head(out: &mut String, kind: &str, name: &str) {
    let _ = write!(out, "---\napiVersion: slipway.dev/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n");
}

fn write_plan(
    out: &mut String,
    shop: &Shop<'_>,
    product: &ProposedProduct,
    plan: &str,
    base: &BTreeMap<Resource, u64>,
    options: &Options,
) {
    head(out, "ServerPlan", plan);
    let _ = writeln!(out, "  displayName: {}", text(&product.name));
    let offered = |resource: Resource| -> Option<(u64, u64)> {
        let options = options.sizes.iter().filter(|(id, is)| *is == resource && shop.offered[id].contains(&product.id));
        let amounts: Vec<u64> = options.flat_map(|(id, _)| amounts(shop, *id, resource)).collect();
        Some((*amounts.iter().min()?, *amounts.iter().max()?))
    };
    for (field, resource) in [("cores", Resource::Cores), ("memoryMiB", Resource::Memory), ("diskGiB", Resource::Disk)]
    {
        match (base.get(&resource), offered(resource)) {
            (Some(amount), _) => {
                let _ = writeln!(out, "  {field}: {amount}");
            }
            (None, Some((least, _))) => {
                let _ = writeln!(
                    out,
                    "  # The least that its options offer; services with more have a size of their own.\n  {field}: {least}"
                );
            }
            (None, None) => {
                let _ = writeln!(out, "  # Nothing says it: write the plan's own.\n  {field}: null");
            }
        }
    }
    let most = base.get(&Resource::Disk).copied().max(offered(Resource::Disk).map(|(_, most)| most));
    match most {
        Some(most) => {
            let _ = writeln!(out, "  maxDiskGiB: {most}");
        }
        None => out.push_str("  maxDiskGiB: null\n"),
    }
}

/// The amounts that the choices of a list say.
fn amounts(shop: &Shop<'_>, option: LegacyId, resource: Resource) -> Vec<u64> {
    use crate::value::{Amount, Step, amount, halves};
    let read = |text: &str| match amount(text, resource, None, Step::Binary) {
        Some(Amount::Exactly(amount)) if amount.is_integer() => u64::try_from(amount).ok().filter(|n| *n > 0),
        _ => None,
    };
    let is_list = shop.catalogue.options.get(&option).is_some_and(|option| {
        matches!(option.kind, crate::whmcs::OptionKind::Dropdown | crate::whmcs::OptionKind::Radio)
    });
    let choices = if is_list { shop.choices(option) } else { Vec::new() };
    choices.iter().filter_map(|(_, text)| read(&halves(text).1).or_else(|| read(&halves(text).0))).collect()
}

fn write_templates(out: &mut String, shop: &Shop<'_>, label: &str) {
    let same = |title: &str| crate::text::fold(&shop.text(title)) == crate::text::fold(label);
    let found: Vec<_> = shop.catalogue.pve_templates.iter().filter(|template| same(&template.title)).collect();
    if found.is_empty() {
        out.push_str("  # Where it is: as {siteRef: fra1, node: pve1, vmid: 9000}.\n  templates: []\n");
        return;
    }
    out.push_str("  # From mod_pvewhmcs_templates; write the name of the site.\n  templates:\n");
    for template in found {
        let node = shop.catalogue.pve_nodes.get(&template.node).map_or("", |node| node.name.trim());
        let vmid = template.tpl_id.map_or_else(|| "null".to_owned(), |id| id.to_string());
        let _ = writeln!(out, "    - {{siteRef: \"\", node: {}, vmid: {vmid}}}", text(node));
    }
}

/// Pools of the module's own; without them, only the host knows its networks.
fn write_networks(out: &mut String, shop: &Shop<'_>) {
    let mut pools: BTreeMap<LegacyId, Vec<&PveAddress>> = BTreeMap::new();
    for address in &shop.catalogue.pve_addresses {
        pools.entry(address.pool).or_default().push(address);
    }
    if pools.is_empty() {
        out.push_str(
            "---\n# The database does not say which networks and address pools there are. Every address that services have \
             must lie\n# in an AddressPool, and each site needs a Network that names it: add both here.\n",
        );
        return;
    }
    let bridges: Vec<String> = shop
        .catalogue
        .pve_plans
        .values()
        .map(|plan| format!("{}{}", plan.bridge.trim(), plan.vmbr.map_or(String::new(), |n| n.to_string())))
        .collect();
    let bridge = bridges.first().filter(|first| bridges.iter().all(|bridge| bridge == *first));
    let mut names = Vec::new();
    for (id, addresses) in pools {
        let title = slug(&shop.text(&addresses[0].pool_title));
        let name = if title.is_empty() { format!("pool-{id}") } else { title };
        write_pool(out, &name, &addresses);
        names.push(name);
    }
    head(out, "Network", "public");
    let _ = write!(
        out,
        "  # The sites that have it: only you know their names.\n  siteRefs: []\n  # {}\n  bridge: {}\n  pools: [{}]\n  \
         allowedNamespaces: [\"*\"]\n",
        if bridge.is_some() { "As the module's plans have it." } else { "The module's plans name several: say which." },
        bridge.map_or_else(|| "\"\"".to_owned(), |bridge| text(bridge)),
        names.join(", ")
    );
}

fn write_pool(out: &mut String, name: &str, addresses: &[&PveAddress]) {
    head(out, "AddressPool", name);
    let gateway: Option<Ipv4Addr> = addresses[0].gateway.trim().parse().ok();
    let prefix = addresses[0].mask.trim().parse::<Ipv4Addr>().ok().map(|mask| u32::from(mask).count_ones());
    let subnet = gateway.zip(prefix).map(|(gateway, prefix)| {
        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
        format!("{}/{prefix}", Ipv4Addr::from(u32::from(gateway) & mask))
    });
    let _ = writeln!(out, "  scope: public");
    match (subnet, gateway) {
        (Some(subnet), Some(gateway)) => {
            let _ = writeln!(out, "  subnet: {subnet}\n  gateway: {gateway}");
        }
        _ => out.push_str("  # The module's pool has no gateway or mask that can be read: write both.\n  subnet: \"\"\n  gateway: \"\"\n"),
    }
    out.push_str("  ranges:\n");
    let mut numbers: Vec<u32> = addresses
        .iter()
        .filter_map(|row| match row.address.trim().parse() {
            Ok(IpAddr::V4(address)) => Some(u32::from(address)),
            _ => None,
        })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    for run in numbers.chunk_by(|a, b| *b == a + 1) {
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            let (first, last) = (Ipv4Addr::from(*first), Ipv4Addr::from(*last));
            let _ = writeln!(out, "    - {{first: {first}, last: {last}}}");
        }
    }
}
