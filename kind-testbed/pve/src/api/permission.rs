//! Permission checks: the expressions of the schema, and the ones handlers make themselves.

use serde_json::Value;

use crate::{
    error::ApiError,
    model::{
        Vmid,
        access::{Effective, Principal},
        privilege::Privileges,
        vm::Vm,
    },
    request::Params,
    schema::{Endpoint, split_list},
    world::World,
};

impl World {
    /// What somebody may do on a path; members of a pool also get what holds on the pool.
    pub(crate) fn effective(&self, who: &Principal, path: &str) -> Effective {
        let pool = if let Some(vmid) = path.strip_prefix("/vms/").and_then(|vmid| vmid.parse().ok()) {
            self.pool_of(vmid)
        } else if let Some(storage) = path.strip_prefix("/storage/") {
            self.pools.iter().find(|(_, pool)| pool.storages.contains(storage)).map(|(name, _)| name.as_str())
        } else {
            None
        };
        self.access.effective(who, path, pool)
    }

    pub(crate) fn allowed(&self, who: &Principal, path: &str, privilege: &str) -> bool {
        self.effective(who, path).here.contains(privilege)
    }

    /// One of several privileges.
    pub(crate) fn allowed_any(&self, who: &Principal, path: &str, privileges: &[&str]) -> bool {
        let here = self.effective(who, path).here;
        privileges.iter().any(|privilege| here.contains(privilege))
    }

    /// The guests somebody may see, with their pools.
    pub(crate) fn visible_guests(&self, who: &Principal) -> impl Iterator<Item = (Vmid, &Vm, Option<&str>)> {
        let pools = self.pools_of_all();
        self.vms.iter().filter_map(move |(vmid, vm)| {
            let pool = pools.get(vmid).copied();
            let effective = self.access.effective(who, &format!("/vms/{vmid}"), pool);
            effective.here.contains("VM.Audit").then(|| (*vmid, vm.as_ref(), pool))
        })
    }

    /// Refuses with the privilege's name.
    pub(crate) fn require(&self, who: &Principal, path: &str, privilege: &str) -> Result<(), ApiError> {
        if self.allowed(who, path, privilege) { Ok(()) } else { Err(ApiError::forbidden(path, privilege)) }
    }

    pub(crate) fn require_any(&self, who: &Principal, path: &str, privileges: &[&str]) -> Result<(), ApiError> {
        if self.allowed_any(who, path, privileges) {
            Ok(())
        } else {
            Err(ApiError::forbidden(path, &privileges.join("|")))
        }
    }
}

/// Checks the permission a schema entry declares.
pub(super) fn check_endpoint(
    world: &World,
    who: &Principal,
    endpoint: &Endpoint,
    params: &Params,
) -> Result<(), ApiError> {
    match &endpoint.check {
        Some(check) => evaluate(world, who, check, params),
        // Without a declared permission only root@pam may call it.
        None if endpoint.user.is_some() || who.is_root() => Ok(()),
        None => Err(ApiError::Forbidden(Some("user != root@pam".to_owned()))),
    }
}

fn evaluate(world: &World, who: &Principal, check: &Value, params: &Params) -> Result<(), ApiError> {
    let parts = check.as_array().map_or(&[][..], Vec::as_slice);
    let text = |index: usize| parts.get(index).and_then(Value::as_str).unwrap_or_default();
    match text(0) {
        "and" => parts[1..].iter().try_for_each(|part| evaluate(world, who, part, params)),
        "or" => {
            let any = parts[1..].iter().any(|part| evaluate(world, who, part, params).is_ok());
            if any { Ok(()) } else { Err(ApiError::Forbidden(None)) }
        }
        "perm" => perm(world, who, parts, params),
        "perm-modify" => {
            let path = fill(text(1), params);
            check_modify(world, who, &path)
        }
        "userid-param" => userid_param(world, who, text(1), params),
        "userid-group" => userid_group(world, who, parts, params),
        _ => Err(ApiError::Forbidden(None)),
    }
}

fn names(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).map_or(Vec::new(), |list| list.iter().filter_map(Value::as_str).collect())
}

