//! `slipway-operator adopt`: manifests for VMs that are there already, to look at or to create. The operator that runs does
//! the rest; nothing is written to Proxmox here.

mod choose;
pub mod inventory;
mod manifest;
pub mod preview;
mod show;

use clap::{Args, ValueEnum};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt as _,
    api::{ListParams, ObjectMeta, PostParams},
};
use proxmox_client::{GuestRow, ProxmoxAnswer, ProxmoxClient, ProxmoxError, ProxmoxRequest};
use slipway_crds::{
    Installation, Network, ProxmoxSite, RetainedServer, VirtualServer,
    names::{INSTALLATION, MANAGER_OPERATOR},
};

use crate::{
    kubernetes::{KubernetesError, timed},
    site::connect::{ConnectError, connect},
};
use choose::{Choice, Known, Scope, Vm, choose};

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["vmid", "all"])))]
pub struct AdoptArgs {
    /// The site that the VMs are on.
    #[arg(long)]
    pub site: String,
    /// One VM.
    #[arg(long)]
    pub vmid: Option<u32>,
    /// Every VM that can be adopted; those that cannot are listed with the reason.
    #[arg(long)]
    pub all: bool,
    /// After a total loss of Kubernetes: VMs that carry this installation's marks go where their marks say.
    #[arg(long, requires = "all")]
    pub installation: Option<String>,
    /// Where servers go whose VM has no mark.
    #[arg(long, short, default_value = "default")]
    pub namespace: String,
    /// The image that they were installed from, if that is known.
    #[arg(long)]
    pub image: Option<String>,
    /// They may be taken out of other Proxmox pools.
    #[arg(long)]
    pub move_pool: bool,
    /// Creates the servers (and, when re-homing, their namespaces) instead of only showing them.
    #[arg(long)]
    pub apply: bool,
    #[arg(long, short, value_enum)]
    pub output: Option<Output>,
    /// The namespace of the operator, which holds the site's credentials.
    #[arg(long, env = "SLIPWAY_NAMESPACE", default_value = "slipway-system")]
    pub operator_namespace: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Yaml,
    Table,
}

