//! `qmrestore`: the call has written `lock: create`; the task makes the disks of the archive and fills the file.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Me, Work};
use crate::{
    model::{
        Vmid,
        backup::{Backup, BackupDisk},
        config::Config,
        device::{Drive, format_size},
        storage::{Purpose, VolumeKey},
    },
    world::{Mode, Next, World, durations, volumes::NewVolume},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct RestoreWork {
    pub(crate) vmid: Vmid,
    /// The archive's file.
    pub(crate) path: String,
    pub(crate) backup: Arc<Backup>,
    /// Where all disks go; else back to where they were.
    pub(crate) storage: Option<String>,
    /// New MAC addresses and a new UUID.
    pub(crate) unique: bool,
    /// Options given in the call, over those of the archive.
    pub(crate) options: Config,
    pub(crate) pool: Option<String>,
    pub(crate) start: bool,
    pub(crate) todo: VecDeque<String>,
    pub(crate) made: Vec<(String, VolumeKey)>,
    /// The configuration that is replaced.
    pub(crate) old: Config,
}

impl RestoreWork {
    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        let result = match me.step {
            0 => return Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 1000 },
            1 => self.begin(world, me),
            _ => Ok(()),
        };
        let next = result.and_then(|()| match self.todo.pop_front() {
            Some(slot) => self.make(world, me, &slot),
            None => Ok(self.finish(world, me)),
        });
        next.unwrap_or_else(|text| {
            self.undo(world);
            Next::fail(text)
        })
    }

    fn begin(&mut self, world: &mut World, me: &Me<'_>) -> Result<(), String> {
        let vmid = self.vmid;
        let vm = world.vm_on(me.node, vmid)?;
        // Proxmox VE writes the dash twice.
        if vm.config.flag("protection") {
            return Err(format!("unable to restore VM {vmid} - - protection mode enabled"));
        }
        if vm.running() {
            return Err(format!("unable to restore VM {vmid} - vm is running"));
        }
        self.old = vm.config.clone();
        let disks = self.backup.disks.iter().map(|disk| disk.slot.clone());
        let drives = self.backup.config.drives();
        let cloudinit = drives.filter(|(_, drive)| drive.is_cloudinit()).map(|(slot, _)| slot.to_owned());
        self.todo = disks.chain(cloudinit).collect();
        let mut lines = vec![format!("restore vma archive: vma extract -v -r /var/tmp/vzdumptmp.fifo {}", self.path)];
        lines.push(format!("CFG: size: {} name: qemu-server.conf", self.backup.file().len()));
        for (index, BackupDisk { slot, size, .. }) in self.backup.disks.iter().enumerate() {
            lines.push(format!("DEV: dev_id={} size: {size} devname: drive-{slot}", index + 1));
        }
        for line in lines {
            world.log(me.task, line);
        }
        Ok(())
    }

    /// Makes one disk.
    fn make(&mut self, world: &mut World, me: &Me<'_>, slot: &str) -> Result<Next, String> {
        let disk = self.backup.disks.iter().find(|disk| disk.slot == slot).cloned();
        let drive = self.backup.config.get(slot).map_or_else(|| Drive::new(""), Drive::parse);
        let former = disk.as_ref().map(|disk| disk.storage.clone());
        let former = former.or_else(|| drive.volume().map(|(storage, _)| storage.to_owned())).unwrap_or_default();
        let storage = self.storage.clone().unwrap_or(former);
        if !world.storage_on(&storage, me.node)?.holds("images") {
            return Err(format!("storage '{storage}' does not support vm images"));
        }
        let key = world.allocate(&NewVolume {
            node: me.node,
            storage: &storage,
            owner: self.vmid,
            purpose: if disk.is_some() { Purpose::Disk } else { Purpose::CloudInit },
            size: disk.as_ref().map_or(4 << 20, |disk| disk.size),
            format: disk.as_ref().map(|disk| disk.format.as_str()),
            base: None,
            image: disk.as_ref().and_then(|disk| disk.image.clone()),
        })?;
        let found = world.storage(&storage)?;
        let path = found.volume_path(&key.name);
        world.log(me.task, format!("new volume ID is '{}'", key.volid()));
        self.made.push((slot.to_owned(), key));
        let Some(disk) = disk else { return Ok(Next::Sleep(durations::CLOUDINIT)) };
        world.log(me.task, format!("map 'drive-{slot}' to '{path}' (write zeros = 0)"));
        Ok(Next::Sleep(world.transfer(me, &storage, disk.size, None)))
    }

    fn finish(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        let total: u64 = self.backup.disks.iter().map(|disk| disk.size).sum();
        world.log(me.task, format!("progress 100% (read {total} bytes, duration 0 sec)"));
        world.log(me.task, "rescan volumes...");
        let mut config = self.backup.config.clone();
        for (slot, key) in &self.made {
            let mut drive = config.get(slot).map_or_else(|| Drive::new(""), Drive::parse);
            drive.file = key.volid();
            if let Some(disk) = self.backup.disks.iter().find(|disk| disk.slot == *slot) {
                drive.options.insert("size".to_owned(), format_size(disk.size));
            }
            config.set(slot, drive.print());
        }
        self.renew(world, &mut config);
        for (name, value) in self.options.iter() {
            config.set(name, value);
        }
        self.replace_old(world, me.node, &mut config);
        let template = config.is_template();
        config.remove("template");
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config = config;
            vm.pending.clear();
        }
        if let Some(pool) = self.pool.as_ref().and_then(|pool| world.pools.get_mut(pool)) {
            pool.vms.insert(self.vmid);
        }
        if template {
            world.log(me.task, "Convert to template.");
            super::TemplateWork { vmid: self.vmid }.at_once(world, me.node);
        } else if self.start {
            world.log(me.task, "Execute autostart");
            world.start_task(me.node, me.who, "qmstart", &self.vmid.to_string(), Work::start(self.vmid));
        }
        Next::ok()
    }

    /// The generation always changes, the identity only when asked to.
    fn renew(&self, world: &mut World, config: &mut Config) {
        if config.get("vmgenid").is_some_and(|generation| generation != "0") {
            let generation = world.random_uuid();
            config.set("vmgenid", generation);
        }
        if self.unique {
            world.renew_uuid(config);
            world.renew_macs(config);
        }
    }

    /// Disks the archive brings back replace the old ones; others of the VM are kept as unused.
    fn replace_old(&self, world: &mut World, node: &str, config: &mut Config) {
        let own: Vec<(String, VolumeKey)> = self
            .old
            .drives()
            .filter_map(|(slot, drive)| {
                let (key, volume) = world.volume(node, &drive.file)?;
                (volume.owner == Some(self.vmid)).then(|| (slot.to_owned(), key.clone()))
            })
            .collect();
        for (slot, key) in own {
            let cloudinit = key.name.contains("cloudinit");
            if self.made.iter().any(|(_, made)| *made == key) {
                continue;
            }
            if cloudinit || self.made.iter().any(|(made, _)| *made == slot) {
                world.free(&key);
            } else {
                let unused = config.free_unused_slot();
                config.set(&unused, key.volid());
            }
        }
    }

    /// Takes the new disks and the lock away; a new VM stays without a configuration, as on the real one.
    fn undo(&mut self, world: &mut World) {
        for (_, key) in std::mem::take(&mut self.made) {
            world.free(&key);
        }
        if let Some(vm) = world.vm_mut(self.vmid)
            && vm.config.lock() == Some("create")
        {
            vm.config.remove("lock");
        }
    }

    pub(super) fn interrupted(&mut self, world: &mut World) -> String {
        self.undo(world);
        "received interrupt".to_owned()
    }
}
