//! Whether the Lease is still ours, seen by our own eyes: its manager renews it, and takes itself for the leader for as long as
//! nobody tells it otherwise, which nobody can where the kube-apiserver is out of reach.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use tokio::time::{Instant, sleep, timeout};

/// So long after the last renewal another process may take the Lease.
pub const LASTS: Duration = Duration::from_secs(15);
const LOOKS: Duration = Duration::from_secs(5);
/// The client itself would try for many minutes.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Ends once it is somebody else's, or was not seen to be ours for as long as it lasts.
pub async fn lost(leases: &Api<Lease>, name: &str, identity: &str) {
    let mut seen = Instant::now();
    while seen.elapsed() < LASTS {
        sleep(LOOKS).await;
        match timeout(TIMEOUT, leases.get(name)).await {
            Ok(Ok(lease)) => match lease.spec.and_then(|spec| spec.holder_identity) {
                Some(holder) if holder == identity => seen = Instant::now(),
                // Given back, or between two holders: who renews it says whose it is.
                None => {}
                Some(holder) => {
                    tracing::error!(lease = name, holder, "another process holds the Lease");
                    return;
                }
            },
            Ok(Err(error)) => tracing::warn!(lease = name, %error, "the Lease cannot be read"),
            Err(_) => tracing::warn!(lease = name, "the kube-apiserver does not answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::{Request, Response};
    use kube::{Client, client::Body};
    use serde_json::json;

    use super::*;

    /// A kube-apiserver that says who holds the Lease; `None`: it does not answer.
    fn leases(holder: &Arc<Mutex<Option<&'static str>>>) -> Api<Lease> {
        let holder = Arc::clone(holder);
        let service = tower::service_fn(move |_: Request<Body>| {
            let holder = *holder.lock().unwrap();
            async move {
                let Some(holder) = holder else { return std::future::pending().await };
                let lease = json!({ "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                                    "metadata": { "name": "l" }, "spec": { "holderIdentity": holder } });
                Ok::<_, std::io::Error>(Response::new(Body::from(lease.to_string().into_bytes())))
            }
        });
        Api::namespaced(Client::new(service, "slipway"), "slipway")
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_ours_for_as_long_as_we_see_that_it_is() {
        let leases = leases(&Arc::new(Mutex::new(Some("we"))));
        assert!(timeout(LASTS * 100, lost(&leases, "l", "we")).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_that_is_cut_off_stops_when_its_lease_may_be_another_s() {
        let holder = Arc::new(Mutex::new(Some("we")));
        let leases = leases(&holder);
        let watching = lost(&leases, "l", "we");
        tokio::pin!(watching);
        assert!(timeout(LASTS * 4, &mut watching).await.is_err());
        *holder.lock().unwrap() = None;
        let cut_off = Instant::now();
        watching.await;
        assert!(cut_off.elapsed() <= LASTS + LOOKS + TIMEOUT, "{:?}", cut_off.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_of_another_is_lost_at_once() {
        let leases = leases(&Arc::new(Mutex::new(Some("another"))));
        assert!(timeout(LOOKS + TIMEOUT, lost(&leases, "l", "we")).await.is_ok());
    }
}
