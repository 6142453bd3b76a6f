//! One uninterrupted run of the mirror: a complete list of every kind, then what changes.
//!
//! One bad object never stops it: what cannot be read or stored is flagged, and the stream goes on.

use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::time::Duration;

use futures::stream::{BoxStream, SelectAll};
use futures::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::core::DeserializeGuard;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use slipway_crds::{
    AddressPool, Network, OSImage, ProxmoxSite, RetainedServer, ServerPlan, VirtualServer, VirtualServerAction, names,
};
use sqlx::postgres::PgListener;

use crate::app::App;
use crate::metrics::KindLabels;
use crate::mirror::scope::Scope;
use crate::mirror::{MirrorError, absence, action, catalogue, flag, namespace, resync, retained, server, state};
use crate::operation::settle;
use crate::problem::is_database_away;
use crate::server::ownership::Managers;

/// How often overdue operations are looked for, and expired rows removed.
const HOUSEKEEPING: Duration = Duration::from_secs(15);
/// How often an object is stored when other transactions cross it.
const UPSERT_ATTEMPTS: usize = 4;
/// For single calls beside the watches.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The kinds, as flags and metrics name them.
const KINDS: [&str; 9] = [
    "Namespace",
    "ServerPlan",
    "OSImage",
    "ProxmoxSite",
    "Network",
    "RetainedServer",
    "VirtualServer",
    "VirtualServerAction",
    "AddressPool",
];

/// Something that a watch saw.
#[derive(Debug)]
enum Object {
    Namespace(Box<Namespace>),
    Plan(Box<ServerPlan>),
    Image(Box<OSImage>),
    Site(Box<ProxmoxSite>),
    Network(Box<Network>),
    Retained(Box<RetainedServer>),
    Server(Box<VirtualServer>),
    Action(Box<VirtualServerAction>),
    Pool(Box<AddressPool>),
}

/// Which object, even when it cannot be read.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

#[derive(Debug)]
enum Seen {
    ListStarted,
    Listed(Reference, Result<Object, String>),
    ListEnded,
    Changed(Reference, Result<Object, String>),
    Deleted(Reference),
}

type Stream = BoxStream<'static, Result<(&'static str, Seen), watcher::Error>>;

/// The state of one run.
#[derive(Debug)]
pub struct Session {
    app: App,
    client: ClientHandle,
    managers: Managers,
    scope: Scope,
    /// Per kind, the objects of the list that is under way or was completed last.
    listed: HashMap<&'static str, Vec<Reference>>,
    complete: HashSet<&'static str>,
}

#[derive(Clone)]
struct ClientHandle(Client);

impl Debug for ClientHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Session {
    pub fn new(app: App, client: Client, managers: Managers, scope: Scope) -> Self {
        let client = ClientHandle(client);
        Self { app, client, managers, scope, listed: HashMap::new(), complete: HashSet::new() }
    }

    /// Runs until something breaks or a resync is asked for.
    pub async fn run(mut self) -> Result<(), MirrorError> {
        self.compare_resource_version().await?;
        let mut listener = PgListener::connect_with(&self.app.pool).await?;
        listener.listen(resync::CHANNEL).await?;
        let mut streams = self.watches();
        let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
        loop {
            tokio::select! {
                seen = streams.next() => match seen {
                    Some(Ok((kind, seen))) => self.take(kind, seen).await?,
                    Some(Err(error)) => tracing::warn!(%error, "a watch failed; it is started again"),
                    None => return Err(MirrorError::WatchEnded),
                },
                asked = listener.recv() => {
                    asked?;
                    return Err(MirrorError::ResyncAsked);
                }
                _ = housekeeping.tick() => self.keep_house().await?,
            }
        }
    }

    fn watches(&self) -> SelectAll<Stream> {
        let client = &self.client.0;
        let labelled = watcher::Config::default().labels(names::LABEL_ACCOUNT);
        let all = watcher::Config::default;
        let streams = [
            watch(Api::<DeserializeGuard<Namespace>>::all(client.clone()), labelled, KINDS[0], |o| {
                Object::Namespace(Box::new(o))
            }),
            watch(Api::<DeserializeGuard<ServerPlan>>::all(client.clone()), all(), KINDS[1], |o| {
                Object::Plan(Box::new(o))
            }),
            watch(Api::<DeserializeGuard<OSImage>>::all(client.clone()), all(), KINDS[2], |o| {
                Object::Image(Box::new(o))
            }),
            watch(Api::<DeserializeGuard<ProxmoxSite>>::all(client.clone()), all(), KINDS[3], |o| {
                Object::Site(Box::new(o))
            }),
            watch(Api::<DeserializeGuard<Network>>::all(client.clone()), all(), KINDS[4], |o| {
                Object::Network(Box::new(o))
            }),
            watch(Api::<DeserializeGuard<RetainedServer>>::all(client.clone()), all(), KINDS[5], |o| {
                Object::Retained(Box::new(o))
            }),
            watch(Api::<DeserializeGuard<VirtualServer>>::all(client.clone()), all(), KINDS[6], |o| {
                Object::Server(Box::new(o))
            }),
            watch(Api::<DeserializeGuard<VirtualServerAction>>::all(client.clone()), all(), KINDS[7], |o| {
                Object::Action(Box::new(o))
            }),
            watch(Api::<DeserializeGuard<AddressPool>>::all(client.clone()), all(), KINDS[8], |o| {
                Object::Pool(Box::new(o))
            }),
        ];
        futures::stream::select_all(streams)
    }

