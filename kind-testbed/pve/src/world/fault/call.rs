//! Faults on calls: slow, lost before or after the effect, cut off, their worker killed, their number stolen.

use super::{
    Fault, Loss, ProxyStatus, Theft,
    select::{after, wanted_number},
};
use crate::{
    api,
    error::ApiError,
    request::{Answer, Delivery, Millis, Request, RequestId},
    world::{Event, World, durations},
};

/// What is to become of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(in crate::world) struct Fate {
    delay: Millis,
    end: Option<End>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum End {
    Proxy(ProxyStatus),
    BrokenPipe,
    Cut,
}

impl ProxyStatus {
    /// The answer, and how long the proxy waits before it gives it.
    pub(in crate::world) fn answer(self, proxied: bool) -> (Answer, Millis) {
        let (text, wait) = match self {
            Self::Refused => ("Connection refused", 0),
            Self::TimedOut => ("Connection timed out", durations::PROXY_TIMEOUT),
            Self::Redirections => ("Too many redirections", 0),
        };
        (ApiError::Proxy(self.into(), text.to_owned()).answer(proxied), wait)
    }
}

fn broken_pipe() -> Answer {
    ApiError::Proxy(596, "Broken pipe".to_owned()).answer(true)
}

impl World {
    /// Takes a call in: it may never arrive, arrive late, or go on to [`Self::arrive`].
    pub(in crate::world) fn take_in(&mut self, id: RequestId, request: Request) {
        let asked = request.via.as_ref().or_else(|| self.first_online());
        let on = asked.and_then(|name| self.nodes.get(name)).is_some_and(|node| node.online);
        if !on || self.suffers(|fault| *fault == Fault::Unreachable) {
            self.answer_at(self.now, id, Answer::nothing());
            return;
        }
        if self.faults.is_empty() && self.plans.is_empty() {
            self.arrive(id, request);
            return;
        }
        self.strike_plans_on_call(&request);
        let slow = self.strike(|fault| match fault {
            Fault::Latency { millis, jitter, loss, on } if on.matches(&request) => Some((*millis, *jitter, *loss)),
            _ => None,
        });
        if let Some((millis, jitter, side)) = slow {
            let delay = millis + if jitter > 0 { self.random() % (jitter + 1) } else { 0 };
            match side {
                Loss::Before => {
                    self.late.insert(id, request);
                    self.schedule(self.now + delay, Event::Arrive(id));
                    return;
                }
                Loss::After => self.fates.entry(id).or_default().delay = delay,
            }
        }
        self.arrive(id, request);
    }

    /// A call that was on its way arrives.
    pub(in crate::world) fn arrive_late(&mut self, id: RequestId) {
        if let Some(request) = self.late.remove(&id) {
            self.arrive(id, request);
        }
    }

    fn arrive(&mut self, id: RequestId, request: Request) {
        let mut kills = false;
        if !self.faults.is_empty() {
            match self.strike_call(&request) {
                Some((Loss::Before, end)) => {
                    let (answer, wait) = match end {
                        End::Proxy(status) => status.answer(false),
                        End::BrokenPipe => (broken_pipe(), 0),
                        End::Cut => (Answer::reset(), 0),
                    };
                    self.answer_at(self.now + wait, id, answer);
                    return;
                }
                Some((Loss::After, end)) => {
                    kills = end == End::BrokenPipe;
                    self.fates.entry(id).or_default().end = Some(end);
                }
                None => {}
            }
            self.steal_number(&request);
        }
        if let Some((answer, delay)) = api::handle(self, id, request) {
            self.answer_at(self.now + delay, id, answer);
        } else if kills {
            self.kill_call(id);
        }
    }

    fn strike_call(&mut self, request: &Request) -> Option<(Loss, End)> {
        self.strike(|fault| match fault {
            Fault::AnswerLost { on, loss, status } if on.matches(request) => {
                let usual = if *loss == Loss::Before { ProxyStatus::Refused } else { ProxyStatus::TimedOut };
                Some((*loss, End::Proxy(status.unwrap_or(usual))))
            }
            Fault::ConnectionReset { on, loss } if on.matches(request) => Some((*loss, End::Cut)),
            Fault::WorkerKilled { on, loss } if on.matches(request) => Some((*loss, End::BrokenPipe)),
            _ => None,
        })
    }

    /// The worker that holds a call dies with what it was doing; a task that it forked lives on.
    fn kill_call(&mut self, id: RequestId) {
        let found = self.processes.iter().find(|(_, process)| process.request == Some(id));
        let Some((process, forked)) = found.map(|(process, data)| (*process, data.task.is_some())) else { return };
        if forked {
            self.detach(process);
        } else {
            self.kill(process);
        }
    }

    fn steal_number(&mut self, request: &Request) {
        let Some(number) = wanted_number(request) else { return };
        let stolen = self.strike(|fault| match fault {
            Fault::VmidStolen { vmid, node, moment: Theft::Call } if vmid.is_none_or(|vmid| vmid == number) => {
                Some(node.clone())
            }
            _ => None,
        });
        if let Some(node) = stolen {
            let asked = after(&request.path, "nodes").unwrap_or_default().to_owned();
            self.make_foreign_vm(&node.unwrap_or(asked), number);
        }
    }

    /// Puts an answer's fate into effect and hands it out at its time.
    pub(in crate::world) fn answer_at(&mut self, at: Millis, id: RequestId, answer: Answer) {
        if !self.worker_answers(at, id) {
            return;
        }
        if self.fates.is_empty() {
            self.outbox.insert((at, id), answer);
            return;
        }
        let Fate { delay, end } = self.fates.remove(&id).unwrap_or_default();
        let (answer, wait) = match end {
            None => (answer, 0),
            Some(End::Proxy(status)) => status.answer(true),
            Some(End::BrokenPipe) => (broken_pipe(), 0),
            Some(End::Cut) => (Answer { delivery: Delivery::Cut, ..answer }, 0),
        };
        self.outbox.insert((at + delay + wait, id), answer);
    }

    /// `pvedaemon` of a node is down.
    pub(crate) fn pvedaemon_down(&self, on: &str) -> bool {
        self.suffers(|fault| matches!(fault, Fault::PvedaemonDown { node } if node == on))
    }

    /// Another node does not trust the certificate of this one.
    pub(crate) fn distrusted(&self, on: &str) -> bool {
        self.suffers(|fault| matches!(fault, Fault::CertificateChanged { node } if node == on))
    }
}
