//! `vzdump`: one guest after the other gets `lock: backup`, its archive, and the lock off again.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Me, Work, lock_text, prune::Mark};
use crate::{
    model::{
        Vmid,
        backup::{Backup, BackupDisk, is_included},
        clock::Civil,
        device::format_size,
        retention::Retention,
        storage::{Volume, VolumeKey},
        vm::Vm,
    },
    request::Millis,
    world::{Mode, Next, World, durations, timeout_text},
};

/// How often the worker looks whether the node's other backup is done.
const POLL: Millis = 1_000;
const MIB: u64 = 1 << 20;

/// What becomes of a running guest meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum BackupMode {
    #[default]
    Snapshot,
    Suspend,
    Stop,
}

impl BackupMode {
    const fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Suspend => "suspend",
            Self::Stop => "stop",
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct BackupWork {
    /// The job as a command line, for the log.
    pub(crate) command: String,
    pub(crate) todo: VecDeque<Vmid>,
    pub(crate) storage: String,
    pub(crate) mode: BackupMode,
    /// `.zst`, or nothing.
    pub(crate) ending: String,
    /// Text of the notes, with places to fill.
    pub(crate) notes: Option<String>,
    pub(crate) protected: bool,
    /// Which archives of a guest stay.
    pub(crate) keep: Option<Retention>,
    /// Holds the node's lock for backups.
    pub(crate) active: bool,
    pub(crate) current: Option<Current>,
    pub(crate) failed: bool,
}

/// The guest that is being backed up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Current {
    vmid: Vmid,
    /// Unix seconds.
    since: u64,
    /// The archive to be, once the configuration is locked.
    archive: Option<(VolumeKey, Backup)>,
    was_running: bool,
    /// Somebody had paused it: it stays so.
    #[serde(default)]
    was_paused: bool,
    /// The guest goes off for its backup and is started again once that has begun.
    #[serde(default)]
    stopping: bool,
}

