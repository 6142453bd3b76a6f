//! Every machine of a site with its sizes, addresses and how it would be adopted: what a migration compares its services
//! with. Nothing is written.

use std::{collections::BTreeMap, net::IpAddr};

use clap::Args;
use kube::{Api, Client, ResourceExt as _, api::ListParams};
use proxmox_client::{GuestRow, ProxmoxAnswer, ProxmoxRequest, VmConfig};
use serde::{Deserialize, Serialize};
use slipway_crds::{ProxmoxSite, VirtualServer, names::ROOT_DISK};

use super::{
    AdoptError,
    choose::{Choice, Known, Scope, choose},
    installation, is_readable, known, preview, show, vm_of,
};
use crate::{
    kubernetes::{KubernetesError, timed},
    server::{addresses::used, context::Context},
    site::{Site, connect::connect},
};

/// Machines on a page that names no limit, and on any.
const LIMIT: usize = 200;
const MAX_LIMIT: usize = 500;

#[derive(Debug, Args)]
pub struct InventoryArgs {
    /// These sites only.
    #[arg(long)]
    pub site: Vec<String>,
    /// The namespace of the operator, which holds the sites' credentials.
    #[arg(long, env = "SLIPWAY_NAMESPACE", default_value = "slipway-system")]
    pub operator_namespace: String,
}

/// By the site's name.
#[derive(Debug, Default, Serialize)]
struct Inventory {
    sites: BTreeMap<String, Vec<Machine>>,
}

/// Which machines of a site are meant: those with higher numbers.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Page {
    after: Option<u32>,
    limit: Option<usize>,
}

/// A page of them, in the order of their numbers.
#[derive(Debug, Serialize)]
pub struct Machines {
    machines: Vec<Machine>,
    /// `after` of the next page, if there is one.
    next: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    vmid: u32,
    node: String,
    name: String,
    running: bool,
    cores: u32,
    #[serde(rename = "memoryMiB")]
    memory_mib: u32,
    /// Of the root disk.
    #[serde(rename = "diskGiB")]
    disk_gib: u32,
    /// Those that its configuration states.
    addresses: Vec<IpAddr>,
    macs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adoption: Option<Adoption>,
    /// Why it cannot be adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Adoption {
    /// Interface and `Network`; empty: the site's default.
    networks: Vec<(String, String)>,
    /// Beside the root disk: name, slot, GiB.
    disks: Vec<(String, String, u32)>,
    /// It leaves another Proxmox pool.
    move_pool: bool,
    /// What root has to type first.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
}

/// `slipway-operator inventory`: JSON of all sites, read from Proxmox now.
pub async fn inventory(client: Client, args: &InventoryArgs) -> Result<String, AdoptError> {
    let sites: Api<ProxmoxSite> = Api::all(client.clone());
    let mut inventory = Inventory::default();
    let sites = timed(sites.list(&ListParams::default())).await?.items;
    if let Some(unknown) = args.site.iter().find(|name| sites.iter().all(|site| site.name_any() != **name)) {
        return Err(AdoptError::NoSite(unknown.clone()));
    }
    for site in sites.into_iter().filter(|site| args.site.is_empty() || args.site.contains(&site.name_any())) {
        let proxmox = connect(&client, &args.operator_namespace, &site.spec).await?.client;
        let known = known(&client, &site, installation(&client, None).await?).await?;
        let ProxmoxAnswer::Resources(all) = proxmox.call(&ProxmoxRequest::ClusterResources).await? else { continue };
        let mut machines = Vec::new();
        for row in all.guests.into_iter().filter(is_readable) {
            let answer = proxmox.call(&ProxmoxRequest::Config { node: row.node.clone(), vmid: row.vmid }).await;
            machines.push(machine(&known, row, Some(answer)));
        }
        machines.sort_by_key(|machine| machine.vmid);
        inventory.sites.insert(site.name_any(), machines);
    }
    Ok(serde_json::to_string_pretty(&inventory).map_err(AdoptError::Json)? + "\n")
}

/// A page for the internal endpoint: rows come from the inventory, configurations are read now.
pub async fn page(ctx: &Context, site: &Site, page: &Page) -> Result<Machines, KubernetesError> {
    let object = timed(Api::<ProxmoxSite>::all(ctx.client.clone()).get(&site.name)).await?;
    let servers = ctx.catalogue.servers.state().iter().map(|server| (**server).clone()).collect();
    let known = Known { servers, ..preview::known(ctx, site, object.spec.default_network) };
    let inventory = site.inventory();
    let rows = inventory.iter().flat_map(|inventory| inventory.guests.values()).filter(|row| is_readable(row));
    let rest: Vec<&GuestRow> = rows.filter(|row| page.after.is_none_or(|after| row.vmid.get() > after)).collect();
    let limit = page.limit.unwrap_or(LIMIT).clamp(1, MAX_LIMIT);
    let mut machines = Vec::new();
    for row in rest.iter().take(limit) {
        let answer = site.call(&ProxmoxRequest::Config { node: row.node.clone(), vmid: row.vmid }).await;
        machines.push(machine(&known, (*row).clone(), Some(answer)));
    }
    let next = machines.last().map(|last| last.vmid).filter(|_| rest.len() > limit);
    Ok(Machines { machines, next })
}

