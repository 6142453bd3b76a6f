//! Breadth-first over every interleaving, so that the first violation found has the shortest trace.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    time::{Duration, Instant},
};

use crate::{
    fingerprint::fingerprint,
    moves::{self, Move},
    runner::Runner,
    sabotage::Sabotage,
    scenario::Scenario,
    settle::Settling,
    state::State,
};

/// How far an exploration goes.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    pub states: usize,
}

#[derive(Debug)]
pub struct Explored {
    pub states: usize,
    pub moves: usize,
    /// Every state within the budget was met; else the bound on states ended it.
    pub complete: bool,
    pub depth: usize,
    pub took: Duration,
    pub violation: Option<Violation>,
}

/// A broken promise, and the shortest way to it.
#[derive(Debug)]
pub struct Violation {
    pub promise: String,
    pub trace: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.promise)?;
        for (n, line) in self.trace.iter().enumerate() {
            writeln!(f, "  {:>2}. {line}", n + 1)?;
        }
        Ok(())
    }
}

/// How a state was reached first.
type Origins = HashMap<u64, (u64, Move)>;

pub fn explore(scenario: &Scenario, sabotage: Sabotage, bound: Bound) -> anyhow::Result<Explored> {
    let began = Instant::now();
    let (runner, first) = scenario.begin(sabotage)?;
    let mut settling = Settling::default();
    let mut origins = Origins::new();
    let root = fingerprint(&first);
    origins.insert(root, (root, Move::Tasks));
    let mut queue = VecDeque::from([(root, 0_usize, first.clone())]);
    let mut explored =
        Explored { states: 1, moves: 0, complete: true, depth: 0, took: Duration::ZERO, violation: None };
    'all: while let Some((id, depth, state)) = queue.pop_front() {
        explored.depth = depth;
        if let Err(unrest) = settling.check(&runner, &state) {
            let mut found = violation(&runner, &first, &origins, id, None, unrest.promise);
            found.trace.push("from here on one operator goes on alone, and nothing goes wrong any more".into());
            found.trace.extend(unrest.trace);
            explored.violation = Some(found);
            break;
        }
        for step in moves::moves(&state) {
            explored.moves += 1;
            let next = match moves::apply(&runner, &state, &step) {
                Ok(next) => next,
                Err(promise) => {
                    explored.violation = Some(violation(&runner, &first, &origins, id, Some(step), promise));
                    break 'all;
                }
            };
            let key = fingerprint(&next);
            if origins.contains_key(&key) {
                continue;
            }
            if origins.len() >= bound.states {
                explored.complete = false;
                break 'all;
            }
            origins.insert(key, (id, step));
            queue.push_back((key, depth + 1, next));
        }
    }
    explored.states = origins.len();
    explored.took = began.elapsed();
    Ok(explored)
}

/// The way to a state in words: walked once more, so that each write can be named.
fn violation(
    runner: &Runner,
    first: &State,
    origins: &Origins,
    at: u64,
    last: Option<Move>,
    promise: String,
) -> Violation {
    let mut steps: Vec<Move> = last.into_iter().collect();
    let mut at = at;
    while let Some((before, step)) = origins.get(&at).filter(|(before, _)| *before != at) {
        steps.push(step.clone());
        at = *before;
    }
    steps.reverse();
    let mut trace = Vec::new();
    let mut state = first.clone();
    for step in steps {
        let write = match &step {
            Move::Go { controller, .. } => state.controllers[*controller].flight.as_ref().map(|f| f.write.words()),
            _ => None,
        };
        trace.push(write.map_or_else(|| step.to_string(), |write| format!("{step}: {write}")));
        if let Ok(next) = moves::apply(runner, &state, &step) {
            state = next;
        }
    }
    Violation { promise, trace }
}