impl BackupWork {
    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        if !self.active {
            match self.enter(world, me) {
                Ok(true) => self.active = true,
                Ok(false) => return Next::Sleep(POLL),
                Err(text) => return Next::fail(text),
            }
        }
        match self.current.take() {
            Some(current) if current.archive.is_none() => return self.begin(world, me, current),
            Some(current) if current.stopping => return self.start_again(world, me, current),
            Some(current) => self.finish(world, me, current),
            None => {}
        }
        let Some(vmid) = self.todo.pop_front() else { return self.leave(world, me) };
        let since = world.unix_now_on(me.node);
        world.log(me.task, format!("INFO: Starting Backup of VM {vmid} (qemu)"));
        world.log(me.task, format!("INFO: Backup started at {}", Civil::of(since).timestamp()));
        let Ok(vm) = world.vm_on(me.node, vmid) else {
            self.fail_guest(world, me, vmid, &format!("unable to find VM '{vmid}'"));
            // The next guest, or the end.
            return Next::Sleep(durations::WRITE);
        };
        let status = if vm.running() { "running" } else { "stopped" };
        world.log(me.task, format!("INFO: status = {status}"));
        self.current =
            Some(Current { vmid, since, archive: None, was_running: false, was_paused: false, stopping: false });
        Next::Lock { vmid, mode: Mode::Exclusive, timeout: 10_000 }
    }

    /// The guest whose configuration is locked for its backup.
    pub(super) fn locked(&self) -> Option<Vmid> {
        self.current.as_ref().filter(|current| current.archive.is_some()).map(|current| current.vmid)
    }

    /// Somebody kept the flock for too long: the guest is given up, not the job.
    pub(super) fn lock_refused(&mut self, world: &mut World, me: &Me<'_>) {
        if let Some(Current { vmid, .. }) = self.current.take() {
            self.fail_guest(world, me, vmid, &timeout_text(vmid));
        }
    }

    /// Checks what holds for the whole job; false while another one runs on the node.
    fn enter(&self, world: &mut World, me: &Me<'_>) -> Result<bool, String> {
        if me.step == 0 {
            let info = world.storage_on(&self.storage, me.node).and_then(|storage| {
                let text = || format!("can't use storage '{}' for backups - wrong content type", self.storage);
                if storage.holds("backup") { Ok(()) } else { Err(text()) }
            });
            info.map_err(|text| format!("could not get storage information for '{}': {text}", self.storage))?;
            for vmid in &self.todo {
                world.require(me.who, &format!("/vms/{vmid}"), "VM.Backup").map_err(|error| error.to_string())?;
            }
        }
        let busy = world
            .processes
            .values()
            .any(|process| matches!(&process.work, Work::Backup(work) if work.active) && process.node == me.node);
        if busy {
            if me.step == 0 {
                world.log(me.task, "INFO: trying to get global lock - waiting...");
            }
            return Ok(false);
        }
        if me.step > 0 {
            world.log(me.task, "INFO: got global lock");
        }
        world.log(me.task, format!("INFO: starting new backup job: {}", self.command));
        Ok(true)
    }

    fn leave(&self, world: &mut World, me: &Me<'_>) -> Next {
        let outcome = if self.failed { "finished with errors" } else { "finished successfully" };
        world.log(me.task, format!("INFO: Backup job {outcome}"));
        let root = "WARN: 'root@pam' does not have a configured email address in the user configuration - not sending an email to this user";
        world.log(me.task, root);
        world.log(me.task, "ERROR: could not notify via target `mail-to-root`: could not notify via endpoint(s): mail-to-root: no recipients provided for the mail, cannot send it.");
        if self.failed { Next::fail("job errors") } else { Next::ok() }
    }

    /// Begins with one guest under its flock, or gives it up.
    fn begin(&mut self, world: &mut World, me: &Me<'_>, mut current: Current) -> Next {
        let vmid = current.vmid;
        match self.prepare(world, me, &mut current) {
            Ok(time) => {
                self.current = Some(current);
                Next::Unlock { vmid, time }
            }
            Err(text) => {
                self.fail_guest(world, me, vmid, &text);
                Next::Unlock { vmid, time: durations::WRITE }
            }
        }
    }

    fn fail_guest(&mut self, world: &mut World, me: &Me<'_>, vmid: Vmid, text: &str) {
        self.failed = true;
        let now = Civil::of(world.unix_now_on(me.node)).timestamp();
        world.log(me.task, format!("ERROR: Backup of VM {vmid} failed - {text}"));
        world.log(me.task, format!("INFO: Failed at {now}"));
    }

    fn prepare(&self, world: &mut World, me: &Me<'_>, current: &mut Current) -> Result<Millis, String> {
        let vmid = current.vmid;
        let vm = world.vm_on(me.node, vmid).map_err(|_| format!("unable to find VM '{vmid}'"))?.clone();
        lock_text(vm.config.lock())?;
        let running = vm.running();
        // A guest that does not run is always backed up as if stopped for it.
        let mode = if running { self.mode } else { BackupMode::Stop };
        let backup = Backup {
            config: Backup::kept(&vm.config),
            disks: disks(world, &vm)?,
            notes: self.notes.as_deref().map(|template| fill_notes(template, vmid, me.node, &vm, world)),
            protected: self.protected,
        };
        let key = self.archive_key(world, me.node, current);
        world.storage(&self.storage)?;
        let mut lines = vec![
            format!("INFO: backup mode: {}", mode.name()),
            "INFO: ionice priority: 7".to_owned(),
            format!("INFO: VM Name: {}", vm.config.get("name").unwrap_or_default()),
        ];
        lines.extend(included(&vm, &backup.disks));
        current.was_running = running;
        current.was_paused = vm.run.as_ref().is_some_and(|run| run.paused);
        current.stopping = running && mode == BackupMode::Stop;
        if current.stopping {
            lines.push("INFO: stopping virtual guest".to_owned());
        }
        for line in lines {
            world.log(me.task, line);
        }
        if let Some(vm) = world.vm_mut(vmid) {
            vm.config.set("lock", "backup");
        }
        current.archive = Some((key, backup));
        if current.stopping {
            world.power_off(vmid);
            return Ok(durations::SHUTDOWN);
        }
        Ok(self.copy(world, me, current))
    }

    /// A guest that was stopped runs again as soon as its QEMU has begun to write the archive.
    fn start_again(&mut self, world: &mut World, me: &Me<'_>, mut current: Current) -> Next {
        world.power_on(current.vmid);
        current.stopping = false;
        let time = self.copy(world, me, &current);
        let stopped = durations::SHUTDOWN / 1000;
        world.log(me.task, format!("INFO: resuming VM again after {stopped} seconds"));
        self.current = Some(current);
        Next::Sleep(time)
    }

    /// Begins to write the archive; how long that takes. A guest that is off gets a QEMU that does not run its code.
    fn copy(&self, world: &mut World, me: &Me<'_>, current: &Current) -> Millis {
        let (Some((key, backup)), Some(vm)) = (&current.archive, world.vms.get(&current.vmid).cloned()) else {
            return 0;
        };
        let path = world.storage(&self.storage).map(|storage| storage.volume_path(&key.name)).unwrap_or_default();
        let mut lines = vec![format!("INFO: creating vzdump archive '{path}'")];
        let off = !current.was_running;
        if off && vm.config.is_template() {
            lines.push("INFO: starting template backup".to_owned());
        } else if off || self.mode == BackupMode::Stop {
            lines.push("INFO: starting kvm to execute backup task".to_owned());
            if vm.config.drives().any(|(_, drive)| drive.is_cloudinit()) {
                lines.push("generating cloud-init ISO".to_owned());
            }
            lines.push("INFO: starting backup via QMP command".to_owned());
        } else if vm.config.agent_enabled() && world.agent_answers(current.vmid, &vm) {
            lines.push("INFO: issuing guest-agent 'fs-freeze' command".to_owned());
            lines.push("INFO: issuing guest-agent 'fs-thaw' command".to_owned());
        }
        lines.push(format!("INFO: started backup task '{}'", world.random_uuid()));
        for line in lines {
            world.log(me.task, line);
        }
        if off && !vm.config.is_template() {
            world.power_on(current.vmid);
            if let Some(run) = world.vm_mut(current.vmid).and_then(|vm| vm.run.as_mut()) {
                run.prelaunch = true;
            }
        } else if let Some(run) = world.vm_mut(current.vmid).and_then(|vm| vm.run.as_mut()) {
            run.paused |= self.mode == BackupMode::Suspend;
        }
        let size: u64 = backup.disks.iter().map(|disk| disk.size).sum();
        world.transfer(me, &self.storage, size, None)
    }

    fn archive_key(&self, world: &World, node: &str, current: &Current) -> VolumeKey {
        let Civil { year, month, day, hour, minute, second, .. } = Civil::of(current.since);
        let time = format!("{year}_{month:02}_{day:02}-{hour:02}_{minute:02}_{second:02}");
        let name = format!("backup/vzdump-qemu-{}-{time}.vma{}", current.vmid, self.ending);
        let shared = world.storages.get(&self.storage).is_some_and(|storage| storage.shared);
        VolumeKey { storage: self.storage.clone(), node: if shared { String::new() } else { node.to_owned() }, name }
    }

    /// Writes the archive down and lets the guest go.
    fn finish(&mut self, world: &mut World, me: &Me<'_>, current: Current) {
        let kept = self.let_go(world, &current);
        let Current { vmid, since, archive, was_running, .. } = current;
        let Some((key, backup)) = archive else { return };
        if world.is_full(&self.storage, me.node) {
            self.fail_guest(world, me, vmid, "vma_queue_write: write error - Broken pipe");
            return;
        }
        let total: u64 = backup.disks.iter().map(|disk| disk.size).sum();
        let used: u64 =
            backup.disks.iter().map(|disk| if disk.image.is_some() { disk.size / 2 } else { disk.size / 256 }).sum();
        let size = (if self.ending.is_empty() { used } else { used / 2 }) + 24_576;
        let now = world.unix_now_on(me.node);
        let spent = now.saturating_sub(since);
        let amount = human(total);
        let mut lines = vec![
            format!("INFO: 100% ({amount} of {amount}) in {spent}s, read: {amount}/s, write: {}/s", human(used)),
            format!(
                "INFO: backup is sparse: {} ({}%) total zero data",
                human_2(total - used),
                ((total - used) * 100).checked_div(total).unwrap_or(0)
            ),
            format!(
                "INFO: transferred {} in {}",
                human_2(total),
                if spent < 1 { "<1 seconds".to_owned() } else { format!("{spent} seconds") }
            ),
        ];
        if !was_running {
            lines.push(match kept {
                Some(status) => format!("INFO: kvm status changed after backup ('{status}') - keep VM running"),
                None => "INFO: stopping kvm after backup task".to_owned(),
            });
        }
        lines.push(format!("INFO: archive file size: {}", short(size)));
        if !was_running {
            // The end of the QEMU that read the disks holds the lock for a moment.
            lines.extend(["trying to acquire lock...".to_owned(), " OK".to_owned()]);
        }
        if let Some(notes) = &backup.notes {
            lines.push(format!("INFO: adding notes to backup: {}", notes.lines().next().unwrap_or_default()));
        }
        if backup.protected {
            lines.push("INFO: marking backup as protected".to_owned());
        }
        let volume = Volume {
            owner: Some(vmid),
            size,
            format: format!("vma{}", self.ending),
            content: "backup".to_owned(),
            base: None,
            ctime: since,
            image: None,
            backup: Some(Arc::new(backup)),
        };
        world.volumes.insert(key, Arc::new(volume));
        lines.extend(self.prune(world, me.node, vmid));
        let (hours, minutes, seconds) = (spent / 3600, spent / 60 % 60, spent % 60);
        lines.push(format!("INFO: Finished Backup of VM {vmid} ({hours:02}:{minutes:02}:{seconds:02})"));
        lines.push(format!("INFO: Backup finished at {}", Civil::of(now).timestamp()));
        for line in lines {
            world.log(me.task, line);
        }
    }

    /// The lock off, and the guest as it was, unless somebody made it run meanwhile: then its status.
    fn let_go(&self, world: &mut World, current: &Current) -> Option<&'static str> {
        let vm = world.vm_mut(current.vmid)?;
        vm.config.remove("lock");
        if current.stopping {
            world.power_on(current.vmid);
            return None;
        }
        let run = vm.run.as_mut()?;
        if current.was_running {
            run.paused &= self.mode != BackupMode::Suspend || current.was_paused;
            return None;
        }
        if run.prelaunch {
            world.power_off(current.vmid);
            return None;
        }
        Some(if run.paused { "paused" } else { "running" })
    }

    /// Removes what shall not stay.
    fn prune(&self, world: &mut World, node: &str, vmid: Vmid) -> Vec<String> {
        let Some(keep) = &self.keep else { return Vec::new() };
        let mut lines = vec![format!("INFO: prune older backups with retention: {}", keep.told())];
        let marked = world.marked_backups(node, &self.storage, Some(vmid), keep);
        let gone: Vec<VolumeKey> =
            marked.into_iter().filter(|(_, mark)| *mark == Mark::Remove).map(|(key, _)| key).collect();
        for key in &gone {
            lines.push(format!("INFO: removing backup '{}'", key.volid()));
            world.free(key);
        }
        lines.push(format!("INFO: pruned {} backup(s)", gone.len()));
        lines
    }

    pub(super) fn interrupted(&mut self, world: &mut World, me: &Me<'_>) -> String {
        if let Some(current) = self.current.take() {
            if current.archive.is_some() {
                self.let_go(world, &current);
            }
            self.fail_guest(world, me, current.vmid, "interrupted by signal");
        }
        world.log(me.task, "ERROR: Backup job failed - interrupted by signal");
        "interrupted by signal".to_owned()
    }
}

