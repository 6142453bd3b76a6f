//! Planning for a VM that is ours: its configuration, disk, protection, power and verbs.

use proxmox_client::{ConfigChange, GuestStatus, NodeName, VmConfig, percent_encode};
use slipway_crds::{
    Applied, Drift,
    names::ROOT_DISK,
    words::{StalledReason, WaitingReason},
};

use super::{
    adopt,
    desired::Desired,
    detached,
    observed::{AddressView, Addressing, Observed},
    plan::{Hold, Plan, corrects, is_provisioned, wanted_on_boot, wanted_power},
    settings::{self, NETWORK_SLOT, actual, keep_creation_only, resolve, settings},
    step::Step,
    stuck, suspension,
    verbs::{self, Machine},
};
use crate::mark::{self, MapLine, Mark, MarkState};

/// Everything about one VM that every part of the plan needs.
struct Vm<'a> {
    desired: &'a Desired,
    seen: &'a Observed,
    mark: &'a Mark,
    node: &'a NodeName,
    config: &'a VmConfig,
    status: Option<&'a GuestStatus>,
}

pub(super) fn plan_owned(
    desired: &Desired,
    seen: &Observed,
    mark: &Mark,
    node: &NodeName,
    config: &VmConfig,
    status: Option<&GuestStatus>,
) -> Plan {
    let vm = Vm { desired, seen, mark, node, config, status };
    let addressing = match &seen.address {
        AddressView::Claimed(claim) => Addressing::of(claim),
        AddressView::Own => Addressing::found(config),
        AddressView::Free(claim) => {
            return Plan { steps: vec![Step::ClaimAddress { claim: claim.clone() }], ..Plan::default() };
        }
        AddressView::Exhausted { message } => return Plan::waiting(WaitingReason::PoolEmpty, message.clone()),
    };
    let Some(disk) = root_slot(&vm) else {
        return Plan {
            hold: Some(Hold::Stalled(StalledReason::Invalid, format!("VM {} has no disk", mark.vmid))),
            ..Plan::default()
        };
    };
    // A first PUT that was applied by half may have stored the mark, but not the rest.
    let unfinished = seen.status.applied.is_none() && !is_provisioned(&seen.status);
    let mut plan = if mark.state == MarkState::Provisional || unfinished {
        first_configuration(&vm, &addressing, &disk)
    } else {
        changes(&vm, &addressing, &disk)
    };
    plan_disk(&vm, &addressing, &disk, &mut plan);
    if plan.hold.is_none() {
        plan_power(&vm, &mut plan);
    }
    if plan.is_settled() {
        plan.steps = detached::overdue(seen, mark.vmid, node, config);
    }
    plan.restart_required = restart_required(config, status);
    // Proxmox refuses writes to a locked VM; a settled one does not care.
    if let Some(lock) = config.lock().filter(|_| !plan.steps.is_empty()) {
        plan.steps.clear();
        plan.hold = Some(stuck::locked(seen, node, mark.vmid, lock));
    }
    plan
}

/// One PUT sets everything together with the mark `owned` and protection.
fn first_configuration(vm: &Vm<'_>, addressing: &Addressing, disk: &str) -> Plan {
    let applied = resolve(vm.desired, addressing, wanted_on_boot(vm.desired, &vm.seen.status));
    let (unset, wanted): (Vec<_>, Vec<_>) = settings(&applied, vm.config).into_iter().partition(|(_, v)| v.is_empty());
    let mut set: Vec<(String, String)> = wanted.into_iter().map(own).collect();
    // What the template has and nobody wished for would be taken for a hand edit later.
    let mut delete: Vec<String> =
        unset.into_iter().filter(|(k, _)| vm.config.get(k).is_some()).map(|(k, _)| k.to_owned()).collect();
    set.push(("ciuser".into(), vm.desired.user.clone()));
    match &vm.desired.password {
        Some(password) => set.push(("cipassword".into(), password.expose().to_owned())),
        // The template's own password must not open every server.
        None if vm.config.get("cipassword").is_some() => delete.push("cipassword".into()),
        None => {}
    }
    if vm.desired.ssh_keys.is_empty() {
        delete.extend(vm.config.get("sshkeys").map(|_| "sshkeys".to_owned()));
    } else {
        // Proxmox wants them URL-encoded inside the form, which encodes them once more.
        set.push(("sshkeys".into(), percent_encode(&vm.desired.ssh_keys.join("\n"))));
    }
    set.push(("tags".into(), tags(vm)));
    set.push(("description".into(), description(vm, &applied, disk)));
    set.push(("protection".into(), "1".into()));
    let change = ConfigChange { set, delete, digest: vm.config.digest.clone() };
    let step = Step::Configure {
        node: vm.node.clone(),
        vmid: vm.mark.vmid,
        change,
        applied: Box::new(applied),
        fields: vec![],
        first: true,
    };
    Plan { steps: vec![step], ..Plan::default() }
}

