//! Copying one drive of a VM to a new volume, as clone and `move_disk` do it.

use serde::{Deserialize, Serialize};

use super::Me;
use crate::{
    model::{
        Vmid,
        device::Drive,
        storage::{Purpose, VolumeKey},
    },
    request::Millis,
    world::{
        World, durations,
        images::{Copied, drive_on, mirror_lines, progress_lines},
        volumes::NewVolume,
    },
};

/// What is to be copied, and where to.
#[derive(Debug, Clone)]
pub(crate) struct CopyOrder<'a> {
    pub(crate) slot: &'a str,
    pub(crate) drive: &'a Drive,
    /// The VM that uses the drive now.
    pub(crate) source: Vmid,
    /// The VM the copy is for.
    pub(crate) owner: Vmid,
    /// That of the source when absent.
    pub(crate) storage: Option<&'a str>,
    pub(crate) format: Option<&'a str>,
    pub(crate) linked: bool,
    /// KiB a second.
    pub(crate) limit: Option<u64>,
}

/// A copy that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Copying {
    pub(crate) slot: String,
    /// What stands in the slot when it is done.
    pub(crate) value: String,
    pub(crate) made: VolumeKey,
    pub(crate) time: Millis,
    size: u64,
    how: How,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum How {
    /// Made by the storage at once.
    Made,
    /// By `qemu-img` with this command.
    Convert(String),
    /// By the QEMU that uses it.
    Mirror,
}

impl Copying {
    /// Makes the new volume and begins; `None` when there is nothing to copy (an empty CD drive, an ISO).
    pub(crate) fn begin(world: &mut World, me: &Me<'_>, order: &CopyOrder<'_>) -> Result<Option<Self>, String> {
        let drive = order.drive;
        let found = world.volume(me.node, &drive.file);
        if drive.is_cdrom() && !drive.is_cloudinit() {
            return Ok(None);
        }
        let (source_key, source) = found.ok_or_else(|| format!("volume '{}' does not exist", drive.file))?;
        let (source_key, source) = (source_key.clone(), source.clone());
        let linked = order.linked && !drive.is_cloudinit();
        let verb = if linked { "linked" } else { "full" };
        world.log(me.task, format!("create {verb} clone of drive {} ({})", order.slot, drive.file));
        let storage = order.storage.filter(|_| !linked).unwrap_or(&source_key.storage);
        let purpose = if drive.is_cloudinit() { Purpose::CloudInit } else { Purpose::Disk };
        let size = if purpose == Purpose::CloudInit { 4 << 20 } else { source.size };
        let made = world.allocate(&NewVolume {
            node: me.node,
            storage,
            owner: order.owner,
            purpose,
            size,
            format: Some(order.format.unwrap_or(&source.format)),
            base: linked.then_some(source_key.name.as_str()),
            image: source.image.clone(),
        })?;
        for line in world.made_lines(&made) {
            world.log(me.task, line);
        }
        let running = world.vms.get(&order.source).is_some_and(|vm| vm.running()) && !order.slot.starts_with("unused");
        let copied = Copied { from: (&source_key, &source), to: &made, limit: order.limit };
        let (how, time) = match purpose {
            Purpose::CloudInit => (How::Made, durations::CLOUDINIT),
            Purpose::Disk if linked => (How::Made, durations::LINKED_CLONE),
            Purpose::Disk => {
                let how = if running { How::Mirror } else { How::Convert(world.convert_command(&copied)) };
                (how, world.transfer(me, storage, size, order.limit))
            }
        };
        if !linked {
            world.log(me.task, format!("allocated target volume '{}'", made.volid()));
        }
        let value = drive_on(drive, made.volid(), size).print();
        Ok(Some(Self { slot: order.slot.to_owned(), value, made, time, size, how }))
    }

    /// The copy is complete; true when a mirror of it still has to be ended.
    pub(crate) fn finish(&self, world: &mut World, me: &Me<'_>) -> bool {
        let lines = match &self.how {
            How::Made => Vec::new(),
            How::Convert(_) => progress_lines(self.size),
            How::Mirror => mirror_lines(&self.slot, self.size, self.time / 1000),
        };
        for line in lines {
            world.log(me.task, line);
        }
        self.how == How::Mirror
    }

    /// How it ends when the worker gets a signal.
    pub(crate) fn interrupted(&self) -> String {
        match &self.how {
            How::Made => "received interrupt".to_owned(),
            How::Convert(command) => format!("copy failed: command '{command}' failed: interrupted by signal"),
            How::Mirror => "block job (mirror) error: interrupted by signal".to_owned(),
        }
    }
}

/// Cuts the mirrors of a running VM, its file systems at rest: the copies are then as of one moment.
pub(crate) fn cut_mirrors(world: &mut World, me: &Me<'_>, vmid: Vmid, slots: &[String]) {
    let Some(vm) = world.vms.get(&vmid).filter(|_| !slots.is_empty()) else { return };
    let (enabled, answers) = (vm.config.agent_enabled(), world.agent_answers(vmid, vm));
    let mut lines = Vec::new();
    if answers {
        lines.push("issuing guest agent 'guest-fsfreeze-freeze' command".to_owned());
    } else {
        if enabled {
            lines.push("skipping guest filesystem freeze - agent configured but not running?".to_owned());
        }
        lines.push("suspend vm".to_owned());
    }
    lines.extend(slots.iter().map(|slot| format!("mirror-{slot}: Cancelling block job")));
    lines.extend(slots.iter().map(|slot| format!("mirror-{slot}: Done.")));
    lines.push(if answers { "issuing guest agent 'guest-fsfreeze-thaw' command" } else { "resume vm" }.to_owned());
    for line in lines {
        world.log(me.task, line);
    }
}
