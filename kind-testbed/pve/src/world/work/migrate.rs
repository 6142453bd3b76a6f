//! `qmigrate`: the guest's file and its local volumes go to another node. The flock is held all the time, the lock
//! `migrate` while it lasts. Every line of the log carries the time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Me, lock_text};
use crate::{
    model::{
        Vmid,
        clock::Civil,
        config::Config,
        device::{Drive, is_drive_key},
        storage::{Purpose, VolumeKey},
        vm::Vm,
    },
    request::Millis,
    world::{Mode, Next, World, durations, volumes::NewVolume},
};

/// What a migration may do, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct MigrateWork {
    pub(crate) vmid: Vmid,
    pub(crate) target: String,
    pub(crate) online: bool,
    pub(crate) with_local_disks: bool,
    /// Source storage → target storage; `*` stands for all others.
    pub(crate) storages: BTreeMap<String, String>,
    /// Unix seconds; 0 before it began.
    #[serde(default)]
    pub(crate) started: u64,
}

impl MigrateWork {
    pub(crate) fn new(vmid: Vmid, target: &str) -> Self {
        let (online, with_local_disks, storages) = (false, false, BTreeMap::new());
        Self { vmid, target: target.to_owned(), online, with_local_disks, storages, started: 0 }
    }

    /// As the HA stack asks for it.
    pub(crate) fn by_ha(vmid: Vmid, target: &str, online: bool) -> Self {
        Self { online, with_local_disks: true, ..Self::new(vmid, target) }
    }

    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        match me.step {
            0 => {
                self.started = world.unix_now();
                Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 }
            }
            1 => {
                let address = world.nodes.get(&self.target).map(|node| node.ip.clone()).unwrap_or_default();
                let line = format!("starting migration of VM {} to node '{}' ({address})", self.vmid, self.target);
                say(world, me, &line);
                match self.prepare(world, me) {
                    Ok(time) => {
                        if let Some(vm) = world.vm_mut(self.vmid) {
                            vm.config.set("lock", "migrate");
                        }
                        Next::Sleep(time)
                    }
                    Err(text) => self.abort(world, me, &text),
                }
            }
            _ => match self.hand_over(world, me) {
                Ok(()) => {
                    let line = format!("migration finished successfully (duration {})", self.duration(world));
                    say(world, me, &line);
                    Next::ok()
                }
                Err(text) => {
                    self.unlock(world);
                    self.abort(world, me, &text)
                }
            },
        }
    }

    /// SIGTERM: the guest stays where it is.
    pub(super) fn interrupted(&self, world: &mut World, step: u32) -> String {
        // Before that the lock is somebody else's.
        if step > 1 {
            self.unlock(world);
        }
        "migration aborted".to_owned()
    }

    fn unlock(&self, world: &mut World) {
        if let Some(vm) = world.vm_mut(self.vmid).filter(|vm| vm.config.lock() == Some("migrate")) {
            vm.config.remove("lock");
        }
    }

    fn duration(&self, world: &World) -> String {
        let seconds = world.unix_now().saturating_sub(self.started);
        format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    fn abort(&self, world: &mut World, me: &Me<'_>, text: &str) -> Next {
        let duration = self.duration(world);
        say(world, me, &format!("ERROR: migration aborted (duration {duration}): {text}"));
        Next::fail("migration aborted")
    }

    /// All checks again under the lock; then the copy begins: how long it takes.
    fn prepare(&self, world: &mut World, me: &Me<'_>) -> Result<Millis, String> {
        let vm = world.vm_on(me.node, self.vmid)?.clone();
        lock_text(vm.config.lock())?;
        if vm.running() && !self.online {
            return Err("can't migrate running VM without --online".to_owned());
        }
        let devices = local_devices(&vm);
        if !devices.is_empty() {
            return Err(format!("can't migrate VM which uses local devices: {}", devices.join(", ")));
        }
        for (key, _) in named_volumes(world, self.vmid, &vm) {
            let storage = world.storage_on(self.storage_for(&key), &self.target)?;
            if !storage.holds("images") {
                let id = self.storage_for(&key);
                return Err(format!("{}: content type 'images' is not available on storage '{id}'", key.volid()));
            }
        }
        if !world.nodes.get(&self.target).is_some_and(|node| node.online) {
            return Err("Can't connect to destination address using public key".to_owned());
        }
        self.scan(world, me, &vm).map_err(|text| format!("Problem found while scanning volumes - {text}"))?;
        let copies: Vec<(String, u64)> = local_volumes(world, self.vmid, &vm)
            .iter()
            .filter_map(|key| Some((self.storage_for(key).to_owned(), world.volumes.get(key)?.size)))
            .collect();
        let memory = vm.running().then(|| vm.config.memory_mib() << 20);
        Ok(durations::MIGRATE + world.migration(me, &self.target, &copies, memory))
    }

    /// Names the local volumes in the log and refuses what cannot be copied.
    fn scan(&self, world: &mut World, me: &Me<'_>, vm: &Vm) -> Result<(), String> {
        let mut problems = Vec::new();
        let named = named_volumes(world, self.vmid, vm);
        for key in local_volumes(world, self.vmid, vm) {
            let volid = key.volid();
            let place = match named.get(&key).map(String::as_str) {
                Some(slot) if slot.starts_with("unused") => "(via storage)",
                Some(_) if volid.contains("cloudinit") => "",
                Some(_) => {
                    if vm.running() && !self.with_local_disks {
                        let text = "can't live migrate attached local disks without with-local-disks option";
                        problems.push(format!("can't migrate local disk '{volid}': {text}"));
                    }
                    "(in current VM config)"
                }
                None => "(via storage)",
            };
            let line = match place {
                "" => format!("found generated disk '{volid}' (in current VM config)"),
                place => format!("found local disk '{volid}' {place}"),
            };
            say(world, me, &line);
            if world.base_in_use(&key) {
                problems.push(format!("can't migrate local disk '{volid}': referenced by linked clone(s)"));
            }
        }
        for problem in &problems {
            say(world, me, &format!("WARNING: {problem}"));
        }
        if !problems.is_empty() {
            return Err("can't migrate VM - check log".to_owned());
        }
        for key in local_volumes(world, self.vmid, vm) {
            let stands_on = world.volumes.get(&key).and_then(|volume| volume.base.clone());
            let by_name = world.storage(&key.storage)?.kind.capabilities().linked_names_base;
            if let Some(base) = stands_on.filter(|_| by_name) {
                return Err(format!("can't migrate '{}' as it's a clone of '{base}'", key.volid()));
            }
        }
        Ok(())
    }

    fn storage_for<'a>(&'a self, key: &'a VolumeKey) -> &'a str {
        let mapped = self.storages.get(&key.storage).or_else(|| self.storages.get("*"));
        mapped.filter(|_| !key.node.is_empty()).unwrap_or(&key.storage)
    }

    fn hand_over(&self, world: &mut World, me: &Me<'_>) -> Result<(), String> {
        let vm = world.vm_on(me.node, self.vmid)?.clone();
        if !world.nodes.get(&self.target).is_some_and(|node| node.online) {
            return Err(format!("command '/usr/bin/ssh root@{}' failed: exit code 255", self.target));
        }
        let mut renamed = BTreeMap::new();
        for (key, new) in self.move_volumes(world, &vm)? {
            if new.volid() != key.volid() {
                say(world, me, &format!("volume '{}' is '{}' on the target", key.volid(), new.volid()));
            }
            renamed.insert(key.volid(), new.volid());
        }
        let pid = vm.run.is_some().then(|| world.node_mut(&self.target).map_or(1, |node| node.fork(3)));
        let Some(vm) = world.vm_mut(self.vmid) else { return Ok(()) };
        rename_volumes(vm, &renamed);
        vm.config.remove("lock");
        vm.node.clone_from(&self.target);
        if let (Some(run), Some(pid)) = (&mut vm.run, pid) {
            run.pid = pid;
        }
        Ok(())
    }

    /// Each local volume with what it is on the target. The originals go when all are there; until then the guest has them.
    fn move_volumes(&self, world: &mut World, vm: &Vm) -> Result<Vec<(VolumeKey, VolumeKey)>, String> {
        let mut moved = Vec::new();
        for key in local_volumes(world, self.vmid, vm) {
            match self.copy(world, &key) {
                Ok(new) => moved.push((key, new)),
                Err(text) => {
                    for (_, new) in &moved {
                        world.free(new);
                    }
                    return Err(text);
                }
            }
        }
        for (key, _) in &moved {
            world.free(key);
        }
        Ok(moved)
    }

    /// The volume on the target; its name stays where it is free.
    fn copy(&self, world: &mut World, key: &VolumeKey) -> Result<VolumeKey, String> {
        let Some(volume) = world.volumes.get(key).cloned() else {
            return Err(format!("no such volume '{}'", key.volid()));
        };
        let same = VolumeKey { node: self.target.clone(), ..key.clone() };
        let storage = self.storage_for(key).to_owned();
        if storage == key.storage && !world.volumes.contains_key(&same) {
            world.room_for(&self.target, &same, volume.size, None)?;
            world.volumes.insert(same.clone(), volume);
            return Ok(same);
        }
        world.allocate(&NewVolume {
            node: &self.target,
            storage: &storage,
            owner: self.vmid,
            purpose: if key.name.contains("cloudinit") { Purpose::CloudInit } else { Purpose::Disk },
            size: volume.size,
            format: Some(&volume.format),
            base: None,
            image: volume.image.clone(),
        })
    }
}

