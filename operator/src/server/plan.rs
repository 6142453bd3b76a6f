//! The planner: pure and total. It compares the wish with what is there and says what to do next, or what it waits for.
//!
//! It never looks, never draws a random number, and knows no time but `Observed::now`. The same function answers every
//! dry run.

use proxmox_client::{NodeName, Vmid};
use slipway_crds::{
    Drift, DriftPolicy, PowerState, RunPolicy, VirtualServerStatus,
    names::ANNOTATION_FRESH,
    words::{StalledReason, WaitingReason, condition},
};

use super::{
    addresses, adopt, configure,
    desired::{Desired, Image},
    lost,
    observed::{Observed, PoolView, TaskView, TemplateView, VmView},
    placement::{self, place},
    reown,
    step::{Room, Step},
    stuck, suspension, undo,
    verbs::{self, Machine},
};
use crate::mark::{self, Mark, MarkState, Verdict};

/// What is to be done, in order, and why nothing more can be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    pub steps: Vec<Step>,
    pub hold: Option<Hold>,
    pub drift: Vec<Drift>,
    /// The running machine is older than its configuration.
    pub restart_required: bool,
}

/// Why a plan stops where it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// A task of ours runs.
    Task,
    /// Other tasks run, and so many servers come first.
    Turn { before: usize },
    /// Heals by itself.
    Waiting(WaitingReason, String),
    /// Needs a person.
    Stalled(StalledReason, String),
}

impl Plan {
    pub(super) fn waiting(reason: WaitingReason, message: impl Into<String>) -> Self {
        Self { hold: Some(Hold::Waiting(reason, message.into())), ..Self::default() }
    }

    pub(super) fn stalled(reason: StalledReason, message: impl Into<String>) -> Self {
        Self { hold: Some(Hold::Stalled(reason, message.into())), ..Self::default() }
    }

    /// Nothing left that policy lets us do now.
    pub const fn is_settled(&self) -> bool {
        self.steps.is_empty() && self.hold.is_none()
    }
}

/// The next steps of one server.
pub fn plan(desired: &Desired, seen: &Observed) -> Plan {
    let plan = verbs::bookkeeping(desired, seen);
    if !plan.steps.is_empty() || plan.hold.is_some() {
        return plan;
    }
    beside_verbs(desired, seen, plan_server(desired, seen))
}

/// When the wish itself cannot be planned (`why`), verbs still end, expire and run.
pub fn plan_verbs(desired: &Desired, seen: &Observed, why: Hold) -> Plan {
    let plan = verbs::bookkeeping(desired, seen);
    if !plan.steps.is_empty() || plan.hold.is_some() {
        return plan;
    }
    if let Some(plan) = reown::by_what_was_applied(desired, seen) {
        return plan;
    }
    beside_verbs(desired, seen, Plan { hold: Some(why), ..Plan::default() })
}

/// A verb does not wait for what the wish waits for, nor behind a step that cannot succeed: an owned VM can be stopped
/// whatever its plan or pool lacks. Neither does the run policy.
fn beside_verbs(desired: &Desired, seen: &Observed, plan: Plan) -> Plan {
    let waits = match plan.steps.first() {
        None => matches!(plan.hold, Some(Hold::Waiting(..) | Hold::Stalled(..))),
        Some(step) => seen.gives_way && step.waits_for().is_none(),
    };
    // A task whose node is silent may run yet.
    if !waits || seen.task.is_some() || desired.paused || !is_provisioned(&seen.status) {
        return plan;
    }
    let Some(vmid) = seen.status.vmid.and_then(|n| n.try_into().ok()) else { return plan };
    if seen.vm == VmView::Absent {
        return lost::beside(desired, seen, vmid, plan);
    }
    let VmView::Found { node, config, status: Some(power) } = &seen.vm else { return plan };
    let Verdict::Ours(mark) = mark::verdict(config, &desired.identity, vmid) else { return plan };
    if config.lock().is_some() || reown::standing(seen).is_some() {
        return plan;
    }
    let protect = configure::protect(config, node, vmid);
    let first =
        if protect.is_empty() { suspension::enforce(desired, seen, power.running, node, vmid) } else { protect };
    if !first.is_empty() {
        return Plan { steps: first, drift: plan.drift, ..Plan::default() };
    }
    let verb = verbs::next(desired, seen, Machine { mark: &mark, node, config, running: power.running });
    if !verb.steps.is_empty() {
        return Plan { drift: plan.drift, ..verb };
    }
    match keep_power(desired, seen, power.running, node, vmid) {
        Some(step) => Plan { steps: vec![step], drift: plan.drift, ..Plan::default() },
        None => plan,
    }
}

