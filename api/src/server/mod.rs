//! Servers: the wish, in revisions, and what is known, mirrored.

pub mod accept;
pub mod act;
pub mod action;
pub mod create;
pub mod delete;
pub mod guest_password;
pub mod hostname;
pub mod list;
pub mod ownership;
pub mod resize;
pub mod revision;
pub mod show;
pub mod sort;
pub mod spec;
pub mod ssh_key;
pub mod store;
pub mod update;
pub mod view;
