//! Carries an operation out with a mishap, mends what was broken, and judges what came of it.

use pve_testbed::{Fault, World};
use serde_json::Value;

use super::{
    end::End,
    operation::{Operation, furnish},
    picture::{Picture, difference, orphan_volumes, picture},
    strike::{Drill, Mishap},
};
use crate::{
    gate::Grant,
    moves, properties,
    runner::Runner,
    sabotage::Sabotage,
    scenario::{self, ID, give_rights_back},
    state::{Controller, Past, State, Subject},
    wire::Wire,
};

/// More passes than any recovery takes.
const MOST_PASSES: usize = 150;
/// Passes while a fault lasts: then it is mended.
const WHILE_IT_LASTS: usize = 12;
/// Pauses of eleven minutes without any change, before it counts as at rest: longer than the sweep waits.
const QUIET: usize = 2;
/// What an operator writes that has only looked.
const ONLY_LOOKED: &str = "write the status of proxmoxsites home";
/// More disks than any operation wishes for; how many there are is compared with a run without a mishap.
const DISKS: u8 = 20;

/// An operation, ready to be asked for as often as one likes.
pub struct Stage {
    pub operation: &'static Operation,
    runner: Runner,
    before: State,
    clean: Picture,
    /// Its calls to Proxmox when nothing goes wrong, in words.
    pub calls: Vec<String>,
    /// The VM it is about, and where that is.
    pub vmid: u32,
    pub node: String,
}

/// What came of one mishap.
#[derive(Debug)]
pub enum Rehearsal {
    Ended(End),
    /// The mishap cannot happen there: its guest does not exist yet.
    CannotHappen,
    /// A promise broke.
    Broken {
        promise: String,
        trace: Vec<String>,
    },
}

impl Stage {
    /// Prepares an operation and carries it out once without a mishap.
    pub fn prepare(operation: &'static Operation, wire: &Wire) -> anyhow::Result<Self> {
        let (runner, mut before) = empty_site()?;
        let runner = runner.over(wire.clone());
        let told = |why: String| anyhow::anyhow!("{}: {why}", operation.name);
        let mut trace = Vec::new();
        rest(&runner, &mut before, &mut Grant::All, &mut trace, MOST_PASSES).map_err(told)?;
        for deed in operation.before {
            deed(&mut before);
            rest(&runner, &mut before, &mut Grant::All, &mut trace, MOST_PASSES).map_err(told)?;
        }
        let mut after = before.clone();
        (operation.deed)(&mut after);
        let mut grant = Grant::Drill(Drill::default());
        let rested = rest(&runner, &mut after, &mut grant, &mut trace, MOST_PASSES).map_err(told)?;
        anyhow::ensure!(rested, "{} never comes to rest", operation.name);
        let unfinished =
            after.planes[0].list("virtualserveractions").find(|(_, a)| a["status"]["phase"] != "Succeeded");
        anyhow::ensure!(unfinished.is_none(), "{} without a mishap: {unfinished:?} {trace:#?}", operation.name);
        properties::at_rest(&after).map_err(told)?;
        let calls = drill(grant).calls;
        anyhow::ensure!(!calls.is_empty(), "{} calls nothing", operation.name);
        let vm =
            |state: &State| properties::marked(state).next().map(|(guest, _)| (guest.vmid, guest.node().to_owned()));
        let (vmid, node) = vm(&before).or_else(|| vm(&after)).unwrap_or_default();
        Ok(Self { operation, runner, before, clean: picture(&after), calls, vmid, node })
    }

    /// Carries it out with a mishap at one of its calls. `ignored`: lines of the picture that the mishap itself changes.
    pub fn rehearse(&self, position: usize, mishap: Mishap, ignored: &[&str]) -> Rehearsal {
        let mut trace = Vec::new();
        match self.try_rehearse(position, mishap, ignored, &mut trace) {
            Ok(Some(end)) => Rehearsal::Ended(end),
            Ok(None) => Rehearsal::CannotHappen,
            Err(promise) => Rehearsal::Broken { promise, trace },
        }
    }