/// The run policy, while the wish waits.
fn keep_power(desired: &Desired, seen: &Observed, running: bool, node: &NodeName, vmid: Vmid) -> Option<Step> {
    // A verb that was prepared has stopped it.
    if seen.status.reown.is_some() {
        return None;
    }
    // Its address may be another's by now.
    let lacks_address = addresses::exhausted(&seen.addresses).is_some();
    match wanted_power(desired, &seen.status) {
        Some(true) if !running && !lacks_address => Some(Step::Start { node: node.clone(), vmid }),
        Some(false) if running && desired.suspended.is_none() => Some(runs_against_policy(node, vmid)),
        _ => None,
    }
}

pub(super) fn runs_against_policy(node: &NodeName, vmid: Vmid) -> Step {
    Step::Shutdown { node: node.clone(), vmid, because: "runPolicy is Stopped" }
}

fn plan_server(desired: &Desired, seen: &Observed) -> Plan {
    if seen.task == Some(TaskView::Running) {
        return Plan { hold: Some(Hold::Task), ..Plan::default() };
    }
    if let Some(TaskView::Unknown { message }) = &seen.task {
        return Plan::waiting(WaitingReason::NodeUnavailable, message.clone());
    }
    // Taking it back is a matter of records, and the record's time runs out meanwhile.
    let takes_back = desired.undelete.is_some() && seen.status.vmid.is_none();
    if desired.paused && !takes_back {
        return Plan::waiting(WaitingReason::Paused, "spec.paused is true: nothing is done until it is false");
    }
    if let Some(why) = &seen.previous_unsure {
        return Plan::waiting(WaitingReason::NodeUnavailable, why.clone());
    }
    if let Some(previous) = &seen.previous {
        if let (Some(node), true) = (&previous.node, previous.uid == desired.identity.uid) {
            let recall = Step::RecallVmid { vmid: previous.vmid, node: node.clone(), owned: previous.owned };
            return Plan { steps: vec![recall], ..Plan::default() };
        }
        return Plan::stalled(
            StalledReason::PreviousVM,
            format!(
                "VM {} of an earlier server of this name (uid {uid}) still exists. Take it back with spec.undelete.uid: {uid}, choose another name, wait for the end of its RetainedServer, or let a provider set the annotation {ANNOTATION_FRESH}: {uid} to begin beside it",
                previous.vmid,
                uid = previous.uid
            ),
        );
    }
    if let (Some(undelete), None) = (&desired.undelete, seen.status.vmid) {
        return undo::plan(undelete, desired, seen);
    }
    if let (Some(adopt), false) = (&desired.adopt, is_provisioned(&seen.status)) {
        return adopt::plan(adopt, desired, seen);
    }
    let Some(vmid) = seen.status.vmid.and_then(|n| n.try_into().ok()) else { return plan_number(desired, seen) };
    if let Some(plan) = reown::plan(desired, seen) {
        return plan;
    }
    match &seen.vm {
        VmView::NotAsked => Plan { hold: Some(Hold::Task), ..Plan::default() },
        VmView::Unreadable { reason, message } => Plan::waiting(*reason, message.clone()),
        VmView::Absent if is_provisioned(&seen.status) => Plan::stalled(
            StalledReason::VMLost,
            format!(
                "VM {vmid} is gone from Proxmox VE (proven absent); ask for a Restore of one of its backups, or delete this server and create it again"
            ),
        ),
        VmView::Absent => plan_clone(desired, seen, vmid),
        VmView::Found { config, node, .. } if undo::is_unfinished(desired, seen, vmid, config) => {
            undo::remark(desired, seen, node, vmid, config)
        }
        VmView::Found { config, node, status } => match mark::verdict(config, &desired.identity, vmid) {
            Verdict::Ours(mark) if mark.state == MarkState::Provisional && seen.pool == PoolView::Outside => {
                stuck::outside_pool(seen, node, vmid)
            }
            Verdict::Ours(mark) => configure::plan_owned(desired, seen, &mark, node, config, status.as_ref()),
            Verdict::Undetermined { why } => stuck::undetermined(seen, node, vmid, config, &why),
            Verdict::Foreign { found } if was_configured(&seen.status) => {
                Plan::stalled(StalledReason::ForeignVM, foreign_message(desired, &seen.status, vmid, found.is_some()))
            }
            Verdict::Foreign { found } => Plan {
                steps: vec![Step::BurnVmid {
                    vmid,
                    found: found.unwrap_or_else(|| format!("the VM `{}`", config.name())),
                }],
                ..Plan::default()
            },
        },
    }
}

