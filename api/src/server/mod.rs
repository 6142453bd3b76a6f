//! Servers: the wish, in revisions, and what is known, mirrored.

pub mod accept;
pub mod act;
pub mod action;
pub mod create;
pub mod delete;
pub mod dns;
pub mod guest_password;
pub mod hostname;
pub mod list;
pub mod ownership;
pub mod parameters;
pub mod resize;
pub mod revision;
pub mod show;
pub mod size;
pub mod sort;
pub mod spec;
pub mod ssh_key;
pub mod store;
pub mod stores;
pub mod suspend;
pub mod suspension;
pub mod undelete;
pub mod update;
pub mod view;
