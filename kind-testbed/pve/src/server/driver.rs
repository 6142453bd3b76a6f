//! Ties the world to the clock: virtual time runs `speed` times as fast as real time, and answers go to who waits.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{Notify, oneshot, watch};

use crate::{
    request::{Answer, Millis, Request, RequestId},
    world::World,
};

#[derive(Debug)]
pub(super) struct Driver {
    inner: Mutex<Inner>,
    /// Something was put on the agenda.
    changed: Notify,
    speed: f64,
}

#[derive(Debug)]
struct Inner {
    world: World,
    started: Instant,
    /// Virtual time at the start.
    base: Millis,
    waiting: HashMap<RequestId, oneshot::Sender<Answer>>,
    dirty: bool,
}

impl Inner {
    /// Brings the world to the present and hands out what came due.
    fn catch_up(&mut self, speed: f64) {
        let elapsed = self.started.elapsed().mul_f64(speed);
        let now = self.base + u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        for (id, answer) in self.world.advance(now) {
            if let Some(waiting) = self.waiting.remove(&id) {
                // The caller may have hung up.
                let _ = waiting.send(answer);
            }
        }
    }
}

impl Driver {
    pub(super) fn new(world: World, speed: f64) -> Self {
        let base = world.now();
        let inner = Inner { world, started: Instant::now(), base, waiting: HashMap::new(), dirty: false };
        Self { inner: Mutex::new(inner), changed: Notify::new(), speed }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request and waits for its answer; `None` when the world went away.
    pub(super) async fn call(&self, request: Request) -> Option<Answer> {
        let receiver = {
            let mut inner = self.lock();
            inner.catch_up(self.speed);
            let id = inner.world.submit(request);
            let (sender, receiver) = oneshot::channel();
            inner.waiting.insert(id, sender);
            inner.dirty = true;
            inner.catch_up(self.speed);
            receiver
        };
        self.changed.notify_one();
        receiver.await.ok()
    }

    pub(super) fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let result = {
            let mut inner = self.lock();
            inner.catch_up(self.speed);
            let result = look(&mut inner.world);
            inner.dirty = true;
            inner.catch_up(self.speed);
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
            inner.dirty = true;
            inner.catch_up(self.speed);
        }
        self.changed.notify_one();
    }

    /// Unix seconds of the clock of the node that answers.
    pub(super) fn unix_now(&self) -> u64 {
        let mut inner = self.lock();
        inner.catch_up(self.speed);
        let world = &inner.world;
        world.first_online().map_or_else(|| world.unix_now(), |node| world.unix_now_on(node))
    }

    pub(super) fn take_dirty(&self) -> bool {
        std::mem::take(&mut self.lock().dirty)
    }

    /// Lets time pass until stopped.
    pub(super) async fn run(self: std::sync::Arc<Self>, mut stopped: watch::Receiver<bool>) {
        loop {
            let wait = {
                let mut inner = self.lock();
                inner.catch_up(self.speed);
                let now = inner.world.now();
                let next = inner.world.next_event().unwrap_or(now + 10_000);
                Duration::from_millis(next.saturating_sub(now).max(1)).div_f64(self.speed)
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.changed.notified() => {}
                _ = stopped.changed() => return,
            }
        }
    }
}
