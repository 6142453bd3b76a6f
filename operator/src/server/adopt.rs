//! Adoption: a VM that somebody else made becomes this server's. It is marked, tagged and protected while it runs; it is
//! never made, started, stopped or rebooted, and what differs from the wish is told, not changed.

use kube::{Api, ResourceExt as _};
use proxmox_client::{ConfigChange, Fault, GuestRow, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, VmConfig, Vmid};
use slipway_crds::{
    Adopt, Applied, Original, PowerState, RetainedServer, RunPolicy, SuspensionStatus, VirtualServer,
    names::ROOT_DISK,
    words::{StalledReason, WaitingReason},
};

use super::{
    addresses::{Claims, exhausted},
    configure::tags_of,
    context::Context,
    deletion::record_name,
    desired::Desired,
    interpret::{Change, Next, Outcome, reason_of, taken_over},
    observed::{AdoptView, Adoptable, Observed},
    plan::{Plan, is_provisioned, wanted_on_boot},
    settings::resolve,
    slots::Slots,
    step::Step,
    verbs::only,
};
use crate::{
    kubernetes::timed,
    mark::{self, MapLine, Mark, MarkState},
    site::{Absence, Site},
};

/// The VM that `spec.adopt` names, read directly, until it was taken over.
pub(super) async fn look(ctx: &Context, site: &Site, server: &VirtualServer, desired: &Desired) -> AdoptView {
    let Some(adopt) = &desired.adopt else { return AdoptView::NotAsked };
    if server.status.as_ref().is_some_and(is_provisioned) {
        return AdoptView::NotAsked;
    }
    let Ok(vmid) = Vmid::try_from(adopt.vmid) else { return AdoptView::Absent };
    let Some(inventory) = site.inventory() else {
        return unsure(WaitingReason::SiteUnreachable, "the site's inventory has not been read yet");
    };
    let Some(row) = inventory.guests.get(&vmid) else { return unlisted(site, vmid).await };
    if row.kind != "qemu" {
        return AdoptView::Container;
    }
    let read = read(site, row).await;
    let mut found = match read {
        Ok(found) => found,
        Err(error) => {
            let (reason, hint) = reason_of(&error);
            return unsure(reason, format!("VM {vmid} cannot be read: {error}; {hint}"));
        }
    };
    match owned_by_another(ctx, site, server, vmid, &found.config).await {
        Ok(owned) => found.owned = owned,
        Err(why) => return unsure(WaitingReason::SiteUnreachable, why),
    }
    AdoptView::Found(Box::new(found))
}

async fn unlisted(site: &Site, vmid: Vmid) -> AdoptView {
    match site.prove_absence(vmid).await {
        Absence::Proven => AdoptView::Absent,
        Absence::Exists => unsure(
            WaitingReason::NodeUnavailable,
            format!("VM {vmid} exists, but the site's inventory does not show it to the operator's token"),
        ),
        Absence::NoQuorum => unsure(WaitingReason::NodeUnavailable, "the cluster has no quorum"),
        Absence::Unanswered(error) => unsure(reason_of(&error).0, error.to_string()),
    }
}

async fn read(site: &Site, row: &GuestRow) -> Result<Adoptable, ProxmoxError> {
    let (node, vmid) = (row.node.clone(), row.vmid);
    let config = site.call(&ProxmoxRequest::Config { node: node.clone(), vmid }).await?;
    let status = site.call(&ProxmoxRequest::Status { node: node.clone(), vmid }).await?;
    let (ProxmoxAnswer::Config(config), ProxmoxAnswer::Status(status)) = (config, status) else {
        return Err(ProxmoxError { fault: Fault::Unreachable, message: "the answers do not fit the questions".into() });
    };
    let is_listed = site.is_in_pool(row);
    let other_pool = row.pool.clone().filter(|_| !is_listed);
    let in_our_pool = is_listed || site.is_member(site.pool(), vmid).await?.unwrap_or(false);
    Ok(Adoptable { node, vmid, config, running: status.running, in_our_pool, other_pool, owned: false })
}

