//! The guests' files. Whoever makes, changes or removes one does it here, so that what was measured of it before is kept.

use std::{collections::HashMap, sync::Arc};

use super::World;
use crate::model::{Vmid, vm::Vm};

impl World {
    /// The VM, if it lives on that node; the text is that of a missing file.
    pub(crate) fn vm_on(&self, node: &str, vmid: Vmid) -> Result<&Vm, String> {
        self.vms
            .get(&vmid)
            .filter(|vm| vm.node == node)
            .map(AsRef::as_ref)
            .ok_or_else(|| format!("Configuration file 'nodes/{node}/qemu-server/{vmid}.conf' does not exist"))
    }

    /// The VM, if it lives on that node; the text is that of who asks for its process first.
    pub(crate) fn found_on(&self, node: &str, vmid: Vmid) -> Result<&Vm, String> {
        self.vm_on(node, vmid).map_err(|_| format!("unable to find configuration file for VM {vmid} on node '{node}'"))
    }

    /// A VM that is about to change.
    pub(crate) fn vm_mut(&mut self, vmid: Vmid) -> Option<&mut Vm> {
        let vm = self.vms.get_mut(&vmid)?;
        self.samples.changes(vmid, vm);
        Some(Arc::make_mut(vm))
    }

    pub(crate) fn insert_vm(&mut self, vmid: Vmid, vm: Vm) {
        self.samples.appears(vmid);
        self.vms.insert(vmid, Arc::new(vm));
    }

    pub(crate) fn remove_vm(&mut self, vmid: Vmid) -> Option<Arc<Vm>> {
        self.samples.vanishes(vmid);
        self.vms.remove(&vmid)
    }

    /// The pool a VM belongs to.
    pub(crate) fn pool_of(&self, vmid: Vmid) -> Option<&str> {
        self.pools.iter().find(|(_, pool)| pool.vms.contains(&vmid)).map(|(name, _)| name.as_str())
    }

    /// The pools of all VMs that are in one, for who asks about many.
    pub(crate) fn pools_of_all(&self) -> HashMap<Vmid, &str> {
        self.pools.iter().rev().flat_map(|(name, pool)| pool.vms.iter().map(|vmid| (*vmid, name.as_str()))).collect()
    }
}
