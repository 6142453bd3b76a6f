//! `qmclone`: source flock, target flock, the temporary file, one disk after the other, the lock off, the pool last.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Me, lock_text};
use crate::{
    model::{
        Vmid,
        config::Config,
        device::{Drive, Nic, is_net_key},
        firewall::Place,
        storage::{Purpose, VolumeKey},
        vm::Vm,
    },
    request::Millis,
    world::{Mode, Next, World, durations, volumes::NewVolume},
};

/// A clone asked for, and its progress.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct CloneWork {
    pub(crate) source: Vmid,
    pub(crate) target: Vmid,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) pool: Option<String>,
    pub(crate) storage: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) full: bool,
    /// Copies this snapshot instead of the present state.
    #[serde(default)]
    pub(crate) snapshot: Option<String>,
    /// The node the result moves to.
    pub(crate) to_node: Option<String>,
    progress: Progress,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Progress {
    /// The result so far: options, and the drives that are done.
    config: Config,
    todo: VecDeque<(String, Drive)>,
    /// The slot being copied and its value when done.
    copying: Option<(String, String)>,
    made: Vec<VolumeKey>,
    /// The target's configuration exists and is ours to remove.
    owns_target: bool,
}

impl CloneWork {
    pub(crate) fn new(source: Vmid, target: Vmid, full: bool) -> Self {
        Self {
            source,
            target,
            name: None,
            description: None,
            pool: None,
            storage: None,
            format: None,
            full,
            snapshot: None,
            to_node: None,
            progress: Progress::default(),
        }
    }

    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        match me.step {
            0 => {
                let running = world.vms.get(&self.source).is_some_and(|vm| vm.running());
                let mode = if running { Mode::Exclusive } else { Mode::Shared };
                Next::Lock { vmid: self.source, mode, timeout: 1000 }
            }
            1 => Next::Lock { vmid: self.target, mode: Mode::Exclusive, timeout: 1000 },
            2 => match self.begin(world, me) {
                Ok(()) => self.go_on(world, me),
                Err(text) => Next::fail(text),
            },
            _ => self.go_on(world, me),
        }
    }

    /// Checks again under the locks and writes the temporary file.
    fn begin(&mut self, world: &mut World, me: &Me<'_>) -> Result<(), String> {
        let source = world.vm_on(me.node, self.source)?;
        lock_text(source.config.lock())?;
        if let Some(other) = world.vms.get(&self.target) {
            return Err(if other.node == me.node {
                format!("unable to create VM {}: config file already exists", self.target)
            } else {
                format!(
                    "close (rename) atomic file '/etc/pve/nodes/{}/qemu-server/{}.conf' failed: File exists",
                    me.node, self.target
                )
            });
        }
        let source = match &self.snapshot {
            Some(name) => source.snapshot(name)?.config.clone(),
            None => source.config.clone(),
        };
        self.progress.config = self.initial_config(world, &source);
        self.progress.todo = source.drives().map(|(key, drive)| (key.to_owned(), drive)).collect();
        let transient = Config::from_pairs([("lock", "clone"), ("description", " qmclone temporary file")]);
        world.vms.insert(self.target, Arc::new(Vm::new(me.node, transient)));
        self.progress.owns_target = true;
        world.log(me.task, format!("creating a clone of VM {} with ID {}", self.source, self.target));
        Ok(())
    }

    /// Everything is copied but what must be unique, what belongs to the source alone, and the drives.
    fn initial_config(&self, world: &mut World, source: &Config) -> Config {
        let mut config = source.clone();
        let drives: Vec<String> = source.drives().map(|(key, _)| key.to_owned()).collect();
        config.retain(|key| {
            !key.starts_with("unused")
                && !drives.iter().any(|drive| drive == key)
                && !matches!(
                    key,
                    "template"
                        | "lock"
                        | "parent"
                        | "vmstate"
                        | "snaptime"
                        | "snapstate"
                        | "runningmachine"
                        | "runningcpu"
                        | "running-nets-host-mtu"
                )
        });
        let cards: Vec<(String, Nic)> = config
            .iter()
            .filter(|(key, _)| is_net_key(key))
            .map(|(key, value)| (key.to_owned(), Nic::parse(value)))
            .collect();
        for (key, mut nic) in cards {
            nic.mac = Some(world.random_mac());
            config.set(&key, nic.print());
        }
        let uuid = world.random_uuid();
        let rest = source.get("smbios1").unwrap_or_default().split(',').filter(|part| !part.starts_with("uuid="));
        let smbios: Vec<String> =
            std::iter::once(format!("uuid={uuid}")).chain(rest.filter(|p| !p.is_empty()).map(str::to_owned)).collect();
        config.set("smbios1", smbios.join(","));
        if config.contains("vmgenid") {
            let generation = world.random_uuid();
            config.set("vmgenid", generation);
        }
        let name = self.name.clone().unwrap_or_else(|| {
            source
                .get("name")
                .map_or_else(|| format!("Copy-of-VM-{}", self.source), |name| format!("Copy-of-VM-{name}"))
        });
        config.set("name", name);
        match self.description.as_deref().map(|text| text.trim_end_matches('\n')) {
            Some("") => {
                config.remove("description");
            }
            Some(text) => config.set("description", text),
            None => {}
        }
        config.set("lock", "clone");
        config
    }

    /// Writes down the disk that is done and begins the next; after the last one, ends.
    fn go_on(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        if let Some((key, value)) = self.progress.copying.take() {
            self.progress.config.set(&key, value);
            self.write(world);
        }
        while let Some((key, drive)) = self.progress.todo.pop_front() {
            match self.copy(world, me, &key, &drive) {
                Ok(Some(time)) => return Next::Sleep(time),
                Ok(None) => {}
                Err(text) => {
                    self.undo(world);
                    return Next::fail(format!("clone failed: {text}"));
                }
            }
        }
        self.finish(world)
    }

    /// Begins one copy; `None` when there is nothing to copy (an empty CD drive, an ISO).
    fn copy(&mut self, world: &mut World, me: &Me<'_>, key: &str, drive: &Drive) -> Result<Option<Millis>, String> {
        let Some((source_key, source)) = world.volume(me.node, &drive.file) else {
            if drive.is_cdrom() {
                self.progress.config.set(key, drive.print());
                return Ok(None);
            }
            return Err(format!("volume '{}' does not exist", drive.file));
        };
        let (source_key, source) = (source_key.clone(), source.clone());
        let linked = !self.full && !drive.is_cloudinit();
        let verb = if linked { "linked" } else { "full" };
        world.log(me.task, format!("create {verb} clone of drive {key} ({})", drive.file));
        let storage = self.storage.clone().filter(|_| !linked).unwrap_or(source_key.storage);
        let purpose = if drive.is_cloudinit() { Purpose::CloudInit } else { Purpose::Disk };
        let format = self.format.as_deref().unwrap_or(&source.format).to_owned();
        let size = if purpose == Purpose::CloudInit { 4 << 20 } else { source.size };
        let made = world.allocate(&NewVolume {
            node: me.node,
            storage: &storage,
            owner: self.target,
            purpose,
            size,
            format: Some(&format),
            base: linked.then_some(source_key.name.as_str()),
            image: source.image.clone(),
        })?;
        let kind = world.storage(&storage)?.kind;
        let mut copy = drive.clone();
        copy.file = made.volid();
        copy.options.insert("size".to_owned(), crate::model::device::format_size(size));
        self.progress.made.push(made);
        self.progress.copying = Some((key.to_owned(), copy.print()));
        Ok(Some(match (purpose, linked) {
            (Purpose::CloudInit, _) => durations::CLOUDINIT,
            (Purpose::Disk, true) => durations::LINKED_CLONE,
            (Purpose::Disk, false) => durations::full_copy(kind, size),
        }))
    }

    fn write(&self, world: &mut World) {
        if let Some(vm) = world.vm_mut(self.target) {
            vm.config = self.progress.config.clone();
        }
    }

    fn finish(&mut self, world: &mut World) -> Next {
        self.progress.config.remove("lock");
        self.write(world);
        if let Some(firewall) = world.firewalls.get(&Place::Guest(self.source)).cloned() {
            world.firewalls.insert(Place::Guest(self.target), firewall);
        }
        if let (Some(node), Some(vm)) = (&self.to_node, world.vm_mut(self.target)) {
            vm.node.clone_from(node);
        }
        if let Some(pool) = self.pool.as_ref().and_then(|pool| world.pools.get_mut(pool)) {
            pool.vms.insert(self.target);
        }
        Next::ok()
    }

    fn undo(&mut self, world: &mut World) {
        for key in std::mem::take(&mut self.progress.made) {
            world.free(&key);
        }
        if self.progress.owns_target {
            world.vms.remove(&self.target);
            world.samples.remove(&self.target);
        }
    }

    pub(super) fn interrupted(&mut self, world: &mut World) -> String {
        let copying = self.progress.copying.is_some();
        self.undo(world);
        if copying {
            "clone failed: copy failed: command '/usr/bin/qemu-img convert' failed: interrupted by signal".to_owned()
        } else {
            "received interrupt".to_owned()
        }
    }
}
