//! Users: the people who can log in.

pub mod create;
pub mod email;
pub mod list;
pub mod set_password_link;
pub mod show;
pub mod store;
pub mod update;
pub mod view;
