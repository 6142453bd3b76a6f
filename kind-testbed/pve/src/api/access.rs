//! `/access/ticket` and `/access/permissions`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Call, Handled, Reply, auth, permission::held};
use crate::{
    error::ApiError,
    model::access::{Principal, hash_password},
    world::World,
};

/// The paths `/access/permissions` always looks at.
const ROOTS: [&str; 8] = ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

pub(super) fn create_ticket(world: &mut World, call: &Call) -> Handled {
    let refused = || ApiError::Unauthorized("authentication failure".to_owned());
    let name = call.required("username");
    let user = call.get("realm").map_or_else(|| name.to_owned(), |realm| format!("{name}@{realm}"));
    let password = call.required("password");
    let known = world.access.users.get(&user).and_then(|user| user.password.as_deref());
    let by_password = known == Some(hash_password(password).as_str());
    // A valid ticket is renewed by showing it as the password.
    let by_ticket = auth::ticket_user(world, password).as_deref() == Some(&user);
    if !auth::usable(world, &user) || !(by_password || by_ticket) {
        return Err(refused());
    }
    let who = Principal::user(&user);
    Ok(Reply::Data(json!({
        "username": user, "ticket": auth::make_ticket(world, &user),
        "CSRFPreventionToken": auth::make_csrf(world, &user),
        "clustername": world.settings.cluster, "cap": capabilities(world, &who),
    })))
}

/// What the web interface may show.
fn capabilities(world: &World, who: &Principal) -> Value {
    let section = |path: &str, prefixes: &[&str]| -> Value {
        let here = world.effective(who, path).here;
        let kept = here.names().filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)));
        Value::Object(kept.map(|name| (name.to_owned(), json!(1))).collect())
    };
    json!({
        "access": section("/access", &["User.", "Group.", "Permissions."]),
        "dc": section("/", &["Sys.Audit", "Sys.Modify", "SDN."]),
        "mapping": section("/mapping", &["Mapping.", "Permissions."]),
        "nodes": section("/nodes", &["Sys.", "Permissions."]),
        "sdn": section("/sdn", &["SDN.", "Permissions."]),
        "storage": section("/storage", &["Datastore.", "Permissions."]),
        "vms": section("/vms", &["VM.", "Permissions."]),
    })
}

pub(super) fn permissions(world: &mut World, call: &Call) -> Handled {
    let who = match call.get("userid") {
        Some(userid) => {
            let other = Principal::parse(userid);
            let own = other.user == call.who.user && (call.who.token.is_none() || call.who == other);
            if !own {
                world.require(&call.who, "/access", "Sys.Audit")?;
            }
            other
        }
        None => call.who.clone(),
    };
    let named = world.access.acl.iter().map(|entry| entry.path.clone());
    let all = ROOTS.iter().map(|path| (*path).to_owned()).chain(named);
    let paths: BTreeSet<String> = call.owned("path").map_or_else(|| all.collect(), |path| BTreeSet::from([path]));
    let mut out = Map::new();
    for path in paths {
        if let Some((here, below)) = held(world, &who, &path) {
            let list = here.names().map(|name| (name.to_owned(), json!(u8::from(below.contains(name)))));
            out.insert(path, Value::Object(list.collect()));
        }
    }
    Ok(Reply::Data(Value::Object(out)))
}
