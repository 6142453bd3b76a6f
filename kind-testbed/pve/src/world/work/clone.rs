//! `qmclone`: source flock, target flock, the temporary file, one disk after the other, the lock off, the pool last.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{
    Me,
    copy::{CopyOrder, Copying, cut_mirrors},
    lock_text,
};
use crate::{
    model::{Vmid, config::Config, device::Drive, firewall::Place, storage::VolumeKey, vm::Vm},
    world::{Mode, Next, World},
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
    /// KiB a second.
    #[serde(default)]
    pub(crate) limit: Option<u64>,
    progress: Progress,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Progress {
    /// The result so far: options, and the drives that are done.
    config: Config,
    todo: VecDeque<(String, Drive)>,
    copying: Option<Copying>,
    /// Slots whose mirrors are ready and wait for the last one.
    #[serde(default)]
    mirrors: Vec<String>,
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
            limit: None,
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
        world.insert_vm(self.target, Vm::new(me.node, transient));
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
        world.renew_macs(&mut config);
        world.renew_uuid(&mut config);
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
        if let Some(copying) = self.progress.copying.take() {
            if copying.finish(world, me) {
                self.progress.mirrors.push(copying.slot.clone());
                let is_disk = |(_, drive): &(String, Drive)| !drive.is_cdrom();
                if !self.progress.todo.iter().any(is_disk) {
                    cut_mirrors(world, me, self.source, &std::mem::take(&mut self.progress.mirrors));
                }
            }
            self.progress.config.set(&copying.slot, copying.value);
            self.write(world);
        }
        while let Some((slot, drive)) = self.progress.todo.pop_front() {
            let order = CopyOrder {
                slot: &slot,
                drive: &drive,
                source: self.source,
                owner: self.target,
                storage: self.storage.as_deref(),
                format: self.format.as_deref(),
                linked: !self.full,
                limit: self.limit,
            };
            match Copying::begin(world, me, &order) {
                Ok(Some(copying)) => {
                    let time = copying.time;
                    self.progress.made.push(copying.made.clone());
                    self.progress.copying = Some(copying);
                    return Next::Sleep(time);
                }
                Ok(None) => self.progress.config.set(&slot, drive.print()),
                Err(text) => {
                    self.undo(world);
                    return Next::fail(format!("clone failed: {text}"));
                }
            }
        }
        self.finish(world)
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
            world.remove_vm(self.target);
        }
    }

    pub(super) fn interrupted(&mut self, world: &mut World) -> String {
        let begun = self.progress.owns_target;
        let text = self.progress.copying.as_ref().map(Copying::interrupted);
        self.undo(world);
        let text = text.unwrap_or_else(|| "received interrupt".to_owned());
        if begun { format!("clone failed: {text}") } else { text }
    }
}
