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
            pass(runner, &mut state, trace)?;
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
                moves::wait_long(&mut state.world);
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
    state.controllers[0].crash();
    state.world.heal();
    give_rights_back(&mut state.world);
    state
}

/// Everything is looked at once.
fn pass(runner: &Runner, state: &mut State, trace: &mut Vec<String>) -> Result<(), String> {
    if state.controllers[0].knowledge.inventory.is_none() {
        through(runner, state, Subject::Site, trace)?;
    }
    let mut subjects = Subject::all(&state.planes[0]);
    subjects.extend([Subject::Actions, Subject::Sweep]);
    for subject in subjects {
        through(runner, state, subject, trace)?;
    }
    Ok(())
}

fn through(runner: &Runner, state: &mut State, subject: Subject, trace: &mut Vec<String>) -> Result<(), String> {
    trace.extend(moves::through(runner, state, subject)?);
    Ok(())
}
