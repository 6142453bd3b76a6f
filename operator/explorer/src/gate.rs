//! The only way out of a running controller. Its reads are answered from the state; it stops before each write, and is
//! set going again by running it anew with the answers that it had: a controller in the middle of its work is data.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::{FutureExt as _, future::BoxFuture};
use http::{Request, Response};
use jiff::Timestamp;
use kube::client::Body;
use proxmox_client::{Fault, ProxmoxAnswer, ProxmoxClient, ProxmoxError, ProxmoxRequest};
use pve_testbed::World;
use serde_json::Value;
use tokio::sync::Notify;

use crate::{
    clock,
    drill::Drill,
    kubernetes::{self, Call, Reply, Store},
    properties, proxmox,
    sabotage::Sabotage,
    state::Past,
    wire::Wire,
};

/// Something that a controller was told.
#[derive(Debug, Clone)]
pub enum Entry {
    Kubernetes(Arc<Call>, Reply),
    Proxmox(Arc<ProxmoxRequest>, Arc<Result<ProxmoxAnswer, ProxmoxError>>),
    Time(Timestamp),
    Chance(u32),
}

/// A write that a controller is about to make.
#[derive(Debug, Clone)]
pub enum Write {
    Kubernetes(Arc<Call>),
    Proxmox(Arc<ProxmoxRequest>),
}

impl Write {
    pub fn words(&self) -> String {
        match self {
            Self::Kubernetes(call) => call.words(),
            Self::Proxmox(request) => proxmox::words(request),
        }
    }
}

/// What becomes of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    Done,
    /// It takes effect, and the answer never arrives.
    AnswerLost,
    /// It never arrives, and the caller cannot know.
    CallLost,
    /// It takes effect, and the caller is killed before it learns anything.
    Killed,
    /// It is sent twice; the caller sees the second answer.
    Twice,
}

/// Which writes a run may make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    None,
    /// The next one, with this fate.
    Next(Fate),
    All,
    /// All, and something befalls one of the calls to Proxmox.
    Drill(Drill),
}

/// Everything that a run reads and changes.
#[derive(Debug)]
pub struct Surroundings {
    pub world: World,
    pub kubernetes: Store,
    pub token: String,
    /// What was answered so far, in order.
    pub log: Vec<Entry>,
    pub grant: Grant,
    /// The write that it stopped before.
    pub stopped_at: Option<Write>,
    /// What was written in this run, in words.
    pub written: Vec<String>,
    pub past: Past,
    /// The promise that a write broke.
    pub broken: Option<String>,
    /// The run asked for something else than when it was told this the first time.
    pub unrepeatable: Option<String>,
    pub sabotage: Sabotage,
    pub wire: Wire,
    /// What chance begins from: another for each process and moment.
    pub seed: u32,
    /// How much of the log was told again.
    told: usize,
}

impl Surroundings {
    pub fn new(world: World, kubernetes: Store, past: Past, token: String, sabotage: Sabotage) -> Self {
        Self {
            world,
            kubernetes,
            token,
            log: Vec::new(),
            grant: Grant::None,
            stopped_at: None,
            written: Vec::new(),
            past,
            broken: None,
            unrepeatable: None,
            sabotage,
            wire: Wire::default(),
            seed: 0,
            told: 0,
        }
    }

    fn again(&mut self) -> Option<Entry> {
        let entry = self.log.get(self.told).cloned()?;
        self.told += 1;
        Some(entry)
    }

    fn tell(&mut self, entry: Entry) {
        self.log.push(entry);
        self.told = self.log.len();
    }

    /// What becomes of a write; none when the run stops before it.
    fn admit(&mut self, write: Write) -> Option<Fate> {
        let fate = match &mut self.grant {
            Grant::All => Fate::Done,
            Grant::Drill(drill) => drill.meet(&write, &mut self.world),
            Grant::Next(fate) => {
                let fate = *fate;
                self.grant = Grant::None;
                fate
            }
            Grant::None => {
                self.stopped_at = Some(write);
                return None;
            }
        };
        if fate != Fate::CallLost {
            let allowed = properties::allow(&self.world, &self.kubernetes, &self.past, &write);
            self.broken = self.broken.take().or(allowed.err());
        }
        self.written.push(write.words());
        Some(fate)
    }

    fn diverged(&mut self, asked: String) {
        self.unrepeatable.get_or_insert(asked);
    }
}

#[derive(Clone, Debug, Default)]
pub struct Gate {
    inner: Arc<Mutex<Option<Surroundings>>>,
    stop: Arc<Notify>,
}

impl Gate {
    pub fn open(&self, surroundings: Surroundings) {
        *self.lock() = Some(surroundings);
    }

    /// What is left of the surroundings after a run.
    pub fn close(&self) -> Option<Surroundings> {
        self.lock().take()
    }

