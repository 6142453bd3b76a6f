//! slipway-operator
