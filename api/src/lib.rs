//! The REST API of Slipway, its dispatcher to Kubernetes and its mirror of Kubernetes.
//!
//! A request is one Postgres transaction; nothing in this crate talks to Proxmox. The modules [`dispatcher`]
//! and [`mirror`] are the two ways between Postgres and Kubernetes.

pub mod account;
pub mod app;
pub mod audit;
pub mod auth;
pub mod catalogue;
pub mod console;
pub mod dispatcher;
pub mod display_name;
pub mod environment;
pub mod health;
pub mod history;
pub mod http;
pub mod id;
pub mod keys;
pub mod kube_time;
pub mod kubeconfig;
pub mod me;
pub mod membership;
pub mod metrics;
pub mod migration;
pub mod mirror;
pub mod openapi;
pub mod operation;
pub mod operator;
pub mod problem;
pub mod router;
pub mod schema;
pub mod seal;
pub mod secret_once;
pub mod server;
pub mod site;
pub mod slug;
pub mod telemetry;
pub mod text_enum;
pub mod user;