#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("Proxmox does not answer: {0}")]
    Proxmox(#[from] ProxmoxError),
    #[error("there is no ProxmoxSite `{0}`")]
    NoSite(String),
    #[error("there is no Installation yet; run `slipway-operator init --installation {0}`")]
    NoInstallation(String),
    #[error(
        "this control plane is installation `{here}`, and its operator would refuse VMs of `{wanted}`; run `slipway-operator init --installation {wanted}` first"
    )]
    OtherInstallation { here: String, wanted: String },
    #[error("VM {vmid} cannot be adopted: {why}")]
    Skipped { vmid: u32, why: String },
    #[error("site `{site}` shows no VM {vmid}")]
    NoSuchVm { site: String, vmid: u32 },
    #[error("a manifest could not be written: {0}")]
    Yaml(#[from] serde_yaml_ng::Error),
    #[error("the inventory could not be written: {0}")]
    Json(#[source] serde_json::Error),
    #[error("{0} of them could not be created")]
    NotAllCreated(usize),
}

/// What there is to be shown: the text for standard output.
pub async fn adopt(client: Client, args: &AdoptArgs) -> Result<String, AdoptError> {
    let sites: Api<ProxmoxSite> = Api::all(client.clone());
    let site = timed(sites.get_opt(&args.site)).await?.ok_or_else(|| AdoptError::NoSite(args.site.clone()))?;
    let installation = installation(&client, args.installation.as_deref()).await?;
    let proxmox = connect(&client, &args.operator_namespace, &site.spec).await?;
    let known = known(&client, &site, installation.clone()).await?;
    let scope = Scope {
        rehomes: args.installation.is_some(),
        namespace: args.namespace.clone(),
        image: args.image.clone(),
        move_pool: args.move_pool,
    };
    let choices = choose(&known, &scope, read(&*proxmox.client, args).await?);
    if let Some(vmid) = args.vmid {
        match choices.first() {
            None => return Err(AdoptError::NoSuchVm { site: args.site.clone(), vmid }),
            Some(Choice::Skip { why, .. }) => return Err(AdoptError::Skipped { vmid, why: why.clone() }),
            Some(Choice::Adopt { .. }) => {}
        }
    }
    let table = args.output.unwrap_or(if args.all { Output::Table } else { Output::Yaml }) == Output::Table;
    let mut text = if table { show::table(&choices, &installation) } else { show::manifests(&choices)? };
    if args.apply {
        let mut failed = 0;
        for server in choices.iter().filter_map(Choice::server) {
            let outcome = create(&client, server, scope.rehomes).await;
            failed += usize::from(outcome.is_err());
            text += &show::created(server, outcome.as_ref());
        }
        if failed > 0 {
            eprint!("{text}");
            return Err(AdoptError::NotAllCreated(failed));
        }
    } else if table {
        text += "nothing was created; --apply does\n";
    }
    Ok(text)
}

/// The installation here, which must be the one that is re-homed.
async fn installation(client: &Client, wanted: Option<&str>) -> Result<String, AdoptError> {
    let api: Api<Installation> = Api::all(client.clone());
    let here = timed(api.get_opt(INSTALLATION)).await?;
    let here = here.ok_or_else(|| AdoptError::NoInstallation(wanted.unwrap_or("new").to_owned()))?.spec.id;
    match wanted {
        Some(wanted) if wanted != here => Err(AdoptError::OtherInstallation { here, wanted: wanted.to_owned() }),
        _ => Ok(here),
    }
}

async fn known(client: &Client, site: &ProxmoxSite, installation: String) -> Result<Known, AdoptError> {
    let all = ListParams::default();
    let servers: Api<VirtualServer> = Api::all(client.clone());
    let records: Api<RetainedServer> = Api::all(client.clone());
    let networks: Api<Network> = Api::all(client.clone());
    let name = site.name_any();
    let records = timed(records.list(&all)).await?.items.into_iter().filter(|r| r.spec.site_ref == name);
    Ok(Known {
        installation,
        default_network: site.spec.default_network.clone(),
        servers: timed(servers.list(&all)).await?.items,
        retained: records.map(|r| r.spec.vmid).collect(),
        networks: timed(networks.list(&all)).await?.items,
        site: name,
    })
}

/// The VMs with their configurations, as they are now.
async fn read(proxmox: &dyn ProxmoxClient, args: &AdoptArgs) -> Result<Vec<Vm>, AdoptError> {
    let ProxmoxAnswer::Resources(all) = proxmox.call(&ProxmoxRequest::ClusterResources).await? else {
        return Ok(vec![]);
    };
    let wanted = |row: &GuestRow| args.vmid.is_none_or(|n| row.vmid.get() == n);
    let mut vms = Vec::new();
    for row in all.guests.into_iter().filter(wanted) {
        let answer = if is_readable(&row) {
            Some(proxmox.call(&ProxmoxRequest::Config { node: row.node.clone(), vmid: row.vmid }).await)
        } else {
            None
        };
        vms.push(vm_of(row, answer));
    }
    vms.sort_by_key(|vm| vm.row.vmid);
    Ok(vms)
}

/// Whether its configuration is of interest.
fn is_readable(row: &GuestRow) -> bool {
    row.kind == "qemu" && !row.template
}

/// The VM with what the question for its configuration was answered, if it was asked.
fn vm_of(row: GuestRow, answer: Option<Result<ProxmoxAnswer, ProxmoxError>>) -> Vm {
    let config = match answer {
        Some(Ok(ProxmoxAnswer::Config(config))) => Ok(config),
        Some(Ok(_)) => Err("its configuration was not answered".to_owned()),
        Some(Err(error)) => Err(format!("it cannot be read: {error}")),
        None => Err("it is a container or a template".to_owned()),
    };
    Vm { row, config }
}

/// Makes the server; one of the same name that adopts the same VM was made before.
async fn create(client: &Client, server: &VirtualServer, make_namespace: bool) -> Result<bool, AdoptError> {
    let namespace = server.namespace().unwrap_or_default();
    let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    if make_namespace {
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let metadata = ObjectMeta { name: Some(namespace.clone()), ..ObjectMeta::default() };
        match timed(namespaces.create(&params, &Namespace { metadata, ..Namespace::default() })).await {
            Err(error) if !error.is_already_exists() => return Err(error.into()),
            _ => {}
        }
    }
    let api: Api<VirtualServer> = Api::namespaced(client.clone(), &namespace);
    match timed(api.create(&params, server)).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_already_exists() => {
            let held = timed(api.get(&server.name_any())).await?;
            let same = held.spec.site_ref == server.spec.site_ref && held.spec.adopt == server.spec.adopt;
            if same { Ok(false) } else { Err(error.into()) }
        }
        Err(error) => Err(error.into()),
    }
}