/// Whether a server or a record has this VM already: by its number, or as its mark says. Uncached where it counts.
async fn owned_by_another(
    ctx: &Context,
    site: &Site,
    server: &VirtualServer,
    vmid: Vmid,
    config: &VmConfig,
) -> Result<bool, String> {
    let records: Api<RetainedServer> = Api::all(ctx.client.clone());
    let kept = timed(records.get_opt(&record_name(&site.name, vmid))).await.map_err(|e| e.to_string())?;
    if kept.is_some() {
        return Ok(true);
    }
    let uid = server.uid();
    if ctx.catalogue.servers.state().iter().any(|other| is_before(other, server, vmid)) {
        return Ok(true);
    }
    let Some(mark) = mark::find(config.description()).filter(|m| m.vmid == vmid) else { return Ok(false) };
    if Some(&mark.identity.uid) == uid.as_ref() {
        return Ok(false);
    }
    let servers: Api<VirtualServer> = Api::namespaced(ctx.client.clone(), &mark.identity.namespace);
    let marked = timed(servers.get_opt(&mark.identity.name)).await.map_err(|e| e.to_string())?;
    Ok(marked.is_some_and(|s| s.uid().as_ref() == Some(&mark.identity.uid)))
}

/// Whether another server has the VM, or adopts it and was there first: of two that adopt one VM, only the younger is
/// refused. Should the cache show neither to the other, the VM's digest lets one write its mark, and the mark decides.
fn is_before(other: &VirtualServer, own: &VirtualServer, vmid: Vmid) -> bool {
    if other.uid() == own.uid() || other.spec.site_ref != own.spec.site_ref {
        return false;
    }
    let adopts_it = other.spec.adopt.as_ref().is_some_and(|adopt| adopt.vmid == vmid.get());
    let status = other.status.as_ref();
    let has_it = status.and_then(|status| status.vmid) == Some(vmid.get());
    let is_settled = has_it && (!adopts_it || status.is_some_and(is_provisioned));
    let age = |server: &VirtualServer| (server.creation_timestamp(), server.uid());
    is_settled || ((has_it || adopts_it) && age(other) < age(own))
}

fn unsure(reason: WaitingReason, message: impl Into<String>) -> AdoptView {
    AdoptView::Unsure { reason, message: message.into() }
}

/// Takes the VM over, or says why not.
pub(super) fn plan(adopt: &Adopt, desired: &Desired, seen: &Observed) -> Plan {
    if let Some((reason, message)) = &seen.site.frozen {
        return Plan::waiting(*reason, message.clone());
    }
    let vmid = adopt.vmid;
    match &seen.adopt {
        AdoptView::NotAsked => Plan::waiting(WaitingReason::SiteUnreachable, "the VM was not looked at yet"),
        AdoptView::Unsure { reason, message } => Plan::waiting(*reason, message.clone()),
        AdoptView::Absent => refused(format!("there is no VM {vmid} on this site")),
        AdoptView::Container => refused(format!("{vmid} is a container; only virtual machines are adopted")),
        AdoptView::Found(found) => View { adopt, desired, seen, found }.next().unwrap_or_else(|why| why),
    }
}

struct View<'a> {
    adopt: &'a Adopt,
    desired: &'a Desired,
    seen: &'a Observed,
    found: &'a Adoptable,
}

