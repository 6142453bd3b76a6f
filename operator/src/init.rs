//! `slipway-operator init`: gives this control plane its identity, once.

use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
};
use rand::seq::IndexedRandom as _;
use slipway_crds::{
    Installation, InstallationSpec,
    names::{INSTALLATION, MANAGER_OPERATOR},
};

use crate::kubernetes::{KubernetesError, timed};

const LENGTH: usize = 12;

#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    #[error("this control plane is installation `{existing}` already; `{wanted}` would orphan its VMs")]
    Another { existing: String, wanted: String },
    #[error("`{0}` is not an installation id: 12 characters of a-z and 0-9, or the word `new`")]
    NotAnId(String),
}

/// Makes the Installation, or answers the id of the one that is there. `new` draws a random id.
pub async fn init(client: Client, wanted: &str) -> Result<String, InitError> {
    let api: Api<Installation> = Api::all(client);
    let existing = match timed(api.get(INSTALLATION)).await {
        Ok(found) => Some(found.spec.id),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(existing) = existing {
        if wanted == "new" || wanted == existing {
            return Ok(existing);
        }
        return Err(InitError::Another { existing, wanted: wanted.to_owned() });
    }
    let id = if wanted == "new" { random_id() } else { wanted.to_owned() };
    if id.len() != LENGTH || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) {
        return Err(InitError::NotAnId(id));
    }
    let object = Installation {
        metadata: ObjectMeta { name: Some(INSTALLATION.to_owned()), ..ObjectMeta::default() },
        spec: InstallationSpec { id: id.clone() },
    };
    let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    match timed(api.create(&params, &object)).await {
        // Another one was faster: its id counts.
        Err(error) if error.is_already_exists() => Ok(timed(api.get(INSTALLATION)).await?.spec.id),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(id),
    }
}

fn random_id() -> String {
    let mut rng = rand::rng();
    (0..LENGTH)
        .filter_map(|_| b"abcdefghijklmnopqrstuvwxyz0123456789".choose(&mut rng))
        .map(|b| char::from(*b))
        .collect()
}
