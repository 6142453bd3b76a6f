//! What the names and values of options and fields mean: `RAM (GB)`, `4096|4 GiB`, `100Mbit`.

mod amount;
mod name;
mod number;
mod resource;
mod unit;

pub use amount::{Amount, amount};
pub use name::{Name, halves};
pub use resource::{Operation, Resource};
pub use unit::{Scale, Step, Unit};
