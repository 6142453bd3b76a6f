//! What may happen next: a controller goes on, is killed, loses an answer; a person acts; Proxmox gets on or goes wrong.

use std::fmt;

use pve_testbed::{Fault, Order, Tasks as OfTasks, World, request::Method};
use serde_json::json;
use slipway_crds::Verb;
use slipway_operator::site::Knowledge;

use crate::{
    clock,
    gate::{Entry, Fate, Grant},
    kubernetes::{Key, Store},
    properties,
    proxmox::by_root,
    runner::{End, Runner, Start},
    scenario::{self, IMPOSTOR, NAMESPACE, NODE, SERVER},
    state::{Controller, Flight, State, Subject},
};

/// Kinds of trouble, each with a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Crash,
    AnswerLost,
    CallLost,
    /// A watch or an inventory that lags behind.
    Stale,
    /// The site's identity and epoch are looked at once more.
    Look,
    Edit,
    Delete,
    Recreate,
    Start,
    Shutdown,
    Stop,
    Restart,
    /// Somebody takes the number that the server has just got.
    StealNumber,
    AddDisk,
    RemoveDisk,
    AddNetwork,
    RemoveNetwork,
    /// Somebody clones our VM, mark and all.
    CopyMark,
    /// Somebody changes the VM by hand.
    HandEdit,
    LoseStatus,
    /// The token loses its rights, for a while.
    LoseRights,
    TaskFails,
    WorkerDies,
    /// A task takes so long that its answer is no longer waited for.
    WaitLong,
    /// The control plane is put back to how it was in the beginning.
    RestorePlane,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// A controller begins a run and stops before its first write.
    Begin {
        controller: usize,
        subject: Subject,
        fresh: bool,
    },
    /// It makes that write and goes on to the next.
    Go {
        controller: usize,
        fate: Fate,
    },
    Crash {
        controller: usize,
    },
    /// Time passes until something has happened in Proxmox.
    Tasks,
    /// Eleven minutes.
    WaitLong,
    /// A person, or an accident.
    Happens(Kind),
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin { controller, subject, fresh } => {
                let stale = if *fresh { "" } else { ", with an old cache and inventory" };
                write!(f, "operator {controller} looks at {subject:?}{stale}")
            }
            Self::Go { controller, fate: Fate::Done } => write!(f, "operator {controller} goes on"),
            Self::Go { controller, fate: Fate::AnswerLost } => {
                write!(f, "operator {controller} goes on, and the answer is lost")
            }
            Self::Go { controller, fate: Fate::CallLost } => {
                write!(f, "operator {controller} goes on, and its call does not arrive")
            }
            Self::Go { controller, fate: fate @ (Fate::Killed | Fate::Twice) } => {
                write!(f, "operator {controller} goes on: {fate:?}")
            }
            Self::Crash { controller } => write!(f, "operator {controller} is killed and starts again"),
            Self::Tasks => f.write_str("a task of Proxmox gets on"),
            Self::WaitLong => f.write_str("eleven minutes pass; an operator that stood still loses its Lease"),
            Self::Happens(kind) => write!(f, "{}", happening(*kind)),
        }
    }
}

const fn happening(kind: Kind) -> &'static str {
    match kind {
        Kind::Edit => "the user chooses the large plan",
        Kind::Delete => "the user deletes the server",
        Kind::Recreate => "the user creates the server again",
        Kind::Start => "the user asks for Start",
        Kind::Shutdown => "the user asks for Shutdown",
        Kind::Stop => "the user asks for Stop",
        Kind::Restart => "the user asks for Restart",
        Kind::AddDisk => "the user wishes for a data disk",
        Kind::RemoveDisk => "the user removes the data disk",
        Kind::AddNetwork => "the user wishes for a second interface",
        Kind::RemoveNetwork => "the user removes the second interface",
        Kind::StealNumber => "somebody makes a VM with the server's number",
        Kind::CopyMark => "somebody clones the VM, mark and all",
        Kind::HandEdit => "somebody changes the VM by hand",
        Kind::LoseStatus => "the server's status is lost",
        Kind::LoseRights => "the token loses its rights",
        Kind::TaskFails => "the next task fails",
        Kind::WorkerDies => "the worker of the next clone dies",
        Kind::RestorePlane => "Kubernetes is put back to how it was in the beginning",
        Kind::Crash | Kind::AnswerLost | Kind::CallLost | Kind::Stale | Kind::Look | Kind::WaitLong => "",
    }
}

