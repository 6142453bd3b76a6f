//! Convergence: once nothing goes wrong any more, everything comes to rest, and to rest where it should.

use std::collections::HashSet;

use crate::{
    fingerprint::fingerprint,
    moves::{self, Move},
    properties,
    runner::Runner,
    scenario::give_rights_back,
    state::{State, Subject},
};

/// More passes than any recovery takes; the longest waits eleven minutes several times.
const MOST_PASSES: usize = 120;
/// How often a quiet system is woken after a pause, before it counts as at rest.
const QUIET: usize = 2;

/// Lets the first operator go on alone, without trouble, until nothing changes.
pub fn rest(runner: &Runner, from: &State) -> Result<State, String> {
    Settling::default().rest(runner, from, &mut Vec::new())
}

/// What never came to rest, or came to rest where it should not; and the way there.
#[derive(Debug)]
pub struct Unrest {
    pub promise: String,
    pub trace: Vec<String>,
}

/// Remembers which states are known to come to rest.
#[derive(Debug, Default)]
pub struct Settling {
    good: HashSet<u64>,
}

impl Settling {
    /// An error says what is wrong with where it came to rest, or that it never did.
    pub fn check(&mut self, runner: &Runner, from: &State) -> Result<(), Unrest> {
        let mut trace = Vec::new();
        self.rest(runner, from, &mut trace).map(|_| ()).map_err(|promise| Unrest { promise, trace })
    }

    fn rest(&mut self, runner: &Runner, from: &State, trace: &mut Vec<String>) -> Result<State, String> {
        let mut state = calm(from);
        let (mut passed, mut quiet) = (Vec::new(), 0);
        for _ in 0..MOST_PASSES {
            let before = fingerprint(&state);
            if self.good.contains(&before) {
                self.good.extend(passed);
                return Ok(state);
            }
            passed.push(before);
            state = pass(runner, state, trace)?;
            if state.world.is_busy() {
                trace.push(Move::Tasks.to_string());
                state.world.get_on();
                quiet = 0;
            } else if fingerprint(&state) == before {
                quiet += 1;
                if quiet > QUIET {
                    properties::at_rest(&state)?;
                    self.good.extend(passed);
                    return Ok(state);
                }
                trace.push(Move::WaitLong.to_string());
                let to = state.world.now() + 11 * 60 * 1000;
                state.world.advance(to);
            } else {
                quiet = 0;
            }
        }
        properties::at_rest(&state)?;
        Err("it never comes to rest".into())
    }
}

/// No more trouble: the other operators are gone, what was broken in Proxmox is mended.
fn calm(from: &State) -> State {
    let mut state = from.clone();
    state.controllers.truncate(1);
    state.planes.truncate(1);
    state.budget.clear();
    state.controllers[0].flight = None;
    state.controllers[0].knowledge = slipway_operator::site::Knowledge::default();
    state.world.heal();
    give_rights_back(&mut state.world);
    state
}

/// Everything is looked at once.
fn pass(runner: &Runner, mut state: State, trace: &mut Vec<String>) -> Result<State, String> {
    if state.controllers[0].knowledge.inventory.is_none() {
        through(runner, &mut state, Subject::Site, trace)?;
    }
    let servers = state.planes[0].list("virtualservers").map(|(key, _)| Subject::Server {
        namespace: key.namespace.clone().unwrap_or_default(),
        name: key.name.clone(),
    });
    let records = state.planes[0].list("retainedservers").map(|(key, _)| Subject::Record { name: key.name.clone() });
    let mut subjects: Vec<Subject> = servers.chain(records).collect();
    subjects.push(Subject::Actions);
    for subject in subjects {
        through(runner, &mut state, subject, trace)?;
    }
    Ok(state)
}

fn through(runner: &Runner, state: &mut State, subject: Subject, trace: &mut Vec<String>) -> Result<(), String> {
    trace.extend(moves::through(runner, state, subject)?);
    Ok(())
}
