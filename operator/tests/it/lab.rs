//! A laboratory of its own for each test: a Proxmox cluster, a site, a catalogue, a namespace and a running operator.

use std::{collections::BTreeMap, fmt::Debug, net::SocketAddr, time::Duration};

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{
    Api, Client, Config as KubeConfig, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use pve_testbed::{
    World,
    request::{Method, Request},
    server::{Handle, Options, TlsMaterial, serve},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use slipway_crds::{
    AddressClaim, AddressPool, Network, OSImage, ProxmoxSite, RetainedServer, ServerPlan, VirtualServer,
    VirtualServerAction, address_claim::claim_name,
};
use slipway_operator::{config::Config, init::init, run::run};
use tokio_util::sync::CancellationToken;

/// Proxmox's time runs this much faster.
const SPEED: f64 = 60.0;

pub struct Lab {
    pub client: Client,
    pub pve: Handle,
    pub namespace: String,
    pub site: String,
    pub endpoint: SocketAddr,
    pub installation: String,
    stop: CancellationToken,
    operator: tokio::task::JoinHandle<anyhow::Result<()>>,
    suffix: String,
    rotation_seconds: u64,
}

impl Lab {
    /// Everything, with the operator running.
    pub async fn start() -> Self {
        Self::rotating_every(60).await
    }

    /// A lab where Proxmox's tasks take long enough to be met on their way on a busy machine.
    pub async fn in_slow_motion() -> Self {
        Self::begin(60, SPEED / 10.0, |_| {}).await
    }

    /// The same, with the site's identity and epoch looked at every so many seconds.
    pub async fn rotating_every(rotation_seconds: u64) -> Self {
        Self::begin(rotation_seconds, SPEED, |_| {}).await
    }

    /// Everything, where the nodes' clocks tell real time: two backups of one guest must not be made within a second.
    pub async fn with_real_clocks() -> Self {
        let unix = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap();
        Self::begin(60, SPEED, move |world| world.keep_real_time(unix, SPEED)).await
    }

    async fn begin(rotation_seconds: u64, pace: f64, prepare: impl FnOnce(&mut World)) -> Self {
        // What the operator says, for whoever looks at a test that failed.
        if std::env::var_os("RUST_LOG").is_some() {
            let filter = tracing_subscriber::EnvFilter::from_default_env();
            let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        }
        let client = admin().await;
        let installation = init(client.clone(), "new").await.unwrap();
        let suffix = format!("{:08x}", rand::random::<u32>());
        let (pve, token) = cluster_of(7, &installation, pace, prepare).await;
        let endpoint = free_address();
        let mut lab = Self {
            namespace: format!("lab-{suffix}"),
            site: format!("site-{suffix}"),
            operator: tokio::spawn(async { Ok(()) }),
            stop: CancellationToken::new(),
            client,
            pve,
            endpoint,
            installation,
            suffix,
            rotation_seconds,
        };
        lab.furnish(&token).await;
        lab.start_operator();
        lab
    }

    fn config(&self) -> Config {
        Config {
            namespace: self.namespace.clone(),
            listen: self.endpoint,
            sites: vec![self.site.clone()],
            lease: "slipway-operator".into(),
            inventory_seconds: 1,
            rotation_seconds: self.rotation_seconds,
        }
    }

    pub fn start_operator(&mut self) {
        self.stop = CancellationToken::new();
        self.operator = tokio::spawn(run(self.client.clone(), self.config(), self.stop.clone()));
    }

    /// Another replica beside the one that leads, and where it listens.
    pub async fn start_standby(&self) -> SocketAddr {
        let listen = free_address();
        let config = Config { listen, ..self.config() };
        tokio::spawn(run(self.client.clone(), config, self.stop.clone()));
        while tokio::net::TcpStream::connect(listen).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        listen
    }

    /// As `kill -9`: nothing is finished, the Lease is not given back.
    pub async fn kill_operator(&mut self) {
        self.operator.abort();
        // Tasks that the operator spawned end with its token.
        self.stop.cancel();
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.endpoint = free_address();
    }

    /// The same on the same host and port: the next process has the Lease at once.
    pub async fn kill_and_restart_operator(&mut self) {
        self.operator.abort();
        self.stop.cancel();
        while std::net::TcpListener::bind(self.endpoint).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.start_operator();
    }

    async fn furnish(&self, token: &str) {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": self.namespace } });
        namespaces.create(&PostParams::default(), &serde_json::from_value(namespace).unwrap()).await.unwrap();
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), &self.namespace);
        let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "site" }, "stringData": { "token": token } });
        secrets.create(&PostParams::default(), &serde_json::from_value(secret).unwrap()).await.unwrap();
        let name = |what: &str| self.name(what);
        self.hand_out("192.0.2.10", "192.0.2.20").await;
        self.make::<Network>(
            &name("net"),
            &json!({
                "siteRefs": [self.site], "bridge": "vmbr0", "pools": [name("pool")], "allowedNamespaces": ["lab-*"]
            }),
        )
        .await;
        for (plan, cores, memory, disk) in [("small", 1, 1024, 10), ("large", 2, 4096, 40)] {
            self.make::<ServerPlan>(
                &name(plan),
                &json!({
                    "cores": cores, "memoryMiB": memory, "diskGiB": disk, "maxDiskGiB": 100, "networkMbps": 200
                }),
            )
            .await;
        }
        self.make::<OSImage>(&name("debian"), &json!({
            "displayName": "Debian 13", "osFamily": "debian", "version": "13", "defaultUser": "debian",
            "templateName": "debian-13", "templateTag": "slipway-template",
            "templates": [{ "siteRef": self.site, "node": "pve1", "vmid": 9003 }, { "siteRef": self.site, "node": "pve2", "vmid": 9013 }]
        })).await;
        self.make::<ProxmoxSite>(&self.site, &json!({
            "endpoints": [self.pve.url()], "credentialsSecretRef": { "name": "site" }, "tls": { "caBundle": self.pve.ca_pem() },
            "vmidRange": { "start": 100_000, "end": 199_999 }, "defaultNetwork": name("net")
        })).await;
    }

    /// What the lab's pool hands out, from now on.
    pub async fn hand_out(&self, first: &str, last: &str) {
        let spec = json!({
            "scope": self.name("scope"), "subnet": "192.0.2.0/24", "gateway": "192.0.2.1",
            "ranges": [{ "first": first, "last": last }], "nameservers": ["192.0.2.1"]
        });
        self.make::<AddressPool>(&self.name("pool"), &spec).await;
    }

    /// The name of a catalogue object of this lab: `small`, `large`, `debian`, `net`, `pool`.
    pub fn name(&self, what: &str) -> String {
        format!("{what}-{}", self.suffix)
    }

    pub async fn make<K>(&self, name: &str, spec: &Value)
    where
        K: kube::Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + serde::Serialize,
    {
        let api: Api<K> = Api::all(self.client.clone());
        let object = json!({ "apiVersion": K::api_version(&()), "kind": K::kind(&()), "metadata": { "name": name }, "spec": spec });
        api.patch(name, &PatchParams::apply("test").force(), &Patch::Apply(&object)).await.unwrap();
    }

    /// Changes fields of the site's spec; null removes one.
    pub async fn merge_site(&self, spec: &Value) {
        let sites: Api<ProxmoxSite> = Api::all(self.client.clone());
        let patch = Patch::Merge(json!({ "spec": spec }));
        sites.patch(&self.site, &PatchParams::default(), &patch).await.unwrap();
    }

    pub fn servers(&self) -> Api<VirtualServer> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn actions(&self) -> Api<VirtualServerAction> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn records(&self) -> Api<RetainedServer> {
        Api::all(self.client.clone())
    }

    /// Deletes a server and waits until its object is gone.
    pub async fn delete(&self, name: &str) {
        self.servers().delete(name, &DeleteParams::default()).await.unwrap();
        for _ in 0..200 {
            if self.servers().get_opt(name).await.unwrap().is_none() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{name} hangs in deletion");
    }

    /// The smallest manifest, with `more` merged over its spec, applied as `kubectl apply --server-side` would.
    pub async fn apply(&self, name: &str, more: Value) -> VirtualServer {
        let mut spec = json!({
            "siteRef": self.site, "planRef": self.name("small"), "imageRef": self.name("debian"),
            "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxh lab@example.org"] }
        });
        merge(&mut spec, &more);
        let object = json!({ "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": name }, "spec": spec });
        self.servers().patch(name, &PatchParams::apply("test").force(), &Patch::Apply(&object)).await.unwrap()
    }

    /// Waits until the server satisfies `is`, and answers it.
    pub async fn wait(&self, name: &str, what: &str, is: impl Fn(&VirtualServer) -> bool) -> VirtualServer {
        let mut last = None;
        for _ in 0..600 {
            last = self.servers().get_opt(name).await.unwrap();
            if let Some(server) = &last
                && is(server)
            {
                return server.clone();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{name} never was {what}; its status: {:#}", json!(last.and_then(|s| s.status)));
    }

    pub async fn wait_ready(&self, name: &str) -> VirtualServer {
        self.wait(name, "Ready", |s| {
            condition(s, "Ready") == Some(("True", "AsWished"))
                && s.status.as_ref().and_then(|t| t.observed_generation) == s.metadata.generation
        })
        .await
    }

    pub async fn wait_reason(&self, name: &str, reason: &str) -> VirtualServer {
        self.wait(name, reason, |s| condition(s, "Ready").is_some_and(|(status, r)| status == "False" && r == reason))
            .await
    }

    /// Creates an action and waits for its end; answers phase and message.
    pub async fn act(&self, server: &str, verb: &str) -> (String, String) {
        self.act_with(server, verb, json!({})).await
    }

    /// The same, of exactly this server, with what the verb takes.
    pub async fn act_with(&self, server: &str, verb: &str, parameters: Value) -> (String, String) {
        let name = format!("{server}-{:06x}", rand::random::<u32>() & 0xff_ffff);
        self.create_action_with(&name, server, verb, parameters).await;
        self.wait_action(&name).await
    }

    pub async fn create_action(&self, name: &str, server: &str, verb: &str) {
        self.create_action_with(name, server, verb, json!({})).await;
    }

    pub async fn create_action_with(&self, name: &str, server: &str, verb: &str, parameters: Value) {
        let not_after = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string();
        let uid = self.servers().get(server).await.unwrap().uid();
        let mut spec = json!({ "serverRef": { "name": server, "uid": uid }, "verb": verb, "notAfter": not_after });
        merge(&mut spec, &parameters);
        let action = json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction", "metadata": { "name": name },
            "spec": spec
        });
        self.actions().create(&PostParams::default(), &serde_json::from_value(action).unwrap()).await.unwrap();
    }

    pub async fn wait_action(&self, name: &str) -> (String, String) {
        for _ in 0..600 {
            let status = self.actions().get(name).await.unwrap().status.unwrap_or_default();
            if status.phase.is_terminal() {
                return (format!("{:?}", status.phase), status.message.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("action {name} never ended: {:?}", self.actions().get(name).await.unwrap().status);
    }

    /// A call to Proxmox as its root, by a person at its dashboard.
    pub fn root(&self, method: Method, path: &str, params: &[(&str, &str)]) -> Value {
        self.pve.with_world(|world| {
            let token = world.root_token();
            let request = params.iter().fold(Request::new(method, path).token(&token), |r, (k, v)| r.with(k, v));
            world.call(request).data().clone()
        })
    }

    /// VMs on Proxmox that are no templates: their numbers.
    /// The claim of an IPv4 address of the lab's pool.
    pub async fn claim(&self, address: &str) -> AddressClaim {
        let claims: Api<AddressClaim> = Api::all(self.client.clone());
        let name = claim_name(&self.name("scope"), address.parse().unwrap(), 32);
        claims.get(&name).await.unwrap()
    }

    pub fn vms(&self) -> Vec<u64> {
        let rows = self.root(Method::Get, "/cluster/resources", &[("type", "vm")]);
        let mut all: Vec<u64> = rows
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|r| r["vmid"].as_u64())
            .filter(|vmid| *vmid >= 10_000)
            .collect();
        all.sort_unstable();
        all
    }

    /// The configuration of a server's VM.
    pub fn config_of(&self, server: &VirtualServer) -> Value {
        let status = server.status.as_ref().unwrap();
        let path = format!("/nodes/{}/qemu/{}/config", status.node.as_ref().unwrap(), status.vmid.unwrap());
        self.root(Method::Get, &path, &[])
    }

    /// A counter of the operator's own, by one of its labels.
    pub async fn metrics(&self, name: &str, label: &str) -> BTreeMap<String, u64> {
        let text = reqwest::get(format!("http://{}/metrics", self.endpoint)).await.unwrap().text().await.unwrap();
        let mut all = BTreeMap::new();
        for line in text.lines().filter(|l| l.starts_with(name)) {
            let value = line.split(&format!("{label}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
            *all.entry(value.to_owned()).or_default() += line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
        }
        all
    }

    /// Ends the operator in good order.
    pub async fn end(self) {
        self.stop.cancel();
        self.operator.await.unwrap().unwrap();
        self.pve.shutdown().await;
    }
}

/// A Proxmox cluster, and the operator's token there.
pub async fn cluster(seed: u64, installation: &str) -> (Handle, String) {
    cluster_of(seed, installation, SPEED, |_| {}).await
}

async fn cluster_of(seed: u64, installation: &str, pace: f64, prepare: impl FnOnce(&mut World)) -> (Handle, String) {
    let mut world = World::seeded(seed);
    prepare(&mut world);
    let token = world.least_privilege_token(installation).token;
    let tls = TlsMaterial::generate(&[], &[]).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    (serve(world, listener, &tls, &Options { speed: pace, control: false }).unwrap(), token)
}

pub fn condition<'a>(server: &'a VirtualServer, type_: &str) -> Option<(&'a str, &'a str)> {
    let found = server.status.as_ref()?.conditions.iter().find(|c| c.type_ == type_)?;
    Some((&found.status, &found.reason))
}

pub fn message(server: &VirtualServer) -> String {
    let conditions = server.status.iter().flat_map(|s| &s.conditions);
    conditions.filter(|c| c.type_ == "Ready").map(|c| c.message.clone()).collect()
}

pub async fn admin() -> Client {
    let path = std::env::var("SLIPWAY_TEST_KUBECONFIG")
        .expect("run `make test`, or set SLIPWAY_TEST_KUBECONFIG to an admin's kubeconfig");
    let kubeconfig = Kubeconfig::read_from(path).unwrap();
    let config = KubeConfig::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

/// Events about an object, `reason: note`, once all of `wanted` are told: they are written after the status.
pub async fn events(client: &Client, namespace: &str, name: &str, wanted: &[&str]) -> Vec<String> {
    let api: Api<k8s_openapi::api::events::v1::Event> = Api::namespaced(client.clone(), namespace);
    let mut told: Vec<String> = vec![];
    for _ in 0..100 {
        let all = api.list(&kube::api::ListParams::default()).await.unwrap().items.into_iter();
        let about = all.filter(|e| e.regarding.as_ref().and_then(|r| r.name.as_deref()) == Some(name));
        told = about.map(|e| format!("{}: {}", e.reason.unwrap_or_default(), e.note.unwrap_or_default())).collect();
        if wanted.iter().all(|word| told.iter().any(|event| event.contains(word))) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("of {wanted:?} not all was told: {told:#?}");
}

fn merge(into: &mut Value, more: &Value) {
    for (key, value) in more.as_object().unwrap() {
        into[key] = value.clone();
    }
}

fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Which address of a pool a server gets is a matter of chance.
pub fn addresses(server: &VirtualServer) -> &[String] {
    &server.status.as_ref().unwrap().addresses
}

pub fn uid(server: &VirtualServer) -> String {
    server.uid().unwrap()
}