/// A wish is spec ≠ applied, drift is actual ≠ applied: a hand edit and a new wish are never confused.
fn changes(vm: &Vm<'_>, addressing: &Addressing, disk: &str) -> Plan {
    let mut plan = Plan::default();
    if !vm.config.flag("protection") {
        plan.steps.push(Step::Protect { node: vm.node.clone(), vmid: vm.mark.vmid, digest: vm.config.digest.clone() });
        // Everything after it is planned from a fresh read.
        return plan;
    }
    let before = vm.seen.status.applied.as_ref();
    let mut wanted = resolve(vm.desired, addressing, wanted_on_boot(vm.desired, &vm.seen.status));
    if let Some(before) = before {
        keep_creation_only(&mut wanted, before, vm.desired);
    }
    let (wanted_settings, found) = (settings(&wanted, vm.config), actual(vm.config));
    let base = before.cloned().or_else(|| remembered_by_vm(vm, &wanted)).map(|b| settings(&b, vm.config));
    let (mut set, mut delete, mut fields) = (Vec::new(), Vec::new(), Vec::new());
    for (option, value) in &wanted_settings {
        let now = found.get(option).map(String::as_str).unwrap_or_default();
        if now == value {
            continue;
        }
        let is_drift = base.as_ref().is_some_and(|b| b.get(option) == Some(value));
        if is_drift {
            plan.drift.push(Drift { field: (*option).to_owned(), wanted: value.clone(), found: now.to_owned() });
        }
        if is_drift && !corrects(vm.desired) {
            continue;
        }
        fields.push(field_name(option).to_owned());
        if value.is_empty() {
            delete.push((*option).to_owned());
        } else {
            set.push(((*option).to_owned(), value.clone()));
        }
    }
    let text = description(vm, &wanted, disk);
    let stale_lines =
        vm.mark.state != MarkState::Owned || MapLine::find(vm.config.description()) != MapLine::find(&text);
    let tagged = vm.config.tags().contains(&vm.desired.identity.tag().as_str());
    if fields.is_empty() && !stale_lines && tagged && before == Some(&wanted) {
        return plan;
    }
    if !tagged {
        set.push(("tags".into(), tags(vm)));
        fields.push("tags".into());
    }
    // A write of nothing is refused by Proxmox; the same lines once more are harmless.
    if text != vm.config.description() || (set.is_empty() && delete.is_empty()) {
        set.push(("description".into(), text));
    }
    if fields.is_empty() {
        fields.push("description".into());
    }
    plan.steps.push(Step::Configure {
        node: vm.node.clone(),
        vmid: vm.mark.vmid,
        change: ConfigChange { set, delete, digest: vm.config.digest.clone() },
        applied: Box::new(wanted),
        fields,
        first: false,
    });
    plan
}

/// What a lost status must not lose: the second line's hash says whether the wish of now is the one last applied.
///
/// If it is, differences are hand edits; if not, they are wishes.
fn remembered_by_vm(vm: &Vm<'_>, wanted: &Applied) -> Option<Applied> {
    let line = MapLine::find(vm.config.description())?;
    (line.applied_hash == mark::applied_hash(wanted)).then(|| wanted.clone())
}

/// Disks grow, by absolute sizes; they never shrink.
fn plan_disk(vm: &Vm<'_>, addressing: &Addressing, disk: &str, plan: &mut Plan) {
    let (Some(now), wanted) = (vm.config.disk_gib(disk), vm.desired.disk_gib) else { return };
    if wanted > now {
        if is_adopted_difference(vm, wanted) {
            plan.drift.push(disk_drift(wanted, now));
            return;
        }
        if let Some(unnamed) = adopt::unnamed_disks(vm.desired, vm.config, disk).first() {
            let message = format!(
                "VM {} has a disk {unnamed} without a name, and no disk is changed before each has one; name it in spec.adopt.disks",
                vm.mark.vmid
            );
            plan.hold = Some(Hold::Stalled(StalledReason::Invalid, message));
            return;
        }
        let resize = Step::Resize {
            node: vm.node.clone(),
            vmid: vm.mark.vmid,
            disk: disk.to_owned(),
            from_gib: now,
            to_gib: wanted,
        };
        // Of an adopted one, what was applied and is not there would be taken for a difference that it came with.
        let at = if vm.desired.adopt.is_some() { 0 } else { plan.steps.len() };
        plan.steps.insert(at, resize);
        return;
    }
    if wanted == now {
        return;
    }
    let resolved = || resolve(vm.desired, addressing, wanted_on_boot(vm.desired, &vm.seen.status));
    let applied = vm.seen.status.applied.clone().or_else(|| remembered_by_vm(vm, &resolved()));
    let applied = applied.and_then(|a| a.disks.get(ROOT_DISK).map(|d| d.size_gib));
    if applied == Some(wanted) && is_provisioned(&vm.seen.status) {
        plan.drift.push(disk_drift(wanted, now));
    } else if is_provisioned(&vm.seen.status) {
        plan.steps.clear();
        plan.hold = Some(Hold::Stalled(
            StalledReason::ShrinkRefused,
            format!(
                "the root disk has {now} GiB and cannot shrink to {wanted} GiB; put spec back, or create a smaller server and move the data"
            ),
        ));
    } else {
        // The template's own disk is larger than the plan's: the server simply has more.
        plan.drift.push(disk_drift(wanted, now));
    }
}