    /// A list below what was mirrored is a restored etcd: nothing is dispatched into it before somebody says so.
    async fn compare_resource_version(&self) -> Result<(), MirrorError> {
        let servers: Api<VirtualServer> = Api::all(self.client.0.clone());
        let page = tokio::time::timeout(CALL_TIMEOUT, servers.list_metadata(&ListParams::default().limit(1)))
            .await
            .map_err(|_| MirrorError::Timeout)??;
        let version = page.metadata.resource_version.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default();
        let mut connection = self.app.pool.acquire().await?;
        state::compare_resource_version(&mut connection, version).await?;
        state::publish(&mut connection, &self.app.metrics).await?;
        Ok(())
    }

    /// Objects of the cluster are everybody's; those of a namespace are its installation's.
    fn is_foreign(&self, kind: &str, object: &Reference) -> bool {
        let namespace = if kind == "Namespace" { &object.name } else { &object.namespace };
        !namespace.is_empty() && !self.scope.includes(namespace)
    }

    async fn take(&mut self, kind: &'static str, seen: Seen) -> Result<(), MirrorError> {
        match seen {
            Seen::ListStarted => {
                self.complete.remove(kind);
                self.listed.insert(kind, Vec::new());
            }
            Seen::Listed(ref reference, _) | Seen::Changed(ref reference, _) | Seen::Deleted(ref reference)
                if self.is_foreign(kind, reference) => {}
            Seen::Listed(reference, object) => {
                self.listed.entry(kind).or_default().push(reference.clone());
                self.store(kind, &reference, object).await?;
            }
            Seen::ListEnded => {
                self.complete.insert(kind);
                self.compare_lists(kind).await?;
            }
            Seen::Changed(reference, object) => self.store(kind, &reference, object).await?,
            Seen::Deleted(reference) => {
                let deleted = self.forget(kind, &reference).await;
                self.flag_if_bad(kind, &reference, deleted).await?;
            }
        }
        Ok(())
    }

    async fn store(
        &self,
        kind: &'static str,
        reference: &Reference,
        object: Result<Object, String>,
    ) -> Result<(), MirrorError> {
        let stored = match object {
            Ok(object) => self.upsert_again_when_crossed(&object).await,
            Err(message) => Err(sqlx::Error::Protocol(message)),
        };
        self.app.metrics.mirrored.get_or_create(&KindLabels { kind }).inc();
        self.flag_if_bad(kind, reference, stored).await
    }

