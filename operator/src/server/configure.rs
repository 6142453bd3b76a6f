//! Planning for a VM that is ours: its configuration, filters, disks, protection, power and verbs.

use proxmox_client::{ConfigChange, GuestStatus, NodeName, VmConfig, Vmid, percent_encode};
use slipway_crds::{Applied, Drift, words::StalledReason};

use super::{
    addresses::Claims,
    desired::Desired,
    detached, disks, filters,
    hotplug::waits_for_restart,
    observed::{FilterView, Observed, SpareClaim, cidr},
    plan::{Plan, corrects, is_provisioned, runs_against_policy, wanted_on_boot, wanted_power},
    prefix::masked,
    settings::{actual, keep_creation_only, resolve, settings},
    slots::Slots,
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
    claims: Claims,
    slots: Slots,
}

impl Vm<'_> {
    /// As far as it was asked.
    fn is_running(&self) -> bool {
        self.status.is_some_and(|s| s.running)
    }
}

pub(super) fn plan_owned(
    desired: &Desired,
    seen: &Observed,
    mark: &Mark,
    node: &NodeName,
    config: &VmConfig,
    status: Option<&GuestStatus>,
) -> Plan {
    let slots = Slots::of(desired, &seen.status, config);
    let claims = match Claims::settled(&seen.addresses, |interface| slots.addressing(interface, config)) {
        Ok(claims) => claims,
        Err(plan) => return plan,
    };
    if slots.root().is_none() {
        return Plan::stalled(StalledReason::Invalid, format!("VM {} has no disk", mark.vmid));
    }
    if let FilterView::Failed { reason, message } = &seen.filters {
        return Plan::waiting(*reason, message.clone());
    }
    let vm = Vm { desired, seen, mark, node, config, status, claims, slots };
    // A first PUT that was applied by half may have stored the mark, but not the rest.
    let unfinished = seen.status.applied.is_none() && !is_provisioned(&seen.status);
    let mut plan =
        if mark.state == MarkState::Provisional || unfinished { first_configuration(&vm) } else { changes(&vm) };
    plan_filters(&vm, &mut plan);
    let incomplete = plan_disks(&vm, &mut plan);
    if plan.hold.is_none() && (is_provisioned(&seen.status) || !incomplete) {
        plan_power(&vm, &mut plan);
    }
    if plan.is_settled() {
        plan.steps = release(&vm).map_or_else(|| detached::overdue(seen, mark.vmid, node, config), |step| vec![step]);
    }
    plan.restart_required = restart_required(&vm);
    // Proxmox refuses writes to a locked VM; a settled one does not care.
    if let Some(lock) = config.lock().filter(|_| !plan.steps.is_empty()) {
        plan.steps.clear();
        plan.hold = Some(stuck::locked(seen, node, mark.vmid, lock));
    }
    plan
}

/// What a guest may send, around the write that tells it of its addresses.
fn plan_filters(vm: &Vm<'_>, plan: &mut Plan) {
    let found = match &vm.seen.filters {
        FilterView::Read(found) => Some(found),
        FilterView::NotAsked | FilterView::Failed { .. } => None,
    };
    let ground = filters::Ground {
        node: vm.node,
        vmid: vm.mark.vmid,
        status: &vm.seen.status,
        config: vm.config,
        slots: &vm.slots,
        claims: &vm.claims,
        corrects: corrects(vm.desired),
        adopted: vm.desired.adopt.is_some(),
    };
    let around = ground.around(found);
    plan.drift.extend(around.drift);
    plan.steps = [around.before, std::mem::take(&mut plan.steps), around.after].concat();
}

