//! Reads a WHMCS database and writes accounts, users and wished servers. Source → decode → transform → target: only the two
//! ends do I/O.

pub mod carried;
pub mod inventory;
pub mod mapping;
pub mod outcome;
pub mod propose;
pub mod source;
pub mod target;
pub mod text;
pub mod transform;
pub mod value;
pub mod whmcs;
