//! A fleet on a real kube-apiserver and the Proxmox VE testbed: what creates cost, and what it costs when it is idle.

use std::{collections::BTreeMap, fmt::Debug, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{
    Api, Client, Config as KubeConfig,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use pve_testbed::{
    World,
    request::{Method, Request},
    server::{CallCounts, Handle, Options, TlsMaterial, serve},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use slipway_crds::{AddressPool, Network, OSImage, ProxmoxSite, RetainedServer, ServerPlan, VirtualServer};
use slipway_operator::init::init;
use tokio::time::Instant;

use super::process::Operator;
use crate::{figure::Figure, machine::MIB};

const NAMESPACE: &str = "slipway-perf";
const SITE: &str = "perf";
const NODES: [&str; 8] = ["pve1", "pve2", "pve3", "pve4", "pve5", "pve6", "pve7", "pve8"];
/// Of each storage of a node: 100 TiB, for ten thousand disks.
const STORAGE: u64 = 100 << 40;
/// Proxmox tasks at once: what a site allows by default.
pub(crate) const TASKS: u32 = 8;
/// What the doctor asks beside the images' templates.
const CHECK_UP: [&str; 5] = ["permissions", "firewall", "node_bridges", "node_storages", "node_time"];
/// What Proxmox takes the filters of an interface in: its options, a set, and the address in the set.
const FILTERS: [&str; 3] = ["set_firewall_options", "create_ipset", "add_to_ipset"];
/// After the last server was Ready: the next inventory was read.
const SETTLES: Duration = Duration::from_secs(15);
/// Between the last change and the beginning of the idle time: the doctor's second look is over, and the third far away.
const REST: Duration = Duration::from_secs(150);

#[derive(Debug, clap::Args)]
pub(crate) struct Fleet {
    /// Servers of the idle fleet; 0 leaves the fleet out, as does a missing kubeconfig.
    #[arg(long, default_value_t = 1000)]
    servers: u32,
    /// So many servers are ordered at once and made at Proxmox's own speed, with the limits that a site has by default;
    /// one such burst after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [40])]
    creates: Vec<u32>,
    /// Seconds that the idle fleet is watched.
    #[arg(long, default_value_t = 180)]
    idle_seconds: u64,
    /// How much faster Proxmox is while the rest of the fleet is made.
    #[arg(long, default_value_t = 300.0)]
    speed: f64,
    /// An admin's kubeconfig.
    #[arg(long, env = "SLIPWAY_TEST_KUBECONFIG")]
    kubeconfig: Option<PathBuf>,
    /// Where the operator's log goes.
    #[arg(long, default_value = "/dev/null")]
    log: PathBuf,
}

impl Fleet {
    pub(super) fn measure(&self) -> Result<Vec<Figure>> {
        let Some(kubeconfig) = self.kubeconfig.as_ref().filter(|_| self.servers > 0) else {
            eprintln!("no fleet: it needs a kube-apiserver, as `testbed with -- slipway-perf operator` has");
            return Ok(vec![]);
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            let kubeconfig = kubeconfig.to_str().context("the kubeconfig's path is no text")?;
            let mut lab = Lab::start(kubeconfig, self.log.clone()).await?;
            let mut figures = lab.bursts(&self.creates).await?;
            figures.extend(lab.idle(self).await?);
            Ok(figures)
        })
    }
}

/// A kube-apiserver with a site, and the Proxmox VE testbed of that site in this process.
pub(crate) struct Lab {
    client: Client,
    kubeconfig: String,
    log: PathBuf,
    tls: TlsMaterial,
    /// None while it changes its speed.
    pve: Option<Handle>,
    /// Servers so far; none has the name of another.
    ordered: u32,
    /// Of them deleted.
    deleted: u32,
}

impl Lab {
    pub(crate) async fn start(kubeconfig: &str, log: PathBuf) -> Result<Self> {
        let options = KubeConfigOptions::default();
        let config = KubeConfig::from_custom_kubeconfig(Kubeconfig::read_from(kubeconfig)?, &options).await?;
        let client = Client::try_from(config)?;
        let installation = init(client.clone(), "new").await?;
        let mut world = World::builder(7).nodes(NODES).storage_size(STORAGE).build();
        let token = world.least_privilege_token(&installation).token;
        let tls = TlsMaterial::generate(&[], &[])?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let pve = serve(world, listener, &tls, &Options { speed: 1.0, control: false })?;
        let lab = Self { client, kubeconfig: kubeconfig.to_owned(), log, tls, pve: Some(pve), ordered: 0, deleted: 0 };
        lab.furnish(&token).await?;
        Ok(lab)
    }

    async fn furnish(&self, token: &str) -> Result<()> {
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } });
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        namespaces.create(&PostParams::default(), &serde_json::from_value(namespace)?).await?;
        let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "site" }, "stringData": { "token": token } });
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), NAMESPACE);
        secrets.create(&PostParams::default(), &serde_json::from_value(secret)?).await?;
        self.make::<AddressPool>(
            "perf",
            &json!({
                "scope": "perf", "subnet": "10.64.0.0/16", "gateway": "10.64.0.1",
                "ranges": [{ "first": "10.64.1.0", "last": "10.64.254.255" }], "nameservers": ["10.64.0.1"]
            }),
        )
        .await?;
        self.make::<Network>(
            "perf",
            &json!({ "siteRefs": [SITE], "bridge": "vmbr0", "pools": ["perf"], "allowedNamespaces": ["*"] }),
        )
        .await?;
        self.make::<ServerPlan>(
            "perf",
            &json!({ "cores": 1, "memoryMiB": 512, "diskGiB": 10, "maxDiskGiB": 10, "networkMbps": 200 }),
        )
        .await?;
        let templates: Vec<Value> =
            (0..).zip(NODES).map(|(n, node)| json!({ "siteRef": SITE, "node": node, "vmid": 9003 + 10 * n })).collect();
        self.make::<OSImage>(
            "debian-13",
            &json!({
                "displayName": "Debian 13", "osFamily": "debian", "version": "13", "defaultUser": "debian",
                "templateName": "debian-13", "templateTag": "slipway-template", "templates": templates
            }),
        )
        .await?;
        self.limit(TASKS, TASKS / 2).await
    }

    /// The site, with so many tasks at once.
    async fn limit(&self, tasks: u32, tasks_a_node: u32) -> Result<()> {
        let pve = self.pve.as_ref().context("Proxmox does not run")?;
        self.make::<ProxmoxSite>(
            SITE,
            &json!({
                "endpoints": [pve.url()], "credentialsSecretRef": { "name": "site" }, "tls": { "caBundle": pve.ca_pem() },
                "vmidRange": { "start": 100_000, "end": 199_999 }, "defaultNetwork": "perf",
                "limits": {
                    "concurrentTasks": tasks, "concurrentTasksPerNode": tasks_a_node,
                    "memoryPercent": 1000, "coresPercent": 10_000, "addressesPerNamespace": 60_000, "deletionsPercent": 100
                }
            }),
        )
        .await
    }

    async fn make<K>(&self, name: &str, spec: &Value) -> Result<()>
    where
        K: kube::Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Serialize,
    {
        let api: Api<K> = Api::all(self.client.clone());
        let object = json!({ "apiVersion": K::api_version(&()), "kind": K::kind(&()), "metadata": { "name": name }, "spec": spec });
        api.patch(name, &PatchParams::apply("perf").force(), &Patch::Apply(&object)).await?;
        Ok(())
    }

    /// Proxmox goes on at another speed, at the same address.
    async fn speed(&mut self, speed: f64) -> Result<()> {
        let pve = self.pve.take().context("Proxmox does not run")?;
        let address = pve.address();
        let world = pve.shutdown().await;
        let listener = tokio::net::TcpListener::bind(address).await?;
        self.pve = Some(serve(world, listener, &self.tls, &Options { speed, control: false })?);
        Ok(())
    }

    pub(crate) async fn operator(&self) -> Result<Operator> {
        Operator::start(NAMESPACE, &self.kubeconfig, &self.log).await
    }

    /// Orders so many more servers and waits until all are Ready.
    pub(crate) async fn order(&mut self, operator: &Operator, count: u32) -> Result<()> {
        let before = operator.made_ready().await?;
        let (from, to) = (self.ordered, self.ordered + count);
        self.ordered = to;
        let servers: Api<VirtualServer> = Api::namespaced(self.client.clone(), NAMESPACE);
        for n in from..to {
            let server = json!({
                "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": format!("s-{n}") },
                "spec": {
                    "siteRef": SITE, "planRef": "perf", "imageRef": "debian-13", "deletionGracePeriod": "0s",
                    "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPerfPerfPerfPerfPerfPerfPerfPerfPerfPerfPerf perf@example.org"] }
                }
            });
            servers.create(&PostParams::default(), &serde_json::from_value(server)?).await?;
        }
        let (mut most, mut progressed) = (0, Instant::now());
        loop {
            let ready = operator.made_ready().await? - before;
            if ready >= u64::from(count) && self.all_ready(&servers).await? {
                return Ok(());
            }
            if ready > most {
                if ready / 50 > most / 50 {
                    eprintln!("{ready} of {count} servers are ready");
                }
                (most, progressed) = (ready, Instant::now());
            }
            if progressed.elapsed() > Duration::from_mins(3) {
                bail!("{ready} of {count} servers are ready, and no more become so");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Deletes so many of the last servers and waits until their machines are destroyed.
    pub(crate) async fn delete_last(&mut self, count: u32) -> Result<()> {
        let servers: Api<VirtualServer> = Api::namespaced(self.client.clone(), NAMESPACE);
        for n in self.ordered - count..self.ordered {
            servers.delete(&format!("s-{n}"), &DeleteParams::default()).await?;
        }
        self.deleted += count;
        let stay = (self.ordered - self.deleted) as usize;
        let until = Instant::now() + Duration::from_mins(3);
        let kept: Api<RetainedServer> = Api::all(self.client.clone());
        loop {
            let there = servers.list(&ListParams::default()).await?.items.len();
            let left = there - stay + kept.list(&ListParams::default()).await?.items.len();
            if left == 0 {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("{left} deleted servers are still there");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// What Proxmox was asked so far, by whomever.
    pub(crate) fn calls(&self) -> Result<CallCounts> {
        Ok(self.pve.as_ref().context("Proxmox does not run")?.calls())
    }

    /// Of the cluster's certificates.
    pub(crate) fn ca_pem(&self) -> Result<String> {
        Ok(self.pve.as_ref().context("Proxmox does not run")?.ca_pem().to_owned())
    }

    /// Where Proxmox is and its root's token, as its clients for Python want them.
    pub(crate) fn root(&self) -> Result<Vec<(&'static str, String)>> {
        let pve = self.pve.as_ref().context("Proxmox does not run")?;
        let token = pve.with_world(|world| world.root_token());
        let (id, secret) = token.split_once('=').context("a token has no secret")?;
        let (user, name) = id.split_once('!').context("a token has no name")?;
        let (host, port) = (pve.address().ip().to_string(), pve.address().port().to_string());
        let (user, name, secret) = (user.to_owned(), name.to_owned(), secret.to_owned());
        Ok(vec![
            ("PVE_HOST", host),
            ("PVE_PORT", port),
            ("PVE_USER", user),
            ("PVE_TOKEN_NAME", name),
            ("PVE_TOKEN_SECRET", secret),
        ])
    }

    /// The node that the `n`th of many servers goes to, and its template of Debian 13.
    pub(crate) fn template(n: u32) -> (&'static str, u32) {
        let nodes = u32::try_from(NODES.len()).unwrap_or(1);
        (NODES[(n % nodes) as usize], 9003 + 10 * (n % nodes))
    }

    async fn all_ready(&self, servers: &Api<VirtualServer>) -> Result<bool> {
        Ok(servers.list(&ListParams::default()).await?.items.iter().filter(|s| is_ready(s)).count()
            >= (self.ordered - self.deleted) as usize)
    }

    /// What one create costs alone, and in each burst.
    async fn bursts(&mut self, bursts: &[u32]) -> Result<Vec<Figure>> {
        let operator = self.operator().await?;
        // What a process does when it has just started is no part of a create.
        self.order(&operator, 1).await?;
        tokio::time::sleep(SETTLES).await;
        let mut figures = self.burst(&operator, 1).await?;
        figures.truncate(2);
        for count in bursts {
            tokio::time::sleep(SETTLES).await;
            figures.extend(self.burst(&operator, *count).await?);
        }
        Ok(figures)
    }

    /// Calls of each of `count` creates; and the wall time of all against `Σ task seconds ÷ tasks at once`.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    async fn burst(&mut self, operator: &Operator, count: u32) -> Result<Vec<Figure>> {
        let (calls, tasks_before, began) = (operator.calls().await?, self.task_seconds(), Instant::now());
        self.order(operator, count).await?;
        let wall = began.elapsed().as_secs_f64();
        let made = difference(&calls, &operator.calls().await?);
        for (method, calls) in &made {
            eprintln!("{count} at once: {method} {calls}");
        }
        let each = |calls: u64| calls as f64 / f64::from(count);
        let tasks = self.task_seconds() - tasks_before;
        let bound = tasks / f64::from(TASKS.min(count));
        eprintln!(
            "{count} creates: {wall:.1} s; the bound is {tasks:.0} s of tasks (clone, resize, start) ÷ {TASKS} at once = {bound:.1} s"
        );
        let what = |what: &str| format!("{count} at once: {what}");
        let filters = sum(&made, |method| FILTERS.contains(&method));
        let templates = looks(&made) * NODES.len() as u64;
        Ok(vec![
            Figure::measured(
                what("Proxmox calls a create, beside polls and filters"),
                "calls",
                vec![each(own(&made) - filters - templates)],
            )
            .at_most(8.0),
            Figure::measured(what("calls for the filters of a server"), "calls", vec![each(filters)]),
            Figure::measured(what("wall time"), "s", vec![wall]),
            Figure::fact(what("bound: seconds of tasks ÷ tasks at once"), "s", bound),
            Figure::ratio(what("wall time ÷ bound"), vec![wall / bound]).at_most(1.1),
        ])
    }

    /// Of all tasks that ever ran, by Proxmox's own log, which tells whole seconds.
    fn task_seconds(&self) -> f64 {
        let Some(pve) = &self.pve else { return 0.0 };
        let rows = pve.with_world(|world| {
            let token = world.root_token();
            let of_node = |node: &str| {
                let path = format!("/nodes/{node}/tasks");
                let request = Request::new(Method::Get, &path).token(&token).with("limit", "100000");
                world.call(request).data().clone()
            };
            NODES.map(of_node)
        });
        let rows = rows.iter().filter_map(Value::as_array).flatten();
        rows.filter_map(|row| Some(row["endtime"].as_f64()? - row["starttime"].as_f64()?)).sum()
    }

    /// The rest of the fleet is made at a higher speed; then it is watched at Proxmox's own.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    async fn idle(&mut self, fleet: &Fleet) -> Result<Vec<Figure>> {
        let empty = {
            self.speed(fleet.speed).await?;
            self.limit(64, 16).await?;
            let operator = self.operator().await?;
            let resident = operator.resident();
            self.order(&operator, fleet.servers.saturating_sub(self.ordered)).await?;
            resident
        };
        self.speed(1.0).await?;
        // A process that has just started has read everything once more.
        let operator = self.operator().await?;
        tokio::time::sleep(REST).await;
        let (calls, writes, began) = (operator.calls().await?, self.writes().await?, Instant::now());
        tokio::time::sleep(Duration::from_secs(fleet.idle_seconds)).await;
        let seconds = began.elapsed().as_secs_f64();
        let (calls_after, writes_after) = (operator.calls().await?, self.writes().await?);
        let errors = operator.metrics().await?.get("slipway_operator_reconcile_errors_total").copied().unwrap_or(0);
        for (method, count) in difference(&calls, &calls_after) {
            eprintln!("idle: {method} {count}");
        }
        for (what, count) in difference(&writes, &writes_after) {
            eprintln!("idle: {what} {count}");
        }
        let made = |all: BTreeMap<String, u64>| all.values().sum::<u64>() as f64 / seconds;
        let check_up = a_check_up(&calls) as f64;
        let others = difference(&writes, &writes_after).into_iter().filter(|(what, _)| !is_own_bookkeeping(what));
        // A look that fell into the watched time counts as its share of an hour, and not twice.
        let asked = difference(&calls, &calls_after);
        let calls_a_second = made(asked.clone()) - looks(&asked) as f64 * check_up / seconds + check_up / 3600.0;
        let once = |name, unit, value: f64| Figure::measured(name, unit, vec![value]);
        Ok(vec![
            Figure::fact("servers of the fleet", "servers", f64::from(self.ordered)),
            Figure::count("a look of the doctor, once an hour", "calls", check_up),
            once("idle: Proxmox calls, with the doctor's share", "calls/s", calls_a_second).at_most(0.2),
            once("idle: Kubernetes writes but of site and Lease", "writes/s", made(others.collect())).at_most(0.0),
            once("idle: reconciliations that failed", "", errors as f64).at_most(0.0),
            once("operator's memory when it starts with the first servers", "MiB", empty as f64 / MIB),
            once("operator's memory with the fleet", "MiB", operator.resident() as f64 / MIB).at_most(150.0),
        ])
    }

    /// Requests that the kube-apiserver answered and that were no reads, by verb and resource.
    async fn writes(&self) -> Result<BTreeMap<String, u64>> {
        let request = http::Request::get("/metrics").body(vec![])?;
        let text = self.client.request_text(request).await?;
        let mut all = BTreeMap::new();
        for line in text.lines().filter(|line| line.starts_with("apiserver_request_total{")) {
            let label = |name: &str| {
                let rest = line.split(&format!("{name}=\"")).nth(1).unwrap_or_default();
                rest.split('"').next().unwrap_or_default().to_owned()
            };
            let verb = label("verb");
            if ["POST", "PUT", "PATCH", "APPLY", "DELETE"].contains(&verb.as_str()) {
                let value: f64 = line.rsplit(' ').next().unwrap_or_default().parse()?;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
                let value = value as u64;
                *all.entry(format!("{verb} {} {}", label("resource"), label("subresource"))).or_default() += value;
            }
        }
        Ok(all)
    }
}

fn is_ready(server: &VirtualServer) -> bool {
    server.status.iter().flat_map(|s| &s.conditions).any(|c| c.type_ == "Ready" && c.status == "True")
}

/// Calls about one server: neither the site's shared reads nor polls of tasks.
fn own(calls: &BTreeMap<String, u64>) -> u64 {
    const SHARED: [&str; 8] = [
        "cluster_resources",
        "cluster_status",
        "nextid",
        "task_status",
        "pool",
        "set_pool_comment",
        "create_pool",
        "version",
    ];
    let is_shared = |method: &str| SHARED.contains(&method) || CHECK_UP.contains(&method);
    sum(calls, |method| !is_shared(method))
}

fn sum(calls: &BTreeMap<String, u64>, of: impl Fn(&str) -> bool) -> u64 {
    calls.iter().filter(|(method, _)| of(method)).map(|(_, count)| count).sum()
}

/// Of the doctor: each asks once for the permissions, and for a template on each node.
fn looks(calls: &BTreeMap<String, u64>) -> u64 {
    calls.get("permissions").copied().unwrap_or_default()
}

/// Of all looks of the doctor so far, one.
fn a_check_up(calls: &BTreeMap<String, u64>) -> u64 {
    sum(calls, |method| CHECK_UP.contains(&method)) / looks(calls).max(1) + NODES.len() as u64
}

/// What the site's keeper, the Lease and the control plane itself write.
fn is_own_bookkeeping(what: &str) -> bool {
    ["proxmoxsites", "leases", "apiservices", "subjectaccessreviews", "tokenreviews"].iter().any(|r| what.contains(r))
}

fn difference(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let more = |(key, count): (&String, &u64)| (key.clone(), count - before.get(key).copied().unwrap_or(0));
    after.iter().map(more).filter(|(_, count)| *count > 0).collect()
}