fn disks(world: &World, vm: &Vm) -> Result<Vec<BackupDisk>, String> {
    let all = vm.config.drives().filter(|(_, drive)| is_included(drive));
    all.map(|(slot, drive)| {
        let (key, volume) =
            world.volume(&vm.node, &drive.file).ok_or_else(|| format!("no such volume '{}'", drive.file))?;
        Ok(BackupDisk {
            slot: slot.to_owned(),
            storage: key.storage.clone(),
            format: volume.format.clone(),
            size: volume.size,
            image: volume.image.clone(),
        })
    })
    .collect()
}

fn included(vm: &Vm, disks: &[BackupDisk]) -> Vec<String> {
    vm.config
        .drives()
        .filter(|(_, drive)| !drive.is_cdrom() && !drive.is_cloudinit())
        .map(|(slot, drive)| match disks.iter().find(|disk| disk.slot == slot) {
            Some(disk) => format!("INFO: include disk '{slot}' '{}' {}", drive.file, format_size(disk.size)),
            None => format!("INFO: exclude disk '{slot}' '{}' (backup=no)", drive.file),
        })
        .collect()
}

fn fill_notes(template: &str, vmid: Vmid, node: &str, vm: &Vm, world: &World) -> String {
    template
        .replace("{{guestname}}", &vm.display_name(vmid))
        .replace("{{vmid}}", &vmid.to_string())
        .replace("{{node}}", node)
        .replace("{{cluster}}", &world.settings.cluster)
        .replace("\\n", "\n")
}

/// `128.0 MiB`.
fn human(bytes: u64) -> String {
    format!("{}.{} MiB", bytes / MIB, bytes % MIB * 10 / MIB)
}

/// `112.11 MiB`.
fn human_2(bytes: u64) -> String {
    format!("{}.{:02} MiB", bytes / MIB, bytes % MIB * 100 / MIB)
}

/// `15MB`.
fn short(bytes: u64) -> String {
    if bytes >= MIB { format!("{}MB", bytes / MIB) } else { format!("{}KB", bytes >> 10) }
}
