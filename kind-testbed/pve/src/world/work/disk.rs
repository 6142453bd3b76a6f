//! `resize`: everything is checked in the task, even that the VM exists.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Me, lock_text};
use crate::{
    model::{
        Vmid,
        device::{Drive, format_size, parse_size},
    },
    world::{Mode, Next, World, durations},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ResizeWork {
    pub(crate) vmid: Vmid,
    pub(crate) disk: String,
    /// `10G` or `+5G`.
    pub(crate) size: String,
    pub(crate) digest: Option<String>,
    pub(crate) skiplock: bool,
}

impl ResizeWork {
    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        match me.step {
            0 => Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 },
            1 => match self.target(world, me.node) {
                Ok(None) => Next::ok(),
                Ok(Some(_)) => Next::Sleep(durations::RESIZE),
                Err(text) => Next::fail(text),
            },
            _ => match self.target(world, me.node) {
                Ok(size) => {
                    if let Some(size) = size {
                        self.grow(world, me, size);
                    }
                    Next::ok()
                }
                Err(text) => Next::fail(text),
            },
        }
    }

    /// The new size in bytes; `None` when it is the present one.
    fn target(&self, world: &World, node: &str) -> Result<Option<u64>, String> {
        let vm = world.vm_on(node, self.vmid)?;
        if self.digest.as_deref().is_some_and(|digest| digest != vm.digest()) {
            return Err("checksum mismatch (file change by other user?)".to_owned());
        }
        if !self.skiplock {
            lock_text(vm.config.lock())?;
        }
        let value = vm.config.get(&self.disk).ok_or_else(|| format!("disk '{}' does not exist", self.disk))?;
        let drive = Drive::parse(value);
        if drive.is_cdrom() {
            return Err("you can't resize a cdrom".to_owned());
        }
        let volume = world.volume(node, &drive.file).map(|(_, volume)| volume);
        let present = volume.ok_or_else(|| format!("volume '{}' does not exist", drive.file))?.size;
        let wanted = match self.size.strip_prefix('+') {
            Some(more) => present + parse_size(more).unwrap_or(0),
            None => parse_size(&self.size).unwrap_or(0),
        };
        match wanted.cmp(&present) {
            std::cmp::Ordering::Less => Err("shrinking disks is not supported".to_owned()),
            std::cmp::Ordering::Equal => Ok(None),
            std::cmp::Ordering::Greater => Ok(Some(wanted)),
        }
    }

    fn grow(&self, world: &mut World, me: &Me<'_>, size: u64) {
        let Some(mut drive) = world.vms.get(&self.vmid).and_then(|vm| vm.config.get(&self.disk)).map(Drive::parse)
        else {
            return;
        };
        if let Some(volume) = world.volume_key(me.node, &drive.file).and_then(|key| world.volumes.get_mut(&key)) {
            Arc::make_mut(volume).size = size;
        }
        drive.options.insert("size".to_owned(), format_size(size));
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config.set(&self.disk, drive.print());
        }
        world.log(me.task, "Image resized.");
    }
}