fn may_not_create(seen: &Observed) -> Option<Plan> {
    let held = || seen.site.creates_held.clone().map(|why| (WaitingReason::SiteFrozen, why));
    seen.site.frozen.clone().or_else(held).map(|(reason, message)| Plan::waiting(reason, message))
}

/// Before anything is made, a place must exist for it, an address, and a number.
fn plan_number(desired: &Desired, seen: &Observed) -> Plan {
    if let Some(plan) = may_not_create(seen) {
        return plan;
    }
    if let Some(message) = &seen.quota {
        return Plan::waiting(WaitingReason::QuotaExceeded, message.clone());
    }
    if let Some((reason, message)) = addresses::exhausted(&seen.addresses) {
        return Plan::waiting(reason, message);
    }
    match place(desired, seen) {
        Ok(node) => Plan { steps: vec![Step::ReserveVmid { node }], ..Plan::default() },
        Err((reason, message)) => Plan::waiting(reason, message),
    }
}

fn plan_clone(desired: &Desired, seen: &Observed, vmid: Vmid) -> Plan {
    if let Some(plan) = may_not_create(seen) {
        return plan;
    }
    if let Some((reason, message)) = addresses::exhausted(&seen.addresses) {
        return Plan::waiting(reason, message);
    }
    let (node, template, config) = match &seen.template {
        TemplateView::Later { node, vmid: template } => {
            let lies_on = seen.site.templates.get(template).map(String::as_str);
            let (full_to, room) = (full_to(desired, lies_on), room(desired, lies_on));
            let turn = Step::AwaitTurn { node: node.clone(), template: *template, vmid, full_to, room };
            return Plan { steps: vec![turn], ..Plan::default() };
        }
        TemplateView::Read { node, vmid, config } => (node, *vmid, config),
        TemplateView::NoNode { reason, message } | TemplateView::Failed { reason, message } => {
            return Plan::waiting(*reason, message.clone());
        }
        TemplateView::NotNeeded => return Plan::waiting(WaitingReason::NoTemplate, "no template was looked for"),
    };
    if let Err(why) = check_template(&desired.image, config) {
        return Plan::waiting(
            WaitingReason::NoTemplate,
            format!("template {template} on node {node} is not usable: {why}"),
        );
    }
    let mark = Mark {
        identity: desired.identity.clone(),
        vmid,
        born: desired.identity.uid.clone(),
        state: MarkState::Provisional,
    };
    let lies_on = config.boot_disk().and_then(|slot| config.storage(slot));
    // It was placed before anybody knew where the template lies.
    if let Err((reason, message)) = placement::check(desired, seen, node, lies_on) {
        return Plan::waiting(reason, message);
    }
    let (full_to, room) = (full_to(desired, lies_on), room(desired, lies_on));
    let clone = Step::Clone { node: node.clone(), template, vmid, name: desired.hostname.clone(), mark, full_to, room };
    Plan { steps: addresses::claim_steps(&seen.addresses).into_iter().chain([clone]).collect(), ..Plan::default() }
}

