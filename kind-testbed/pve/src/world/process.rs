//! Processes: the worker of a task, or a `pvedaemon` child that answers a call only after it got a lock. A process is
//! data (what it does, how far it got), so the world can be cloned in the middle of one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Event, Mode, TaskId, World, durations, flock::timeout_text, work::Work};
use crate::{
    error::ApiError,
    model::{Vmid, access::Principal},
    request::{Millis, RequestId},
};

pub(crate) type ProcessId = u64;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) node: String,
    pub(crate) who: Principal,
    pub(crate) work: Work,
    /// How far the work got.
    pub(crate) step: u32,
    /// The task it runs as; none for a synchronous call.
    pub(crate) task: Option<TaskId>,
    /// The call that waits for its end.
    pub(crate) request: Option<RequestId>,
    pub(crate) holds: Vec<Vmid>,
    pub(crate) waits: Option<Vmid>,
    pub(crate) warnings: u32,
}

/// What a process does after one step.
#[derive(Debug)]
pub(crate) enum Next {
    /// Goes on with the next step after so long.
    Sleep(Millis),
    /// Goes on with the next step once it holds the flock.
    Lock {
        vmid: Vmid,
        mode: Mode,
        timeout: Millis,
    },
    /// Gives the flock back and goes on with the next step after so long.
    Unlock {
        vmid: Vmid,
        time: Millis,
    },
    End(Done),
}

/// How a process ended; the value answers a synchronous call.
pub(crate) type Done = Result<Value, ApiError>;

impl Next {
    pub(crate) fn ok() -> Self {
        Self::End(Ok(Value::Null))
    }

    pub(crate) fn fail(text: impl Into<String>) -> Self {
        Self::End(Err(ApiError::Die(text.into())))
    }
}

/// What starts a process.
#[derive(Debug)]
pub(crate) struct Spawn<'a> {
    pub(crate) node: &'a str,
    pub(crate) who: &'a Principal,
    pub(crate) work: Work,
    /// Runs as this task; else it is a synchronous call.
    pub(crate) task: Option<TaskId>,
    pub(crate) request: Option<RequestId>,
}

impl World {
    /// Starts a process. It reaches for its first lock after the time a fork takes.
    pub(crate) fn spawn(&mut self, spawn: Spawn<'_>) -> ProcessId {
        let id = self.next_process;
        self.next_process += 1;
        let process = Process {
            node: spawn.node.to_owned(),
            who: spawn.who.clone(),
            work: spawn.work,
            step: 0,
            task: spawn.task,
            request: spawn.request,
            holds: Vec::new(),
            waits: None,
            warnings: 0,
        };
        let delay = if process.task.is_some() { durations::FORK } else { 0 };
        self.processes.insert(id, process);
        if delay == 0 {
            self.run(id);
        } else {
            self.schedule(self.now + delay, Event::Wake(id));
        }
        id
    }

    /// Lets a process work until it sleeps, waits or ends.
    pub(super) fn run(&mut self, id: ProcessId) {
        while let Some(mut process) = self.processes.remove(&id) {
            if let Some(blow) = self.blow(id, &mut process) {
                self.deal(id, process, blow);
                return;
            }
            let next = Work::step(self, id, &mut process);
            match next {
                Next::Sleep(time) => {
                    process.step += 1;
                    self.processes.insert(id, process);
                    self.schedule(self.now + time, Event::Wake(id));
                    return;
                }
                Next::Lock { vmid, mode, timeout } => {
                    process.step += 1;
                    let task = process.task;
                    if self.take_lock(id, vmid, mode, timeout) {
                        process.holds.push(vmid);
                        self.processes.insert(id, process);
                    } else {
                        process.waits = Some(vmid);
                        self.processes.insert(id, process);
                        self.log(task, "trying to acquire lock...");
                        return;
                    }
                }
                Next::Unlock { vmid, time } => {
                    process.step += 1;
                    process.holds.retain(|held| *held != vmid);
                    self.processes.insert(id, process);
                    self.schedule(self.now + time, Event::Wake(id));
                    self.release(id, vmid);
                    return;
                }
                Next::End(done) => {
                    self.end(id, &process, done);
                    return;
                }
            }
        }
    }