type Answer = Option<Result<ProxmoxAnswer, proxmox_client::ProxmoxError>>;

fn machine(known: &Known, row: GuestRow, answer: Answer) -> Machine {
    let vm = vm_of(row, answer);
    let config = vm.config.as_ref().ok().cloned();
    let mut machine = Machine {
        vmid: vm.row.vmid.get(),
        node: vm.row.node.to_string(),
        name: vm.row.name.clone(),
        running: vm.row.status == "running",
        cores: config.as_ref().map_or(0, VmConfig::cores),
        memory_mib: config.as_ref().map_or(0, VmConfig::memory_mib),
        disk_gib: config.as_ref().and_then(|c| c.disk_gib(c.boot_disk()?)).unwrap_or_default(),
        addresses: config.as_ref().map(used).unwrap_or_default(),
        macs: config.as_ref().map(macs).unwrap_or_default(),
        adoption: None,
        skipped: None,
    };
    // Whether it may leave another pool is for whoever adopts it to say.
    let scope = Scope { move_pool: true, ..Scope::default() };
    match choose(known, &scope, vec![vm]).pop() {
        Some(Choice::Adopt { server, row, outside }) => {
            let into = || show::into_pool(&known.installation, &row.vmid.to_string(), row.pool.is_some());
            machine.adoption = Some(adoption(&server, outside.then(into)));
        }
        Some(Choice::Skip { why, .. }) => machine.skipped = Some(why),
        None => {}
    }
    machine
}

fn adoption(server: &VirtualServer, command: Option<String>) -> Adoption {
    let adopt = server.spec.adopt.as_ref();
    let slot = |name: &str| adopt.and_then(|adopt| adopt.disks.get(name)).cloned().unwrap_or_default();
    let disks = server.spec.disks.iter().filter(|disk| disk.name != ROOT_DISK);
    Adoption {
        networks: server.spec.networks.iter().map(|n| (n.name.clone(), n.network_ref.clone())).collect(),
        disks: disks.map(|disk| (disk.name.clone(), slot(&disk.name), disk.size_gib)).collect(),
        move_pool: adopt.is_some_and(|adopt| adopt.move_pool),
        command,
    }
}

fn macs(config: &VmConfig) -> Vec<String> {
    let slots = config.network_slots();
    slots.iter().filter_map(|slot| config.network(slot)).map(|device| device.mac).collect()
}

#[cfg(test)]
mod tests {
    use proxmox_client::{NodeName, Vmid};
    use serde_json::json;

    use super::*;

    fn row(vmid: u32, pool: Option<&str>) -> GuestRow {
        GuestRow {
            vmid: Vmid::try_from(vmid).unwrap(),
            node: NodeName::try_from("pve1").unwrap(),
            kind: "qemu".into(),
            status: "running".into(),
            name: "web".into(),
            template: false,
            lock: None,
            pool: pool.map(str::to_owned),
            tags: String::new(),
            hastate: None,
            maxcpu: 2,
            maxmem: 2 << 30,
            maxdisk: 20 << 30,
        }
    }

    fn config() -> VmConfig {
        VmConfig::from_json(&json!({
            "name": "web", "cores": 2, "sockets": 2, "memory": "2048", "scsi0": "local-lvm:vm-1-disk-0,size=20G",
            "scsi1": "local-lvm:vm-1-disk-1,size=5G", "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0",
            "ipconfig0": "ip=203.0.113.7/24,gw=203.0.113.1", "digest": "d"
        }))
    }

    #[test]
    fn a_machine_is_told_with_its_sizes_and_how_it_is_adopted() {
        let known = Known { site: "home".into(), installation: "abc123def456".into(), ..Known::default() };
        let told = machine(&known, row(101, None), Some(Ok(ProxmoxAnswer::Config(config()))));
        let told = serde_json::to_value(&told).unwrap();
        assert_eq!(told["cores"], 4);
        assert_eq!((told["memoryMiB"].as_u64(), told["diskGiB"].as_u64()), (Some(2048), Some(20)));
        assert_eq!(told["addresses"], json!(["203.0.113.7"]));
        assert_eq!(told["macs"], json!(["BC:24:11:00:00:01"]));
        assert_eq!(told["adoption"]["disks"], json!([["scsi1", "scsi1", 5]]));
        assert!(told["adoption"]["command"].as_str().unwrap().contains("pvesh set /pools"), "{told}");
        let kept = Known { retained: [101].into(), ..known };
        let told = machine(&kept, row(101, None), Some(Ok(ProxmoxAnswer::Config(config()))));
        assert!(told.adoption.is_none() && told.skipped.unwrap().contains("kept"));
    }
}
