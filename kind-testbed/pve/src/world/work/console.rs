//! `vncproxy`: waits ten seconds for somebody to connect, then as long as he stays.

use serde::{Deserialize, Serialize};

use crate::{
    model::Vmid,
    request::Millis,
    world::{Next, World},
};

/// How long the proxy waits for a connection.
const PATIENCE: Millis = 10_000;
/// How long a connection is kept when nobody ends it.
const SESSION: Millis = 60_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ConsoleWork {
    pub(crate) vmid: Vmid,
    pub(crate) port: u16,
    pub(crate) connected: bool,
}

impl ConsoleWork {
    pub(super) fn step(&self, step: u32) -> Next {
        match (step, self.connected) {
            (0, _) => Next::Sleep(PATIENCE),
            (_, false) => Next::fail("connection timed out"),
            (1, true) => Next::Sleep(SESSION),
            (_, true) => Next::ok(),
        }
    }
}

impl World {
    /// Ports of a node that proxies wait on.
    pub(crate) fn console_ports(&self, node: &str) -> Vec<u16> {
        let on = self.processes.values().filter(|process| process.node == node);
        on.filter_map(|process| match &process.work {
            super::Work::Console(work) => Some(work.port),
            _ => None,
        })
        .collect()
    }

    /// Somebody connected to a proxy.
    pub(crate) fn connect_console(&mut self, node: &str, port: u16) {
        for process in self.processes.values_mut().filter(|process| process.node == node) {
            if let super::Work::Console(work) = &mut process.work
                && work.port == port
            {
                work.connected = true;
            }
        }
    }
}
