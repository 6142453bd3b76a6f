//! The Proxmox cluster of a drill: it goes on whatever becomes of the control planes beside it.

use std::{collections::BTreeMap, net::Ipv4Addr, path::Path};

use pve_testbed::{
    World,
    request::{Method, Request},
    server::{Handle, Options, TlsMaterial, serve},
};
use serde_json::Value;

/// Proxmox's time runs this much faster.
const SPEED: f64 = 60.0;

pub struct Cluster {
    handle: Handle,
    token: String,
}

/// A VM as a person at the dashboard sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Vm {
    pub config: Value,
    /// Of the guest's process; null when it is stopped.
    pub pid: Value,
}

impl Cluster {
    pub async fn start(installation: &str, port: u16) -> Self {
        let mut world = World::seeded(7);
        let token = world.least_privilege_token(installation).token;
        let tls = TlsMaterial::generate(&[], &[]).unwrap();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        Self { handle: serve(world, listener, &tls, &Options { speed: SPEED, control: false }).unwrap(), token }
    }

    /// Puts down its CA and the operator's token, where the testbed's own process would.
    pub fn describe(&self, dir: &Path) {
        std::fs::create_dir_all(dir).unwrap();
        std::fs::write(dir.join("ca.pem"), self.handle.ca_pem()).unwrap();
        std::fs::write(dir.join("operator-token"), &self.token).unwrap();
    }

    /// Every VM in the site's range by its number.
    pub fn vms(&self) -> BTreeMap<u64, Vm> {
        let rows = self.get("/cluster/resources");
        let vms = rows.as_array().unwrap().iter().filter(|row| row["vmid"].as_u64() >= Some(100_000));
        vms.map(|row| {
            let vmid = row["vmid"].as_u64().unwrap();
            let path = format!("/nodes/{}/qemu/{vmid}", row["node"].as_str().unwrap());
            let pid = self.get(&format!("{path}/status/current"))["pid"].clone();
            (vmid, Vm { config: self.get(&format!("{path}/config")), pid })
        })
        .collect()
    }

    /// Tasks of one kind (`qmclone`, `qmstop`, …) that anybody ever started.
    pub fn tasks(&self, kind: &str) -> usize {
        self.get("/cluster/tasks").as_array().unwrap().iter().filter(|task| task["type"] == kind).count()
    }

    fn get(&self, path: &str) -> Value {
        self.handle.with_world(|world| {
            let token = world.root_token();
            world.call(Request::new(Method::Get, path).token(&token)).data().clone()
        })
    }
}
