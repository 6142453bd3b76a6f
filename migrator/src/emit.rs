//! `--emit manifests DIR`: the servers as `VirtualServers` for Git, one file each in the folder of its namespace.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use slipway_api::account::store::slug_and_namespace;
use slipway_api::id::AccountId;

use crate::carried::{LegacyId, Link};
use crate::inventory::Machines;
use crate::pass::{Page, Records};
use crate::target::ids::Ids;
use crate::target::servers::is_live;
use crate::target::wish::{Made, Offer, Wish, wish};

#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    #[error("{path} cannot be written: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("a manifest cannot be written: {0}")]
    Yaml(#[from] serde_yaml_ng::Error),
}

/// Writes manifests of live services with an identified machine.
#[derive(Debug)]
pub struct Emitter {
    dir: PathBuf,
    ids: Ids,
    machines: Arc<Machines>,
    offer: Offer,
    namespaces: HashMap<LegacyId, String>,
    taken: HashMap<LegacyId, BTreeSet<String>>,
    pub written: u64,
}

impl Emitter {
    /// `images`: those that the mapping names.
    pub fn new(dir: PathBuf, source: &str, machines: Arc<Machines>, images: impl IntoIterator<Item = String>) -> Self {
        let offer = Offer { images: images.into_iter().collect(), ..Offer::default() };
        let ids = Ids::new(source);
        Self { dir, ids, machines, offer, namespaces: HashMap::new(), taken: HashMap::new(), written: 0 }
    }

    pub fn take(&mut self, page: &Page) -> Result<(), EmitError> {
        match &page.records {
            Records::Clients(clients) => {
                for account in &clients.accounts {
                    let id = AccountId(self.ids.account(account.id));
                    let (_, namespace) = slug_and_namespace(id, &account.name);
                    self.namespaces.insert(account.id, namespace);
                }
                Ok(())
            }
            Records::Services(services, _) => {
                for service in services.iter().filter(|s| is_live(s) && matches!(s.link, Link::Machine { .. })) {
                    let Some(namespace) = self.namespaces.get(&service.account).cloned() else { continue };
                    let taken = self.taken.entry(service.account).or_default();
                    let id = self.ids.server(service.id);
                    let Made { wish, .. } = wish(service, id, &self.machines, &self.offer, taken);
                    taken.insert(wish.name.clone());
                    if wish.adopt.is_some() {
                        let text = serde_yaml_ng::to_string(&manifest(&namespace, service.id, &wish))?;
                        write(&self.dir.join(&namespace), &format!("{}.yaml", wish.object_name), &text)?;
                        self.written += 1;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), EmitError> {
    let path = folder.join(name);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
    written.map_err(|source| EmitError::File { path, source })
}

/// Applied by a pipeline that may set what only the provider may.
fn manifest(namespace: &str, service: LegacyId, wish: &Wish) -> Value {
    let size = wish.size.map(|size| {
        let mut resources = json!({ "cores": size.cores, "memoryMiB": size.memory_mib, "diskGiB": size.disk_gib });
        if let Some(mbps) = wish.network_mbps {
            resources["networkMbps"] = mbps.into();
        }
        resources
    });
    let network = |n: &crate::target::wish::Interface| {
        let mut network = json!({ "name": n.name, "networkRef": n.network });
        for (key, address) in [("address", n.address), ("address6", n.address6)] {
            if let Some(address) = address {
                network[key] = address.to_string().into();
            }
        }
        network
    };
    let mut spec = json!({
        "siteRef": wish.site,
        "hostname": wish.name,
        "driftPolicy": "Report",
        "deletionProtection": true,
        "adopt": wish.adopt,
    });
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            spec[key] = value;
        }
    };
    set("planRef", wish.plan.clone().map(Value::from));
    set("resources", size);
    set("imageRef", wish.image.clone().map(Value::from));
    set("suspended", wish.suspended.as_ref().map(|reason| json!({ "reason": reason })));
    let networks: Vec<Value> = wish.networks.iter().map(network).collect();
    set("networks", (!networks.is_empty()).then_some(networks.into()));
    let disks: Vec<Value> = wish.disks.iter().map(|(name, gib)| json!({ "name": name, "sizeGiB": gib })).collect();
    set("disks", (!disks.is_empty()).then_some(disks.into()));
    set("access", (!wish.ssh_keys.is_empty()).then(|| json!({ "sshKeys": wish.ssh_keys })));
    json!({
        "apiVersion": "slipway.dev/v1alpha1",
        "kind": "VirtualServer",
        "metadata": {
            "name": wish.object_name,
            "namespace": namespace,
            "annotations": { "whmcs-service": service.to_string() },
        },
        "spec": spec,
    })
}
