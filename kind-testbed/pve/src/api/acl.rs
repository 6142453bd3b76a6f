//! `/access/roles` and `/access/acl`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Call, Handled, Reply};
use crate::{
    error::{ApiError, die},
    model::{
        access::{AclEntry, Role, SubjectKind},
        privilege::Privileges,
    },
    schema::split_list,
    world::World,
};

pub(super) fn list_roles(world: &mut World, _: &Call) -> Handled {
    let rows = world.access.roles.iter().map(|(name, role)| {
        let privileges: Vec<&str> = role.privileges.names().collect();
        json!({ "roleid": name, "privs": privileges.join(","), "special": u8::from(role.special) })
    });
    Ok(Reply::Data(rows.collect()))
}

fn privileges(call: &Call) -> Result<Privileges, ApiError> {
    split_list(call.get("privs").unwrap_or_default()).try_fold(Privileges::NONE, |all, name| {
        let one = Privileges::of(name).ok_or_else(|| ApiError::Die(format!("invalid privilege '{name}'")))?;
        Ok(all.union(one))
    })
}

pub(super) fn create_role(world: &mut World, call: &Call) -> Handled {
    let roleid = call.required("roleid").to_owned();
    if world.access.roles.contains_key(&roleid) {
        die!("create role failed: role '{roleid}' already exists");
    }
    let role = Role { privileges: privileges(call)?, special: false };
    Arc::make_mut(&mut world.access).roles.insert(roleid, role);
    Ok(Reply::NULL)
}

pub(super) fn read_role(world: &mut World, call: &Call) -> Handled {
    let roleid = call.required("roleid");
    let Some(role) = world.access.roles.get(roleid) else { die!("role '{roleid}' does not exist") };
    let map: Map<String, Value> = role.privileges.names().map(|name| (name.to_owned(), json!(1))).collect();
    Ok(Reply::Data(Value::Object(map)))
}

/// A role of one's own, for change or removal.
fn own_role(world: &World, verb: &str, roleid: &str) -> Result<(), ApiError> {
    match world.access.roles.get(roleid) {
        None => die!("{verb} role failed: role '{roleid}' does not exist"),
        Some(role) if role.special => die!("auto-generated role '{roleid}' cannot be modified"),
        Some(_) => Ok(()),
    }
}

pub(super) fn update_role(world: &mut World, call: &Call) -> Handled {
    let roleid = call.required("roleid").to_owned();
    own_role(world, "modify", &roleid)?;
    let new = privileges(call)?;
    if let Some(role) = Arc::make_mut(&mut world.access).roles.get_mut(&roleid) {
        role.privileges = if call.flag("append") { role.privileges.union(new) } else { new };
    }
    Ok(Reply::NULL)
}

pub(super) fn delete_role(world: &mut World, call: &Call) -> Handled {
    let roleid = call.required("roleid").to_owned();
    own_role(world, "delete", &roleid)?;
    let access = Arc::make_mut(&mut world.access);
    access.roles.remove(&roleid);
    access.acl.retain(|entry| entry.role != roleid);
    Ok(Reply::NULL)
}

pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    let all = world.allowed_any(&call.who, "/access", &["Sys.Audit", "Permissions.Modify"]);
    let rows =
        world.access.acl.iter().filter(|entry| all || world.allowed(&call.who, &entry.path, "Permissions.Modify")).map(
            |entry| {
                json!({
                    "path": entry.path, "type": entry.kind, "ugid": entry.subject, "roleid": entry.role,
                    "propagate": u8::from(entry.propagate),
                })
            },
        );
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn update(world: &mut World, call: &Call) -> Handled {
    let path = match call.required("path").trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    };
    if !is_object_path(&path) {
        return Err(ApiError::param("path", format!("invalid ACL path '{path}'")));
    }
    let subjects: Vec<(SubjectKind, String)> =
        [(SubjectKind::User, "users"), (SubjectKind::Group, "groups"), (SubjectKind::Token, "tokens")]
            .into_iter()
            .flat_map(|(kind, name)| {
                split_list(call.get(name).unwrap_or_default()).map(move |id| (kind, id.to_owned()))
            })
            .collect();
    if subjects.is_empty() {
        let text = "property is missing and it is not optional";
        let names = ["users", "groups", "tokens"].map(|name| (name.to_owned(), text.to_owned()));
        return Err(ApiError::Param(names.into()));
    }
    for (kind, id) in &subjects {
        let exists = match kind {
            SubjectKind::User => world.access.users.contains_key(id),
            SubjectKind::Token => world.access.tokens.contains_key(id),
            SubjectKind::Group => world.access.groups.contains_key(id),
        };
        if !exists {
            match (kind, id.split_once('!')) {
                (SubjectKind::Token, Some((user, token))) => {
                    die!("ACL update failed: no such token '{token}' for user '{user}'")
                }
                (SubjectKind::Group, _) => die!("ACL update failed: group '{id}' does not exist"),
                _ => die!("ACL update failed: user '{id}' does not exist"),
            }
        }
    }
    let propagate = call.get("propagate") != Some("0");
    for role in split_list(call.required("roles")) {
        if !world.access.roles.contains_key(role) {
            die!("ACL update failed: role '{role}' does not exist");
        }
        let access = Arc::make_mut(&mut world.access);
        for (kind, subject) in &subjects {
            access.acl.retain(|entry| {
                !(entry.path == path && entry.kind == *kind && entry.subject == *subject && entry.role == role)
            });
            if !call.flag("delete") {
                let (path, subject) = (path.clone(), subject.clone());
                access.acl.push(AclEntry { path, kind: *kind, subject, role: role.to_owned(), propagate });
            }
        }
    }
    Ok(Reply::NULL)
}

/// The paths permissions can stand on.
fn is_object_path(path: &str) -> bool {
    path == "/"
        || ["access", "mapping", "nodes", "pool", "sdn", "storage", "vms"].iter().any(|root| {
            path.strip_prefix('/').is_some_and(|rest| rest == *root || rest.starts_with(&format!("{root}/")))
        })
}
