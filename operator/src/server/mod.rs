//! A `VirtualServer`, reconciled: `observe` (I/O) → `validate` (pure) → `plan` (pure) → `act` (I/O) → `report` (I/O).

pub mod act;
pub mod addresses;
pub mod configure;
pub mod context;
pub mod controller;
pub mod deed;
pub mod deletion;
pub mod desired;
pub mod interpret;
pub mod observe;
mod observe_actions;
mod observe_stored;
pub mod observed;
pub mod plan;
pub mod previous;
pub mod report;
pub mod settings;
pub mod step;
pub mod stored;
mod stuck;
mod suspension;
mod undo;
pub mod validate;
pub mod verbs;
