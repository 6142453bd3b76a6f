//! `/access/groups`: who is in one stands with the users.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Handled, Reply};
use crate::{
    error::die,
    model::access::{Group, SubjectKind},
    world::World,
};

fn members<'a>(world: &'a World, groupid: &str) -> Vec<&'a str> {
    let users = world.access.users.iter().filter(|(_, user)| user.groups.iter().any(|group| group == groupid));
    users.map(|(name, _)| name.as_str()).collect()
}

pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    let visible = ["User.Modify", "Sys.Audit", "Group.Allocate"];
    let rows = world
        .access
        .groups
        .iter()
        .filter(|(groupid, _)| world.allowed_any(&call.who, &format!("/access/groups/{groupid}"), &visible))
        .map(|(groupid, group)| {
            let mut row = json!({ "groupid": groupid, "users": members(world, groupid).join(",") });
            if let Some(comment) = &group.comment {
                row["comment"] = json!(comment);
            }
            row
        });
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn create(world: &mut World, call: &Call) -> Handled {
    let groupid = call.required("groupid").to_owned();
    if world.access.groups.contains_key(&groupid) {
        die!("create group failed: group '{groupid}' already exists");
    }
    let group = Group { comment: call.owned("comment") };
    Arc::make_mut(&mut world.access).groups.insert(groupid, group);
    Ok(Reply::NULL)
}

pub(super) fn read(world: &mut World, call: &Call) -> Handled {
    let groupid = call.required("groupid");
    let Some(group) = world.access.groups.get(groupid) else { die!("group '{groupid}' does not exist") };
    let mut out = json!({ "members": members(world, groupid) });
    if let Some(comment) = &group.comment {
        out["comment"] = Value::from(comment.as_str());
    }
    Ok(Reply::Data(out))
}

pub(super) fn update(world: &mut World, call: &Call) -> Handled {
    let groupid = call.required("groupid");
    let comment = call.owned("comment");
    let Some(group) = Arc::make_mut(&mut world.access).groups.get_mut(groupid) else {
        die!("update group failed: group '{groupid}' does not exist");
    };
    if comment.is_some() {
        group.comment = comment;
    }
    Ok(Reply::NULL)
}

pub(super) fn delete(world: &mut World, call: &Call) -> Handled {
    let groupid = call.required("groupid").to_owned();
    if !world.access.groups.contains_key(&groupid) {
        die!("delete group failed: group '{groupid}' does not exist");
    }
    let access = Arc::make_mut(&mut world.access);
    access.groups.remove(&groupid);
    access.acl.retain(|entry| entry.kind != SubjectKind::Group || entry.subject != groupid);
    for user in access.users.values_mut() {
        user.groups.retain(|group| *group != groupid);
    }
    Ok(Reply::NULL)
}
