//! A `RetainedServer`, reconciled: it keeps a deleted server's VM until its time, then runs the fence.

pub mod controller;
pub mod plan;