    fn try_rehearse(
        &self,
        position: usize,
        mishap: Mishap,
        ignored: &[&str],
        trace: &mut Vec<String>,
    ) -> Result<Option<End>, String> {
        let mut state = self.before.clone();
        (self.operation.deed)(&mut state);
        let lasts = matches!(mishap, Mishap::Fault(_));
        let destroyed = matches!(&mishap, Mishap::Fault(order) if matches!(order.fault, Fault::HandDestroy { .. }));
        if destroyed {
            state.past.precious.remove(&self.vmid);
        }
        let mut grant = Grant::Drill(Drill::at(position, mishap));
        let passes = if lasts { WHILE_IT_LASTS } else { MOST_PASSES };
        rest(&self.runner, &mut state, &mut grant, trace, passes)?;
        if !drill(grant).struck {
            return Ok(None);
        }
        let meanwhile = waiting(&state);
        if lasts {
            trace.push("what was broken is mended".into());
            mend(&mut state.world);
            state.controllers[0].crash();
        }
        let rested = rest(&self.runner, &mut state, &mut Grant::All, trace, MOST_PASSES)?;
        if destroyed && properties::marked(&state).next().is_none() && is_forgotten(&state) {
            return Ok(Some(End::Gone));
        }
        self.judge(&state, rested, meanwhile, ignored).map(Some)
    }

    fn judge(&self, state: &State, rested: bool, meanwhile: Option<String>, ignored: &[&str]) -> Result<End, String> {
        properties::all_is_accounted_for(state)?;
        let quarantined = |volume: &String| {
            let of = volume.split("vm-").nth(1).and_then(|rest| rest.split('-').next()?.parse().ok());
            of.is_some_and(|vmid| properties::is_quarantined(&state.planes[0], vmid))
        };
        let told = |volume: &String| told_volumes(state).iter().any(|mark| volume.contains(mark.as_str()));
        if let Some(orphan) = orphan_volumes(state).into_iter().find(|volume| !quarantined(volume) && !told(volume)) {
            return Err(format!("volume {orphan} is nobody's in the end"));
        }
        if let Some(reason) = stalled(state) {
            return Ok(End::Stalled(reason));
        }
        if !rested {
            return Err("it never comes to rest".into());
        }
        properties::at_rest(state)?;
        if let Some(phase) = unsuccessful(state) {
            return Ok(if phase == "Refused" { End::Refused } else { End::Ends(phase) });
        }
        if let Some(difference) = difference(&self.clean, &picture(state), ignored) {
            return Err(format!("it is not as without the mishap: {difference}"));
        }
        let set_aside = state.planes[0]
            .list("proxmoxsites")
            .any(|(_, site)| site["status"]["quarantine"].as_array().is_some_and(|entries| !entries.is_empty()));
        Ok(match meanwhile {
            _ if set_aside => End::Quarantined,
            Some(reason) => End::Waits(reason),
            None => End::Converged,
        })
    }
}

fn drill(grant: Grant) -> Drill {
    match grant {
        Grant::Drill(drill) => drill,
        _ => Drill::default(),
    }
}

/// A site of two nodes that the operator knows, without any server.
pub(super) fn empty_site() -> anyhow::Result<(Runner, State)> {
    let mut world = World::builder(7).nodes([scenario::NODE, "pve2"]).build();
    let token = world.least_privilege_token(ID).token;
    let plane = scenario::furniture(&world);
    let mut past = Past { disks_asked: DISKS, ..Past::default() };
    past.strangers.extend(world.guests().map(|guest| (guest.vmid, guest.fingerprint())));
    let mut state = State {
        world,
        backup: plane.clone(),
        planes: vec![plane],
        controllers: vec![Controller::new(0)],
        budget: [].into(),
        past,
    };
    furnish(&mut state);
    Ok((Runner::new(&token, Sabotage::None)?, state))
}

