//! A change of a VM's configuration, as `update_vm_api` does it: every option goes into the pending section and is
//! written down one by one, then everything pending is applied (stopped VM) or hotplugged (running VM). A refusal in
//! the middle leaves what was written before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Me, drives, lock_text,
    power::{is_cloudinit_option, write_cloudinit},
};
use crate::{
    error::ApiError,
    model::{
        Vmid,
        device::{Drive, Nic, is_drive_key, is_net_key},
        vm::{Change, Vm},
    },
    request::Millis,
    world::{Mode, Next, World, durations},
};

/// What a PUT or POST on a configuration asks for; values are checked and normalized.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ConfigChange {
    pub(crate) set: BTreeMap<String, String>,
    pub(crate) delete: Vec<String>,
    pub(crate) revert: Vec<String>,
    /// Destroys removed disks instead of keeping them as unused.
    pub(crate) force: bool,
    pub(crate) digest: Option<String>,
    pub(crate) skiplock: bool,
    /// Only writes the cloud-init drive again.
    pub(crate) regenerate: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ConfigWork {
    pub(crate) vmid: Vmid,
    pub(crate) change: ConfigChange,
}

impl ConfigWork {
    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        match me.step {
            0 => Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 },
            1 => Next::Sleep(durations::WRITE + self.begin_imports(world, me)),
            _ => Next::End(self.perform(world, me).map(|()| Value::Null)),
        }
    }

    /// Begins to copy the disks it imports, and says how long that takes; nothing is written before.
    fn begin_imports(&self, world: &mut World, me: &Me<'_>) -> Millis {
        let drives = self.change.set.iter().filter(|(key, _)| is_drive_key(key)).map(|(_, value)| Drive::parse(value));
        let imports: Vec<(String, u64)> = drives
            .filter_map(|drive| {
                let (_, source) = world.volume(me.node, drive.options.get("import-from")?)?;
                Some((drive.volume()?.0.to_owned(), source.size))
            })
            .collect();
        world.transfers(me, &imports)
    }

    fn perform(&self, world: &mut World, me: &Me<'_>) -> Result<(), ApiError> {
        let vm = world.vm_on(me.node, self.vmid).map_err(ApiError::Die)?;
        check(vm, &self.change).map_err(ApiError::Die)?;
        if self.change.regenerate {
            write_cloudinit(world, self.vmid);
            return Ok(());
        }
        self.log_options(world, me);
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.pending.retain(|key, _| !self.change.revert.contains(key));
        }
        for key in &self.change.delete {
            self.delete(world, me, key).map_err(ApiError::Die)?;
        }
        for (key, value) in &self.change.set {
            self.set(world, me, key, value).map_err(ApiError::Die)?;
        }
        let errors = if world.vms.get(&self.vmid).is_some_and(|vm| vm.running()) {
            hotplug(world, self.vmid, &self.change)
        } else {
            apply_pending(world, self.vmid);
            BTreeMap::new()
        };
        if errors.is_empty() { Ok(()) } else { Err(ApiError::Param(errors)) }
    }

    fn log_options(&self, world: &mut World, me: &Me<'_>) {
        if me.task.is_none() {
            return;
        }
        let shown = |key: &str, value: &str| if key == "cipassword" { "<hidden>".to_owned() } else { value.to_owned() };
        let set = self.change.set.iter().map(|(key, value)| format!("-{key} {}", shown(key, value)));
        let delete = (!self.change.delete.is_empty()).then(|| format!("-delete {}", self.change.delete.join(",")));
        let options: Vec<String> = delete.into_iter().chain(set).collect();
        world.log(me.task, format!("update VM {}: {}", self.vmid, options.join(" ")));
    }

    fn delete(&self, world: &mut World, me: &Me<'_>, key: &str) -> Result<(), String> {
        let Some(vm) = world.vms.get(&self.vmid) else { return Ok(()) };
        let Some(value) = vm.merged().get(key).or_else(|| vm.config.get(key)).map(str::to_owned) else {
            world.log(me.task, format!("cannot delete '{key}' - not set in current configuration!"));
            return Ok(());
        };
        let protected = vm.config.flag("protection");
        if key.starts_with("unused") {
            if protected {
                return Err(format!("can't remove unused disk '{value}' - protection mode enabled"));
            }
            self.destroy_volume(world, me.node, &value)?;
            if let Some(vm) = world.vm_mut(self.vmid) {
                vm.config.remove(key);
            }
            return Ok(());
        }
        if key == "vmstate" && protected {
            return Err(format!("can't remove vmstate '{value}' - protection mode enabled"));
        }
        if key == "vmstate" {
            // The saved memory is given up: the VM is an ordinary stopped one again.
            self.destroy_volume(world, me.node, &value)?;
            if let Some(vm) = world.vm_mut(self.vmid) {
                vm.config.remove(key);
                if vm.config.lock() == Some("suspended") {
                    vm.config.remove("lock");
                }
            }
            return Ok(());
        }
        if is_drive_key(key) && protected && !Drive::parse(&value).is_cdrom() {
            return Err(format!("can't remove drive '{key}' - protection mode enabled"));
        }
        let order = boot_order_without(vm, key);
        let force = self.change.force;
        if let Some(vm) = world.vm_mut(self.vmid) {
            if let Some(order) = order {
                vm.pending.insert("boot".to_owned(), Change::Set(order));
            }
            if vm.config.contains(key) {
                vm.pending.insert(key.to_owned(), Change::Delete { force });
            } else {
                vm.pending.remove(key);
            }
        }
        Ok(())
    }

    fn destroy_volume(&self, world: &mut World, node: &str, volid: &str) -> Result<(), String> {
        let Some((key, volume)) = world.volume(node, volid) else { return Ok(()) };
        if volume.owner != Some(self.vmid) {
            return Ok(());
        }
        if world.vms.get(&self.vmid).is_some_and(|vm| vm.in_snapshot(volid)) {
            return Err(format!("unable to delete '{volid}' - volume is still in use (snapshot?)"));
        }
        let key = key.clone();
        if world.base_in_use(&key) {
            return Err(format!("base volume '{volid}' is still in use by linked clones"));
        }
        world.free(&key);
        Ok(())
    }

    fn set(&self, world: &mut World, me: &Me<'_>, key: &str, value: &str) -> Result<(), String> {
        let value = if is_drive_key(key) {
            let prepared = drives::prepare(world, me.node, self.vmid, key, value)?;
            for line in prepared.log {
                world.log(me.task, line);
            }
            prepared.value
        } else if is_net_key(key) {
            let mut nic = Nic::parse(value);
            if nic.mac.is_none() {
                nic.mac = Some(world.random_mac());
            }
            nic.print()
        } else {
            value.to_owned()
        };
        let Some(vm) = world.vm_mut(self.vmid) else { return Ok(()) };
        if key == "boot" {
            check_boot_order(vm, &value)?;
        }
        if key == "balloon" && value.parse::<u64>().is_ok_and(|mib| mib > memory_after(vm, &self.change)) {
            return Err("balloon value too large (must be smaller than assigned memory)".to_owned());
        }
        if key == "cipassword" {
            vm.config.set(key, value);
            vm.pending.remove(key);
        } else {
            vm.pending.insert(key.to_owned(), Change::Set(value));
        }
        Ok(())
    }
}

