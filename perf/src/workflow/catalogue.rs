//! A plan, addresses and limits that hundreds of servers fit in, beside the demo's.

use std::{fmt::Debug, path::Path};

use anyhow::{Context as _, Result};
use kube::{
    Api, Client, Config,
    api::{Patch, PatchParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use slipway_crds::{AddressPool, Network, ProxmoxSite, ServerPlan};

/// The name of plan and network.
pub(super) const NAME: &str = "perf";
pub(super) const SITE: &str = "home";
pub(super) const IMAGE: &str = "debian-13";
/// One larger than the template's, so that each create has a disk to grow.
pub(super) const DISK_GIB: u32 = 4;
pub(super) const MEMORY_MIB: u32 = 512;

pub(super) async fn furnish(kubeconfig: &Path) -> Result<Client> {
    let options = KubeConfigOptions::default();
    let kubeconfig = Kubeconfig::read_from(kubeconfig).context("the kubeconfig cannot be read")?;
    let client = Client::try_from(Config::from_custom_kubeconfig(kubeconfig, &options).await?)?;
    let plan = json!({ "cores": 1, "memoryMiB": MEMORY_MIB, "diskGiB": DISK_GIB, "maxDiskGiB": DISK_GIB });
    apply::<ServerPlan>(&client, NAME, &plan).await?;
    let pool = json!({
        "scope": NAME, "subnet": "10.64.0.0/16", "gateway": "10.64.0.1",
        "ranges": [{ "first": "10.64.1.0", "last": "10.64.254.255" }], "nameservers": ["10.64.0.1"]
    });
    apply::<AddressPool>(&client, NAME, &pool).await?;
    let network = json!({ "siteRefs": [SITE], "bridge": "vmbr0", "pools": [NAME], "allowedNamespaces": ["*"] });
    apply::<Network>(&client, NAME, &network).await?;
    // Tasks at once stay as a site has them by default.
    let limits = json!({ "spec": { "limits": {
        "memoryPercent": 1000, "coresPercent": 10_000, "addressesPerNamespace": 60_000, "deletionsPercent": 100
    } } });
    let sites: Api<ProxmoxSite> = Api::all(client.clone());
    sites.patch(SITE, &PatchParams::default(), &Patch::Merge(&limits)).await?;
    Ok(client)
}

async fn apply<K>(client: &Client, name: &str, spec: &Value) -> Result<()>
where
    K: kube::Resource<DynamicType = (), Scope = kube::core::ClusterResourceScope>
        + Clone
        + DeserializeOwned
        + Debug
        + Serialize,
{
    let api: Api<K> = Api::all(client.clone());
    let object =
        json!({ "apiVersion": K::api_version(&()), "kind": K::kind(&()), "metadata": { "name": name }, "spec": spec });
    api.patch(name, &PatchParams::apply("perf").force(), &Patch::Apply(&object)).await?;
    Ok(())
}
