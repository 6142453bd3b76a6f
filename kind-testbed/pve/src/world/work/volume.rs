//! `imgdel` and `imgcopy`: a volume goes, an uploaded file comes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Me;
use crate::{
    model::storage::{Volume, VolumeKey},
    world::{Next, World, durations},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum VolumeWork {
    Remove(VolumeKey),
    /// The uploaded file moves to its place.
    Import {
        key: VolumeKey,
        content: String,
        size: u64,
        temporary: String,
    },
}

impl VolumeWork {
    pub(super) fn step(&self, world: &mut World, me: &Me<'_>) -> Next {
        match self {
            Self::Remove(key) => remove(world, me, key),
            Self::Import { key, content, size, temporary } => {
                import(world, me, key, (content.as_str(), *size, temporary.as_str()))
            }
        }
    }
}

fn remove(world: &mut World, me: &Me<'_>, key: &VolumeKey) -> Next {
    if me.step == 0 {
        return Next::Sleep(durations::WRITE);
    }
    if world.base_in_use(key) {
        return Next::fail(format!("base volume '{}' is still in use by linked clones", key.name));
    }
    let backup = world.volumes.get(key).and_then(|volume| volume.backup.as_ref());
    if backup.is_some_and(|backup| backup.protected) {
        return Next::fail(format!("cannot remove protected volume '{}' on '{}'", key.name, key.storage));
    }
    if !world.volumes.contains_key(key)
        && let Ok(storage) = world.storage(&key.storage)
    {
        let line = format!("disk image '{}' does not exist", storage.volume_path(&key.name));
        world.log(me.task, line);
    }
    world.free(key);
    // Nobody asks whether a guest uses it.
    world.lost.insert(key.volid());
    world.log(me.task, format!("Removed volume '{}'", key.volid()));
    Next::ok()
}

fn import(world: &mut World, me: &Me<'_>, key: &VolumeKey, (content, size, temporary): (&str, u64, &str)) -> Next {
    let Ok(storage) = world.storage(&key.storage) else {
        return Next::fail(format!("storage '{}' does not exist", key.storage));
    };
    let target = storage.volume_path(&key.name);
    if me.step == 0 {
        let lines = [
            format!("starting file import from: {temporary}"),
            format!("target node: {}", me.node),
            format!("target file: {target}"),
            format!("file size is: {size}"),
            format!("command: cp -- {temporary} {target}"),
        ];
        for line in lines {
            world.log(me.task, line);
        }
        return Next::Sleep(world.transfer(me, &key.storage, size, None));
    }
    if world.is_full(&key.storage, me.node) {
        return Next::fail(format!("import failed: cp: error writing '{target}': No space left on device"));
    }
    let format = key.name.rsplit('.').next().unwrap_or("raw").to_owned();
    let volume = Volume {
        owner: None,
        size,
        format,
        content: content.to_owned(),
        base: None,
        ctime: world.unix_now_on(me.node),
        image: None,
        backup: None,
    };
    world.volumes.insert(key.clone(), Arc::new(volume));
    world.log(me.task, "finished file import successfully");
    Next::ok()
}