/// Every move that is possible in a state.
pub fn moves(state: &State) -> Vec<Move> {
    let mut all = Vec::new();
    let may = |kind: Kind| state.budget.get(&kind).is_some_and(|left| *left > 0);
    for (controller, process) in state.controllers.iter().enumerate() {
        if process.flight.is_some() {
            all.push(Move::Go { controller, fate: Fate::Done });
            for (kind, fate) in [(Kind::AnswerLost, Fate::AnswerLost), (Kind::CallLost, Fate::CallLost)] {
                if may(kind) {
                    all.push(Move::Go { controller, fate });
                }
            }
        } else {
            all.extend(beginnings(state, controller, may));
        }
        if may(Kind::Crash) && (process.flight.is_some() || process.knowledge.inventory.is_some()) {
            all.push(Move::Crash { controller });
        }
    }
    if state.world.is_busy() {
        all.push(Move::Tasks);
    }
    if may(Kind::WaitLong) {
        all.push(Move::WaitLong);
    }
    let happenings = state.budget.keys().copied().filter(|kind| may(*kind) && is_possible(state, *kind));
    all.extend(happenings.map(Move::Happens));
    all
}

fn beginnings(state: &State, controller: usize, may: impl Fn(Kind) -> bool) -> Vec<Move> {
    let process = &state.controllers[controller];
    let begin = |subject, fresh| Move::Begin { controller, subject, fresh };
    let knows = process.knowledge.inventory.is_some();
    let mut all = Vec::new();
    if !knows || may(Kind::Look) {
        all.push(begin(Subject::Site, true));
    }
    if !knows {
        return all;
    }
    let plane = &state.planes[process.plane];
    all.extend(Subject::all(plane).into_iter().map(|subject| begin(subject, true)));
    if may(Kind::Stale) {
        all.extend(Subject::all(&process.cache).into_iter().map(|subject| begin(subject, false)));
    }
    if plane.list("virtualserveractions").next().is_some() {
        all.push(begin(Subject::Actions, true));
    }
    if properties::is_something_to_sweep(state, process.plane) {
        all.push(begin(Subject::Sweep, true));
        if may(Kind::Stale) {
            all.push(begin(Subject::Sweep, false));
        }
    }
    all
}

fn is_possible(state: &State, kind: Kind) -> bool {
    let server = server(state);
    let there = server.is_some_and(|s| s["metadata"]["deletionTimestamp"].is_null());
    let vmid = server.and_then(|s| s["status"]["vmid"].as_u64()).and_then(|n| u32::try_from(n).ok());
    let exists = vmid.is_some_and(|n| state.world.guest(n).is_some());
    match kind {
        Kind::Edit | Kind::Delete | Kind::Start | Kind::Shutdown | Kind::Stop | Kind::Restart => there,
        Kind::AddDisk => there && !wishes(server, "disks"),
        Kind::RemoveDisk => there && wishes(server, "disks"),
        Kind::AddNetwork => there && !wishes(server, "networks"),
        Kind::RemoveNetwork => there && wishes(server, "networks"),
        Kind::Recreate => server.is_none(),
        Kind::StealNumber => vmid.is_some() && !exists,
        Kind::CopyMark | Kind::HandEdit => exists,
        Kind::LoseStatus => server.is_some_and(|s| s["status"]["vmid"].is_u64()),
        Kind::LoseRights | Kind::TaskFails | Kind::WorkerDies | Kind::RestorePlane => true,
        Kind::Crash | Kind::AnswerLost | Kind::CallLost | Kind::Stale | Kind::Look | Kind::WaitLong => false,
    }
}

/// More than what every server has.
fn wishes(server: Option<&serde_json::Value>, list: &str) -> bool {
    let least = usize::from(list == "networks");
    server.and_then(|s| s["spec"][list].as_array()).is_some_and(|all| all.len() > least)
}

fn server(state: &State) -> Option<&serde_json::Value> {
    state.planes[0].get(&Key::namespaced("virtualservers", NAMESPACE, SERVER)).map(AsRef::as_ref)
}

/// The state after a move; or which promise it broke.
pub fn apply(runner: &Runner, state: &State, step: &Move) -> Result<State, String> {
    let mut next = state.clone();
    match step {
        Move::Begin { controller, subject, fresh } => {
            if *subject == Subject::Site && state.controllers[*controller].knowledge.inventory.is_some() {
                spend(&mut next, Kind::Look);
            }
            if !fresh {
                spend(&mut next, Kind::Stale);
            }
            begin(runner, &mut next, *controller, subject.clone(), *fresh)?;
        }
        Move::Go { controller, fate } => {
            match fate {
                // The last two are only drilled.
                Fate::Done | Fate::Killed | Fate::Twice => {}
                Fate::AnswerLost => spend(&mut next, Kind::AnswerLost),
                Fate::CallLost => spend(&mut next, Kind::CallLost),
            }
            go(runner, &mut next, *controller, *fate)?;
        }
        Move::Crash { controller } => {
            spend(&mut next, Kind::Crash);
            next.controllers[*controller].crash();
        }
        Move::Tasks => next.world.get_on(),
        Move::WaitLong => {
            spend(&mut next, Kind::WaitLong);
            wait_long(&mut next.world);
            // Whoever stood still for so long has lost its Lease, and ended.
            next.controllers.iter_mut().filter(|c| c.flight.is_some()).for_each(Controller::crash);
        }
        Move::Happens(kind) => {
            spend(&mut next, *kind);
            happen(&mut next, *kind);
        }
    }
    properties::remember(&mut next);
    properties::hold(&next)?;
    Ok(next)
}

