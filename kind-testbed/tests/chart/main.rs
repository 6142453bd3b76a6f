//! The Helm chart: rendered with many values, and installed on a real kube-apiserver whose scheduler and controllers are real
//! and whose nodes only pretend to run pods. `make test` runs it; alone, after `WITH_CHART=1 kind-testbed/install.sh .slipway`:
//! `SLIPWAY_STATE=$PWD/.slipway cargo nextest run -p slipway-testbed -j1 -E 'binary(chart)'`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test's helper cannot do fails the test")]

mod cases;
mod cluster;
mod firewall;
mod helm;
mod pod;

mod copies;
mod machine;
mod monitoring;
mod networks;
mod processes;
mod render;
mod review;
mod rights;
mod scored;
mod whole;