fn disk_drift(wanted: u32, now: u32) -> Drift {
    Drift { field: "disk root".into(), wanted: format!("{wanted} GiB"), found: format!("{now} GiB") }
}

/// The disk was smaller than wished when the VM was adopted, and whoever wished that wanted to be told only.
fn is_adopted_difference(vm: &Vm<'_>, wanted: u32) -> bool {
    let applied = vm.seen.status.applied.as_ref().and_then(|a| a.disks.get(ROOT_DISK)).map(|d| d.size_gib);
    vm.desired.adopt.is_some() && applied == Some(wanted) && !corrects(vm.desired)
}

fn plan_power(vm: &Vm<'_>, plan: &mut Plan) {
    // Not asked before the first start: a fresh clone is off, and starting a running VM is harmless.
    let running = vm.status.is_some_and(|s| s.running);
    let (node, vmid) = (vm.node.clone(), vm.mark.vmid);
    if is_provisioned(&vm.seen.status) {
        let suspension = suspension::enforce(vm.desired, vm.seen, running, &node, vmid);
        if !suspension.is_empty() {
            plan.steps.extend(suspension);
            return;
        }
    }
    if is_provisioned(&vm.seen.status) || wanted_power(vm.desired, &vm.seen.status) == Some(false) {
        let machine = Machine { mark: vm.mark, node: vm.node, config: vm.config, running };
        let verb = verbs::next(vm.desired, vm.seen, machine);
        if !plan.steps.is_empty() && verbs::wants_a_fresh_read(&verb) {
            return;
        }
        if !verb.is_settled() {
            plan.steps.extend(verb.steps);
            plan.hold = verb.hold;
            return;
        }
    }
    match wanted_power(vm.desired, &vm.seen.status) {
        Some(true) if !running => plan.steps.push(Step::Start { node, vmid }),
        Some(false) if running => {
            plan.steps.push(Step::Shutdown { node, vmid, because: "runPolicy is Stopped" });
        }
        _ => {}
    }
}

/// The running machine has other sizes than its configuration.
fn restart_required(config: &VmConfig, status: Option<&GuestStatus>) -> bool {
    status.is_some_and(|s| {
        s.running && (s.cpus != config.cores() || s.maxmem != u64::from(config.memory_mib()) * 1024 * 1024)
    })
}

/// The root disk's slot: as remembered, else as the second description line says, else the boot disk.
fn root_slot(vm: &Vm<'_>) -> Option<String> {
    let remembered = vm.seen.status.disks.get(ROOT_DISK).map(|d| d.slot.clone());
    let mapped = || MapLine::find(vm.config.description()).and_then(|m| m.slots.get(ROOT_DISK).cloned());
    remembered
        .or_else(mapped)
        .filter(|slot| vm.config.get(slot).is_some())
        .or_else(|| vm.config.boot_disk().map(str::to_owned))
}

fn description(vm: &Vm<'_>, applied: &Applied, disk: &str) -> String {
    let owned = Mark { state: MarkState::Owned, ..vm.mark.clone() };
    description_of(vm.desired, vm.config, &owned, applied, disk)
}

pub(super) fn description_of(
    desired: &Desired,
    config: &VmConfig,
    mark: &Mark,
    applied: &Applied,
    disk: &str,
) -> String {
    let slots =
        [(ROOT_DISK.to_owned(), disk.to_owned()), (desired.network.name.clone(), NETWORK_SLOT.to_owned())].into();
    mark::write(config.description(), mark, Some(&MapLine::of(applied, slots)))
}

/// Our tag beside a person's own; the template's tag would make the server look like one.
fn tags(vm: &Vm<'_>) -> String {
    tags_of(vm.desired, vm.config)
}

pub(super) fn tags_of(desired: &Desired, config: &VmConfig) -> String {
    let ours = desired.identity.tag();
    let mut all: Vec<&str> = config.tags().into_iter().filter(|t| *t != desired.image.template_tag).collect();
    if !all.contains(&ours.as_str()) {
        all.push(&ours);
    }
    all.sort_unstable();
    all.join(";")
}

fn field_name(option: &str) -> &str {
    match option {
        "nameserver" => "name servers",
        "searchdomain" => "search domain",
        "ipconfig0" => "address",
        settings::NETWORK_SLOT => "network",
        other => other,
    }
}

fn own((option, value): (&'static str, String)) -> (String, String) {
    (option.to_owned(), value)
}
