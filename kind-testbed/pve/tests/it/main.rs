//! The testbed from outside: requests and answers, in-process and over TLS.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod access;
mod agent;
mod backup;
mod clone;
mod command_line;
mod config;
mod conformance;
mod console;
mod content;
mod datacenter;
mod directory;
mod disks;
mod download;
mod facts;
mod faults_of_calls;
mod faults_of_machines;
mod firewall;
mod ha;
mod host;
mod lab;
mod least_privilege;
mod locks;
mod migrate;
mod pools;
mod power;
mod properties;
mod prune;
mod restart;
mod scenario;
mod snapshot;
mod statistics;
mod storage_types;
mod storages;
mod tasks;
mod tls;
mod transfers;
