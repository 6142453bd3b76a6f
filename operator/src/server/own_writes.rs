//! Servers as this process wrote them last. The watch brings them back a moment later; whoever looked in between would see
//! what is over: a write that conflicts, or a task without its UPID and with it the search for a lost answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt as _;
use slipway_crds::VirtualServer;

/// By then the watch has brought it, or is in trouble of its own.
const KEPT: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug, Default)]
pub struct OwnWrites(Mutex<HashMap<String, (Timestamp, Arc<VirtualServer>)>>);

impl OwnWrites {
    pub fn keep(&self, written: &VirtualServer, now: Timestamp) {
        let mut written = written.clone();
        written.metadata.managed_fields = None;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (at, _)| now.duration_since(*at) < KEPT);
        all.insert(written.uid().unwrap_or_default(), (now, Arc::new(written)));
    }

    /// What the watch brought, or what we wrote after that.
    pub fn newest(&self, brought: Arc<VirtualServer>) -> Arc<VirtualServer> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let uid = brought.uid().unwrap_or_default();
        match all.get(&uid) {
            Some((_, written)) if version(written) > version(&brought) => Arc::clone(written),
            Some(_) => {
                all.remove(&uid);
                brought
            }
            None => brought,
        }
    }
}

/// Versions of one object are numbers that grow (KEP-5504); one that is none is older than all.
fn version(server: &VirtualServer) -> Option<u128> {
    server.metadata.resource_version.as_ref().and_then(|version| version.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn server(uid: &str, version: &str) -> VirtualServer {
        serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
            "metadata": { "name": "web", "uid": uid, "resourceVersion": version },
            "spec": { "siteRef": "home" }
        }))
        .unwrap()
    }

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn newest(writes: &OwnWrites, uid: &str, version: &str) -> String {
        writes.newest(Arc::new(server(uid, version))).metadata.resource_version.clone().unwrap()
    }

    #[test]
    fn what_we_wrote_counts_until_the_watch_brings_it_or_something_newer() {
        let writes = OwnWrites::default();
        writes.keep(&server("a", "1000"), now());
        assert_eq!(newest(&writes, "a", "999"), "1000", "9 is more than 1 only as text");
        assert_eq!(newest(&writes, "a", "1001"), "1001", "somebody wrote after us");
        assert_eq!(newest(&writes, "a", "999"), "999", "and ours is forgotten");
    }

    #[test]
    fn another_server_of_the_same_name_is_another() {
        let writes = OwnWrites::default();
        writes.keep(&server("a", "1000"), now());
        assert_eq!(newest(&writes, "b", "7"), "7");
    }

    #[test]
    fn nothing_is_kept_for_long() {
        let writes = OwnWrites::default();
        writes.keep(&server("a", "1000"), now());
        writes.keep(&server("b", "1001"), now() + KEPT);
        assert_eq!((newest(&writes, "a", "1"), newest(&writes, "b", "1")), ("1".to_owned(), "1001".to_owned()));
    }
}
