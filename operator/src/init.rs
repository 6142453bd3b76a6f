//! `slipway-operator init`: gives this control plane its identity, once.

use std::collections::BTreeSet;

use kube::{
    Api, Client, ResourceExt as _,
    api::{DeleteParams, ListParams, ObjectMeta, PostParams, Preconditions},
};
use rand::seq::IndexedRandom as _;
use slipway_crds::{
    Installation, InstallationSpec, ProxmoxSite, RetainedServer, VirtualServer,
    names::{INSTALLATION, MANAGER_OPERATOR},
};

use crate::kubernetes::{KubernetesError, timed};

const LENGTH: usize = 12;

#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    #[error("this control plane is installation `{existing}` already; it has servers, which `{wanted}` would orphan")]
    Another { existing: String, wanted: String },
    #[error("`{0}` is not an installation id: 12 characters of a-z and 0-9, or the word `new`")]
    NotAnId(String),
}

/// Makes the Installation, or answers the id of the one that is there. `new` draws a random id. The id that is there says
/// that other installations on our sites are neighbours; another id replaces it while it has no server yet.
pub async fn init(client: Client, wanted: &str) -> Result<String, InitError> {
    let api: Api<Installation> = Api::all(client.clone());
    let Some(existing) = timed(api.get_opt(INSTALLATION)).await? else { return make(&api, wanted).await };
    let id = existing.spec.id.clone();
    if wanted == "new" {
        return Ok(id);
    }
    if wanted == id {
        confirm(&client, existing).await?;
        return Ok(id);
    }
    if !is_id(wanted) {
        return Err(InitError::NotAnId(wanted.to_owned()));
    }
    if has_servers(&client).await? {
        return Err(InitError::Another { existing: id, wanted: wanted.to_owned() });
    }
    let exactly_this = Preconditions { uid: existing.uid(), ..Preconditions::default() };
    let params = DeleteParams { preconditions: Some(exactly_this), ..DeleteParams::default() };
    timed(api.delete(INSTALLATION, &params)).await?;
    make(&api, wanted).await
}

async fn make(api: &Api<Installation>, wanted: &str) -> Result<String, InitError> {
    let id = if wanted == "new" { random_id() } else { wanted.to_owned() };
    if !is_id(&id) {
        return Err(InitError::NotAnId(id));
    }
    let object = Installation {
        metadata: ObjectMeta { name: Some(INSTALLATION.to_owned()), ..ObjectMeta::default() },
        spec: InstallationSpec { id: id.clone(), neighbours: vec![] },
    };
    let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    match timed(api.create(&params, &object)).await {
        // Another one was faster: its id counts.
        Err(error) if error.is_already_exists() => Ok(timed(api.get(INSTALLATION)).await?.spec.id),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(id),
    }
}

/// Every other installation that our sites show is meant to be there.
async fn confirm(client: &Client, mut installation: Installation) -> Result<(), KubernetesError> {
    let sites: Api<ProxmoxSite> = Api::all(client.clone());
    let sites = timed(sites.list(&ListParams::default())).await?.items;
    let seen = sites.into_iter().filter_map(|s| s.status).flat_map(|s| s.other_installations).filter(|i| is_id(i));
    let known: BTreeSet<String> = installation.spec.neighbours.iter().cloned().chain(seen).collect();
    let neighbours: Vec<String> = known.into_iter().collect();
    if neighbours == installation.spec.neighbours {
        return Ok(());
    }
    installation.spec.neighbours = neighbours;
    let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    let api: Api<Installation> = Api::all(client.clone());
    timed(api.replace(INSTALLATION, &params, &installation)).await.map(|_| ())
}

async fn has_servers(client: &Client) -> Result<bool, KubernetesError> {
    let one = ListParams::default().limit(1);
    let servers: Api<VirtualServer> = Api::all(client.clone());
    let records: Api<RetainedServer> = Api::all(client.clone());
    Ok(!timed(servers.list(&one)).await?.items.is_empty() || !timed(records.list(&one)).await?.items.is_empty())
}

fn is_id(text: &str) -> bool {
    text.len() == LENGTH && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

fn random_id() -> String {
    let mut rng = rand::rng();
    (0..LENGTH)
        .filter_map(|_| b"abcdefghijklmnopqrstuvwxyz0123456789".choose(&mut rng))
        .map(|b| char::from(*b))
        .collect()
}
