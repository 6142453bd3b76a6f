//! Where volumes are on a node, and what the tools say that make and copy them.

use super::World;
use crate::model::{
    device::Drive,
    storage::{StorageKind, Volume, VolumeKey, own_name},
};

/// One image to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copied<'a> {
    pub(crate) from: (&'a VolumeKey, &'a Volume),
    pub(crate) to: &'a VolumeKey,
    /// KiB a second.
    pub(crate) limit: Option<u64>,
}

impl World {
    /// The file or device behind a volume.
    pub(crate) fn path_of(&self, key: &VolumeKey) -> String {
        self.storages.get(&key.storage).map_or_else(|| key.volid(), |storage| storage.volume_path(&key.name))
    }

    /// What the log says of a volume that was just made; ZFS and Ceph are silent.
    pub(crate) fn made_lines(&self, key: &VolumeKey) -> Vec<String> {
        let Some((storage, volume)) = self.storages.get(&key.storage).zip(self.volumes.get(key)) else {
            return Vec::new();
        };
        let capabilities = storage.kind.capabilities();
        let name = own_name(storage.kind, &key.name);
        if !capabilities.files {
            let lvm = matches!(storage.kind, StorageKind::Lvm | StorageKind::LvmThin);
            let base = volume.base.as_deref().filter(|_| storage.kind == StorageKind::Rbd);
            return match base {
                Some(base) => vec![format!("clone {base}: {base} snapname __base__ to {name}")],
                None if lvm => vec![format!("  Logical volume \"{name}\" created.")],
                None => Vec::new(),
            };
        }
        let size = volume.size;
        let tail = "lazy_refcounts=off refcount_bits=16";
        let form = match (volume.format.as_str(), &volume.base) {
            ("qcow2", Some(base)) => format!(
                "fmt=qcow2 cluster_size=131072 extended_l2=on preallocation=off compression_type=zlib size={size} backing_file=../{base} backing_fmt={} {tail}",
                base.rsplit('.').next().unwrap_or("raw")
            ),
            ("qcow2", None) => format!(
                "fmt=qcow2 cluster_size=65536 extended_l2=off preallocation=metadata compression_type=zlib size={size} {tail}"
            ),
            ("vmdk", _) => format!("fmt=vmdk size={size} compat6=off hwversion=undefined"),
            (format, _) => format!("fmt={format} size={size} preallocation=off"),
        };
        let mut lines = Vec::new();
        if let (Some(base), Some((owner, file))) = (&volume.base, name.split_once('/')) {
            lines.push(format!("clone {base}: images, {file}, {owner} to {file} (base=../{base})"));
        }
        lines.push(format!("Formatting '{}', {form}", self.path_of(key)));
        lines
    }

    /// The command that copies a disk nobody writes to.
    pub(crate) fn convert_command(&self, copied: &Copied<'_>) -> String {
        let (key, volume) = copied.from;
        let limit = copied.limit.filter(|kib| *kib > 0).map(|kib| format!(" -r {kib}K")).unwrap_or_default();
        let format = self.volumes.get(copied.to).map_or("raw", |made| &made.format);
        // Thick logical volumes are not zero when they are new.
        let zeroed = self.storages.get(&copied.to.storage).is_some_and(|storage| storage.kind != StorageKind::Lvm);
        let prefix = if zeroed { "zeroinit:" } else { "" };
        let (from, to) = (self.path_of(key), self.path_of(copied.to));
        format!("/usr/bin/qemu-img convert -p -n{limit} -f {} -O {format} {from} {prefix}{to}", volume.format)
    }
}

/// What `qemu-img` says on the way.
pub(crate) fn progress_lines(size: u64) -> Vec<String> {
    let total = human_bytes(size);
    let line = |done: u64| {
        let hundredths = (done * 10_000).checked_div(size).unwrap_or(10_000);
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        format!("transferred {} of {total} ({whole}.{rest:02}%)", human_bytes(done))
    };
    (0..=8).map(|eighth| line(size / 8 * eighth + if eighth == 8 { size % 8 } else { 0 })).chain([line(size)]).collect()
}

/// What the mirror of one running drive says until it is ready.
pub(crate) fn mirror_lines(slot: &str, size: u64, seconds: u64) -> Vec<String> {
    let total = human_bytes(size);
    vec![
        format!("drive mirror is starting for drive-{slot}"),
        format!("mirror-{slot}: transferred 0.0 B of {total} (0.00%) in 0s"),
        format!("mirror-{slot}: transferred {total} of {total} (100.00%) in {}s, ready", seconds.max(1)),
        "all 'mirror' jobs are ready".to_owned(),
    ]
}

/// `64.0 MiB`.
fn human_bytes(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut tenths = u128::from(bytes) * 10;
    while tenths >= 10_240 && unit + 1 < units.len() {
        tenths = (tenths + 512) / 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

/// A drive that moves with its options to another volume.
pub(crate) fn drive_on(drive: &Drive, volid: String, size: u64) -> Drive {
    let mut moved = drive.clone();
    moved.file = volid;
    moved.options.insert("size".to_owned(), crate::model::device::format_size(size));
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_tenths() {
        assert_eq!(human_bytes(64 << 20), "64.0 MiB");
        assert_eq!(human_bytes(1 << 30), "1.0 GiB");
        assert_eq!(human_bytes(0), "0.0 B");
        assert_eq!(progress_lines(128 << 20)[3], "transferred 48.0 MiB of 128.0 MiB (37.50%)");
    }
}