    /// Postgres ends one of two transactions that wait for each other; it is no fault of the object.
    async fn upsert_again_when_crossed(&self, object: &Object) -> Result<(), sqlx::Error> {
        for _ in 1..UPSERT_ATTEMPTS {
            match self.upsert(object).await {
                Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code.starts_with("40")) => {}
                done => return done,
            }
        }
        self.upsert(object).await
    }

    async fn upsert(&self, object: &Object) -> Result<(), sqlx::Error> {
        let (app, mut transaction) = (&self.app, self.app.pool.begin().await?);
        match object {
            Object::Namespace(namespace) => namespace::upsert(&mut transaction, namespace).await?,
            Object::Plan(plan) => catalogue::upsert_plan(&mut transaction, plan).await?,
            Object::Image(image) => catalogue::upsert_image(&mut transaction, image).await?,
            Object::Site(site) => catalogue::upsert_site(&mut transaction, site).await?,
            Object::Network(network) => catalogue::upsert_network(&mut transaction, network).await?,
            Object::Pool(pool) => catalogue::upsert_pool(&mut transaction, pool).await?,
            Object::Retained(record) => retained::upsert(&mut transaction, record, app.env.now()).await?,
            Object::Server(object) => server::upsert(&mut transaction, &app.env, &self.managers, object).await?,
            Object::Action(object) => action::upsert(&mut transaction, object, app.env.now()).await?,
        }
        transaction.commit().await
    }

    async fn forget(&self, kind: &'static str, reference: &Reference) -> Result<(), sqlx::Error> {
        let (now, mut transaction) = (self.app.env.now(), self.app.pool.begin().await?);
        match kind {
            "VirtualServer" => absence::mark_absent(&mut transaction, &reference.uid, now).await?,
            "VirtualServerAction" => action::mark_absent(&mut transaction, &reference.uid, now).await?,
            "RetainedServer" => retained::forget(&mut transaction, &reference.name, now).await?,
            "Namespace" => namespace::forget(&mut transaction, &reference.name).await?,
            _ => catalogue::forget(&mut transaction, kind, &reference.name).await?,
        }
        flag::clear(&mut transaction, kind, reference).await?;
        transaction.commit().await
    }

    /// After a complete list: what Postgres has and the list has not is gone. Servers are judged when every kind has
    /// been listed, because retained records explain absences.
    async fn compare_lists(&mut self, kind: &'static str) -> Result<(), MirrorError> {
        let listed = self.listed.get(kind).cloned().unwrap_or_default();
        let mut connection = self.app.pool.acquire().await?;
        match kind {
            "VirtualServer" => {}
            "VirtualServerAction" => {
                let uids: Vec<String> = listed.into_iter().map(|reference| reference.uid).collect();
                action::keep_only(&mut connection, &uids, self.app.env.now()).await?;
            }
            "RetainedServer" => {
                let names: Vec<String> = listed.into_iter().map(|reference| reference.name).collect();
                retained::keep_only(&mut connection, &names, self.app.env.now()).await?;
            }
            "Namespace" => {
                let names: Vec<String> = listed.into_iter().map(|reference| reference.name).collect();
                namespace::keep_only(&mut connection, &names).await?;
            }
            _ => {
                let names: Vec<String> = listed.into_iter().map(|reference| reference.name).collect();
                catalogue::keep_only(&mut connection, kind, &names).await?;
            }
        }
        if self.complete.len() == KINDS.len() {
            let servers = self.listed.remove("VirtualServer").unwrap_or_default();
            let uids: Vec<String> = servers.into_iter().map(|reference| reference.uid).collect();
            absence::judge(&self.app, &self.client.0, &uids).await?;
        }
        Ok(())
    }

    async fn flag_if_bad(
        &self,
        kind: &'static str,
        reference: &Reference,
        done: Result<(), sqlx::Error>,
    ) -> Result<(), MirrorError> {
        let mut connection = match done {
            Err(error) if is_database_away(&error) => return Err(error.into()),
            done => {
                let mut connection = self.app.pool.acquire().await?;
                if let Err(error) = done {
                    tracing::warn!(kind, namespace = reference.namespace, name = reference.name, %error, "cannot be mirrored");
                    self.app.metrics.flagged.get_or_create(&KindLabels { kind }).inc();
                    flag::set(&mut connection, kind, reference, &error.to_string(), self.app.env.now()).await?;
                    return Ok(());
                }
                connection
            }
        };
        flag::clear(&mut connection, kind, reference).await?;
        Ok(())
    }

    async fn keep_house(&self) -> Result<(), MirrorError> {
        let now = self.app.env.now();
        let mut transaction = self.app.pool.begin().await?;
        settle::expire(&mut transaction, now).await?;
        crate::auth::session::forget_expired(&mut transaction, now).await?;
        state::publish(&mut transaction, &self.app.metrics).await?;
        transaction.commit().await?;
        Ok(())
    }
}

fn watch<K>(
    api: Api<DeserializeGuard<K>>,
    config: watcher::Config,
    kind: &'static str,
    wrap: impl Fn(K) -> Object + Send + 'static,
) -> Stream
where
    K: Resource + DeserializeOwned + Clone + Debug + Send + 'static,
    K::DynamicType: Default + Clone + Eq + std::hash::Hash + Debug + Send + Sync,
{
    let read = move |object: DeserializeGuard<K>| {
        let reference = reference(&object);
        (reference, object.0.map(&wrap).map_err(|error| error.to_string()))
    };
    watcher(api, config)
        .default_backoff()
        .map_ok(move |event| {
            let seen = match event {
                watcher::Event::Init => Seen::ListStarted,
                watcher::Event::InitApply(object) => {
                    let (reference, object) = read(object);
                    Seen::Listed(reference, object)
                }
                watcher::Event::InitDone => Seen::ListEnded,
                watcher::Event::Apply(object) => {
                    let (reference, object) = read(object);
                    Seen::Changed(reference, object)
                }
                watcher::Event::Delete(object) => Seen::Deleted(reference(&object)),
            };
            (kind, seen)
        })
        .boxed()
}

fn reference<K: Resource>(object: &DeserializeGuard<K>) -> Reference {
    Reference {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        uid: object.uid().unwrap_or_default(),
    }
}
