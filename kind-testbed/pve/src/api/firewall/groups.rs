//! Security groups of the cluster.

use serde_json::json;

use super::{Call, Handled, Reply, firewall, firewall_mut, unmodified};
use crate::{
    error::{ApiError, die},
    model::firewall::{Firewall, Properties, SecurityGroup, digest},
    world::World,
};

fn digest_of_list(firewall: &Firewall) -> String {
    let rows: Vec<Properties> = firewall
        .groups
        .iter()
        .map(|(name, group)| {
            let comment = group.comment.iter().map(|text| ("comment".to_owned(), text.clone()));
            comment.chain([("group".to_owned(), name.clone())]).collect()
        })
        .collect();
    digest(&rows)
}

pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    let firewall = firewall(world, call);
    let digest = digest_of_list(&firewall);
    let rows = firewall.groups.iter().map(|(name, group)| {
        let mut row = json!({ "group": name, "digest": digest });
        if let Some(comment) = &group.comment {
            row["comment"] = json!(comment);
        }
        row
    });
    Ok(Reply::Data(rows.collect()))
}

/// A new group, or with `rename` another name or comment for one.
pub(super) fn create(world: &mut World, call: &Call) -> Handled {
    let name = call.required("group").to_owned();
    let known = firewall(world, call);
    unmodified(call, &digest_of_list(&known))?;
    let taken = || ApiError::param("group", format!("Security group '{name}' already exists"));
    let Some(old) = call.get("rename") else {
        if known.groups.contains_key(&name) {
            return Err(taken());
        }
        let group = SecurityGroup { comment: call.owned("comment"), rules: Vec::new() };
        firewall_mut(world, call).groups.insert(name, group);
        return Ok(Reply::NULL);
    };
    if !known.groups.contains_key(old) {
        return Err(ApiError::param("group", format!("Security group '{old}' does not exist")));
    }
    if name != old && known.groups.contains_key(&name) {
        return Err(taken());
    }
    let groups = &mut firewall_mut(world, call).groups;
    if let Some(mut group) = groups.remove(old) {
        group.comment = call.owned("comment").or(group.comment);
        groups.insert(name, group);
    }
    Ok(Reply::NULL)
}

pub(super) fn delete(world: &mut World, call: &Call) -> Handled {
    let name = call.required("group");
    match firewall(world, call).groups.get(name) {
        None => die!("no such security group '{name}'"),
        Some(group) if !group.rules.is_empty() => die!("Security group '{name}' is not empty"),
        Some(_) => {}
    }
    firewall_mut(world, call).groups.remove(name);
    Ok(Reply::NULL)
}
