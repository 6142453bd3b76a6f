//! `qmmove`: a disk goes to another storage, or with its volume to another VM.

use serde::{Deserialize, Serialize};

use super::{
    Me,
    copy::{CopyOrder, Copying},
    lock_text,
};
use crate::{
    model::{
        Vmid,
        device::{Drive, is_drive_key},
        storage::{Purpose, VolumeKey, new_volume_name, stem},
    },
    world::{Mode, Next, World},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct MoveDiskWork {
    pub(crate) vmid: Vmid,
    pub(crate) disk: String,
    pub(crate) storage: String,
    pub(crate) format: Option<String>,
    /// Destroys the old volume instead of keeping it as unused.
    pub(crate) delete: bool,
    pub(crate) digest: Option<String>,
    /// KiB a second.
    pub(crate) limit: Option<u64>,
    pub(crate) copying: Option<Copying>,
}

impl MoveDiskWork {
    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        match me.step {
            0 => Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 },
            1 => match self.begin(world, me) {
                Ok(copying) => {
                    let time = copying.time;
                    self.copying = Some(copying);
                    Next::Sleep(time)
                }
                Err(text) => Next::fail(text),
            },
            _ => {
                self.finish(world, me);
                Next::ok()
            }
        }
    }

    /// Why it cannot be, at once and again under the lock; else the drive that goes.
    pub(crate) fn refusal(&self, world: &World, node: &str) -> Result<Drive, String> {
        let vm = world.vm_on(node, self.vmid)?;
        lock_text(vm.config.lock())?;
        if self.digest.as_deref().is_some_and(|digest| digest != vm.digest()) {
            return Err("checksum mismatch (file change by other user?)".to_owned());
        }
        let disk = &self.disk;
        let value = vm.config.get(disk).ok_or_else(|| format!("disk '{disk}' does not exist"))?;
        let drive = Drive::parse(value);
        if drive.is_cdrom() && !drive.is_cloudinit() {
            return Err("you can't move a cdrom".to_owned());
        }
        let (storage, _) = drive.volume().ok_or_else(|| format!("disk '{disk}' has no associated volume"))?;
        let format = world.volume(node, &drive.file).map(|(_, volume)| volume.format.as_str());
        let same = self.format.as_deref().is_none_or(|wanted| format.is_none_or(|format| format == wanted));
        if storage == self.storage && same {
            return Err("you can't move to the same storage with same format".to_owned());
        }
        if self.delete && vm.in_snapshot(&drive.file) {
            return Err("you can't move a disk with snapshots and delete the source".to_owned());
        }
        Ok(drive)
    }

    fn begin(&self, world: &mut World, me: &Me<'_>) -> Result<Copying, String> {
        let drive = self.refusal(world, me.node)?;
        let (from, _) = drive.volume().unwrap_or_default();
        let line = format!(
            "copying volume '{}' from current storage '{from}' to target storage '{}'",
            drive.file, self.storage
        );
        world.log(me.task, line);
        let order = CopyOrder {
            slot: &self.disk,
            drive: &drive,
            source: self.vmid,
            owner: self.vmid,
            storage: Some(&self.storage),
            format: self.format.as_deref(),
            linked: false,
            limit: self.limit,
        };
        Copying::begin(world, me, &order)
            .and_then(|copying| copying.ok_or_else(|| "you can't move a cdrom".to_owned()))
            .map_err(|text| format!("storage migration failed: {text}"))
    }

    fn finish(&mut self, world: &mut World, me: &Me<'_>) {
        let Some(copying) = self.copying.take() else { return };
        if copying.finish(world, me) {
            world.log(me.task, format!("mirror-{}: Completing block job...", self.disk));
            world.log(me.task, format!("mirror-{}: Completed successfully.", self.disk));
        }
        let Some(vm) = world.vm_mut(self.vmid) else { return };
        let old = vm.config.get(&self.disk).map_or_else(|| Drive::new(""), Drive::parse);
        let value = if is_drive_key(&self.disk) { copying.value } else { copying.made.volid() };
        vm.config.set(&self.disk, value);
        if !self.delete {
            let slot = vm.config.free_unused_slot();
            vm.config.set(&slot, old.file);
            return;
        }
        let Some((key, volume)) = world.volume(me.node, &old.file) else { return };
        let (key, own) = (key.clone(), volume.owner == Some(self.vmid));
        if own && !world.base_in_use(&key) {
            world.log(me.task, format!("removing source volume '{}' after successful copy", old.file));
            world.free(&key);
        }
    }

    pub(super) fn interrupted(&mut self, world: &mut World) -> String {
        let Some(copying) = self.copying.take() else { return "received interrupt".to_owned() };
        world.free(&copying.made);
        format!("storage migration failed: {}", copying.interrupted())
    }
}

