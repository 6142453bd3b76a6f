//! `download`: a file comes from the net to its place. A world has no net, so what an address holds is told from its file
//! name, and every host answers but those below `.invalid`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Me;
use crate::{
    model::storage::{Volume, VolumeKey},
    world::{
        Next, World,
        guest::{IMAGES, Image},
    },
};

/// What every file on the net is as large as, in bytes.
pub(crate) const REMOTE_SIZE: u64 = 600 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct DownloadWork {
    pub(crate) key: VolumeKey,
    pub(crate) content: String,
    pub(crate) url: String,
    /// The algorithm of a checksum the file is held to; it is always right.
    pub(crate) checksum: Option<String>,
}

/// The host of an address that nobody answers at.
pub(crate) fn unknown_host(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or(rest);
    (host == "invalid" || host.ends_with(".invalid")).then_some(host)
}

impl DownloadWork {
    pub(super) fn step(&self, world: &mut World, me: &Me<'_>) -> Next {
        let target = world.path_of(&self.key);
        if me.step == 0 {
            world.log(me.task, format!("downloading {} to {target}", self.url));
            if world.volumes.contains_key(&self.key) {
                if self.checksum.is_none() {
                    return Next::fail(format!("refusing to override existing file '{target}'"));
                }
                world.log(
                    me.task,
                    "calculating checksum of existing file...OK, got correct file already, no need to download",
                );
                return Next::ok();
            }
            world.log(me.task, format!("--- {}", self.url));
            if let Some(host) = unknown_host(&self.url) {
                world.log(me.task, format!("wget: unable to resolve host address '{host}'"));
                return Next::fail(format!(
                    "download failed: command '/usr/bin/wget --progress=dot:giga -O {target}.tmp_dwnl.{} {}' failed: exit code 4",
                    me.task.unwrap_or_default(),
                    self.url
                ));
            }
            let time = world.transfer(me, &self.key.storage, REMOTE_SIZE, None);
            return Next::Sleep(time);
        }
        if world.is_full(&self.key.storage, me.node) {
            return Next::fail(format!("download failed: {target}: No space left on device"));
        }
        if let Some(algorithm) = &self.checksum {
            world.log(me.task, format!("calculating checksum...OK, {algorithm} checksum verified"));
        }
        let file = self.key.name.rsplit('/').next().unwrap_or(&self.key.name);
        let volume = Volume {
            owner: None,
            size: REMOTE_SIZE,
            format: file.rsplit('.').next().unwrap_or("raw").to_owned(),
            content: self.content.clone(),
            base: None,
            ctime: world.unix_now_on(me.node),
            image: system_of(file).or_else(|| system_of(&self.url)).map(str::to_owned),
            backup: None,
        };
        world.volumes.insert(self.key.clone(), Arc::new(volume));
        world.log(me.task, format!("download of '{}' to '{target}' finished", self.url));
        Next::ok()
    }
}

/// The operating system a cloud image's name tells: by its code name (`noble`) or its version (`debian-12`).
fn system_of(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let told = |image: &&Image| {
        let code = image.version.split_once('(').and_then(|(_, rest)| rest.split([' ', ')']).next());
        name.contains(&format!("{}-{}", image.id, image.version_id))
            || name.contains(image.name)
            || code.is_some_and(|code| name.contains(&code.to_ascii_lowercase()))
    };
    IMAGES.iter().find(told).map(|image| image.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_image_s_name_tells_its_system() {
        assert_eq!(system_of("noble-server-cloudimg-amd64.img"), Some("ubuntu-2404"));
        assert_eq!(system_of("debian-12-genericcloud-amd64.qcow2"), Some("debian-12"));
        assert_eq!(system_of("virtio-win.iso"), None);
    }

    #[test]
    fn only_hosts_below_invalid_are_unknown() {
        assert_eq!(unknown_host("https://mirror.invalid:8080/a.iso"), Some("mirror.invalid"));
        assert_eq!(unknown_host("https://mirror.example/a.invalid"), None);
    }
}
