//! A world and what happens to it, from a YAML file. `file.rs` says what may stand in one, `build.rs` and `guests.rs`
//! make the world. Everything wrong is answered with its line and what was expected there.

mod access;
mod build;
mod file;
mod guests;
mod timeline;

use std::fmt;

use file::File;
use serde_saphyr::Spanned;
use thiserror::Error;

use crate::world::World;

/// What is wrong with a scenario, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {text}")]
pub struct ScenarioError {
    pub line: u64,
    pub text: String,
}

/// A scenario that was read; [`Self::build`] makes its world.
#[derive(Debug)]
pub struct Scenario(File);

impl Scenario {
    /// Reads YAML.
    pub fn read(text: &str) -> Result<Self, ScenarioError> {
        serde_saphyr::from_str(text).map(Self).map_err(|error| {
            let line = error.location().map_or(1, |place| place.line());
            // The crate's own text begins with the place, and shows the lines around it.
            let full = error.to_string();
            let rest = full.strip_prefix("error: ").unwrap_or(&full);
            let text = match rest.split_once(": ") {
                Some((place, text)) if place.starts_with("line ") => text,
                _ => rest,
            };
            ScenarioError { line, text: text.trim_end().to_owned() }
        })
    }

    /// The seed the file asks for.
    pub fn seed(&self) -> Option<u64> {
        self.0.seed
    }

    /// Makes the world; `epoch` is Unix time at its beginning.
    pub fn build(&self, seed: u64, epoch: u64) -> Result<World, ScenarioError> {
        build::build(&self.0, seed, epoch)
    }
}

/// An error at an item of the file.
fn wrong<T>(item: &Spanned<T>, text: impl fmt::Display) -> ScenarioError {
    ScenarioError { line: item.referenced.line(), text: text.to_string() }
}
