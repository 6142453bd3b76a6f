//! A `RetainedServer`, reconciled: it keeps a deleted server's VM until its time, then runs the fence.

mod brake;
pub mod controller;
mod give_back;
mod look;
pub mod observed;
pub mod plan;
pub mod step;
mod turn;