/// Gives a disk with its volume to another VM of the same node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ReassignWork {
    pub(crate) vmid: Vmid,
    pub(crate) disk: String,
    pub(crate) target: Vmid,
    pub(crate) target_disk: String,
    pub(crate) digest: Option<String>,
    pub(crate) target_digest: Option<String>,
}

impl ReassignWork {
    pub(super) fn step(&self, world: &mut World, me: &Me<'_>) -> Next {
        match me.step {
            0 => Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 60_000 },
            1 => Next::Lock { vmid: self.target, mode: Mode::Exclusive, timeout: 60_000 },
            _ => match self.perform(world, me) {
                Ok(()) => Next::ok(),
                Err(text) => Next::fail(text),
            },
        }
    }

    fn perform(&self, world: &mut World, me: &Me<'_>) -> Result<(), String> {
        let drive = self.refusal(world, me.node)?;
        let (key, _) =
            world.volume(me.node, &drive.file).ok_or_else(|| format!("volume '{}' does not exist", drive.file))?;
        let key = key.clone();
        world.log(me.task, format!("moving disk '{}' from VM '{}' to '{}'", self.disk, self.vmid, self.target));
        let renamed = self.renamed(world, &key)?;
        let volid = renamed.volid();
        let Some(mut volume) = world.volumes.remove(&key) else { return Ok(()) };
        std::sync::Arc::make_mut(&mut volume).owner = Some(self.target);
        world.volumes.insert(renamed, volume);
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config.remove(&self.disk);
        }
        let mut moved = drive;
        moved.file.clone_from(&volid);
        if let Some(vm) = world.vm_mut(self.target) {
            vm.config.set(&self.target_disk, if is_drive_key(&self.target_disk) { moved.print() } else { volid });
        }
        world.log(me.task, format!("removing disk '{}' from VM '{}' config", self.disk, self.vmid));
        Ok(())
    }

    /// Why it cannot be; else the drive that goes.
    pub(crate) fn refusal(&self, world: &World, node: &str) -> Result<Drive, String> {
        let source = world.vm_on(node, self.vmid)?;
        let target = world.vm_on(node, self.target)?;
        lock_text(source.config.lock())?;
        lock_text(target.config.lock())?;
        if source.config.is_template() || target.config.is_template() {
            return Err("Can't move disks from or to template VMs".to_owned());
        }
        if self.digest.as_deref().is_some_and(|digest| digest != source.digest()) {
            return Err(format!("VM {}: checksum mismatch (file change by other user?)", self.vmid));
        }
        if self.target_digest.as_deref().is_some_and(|digest| digest != target.digest()) {
            return Err(format!("VM {}: checksum mismatch (file change by other user?)", self.target));
        }
        if source.config.flag("protection") {
            return Err(format!("can't remove drive '{}' - protection mode enabled", self.disk));
        }
        let value = source
            .config
            .get(&self.disk)
            .ok_or_else(|| format!("Disk '{}' for VM {} does not exist", self.disk, self.vmid))?;
        let drive = Drive::parse(value);
        if drive.is_cdrom() {
            return Err("CD drive contents can't be moved to another VM".to_owned());
        }
        if source.in_snapshot(&drive.file) {
            return Err("Can't move disk used by a snapshot to another VM".to_owned());
        }
        if source.running() && is_drive_key(&self.disk) {
            return Err(format!("Can't move disk '{}' from running VM", self.disk));
        }
        if target.config.contains(&self.target_disk) {
            return Err(format!("Target disk key '{}' is already in use for VM {}", self.target_disk, self.target));
        }
        Ok(drive)
    }

    fn renamed(&self, world: &World, key: &VolumeKey) -> Result<VolumeKey, String> {
        let kind = world.storage(&key.storage)?.kind;
        let format = world.volumes.get(key).map_or("raw", |volume| &volume.format);
        let taken = |candidate: &str| {
            world.volumes.iter().any(|(other, volume)| {
                volume.owner == Some(self.target)
                    && other.storage == key.storage
                    && other.node == key.node
                    && stem(&other.name) == candidate
            })
        };
        let base = world.volumes.get(key).and_then(|volume| volume.base.clone());
        let named = base.as_deref().filter(|_| kind.capabilities().linked_names_base);
        let name = new_volume_name(kind, self.target, Purpose::Disk, format, named, taken);
        Ok(VolumeKey { name, ..key.clone() })
    }
}