impl View<'_> {
    /// The next step; `Err` is a plan that only says why there is none.
    fn next(&self) -> Result<Plan, Plan> {
        let Self { found, seen, .. } = self;
        let born = self.born()?;
        let ours = self.is_ours();
        if !ours {
            self.is_fit()?;
        }
        if let Some(lock) = found.config.lock() {
            let message = format!("VM {} is locked ({lock}) by a task; it is adopted when that is over", found.vmid);
            return Err(Plan::waiting(WaitingReason::Locked, message));
        }
        self.has_its_disks()?;
        // Before it leaves its pool.
        if let Some(original) = Some(self.original()).filter(|now| !ours && seen.status.original.as_ref() != Some(now))
        {
            return Ok(only(Step::Note { vmid: found.vmid, original: Box::new(original) }));
        }
        self.is_in_our_pool()?;
        if seen.status.vmid != Some(found.vmid.get()) {
            return Ok(only(Step::Adopt {
                node: found.node.clone(),
                vmid: found.vmid,
                born,
                disks: self.adopt.disks.clone(),
                on_boot: found.config.flag("onboot"),
            }));
        }
        if let Some((_, message)) = exhausted(&seen.addresses) {
            return Err(refused(message));
        }
        let slots = Slots::of(self.desired, &seen.status, &found.config);
        let claims = Claims::settled(&seen.addresses, |interface| slots.addressing(interface, &found.config))?;
        let applied = resolve(self.desired, &claims, wanted_on_boot(self.desired, &seen.status));
        let suspension = self.suspension();
        if ours {
            // The answer was lost, or the status: only what the VM itself says was applied counts as applied.
            let same = MapLine::find(found.config.description())
                .is_some_and(|line| line.applied_hash == mark::applied_hash(&applied));
            let applied = same.then(|| Box::new(applied));
            return Ok(only(Step::TakenOver { vmid: found.vmid, applied, suspension }));
        }
        let change = self.change(&applied, slots, born);
        let (node, vmid) = (found.node.clone(), found.vmid);
        Ok(only(Step::TakeOver { node, vmid, change, applied: Box::new(applied), suspension }))
    }

    /// Exactly this server's mark: it was written before.
    fn is_ours(&self) -> bool {
        let mark = mark::find(self.found.config.description());
        mark.is_some_and(|m| m.identity == self.desired.identity && m.vmid == self.found.vmid)
    }

    /// The uid that the VM was first made for; `Err` when its mark says that it is somebody's.
    fn born(&self) -> Result<String, Plan> {
        let (vmid, own) = (self.found.vmid, &self.desired.identity);
        if self.found.owned {
            return Err(refused(format!(
                "VM {vmid} is another server's, or another adopts it already, or it is kept for one that was deleted"
            )));
        }
        let description = self.found.config.description();
        let Some(mark) = mark::find(description) else {
            if mark::is_marked(description) {
                return Err(refused(format!(
                    "VM {vmid} carries a mark of Slipway that cannot be read, or several; remove those lines from its description"
                )));
            }
            return Ok(own.uid.clone());
        };
        if mark.identity.installation != own.installation {
            return Err(refused(format!("VM {vmid} carries the mark of another installation of Slipway")));
        }
        // A copy inherits its original's mark, but not its number: it was born here.
        Ok(if mark.vmid == vmid { mark.born } else { own.uid.clone() })
    }

    /// What a VM that is not ours yet must be like.
    fn is_fit(&self) -> Result<(), Plan> {
        let Adoptable { vmid, config, running, .. } = self.found;
        if config.is_template() {
            return Err(refused(format!("VM {vmid} is a template")));
        }
        match (self.desired.run_policy, running) {
            (RunPolicy::Stopped, true) => Err(refused(format!(
                "VM {vmid} runs, and spec.runPolicy is Stopped: adoption stops nothing; adopt it with runPolicy Managed"
            ))),
            (RunPolicy::Running, false) => Err(refused(format!(
                "VM {vmid} is stopped, and spec.runPolicy is Running: adoption starts nothing; adopt it with runPolicy Managed"
            ))),
            _ => Ok(()),
        }
    }

    /// What it is now; of a pool that it has left for ours, what was remembered.
    fn original(&self) -> Original {
        let Adoptable { config, in_our_pool, other_pool, .. } = self.found;
        let flag = |option: &str| config.get(option).map(|_| config.flag(option));
        let remembered = self.seen.status.original.as_ref().and_then(|original| original.pool.clone());
        Original {
            tags: config.get("tags").map(str::to_owned),
            protection: flag("protection"),
            on_boot: flag("onboot"),
            pool: other_pool.clone().filter(|_| !in_our_pool).or(remembered),
        }
    }

    /// Only Proxmox's administrator can put it there: our token has no right to a VM outside.
    fn is_in_our_pool(&self) -> Result<(), Plan> {
        let Adoptable { vmid, other_pool, in_our_pool, .. } = self.found;
        if *in_our_pool {
            return Ok(());
        }
        let line = format!("pvesh set /pools --poolid {} --vms {vmid}", self.desired.identity.pool());
        let message = match other_pool {
            None => format!("VM {vmid} is not in Slipway's pool; as root on a node: {line}"),
            Some(pool) if self.adopt.move_pool => {
                format!("VM {vmid} is in pool `{pool}`; as root on a node: {line} --allow-move 1")
            }
            Some(pool) => format!(
                "VM {vmid} is in pool `{pool}`, whose rights it would lose; set spec.adopt.movePool: true if it is to move"
            ),
        };
        Err(Plan::stalled(StalledReason::NotInPool, message))
    }

    /// A root disk, and those that it was given names for.
    fn has_its_disks(&self) -> Result<(), Plan> {
        let Adoptable { vmid, config, .. } = self.found;
        let disks = config.disks();
        if let Some((name, slot)) = self.adopt.disks.iter().find(|(_, slot)| !disks.contains(&slot.as_str())) {
            return Err(refused(format!("spec.adopt.disks.{name}: VM {vmid} has no disk {slot}")));
        }
        let root = self.adopt.disks.get(ROOT_DISK).map(String::as_str).or_else(|| config.boot_disk());
        root.map(|_| ()).ok_or_else(|| refused(format!("VM {vmid} has no disk")))
    }

    /// A suspension that is there at adoption blocks starts and stops nothing.
    fn suspension(&self) -> Option<SuspensionStatus> {
        let power = if self.found.running { PowerState::Running } else { PowerState::Stopped };
        self.desired.suspended.as_ref().map(|_| SuspensionStatus { power, spares: true })
    }

    /// Mark, tag and protection, and nothing else.
    fn change(&self, applied: &Applied, slots: Slots, born: String) -> ConfigChange {
        let Adoptable { vmid, config, .. } = self.found;
        let mark = Mark { identity: self.desired.identity.clone(), vmid: *vmid, born, state: MarkState::Owned };
        let before = mark::find(config.description()).map(|m| m.identity.tag());
        ConfigChange {
            set: vec![
                ("description".into(), mark::write(config.description(), &mark, Some(&slots.line(applied)))),
                ("tags".into(), without(&tags_of(self.desired, config), before.as_deref(), self.desired)),
                ("protection".into(), "1".into()),
            ],
            delete: vec![],
            digest: config.digest.clone(),
        }
    }
}

