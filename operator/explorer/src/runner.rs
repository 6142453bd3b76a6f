//! Runs one real reconciliation from a state up to its next write, or to its end.

use std::{fmt::Debug, net::SocketAddr, sync::Arc};

use kube::{
    Client, Resource,
    runtime::{
        controller::Action,
        reflector::{self, ObjectRef, Store as Cache},
        watcher,
    },
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use slipway_crds::{ProxmoxSite, ProxmoxSiteSpec, names::INSTALLATION};
use slipway_operator::{
    actions,
    ambient::Ambient,
    catalogue::Catalogue,
    config::Config,
    events::Events,
    kubernetes::KubernetesError,
    metrics::Metrics,
    retained, server,
    server::{
        context::{Context, Waits},
        controller::ReconcileError,
        own_writes::OwnWrites,
        pace::Pace,
        previous::KnownForeign,
        squatters::Strangers,
    },
    site::{Contact, Knowledge, Site, Sites, connect::Connected, keeper::Keeper},
    wake::Wake,
};

use crate::{
    gate::{Entry, Gate, Grant, Surroundings, Write},
    kubernetes::{Key, Store},
    sabotage::Sabotage,
    state::{Past, Subject},
    wire::Wire,
};

/// The name of the only site.
pub const SITE: &str = "home";

/// What a run starts from.
#[derive(Debug)]
pub struct Start<'a> {
    pub subject: &'a Subject,
    /// The inventory is read at the beginning; else the run rests on an older one.
    pub fresh: bool,
    pub cache: &'a Store,
    pub knowledge: &'a Knowledge,
    pub log: Vec<Entry>,
    pub grant: Grant,
    pub world: pve_testbed::World,
    pub kubernetes: Store,
    pub past: Past,
    pub seed: u32,
}

#[derive(Debug)]
pub struct Ran {
    pub world: pve_testbed::World,
    pub kubernetes: Store,
    pub log: Vec<Entry>,
    pub past: Past,
    /// In words.
    pub written: Vec<String>,
    /// The promise that a write broke.
    pub broken: Option<String>,
    /// What is left of it.
    pub grant: Grant,
    pub end: End,
}

#[derive(Debug)]
pub enum End {
    Before(Write),
    /// It came to its end, knowing this of the site.
    Over(Knowledge),
}

pub struct Runner {
    runtime: tokio::runtime::Runtime,
    gate: Gate,
    client: Client,
    metrics: Metrics,
    config: Config,
    token: String,
    sabotage: Sabotage,
    wire: Wire,
}

