//! What the target's catalogue has, as the API mirrors it from Kubernetes.

use std::collections::BTreeSet;

use sqlx::PgPool;

use super::TargetError;
use super::wish::{Offer, Size, Subnet};
use crate::mapping::{Mapping, ProductUse, ServerUse, Target};

pub async fn offer(pool: &PgPool) -> Result<Offer, TargetError> {
    let plans = sqlx::query!("select name, cores, memory_mib, disk_gib from plans").fetch_all(pool).await?;
    let images = sqlx::query_scalar!("select name from images").fetch_all(pool).await?;
    let sites = sqlx::query!("select name, default_network from sites").fetch_all(pool).await?;
    let pools = sqlx::query_scalar!("select subnet from address_pools").fetch_all(pool).await?;
    let size = |cores, memory_mib, disk_gib| Size { cores, memory_mib, disk_gib };
    Ok(Offer {
        plans: plans.into_iter().map(|p| (p.name, size(p.cores, p.memory_mib, p.disk_gib))).collect(),
        images: images.into_iter().collect(),
        sites: sites.into_iter().map(|site| (site.name, site.default_network)).collect(),
        pools: pools.iter().filter_map(|subnet| Subnet::parse(subnet)).collect(),
    })
}

/// What the mapping names and the catalogue does not have, as `ServerPlan vps-small`.
pub fn missing(mapping: &Mapping, offer: &Offer) -> Vec<String> {
    let mut missing = BTreeSet::new();
    let mut need = |kind: &str, name: &str, is_there: bool| {
        if !is_there {
            missing.insert(format!("{kind} {name}"));
        }
    };
    for entry in mapping.products.values() {
        let ProductUse::Plan(plan) = &entry.value else { continue };
        if let Some(name) = &plan.plan {
            need("ServerPlan", name, offer.plans.contains_key(name));
        }
        if let Some(site) = &plan.site {
            need("ProxmoxSite", site, offer.sites.contains_key(site));
        }
    }
    for entry in mapping.servers.values() {
        if let ServerUse::Site { site, .. } = &entry.value {
            need("ProxmoxSite", site, offer.sites.contains_key(site));
        }
    }
    for name in targets(&mapping.images) {
        need("OSImage", &name, offer.images.contains(&name));
    }
    for name in targets(&mapping.plans) {
        need("ServerPlan", &name, offer.plans.contains_key(&name));
    }
    missing.into_iter().collect()
}

/// The images that the mapping names.
pub fn images(mapping: &Mapping) -> Vec<String> {
    targets(&mapping.images)
}

fn targets(table: &crate::mapping::Table) -> Vec<String> {
    let to = table.by_value.values().filter_map(|target| match &target.value {
        Target::To { text, .. } => Some(text.clone()),
        _ => None,
    });
    to.collect()
}
