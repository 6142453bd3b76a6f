//! The sweep: a clone of ours that was never configured and that nobody owns is removed; every other VM that nothing
//! accounts for is told, and left to a person.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, api::ListParams};
use proxmox_client::{GuestRow, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Vmid};
use slipway_crds::{ProxmoxSiteStatus, RetainedServer, VirtualServer, VirtualServerAction};

use super::{
    Site,
    keeper::{Keeper, KeeperError},
    orphans::{self, Bounds, Judgement, Owners, Vm},
};
use crate::{
    kubernetes::{KubernetesError, replace_status, timed},
    mark::{self, Mark, MarkState},
    server::previous::unnamed_rows,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Keeper {
    /// Looks at what no server and no record names, writes it down, and removes one blank clone at the most.
    pub async fn sweep(&self, site: &Site) -> Result<(), KeeperError> {
        if site.view(None).frozen.is_some() {
            return Ok(());
        }
        let Some(rows) = unnamed_rows(&self.catalogue, site) else { return Ok(()) };
        let mut vms = Vec::new();
        for row in rows.into_iter().filter(|row| !site.is_foreign(row)) {
            // One that cannot be read now is looked at next time.
            if let Ok(Some(vm)) = read(site, row).await {
                vms.push(vm);
            }
        }
        let owners = self.owners(&vms).await?;
        for vm in &mut vms {
            vm.other_is_owned = self.has_another(site, &owners, vm).await;
        }
        let now = self.ambient.now();
        let next = self.object().await?.status.and_then(|s| s.next_vmid);
        let pool = site.pool();
        let bounds = bounds(site, &pool, next);
        let found: Vec<_> = vms.iter().map(|vm| (vm, orphans::judge(vm, &owners, &bounds))).collect();
        for (vm, _) in found.iter().filter(|(_, j)| *j == Judgement::Foreign) {
            site.remember_foreign(&vm.row);
        }
        let orphans = self.write_orphans(&found, now).await?;
        match orphans::due(&orphans, &found, now) {
            Some(vm) => self.remove(site, &vm.row, now).await,
            None => Ok(()),
        }
    }

    /// Uncached where anything may be removed; the cache is good enough to tell.
    async fn owners(&self, vms: &[Vm]) -> Result<Owners, KeeperError> {
        if vms.iter().any(|vm| mark_of(vm).is_some_and(|m| m.state == MarkState::Provisional)) {
            return Ok(self.all_owners().await?);
        }
        let (servers, records) = (self.catalogue.servers.state(), self.catalogue.retained.state());
        let actions = self.catalogue.actions.state();
        Ok(Owners::of(
            &self.name,
            servers.iter().map(AsRef::as_ref),
            records.iter().map(AsRef::as_ref),
            actions.iter().map(AsRef::as_ref),
        ))
    }

    /// Servers first: one that goes in between leaves a record behind.
    async fn all_owners(&self) -> Result<Owners, KubernetesError> {
        let all = ListParams::default();
        let servers = timed(Api::<VirtualServer>::all(self.client.clone()).list(&all)).await?.items;
        let actions = timed(Api::<VirtualServerAction>::all(self.client.clone()).list(&all)).await?.items;
        let records = timed(Api::<RetainedServer>::all(self.client.clone()).list(&all)).await?.items;
        Ok(Owners::of(&self.name, servers.iter(), records.iter(), actions.iter()))
    }

    /// Whether the one for whom a VM was cloned has another that was configured.
    async fn has_another(&self, site: &Site, owners: &Owners, vm: &Vm) -> bool {
        let Some(mark) = mark_of(vm) else { return false };
        let Some(other) = owners.other_vm(&mark).and_then(|n| Vmid::try_from(n).ok()) else { return false };
        let Some(node) = site.view(Some(other)).guest_node else { return false };
        match site.call(&ProxmoxRequest::Config { node, vmid: other }).await {
            Ok(ProxmoxAnswer::Config(config)) => mark::find(config.description()).is_some_and(|found| {
                found.identity == mark.identity && found.vmid == other && found.state == MarkState::Owned
            }),
            _ => false,
        }
    }

    async fn write_orphans(
        &self,
        found: &[(&Vm, Judgement)],
        now: Timestamp,
    ) -> Result<Vec<slipway_crds::Orphan>, KubernetesError> {
        self.change_status(|status| {
            let orphans = orphans::list(&status.orphans, found, now);
            status.orphans.clone_from(&orphans);
            Some(orphans)
        })
        .await
        .map(Option::unwrap_or_default)
    }

    /// Counted first, so that a crash can only count one too many; then everything is looked at once more.
    async fn remove(&self, site: &Site, row: &GuestRow, now: Timestamp) -> Result<(), KeeperError> {
        let most = self.spec.limits.sweeps_per_hour as usize;
        let counted = self.change_status(|status| {
            let sweeps = &mut status.brakes.get_or_insert_default().sweeps;
            sweeps.retain(|t| now.duration_since(t.0) < HOUR);
            (sweeps.len() < most).then(|| sweeps.push(Time(now)))
        });
        if counted.await?.is_none() {
            return Ok(());
        }
        let owners = self.all_owners().await?;
        let next = self.object().await?.status.and_then(|s| s.next_vmid);
        // One that cannot be read now is looked at next time.
        let Ok(Some(mut vm)) = read(site, row.clone()).await else { return Ok(()) };
        vm.other_is_owned = self.has_another(site, &owners, &vm).await;
        if orphans::judge(&vm, &owners, &bounds(site, &site.pool(), next)) != Judgement::Blank {
            return Ok(());
        }
        let (node, vmid) = (row.node.clone(), row.vmid);
        tracing::warn!(site = %self.name, %vmid, %node, "a clone that nobody owns is removed");
        match site.call(&ProxmoxRequest::Destroy { node, vmid, purge: false }).await {
            Ok(_) => site.expect_gone(vmid),
            // It is looked at again next time.
            Err(error) => tracing::warn!(site = %self.name, %vmid, %error, "it could not be removed"),
        }
        Ok(())
    }

    /// Changes the site's status by compare-and-swap; `None` leaves it as it is.
    pub(super) async fn change_status<T>(
        &self,
        change: impl Fn(&mut ProxmoxSiteStatus) -> Option<T>,
    ) -> Result<Option<T>, KubernetesError> {
        loop {
            let mut object = self.object().await?;
            let before = object.status.clone().unwrap_or_default();
            let mut status = before.clone();
            let Some(changed) = change(&mut status) else { return Ok(None) };
            if status == before {
                return Ok(Some(changed));
            }
            object.status = Some(status);
            match replace_status(&self.client, &object).await {
                Err(error) if error.is_conflict() => {}
                other => return other.map(|_| Some(changed)),
            }
        }
    }
}

fn mark_of(vm: &Vm) -> Option<Mark> {
    mark::find(vm.config.description())
}

fn bounds<'a>(site: &'a Site, pool: &'a str, next: Option<u32>) -> Bounds<'a> {
    let start = site.spec.vmid_range.start;
    Bounds { installation: &site.installation, pool, start, next: next.unwrap_or(start) }
}

/// A direct read; the power only where it decides something.
async fn read(site: &Site, row: GuestRow) -> Result<Option<Vm>, ProxmoxError> {
    let (node, vmid) = (row.node.clone(), row.vmid);
    let ProxmoxAnswer::Config(config) = site.call(&ProxmoxRequest::Config { node: node.clone(), vmid }).await? else {
        return Ok(None);
    };
    let mut vm = Vm { row, config, running: None, other_is_owned: false };
    if mark_of(&vm).is_some_and(|m| m.state == MarkState::Provisional)
        && let ProxmoxAnswer::Status(status) = site.call(&ProxmoxRequest::Status { node, vmid }).await?
    {
        vm.running = Some(status.running || status.lock.is_some());
    }
    Ok(Some(vm))
}
