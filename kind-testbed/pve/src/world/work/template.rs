//! `qmtemplate`: disks become base volumes, the VM can never start again.

use serde::{Deserialize, Serialize};

use super::{Me, lock_text};
use crate::{
    model::{Vmid, device::Drive, storage::base_name, vm::Vm},
    world::{Mode, Next, World, durations},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct TemplateWork {
    pub(crate) vmid: Vmid,
}

/// Why a VM cannot become a template; looked at in the call and again under the lock.
pub(crate) fn template_refusal(vm: &Vm) -> Result<(), String> {
    lock_text(vm.config.lock())?;
    if !vm.snapshots.is_empty() {
        return Err("unable to create template, because VM contains snapshots".to_owned());
    }
    if vm.config.is_template() {
        return Err("you can't convert a template to a template".to_owned());
    }
    if vm.running() {
        return Err("you can't convert a VM to template if VM is running".to_owned());
    }
    Ok(())
}

impl TemplateWork {
    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        match me.step {
            0 => Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 },
            1 => match world.vm_on(me.node, self.vmid).and_then(template_refusal) {
                Ok(()) => {
                    // Written first, so that nothing starts the VM while its disks are renamed.
                    if let Some(vm) = world.vm_mut(self.vmid) {
                        vm.config.set("template", "1");
                    }
                    Next::Sleep(durations::TEMPLATE)
                }
                Err(text) => Next::fail(text),
            },
            _ => {
                self.convert(world, me.node);
                Next::ok()
            }
        }
    }

    /// The same inside another worker.
    pub(super) fn at_once(&self, world: &mut World, node: &str) {
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config.set("template", "1");
        }
        self.convert(world, node);
    }

    fn convert(&self, world: &mut World, node: &str) {
        let Some(vm) = world.vms.get(&self.vmid) else { return };
        let disks: Vec<(String, Drive)> = vm
            .config
            .drives()
            .filter(|(_, drive)| !drive.is_cdrom())
            .map(|(key, drive)| (key.to_owned(), drive))
            .collect();
        for (slot, mut drive) in disks {
            let Some(key) = world.volume_key(node, &drive.file) else { continue };
            // Thick LVM has no base volumes; the disk keeps its name.
            if !world.storage(&key.storage).is_ok_and(|storage| storage.kind.capabilities().linked_clones) {
                continue;
            }
            let Some(volume) = world.volumes.remove(&key) else { continue };
            let mut renamed = key.clone();
            renamed.name = base_name(&key.name);
            drive.file = renamed.volid();
            world.volumes.insert(renamed, volume);
            if let Some(vm) = world.vm_mut(self.vmid) {
                vm.config.set(&slot, drive.print());
            }
        }
    }
}