/// The tags without that of the server that had the VM before.
fn without(tags: &str, before: Option<&str>, desired: &Desired) -> String {
    let ours = desired.identity.tag();
    let kept = tags.split(';').filter(|t| *t == ours || Some(*t) != before);
    kept.collect::<Vec<_>>().join(";")
}

/// What a step of it changes that calls nobody but Kubernetes.
pub(super) fn outcome(step: &Step) -> Outcome {
    let (mut changes, reason) = match step {
        Step::Note { original, .. } => {
            return Outcome { changes: vec![Change::Original(original.clone())], next: Next::Observe };
        }
        Step::Adopt { node, vmid, born, disks, on_boot } => {
            // What starts with its node was wished to run.
            let wish = if *on_boot { PowerState::Running } else { PowerState::Stopped };
            let changes = vec![
                Change::Vmid(Some(vmid.get())),
                Change::Node(Some(node.to_string())),
                Change::Born(born.clone()),
                Change::Slots(disks.clone()),
                Change::PowerWish(wish),
            ];
            (changes, "Adopting")
        }
        Step::TakenOver { applied, suspension, .. } => (taken_over(applied.clone(), *suspension), "Adopted"),
        _ => (vec![], "Adopting"),
    };
    changes.push(Change::Notice { warning: false, reason, note: step.to_string() });
    Outcome { changes, next: Next::Observe }
}

fn refused(why: impl Into<String>) -> Plan {
    Plan::stalled(StalledReason::AdoptRefused, why)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Adopts VM 501 of a site, made in that second; `vmid` and `provisioned` are its status.
    fn server(uid: &str, second: u32, vmid: Option<u32>, provisioned: bool) -> VirtualServer {
        let condition = json!({ "type": "Provisioned", "status": "True", "reason": "TakenOver", "message": "",
                                "lastTransitionTime": "2026-01-01T00:00:00Z" });
        serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
            "metadata": { "namespace": format!("acct-{uid}"), "name": "web", "uid": uid,
                          "creationTimestamp": format!("2026-01-01T00:00:{second:02}Z") },
            "spec": { "siteRef": "fra", "adopt": { "vmid": 501 }, "driftPolicy": "Report" },
            "status": { "vmid": vmid, "conditions": if provisioned { vec![condition] } else { vec![] } }
        }))
        .unwrap()
    }

    #[test]
    fn of_two_servers_that_adopt_one_vm_exactly_one_is_refused() {
        let vmid = Vmid::try_from(501).unwrap();
        let (old, young) = (server("u-2", 1, None, false), server("u-1", 2, None, false));
        for (old, young) in [
            (old.clone(), young.clone()),
            (server("u-2", 1, Some(501), false), server("u-1", 2, Some(501), false)),
            (server("u-1", 1, None, false), server("u-2", 1, None, false)),
        ] {
            assert!(is_before(&old, &young, vmid) && !is_before(&young, &old, vmid));
        }
        let settled = server("u-3", 9, Some(501), true);
        assert!(is_before(&settled, &old, vmid), "who has it keeps it, however young");
        assert!(!is_before(&old, &old, vmid));
        let elsewhere = VirtualServer {
            spec: slipway_crds::VirtualServerSpec { site_ref: "ams".into(), ..old.spec.clone() },
            ..old.clone()
        };
        assert!(!is_before(&elsewhere, &young, vmid), "another site's 501 is another VM");
    }
}
