//! `qmsnapshot` and `qmdelsnapshot`: a lock in the configuration stands from the first flock to the second, between
//! which the disks are worked on.

use serde::{Deserialize, Serialize};

use super::{Me, lock_text, memory};
use crate::{
    model::{
        Vmid,
        config::Config,
        device::Drive,
        vm::{Snapshot, Vm},
    },
    request::Millis,
    world::{Mode, Next, World, durations},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum SnapshotJob {
    /// `ram` saves the memory too, when the VM runs.
    Create {
        description: Option<String>,
        ram: bool,
    },
    Delete,
    /// Writes another description; a synchronous call.
    Describe(Option<String>),
}

impl SnapshotJob {
    /// What stands in the configuration meanwhile.
    pub(super) const fn lock(&self) -> Option<&'static str> {
        match self {
            Self::Create { .. } => Some("snapshot"),
            Self::Delete => Some("snapshot-delete"),
            Self::Describe(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct SnapshotWork {
    pub(crate) vmid: Vmid,
    pub(crate) name: String,
    pub(crate) job: SnapshotJob,
    /// Removes the section although a disk's snapshot cannot be removed.
    #[serde(default)]
    pub(crate) force: bool,
}

/// Whether every disk of a configuration can do something; `snapshot`: from a snapshot instead of the present state.
pub(crate) fn has_feature(world: &World, node: &str, config: &Config, feature: &str, snapshot: bool) -> bool {
    config.drives().filter(|(_, drive)| !drive.is_cdrom()).all(|(_, drive)| {
        let Some((key, volume)) = world.volume(node, &drive.file) else { return false };
        let Ok(storage) = world.storage(&key.storage) else { return false };
        let capabilities = storage.kind.capabilities();
        let snapshots = capabilities.snapshot_formats.contains(&volume.format.as_str());
        match feature {
            "snapshot" => snapshots,
            "clone" if snapshot => capabilities.clones_of_snapshots,
            "clone" if !capabilities.linked_clones => false,
            "clone" => key.name.rsplit('/').next().is_some_and(|file| file.starts_with("base-")),
            _ => !snapshot || snapshots,
        }
    })
}

impl SnapshotWork {
    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        let done = match me.step {
            0 => Ok(self.lock()),
            1 => self.prepare(world, me),
            2 => self.work_on_disks(world, me).map(|()| self.lock()),
            _ => self.commit(world, me),
        };
        done.unwrap_or_else(Next::fail)
    }

    fn lock(&self) -> Next {
        Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 }
    }

    fn prepare(&self, world: &mut World, me: &Me<'_>) -> Result<Next, String> {
        let time = match &self.job {
            SnapshotJob::Create { description, ram } => self.begin(world, me, description.as_deref(), *ram)?,
            SnapshotJob::Delete => self.begin_removal(world, me)?,
            SnapshotJob::Describe(description) => {
                let vm = world.vm_on(me.node, self.vmid)?;
                lock_text(vm.config.lock())?;
                vm.snapshot(&self.name)?;
                let section = world.vm_mut(self.vmid).and_then(|vm| vm.snapshots.get_mut(&self.name));
                if let Some((section, text)) = section.zip(description.as_deref()) {
                    describe(&mut section.config, text);
                }
                return Ok(Next::ok());
            }
        };
        Ok(Next::Unlock { vmid: self.vmid, time })
    }

    /// Checks, and writes the section down with its lock.
    fn begin(&self, world: &mut World, me: &Me<'_>, description: Option<&str>, ram: bool) -> Result<Millis, String> {
        let vm = world.vm_on(me.node, self.vmid)?;
        if vm.config.is_template() {
            return Err("you can't take a snapshot if it's a template".to_owned());
        }
        lock_text(vm.config.lock())?;
        if vm.snapshots.contains_key(&self.name) {
            return Err(format!("snapshot name '{}' already used", self.name));
        }
        if !has_feature(world, me.node, &vm.config, "snapshot", false) {
            return Err("snapshot feature is not available".to_owned());
        }
        let mut section = copied(&vm.config);
        let (memory, files) = (vm.config.memory_mib(), vm.files.clone());
        let mut run = vm.run.clone().filter(|_| ram);
        if let Some(run) = &mut run {
            let state = memory::reserve(world, me, self.vmid, &self.name)?;
            state.note(&mut section);
            world.log(me.task, format!("saving VM state and RAM using storage '{}'", state.volume.storage));
            run.booted = run.booted.saturating_sub(world.now);
        }
        section.set("snapstate", "prepare");
        section.set("snaptime", world.unix_now_on(me.node).to_string());
        describe(&mut section, description.unwrap_or_default());
        let time = if run.is_some() { durations::hibernate(memory) } else { durations::SNAPSHOT };
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config.set("lock", "snapshot");
            vm.snapshots.insert(self.name.clone(), Snapshot { config: section, files, run });
        }
        Ok(time)
    }

    fn begin_removal(&self, world: &mut World, me: &Me<'_>) -> Result<Millis, String> {
        let vm = world.vm_on(me.node, self.vmid)?;
        if vm.config.is_template() {
            return Err("you can't delete a snapshot if vm is a template".to_owned());
        }
        vm.snapshot(&self.name)?;
        lock_text(vm.config.lock())?;
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config.set("lock", "snapshot-delete");
            if let Some(section) = vm.snapshots.get_mut(&self.name) {
                section.config.set("snapstate", "delete");
            }
        }
        Ok(durations::SNAPSHOT)
    }

    /// A disk that was taken away cannot lose its snapshot: the removal stops there, with its lock, unless it is forced.
    fn work_on_disks(&self, world: &mut World, me: &Me<'_>) -> Result<(), String> {
        for failure in self.failures(world) {
            if !self.force {
                return Err(failure);
            }
            world.log(me.task, failure);
        }
        self.log_volumes(world, me);
        Ok(())
    }

    /// What removing the snapshots of disks that are gone says.
    fn failures(&self, world: &World) -> Vec<String> {
        let section = world.vms.get(&self.vmid).and_then(|vm| Some((vm, vm.snapshots.get(&self.name)?)));
        let Some((vm, section)) = section.filter(|_| self.job == SnapshotJob::Delete) else { return Vec::new() };
        let disks = section.config.drives().filter(|(_, drive)| !drive.is_cdrom());
        let gone = disks.filter(|(_, drive)| world.volume(&vm.node, &drive.file).is_none());
        gone.map(|(_, drive)| self.failure(world, &drive)).collect()
    }

    fn failure(&self, world: &World, drive: &Drive) -> String {
        let (storage, name) = drive.volume().unwrap_or_default();
        let place =
            world.storage(storage).map(|storage| (storage.kind.capabilities().files, storage.volume_path(name)));
        match place {
            Ok((true, path)) => {
                format!("command '/usr/bin/qemu-img snapshot -d {} {path}' failed: exit code 1", self.name)
            }
            _ => format!("volume '{}' does not exist", drive.file),
        }
    }

    /// What the work on the memory and each disk says.
    fn log_volumes(&self, world: &mut World, me: &Me<'_>) {
        let Some(vm) = world.vms.get(&self.vmid).cloned() else { return };
        let Some(section) = vm.snapshots.get(&self.name) else { return };
        let creates = matches!(self.job, SnapshotJob::Create { .. });
        if creates && section.run.is_some() {
            let memory = vm.config.memory_mib();
            let (seconds, saved) = (memory / 1024, memory * 9_375 / 224);
            world.log(me.task, "515.43 KiB in 0s");
            let line =
                format!("completed saving the VM state in {seconds}s, saved {}.{:02} MiB", saved / 100, saved % 100);
            world.log(me.task, line);
        }
        for (slot, drive) in section.config.drives().filter(|(_, drive)| !drive.is_cdrom()) {
            if creates {
                world.log(me.task, format!("snapshotting 'drive-{slot}' ({})", drive.file));
            }
            if let Some(line) = self.volume_line(world, &vm, &drive, creates) {
                world.log(me.task, line);
            }
        }
    }

    fn volume_line(&self, world: &World, vm: &Vm, drive: &Drive, creates: bool) -> Option<String> {
        let (key, _) = world.volume(&vm.node, &drive.file)?;
        if world.storage(&key.storage).ok()?.kind.capabilities().files {
            // QEMU does it when it runs; `qemu-img` says nothing.
            return (creates && vm.running()).then(|| "internal qemu snapshot".to_owned());
        }
        let verb = if creates { "created" } else { "successfully removed" };
        Some(format!("  Logical volume \"snap_{}_{}\" {verb}.", key.name, self.name))
    }

    fn commit(&self, world: &mut World, me: &Me<'_>) -> Result<Next, String> {
        let lock = self.job.lock().unwrap_or_default();
        let vm = world.vm_on(me.node, self.vmid)?;
        vm.snapshot(&self.name)?;
        if vm.config.lock() != Some(lock) {
            return Err(format!("missing {lock} lock"));
        }
        if self.job == SnapshotJob::Delete {
            self.remove(world);
        } else if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config.set("parent", self.name.clone());
            vm.config.remove("lock");
            if let Some(section) = vm.snapshots.get_mut(&self.name) {
                section.config.remove("snapstate");
            }
        }
        Ok(Next::ok())
    }

    /// The section, its memory, and the lock go; its children become its parent's.
    fn remove(&self, world: &mut World) {
        let Some(vm) = world.vm_mut(self.vmid) else { return };
        vm.config.remove("lock");
        let Some(mut section) = vm.snapshots.remove(&self.name) else { return };
        let parent = section.config.remove("parent");
        let children = std::iter::once(&mut vm.config).chain(vm.snapshots.values_mut().map(|other| &mut other.config));
        for child in children.filter(|child| child.get("parent") == Some(&self.name)) {
            match &parent {
                Some(parent) => child.set("parent", parent.clone()),
                None => {
                    child.remove("parent");
                }
            }
        }
        let node = vm.node.clone();
        if let Some(key) = memory::forget(&mut section.config).and_then(|volid| world.volume_key(&node, &volid)) {
            world.free(&key);
        }
    }

    /// A snapshot that cannot be finished is taken back; a removal stays half done.
    pub(super) fn interrupted(&self, world: &mut World, step: u32) -> String {
        if step > 1 && matches!(self.job, SnapshotJob::Create { .. }) {
            self.remove(world);
        }
        "received interrupt".to_owned()
    }
}

/// The options that a snapshot takes along, or gives back.
pub(super) fn copied(config: &Config) -> Config {
    let mut copy = config.clone();
    copy.retain(|key| {
        !key.starts_with("unused") && !matches!(key, "snapstate" | "snaptime" | "vmstate" | "lock" | "description")
    });
    copy
}

fn describe(section: &mut Config, text: &str) {
    match text.trim_end_matches('\n') {
        "" => {
            section.remove("description");
        }
        text => section.set("description", text),
    }
}