fn perm(world: &World, who: &Principal, parts: &[Value], params: &Params) -> Result<(), ApiError> {
    let template = parts.get(1).and_then(Value::as_str).unwrap_or_default();
    let privileges = names(parts.get(2));
    let mut any = false;
    for pair in parts[3..].chunks(2) {
        match (pair.first().and_then(Value::as_str), pair.get(1)) {
            (Some("any"), Some(value)) => any = value.as_i64() == Some(1),
            (Some("require_param"), Some(value)) if !params.contains_key(value.as_str().unwrap_or_default()) => {
                return Err(ApiError::Forbidden(None));
            }
            _ => {}
        }
    }
    let path = fill(template, params);
    if !is_acl_path(&path) {
        return Err(ApiError::forbidden("", privileges.first().copied().unwrap_or_default()));
    }
    if any {
        return world.require_any(who, &path, &privileges);
    }
    privileges.iter().try_for_each(|privilege| world.require(who, &path, privilege))
}

/// Puts parameters into `/vms/{vmid}`.
fn fill(template: &str, params: &Params) -> String {
    let mut path = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, place)) = rest.split_once('{') {
        let (name, after) = place.split_once('}').unwrap_or((place, ""));
        path.push_str(before);
        // What was not given is empty.
        path.push_str(params.get(name).and_then(|values| values.first()).map_or("", String::as_str));
        rest = after;
    }
    path.push_str(rest);
    // A trailing slash is dropped when paths are normalized.
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    }
}

/// Paths are made of letters, digits and a few signs.
fn is_acl_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.contains("//")
        && path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-@:".contains(c))
}

/// Changing ACL entries on a path needs `Permissions.Modify` there, or the right to allocate what it names.
pub(super) fn check_modify(world: &World, who: &Principal, path: &str) -> Result<(), ApiError> {
    let own = match path.split('/').nth(1) {
        Some("storage") => "Datastore.Allocate",
        Some("vms") => "VM.Allocate",
        Some("pool") => "Pool.Allocate",
        _ => "Permissions.Modify",
    };
    world.require_any(who, path, &["Permissions.Modify", own])
}

/// One of the privileges on all groups, or on one that the user is in (or, for a new user, on all he is put in).
fn userid_group(world: &World, who: &Principal, parts: &[Value], params: &Params) -> Result<(), ApiError> {
    let privileges = names(parts.get(1));
    let option = |name: &str| {
        let at = parts.iter().position(|part| part.as_str() == Some(name))?;
        parts.get(at + 1).and_then(Value::as_str)
    };
    let given = |name: &str| params.get(name).and_then(|values| values.first()).map(String::as_str);
    let groups_param = option("groups_param");
    let userid = given("userid").unwrap_or_default();
    let user = world.access.users.get(userid);
    if user.is_none() && groups_param != Some("create") {
        return Err(ApiError::Die(format!("no such user ('{userid}')")));
    }
    if world.allowed_any(who, "/access/groups", &privileges) {
        return Ok(());
    }
    if groups_param.is_some() {
        let named: Vec<&str> = split_list(given("groups").unwrap_or_default()).collect();
        if named.is_empty() {
            return Err(ApiError::forbidden("/access/groups", &privileges.join("|")));
        }
        for group in named {
            world.require_any(who, &format!("/access/groups/{group}"), &privileges)?;
        }
    }
    let allowed = |group: &String| world.allowed_any(who, &format!("/access/groups/{group}"), &privileges);
    match user {
        Some(user) if !user.groups.iter().any(allowed) => Err(ApiError::Forbidden(None)),
        _ => Ok(()),
    }
}

fn userid_param(world: &World, who: &Principal, what: &str, params: &Params) -> Result<(), ApiError> {
    let userid = params.get("userid").and_then(|values| values.first()).map_or("", String::as_str);
    if what == "self" {
        return if who.authid() == userid { Ok(()) } else { Err(ApiError::Forbidden(None)) };
    }
    let realm = userid.rsplit_once('@').map_or("", |(_, realm)| realm);
    world.require(who, &format!("/access/realm/{realm}"), what)
}

/// Privileges that `who` holds on a path, and those that hold below it too, for `/access/permissions`.
pub(super) fn held(world: &World, who: &Principal, path: &str) -> (Privileges, Privileges) {
    let effective = world.effective(who, path);
    (effective.here, effective.below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_filled_with_what_was_given() {
        let params = Params::from([("vmid".to_owned(), vec!["101".to_owned()])]);
        assert_eq!(fill("/vms/{vmid}", &params), "/vms/101");
        assert_eq!(fill("/pool/{poolid}", &params), "/pool");
        assert_eq!(fill("/{nothing}", &params), "/");
        assert_eq!(fill("/nodes/{node}/vms/{vmid}", &params), "/nodes//vms/101");
    }
}
