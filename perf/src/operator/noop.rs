//! CPU of the real `reconcile()` of a server that is as wished. Proxmox's answers are those of the testbed, remembered and
//! told again as they are after parsing: what is measured is the operator's own work without HTTP and TLS.

use std::{
    collections::HashMap,
    fmt::Debug,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result, anyhow, ensure};
use futures::{FutureExt as _, future::BoxFuture};
use kube::{
    Client, Resource,
    client::Body,
    runtime::reflector::{self, Store as Cache},
    runtime::watcher,
};
use proxmox_client::{ProxmoxAnswer, ProxmoxClient, ProxmoxError, ProxmoxRequest, Vmid};
use pve_testbed::World;
use serde::de::DeserializeOwned;
use slipway_crds::VirtualServer;
use slipway_explorer::{
    clock,
    kubernetes::Store,
    moves, proxmox,
    runner::SITE,
    sabotage::Sabotage,
    scenario::{Begins, scenarios},
    state::Subject,
};
use slipway_operator::{
    ambient::Ambient,
    catalogue::Catalogue,
    config::Config,
    events::Events,
    metrics::Metrics,
    server::{
        context::{Context, Waits},
        controller::reconcile,
        own_writes::OwnWrites,
        pace::Pace,
        previous::KnownForeign,
        squatters::Strangers,
    },
    site::{Contact, Knowledge, Site, Sites, connect::Connected, inventory::Inventory},
    wake::Wake,
};

use crate::{allocations, machine};

/// Reconciliations of a sample, and samples.
const ROUNDS: u32 = 200;
const SAMPLES: usize = 15;

/// With so many other guests on the site; several samples.
pub(super) fn microseconds(guests: u32) -> Result<Vec<f64>> {
    settled(guests, async |server, ctx| {
        let mut samples = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            let before = machine::cpu_time();
            for _ in 0..ROUNDS {
                reconcile(Arc::clone(&server), Arc::clone(&ctx)).await?;
            }
            samples.push(machine::cpu_time().saturating_sub(before).as_secs_f64() * 1e6 / f64::from(ROUNDS));
        }
        Ok(samples)
    })
}

/// How often it asks for memory, copies of Proxmox's answers among them: the same each time, or it is an error.
pub(crate) fn allocations() -> Result<f64> {
    settled(0, async |server, ctx| {
        let mut counts = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            let before = allocations::so_far();
            reconcile(Arc::clone(&server), Arc::clone(&ctx)).await?;
            counts.push(allocations::so_far() - before);
        }
        ensure!(counts.iter().all(|count| *count == counts[0]), "allocations differ: {counts:?}");
        Ok(f64::from(u32::try_from(counts[0])?))
    })
}

/// Measures at a settled server whose answers have been told once.
fn settled<T>(guests: u32, measure: impl AsyncFnOnce(Arc<VirtualServer>, Arc<Context>) -> Result<T>) -> Result<T> {
    let all = scenarios();
    let settled = all.iter().find(|s| s.begins == Begins::Settled).context("the explorer has no settled server")?;
    let (runner, mut state) = settled.begin(Sabotage::None)?;
    moves::through(&runner, &mut state, Subject::Site).map_err(|why| anyhow!(why))?;
    let (store, now) = (state.planes[0].clone(), clock::now(&state.world));
    let knowledge = crowded(&state.controllers[0].knowledge, guests);
    let token = state.world.root_token();
    let answers = Answers { world: Mutex::new(state.world), token, told: Mutex::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let (ctx, server) = context(&store, &knowledge, answers, Ambient::new(move || now, || 0))?;
        // The first look remembers the answers.
        reconcile(Arc::clone(&server), Arc::clone(&ctx)).await?;
        measure(server, ctx).await
    })
}

