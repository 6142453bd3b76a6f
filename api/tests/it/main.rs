//! The API against a real Postgres and a real kube-apiserver.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod admin;
mod adoption;
mod auth;
mod console;
mod coverage;
mod deliveries;
mod devices;
mod dispatch;
mod everywhere;
mod halts;
mod handing_over;
mod history;
mod indexes;
mod kept;
mod kubeconfig;
mod lists;
mod migrations;
mod mirror;
mod old_passwords;
mod openapi;
mod orders;
mod plans;
mod records;
mod servers;
mod sites;
mod staff;
mod support;
mod suspensions;
mod unlinked;
mod verbs;
mod wished_catalogue;