fn begin(runner: &Runner, next: &mut State, controller: usize, subject: Subject, fresh: bool) -> Result<(), String> {
    let process = &mut next.controllers[controller];
    if fresh {
        process.cache = next.planes[process.plane].clone();
    }
    let (cache, knowledge) = (process.cache.clone(), process.knowledge.clone());
    let run = Run { subject, fresh, cache, knowledge, log: vec![], grant: Grant::None };
    carry_out(runner, next, controller, run).map(|_| ())
}

fn go(runner: &Runner, next: &mut State, controller: usize, fate: Fate) -> Result<(), String> {
    let Some(flight) = next.controllers[controller].flight.take() else { return Ok(()) };
    let Flight { subject, fresh, cache, knowledge, log, .. } = flight;
    let run = Run { subject, fresh, cache, knowledge, log: log.to_vec(), grant: Grant::Next(fate) };
    carry_out(runner, next, controller, run).map(|_| ())
}

/// A run from its beginning to its end, without any trouble; answers what it wrote.
pub fn through(runner: &Runner, next: &mut State, subject: Subject) -> Result<Vec<String>, String> {
    through_with(runner, next, subject, &mut Grant::All)
}

/// The same, with what may befall it. An operator that is killed starts again.
pub fn through_with(
    runner: &Runner,
    next: &mut State,
    subject: Subject,
    grant: &mut Grant,
) -> Result<Vec<String>, String> {
    let process = &mut next.controllers[0];
    process.cache = next.planes[process.plane].clone();
    let (cache, knowledge) = (process.cache.clone(), process.knowledge.clone());
    let run = Run { subject, fresh: true, cache, knowledge, log: vec![], grant: grant.clone() };
    let (written, left) = carry_out(runner, next, 0, run)?;
    *grant = left;
    if next.controllers[0].flight.is_some() {
        next.controllers[0].crash();
    }
    properties::remember(next);
    properties::hold(next)?;
    Ok(written)
}

struct Run {
    subject: Subject,
    fresh: bool,
    cache: Store,
    knowledge: Knowledge,
    log: Vec<Entry>,
    grant: Grant,
}

fn carry_out(runner: &Runner, next: &mut State, controller: usize, run: Run) -> Result<(Vec<String>, Grant), String> {
    let plane = next.controllers[controller].plane;
    let Run { subject, fresh, cache, knowledge, log, grant } = run;
    let ran = runner.run(Start {
        subject: &subject,
        fresh,
        cache: &cache,
        knowledge: &knowledge,
        log,
        grant,
        seed: seed(controller, next, plane),
        past: next.past.clone(),
        world: next.world.clone(),
        kubernetes: next.planes[plane].clone(),
    });
    (next.world, next.planes[plane], next.past) = (ran.world, ran.kubernetes, ran.past);
    let process = &mut next.controllers[controller];
    match ran.end {
        End::Before(write) => {
            process.flight = Some(Flight { subject, fresh, knowledge, cache, log: ran.log.into(), write });
        }
        End::Over(knowledge) => {
            process.knowledge = knowledge;
            process.flight = None;
        }
    }
    ran.broken.map_or(Ok((ran.written, ran.grant)), Err)
}

/// What chance draws: other numbers for each operator, each control plane that was put back, and each epoch.
fn seed(controller: usize, state: &State, plane: usize) -> u32 {
    let epoch = state.planes[plane]
        .list("proxmoxsites")
        .next()
        .and_then(|(_, site)| site["status"]["epochs"].as_array()?.last()?["number"].as_u64());
    let lot = u32::try_from(controller).unwrap_or_default() + 10 * u32::from(state.past.planes_made);
    lot * 1000 + u32::try_from(epoch.unwrap_or_default()).unwrap_or_default()
}

/// Longer than any rule of the operator waits for.
pub fn wait_long(world: &mut World) {
    let to = world.now() + 11 * 60 * 1000;
    world.advance(to);
}

fn spend(next: &mut State, kind: Kind) {
    if let Some(left) = next.budget.get_mut(&kind) {
        *left = left.saturating_sub(1);
    }
}

