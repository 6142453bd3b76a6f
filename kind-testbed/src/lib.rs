//! The local testbed: `PostgreSQL`, `MariaDB`, a Kubernetes control plane, the Proxmox VE testbed and Slipway itself as child
//! processes of one supervisor, with all state in one folder. `main.rs` is the command line.

pub mod child;
pub mod control_plane;
pub mod demo;
pub mod kubeconfig;
pub mod machines;
pub mod mariadb;
pub mod migration;
pub mod pki;
pub mod pods;
pub mod ports;
pub mod postgres;
pub mod proxmox;
pub mod real_node;
pub mod slipway;
pub mod supervisor;
pub mod tools;
pub mod whmcs;