/// Lets the operator go on until nothing changes any more, or for so many passes. False: it did not come to rest.
pub(super) fn rest(
    runner: &Runner,
    state: &mut State,
    grant: &mut Grant,
    trace: &mut Vec<String>,
    passes: usize,
) -> Result<bool, String> {
    let mut quiet = 0;
    for _ in 0..passes {
        if state.controllers[0].knowledge.inventory.is_none() {
            through(runner, state, Subject::Site, grant, trace)?;
        }
        let known = trace.len();
        let mut subjects = Subject::all(&state.planes[0]);
        subjects.extend([Subject::Actions, Subject::Sweep]);
        for subject in subjects {
            through(runner, state, subject, grant, trace)?;
        }
        let still = trace[known..].iter().all(|write| write == ONLY_LOOKED);
        if state.world.is_busy() {
            state.world.get_on();
            quiet = 0;
        } else if !still {
            quiet = 0;
        } else if quiet == QUIET || passes == WHILE_IT_LASTS {
            return Ok(true);
        } else {
            quiet += 1;
            trace.push("eleven minutes pass".into());
            moves::wait_long(&mut state.world);
            // It looks at its sites every minute.
            through(runner, state, Subject::Site, grant, trace)?;
        }
    }
    Ok(false)
}

fn through(
    runner: &Runner,
    state: &mut State,
    subject: Subject,
    grant: &mut Grant,
    trace: &mut Vec<String>,
) -> Result<(), String> {
    let written = moves::through_with(runner, state, subject, grant)?;
    trace.extend(written);
    // How many disks there are is compared in the end; some operations destroy one.
    state.past.volumes.clear();
    know_strangers(state);
    Ok(())
}

/// From now on nobody may touch a VM that somebody else has made. One that is given back is nobody's until its record goes.
fn know_strangers(state: &mut State) {
    let records = state.planes[0].list("retainedservers").filter(|(_, record)| !record["spec"]["giveBack"].is_null());
    let given_back = records.filter_map(|(_, record)| record["spec"]["vmid"].as_u64()?.try_into().ok());
    let ours: Vec<u32> = properties::marked(state).map(|(guest, _)| guest.vmid).chain(given_back).collect();
    let new: Vec<(u32, u64)> = state
        .world
        .guests()
        .filter(|guest| guest.option("lock").is_none() && !ours.contains(&guest.vmid))
        .filter(|guest| !state.past.precious.contains(&guest.vmid) && !state.past.strangers.contains_key(&guest.vmid))
        .map(|guest| (guest.vmid, guest.fingerprint()))
        .collect();
    state.past.strangers.extend(new);
}

/// Whoever looks after the cluster has done what there is to do.
pub(crate) fn mend(world: &mut World) {
    world.heal();
    for node in world.node_names() {
        world.inject(Fault::NodeUp { node });
    }
    give_rights_back(world);
}

/// No object is about a VM any more.
fn is_forgotten(state: &State) -> bool {
    ["virtualservers", "retainedservers"].iter().all(|plural| state.planes[0].list(plural).next().is_none())
}

fn waiting(state: &State) -> Option<String> {
    let mut servers = state.planes[0].list("virtualservers").map(|(_, server)| server.as_ref());
    let ready = servers.find_map(|server| {
        let ready = properties::condition(server, "Ready");
        (ready["status"] == "False").then_some(ready)
    })?;
    ready["reason"].as_str().map(str::to_owned)
}

/// `vm-<number>-` of the VMs of which an action says that its worker left volumes, and how root finds them.
fn told_volumes(state: &State) -> Vec<String> {
    let messages =
        state.planes[0].list("virtualserveractions").filter_map(|(_, action)| action["status"]["message"].as_str());
    messages
        .filter_map(|text| text.split_once("qm disk rescan --vmid "))
        .map(|(_, vmid)| format!("vm-{vmid}-"))
        .collect()
}

fn stalled(state: &State) -> Option<String> {
    let of = |plural| state.planes[0].list(plural).map(|(_, object)| object.as_ref());
    let mut all = of("virtualservers").chain(of("retainedservers"));
    let found: &Value = all.find(|server| properties::condition(server, "Stalled")["status"] == "True")?;
    properties::condition(found, "Ready")["reason"].as_str().map(str::to_owned)
}

/// The phase of an action that did not succeed.
fn unsuccessful(state: &State) -> Option<String> {
    let phases = state.planes[0].list("virtualserveractions").map(|(_, action)| &action["status"]["phase"]);
    phases.filter_map(Value::as_str).find(|phase| *phase != "Succeeded").map(str::to_owned)
}
