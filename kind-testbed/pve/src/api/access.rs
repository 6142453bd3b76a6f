//! `/access/ticket` and `/access/permissions`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Call, Handled, Reply, auth, permission::held};
use crate::{
    error::ApiError,
    model::access::{Principal, hash_password},
    schema::split_list,
    world::World,
};

/// The paths `/access/permissions` always looks at.
const ROOTS: [&str; 8] = ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

/// Nothing; login pages want an address to point to.
pub(super) fn ticket_form(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::NULL)
}

/// A new ticket for a password or an older ticket; with `path` and `privs` only the answer whether the ticket holds
/// them. Why it was refused is never told.
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
    let mut out = json!({ "username": user });
    if let Some((path, privileges)) = call.get("path").zip(call.get("privs")) {
        let here = world.effective(&who, path).here;
        if !split_list(privileges).all(|privilege| here.contains(privilege)) {
            return Err(refused());
        }
    } else {
        out["ticket"] = json!(auth::make_ticket(world, &user));
        out["CSRFPreventionToken"] = json!(auth::make_csrf(world, &user));
    }
    out["cap"] = capabilities(world, &who);
    if world.nodes.len() > 1 && world.allowed(&who, "/", "Sys.Audit") {
        out["clustername"] = json!(world.settings.cluster);
    }
    Ok(Reply::Data(out))
}

/// What the web interface may show: the privileges of each area on its root and on every path with an entry.
fn capabilities(world: &World, who: &Principal) -> Value {
    const AREAS: [(&str, &[&str]); 7] = [
        ("access", &["User.", "Group.", "Permissions.Modify"]),
        ("dc", &["Sys.Audit", "Sys.Modify", "SDN."]),
        ("mapping", &["Mapping.", "Permissions.Modify"]),
        ("nodes", &["Sys.", "Permissions.Modify"]),
        ("sdn", &["SDN.", "Permissions.Modify"]),
        ("storage", &["Datastore.", "Permissions.Modify"]),
        ("vms", &["VM.", "Permissions.Modify"]),
    ];
    let roots = ["/", "/access/groups", "/mapping", "/nodes", "/sdn", "/storage", "/vms"];
    let named = world.access.acl.iter().map(|entry| entry.path.as_str());
    let paths: BTreeSet<&str> = roots.into_iter().chain(named).collect();
    let mut out: BTreeMap<&str, Map<String, Value>> = AREAS.iter().map(|(area, _)| (*area, Map::new())).collect();
    for path in paths {
        let top = match path.split('/').nth(1).unwrap_or_default() {
            "" => "dc",
            top => top,
        };
        for privilege in world.effective(who, path).here.names() {
            // A pool's privileges are about the guests and storages in it.
            let areas = AREAS.iter().filter(|(area, prefixes)| {
                let concerned = *area == top || (top == "pool" && matches!(*area, "vms" | "storage"));
                concerned && prefixes.iter().any(|prefix| privilege.starts_with(prefix))
            });
            for (area, _) in areas {
                out.entry(area).or_default().insert(privilege.to_owned(), json!(1));
            }
        }
    }
    json!(out)
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
    let asked = call.get("path").is_some();
    let mut out = Map::new();
    for path in paths {
        let (here, below) = held(world, &who, &path);
        // A path that was asked for is answered, even if there is nothing.
        if asked || !here.is_empty() {
            let list = here.names().map(|name| (name.to_owned(), json!(u8::from(below.contains(name)))));
            out.insert(path, Value::Object(list.collect()));
        }
    }
    Ok(Reply::Data(Value::Object(out)))
}
