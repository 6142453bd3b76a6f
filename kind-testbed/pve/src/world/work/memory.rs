//! A guest's memory on a volume: hibernation and snapshots with RAM.

use super::Me;
use crate::{
    model::{
        Vmid,
        config::Config,
        device::{Nic, is_net_key},
        storage::VolumeKey,
        vm::Vm,
    },
    world::World,
};

/// MiB for the state of the devices, beside twice the memory.
const DEVICES: u64 = 500;
const MACHINE: &str = "pc-i440fx-10.2+pve0";
/// What a configuration that has a saved memory says about it.
const KEYS: [&str; 3] = ["runningmachine", "runningcpu", "running-nets-host-mtu"];

/// A volume for a running guest's memory and what QEMU needs to know to load it.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) volume: VolumeKey,
    cpu: String,
    cards: Vec<String>,
}

impl Saved {
    /// Writes it down in the section that owns the memory.
    pub(super) fn note(&self, config: &mut Config) {
        config.set("vmstate", self.volume.volid());
        config.set("runningmachine", MACHINE);
        config.set("runningcpu", format!("{},enforce,+kvm_pv_eoi,+kvm_pv_unhalt", self.cpu));
        if !self.cards.is_empty() {
            let cards: Vec<String> = self.cards.iter().map(|card| format!("{card}=1500")).collect();
            config.set("running-nets-host-mtu", cards.join(","));
        }
    }
}

/// Makes the volume; the lines of the tool that does go into the log.
pub(super) fn reserve(world: &mut World, me: &Me<'_>, vmid: Vmid, label: &str) -> Result<Saved, String> {
    let vm = world.vm_on(me.node, vmid)?;
    let size = (2 * vm.config.memory_mib() + DEVICES) << 20;
    let cpu = vm.config.get("cpu").unwrap_or("kvm64");
    let cpu = cpu.split(',').next().unwrap_or_default().trim_start_matches("cputype=").to_owned();
    let (id, cards) = (storage(world, vm), virtio_cards(&vm.config));
    let volume = world.allocate_state((me.node, &id), vmid, label, size)?;
    let storage = world.storage(&id)?;
    let line = if storage.kind.capabilities().files {
        format!("Formatting '{}', fmt=raw size={size} preallocation=off", storage.volume_path(&volume.name))
    } else {
        format!("  Logical volume \"{}\" created.", volume.name)
    };
    world.log(me.task, line);
    Ok(Saved { volume, cpu, cards })
}

/// Takes the memory out of a section and names its volume.
pub(super) fn forget(config: &mut Config) -> Option<String> {
    for key in KEYS {
        config.remove(key);
    }
    config.remove("vmstate")
}

/// What a start from a saved memory says about each card.
pub(super) fn log_cards(world: &mut World, me: &Me<'_>, vmid: Vmid) {
    let cards = world.vms.get(&vmid).map(|vm| virtio_cards(&vm.config)).unwrap_or_default();
    for card in cards {
        world.log(me.task, format!("netdev {card}: using 'host_mtu=1500' for migration compat"));
    }
}

fn virtio_cards(config: &Config) -> Vec<String> {
    config
        .iter()
        .filter(|(key, value)| is_net_key(key) && Nic::parse(value).model == "virtio")
        .map(|(key, _)| key.to_owned())
        .collect()
}

/// The storage named for it, else that of a disk (a shared one first), else `local`.
fn storage(world: &World, vm: &Vm) -> String {
    if let Some(named) = vm.config.get("vmstatestorage") {
        return named.to_owned();
    }
    let used: Vec<String> = vm
        .config
        .drives()
        .filter(|(_, drive)| !drive.is_cdrom())
        .filter_map(|(_, drive)| drive.volume().map(|(storage, _)| storage.to_owned()))
        .collect();
    let shared = used.iter().find(|id| world.storage(id).is_ok_and(|storage| storage.shared));
    shared.or(used.first()).cloned().unwrap_or_else(|| "local".to_owned())
}
