//! Start, stop, shutdown, reboot, reset, suspend, resume. Each holds the VM's flock for as long as it takes: a shutdown
//! that waits for its guest keeps everything else waiting.

use serde::{Deserialize, Serialize};

use super::{Me, config::apply_pending, lock_text, memory};
use crate::{
    model::{
        Vmid,
        clock::Civil,
        device::{Nic, is_net_key},
        vm::Vm,
    },
    request::Millis,
    world::{Mode, Next, World, durations},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Power {
    Start,
    /// Aborts running shutdown tasks first, when asked to.
    Stop {
        overrule: bool,
    },
    /// Waits `timeout` ms for the guest; then kills it, if `force`.
    Shutdown {
        timeout: Millis,
        force: bool,
    },
    Reboot {
        timeout: Millis,
    },
    Reset,
    Pause,
    Resume,
    /// Saves the memory to a volume.
    Hibernate,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct PowerWork {
    pub(crate) vmid: Vmid,
    pub(crate) power: Power,
    pub(crate) skiplock: bool,
    /// The guest will have shut down before the timeout; known once it was asked.
    #[serde(default)]
    in_time: bool,
}

/// How long a shutdown waits for its guest and what follows.
#[derive(Debug, Clone, Copy)]
struct Wait {
    timeout: Millis,
    force: bool,
    again: bool,
}

impl PowerWork {
    pub(crate) fn new(vmid: Vmid, power: Power, skiplock: bool) -> Self {
        Self { vmid, power, skiplock, in_time: false }
    }

    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        if me.step == 0 {
            if matches!(self.power, Power::Stop { overrule: true }) {
                self.overrule(world, me);
            }
            return Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 };
        }
        let done = match self.power.clone() {
            Power::Start => self.start(world, me),
            Power::Stop { .. } => self.stop(world, me),
            Power::Shutdown { timeout, force } => self.shut_down(world, me, Wait { timeout, force, again: false }),
            Power::Reboot { timeout } => self.shut_down(world, me, Wait { timeout, force: false, again: true }),
            Power::Reset | Power::Pause | Power::Resume => self.signal(world, me),
            Power::Hibernate => self.hibernate(world, me),
        };
        done.unwrap_or_else(Next::fail)
    }

    fn check_lock(&self, vm: &Vm) -> Result<(), String> {
        if self.skiplock { Ok(()) } else { lock_text(vm.config.lock()) }
    }

    fn start(&self, world: &mut World, me: &Me<'_>) -> Result<Next, String> {
        let vm = world.vm_on(me.node, self.vmid)?;
        let resuming = vm.config.lock() == Some("suspended");
        if me.step == 1 {
            if vm.config.is_template() {
                return Err("you can't start a vm if it's a template".to_owned());
            }
            if vm.running() && vm.config.lock() == Some("backup") {
                // The QEMU that reads the disks for the backup begins to run the guest.
                self.let_run(world);
                return Ok(Next::ok());
            }
            if !resuming {
                self.check_lock(vm)?;
            }
            if vm.running() {
                return Err(format!("VM {} already running", self.vmid));
            }
            apply_pending(world, self.vmid);
            self.generate_cloudinit(world, me);
            self.check_disks(world)?;
            self.check_bridges(world, me.node)?;
            if resuming {
                self.log_resuming(world, me);
            }
            return Ok(Next::Sleep(durations::START));
        }
        if resuming {
            self.drop_state(world, me);
        }
        world.power_on(self.vmid);
        Ok(Next::ok())
    }

    fn log_resuming(&self, world: &mut World, me: &Me<'_>) {
        world.log(me.task, "Resuming suspended VM");
        memory::log_cards(world, me, self.vmid);
        let Some(vm) = world.vms.get(&self.vmid).cloned() else { return };
        if let Some(state) = vm.config.get("vmstate") {
            world.log(me.task, format!("activating and using '{state}' as vmstate"));
        }
    }

    fn generate_cloudinit(&self, world: &mut World, me: &Me<'_>) {
        if write_cloudinit(world, self.vmid) {
            world.log(me.task, "generating cloud-init ISO");
        }
    }

    /// A volume may have been removed on its storage.
    fn check_disks(&self, world: &World) -> Result<(), String> {
        let Some(vm) = world.vms.get(&self.vmid) else { return Ok(()) };
        let files = vm.config.drives().map(|(_, drive)| drive.file).filter(|file| file.contains(':'));
        let missing = files.into_iter().find(|file| world.volume(&vm.node, file).is_none());
        missing.map_or(Ok(()), |volid| Err(format!("volume '{volid}' does not exist")))
    }

    /// Seen only now: creating a VM on a bridge that is not there works.
    fn check_bridges(&self, world: &World, node: &str) -> Result<(), String> {
        let (Some(vm), Some(node)) = (world.vms.get(&self.vmid), world.nodes.get(node)) else { return Ok(()) };
        let missing = vm
            .config
            .iter()
            .filter(|(key, _)| is_net_key(key))
            .filter_map(|(_, value)| Nic::parse(value).bridge().map(str::to_owned))
            .find(|bridge| !node.bridges.contains(bridge));
        missing.map_or(Ok(()), |bridge| Err(format!("bridge '{bridge}' does not exist")))
    }

    fn drop_state(&self, world: &mut World, me: &Me<'_>) {
        let Some(vm) = world.vm_mut(self.vmid) else { return };
        vm.config.remove("lock");
        let state = memory::forget(&mut vm.config);
        if let Some(key) = state.and_then(|volid| world.volume_key(me.node, &volid)) {
            world.free(&key);
        }
        world.log(me.task, "Resumed VM, removing state");
    }

    fn stop(&self, world: &mut World, me: &Me<'_>) -> Result<Next, String> {
        let vm = world.found_on(me.node, self.vmid)?;
        if !vm.running() {
            return Ok(Next::ok());
        }
        if me.step == 1 {
            self.check_lock(vm)?;
            return Ok(Next::Sleep(durations::STOP));
        }
        world.power_off(self.vmid);
        Ok(Next::ok())
    }

    fn overrule(&self, world: &mut World, me: &Me<'_>) {
        let id = self.vmid.to_string();
        let found: Vec<_> = world
            .tasks
            .iter()
            .filter(|(_, task)| task.running() && task.upid.kind == "qmshutdown" && task.upid.id == id)
            .map(|(task, data)| (*task, data.upid.print()))
            .collect();
        for (task, _) in &found {
            if let Some(process) = world.process_of(*task) {
                world.interrupt(process);
            }
        }
        if !found.is_empty() {
            let list: Vec<String> = found.into_iter().map(|(_, upid)| upid).collect();
            world.log(me.task, format!("overruled qmshutdown tasks: {}", list.join(", ")));
        }
    }

    /// Step 1 decides how it will end and sleeps; step 2 is the guest going off or the timeout; step 3 follows a kill.
    fn shut_down(&mut self, world: &mut World, me: &Me<'_>, wait: Wait) -> Result<Next, String> {
        let now = world.now;
        let vm = world.found_on(me.node, self.vmid)?;
        let Some(run) = &vm.run else { return Ok(Next::ok()) };
        if me.step == 1 {
            self.check_lock(vm)?;
            // A guest that still boots reacts once it is up; one that cannot hear never does.
            let takes = run.booted.saturating_sub(now) + durations::SHUTDOWN;
            self.in_time = !run.deaf && !run.paused && takes <= wait.timeout;
            return Ok(Next::Sleep(if self.in_time { takes } else { wait.timeout }));
        }
        if me.step == 2 && !self.in_time {
            if !wait.force {
                return Err("VM quit/powerdown failed - got timeout".to_owned());
            }
            world.log(me.task, "VM still running - terminating now with SIGTERM");
            return Ok(Next::Sleep(durations::STOP));
        }
        world.power_off(self.vmid);
        if wait.again {
            world.schedule_restart(self.vmid);
        }
        Ok(Next::ok())
    }

    /// A pause, a resume or a reset.
    fn signal(&self, world: &mut World, me: &Me<'_>) -> Result<Next, String> {
        let now = world.now;
        let vm = world.vm_on(me.node, self.vmid)?;
        if me.step == 1 {
            // A guest may be paused and go on beside its backup.
            if self.power == Power::Reset || vm.config.lock() != Some("backup") {
                self.check_lock(vm)?;
            }
            if !vm.running() {
                return Err(format!("VM {} not running", self.vmid));
            }
            return Ok(Next::Sleep(durations::SIGNAL));
        }
        if self.power == Power::Resume {
            self.let_run(world);
        } else if let Some(run) = world.vm_mut(self.vmid).and_then(|vm| vm.run.as_mut()) {
            match self.power {
                Power::Pause => run.paused = true,
                _ => run.booted = now + durations::BOOT,
            }
        }
        Ok(Next::ok())
    }

    /// The guest goes on, or begins to boot in a QEMU that has not run it yet.
    fn let_run(&self, world: &mut World) {
        let now = world.now;
        let Some(run) = world.vm_mut(self.vmid).and_then(|vm| vm.run.as_mut()) else { return };
        run.paused = false;
        if std::mem::take(&mut run.prelaunch) {
            run.booted = now + durations::BOOT;
        }
    }

    /// The memory is saved between two flocks, under the lock in the configuration.
    fn hibernate(&self, world: &mut World, me: &Me<'_>) -> Result<Next, String> {
        let vm = world.vm_on(me.node, self.vmid)?;
        if me.step == 1 {
            if vm.config.lock() == Some("backup") && !self.skiplock {
                return Err("cannot suspend to disk during backup".to_owned());
            }
            self.check_lock(vm)?;
            if !vm.running() {
                return Err(format!("VM {} not running", self.vmid));
            }
            let memory = vm.config.memory_mib();
            let today = Civil::of(world.unix_now_on(me.node)).date();
            let state = memory::reserve(world, me, self.vmid, &format!("suspend-{today}"))?;
            if let Some(vm) = world.vm_mut(self.vmid) {
                state.note(&mut vm.config);
                vm.config.set("lock", "suspending");
            }
            return Ok(Next::Unlock { vmid: self.vmid, time: durations::hibernate(memory) });
        }
        if me.step == 2 {
            return Ok(Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 });
        }
        if vm.config.lock() != Some("suspending") {
            return Err("lost 'suspending' lock".to_owned());
        }
        world.log(me.task, "State saved, quitting");
        world.power_off(self.vmid);
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config.set("lock", "suspended");
        }
        Ok(Next::ok())
    }
}

/// Writes the cloud-init drive from the configuration; false when the VM has none.
pub(crate) fn write_cloudinit(world: &mut World, vmid: Vmid) -> bool {
    let Some(vm) = world.vm_mut(vmid) else { return false };
    if !vm.config.drives().any(|(_, drive)| drive.is_cloudinit()) {
        return false;
    }
    let mut drive = vm.config.clone();
    drive.retain(is_cloudinit_option);
    vm.cloudinit = drive;
    true
}

/// The options whose values stand on the cloud-init drive.
pub(crate) fn is_cloudinit_option(key: &str) -> bool {
    matches!(
        key,
        "cicustom"
            | "cipassword"
            | "citype"
            | "ciupgrade"
            | "ciuser"
            | "name"
            | "nameserver"
            | "searchdomain"
            | "sshkeys"
    ) || is_net_key(key)
        || key.starts_with("ipconfig")
}
