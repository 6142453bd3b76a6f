//! The client over real TLS, against answers as a real Proxmox VE 9.2 gave them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod lost;
mod properties;
mod refusals;
mod requests;
mod responder;
mod tls;
