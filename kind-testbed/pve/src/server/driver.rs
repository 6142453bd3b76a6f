//! Ties the world to the clock, and answers go to who waits.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{Notify, oneshot, watch};

use crate::{
    request::{Answer, Method, Millis, Request, RequestId},
    schema::Schema,
    world::World,
};

/// Calls so far, by method and path of the schema, as `/nodes/{node}/tasks/{upid}/status`.
pub type CallCounts = BTreeMap<(Method, &'static str), u64>;

/// What makes virtual time pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clock {
    /// So many virtual seconds a real second.
    Running { speed: f64 },
    /// Nothing but [`Handle::advance`](super::Handle::advance).
    Stepped,
}

#[derive(Debug)]
pub(super) struct Driver {
    inner: Mutex<Inner>,
    /// Something was put on the agenda.
    changed: Notify,
    clock: Clock,
}

#[derive(Debug)]
struct Inner {
    world: World,
    started: Instant,
    /// Virtual time at the start.
    base: Millis,
    waiting: HashMap<RequestId, oneshot::Sender<Answer>>,
    calls: CallCounts,
    dirty: bool,
}

impl Inner {
    /// Brings the world to the present and hands out what came due.
    fn catch_up(&mut self, clock: Clock) {
        let now = match clock {
            Clock::Running { speed } => {
                let elapsed = self.started.elapsed().mul_f64(speed);
                self.base + u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
            }
            Clock::Stepped => self.world.now(),
        };
        self.advance(now);
    }

    fn count(&mut self, request: &Request) {
        let route = Schema::get().route(request.method, &request.path);
        let template = route.map_or("unknown", |route| route.template);
        *self.calls.entry((request.method, template)).or_default() += 1;
    }

    fn advance(&mut self, now: Millis) {
        for (id, answer) in self.world.advance(now) {
            if let Some(waiting) = self.waiting.remove(&id) {
                // The caller may have hung up.
                let _ = waiting.send(answer);
            }
        }
    }
}

impl Driver {
    pub(super) fn new(world: World, clock: Clock) -> Self {
        let base = world.now();
        let inner = Inner {
            world,
            started: Instant::now(),
            base,
            waiting: HashMap::new(),
            calls: CallCounts::new(),
            dirty: false,
        };
        Self { inner: Mutex::new(inner), changed: Notify::new(), clock }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request and waits for its answer; `None` when the world went away.
    pub(super) async fn call(&self, request: Request) -> Option<Answer> {
        let receiver = {
            let mut inner = self.lock();
            inner.catch_up(self.clock);
            inner.count(&request);
            let id = inner.world.submit(request);
            let (sender, receiver) = oneshot::channel();
            inner.waiting.insert(id, sender);
            inner.dirty = true;
            inner.catch_up(self.clock);
            receiver
        };
        self.changed.notify_one();
        receiver.await.ok()
    }

    pub(super) fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let result = {
            let mut inner = self.lock();
            inner.catch_up(self.clock);
            let result = look(&mut inner.world);
            inner.dirty = true;
            inner.catch_up(self.clock);
            result
        };
        self.changed.notify_one();
        result
    }

    /// Lets virtual time jump ahead.
    pub(super) fn skip(&self, millis: Millis) {
        {
            let mut inner = self.lock();
            inner.base = inner.base.saturating_add(millis);
            inner.world.skip_real_time(millis);
            inner.dirty = true;
            inner.catch_up(self.clock);
        }
        self.changed.notify_one();
    }

    /// Unix seconds of the clock of the node that answers.
    pub(super) fn unix_now(&self) -> u64 {
        let mut inner = self.lock();
        inner.catch_up(self.clock);
        let world = &inner.world;
        world.first_online().map_or_else(|| world.unix_now(), |node| world.unix_now_on(node))
    }

    pub(super) fn take_dirty(&self) -> bool {
        std::mem::take(&mut self.lock().dirty)
    }

    /// Lets virtual time pass up to `to`, whatever the clock.
    pub(super) fn advance(&self, to: Millis) {
        self.lock().advance(to);
        self.changed.notify_one();
    }

    pub(super) fn calls(&self) -> CallCounts {
        self.lock().calls.clone()
    }

    /// Calls that have no answer yet.
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Lets time pass until stopped.
    pub(super) async fn run(self: std::sync::Arc<Self>, mut stopped: watch::Receiver<bool>) {
        let Clock::Running { speed } = self.clock else { return };
        loop {
            let wait = {
                let mut inner = self.lock();
                inner.catch_up(self.clock);
                let now = inner.world.now();
                let next = inner.world.next_event().unwrap_or(now + 10_000);
                Duration::from_millis(next.saturating_sub(now).max(1)).div_f64(speed)
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.changed.notified() => {}
                _ = stopped.changed() => return,
            }
        }
    }
}
