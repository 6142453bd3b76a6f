//! Logging in: a password becomes a session, a session becomes short-lived access tokens.

pub mod caller;
pub mod cookie;
pub mod login;
pub mod logout;
pub mod pace;
pub mod password;
pub mod refresh;
pub mod same_origin;
pub mod session;
pub mod set_password;
pub mod stored_hash;
pub mod throttle;
pub mod token;
