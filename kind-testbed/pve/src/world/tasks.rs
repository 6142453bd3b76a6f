//! The task list: starting a worker, its log, its end.

use std::sync::Arc;

use super::{
    World,
    process::{ProcessId, Spawn},
    work::Work,
};
use crate::{
    model::{
        access::Principal,
        task::{Outcome, Task, Upid},
    },
    request::{Millis, RequestId},
};

pub(crate) type TaskId = u64;

/// Finished tasks a world remembers; older ones are gone, as after log rotation.
const KEPT: usize = 5_000;

impl World {
    /// Forks a worker and returns its UPID.
    pub(crate) fn start_task(&mut self, node: &str, who: &Principal, kind: &str, id: &str, work: Work) -> String {
        let task = self.register_task(node, who, kind, id);
        self.spawn(Spawn { node, who, work, task: Some(task), request: None });
        self.tasks.get(&task).map(|task| task.upid.print()).unwrap_or_default()
    }

    /// Runs a synchronous call that has to wait for a lock.
    pub(crate) fn start_call(&mut self, node: &str, who: &Principal, work: Work, request: RequestId) {
        self.spawn(Spawn { node, who, work, task: None, request: Some(request) });
    }

    /// Forks a worker whose caller waits for `delay` before it gets the UPID.
    pub(crate) fn start_task_waiting(
        &mut self,
        (node, who): (&str, &Principal),
        (kind, id): (&str, &str),
        work: Work,
        request: RequestId,
        delay: Millis,
    ) {
        let task = self.register_task(node, who, kind, id);
        let process = self.spawn(Spawn { node, who, work, task: Some(task), request: Some(request) });
        self.schedule(self.now + delay, super::Event::Detach(process));
    }

    /// The task with this UPID exists and has not ended.
    pub fn task_runs(&self, upid: &str) -> bool {
        self.tasks.values().any(|task| task.outcome.is_none() && task.upid.print() == upid)
    }

    /// The UPID of the newest task of this type and id.
    pub(crate) fn newest_task(&self, kind: &str, id: &str) -> Option<String> {
        let of_kind = |task: &&Arc<Task>| task.upid.kind == kind && task.upid.id == id;
        self.tasks.values().rev().find(of_kind).map(|task| task.upid.print())
    }

    fn register_task(&mut self, node: &str, who: &Principal, kind: &str, id: &str) -> TaskId {
        let (skip, starttime, now) = (self.random(), self.unix_now_on(node), self.now);
        let (pid, booted) =
            self.node_mut(node).map_or((1, 0), |node| (node.fork(u32::try_from(skip % 7).unwrap_or(0)), node.booted));
        let upid = Upid {
            node: node.to_owned(),
            pid,
            // The node had been up for an hour when the world began.
            pstart: 360_000 + now.saturating_sub(booted) / 10,
            starttime,
            kind: kind.to_owned(),
            id: id.to_owned(),
            owner: who.clone(),
        };
        let task = self.next_task;
        self.next_task += 1;
        self.tasks.insert(task, Arc::new(Task { upid, log: Vec::new(), outcome: None }));
        while self.tasks.len() > KEPT {
            let oldest = self.tasks.iter().find(|(_, task)| !task.running()).map(|(id, _)| *id);
            match oldest {
                Some(oldest) => self.tasks.remove(&oldest),
                None => break,
            };
        }
        task
    }

    /// Adds a line to a task's log; a synchronous call has none.
    pub(crate) fn log(&mut self, task: Option<TaskId>, line: impl Into<String>) {
        if let Some(task) = task.and_then(|task| self.tasks.get_mut(&task)) {
            Arc::make_mut(task).log.push(line.into());
        }
    }

    pub(super) fn finish_task(&mut self, task: TaskId, exit: &str, line: Option<String>) {
        let at = self.now;
        let endtime = self.tasks.get(&task).map_or(0, |task| self.unix_now_on(&task.upid.node));
        if let Some(task) = self.tasks.get_mut(&task) {
            let task = Arc::make_mut(task);
            task.log.extend(line);
            task.outcome = Some(Outcome { at, endtime, exit: exit.to_owned() });
        }
    }

    /// The process that runs a task.
    pub(crate) fn process_of(&self, task: TaskId) -> Option<ProcessId> {
        self.processes.iter().find(|(_, process)| process.task == Some(task)).map(|(id, _)| *id)
    }

    /// A task by its UPID.
    pub(crate) fn find_task(&self, upid: &str) -> Option<(TaskId, &Task)> {
        let wanted = Upid::parse(upid)?;
        self.tasks.iter().rev().find(|(_, task)| task.upid == wanted).map(|(id, task)| (*id, task.as_ref()))
    }
}
