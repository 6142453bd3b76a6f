//! Before a number is taken: is there a VM already that carries this server's name, and that no status names?

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

use jiff::SignedDuration;
use kube::Api;
use proxmox_client::{Fault, GuestRow, NodeName, ProxmoxAnswer, ProxmoxRequest, Vmid};
use slipway_crds::{ProxmoxSite, VirtualServerStatus};

use super::{context::Context, desired::Desired, observed::PreviousVm};
use crate::{
    catalogue::Catalogue,
    kubernetes::timed,
    mark::{self, Mark, MarkState},
    site::Site,
};

/// For so long a VM of ours may be outside our pool.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Rows that were read directly and are not ours; a verdict is kept while its row is unchanged.
#[derive(Debug, Default)]
pub struct KnownForeign(Mutex<HashMap<(String, Vmid), GuestRow>>);

impl KnownForeign {
    fn holds(&self, site: &str, row: &GuestRow) -> bool {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&(site.to_owned(), row.vmid)) == Some(row)
    }

    fn put(&self, site: &str, row: &GuestRow) {
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.insert((site.to_owned(), row.vmid), row.clone());
    }
}

/// A VM of this namespace and name; `Err` says why that is not known now.
pub(super) async fn previous(
    ctx: &Context,
    site: &Site,
    desired: &Desired,
    status: &VirtualServerStatus,
) -> Result<Option<PreviousVm>, String> {
    if status.vmid.is_some() {
        return Ok(None);
    }
    let name = &desired.identity;
    // A person decided about these.
    let settled =
        |uid: &str| desired.undelete.as_ref().is_some_and(|u| u.uid == uid) || desired.fresh.as_deref() == Some(uid);
    // What is adopted is judged by its own rules.
    let is_adopted = |vmid: u32| desired.adopt.as_ref().is_some_and(|a| a.vmid == vmid);
    let of_this_name = |mark: &Mark| {
        let found = &mark.identity;
        (&found.installation, &found.namespace, &found.name) == (&name.installation, &name.namespace, &name.name)
            && !settled(&found.uid)
            && !is_adopted(mark.vmid.get())
    };
    if let Some((mark, node)) = find_marked(ctx, site, of_this_name).await? {
        let owned = mark.state != MarkState::Provisional;
        return Ok(Some(PreviousVm { uid: mark.identity.uid, vmid: mark.vmid, node: Some(node), owned }));
    }
    let kept = ctx.catalogue.retained.state().into_iter().find(|r| {
        r.spec.namespace == name.namespace
            && r.spec.name == name.name
            && r.spec.uid != name.uid
            && !settled(&r.spec.uid)
            && !is_adopted(r.spec.vmid)
    });
    Ok(kept.and_then(|kept| {
        Some(PreviousVm {
            uid: kept.spec.uid.clone(),
            vmid: Vmid::try_from(kept.spec.vmid).ok()?,
            node: None,
            owned: true,
        })
    }))
}

/// Reads every row of our pool or range that nobody names; the tag says nothing, its absence proves nothing.
/// Answers the first whose mark is `wanted`, and where it is.
pub(super) async fn find_marked(
    ctx: &Context,
    site: &Site,
    wanted: impl Fn(&Mark) -> bool,
) -> Result<Option<(Mark, NodeName)>, String> {
    let rows =
        unnamed_rows(&ctx.catalogue, site).ok_or_else(|| "the site's inventory has not been read yet".to_owned())?;
    for row in rows {
        if ctx.foreign.holds(&site.name, &row) {
            continue;
        }
        let (node, vmid) = (row.node.clone(), row.vmid);
        let unsure = |why: &str| format!("VM {vmid} on node {node} may be this server's and cannot be read: {why}");
        let config = match site.call(&ProxmoxRequest::Config { node: node.clone(), vmid }).await {
            Ok(ProxmoxAnswer::Config(config)) => config,
            // Gone since the inventory was read.
            Err(error) if error.fault == Fault::Missing => continue,
            Err(error) if waits_for(ctx, site, &row, &error.message).await => return Err(unsure(&error.message)),
            Ok(_) | Err(_) => continue,
        };
        let Some(mark) = mark::find(config.description()) else {
            if let Some(lock) = config.lock().filter(|l| ["clone", "create"].contains(l)) {
                let why = format!("it is locked ({lock})");
                if waits_for(ctx, site, &row, &why).await {
                    return Err(unsure(&why));
                }
                continue;
            }
            site.judged(vmid);
            ctx.foreign.put(&site.name, &row);
            continue;
        };
        site.judged(vmid);
        // A copy inherits its original's mark, but not its number.
        if mark.vmid == vmid && wanted(&mark) {
            return Ok(Some((mark, node)));
        }
    }
    Ok(None)
}

/// Whether a VM that cannot be judged now may be ours. In our pool it may be, for as long as it takes. Outside, a VM of
/// ours is for minutes only, since Proxmox adds a clone to its pool last; and on a number that was never handed out, never.
/// A stranger's VM must not hold up everybody's.
async fn waits_for(ctx: &Context, site: &Site, row: &GuestRow, why: &str) -> bool {
    let now = ctx.ambient.now();
    let since = site.cannot_judge(row, why, now);
    if site.is_in_pool(row) {
        return true;
    }
    if now.duration_since(since) >= PATIENCE {
        return false;
    }
    let sites: Api<ProxmoxSite> = Api::all(ctx.client.clone());
    let next = timed(sites.get(&site.name)).await.ok().and_then(|site| site.status?.next_vmid);
    next.is_none_or(|next| row.vmid.get() < next)
}

/// VMs in our pool or range that no status and no record names; none while there is no inventory.
pub(crate) fn unnamed_rows(catalogue: &Catalogue, site: &Site) -> Option<Vec<GuestRow>> {
    let (pool, range) = (site.pool(), site.spec.vmid_range.start..=site.spec.vmid_range.end);
    let is_near =
        |row: &GuestRow| row.kind == "qemu" && (row.pool.as_deref() == Some(&pool) || range.contains(&row.vmid.get()));
    Some(strangers(catalogue, site)?.into_iter().filter(is_near).collect())
}

/// The same wherever they are, and containers.
pub(super) fn strangers(catalogue: &Catalogue, site: &Site) -> Option<Vec<GuestRow>> {
    let inventory = site.inventory()?;
    let servers = catalogue.servers.state();
    let retained = catalogue.retained.state();
    let named: HashSet<u32> = servers
        .iter()
        .filter(|s| s.spec.site_ref == site.name)
        .filter_map(|s| s.status.as_ref()?.vmid)
        .chain(site.quarantined())
        .chain(retained.iter().filter(|r| r.spec.site_ref == site.name).map(|r| r.spec.vmid))
        .collect();
    let is_unnamed = |row: &GuestRow| !row.template && !named.contains(&row.vmid.get());
    Some(inventory.guests.values().filter(|row| is_unnamed(row)).cloned().collect())
}