/// The checks that come at once and again under the lock.
pub(crate) fn check(vm: &Vm, change: &ConfigChange) -> Result<(), String> {
    if change.digest.as_deref().is_some_and(|digest| digest != vm.digest()) {
        return Err("checksum mismatch (file change by other user?)".to_owned());
    }
    let discards = vm.config.lock() == Some("suspended") && change.delete.iter().any(|key| key == "vmstate");
    if change.skiplock || discards { Ok(()) } else { lock_text(vm.config.lock()) }
}

fn memory_after(vm: &Vm, change: &ConfigChange) -> u64 {
    let mut config = vm.merged();
    if let Some(memory) = change.set.get("memory") {
        config.set("memory", memory.clone());
    }
    config.memory_mib()
}

fn check_boot_order(vm: &Vm, value: &str) -> Result<(), String> {
    let Some(order) = value.strip_prefix("order=") else { return Ok(()) };
    let config = vm.merged();
    match order.split(';').find(|device| !device.is_empty() && !config.contains(device)) {
        Some(device) => Err(format!("invalid bootorder: device '{device}' does not exist'")),
        None => Ok(()),
    }
}

/// The boot order once a device is gone, if it was in it.
fn boot_order_without(vm: &Vm, key: &str) -> Option<String> {
    let config = vm.merged();
    let order = config.get("boot")?.strip_prefix("order=")?;
    let rest: Vec<&str> = order.split(';').filter(|device| *device != key).collect();
    if rest.len() == order.split(';').count() {
        return None;
    }
    Some(if rest.is_empty() { " ".to_owned() } else { format!("order={}", rest.join(";")) })
}

