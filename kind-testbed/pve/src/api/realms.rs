//! Where users come from: `/access/domains`, which login clients ask before anything else, and their second factors.

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::{Call, Handled, Reply};
use crate::{error::die, world::World};

/// The realms of a fresh installation, by type and comment; their names are their types.
const REALMS: [(&str, &str); 2] =
    [("pam", "Linux PAM standard authentication"), ("pve", "Proxmox VE authentication server")];

pub(super) fn list(_: &mut World, _: &Call) -> Handled {
    let rows = REALMS.iter().map(|(name, comment)| json!({ "realm": name, "type": name, "comment": comment }));
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn read(_: &mut World, call: &Call) -> Handled {
    let realm = call.required("realm");
    let Some((name, comment)) = REALMS.iter().find(|(name, _)| *name == realm) else {
        die!("domain '{realm}' does not exist");
    };
    let digest = hex::encode(Sha1::digest(b""));
    Ok(Reply::Data(json!({ "type": name, "comment": comment, "digest": digest })))
}

/// True for a realm users can be made in.
pub(super) fn exists(realm: &str) -> bool {
    REALMS.iter().any(|(name, _)| *name == realm)
}

/// Nobody has a second factor.
pub(super) fn second_factors(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!([])))
}

pub(super) fn second_factor_types(world: &mut World, call: &Call) -> Handled {
    let userid = call.required("userid");
    if !world.access.users.contains_key(userid) {
        die!("no such user ('{userid}')");
    }
    let several = call.flag("multiple");
    Ok(Reply::Data(if several { json!({ "realm": Value::Null, "types": [] }) } else { json!({}) }))
}

/// True when somebody was locked out, which takes a second factor.
pub(super) fn unlock_second_factors(world: &mut World, call: &Call) -> Handled {
    let userid = call.required("userid");
    if !world.access.users.contains_key(userid) {
        die!("no such user ('{userid}')");
    }
    Ok(Reply::Data(json!(0)))
}
