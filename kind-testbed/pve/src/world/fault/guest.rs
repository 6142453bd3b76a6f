//! Faults of guests: deaf, without an agent, crashed.

use super::{Crash, Fault};
use crate::{model::Vmid, world::World};

impl World {
    /// The guest ignores shutdown requests.
    pub(in crate::world) fn is_deaf(&self, guest: Vmid) -> bool {
        self.suffers(|fault| matches!(fault, Fault::GuestDeaf { vmid } if *vmid == guest))
    }

    pub(in crate::world) fn lacks_agent(&self, guest: Vmid) -> bool {
        self.suffers(|fault| matches!(fault, Fault::GuestNoAgent { vmid } if *vmid == guest))
    }

    /// A lasting fault shows on guests that run already.
    pub(super) fn set_in(&mut self, fault: &Fault) {
        if let Fault::GuestDeaf { vmid } = fault
            && let Some(run) = self.vm_mut(*vmid).and_then(|vm| vm.run.as_mut())
        {
            run.deaf = true;
        }
    }

    /// Guests hear again when nothing makes them deaf.
    pub(super) fn ease(&mut self) {
        let deaf: Vec<Vmid> = self
            .vms
            .iter()
            .filter(|(_, vm)| vm.run.as_ref().is_some_and(|run| run.deaf && run.image.is_some() && !run.io_error))
            .map(|(vmid, _)| *vmid)
            .filter(|vmid| !self.is_deaf(*vmid))
            .collect();
        for vmid in deaf {
            if let Some(run) = self.vm_mut(vmid).and_then(|vm| vm.run.as_mut()) {
                run.deaf = false;
            }
        }
    }

    pub(super) fn crash(&mut self, vmid: Vmid, how: Crash) -> Result<(), String> {
        let not_running = || format!("VM {vmid} does not run");
        let run = self.vm_mut(vmid).and_then(|vm| vm.run.as_mut()).ok_or_else(not_running)?;
        match how {
            Crash::IoError => (run.io_error, run.deaf) = (true, true),
            Crash::Gone => self.power_off(vmid),
        }
        Ok(())
    }
}
