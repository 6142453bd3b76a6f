//! Proposes which products become plans, and what they have before their options.

use std::collections::BTreeMap;

use super::{Confidence, Shop, evidence::slug, names};
use crate::{
    carried::LegacyId,
    value::{Amount, Resource, Step, amount},
    whmcs::{Product, PvePlan},
};

#[derive(Debug, Clone, PartialEq)]
pub struct ProposedProduct {
    pub id: LegacyId,
    pub name: String,
    pub verdict: Verdict,
    pub evidence: String,
    pub confidence: Confidence,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Plan { plan: String, base: BTreeMap<Resource, u64> },
    Ignore(String),
    Unmapped,
}

impl ProposedProduct {
    pub fn is_carried(&self) -> bool {
        matches!(self.verdict, Verdict::Plan { .. })
    }
}

/// Modules that make virtual machines, by a part of their folder's name.
const VIRTUAL: [&str; 14] = [
    "proxmox",
    "pvewhmcs",
    "pve",
    "kvm",
    "virtualizor",
    "solusvm",
    "solusio",
    "virtfusion",
    "onapp",
    "vps",
    "openstack",
    "vmware",
    "convoy",
    "libvirt",
];
/// Modules that make something else.
const OTHER: [&str; 26] = [
    "cpanel",
    "plesk",
    "directadmin",
    "pterodactyl",
    "tcadmin",
    "gamecp",
    "multicraft",
    "wisp",
    "pelican",
    "cwp",
    "centoswebpanel",
    "interworx",
    "ispconfig",
    "enhance",
    "licens",
    "ssl",
    "mailchannels",
    "spamexperts",
    "domain",
    "reseller",
    "teamspeak",
    "centovacast",
    "sonicpanel",
    "wordpress",
    "softaculous",
    "autorelease",
];

pub fn propose(shop: &Shop<'_>) -> Vec<ProposedProduct> {
    let mut ids: Vec<LegacyId> = shop.catalogue.products.keys().copied().collect();
    ids.sort_unstable();
    let mut taken: BTreeMap<String, LegacyId> = BTreeMap::new();
    let mut proposed: Vec<ProposedProduct> = ids.iter().map(|id| one(shop, &shop.catalogue.products[id])).collect();
    for product in &mut proposed {
        if let Verdict::Plan { plan, .. } = &mut product.verdict {
            if plan.is_empty() || taken.contains_key(plan.as_str()) {
                *plan = format!("{}{}{}", plan, if plan.is_empty() { "product-" } else { "-" }, product.id);
            }
            taken.insert(plan.clone(), product.id);
        }
    }
    proposed
}

fn one(shop: &Shop<'_>, product: &Product) -> ProposedProduct {
    let name = shop.text(&product.name);
    let services = shop.services.get(&product.id).copied().unwrap_or(0);
    let module = product.servertype.trim();
    let lower = module.to_ascii_lowercase();
    let has = |list: &[&str]| list.iter().any(|part| lower.contains(part));
    let (verdict, why, confidence) = if !module.is_empty() && has(&OTHER) {
        let reason = format!("the module {module} makes no virtual machines");
        (Verdict::Ignore(reason.clone()), reason, Confidence::High)
    } else if has(&VIRTUAL) {
        let (base, said) = base(shop, product, &lower);
        let why = format!("the module {module} makes virtual machines; {said}");
        (Verdict::Plan { plan: slug(&name), base }, why, Confidence::High)
    } else if module.is_empty() && !asks_for_a_size(shop, product.id) {
        let reason = "no module provisions it, and no option of it is a size".to_owned();
        (Verdict::Ignore(reason.clone()), reason, Confidence::Medium)
    } else if matches!(product.kind.trim(), "hostingaccount" | "reselleraccount") && !asks_for_a_size(shop, product.id)
    {
        let reason = format!("it is a hosting account of the module {module}, and no option of it is a size");
        (Verdict::Ignore(reason.clone()), reason, Confidence::Medium)
    } else {
        let what = if module.is_empty() {
            "no module provisions it".to_owned()
        } else {
            format!("nothing is known of the module {module}")
        };
        let why = format!("{what} (candidates: {{plan: {}}}, {{ignore: why}})", slug(&name));
        (Verdict::Unmapped, why, Confidence::Low)
    };
    let evidence = format!("{services} services; {why}");
    ProposedProduct { id: product.id, name, verdict, evidence, confidence }
}

fn asks_for_a_size(shop: &Shop<'_>, product: LegacyId) -> bool {
    let mut options = shop.catalogue.options.values().filter(|option| shop.offered[&option.id].contains(&product));
    options.any(|option| {
        let name = shop.name(&option.name);
        let hint = name.keys.iter().find_map(|key| names::hint(key));
        matches!(hint, Some(names::Hint::Size(Resource::Memory | Resource::Cores | Resource::Disk)))
    })
}

/// What the module's own settings say of the size, and how that is known.
fn base(shop: &Shop<'_>, product: &Product, module: &str) -> (BTreeMap<Resource, u64>, String) {
    let setting = |at: usize| product.settings.get(at - 1).map_or("", |text| text.trim());
    if module.contains("pvewhmcs") {
        let plan = setting(1).parse().ok().and_then(|id: LegacyId| shop.catalogue.pve_plans.get(&id));
        return match plan {
            Some(plan) => {
                (of_plan(plan), format!("row {} of mod_pvewhmcs_plans (`{}`) has its size", plan.id, plan.title))
            }
            None => (BTreeMap::new(), "its plan in mod_pvewhmcs_plans is not there".to_owned()),
        };
    }
    if module == "proxmox_custom" {
        let whole = |at: usize, resource, unit: &str| {
            let read = amount(setting(at), resource, unit.parse().ok(), Step::Binary);
            match read {
                Some(Amount::Exactly(amount)) if amount.is_integer() => u64::try_from(amount).ok().filter(|n| *n > 0),
                _ => None,
            }
        };
        let sizes = [
            (Resource::Cores, whole(3, Resource::Cores, "cores")),
            (Resource::Memory, whole(4, Resource::Memory, "MB")),
            (Resource::Disk, whole(5, Resource::Disk, "GB")),
        ];
        let base: BTreeMap<Resource, u64> =
            sizes.into_iter().filter_map(|(resource, n)| Some((resource, n?))).collect();
        return (base, "its settings 3 to 5 are cores, RAM in MB and disk in GB".to_owned());
    }
    (BTreeMap::new(), "its settings say no size that is known, so options have to".to_owned())
}

fn of_plan(plan: &PvePlan) -> BTreeMap<Resource, u64> {
    let cores = u64::from(plan.cores.unwrap_or(1).max(1)) * u64::from(plan.cpus.unwrap_or(1).max(1));
    let mut base = BTreeMap::from([(Resource::Cores, cores)]);
    if plan.memory > 0 {
        base.insert(Resource::Memory, plan.memory);
    }
    if let Some(disk) = plan.disk.filter(|disk| *disk > 0) {
        base.insert(Resource::Disk, disk);
    }
    base
}
