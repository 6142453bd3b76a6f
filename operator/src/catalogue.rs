//! What servers refer to: plans, images, networks, pools and claims, held in memory by watches.

use std::{fmt::Debug, hash::Hash, sync::Arc};

use futures::{StreamExt as _, TryStreamExt as _};
use kube::{
    Api, Client, Resource,
    runtime::{
        WatchStreamExt as _,
        reflector::{self, ObjectRef, Store},
        watcher,
    },
};
use serde::de::DeserializeOwned;
use slipway_crds::{
    AddressClaim, AddressPool, Network, OSImage, RetainedServer, ServerPlan, VirtualServer, VirtualServerAction,
};

use crate::wake::Wake;

#[derive(Debug, Clone)]
pub struct Catalogue {
    pub servers: Store<VirtualServer>,
    pub actions: Store<VirtualServerAction>,
    pub plans: Store<ServerPlan>,
    pub images: Store<OSImage>,
    pub networks: Store<Network>,
    pub pools: Store<AddressPool>,
    pub claims: Store<AddressClaim>,
    pub retained: Store<RetainedServer>,
}

impl Catalogue {
    /// Starts the watches and waits until each has listed once. A change wakes the servers that wait for something.
    pub async fn watch(client: &Client, servers: Store<VirtualServer>, wake: &Wake) -> Self {
        let catalogue = Self {
            actions: watch(Api::all(client.clone()), waker_of_action(wake.clone())),
            plans: watch(Api::all(client.clone()), waker_of_waiting(servers.clone(), wake.clone())),
            images: watch(Api::all(client.clone()), waker_of_waiting(servers.clone(), wake.clone())),
            networks: watch(Api::all(client.clone()), waker_of_waiting(servers.clone(), wake.clone())),
            pools: watch(Api::all(client.clone()), waker_of_waiting(servers.clone(), wake.clone())),
            claims: watch(Api::all(client.clone()), |_: &AddressClaim| {}),
            retained: watch(Api::all(client.clone()), |_: &RetainedServer| {}),
            servers,
        };
        let ready = [
            catalogue.actions.wait_until_ready().await,
            catalogue.plans.wait_until_ready().await,
            catalogue.images.wait_until_ready().await,
            catalogue.networks.wait_until_ready().await,
            catalogue.pools.wait_until_ready().await,
            catalogue.claims.wait_until_ready().await,
            catalogue.retained.wait_until_ready().await,
        ];
        if ready.iter().any(Result::is_err) {
            tracing::error!("a watch ended while it was starting");
        }
        catalogue
    }

    /// The object of a cluster-scoped kind.
    pub fn get<K>(store: &Store<K>, name: &str) -> Option<Arc<K>>
    where
        K: Resource<DynamicType = ()> + Clone + 'static,
    {
        store.get(&ObjectRef::new(name))
    }
}

fn watch<K>(api: Api<K>, seen: impl Fn(&K) + Send + 'static) -> Store<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
    K::DynamicType: Hash + Eq + Clone + Default,
{
    let (reader, writer) = reflector::store();
    tokio::spawn(async move {
        let stream = watcher(api, watcher::Config::default())
            .default_backoff()
            .modify(|object| object.meta_mut().managed_fields = None)
            .reflect(writer)
            .touched_objects();
        let mut stream = std::pin::pin!(stream.into_stream());
        while let Some(item) = stream.next().await {
            match item {
                Ok(object) => seen(&object),
                Err(error) => tracing::warn!(%error, kind = %K::kind(&()), "a watch was interrupted; it starts again"),
            }
        }
    });
    reader
}

fn waker_of_action(wake: Wake) -> impl Fn(&VirtualServerAction) + Send {
    move |action| {
        let namespace = action.metadata.namespace.as_deref().unwrap_or_default();
        wake.server(ObjectRef::new(&action.spec.server_ref.name).within(namespace));
    }
}

fn waker_of_waiting<K>(servers: Store<VirtualServer>, wake: Wake) -> impl Fn(&K) + Send {
    move |_| wake.waiting_servers(&servers)
}
