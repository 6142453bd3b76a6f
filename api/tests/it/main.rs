//! The API against a real Postgres and a real kube-apiserver.

mod auth;
mod coverage;
mod everywhere;
mod indexes;
mod lists;
mod migrations;
mod openapi;
mod servers;
mod staff;
mod support;
