//! Allocating, finding and freeing volumes.

use std::sync::Arc;

use super::{Fault, World};
use crate::model::{
    Vmid,
    storage::{Purpose, Storage, StorageKind, Volume, VolumeKey, new_volume_name, own_name, stem},
};

/// A volume to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewVolume<'a> {
    pub(crate) node: &'a str,
    pub(crate) storage: &'a str,
    pub(crate) owner: Vmid,
    pub(crate) purpose: Purpose,
    pub(crate) size: u64,
    /// The storage's default when absent or not supported.
    pub(crate) format: Option<&'a str>,
    pub(crate) base: Option<&'a str>,
    pub(crate) image: Option<String>,
}

impl World {
    pub(crate) fn storage(&self, id: &str) -> Result<&Storage, String> {
        self.storages.get(id).ok_or_else(|| format!("storage '{id}' does not exist"))
    }

    /// Exists and can be used on a node.
    pub(crate) fn storage_on(&self, id: &str, node: &str) -> Result<&Storage, String> {
        let storage = self.storage(id)?;
        if storage.on(node) { Ok(storage) } else { Err(format!("storage '{id}' is not available on node '{node}'")) }
    }

    /// The key a volume id has as seen from a node.
    pub(crate) fn volume_key(&self, node: &str, volid: &str) -> Option<VolumeKey> {
        let (storage, name) = volid.split_once(':')?;
        let shared = self.storages.get(storage)?.shared;
        let node = if shared { String::new() } else { node.to_owned() };
        Some(VolumeKey { storage: storage.to_owned(), node, name: name.to_owned() })
    }

    pub(crate) fn volume(&self, node: &str, volid: &str) -> Option<(&VolumeKey, &Volume)> {
        let key = self.volume_key(node, volid)?;
        self.volumes.get_key_value(&key).map(|(key, volume)| (key, volume.as_ref()))
    }

    /// Bytes in use on a storage as a node sees it.
    pub(crate) fn storage_used(&self, id: &str, node: &str) -> u64 {
        let Some(storage) = self.storages.get(id) else { return 0 };
        let of_guests: u64 = self
            .volumes
            .iter()
            .filter(|(key, _)| key.storage == id && (storage.shared || key.node == node))
            .map(|(_, volume)| volume.used())
            .sum();
        if self.is_full(id, node) { storage.total } else { (storage.base_used + of_guests).min(storage.total) }
    }

    pub(crate) fn is_full(&self, id: &str, node: &str) -> bool {
        self.suffers(|fault| {
            matches!(fault, Fault::StorageFull { storage, node: on }
                if storage == id && on.as_deref().is_none_or(|on| on == node))
        })
    }

    /// Makes a volume. The error is the text of the tool that fails on the real one.
    pub(crate) fn allocate(&mut self, new: &NewVolume<'_>) -> Result<VolumeKey, String> {
        let storage = self.storage_on(new.storage, new.node)?;
        let capabilities = storage.kind.capabilities();
        let wanted = match new.purpose {
            Purpose::CloudInit if capabilities.files => "qcow2",
            Purpose::CloudInit => "raw",
            // A linked clone on a file storage is always an overlay.
            Purpose::Disk if new.base.is_some() && capabilities.files => "qcow2",
            Purpose::Disk => new.format.unwrap_or(capabilities.default_format),
        };
        let format =
            if capabilities.formats.contains(&wanted) { wanted } else { capabilities.default_format }.to_owned();
        let place = if storage.shared { String::new() } else { new.node.to_owned() };
        let base = new.base.map(|base| own_name(storage.kind, base).to_owned());
        let named_base = base.as_deref().filter(|_| capabilities.linked_names_base);
        let taken = |candidate: &str| {
            self.volumes.iter().any(|(key, volume)| {
                volume.owner == Some(new.owner)
                    && key.storage == new.storage
                    && key.node == place
                    && stem(&key.name) == candidate
            })
        };
        let name = new_volume_name(storage.kind, new.owner, new.purpose, &format, named_base, taken);
        let key = VolumeKey { storage: new.storage.to_owned(), node: place, name };
        self.room_for(new.node, &key, new.size, new.base)?;
        let volume = Volume {
            owner: Some(new.owner),
            size: new.size,
            format,
            content: "images".to_owned(),
            base,
            ctime: self.unix_now(),
            image: new.image.clone(),
            backup: None,
        };
        self.volumes.insert(key.clone(), Arc::new(volume));
        Ok(key)
    }

