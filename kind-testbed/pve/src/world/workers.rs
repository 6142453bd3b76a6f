//! `pvedaemon`: three workers a node, each with one request at a time. A call that waits (for a flock, for a guest)
//! keeps its worker, a fourth one waits for a worker, and after half a minute its proxy gives up on it, although it
//! will be done. Tasks run in processes of their own and take no worker.

use std::collections::{BTreeSet, VecDeque};

use super::{Event, ProxyStatus, World, durations};
use crate::{
    api,
    request::{Millis, Request, RequestId},
};

/// Workers of a node's `pvedaemon`.
const WORKERS: usize = 3;

/// The workers of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Pvedaemon {
    busy: BTreeSet<RequestId>,
    queue: VecDeque<(RequestId, Request)>,
}

impl World {
    /// True when a call must wait for a worker of this node; it is then kept for later.
    pub(crate) fn waits_for_worker(&mut self, node: &str, id: RequestId, request: &Request) -> bool {
        let Some(daemon) = self.pvedaemons.get_mut(node).filter(|daemon| daemon.busy.len() >= WORKERS) else {
            return false;
        };
        daemon.queue.push_back((id, request.clone()));
        self.schedule(self.now + durations::PROXY_TIMEOUT, Event::ProxyTimeout(id));
        true
    }

    /// A call keeps a worker until it is answered.
    pub(crate) fn keep_worker(&mut self, node: &str, id: RequestId) {
        self.pvedaemons.entry(node.to_owned()).or_default().busy.insert(id);
        let asked = Event::ProxyTimeout(id);
        if !self.planned(&asked) {
            self.schedule(self.now + durations::PROXY_TIMEOUT, asked);
        }
    }

    /// A call's answer is there at `at`: its worker is free from then on. False when its proxy has given up on it, so
    /// that nobody reads the answer.
    pub(super) fn worker_answers(&mut self, at: Millis, id: RequestId) -> bool {
        let read = !self.given_up.remove(&id);
        if self.pvedaemons.values().any(|daemon| daemon.busy.contains(&id)) {
            self.unschedule(&Event::ProxyTimeout(id));
            if at > self.now {
                self.schedule(at, Event::WorkerFree(id));
            } else {
                self.worker_free(id);
            }
        }
        read
    }

    /// The worker that held this call takes the next one.
    pub(super) fn worker_free(&mut self, id: RequestId) {
        let held = self.pvedaemons.iter_mut().find_map(|(node, daemon)| daemon.busy.remove(&id).then(|| node.clone()));
        let Some(node) = held else { return };
        while let Some(daemon) = self.pvedaemons.get_mut(&node).filter(|daemon| daemon.busy.len() < WORKERS) {
            let Some((next, request)) = daemon.queue.pop_front() else {
                if daemon.busy.is_empty() {
                    self.pvedaemons.remove(&node);
                }
                return;
            };
            if let Some((answer, delay)) = api::handle(self, next, request) {
                self.unschedule(&Event::ProxyTimeout(next));
                self.answer_at(self.now + delay, next, answer);
            }
        }
    }

    /// The proxy has waited long enough. The call goes on without it.
    pub(super) fn proxy_gives_up(&mut self, id: RequestId) {
        let (answer, _) = ProxyStatus::TimedOut.answer(true);
        self.outbox.insert((self.now, id), answer);
        self.fates.remove(&id);
        self.given_up.insert(id);
    }
}