    /// Until a run stands before a write.
    pub async fn stopped(&self) {
        self.stop.notified().await;
    }

    pub fn now(&self) -> Timestamp {
        self.with(Timestamp::UNIX_EPOCH, |s| match s.again() {
            Some(Entry::Time(time)) => time,
            Some(_) => {
                s.diverged("the time".into());
                Timestamp::UNIX_EPOCH
            }
            None => {
                let now = clock::now(&s.world);
                s.tell(Entry::Time(now));
                now
            }
        })
    }

    pub fn chance(&self) -> u32 {
        self.with(0, |s| match s.again() {
            Some(Entry::Chance(number)) => number,
            Some(_) => {
                s.diverged("chance".into());
                0
            }
            None => {
                let number = s.seed;
                s.tell(Entry::Chance(number));
                number
            }
        })
    }

    /// Answers a request of the Kubernetes client.
    pub async fn kubernetes(&self, request: Request<Body>) -> Result<Response<Body>, kube::Error> {
        let (parts, body) = request.into_parts();
        let bytes = body.collect_bytes().await?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        let reply = match kubernetes::parse(parts.method, parts.uri.path(), query, body) {
            // Nothing rests on Events.
            Some(call) if call.plural == "events" => Reply { code: 200, body: Arc::new(call.body) },
            Some(call) => match self.call(&call) {
                Some(reply) => reply,
                None => self.wait_for_ever().await,
            },
            None => Reply::refused(404, "NotFound"),
        };
        let bytes = serde_json::to_vec(&*reply.body).unwrap_or_default();
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = http::StatusCode::from_u16(reply.code).unwrap_or_default();
        Ok(response)
    }

    /// `None`: the run stops here.
    fn call(&self, call: &Call) -> Option<Reply> {
        self.with(None, |s| {
            match s.again() {
                Some(Entry::Kubernetes(asked, reply)) if *asked == *call => return Some(reply),
                Some(_) => {
                    s.diverged(call.words());
                    return None;
                }
                None => {}
            }
            let fate = if call.is_read() { Fate::Done } else { s.admit(Write::Kubernetes(Arc::new(call.clone())))? };
            let now = clock::now(&s.world);
            let done = match fate {
                Fate::CallLost => None,
                _ => Some(s.sabotage.kubernetes(call, &mut s.kubernetes, now)),
            };
            let reply = match (fate, done) {
                (Fate::Done, Some(reply)) => reply,
                _ => Reply::refused(504, "Timeout"),
            };
            s.tell(Entry::Kubernetes(Arc::new(call.clone()), reply.clone()));
            Some(reply)
        })
    }

    fn proxmox(&self, request: &ProxmoxRequest) -> Option<Arc<Result<ProxmoxAnswer, ProxmoxError>>> {
        self.with(None, |s| {
            match s.again() {
                Some(Entry::Proxmox(asked, answer)) if *asked == *request => return Some(answer),
                Some(_) => {
                    s.diverged(proxmox::words(request));
                    return None;
                }
                None => {}
            }
            let fate = if request.is_read() { Fate::Done } else { s.admit(Write::Proxmox(Arc::new(request.clone())))? };
            let first = (fate == Fate::Twice).then(|| s.wire.call(&mut s.world, &s.token, request));
            let done = (fate != Fate::CallLost).then(|| s.wire.call(&mut s.world, &s.token, request));
            if first.iter().chain(&done).any(Result::is_ok) {
                s.past.remember(request);
            }
            if fate == Fate::Killed {
                s.stopped_at = Some(Write::Proxmox(Arc::new(request.clone())));
                return None;
            }
            let answer = match (fate, done) {
                (Fate::Done | Fate::Twice, Some(answer)) => s.sabotage.proxmox(request, answer, &s.kubernetes),
                _ => Err(ProxmoxError { fault: Fault::UnknownOutcome, message: "no answer".into() }),
            };
            let answer = Arc::new(answer);
            s.tell(Entry::Proxmox(Arc::new(request.clone()), Arc::clone(&answer)));
            Some(answer)
        })
    }

    async fn wait_for_ever<T>(&self) -> T {
        self.stop.notify_one();
        futures::future::pending().await
    }

    fn with<T>(&self, closed: T, look: impl FnOnce(&mut Surroundings) -> T) -> T {
        self.lock().as_mut().map_or(closed, look)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Surroundings>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProxmoxClient for Gate {
    fn call<'a>(&'a self, request: &'a ProxmoxRequest) -> BoxFuture<'a, Result<ProxmoxAnswer, ProxmoxError>> {
        async move {
            match self.proxmox(request) {
                Some(answer) => (*answer).clone(),
                None => self.wait_for_ever().await,
            }
        }
        .boxed()
    }
}