    /// Makes the volume that takes a guest's memory: `vm-101-state-<label>`.
    pub(crate) fn allocate_state(
        &mut self,
        (node, id): (&str, &str),
        owner: Vmid,
        label: &str,
        size: u64,
    ) -> Result<VolumeKey, String> {
        let storage = self.storage_on(id, node)?;
        let files = storage.kind.capabilities().files;
        let stem = format!("vm-{owner}-state-{label}");
        let name = if files { format!("{owner}/{stem}.raw") } else { stem };
        let place = if storage.shared { String::new() } else { node.to_owned() };
        let key = VolumeKey { storage: id.to_owned(), node: place, name };
        if self.volumes.contains_key(&key) {
            return Err(format!("disk image '{}' already exists", storage.volume_path(&key.name)));
        }
        self.room_for(node, &key, size, None)?;
        let volume = Volume {
            owner: Some(owner),
            size,
            format: "raw".to_owned(),
            content: "images".to_owned(),
            base: None,
            ctime: self.unix_now(),
            image: None,
            backup: None,
        };
        self.volumes.insert(key.clone(), Arc::new(volume));
        Ok(key)
    }

    /// Removes a volume, if it is there.
    pub(crate) fn free(&mut self, key: &VolumeKey) {
        self.volumes.remove(key);
    }

    /// True when a linked clone stands on this volume by name.
    pub(crate) fn base_in_use(&self, key: &VolumeKey) -> bool {
        let Some(kind) = self.storages.get(&key.storage).map(|storage| storage.kind) else { return false };
        let own = own_name(kind, &key.name);
        kind.capabilities().linked_names_base
            && self.volumes.iter().any(|(other, volume)| {
                other.storage == key.storage && other.node == key.node && volume.base.as_deref() == Some(own)
            })
    }

    /// Whether a node has room for one more volume; if not, the text of the tool that finds none.
    pub(crate) fn room_for(&self, node: &str, key: &VolumeKey, size: u64, base: Option<&str>) -> Result<(), String> {
        let storage = self.storage_on(&key.storage, node)?;
        if self.is_full(&key.storage, node) || self.storage_used(&key.storage, node) >= storage.total {
            return Err(self.full_text(storage, key, size, base));
        }
        Ok(())
    }

    /// What the tool says that finds no room.
    fn full_text(&self, storage: &Storage, key: &VolumeKey, size: u64, base: Option<&str>) -> String {
        let own = own_name(storage.kind, &key.name);
        let root = storage.path.as_str();
        let base = base.map(|base| own_name(storage.kind, base));
        let group = storage.group();
        match storage.kind {
            StorageKind::Dir | StorageKind::Nfs => format!(
                "unable to create image: qemu-img: {}: Could not write qcow2 header: No space left on device",
                self.path_of(key)
            ),
            StorageKind::Lvm => format!(
                "lvcreate '{group}/{own}' error:   Volume group \"{group}\" has insufficient free space (0 extents): {} required.",
                size.div_ceil(4 << 20)
            ),
            StorageKind::LvmThin => {
                let what = base.map_or_else(
                    || format!("lvcreate '{group}/{own}' error"),
                    |base| format!("clone image '{group}/{base}' error"),
                );
                format!("{what}:   Cannot create new thin volume, free space in thin pool {root} reached threshold.")
            }
            StorageKind::ZfsPool => format!("zfs error: cannot create '{root}/{own}': out of space"),
            StorageKind::Rbd => {
                let what = base.map_or_else(|| format!("create '{own}'"), |base| format!("clone '{base}'"));
                let verb = if base.is_some() { "clone" } else { "create" };
                format!("rbd {what} error: rbd: {verb} error: (28) No space left on device")
            }
        }
    }
}
