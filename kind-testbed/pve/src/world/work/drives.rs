//! Turns a drive as it was asked for into one that can stand in a configuration: allocates, imports, looks up sizes.

use super::Me;
use crate::{
    model::{
        Vmid,
        device::{Allocation, Drive, format_size},
        storage::{Purpose, VolumeKey},
    },
    request::Millis,
    world::{World, durations, images::progress_lines, volumes::NewVolume},
};

/// A drive ready to be written down.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) value: String,
    pub(crate) made: Option<VolumeKey>,
    pub(crate) log: Vec<String>,
    /// Without the copy of what is imported.
    time: Millis,
    /// Bytes that are imported.
    imported: Option<u64>,
}

impl Prepared {
    /// Begins what takes time, and says how much.
    pub(super) fn begin(&self, world: &mut World, me: &Me<'_>) -> Millis {
        match (&self.made, self.imported) {
            (Some(made), Some(bytes)) => world.transfer(me, &made.storage, bytes, None),
            _ => self.time,
        }
    }
}

/// Prepares the drive in a slot of a VM.
pub(crate) fn prepare(world: &mut World, node: &str, vmid: Vmid, key: &str, value: &str) -> Result<Prepared, String> {
    let mut drive = Drive::parse(value);
    if drive.file == "none" || drive.file == "cdrom" || drive.file.starts_with('/') {
        return Ok(Prepared { value: drive.print(), ..Prepared::default() });
    }
    let Some(allocation) = drive.allocation() else {
        return attach(world, node, vmid, drive);
    };
    let storage = drive.volume().map(|(storage, _)| storage.to_owned()).unwrap_or_default();
    world.storage_on(&storage, node)?;
    let source = drive.options.remove("import-from");
    let format = drive.options.remove("format");
    let (purpose, size, image, time) = match (&source, allocation) {
        (Some(source), _) => {
            let (_, volume) = world.volume(node, source).ok_or_else(|| format!("volume '{source}' does not exist"))?;
            (Purpose::Disk, volume.size, volume.image.clone(), 0)
        }
        (None, Allocation::CloudInit) => (Purpose::CloudInit, 4 << 20, None, durations::CLOUDINIT),
        (None, Allocation::Bytes(size)) => (Purpose::Disk, size, None, 100),
    };
    let made = world.allocate(&NewVolume {
        node,
        storage: &storage,
        owner: vmid,
        purpose,
        size,
        format: format.as_deref(),
        base: None,
        image,
    })?;
    drive.file = made.volid();
    if purpose == Purpose::CloudInit {
        drive.options.insert("media".to_owned(), "cdrom".to_owned());
    } else {
        drive.options.insert("size".to_owned(), format_size(size));
    }
    let mut log = Vec::new();
    if let Some(source) = &source {
        log.push(format!("create full clone of drive ({source})"));
    }
    log.extend(world.made_lines(&made));
    if source.is_some() {
        log.push(format!("allocated target volume '{}'", made.volid()));
        log.extend(progress_lines(size));
    }
    let text = drive.print();
    log.push(format!("{key}: successfully created disk '{text}'"));
    let imported = source.map(|_| size);
    Ok(Prepared { value: text, made: Some(made), log, time, imported })
}

/// An existing volume: it must exist and be this VM's; its size is read again.
fn attach(world: &World, node: &str, vmid: Vmid, mut drive: Drive) -> Result<Prepared, String> {
    if let Some((storage, _)) = drive.volume() {
        world.storage_on(storage, node)?;
    }
    let volume = world
        .volume(node, &drive.file)
        .map(|(_, volume)| volume)
        .filter(|volume| volume.owner.is_none_or(|owner| owner == vmid))
        .ok_or_else(|| format!("volume '{}' does not exist", drive.file))?;
    drive.options.insert("size".to_owned(), format_size(volume.size));
    Ok(Prepared { value: drive.print(), ..Prepared::default() })
}