/// Applies everything pending: the VM is stopped.
pub(crate) fn apply_pending(world: &mut World, vmid: Vmid) {
    let Some(vm) = world.vm_mut(vmid) else { return };
    let pending = std::mem::take(&mut vm.pending);
    for (key, change) in pending {
        apply_one(world, vmid, &key, change);
    }
}

fn apply_one(world: &mut World, vmid: Vmid, key: &str, change: Change) {
    let Some(vm) = world.vms.get(&vmid) else { return };
    let node = vm.node.clone();
    let old = vm.config.get(key).filter(|_| is_drive_key(key)).map(Drive::parse);
    let replaced = match (&change, old) {
        (Change::Set(value), Some(old)) if Drive::parse(value).file != old.file => Some((old, false)),
        (Change::Delete { force }, Some(old)) => Some((old, *force)),
        _ => None,
    };
    if let Some((old, force)) = replaced {
        let own = world.volume(&node, &old.file).filter(|(_, volume)| volume.owner == Some(vmid));
        let volume = own.map(|(key, _)| key.clone());
        let needed = world.vms.get(&vmid).is_some_and(|vm| vm.in_snapshot(&old.file));
        match volume {
            // A cloud-init drive is worth nothing without its slot.
            Some(volume) if (force && !needed) || old.is_cloudinit() => world.free(&volume),
            Some(_) => {
                if let Some(vm) = world.vm_mut(vmid) {
                    let slot = vm.config.free_unused_slot();
                    vm.config.set(&slot, old.file);
                }
            }
            None => {}
        }
    }
    let Some(vm) = world.vm_mut(vmid) else { return };
    match change {
        Change::Set(value) if key == "description" && value.is_empty() => {
            vm.config.remove(key);
        }
        Change::Set(value) => vm.config.set(key, value),
        Change::Delete { .. } => {
            vm.config.remove(key);
        }
    }
}

/// Applies what this call changed and a running VM can take; the rest stays pending. Returns what failed.
fn hotplug(world: &mut World, vmid: Vmid, call: &ConfigChange) -> BTreeMap<String, String> {
    let mut errors = BTreeMap::new();
    let Some(vm) = world.vms.get(&vmid) else { return errors };
    let pending = vm.pending.clone();
    let features = vm.config.get("hotplug").unwrap_or("network,disk,usb").to_owned();
    // Only where the machine has nodes to plug modules into; what the guest would have to give back waits.
    let takes_memory = vm.config.flag("numa") && features.split(',').any(|part| part == "memory");
    let before = vm.config.memory_mib();
    let bridges = world.nodes.get(&vm.node).map(|node| node.bridges.clone()).unwrap_or_default();
    for (key, change) in pending {
        let asked = call.set.contains_key(&key) || call.delete.contains(&key);
        let grows = || matches!(&change, Change::Set(memory) if memory.parse::<u64>().is_ok_and(|mib| mib > before));
        if !asked || !(hotpluggable(&key, &features) || key == "memory" && takes_memory && grows()) {
            continue;
        }
        if let (true, Change::Set(value)) = (is_net_key(&key), &change)
            && Nic::parse(value).bridge().is_some_and(|bridge| !bridges.iter().any(|known| known == bridge))
        {
            errors.insert(
                key,
                format!(
                    "hotplug problem - VM {vmid} qmp command 'netdev_add' failed - network script /usr/libexec/qemu-server/pve-bridge-hotplug failed with status 512\n"
                ),
            );
            continue;
        }
        if let Some(vm) = world.vm_mut(vmid) {
            vm.pending.remove(&key);
        }
        apply_one(world, vmid, &key, change);
    }
    errors
}

fn hotpluggable(key: &str, features: &str) -> bool {
    let on = |feature: &str| features == "1" || features.split(',').any(|part| part == feature);
    match key {
        "name" | "description" | "tags" | "onboot" | "protection" | "startup" | "hookscript" | "lock" | "shares"
        | "balloon" | "cpuunits" | "cpulimit" => true,
        key if is_net_key(key) => on("network"),
        key if is_drive_key(key) => on("disk") && (key.starts_with("scsi") || key.starts_with("virtio")),
        key => is_cloudinit_option(key),
    }
}