/// A line of the log, with the time as migrations write it.
fn say(world: &mut World, me: &Me<'_>, line: &str) {
    let text = format!("{} {line}", Civil::of(world.unix_now()).timestamp());
    world.log(me.task, text);
}

/// Devices of this node that a guest uses.
pub(crate) fn local_devices(vm: &Vm) -> Vec<String> {
    let local = |key: &str, value: &str| {
        let mapped = value.contains("mapping=");
        let usb = key.starts_with("usb") && !value.starts_with("spice") && !mapped;
        let serial = key.starts_with("serial") && value != "socket";
        usb || serial
            || (key.starts_with("hostpci") && !mapped)
            || key.starts_with("ivshmem")
            || key.starts_with("parallel")
    };
    vm.config.iter().filter(|(key, value)| local(key, value)).map(|(key, _)| key.to_owned()).collect()
}

/// The guest's own volumes on storages of its node.
pub(crate) fn local_volumes(world: &World, vmid: Vmid, vm: &Vm) -> Vec<VolumeKey> {
    let own = world.volumes.iter().filter(|(key, volume)| volume.is_disk_of(vmid) && key.node == vm.node);
    own.map(|(key, _)| key.clone()).collect()
}

/// Volumes the configuration names, with the slot that does.
fn named_volumes(world: &World, vmid: Vmid, vm: &Vm) -> BTreeMap<VolumeKey, String> {
    let drives = vm.config.drives().map(|(slot, drive)| (slot.to_owned(), drive.file));
    let unused = vm.config.unused().map(|(slot, volid)| (slot.to_owned(), volid.to_owned()));
    drives
        .chain(unused)
        .filter_map(|(slot, volid)| Some((slot, world.volume(&vm.node, &volid)?)))
        .filter(|(_, (_, volume))| volume.owner == Some(vmid))
        .map(|(slot, (key, _))| (key.clone(), slot))
        .collect()
}

fn rename_volumes(vm: &mut Vm, renamed: &BTreeMap<String, String>) {
    for config in std::iter::once(&mut vm.config).chain(vm.snapshots.values_mut().map(|snapshot| &mut snapshot.config))
    {
        rename_in(config, renamed);
    }
}

fn rename_in(config: &mut Config, renamed: &BTreeMap<String, String>) {
    let changed: Vec<(String, String)> = config
        .iter()
        .filter_map(|(key, value)| {
            if is_drive_key(key) {
                let mut drive = Drive::parse(value);
                drive.file.clone_from(renamed.get(&drive.file)?);
                return Some((key.to_owned(), drive.print()));
            }
            (key.starts_with("unused") || key == "vmstate").then_some(())?;
            Some((key.to_owned(), renamed.get(value)?.clone()))
        })
        .collect();
    for (key, value) in changed {
        config.set(&key, value);
    }
}