/// Where a full copy goes; none where the clone can be linked to the template.
fn full_to(desired: &Desired, lies_on: Option<&str>) -> Option<String> {
    desired.storage.clone().filter(|storage| Some(storage.as_str()) != lies_on)
}

fn room(desired: &Desired, lies_on: Option<&str>) -> Room {
    Room {
        memory_mib: desired.memory_mib,
        cores: desired.cores,
        disks: placement::wanted_gib(desired, lies_on),
        group: desired.group.clone(),
    }
}

/// A clone copies whatever its source is: only what the image names may be one.
///
/// # Errors
/// What is wrong with it.
pub fn check_template(image: &Image, config: &proxmox_client::VmConfig) -> Result<(), String> {
    if !config.is_template() {
        return Err("it is no template".into());
    }
    if let Some(lock) = config.lock() {
        return Err(format!("it is locked ({lock})"));
    }
    if config.flag("onboot") {
        return Err("it has onboot set, which every clone would inherit".into());
    }
    if config.name() != image.template_name {
        return Err(format!("it is called `{}`, but the image wants `{}`", config.name(), image.template_name));
    }
    if !config.tags().contains(&image.template_tag.as_str()) {
        return Err(format!("it lacks the tag `{}`", image.template_tag));
    }
    if config.boot_disk().is_none() {
        return Err("it has no disk".into());
    }
    Ok(())
}

pub(super) fn foreign_message(desired: &Desired, status: &VirtualServerStatus, vmid: Vmid, marked: bool) -> String {
    let born = status.born.clone().unwrap_or_else(|| desired.identity.uid.clone());
    let line = Mark { identity: desired.identity.clone(), vmid, born, state: MarkState::Owned };
    format!(
        "VM {vmid} on node {} carries {}; nothing is done to it. If it is this server's VM, put this line into its description: {line}",
        status.node.as_deref().unwrap_or("?"),
        // Whose mark it is would tell one tenant about another.
        if marked { "another mark" } else { "no mark of Slipway" },
    )
}

/// Whether the first start ended OK once.
pub fn is_provisioned(status: &VirtualServerStatus) -> bool {
    status.conditions.iter().any(|c| c.type_ == condition::PROVISIONED && c.status == "True")
}

/// Whether the VM ever got its settings, and so its address; it may never have been started.
pub fn was_configured(status: &VirtualServerStatus) -> bool {
    is_provisioned(status) || status.applied.is_some()
}

/// What policy says about power: `Some(true)` to be kept on.
pub fn wanted_power(desired: &Desired, status: &VirtualServerStatus) -> Option<bool> {
    if desired.suspended.is_some() {
        return suspension::wanted_power(status.suspension);
    }
    match desired.run_policy {
        RunPolicy::Running => Some(true),
        RunPolicy::Stopped => Some(false),
        // Until the first start ended OK, every policy but Stopped wants running.
        RunPolicy::Managed if !is_provisioned(status) => Some(true),
        RunPolicy::Managed => None,
    }
}

/// What `onboot` should be: the last wish about power.
pub fn wanted_on_boot(desired: &Desired, status: &VirtualServerStatus) -> bool {
    if desired.suspended.is_some() {
        return false;
    }
    match desired.run_policy {
        RunPolicy::Running => true,
        RunPolicy::Stopped => false,
        RunPolicy::Managed => status.power_wish != Some(PowerState::Stopped),
    }
}

/// Whether a hand edit is put back.
pub(super) fn corrects(desired: &Desired) -> bool {
    desired.drift_policy == DriftPolicy::Correct
}
