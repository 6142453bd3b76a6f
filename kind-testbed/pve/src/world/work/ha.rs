//! `hastart`, `hastop`, `hamigrate`: the task only tells the HA stack, which acts on its next round.

use serde::{Deserialize, Serialize};

use super::Me;
use crate::{
    model::{Vmid, ha::Wanted},
    request::Millis,
    world::{Next, World},
};

/// How long `ha-manager` takes.
const COMMAND: Millis = 400;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum HaRequest {
    Start,
    /// Seconds the guest has for its shutdown; 0 kills it.
    Stop {
        timeout: u64,
    },
    Migrate {
        target: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct HaWork {
    pub(crate) vmid: Vmid,
    pub(crate) request: HaRequest,
}

impl HaWork {
    pub(super) fn step(&self, world: &mut World, me: &Me<'_>) -> Next {
        let vmid = self.vmid;
        if me.step == 0 {
            world.log(
                me.task,
                match &self.request {
                    HaRequest::Start => format!("Requesting HA start for VM {vmid}"),
                    HaRequest::Stop { .. } => format!("Requesting HA stop for VM {vmid}"),
                    HaRequest::Migrate { target } => format!("Requesting HA migration for VM {vmid} to node {target}"),
                },
            );
            return Next::Sleep(COMMAND);
        }
        let Some(resource) = world.ha.resources.get_mut(&vmid) else {
            return Next::fail(format!("command 'ha-manager' failed: service 'vm:{vmid}' not configured"));
        };
        match &self.request {
            HaRequest::Start => resource.wanted = Wanted::Started,
            HaRequest::Stop { timeout } => (resource.wanted, resource.stop_timeout) = (Wanted::Stopped, Some(*timeout)),
            HaRequest::Migrate { target } => resource.destination = Some(target.clone()),
        }
        if !matches!(self.request, HaRequest::Migrate { .. }) {
            resource.options.insert("state".to_owned(), resource.wanted.as_str().to_owned());
        }
        world.wake_ha();
        Next::ok()
    }
}
