//! Address claims as Kubernetes objects: creating one is the claim, and only a proven absence of the VM, or of its interface,
//! releases it.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{
    Api, Client, ResourceExt as _,
    api::{DeleteParams, ListParams, ObjectMeta, PostParams, Preconditions},
};
use slipway_crds::{
    AddressClaim, AddressClaimSpec, AddressPool, ClaimOwner, RetainedServer, TakenFrom, VirtualServer,
    address_claim::{claim_address, claim_name},
    names::MANAGER_OPERATOR,
};

use crate::{
    catalogue::Catalogue,
    kubernetes::{KubernetesError, timed},
    server::observed::Claim,
};

/// Creates the claim. `false` when somebody else has the address. A VM that is adopted again reclaims what it was given
/// back with.
pub async fn create(
    client: &Client,
    claim: &Claim,
    owner: ClaimOwner,
    reclaims: bool,
) -> Result<bool, KubernetesError> {
    let object = AddressClaim {
        metadata: ObjectMeta {
            name: Some(claim_name(&claim.scope, claim.address, claim.length)),
            ..ObjectMeta::default()
        },
        spec: AddressClaimSpec {
            scope: claim.scope.clone(),
            pool_ref: claim.pool.clone(),
            address: claim_address(claim.address),
            prefix_length: claim.length,
            owner: owner.clone(),
            released_at: None,
        },
    };
    let api: Api<AddressClaim> = Api::all(client.clone());
    let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    match timed(api.create(&params, &object)).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_already_exists() => {
            let held = timed(api.get(&object.name_any())).await?;
            if reclaims && held.spec.released_at.is_some() && held.spec.owner.vmid == owner.vmid {
                let reclaimed = AddressClaim { metadata: held.metadata, ..object };
                timed(api.replace(&reclaimed.name_any(), &params, &reclaimed)).await?;
                return Ok(true);
            }
            Ok(held.spec.owner == owner && held.spec.released_at.is_none())
        }
        Err(error) => Err(error),
    }
}

/// The claims of a deleted server's VM follow the VM to the server that took it back.
pub async fn hand_over(client: &Client, from_uid: &str, to: &VirtualServer) -> Result<(), KubernetesError> {
    let (namespace, name) = (to.namespace().unwrap_or_default(), to.name_any());
    let uid = to.uid().unwrap_or_default();
    change_owner(client, from_uid, |owner| ClaimOwner {
        namespace: namespace.clone(),
        name: name.clone(),
        uid: uid.clone(),
        ..owner
    })
    .await
}

/// The cache shows none of them as that server's any more: until then, what it was handed looks like somebody else's.
pub fn have_followed(catalogue: &Catalogue, from: Option<&TakenFrom>) -> bool {
    let Some(from) = from else { return true };
    let claims = catalogue.claims.state();
    !claims.iter().any(|claim| claim.spec.owner.uid == from.uid && claim.spec.released_at.is_none())
}

/// And back to the record, when the taker went before the VM was its own.
pub async fn give_back(client: &Client, from_uid: &str, to: &RetainedServer) -> Result<(), KubernetesError> {
    let spec = &to.spec;
    change_owner(client, from_uid, |owner| ClaimOwner {
        namespace: spec.namespace.clone(),
        name: spec.name.clone(),
        uid: spec.uid.clone(),
        ..owner
    })
    .await
}

/// Every one that is not released; repeating it changes nothing.
async fn change_owner(
    client: &Client,
    from_uid: &str,
    new: impl Fn(ClaimOwner) -> ClaimOwner,
) -> Result<(), KubernetesError> {
    let api: Api<AddressClaim> = Api::all(client.clone());
    for mut claim in held_by(&api, from_uid).await? {
        claim.spec.owner = new(claim.spec.owner.clone());
        let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
        timed(api.replace(&claim.name_any(), &params, &claim)).await?;
    }
    Ok(())
}

/// Marks the claims of a VM that is proven absent as released; their quarantine begins.
pub async fn release(client: &Client, uid: &str, now: Timestamp) -> Result<(), KubernetesError> {
    let api: Api<AddressClaim> = Api::all(client.clone());
    for mut claim in held_by(&api, uid).await? {
        claim.spec.released_at = Some(Time(now));
        let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
        match timed(api.replace(&claim.name_any(), &params, &claim)).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => tracing::info!(claim = claim.name_any(), "address released"),
        }
    }
    Ok(())
}

/// Uncached: one that was made a moment ago would be held for ever by nobody.
async fn held_by(api: &Api<AddressClaim>, uid: &str) -> Result<Vec<AddressClaim>, KubernetesError> {
    let of_it = ListParams::default().fields(&format!("spec.owner.uid={uid}"));
    let all = timed(api.list(&of_it)).await?.items;
    Ok(all.into_iter().filter(|claim| claim.spec.released_at.is_none()).collect())
}

/// The same for one claim, of an interface that the VM was seen without.
pub async fn release_one(client: &Client, name: &str, uid: &str, now: Timestamp) -> Result<(), KubernetesError> {
    let api: Api<AddressClaim> = Api::all(client.clone());
    let mut claim = match timed(api.get(name)).await {
        Ok(claim) => claim,
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(error),
    };
    if claim.spec.owner.uid != uid || claim.spec.released_at.is_some() {
        return Ok(());
    }
    claim.spec.released_at = Some(Time(now));
    let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    timed(api.replace(name, &params, &claim)).await?;
    tracing::info!(claim = name, "address released");
    Ok(())
}

/// Removes claims whose quarantine is over.
pub async fn expire(client: &Client, catalogue: &Catalogue, now: Timestamp) -> Result<(), KubernetesError> {
    let api: Api<AddressClaim> = Api::all(client.clone());
    for claim in catalogue.claims.state() {
        let pool = Catalogue::get(&catalogue.pools, &claim.spec.pool_ref);
        if !is_over(&claim, pool.as_deref(), now) {
            continue;
        }
        let exactly_this = Preconditions { uid: claim.uid(), resource_version: claim.resource_version() };
        let params = DeleteParams { preconditions: Some(exactly_this), ..DeleteParams::default() };
        match timed(api.delete(&claim.name_any(), &params)).await {
            Err(error) if !error.is_not_found() && !error.is_conflict() => return Err(error),
            _ => tracing::info!(claim = claim.name_any(), "address may be handed out again"),
        }
    }
    Ok(())
}

fn is_over(claim: &AddressClaim, pool: Option<&AddressPool>, now: Timestamp) -> bool {
    let Some(Time(released)) = claim.spec.released_at else { return false };
    // A pool that is gone says nothing about its quarantine: keep the claim.
    let Some(pool) = pool else { return false };
    now.duration_since(released).unsigned_abs() >= pool.spec.quarantine.get() && now > released
}