/// An address that the VM has no more. A snapshot could bring it back; so could a removal that waits for a restart.
fn release(vm: &Vm<'_>) -> Option<Step> {
    let FilterView::Read(filters) = &vm.seen.filters else { return None };
    let kept = !vm.seen.status.snapshots.is_empty()
        || vm.config.get("parent").is_some()
        || vm.seen.pending.iter().any(|option| option.starts_with("net"));
    if kept {
        return None;
    }
    let in_use = |spare: &SpareClaim| {
        let text = cidr(spare.address, spare.length);
        let configured = vm.config.options().filter(|(option, _)| option.starts_with("ipconfig")).any(|(_, value)| {
            value.split(',').filter_map(|part| part.split_once('=')).any(|(_, address)| {
                let own = address.split('/').next().and_then(|a| a.parse().ok());
                own.is_some_and(|own| masked(own, spare.length) == spare.address)
            })
        });
        configured || filters.sets.values().flatten().any(|member| filters::text(member) == text)
    };
    let spare = vm.seen.spare_claims.iter().find(|spare| !in_use(spare))?;
    Some(Step::ReleaseAddress { claim: spare.name.clone(), address: spare.address })
}

/// One PUT sets everything together with the mark `owned` and protection.
fn first_configuration(vm: &Vm<'_>) -> Plan {
    let applied = resolve(vm.desired, &vm.claims, wanted_on_boot(vm.desired, &vm.seen.status));
    let wanted = settings(&applied, &vm.slots, &vm.seen.status, vm.config);
    let (unset, wanted): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|(_, v)| v.is_empty());
    let mut set: Vec<(String, String)> = wanted;
    // What the template has and nobody wished for would be taken for a hand edit later.
    let mut delete: Vec<String> = unset.into_iter().map(|(k, _)| k).filter(|k| vm.config.get(k).is_some()).collect();
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
    set.push(("description".into(), description(vm, &applied)));
    set.push(("protection".into(), "1".into()));
    let change = ConfigChange { set, delete, digest: vm.config.digest.clone() };
    let step = Step::Configure {
        node: vm.node.clone(),
        vmid: vm.mark.vmid,
        change,
        applied: Box::new(applied),
        fields: vec![],
        first: true,
        waits_for_restart: false,
    };
    Plan { steps: vec![step], ..Plan::default() }
}

/// Protection is off for one step of a verb only.
pub(super) fn protect(config: &VmConfig, node: &NodeName, vmid: Vmid) -> Vec<Step> {
    let step = || Step::Protect { node: node.clone(), vmid, digest: config.digest.clone() };
    (!config.flag("protection")).then(step).into_iter().collect()
}

/// A wish is spec ≠ applied, drift is actual ≠ applied: a hand edit and a new wish are never confused.
fn changes(vm: &Vm<'_>) -> Plan {
    let mut plan = Plan { steps: protect(vm.config, vm.node, vm.mark.vmid), ..Plan::default() };
    if !plan.steps.is_empty() {
        // Everything after it is planned from a fresh read.
        return plan;
    }
    let before = vm.seen.status.applied.as_ref();
    let wanted = wanted(vm);
    let wanted_settings = settings(&wanted, &vm.slots, &vm.seen.status, vm.config);
    let found = actual(&wanted_settings, vm.config);
    let base = before.cloned().or_else(|| remembered_by_vm(vm, &wanted));
    let base = base.map(|b| settings(&b, &vm.slots, &vm.seen.status, vm.config));
    let is_named =
        |option: &str| !option.starts_with("net") && !option.starts_with("ipconfig") || option == "nameserver";
    let (mut set, mut delete, mut fields) = (Vec::new(), Vec::new(), Vec::new());
    for (option, value) in &wanted_settings {
        let now = found.get(option).map(String::as_str).unwrap_or_default();
        if now == value {
            continue;
        }
        // A device that an adopted VM came with was never wished away.
        let came_with_it = || vm.desired.adopt.is_some() && value.is_empty() && !is_named(option);
        let is_drift = base.as_ref().map_or_else(came_with_it, |b| b.get(option) == Some(value));
        if is_drift {
            plan.drift.push(Drift::new(option, value, now));
        }
        if is_drift && !corrects(vm.desired) {
            continue;
        }
        fields.push(field_name(option));
        if value.is_empty() {
            delete.push(option.clone());
        } else {
            set.push((option.clone(), value.clone()));
        }
    }
    let text = description(vm, &wanted);
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
    let change = ConfigChange { set, delete, digest: vm.config.digest.clone() };
    plan.steps.push(Step::Configure {
        node: vm.node.clone(),
        vmid: vm.mark.vmid,
        waits_for_restart: waits_for_restart(vm.config, vm.is_running(), &change),
        change,
        applied: Box::new(wanted),
        fields,
        first: false,
    });
    plan
}

