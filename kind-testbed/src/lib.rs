//! slipway-testbed
