//! `slipway-migrate`: leave WHMCS in an evening.

fn main() {}