/// The resolved wish for a VM that was configured before.
fn wanted(vm: &Vm<'_>) -> Applied {
    let mut wanted = resolve(vm.desired, &vm.claims, wanted_on_boot(vm.desired, &vm.seen.status));
    if let Some(before) = &vm.seen.status.applied {
        keep_creation_only(&mut wanted, before, vm.desired);
    }
    wanted
}

/// What a lost status must not lose: the second line's hash says whether the wish of now is the one last applied.
///
/// If it is, differences are hand edits; if not, they are wishes.
fn remembered_by_vm(vm: &Vm<'_>, wanted: &Applied) -> Option<Applied> {
    let line = MapLine::find(vm.config.description())?;
    (line.applied_hash == mark::applied_hash(wanted)).then(|| wanted.clone())
}

/// Answers whether a disk is still missing.
fn plan_disks(vm: &Vm<'_>, plan: &mut Plan) -> bool {
    let wanted = wanted(vm);
    let ground = disks::Ground {
        desired: vm.desired,
        status: &vm.seen.status,
        node: vm.node,
        vmid: vm.mark.vmid,
        config: vm.config,
        running: vm.is_running(),
        slots: &vm.slots,
        before: vm.seen.status.applied.clone().or_else(|| remembered_by_vm(vm, &wanted)),
        corrects: corrects(vm.desired),
    };
    ground.plan(plan, |name, slot| {
        let mut slots = vm.slots.clone();
        slots.disks.insert(name.to_owned(), slot.to_owned());
        describe(vm, &wanted, slots)
    })
}

fn plan_power(vm: &Vm<'_>, plan: &mut Plan) {
    // Not asked before the first start: a fresh clone is off, and starting a running VM is harmless.
    let running = vm.is_running();
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
            plan.steps.push(runs_against_policy(&node, vmid));
        }
        _ => {}
    }
}

/// The running machine has other sizes than its configuration, or other devices.
fn restart_required(vm: &Vm<'_>) -> bool {
    let config = vm.config;
    let device = |option: &String| {
        let numbered = |kind| option.strip_prefix(kind).is_some_and(|n| n.parse::<u8>().is_ok());
        ["net", "scsi", "virtio", "sata", "ide"].into_iter().any(numbered)
    };
    vm.status.is_some_and(|s| {
        let sizes = s.cpus != config.cores() || s.maxmem != u64::from(config.memory_mib()) * 1024 * 1024;
        s.running && (sizes || vm.seen.pending.iter().any(device))
    })
}

fn description(vm: &Vm<'_>, applied: &Applied) -> String {
    describe(vm, applied, vm.slots.clone())
}

fn describe(vm: &Vm<'_>, applied: &Applied, slots: Slots) -> String {
    let owned = Mark { state: MarkState::Owned, ..vm.mark.clone() };
    mark::write(vm.config.description(), &owned, Some(&slots.line(applied)))
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

fn field_name(option: &str) -> String {
    let first = |kind: &str, word: &str| {
        option.strip_prefix(kind).map(|n| if n == "0" { word.to_owned() } else { format!("{word} {n}") })
    };
    match option {
        "nameserver" => "name servers".to_owned(),
        "searchdomain" => "search domain".to_owned(),
        other => first("ipconfig", "address").or_else(|| first("net", "network")).unwrap_or_else(|| other.to_owned()),
    }
}
