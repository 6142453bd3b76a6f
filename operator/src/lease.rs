//! The Lease: who holds it acts. It is no fence; nothing rests on it but that two processes seldom get in each other's way.

use std::time::Duration;

use anyhow::Context as _;
use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client};
use kube_lease_manager::{LeaseCreateMode, LeaseManager, LeaseManagerBuilder, LeaseManagerError};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// So long after the last renewal another process may take the Lease.
const LASTS: Duration = Duration::from_secs(15);
const LOOKS: Duration = Duration::from_secs(5);
/// The client itself would try for many minutes.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Giving it back may take so long.
const FAREWELL: Duration = Duration::from_secs(5);

/// The Lease while it is ours.
pub struct Held {
    leads: watch::Receiver<bool>,
    manager: JoinHandle<Result<LeaseManager, LeaseManagerError>>,
    leases: Api<Lease>,
    name: String,
    identity: String,
}

impl Held {
    /// Waits until it is ours; `None`: told to stop before.
    pub async fn take(client: Client, config: &Config, stop: &CancellationToken) -> anyhow::Result<Option<Self>> {
        let (name, identity) = (config.lease.clone(), identity(config));
        let leases = Api::namespaced(client.clone(), &config.namespace);
        let manager = LeaseManagerBuilder::new(client, &name)
            .with_namespace(&config.namespace)
            .with_identity(&identity)
            .with_duration(LASTS.as_secs())
            .with_grace(5)
            .with_create_mode(LeaseCreateMode::AutoCreate)
            .build()
            .await
            .context("the Lease cannot be read or made")?;
        let (mut leads, manager) = manager.watch().await;
        tokio::select! {
            () = stop.cancelled() => return Ok(None),
            led = leads.wait_for(|led| *led) => { led.context("the Lease's watch ended")?; }
        }
        Ok(Some(Self { leads, manager, leases, name, identity }))
    }

    /// Ends once it is ours no more. Its manager takes itself for the leader for as long as nobody tells it otherwise, which
    /// nobody can where the kube-apiserver is out of reach: so we look ourselves, too.
    pub async fn lost(&mut self) {
        tokio::select! {
            _ = self.leads.wait_for(|led| !*led) => {}
            () = lost(&self.leases, &self.name, &self.identity) => {}
        }
    }

    /// Gives it back at once, where the kube-apiserver can be reached.
    pub async fn give_back(self) -> anyhow::Result<()> {
        drop(self.leads);
        if let Ok(ended) = timeout(FAREWELL, self.manager).await {
            ended.context("the Lease's task failed")?.context("the Lease could not be given back")?;
        } else {
            tracing::warn!("the Lease could not be given back; it expires");
        }
        Ok(())
    }
}

/// Ends once it is somebody else's, or was not seen to be ours for as long as it lasts.
async fn lost(leases: &Api<Lease>, name: &str, identity: &str) {
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

/// The same after a restart on the same host and port: two processes cannot listen there at once, so whoever can, may go on.
fn identity(config: &Config) -> String {
    let host = std::env::var("HOSTNAME").ok().filter(|h| !h.is_empty());
    let host = host.or_else(|| std::fs::read_to_string("/etc/hostname").ok()).unwrap_or_else(|| "operator".to_owned());
    format!("{}-{}", host.trim(), config.listen)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::{Request, Response};
    use kube::client::Body;
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
