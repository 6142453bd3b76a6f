//! The testbed's ports: configurable, and checked before anything starts.

use std::net::{Ipv4Addr, TcpListener};

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Ports {
    /// The console and the REST API.
    #[arg(long, env = "SLIPWAY_PORT_API", default_value_t = 8080)]
    pub api: u16,
    /// The Proxmox VE testbed (TLS).
    #[arg(long, env = "SLIPWAY_PORT_PROXMOX", default_value_t = 8006)]
    pub proxmox: u16,
    /// kube-apiserver (TLS).
    #[arg(long, env = "SLIPWAY_PORT_KUBERNETES", default_value_t = 6443)]
    pub kubernetes: u16,
    /// etcd's clients.
    #[arg(long, env = "SLIPWAY_PORT_ETCD", default_value_t = 2389)]
    pub etcd: u16,
    /// etcd's peers.
    #[arg(long, env = "SLIPWAY_PORT_ETCD_PEER", default_value_t = 2390)]
    pub etcd_peer: u16,
    /// kube-controller-manager's health (TLS).
    #[arg(long, env = "SLIPWAY_PORT_CONTROLLERS", default_value_t = 10257)]
    pub controllers: u16,
    /// `PostgreSQL`.
    #[arg(long, env = "SLIPWAY_PORT_POSTGRES", default_value_t = 5455)]
    pub postgres: u16,
    /// `MariaDB`, which holds WHMCS.
    #[arg(long, env = "SLIPWAY_PORT_MARIADB", default_value_t = 3307)]
    pub mariadb: u16,
    /// The operator's health, metrics and internal endpoint.
    #[arg(long, env = "SLIPWAY_PORT_OPERATOR", default_value_t = 8090)]
    pub operator: u16,
}

#[derive(Debug, thiserror::Error)]
#[error("port {port} ({what}) is taken; free it or choose another with {variable}=PORT")]
pub struct PortTaken {
    port: u16,
    what: &'static str,
    variable: &'static str,
}

impl Ports {
    /// Free ports chosen by the kernel, for tests.
    pub fn free() -> std::io::Result<Self> {
        // All held until all are chosen, so that none is handed out twice.
        let held: Vec<TcpListener> =
            (0..9).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
        let port = |i: usize| held[i].local_addr().map(|a| a.port());
        Ok(Self {
            api: port(0)?,
            proxmox: port(1)?,
            kubernetes: port(2)?,
            etcd: port(3)?,
            etcd_peer: port(4)?,
            controllers: port(5)?,
            postgres: port(6)?,
            operator: port(7)?,
            mariadb: port(8)?,
        })
    }

    /// Names the first port that somebody else listens on. The Proxmox VE testbed needs none where a real node is used.
    pub fn check(&self, testbed: bool) -> Result<(), PortTaken> {
        let all = [
            (self.api, "console and API", "SLIPWAY_PORT_API"),
            (self.proxmox, "Proxmox VE testbed", "SLIPWAY_PORT_PROXMOX"),
            (self.kubernetes, "kube-apiserver", "SLIPWAY_PORT_KUBERNETES"),
            (self.etcd, "etcd clients", "SLIPWAY_PORT_ETCD"),
            (self.etcd_peer, "etcd peers", "SLIPWAY_PORT_ETCD_PEER"),
            (self.controllers, "kube-controller-manager", "SLIPWAY_PORT_CONTROLLERS"),
            (self.postgres, "PostgreSQL", "SLIPWAY_PORT_POSTGRES"),
            (self.mariadb, "MariaDB", "SLIPWAY_PORT_MARIADB"),
            (self.operator, "operator", "SLIPWAY_PORT_OPERATOR"),
        ];
        let needed = all.into_iter().filter(|(port, ..)| testbed || *port != self.proxmox);
        for (port, what, variable) in needed {
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|_| PortTaken { port, what, variable })?;
        }
        Ok(())
    }
}