    /// A flock came: the process goes on.
    pub(super) fn granted(&mut self, id: ProcessId, vmid: Vmid) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        process.waits = None;
        process.holds.push(vmid);
        let task = process.task;
        self.log(task, " OK");
        self.schedule(self.now, Event::Wake(id));
    }

    /// A flock did not come in time.
    pub(super) fn give_up_lock(&mut self, id: ProcessId) {
        let Some(mut process) = self.processes.remove(&id) else { return };
        if let Some(vmid) = process.waits.take() {
            self.leave_queue(id, vmid);
            if Work::lock_refused(self, id, &mut process) {
                self.processes.insert(id, process);
                self.schedule(self.now + durations::WRITE, Event::Wake(id));
                return;
            }
            self.end(id, &process, Err(ApiError::Die(timeout_text(vmid))));
        }
    }

    /// The caller of a background job gets the UPID although the job still runs.
    pub(super) fn detach(&mut self, id: ProcessId) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        let Some((request, task)) = process.request.take().zip(process.task) else { return };
        let upid = self.tasks.get(&task).map(|task| task.upid.print());
        self.reply(request, Ok(Value::from(upid)));
    }

    /// SIGTERM to the worker: it cleans up and ends with `received interrupt`.
    pub(crate) fn interrupt(&mut self, id: ProcessId) {
        let Some(mut process) = self.processes.remove(&id) else { return };
        self.unschedule(&Event::Wake(id));
        if let Some(vmid) = process.waits.take() {
            self.leave_queue(id, vmid);
        }
        let text = Work::interrupted(self, id, &mut process);
        self.end(id, &process, Err(ApiError::Die(text)));
    }

    /// SIGKILL: nothing is cleaned up. The kernel drops the flocks; the locks in configurations stay.
    pub(crate) fn kill(&mut self, id: ProcessId) {
        let Some(process) = self.processes.remove(&id) else { return };
        self.unschedule(&Event::Wake(id));
        self.unschedule(&Event::Detach(id));
        self.end_transfers(id);
        if let Some(vmid) = process.waits {
            self.leave_queue(id, vmid);
        }
        for vmid in &process.holds {
            self.release(id, *vmid);
        }
        if let Some(request) = process.request {
            self.reply(request, Err(ApiError::Proxy(596, "Broken pipe".to_owned())));
        }
        if let Some(task) = process.task {
            self.finish_task(task, "unexpected status", None);
        }
        self.abandon_lock(&process.work);
    }

    /// A worker that ended ill may have left the lock it wrote.
    fn abandon_lock(&mut self, work: &Work) {
        if let Some((vmid, lock)) = work.lock() {
            self.note_lock(vmid, lock);
        }
    }

    /// Remembers that a lock will stay, if it is there; forgets those that are gone.
    pub(super) fn note_lock(&mut self, vmid: Vmid, lock: &str) {
        let vms = &self.vms;
        let found = |vmid: &Vmid| vms.get(vmid).and_then(|vm| vm.config.lock());
        self.abandoned.retain(|vmid| found(vmid).is_some());
        if found(&vmid) == Some(lock) {
            self.abandoned.insert(vmid);
        }
    }

    pub(super) fn end(&mut self, id: ProcessId, process: &Process, done: Done) {
        self.unschedule(&Event::Detach(id));
        self.end_transfers(id);
        if let Some(task) = process.task {
            let (exit, line) = match &done {
                Err(error) => {
                    let text = flat_text(error);
                    (text.clone(), format!("TASK ERROR: {text}"))
                }
                Ok(_) if process.warnings > 0 => {
                    (format!("WARNINGS: {}", process.warnings), format!("TASK WARNINGS: {}", process.warnings))
                }
                Ok(_) => ("OK".to_owned(), "TASK OK".to_owned()),
            };
            self.finish_task(task, &exit, Some(line));
        }
        if done.is_err() {
            self.abandon_lock(&process.work);
        }
        for vmid in &process.holds {
            self.release(id, *vmid);
        }
        if let Some(request) = process.request {
            let value = if process.task.is_some() { done.map(|_| Value::Null) } else { done };
            self.reply(request, value);
        }
    }

    fn reply(&mut self, request: RequestId, done: Done) {
        let answer = crate::api::answer(done.map(crate::api::Reply::Data), true);
        self.answer_at(self.now, request, answer);
    }
}

/// A task's error on one line.
fn flat_text(error: &ApiError) -> String {
    let details = match error {
        ApiError::Param(errors) => errors.iter().map(|(name, text)| format!(" {name}: {}", text.trim_end())).collect(),
        _ => Vec::new(),
    };
    format!("{error}{}", details.concat()).trim_end().replace('\n', " ")
}