/// The same, with copies of the server's row under numbers of others.
fn crowded(knowledge: &Knowledge, guests: u32) -> Knowledge {
    let mut all = knowledge.clone();
    all.inventory = all.inventory.map(|inventory| {
        let mut rows: Vec<_> = inventory.guests.values().cloned().collect();
        let row = rows.last().cloned();
        let more = (0..guests).filter_map(|n| Vmid::try_from(200_000 + n).ok());
        rows.extend(more.filter_map(|vmid| row.clone().map(|row| proxmox_client::GuestRow { vmid, ..row })));
        let (nodes, pools) = (inventory.nodes.clone(), inventory.pools.clone());
        let resources = proxmox_client::Resources { guests: rows, nodes, pools, ..Default::default() };
        Arc::new(Inventory::new(inventory.at, resources))
    });
    all
}

fn context(
    store: &Store,
    knowledge: &Knowledge,
    answers: Answers,
    ambient: Ambient,
) -> Result<(Arc<Context>, Arc<VirtualServer>)> {
    // A server that is as wished needs nothing of the kube-apiserver: whoever asks gets no answer, and fails.
    let nobody = tower::service_fn(|_: http::Request<Body>| async {
        Err::<http::Response<Body>, _>(std::io::Error::other("a no-op reconcile called Kubernetes"))
    });
    let client = Client::new(nobody, "default");
    let catalogue = Catalogue {
        servers: cache(store, "virtualservers")?,
        actions: cache(store, "virtualserveractions")?,
        plans: cache(store, "serverplans")?,
        images: cache(store, "osimages")?,
        networks: cache(store, "networks")?,
        pools: cache(store, "addresspools")?,
        claims: cache(store, "addressclaims")?,
        retained: cache(store, "retainedservers")?,
    };
    let server = catalogue.servers.state().first().cloned().context("the scenario has no server")?;
    ensure!(server.status.as_ref().is_some_and(|s| s.vmid.is_some()), "the scenario's server is not settled");
    let (_, site) = store.list("proxmoxsites").next().context("the scenario has no site")?;
    let (_, installation) = store.list("installations").next().context("the scenario has no installation")?;
    let id = installation["spec"]["id"].as_str().unwrap_or_default().to_owned();
    let sites = Sites::default();
    let spec = serde_json::from_value(site["spec"].clone())?;
    let connected = Connected { client: Arc::new(answers), token: "slipway@pve!operator".to_owned() };
    let site = Arc::new(Site::new(SITE.into(), id, spec, connected, sites.memory(SITE)));
    site.recall(knowledge);
    sites.put(SITE, Contact::Made(site));
    let (wake, _) = Wake::channel();
    let context = Context {
        events: Events::new(client.clone()),
        client,
        catalogue,
        sites,
        metrics: Metrics::default(),
        config: Config {
            namespace: "slipway-system".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            sites: vec![],
            lease: "slipway-operator".into(),
            inventory_seconds: 10,
            rotation_seconds: 60,
        },
        foreign: KnownForeign::default(),
        strangers: Strangers::default(),
        waits: Waits::default(),
        pace: Pace::default(),
        own_writes: OwnWrites::default(),
        ambient,
        wake,
    };
    Ok((Arc::new(context), server))
}

fn cache<K>(store: &Store, plural: &str) -> Result<Cache<K>>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    let (reader, mut writer) = reflector::store::<K>();
    writer.apply_watcher_event(&watcher::Event::Init);
    for (_, object) in store.list(plural) {
        writer.apply_watcher_event(&watcher::Event::InitApply(K::deserialize(&**object)?));
    }
    writer.apply_watcher_event(&watcher::Event::InitDone);
    Ok(reader)
}

/// What the testbed answered when it was asked first.
#[derive(Debug)]
struct Answers {
    world: Mutex<World>,
    token: String,
    told: Mutex<HashMap<ProxmoxRequest, Result<ProxmoxAnswer, ProxmoxError>>>,
}

impl ProxmoxClient for Answers {
    fn call<'a>(&'a self, request: &'a ProxmoxRequest) -> BoxFuture<'a, Result<ProxmoxAnswer, ProxmoxError>> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = told.entry(request.clone()).or_insert_with(|| {
            let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
            proxmox::call(&mut world, &self.token, request)
        });
        let answer = answer.clone();
        async move { answer }.boxed()
    }
}
