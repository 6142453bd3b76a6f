//! `qmrollback`: the guest is stopped, the disks go back, then the options; a saved memory runs at once.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Me, Work, lock_text, memory, power::write_cloudinit, snapshot::copied};
use crate::{
    model::{
        Vmid,
        config::Config,
        device::Drive,
        storage::Purpose,
        vm::{Snapshot, Vm},
    },
    world::{Mode, Next, World, durations, volumes::NewVolume},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct RollbackWork {
    pub(crate) vmid: Vmid,
    pub(crate) name: String,
    /// Starts the VM afterwards, in a task of its own.
    pub(crate) start: bool,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Phase {
    Prepare,
    /// The disks go back without the flock.
    Disks,
    Apply,
    Load,
}

impl RollbackWork {
    pub(crate) fn new(vmid: Vmid, name: String, start: bool) -> Self {
        Self { vmid, name, start, phase: Phase::Prepare }
    }

    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        if me.step == 0 {
            return self.lock();
        }
        let done = match self.phase {
            Phase::Prepare => self.prepare(world, me),
            Phase::Disks => {
                self.phase = Phase::Apply;
                Ok(self.lock())
            }
            Phase::Apply => self.apply(world, me),
            Phase::Load => {
                self.load(world);
                Ok(Next::ok())
            }
        };
        done.unwrap_or_else(Next::fail)
    }

    fn lock(&self) -> Next {
        Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 }
    }

    fn snapshot<'a>(&self, world: &'a World, me: &Me<'_>) -> Result<(&'a Vm, &'a Snapshot), String> {
        let vm = world.vm_on(me.node, self.vmid)?;
        if vm.config.is_template() {
            return Err("you can't rollback if vm is a template".to_owned());
        }
        Ok((vm, vm.snapshot(&self.name)?))
    }

    fn prepare(&mut self, world: &mut World, me: &Me<'_>) -> Result<Next, String> {
        let (vm, snapshot) = self.snapshot(world, me)?;
        if let Some(state) = snapshot.config.get("snapstate") {
            return Err(format!("unable to rollback to incomplete snapshot (snapstate = {state})"));
        }
        lock_text(vm.config.lock())?;
        let running = vm.running();
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config.set("lock", "rollback");
        }
        if running {
            world.power_off(self.vmid);
            // `qm cleanup` is slower than what is left to do, so the flock is as good as kept.
            self.phase = Phase::Apply;
            return Ok(Next::Sleep(durations::STOP + durations::SNAPSHOT));
        }
        self.phase = Phase::Disks;
        Ok(Next::Unlock { vmid: self.vmid, time: durations::SNAPSHOT })
    }

    fn apply(&mut self, world: &mut World, me: &Me<'_>) -> Result<Next, String> {
        let (vm, snapshot) = self.snapshot(world, me)?;
        if vm.config.lock() != Some("rollback") {
            return Err("got wrong lock".to_owned());
        }
        let mut config = restored(world, self.vmid, vm, &snapshot.config);
        let (snapshot, node) = (snapshot.clone(), vm.node.clone());
        config.set("parent", self.name.clone());
        if config.contains("vmgenid") {
            // Tells the guest that it is another generation.
            let generation = world.random_uuid();
            config.set("vmgenid", generation);
        }
        restore_sizes(world, &node, &snapshot.config);
        self.restore_cloudinit(world, &node, &mut config)?;
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config = config;
            vm.pending.clear();
            vm.cloudinit = Config::default();
            vm.files = snapshot.files;
        }
        if snapshot.config.contains("vmstate") {
            if write_cloudinit(world, self.vmid) {
                world.log(me.task, "generating cloud-init ISO");
            }
            memory::log_cards(world, me, self.vmid);
            self.phase = Phase::Load;
            return Ok(Next::Sleep(durations::START));
        }
        if self.start {
            let (id, work) = (self.vmid.to_string(), Work::start(self.vmid));
            world.start_task(me.node, me.who, "qmstart", &id, work);
        }
        Ok(Next::ok())
    }

    /// A cloud-init drive that was removed meanwhile is made anew.
    fn restore_cloudinit(&self, world: &mut World, node: &str, config: &mut Config) -> Result<(), String> {
        let gone: Vec<(String, Drive)> = config
            .drives()
            .filter(|(_, drive)| drive.is_cloudinit() && world.volume(node, &drive.file).is_none())
            .map(|(slot, drive)| (slot.to_owned(), drive))
            .collect();
        for (slot, mut drive) in gone {
            let Some((storage, _)) = drive.volume() else { continue };
            let made = world.allocate(&NewVolume {
                node,
                storage,
                owner: self.vmid,
                purpose: Purpose::CloudInit,
                size: 4 << 20,
                format: None,
                base: None,
                image: None,
            })?;
            drive.file = made.volid();
            config.set(&slot, drive.print());
        }
        Ok(())
    }

    /// The guest goes on where it was.
    fn load(&self, world: &mut World) {
        world.power_on(self.vmid);
        let now = world.now;
        let Some(vm) = world.vm_mut(self.vmid) else { return };
        let saved = vm.snapshots.get(&self.name).and_then(|snapshot| snapshot.run.clone());
        if let Some((run, saved)) = vm.run.as_mut().zip(saved) {
            run.booted = now + saved.booted;
            run.agent = saved.agent;
            run.image = saved.image;
        }
    }
}

/// Description and unused disks stay, and disks the snapshot does not know become unused; all else is the snapshot's.
fn restored(world: &World, vmid: Vmid, vm: &Vm, section: &Config) -> Config {
    let mut config = copied(section);
    memory::forget(&mut config);
    let mut known: BTreeSet<String> = config.drives().map(|(_, drive)| drive.file).collect();
    if let Some(text) = vm.config.get("description") {
        config.set("description", text);
    }
    for (slot, volid) in vm.config.unused().filter(|(_, volid)| !known.contains(*volid)) {
        config.set(slot, volid);
    }
    known.extend(config.unused().map(|(_, volid)| volid.to_owned()));
    for (_, drive) in vm.config.drives().filter(|(_, drive)| !drive.is_cdrom()) {
        let own = world.volume(&vm.node, &drive.file).is_some_and(|(_, volume)| volume.owner == Some(vmid));
        if own && known.insert(drive.file.clone()) {
            let slot = config.free_unused_slot();
            config.set(&slot, drive.file);
        }
    }
    config
}

/// A disk is as large again as it was.
fn restore_sizes(world: &mut World, node: &str, section: &Config) {
    for (_, drive) in section.drives().filter(|(_, drive)| !drive.is_cdrom()) {
        let Some((key, size)) = world.volume_key(node, &drive.file).zip(drive.size()) else { continue };
        if let Some(volume) = world.volumes.get_mut(&key) {
            Arc::make_mut(volume).size = size;
        }
    }
}
