//! What a site has that could be adopted, page by page, for the internal endpoint: nothing is written.

use std::collections::BTreeSet;

use kube::{Api, ResourceExt as _};
use proxmox_client::{GuestRow, ProxmoxRequest};
use serde::{Deserialize, Serialize};
use slipway_crds::{ProxmoxSite, VirtualServerSpec};

use super::{
    choose::{Choice, Known, Scope, choose, number_of},
    is_readable, show, vm_of,
};
use crate::{
    kubernetes::{KubernetesError, timed},
    server::context::Context,
    site::Site,
};

/// VMs on a page that names no limit, and on any.
const LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// Which VMs of the site are meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Page {
    /// This one alone.
    vmid: Option<u32>,
    /// Those with higher numbers.
    after: Option<u32>,
    limit: Option<usize>,
}

/// A page of the site's VMs in the order of their numbers; those of living servers are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    machines: Vec<Machine>,
    /// `after` of the next page, if there is one.
    next: Option<u32>,
    total: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    vmid: u32,
    node: String,
    name: String,
    running: bool,
    /// The Proxmox pool that it is in.
    pool: Option<String>,
    /// Why it cannot be adopted.
    skipped: Option<String>,
    /// The server that would adopt it.
    spec: Option<Box<VirtualServerSpec>>,
    /// What root has to type first, because it is outside of the installation's pool.
    command: Option<String>,
}

/// Rows come from the inventory, configurations are read now.
pub async fn preview(ctx: &Context, site: &Site, page: &Page) -> Result<Preview, KubernetesError> {
    let object = timed(Api::<ProxmoxSite>::all(ctx.client.clone()).get(&site.name)).await?;
    let known = known(ctx, site, object.spec.default_network);
    let owned: BTreeSet<u32> = ctx
        .catalogue
        .servers
        .state()
        .iter()
        .filter(|server| server.spec.site_ref == site.name)
        .filter_map(|server| number_of(server))
        .collect();
    let inventory = site.inventory();
    let rows: Vec<&GuestRow> = inventory
        .iter()
        .flat_map(|inventory| inventory.guests.values())
        .filter(|row| !owned.contains(&row.vmid.get()) && page.vmid.is_none_or(|vmid| vmid == row.vmid.get()))
        .collect();
    let rest = rows.iter().filter(|row| page.after.is_none_or(|after| row.vmid.get() > after));
    let limit = page.limit.unwrap_or(LIMIT).clamp(1, MAX_LIMIT);
    let mut machines = Vec::new();
    for row in rest.clone().take(limit) {
        machines.push(machine(site, &known, row).await);
    }
    let next = machines.last().map(|last| last.vmid).filter(|_| rest.count() > limit);
    Ok(Preview { machines, next, total: rows.len() })
}

pub(super) fn known(ctx: &Context, site: &Site, default_network: String) -> Known {
    let retained = ctx.catalogue.retained.state();
    let retained = retained.iter().filter(|record| record.spec.site_ref == site.name);
    Known {
        site: site.name.clone(),
        installation: site.installation.clone(),
        default_network,
        // Their VMs were left out, and their names are not in the way: the caller names the server.
        servers: Vec::new(),
        retained: retained.map(|record| record.spec.vmid).collect(),
        networks: ctx.catalogue.networks.state().iter().map(|network| (**network).clone()).collect(),
    }
}

async fn machine(site: &Site, known: &Known, row: &GuestRow) -> Machine {
    let answer = if is_readable(row) {
        Some(site.call(&ProxmoxRequest::Config { node: row.node.clone(), vmid: row.vmid }).await)
    } else {
        None
    };
    // Whether it may leave another pool is for the caller to ask.
    let scope = Scope { move_pool: true, ..Scope::default() };
    let choice = choose(known, &scope, vec![vm_of(row.clone(), answer)]).pop();
    let mut machine = Machine {
        vmid: row.vmid.get(),
        node: row.node.to_string(),
        name: row.name.clone(),
        running: row.status == "running",
        pool: row.pool.clone(),
        skipped: None,
        spec: None,
        command: None,
    };
    match choice {
        Some(Choice::Adopt { server, outside, .. }) => {
            let name = server.name_any();
            let mut spec = server.spec;
            spec.hostname.get_or_insert(name);
            machine.command =
                outside.then(|| show::into_pool(&known.installation, &row.vmid.to_string(), row.pool.is_some()));
            machine.spec = Some(Box::new(spec));
        }
        Some(Choice::Skip { why, .. }) => machine.skipped = Some(why),
        None => {}
    }
    machine
}
