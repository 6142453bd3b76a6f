//! A stateful Proxmox VE 9.2 API for tests: a pure state machine ([`World`]) and a TLS server around it ([`server`]).
//!
//! # In a test of another crate
//!
//! ```no_run
//! use pve_testbed::{World, server::{Options, TlsMaterial, serve}};
//!
//! # async fn example() -> std::io::Result<()> {
//! let mut world = World::seeded(7);
//! let operator = world.least_privilege_token("00000000-0000-4000-8000-000000000001");
//! let tls = TlsMaterial::generate(&[], &[])?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let handle = serve(world, listener, &tls, &Options { speed: 200.0, control: false })?;
//!
//! // A client needs: handle.url(), handle.ca_pem(), and the header
//! // `Authorization: PVEAPIToken=<operator.token>` (or `<world.root_token()>`).
//!
//! // Look into the world, or break something:
//! let now = handle.with_world(|world| world.now());
//! handle.with_world(|world| world.inject(pve_testbed::Fault::NodeDown { node: "pve2".into() }));
//! let world_at_the_end = handle.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! # Without any I/O
//!
//! ```
//! use pve_testbed::{World, request::{Method, Request}};
//!
//! let mut world = World::seeded(7);
//! let token = world.root_token();
//! let id = world.submit(Request::new(Method::Get, "/cluster/nextid").token(&token));
//! let answers = world.advance(world.now());
//! assert_eq!(answers[0].0, id);
//! assert_eq!(answers[0].1.data(), "100");
//! ```
//!
//! Time passes only in [`World::advance`]; [`World::next_event`] says how far to go. [`World::call`] does both for one
//! request. The durations stand in `world/durations.rs`.

mod api;
pub mod conformance;
mod error;
mod model;
pub mod request;
mod scenario;
mod schema;
pub mod server;
mod world;

pub use model::storage::StorageKind;
pub use scenario::{Scenario, ScenarioError};
pub use world::{
    Armed, Builder, Calls, Crash, Fault, FaultEntry, FaultId, Guest, LeastPrivilege, Loss, Moment, Order, Plan,
    ProxyStatus, Tasks, Theft, Times, World, faults, parse_duration,
};