impl Runner {
    pub fn new(token: &str, sabotage: Sabotage) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let gate = Gate::default();
        let client = {
            let _inside = runtime.enter();
            let answers = gate.clone();
            let service = tower::service_fn(move |request| {
                let gate = answers.clone();
                async move { gate.kubernetes(request).await }
            });
            Client::new(service, "default")
        };
        Ok(Self {
            runtime,
            gate,
            client,
            metrics: Metrics::default(),
            config: Config {
                namespace: "slipway-system".into(),
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                sites: vec![],
                lease: "slipway-operator".into(),
                inventory_seconds: 10,
                rotation_seconds: 60,
            },
            token: token.to_owned(),
            sabotage,
            wire: Wire::default(),
        })
    }

    /// The same, calling Proxmox in this way.
    #[must_use]
    pub fn over(self, wire: Wire) -> Self {
        Self { wire, ..self }
    }

    /// Runs until the next write that is not granted.
    ///
    /// # Panics
    /// When the run asks for something else than when it had the same answers before: then nothing that is explored is true.
    #[expect(clippy::panic, reason = "nothing that is explored from here on would be true")]
    pub fn run(&self, start: Start<'_>) -> Ran {
        let mut surroundings =
            Surroundings::new(start.world, start.kubernetes, start.past, self.token.clone(), self.sabotage);
        surroundings.wire = self.wire.clone();
        surroundings.seed = start.seed;
        surroundings.log = start.log;
        surroundings.grant = start.grant;
        self.gate.open(surroundings);
        let over = self.runtime.block_on(async {
            let work = self.work(start.subject, start.fresh, start.cache, start.knowledge);
            tokio::select! {
                biased;
                knowledge = work => Some(knowledge),
                () = self.gate.stopped() => None,
            }
        });
        let left = self.gate.close().unwrap_or_else(|| unreachable!("it was opened above"));
        if let Some(asked) = left.unrepeatable {
            panic!("a run is not repeatable: it asked for `{asked}` where it had asked for something else before");
        }
        let end = match (over, left.stopped_at) {
            (Some(knowledge), _) => End::Over(knowledge),
            (None, Some(write)) => End::Before(write),
            (None, None) => unreachable!("a run stops before a write only"),
        };
        Ran {
            world: left.world,
            kubernetes: left.kubernetes,
            log: left.log,
            past: left.past,
            written: left.written,
            broken: left.broken,
            grant: left.grant,
            end,
        }
    }

    async fn work(&self, subject: &Subject, fresh: bool, cache: &Store, knowledge: &Knowledge) -> Knowledge {
        let catalogue = if self.sabotage.sees_no_owner(subject) {
            self.catalogue(&Store::default())
        } else {
            self.catalogue(cache)
        };
        let sites = Sites::default();
        let ambient = {
            let (time, chance) = (self.gate.clone(), self.gate.clone());
            Ambient::new(move || time.now(), move || chance.chance())
        };
        let Some(spec) = site_spec(cache) else { return knowledge.clone() };
        let site = Arc::new(Site::new(
            SITE.into(),
            installation(cache),
            spec.clone(),
            Connected { client: Arc::new(self.gate.clone()), token: "slipway@pve!operator".to_owned() },
            sites.memory(SITE),
        ));
        site.recall(knowledge);
        sites.put(SITE, Contact::Made(Arc::clone(&site)));
        let (wake, _) = Wake::channel();
        let keeper = Keeper {
            client: self.client.clone(),
            config: self.config.clone(),
            sites: sites.clone(),
            catalogue: catalogue.clone(),
            metrics: self.metrics.clone(),
            wake,
            ambient: ambient.clone(),
            name: SITE.into(),
            spec: Arc::new(spec),
        };
        // What comes of it is seen in what it did; an error is tried again, as by the controller.
        if fresh && *subject != Subject::Site {
            let _ = keeper.refresh(&site).await;
        }
        match subject {
            Subject::Site => {
                let _ = keeper.look(&site).await;
            }
            Subject::Sweep => {
                let _ = keeper.sweep(&site).await;
            }
            Subject::Actions => actions::round(&self.client, &catalogue, ambient.now()).await,
            Subject::Server { namespace, name } => {
                let Some(object) = catalogue.servers.get(&ObjectRef::new(name).within(namespace)) else {
                    return knowledge.clone();
                };
                judge(&server::controller::reconcile(object, self.context(catalogue, sites, ambient)).await);
            }
            Subject::Record { name } => {
                let Some(object) = catalogue.retained.get(&ObjectRef::new(name)) else { return knowledge.clone() };
                judge(&retained::controller::reconcile(object, self.context(catalogue, sites, ambient)).await);
            }
        }
        site.knowledge()
    }

    fn context(&self, catalogue: Catalogue, sites: Sites, ambient: Ambient) -> Arc<Context> {
        // Nobody waits for a turn here: the limits are above the number of servers.
        let (wake, _) = Wake::channel();
        Arc::new(Context {
            wake,
            client: self.client.clone(),
            catalogue,
            sites,
            metrics: self.metrics.clone(),
            events: Events::new(self.client.clone()),
            config: self.config.clone(),
            foreign: KnownForeign::default(),
            strangers: Strangers::default(),
            waits: Waits::default(),
            pace: Pace::default(),
            own_writes: OwnWrites::default(),
            ambient,
        })
    }

    fn catalogue(&self, cache: &Store) -> Catalogue {
        Catalogue {
            servers: self.fill(cache, "virtualservers"),
            actions: self.fill(cache, "virtualserveractions"),
            plans: self.fill(cache, "serverplans"),
            images: self.fill(cache, "osimages"),
            networks: self.fill(cache, "networks"),
            pools: self.fill(cache, "addresspools"),
            claims: self.fill(cache, "addressclaims"),
            retained: self.fill(cache, "retainedservers"),
        }
    }

    fn fill<K>(&self, cache: &Store, plural: &str) -> Cache<K>
    where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
    {
        let (reader, mut writer) = reflector::store::<K>();
        writer.apply_watcher_event(&watcher::Event::Init);
        for (key, object) in cache.list(plural) {
            let object = self.sabotage.cached(key, object).map_or_else(|| parse(object), |bent| parse(&bent));
            writer.apply_watcher_event(&watcher::Event::InitApply(object));
        }
        writer.apply_watcher_event(&watcher::Event::InitDone);
        reader
    }
}

/// Any error is tried again; but an answer that cannot be read is a mistake of the in-memory Kubernetes.
///
/// # Panics
/// When there is such a mistake.
#[expect(clippy::panic, reason = "the explorer's own mistake")]
fn judge(end: &Result<Action, ReconcileError>) {
    if let Err(ReconcileError::Kubernetes(KubernetesError::Api(error))) = end
        && let kube::Error::SerdeError(why) = &**error
    {
        panic!("the in-memory Kubernetes answered what cannot be read: {why}");
    }
}

/// # Panics
/// When the scenario made an object that its kind does not read.
#[expect(clippy::panic, reason = "the explorer's own mistake")]
fn parse<K: DeserializeOwned>(object: &Value) -> K {
    K::deserialize(object).unwrap_or_else(|error| panic!("{error} in {object}"))
}

fn site_spec(cache: &Store) -> Option<ProxmoxSiteSpec> {
    let object = cache.get(&Key::cluster("proxmoxsites", SITE))?;
    Some(parse::<ProxmoxSite>(object).spec)
}

fn installation(cache: &Store) -> String {
    let object = cache.get(&Key::cluster("installations", INSTALLATION));
    object.and_then(|o| o["spec"]["id"].as_str()).unwrap_or_default().to_owned()
}