fn happen(next: &mut State, kind: Kind) {
    let key = Key::namespaced("virtualservers", NAMESPACE, SERVER);
    let now = clock::now(&next.world);
    let vmid = server(next).and_then(|s| s["status"]["vmid"].as_u64()).and_then(|n| u32::try_from(n).ok());
    match kind {
        Kind::Edit => next.planes[0].edit(&key, |s| s["spec"]["planRef"] = json!("large")),
        Kind::AddDisk => {
            next.past.disks_asked += 1;
            next.planes[0].edit(&key, |s| s["spec"]["disks"] = json!([{ "name": "data", "sizeGiB": 2 }]));
        }
        Kind::RemoveDisk => next.planes[0].edit(&key, |s| s["spec"]["disks"] = json!([])),
        Kind::AddNetwork => next.planes[0].edit(&key, |s| {
            s["spec"]["networks"] = json!([interface("public"), interface("backend")]);
        }),
        Kind::RemoveNetwork => {
            next.planes[0].edit(&key, |s| s["spec"]["networks"] = json!([interface("public")]));
        }
        Kind::Delete => {
            let _ = next.planes[0].delete(&key, &serde_json::Value::Null, now);
        }
        Kind::Recreate => {
            let _ = next.planes[0].create(key, scenario::server(), now);
        }
        Kind::Start => act(next, Verb::Start),
        Kind::Shutdown => act(next, Verb::Shutdown),
        Kind::Stop => act(next, Verb::Stop),
        Kind::Restart => act(next, Verb::Restart),
        Kind::StealNumber => {
            if let Some(vmid) = vmid {
                next.world.inject(Fault::ForeignVm { node: NODE.into(), vmid });
                settle_strangers(next, vmid);
            }
        }
        Kind::CopyMark => {
            if let Some(vmid) = vmid {
                let path = format!("/nodes/{NODE}/qemu/{vmid}/clone");
                let id = IMPOSTOR.to_string();
                by_root(&mut next.world, Method::Post, &path, &[("newid", &id), ("full", "1")]);
                settle_strangers(next, IMPOSTOR);
            }
        }
        Kind::HandEdit => {
            if let Some(vmid) = vmid {
                let path = format!("/nodes/{NODE}/qemu/{vmid}/config");
                by_root(&mut next.world, Method::Put, &path, &[("cores", "3")]);
            }
        }
        Kind::LoseStatus => next.planes[0].edit(&key, |s| s["status"] = serde_json::Value::Null),
        Kind::LoseRights => next.world.inject(Fault::AclLost { authid: scenario::AUTHID.into() }),
        Kind::TaskFails => {
            next.world.inject(Order::from(Fault::TaskError { on: OfTasks::default(), text: "unable to do it".into() }));
        }
        Kind::WorkerDies => next.world.inject(Order::from(Fault::WorkerDeath { on: OfTasks::of("qmclone", 2) })),
        Kind::RestorePlane => {
            next.planes[0] = next.backup.clone();
            next.past.planes_made += 1;
            for process in &mut next.controllers {
                process.crash();
            }
        }
        Kind::Crash | Kind::AnswerLost | Kind::CallLost | Kind::Stale | Kind::Look | Kind::WaitLong => {}
    }
}

fn interface(name: &str) -> serde_json::Value {
    json!({ "name": name, "networkRef": name })
}

fn act(next: &mut State, verb: Verb) {
    ask(next, verb, &json!({}), jiff::SignedDuration::from_mins(10));
}

/// The user asks for a verb, with what it takes, within so long.
pub fn ask(next: &mut State, verb: Verb, takes: &serde_json::Value, within: jiff::SignedDuration) {
    let now = clock::now(&next.world);
    let name = format!("{SERVER}-{verb:?}").to_lowercase();
    let uid = server(next).map(|s| s["metadata"]["uid"].clone());
    let mut action = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction",
        "metadata": {},
        "spec": { "serverRef": { "name": SERVER, "uid": uid }, "verb": verb, "notAfter": (now + within).to_string() }
    });
    for (field, value) in takes.as_object().into_iter().flatten() {
        action["spec"][field] = value.clone();
    }
    if next.planes[0].create(Key::namespaced("virtualserveractions", NAMESPACE, &name), action, now).is_ok()
        && verb == Verb::Restart
    {
        next.past.restarts_asked += 1;
    }
}

/// A stranger's VM is made at once, and from then on nobody may touch it.
fn settle_strangers(next: &mut State, vmid: u32) {
    let unfinished = |world: &World| world.guest(vmid).is_none_or(|g| g.option("lock").is_some());
    while next.world.is_busy() && unfinished(&next.world) {
        next.world.get_on();
    }
    if let Some(guest) = next.world.guest(vmid) {
        next.past.strangers.insert(vmid, guest.fingerprint());
    }
}
