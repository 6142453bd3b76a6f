//! Reads a WHMCS database and writes accounts, users and wished servers. Source → decode → transform → target: only the two
//! ends do I/O.

pub mod carried;
pub mod cli;
pub mod command;
pub mod emit;
pub mod inventory;
pub mod machine_set;
pub mod mapping;
pub mod operator;
pub mod outcome;
pub mod overview;
pub mod page;
pub mod pass;
pub mod progress;
pub mod propose;
pub mod reading;
pub mod source;
pub mod story;
pub mod target;
pub mod text;
pub mod transform;
pub mod value;
pub mod whmcs;
