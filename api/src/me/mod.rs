//! The person who is logged in.

pub mod change_password;
pub mod show;
