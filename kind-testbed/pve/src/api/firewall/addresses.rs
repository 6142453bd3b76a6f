//! Addresses in sets, and aliases.

use serde_json::{Value, json};

use super::{Call, Handled, Reply, firewall, firewall_mut, unmodified, with_digest};
use crate::{
    error::{ApiError, die},
    model::firewall::{IpSet, Properties, digest, normal_cidr},
    world::World,
};

fn set(world: &World, call: &Call) -> Result<IpSet, ApiError> {
    let name = call.required("name");
    match firewall(world, call).sets.get(name) {
        Some(set) => Ok(set.clone()),
        None => die!("no such IPSet '{name}'"),
    }
}

pub(super) fn delete_set(world: &mut World, call: &Call) -> Handled {
    let name = call.required("name");
    if !set(world, call)?.members.is_empty() && !call.flag("force") {
        die!("IPSet '{name}' is not empty");
    }
    firewall_mut(world, call).sets.remove(name);
    Ok(Reply::NULL)
}

pub(super) fn list_members(world: &mut World, call: &Call) -> Handled {
    let set = set(world, call)?;
    let digest = digest(&set.members);
    Ok(Reply::Data(set.members.iter().map(|member| with_digest(member, &digest)).collect()))
}

fn save(world: &mut World, call: &Call, set: IpSet) {
    firewall_mut(world, call).sets.insert(call.required("name").to_owned(), set);
}

fn member_options(call: &Call) -> impl Iterator<Item = (String, String)> + '_ {
    // A switch that is off is not written.
    let nomatch = call.flag("nomatch").then(|| ("nomatch".to_owned(), "1".to_owned()));
    call.owned("comment").map(|text| ("comment".to_owned(), text)).into_iter().chain(nomatch)
}

pub(super) fn add_member(world: &mut World, call: &Call) -> Handled {
    let mut set = set(world, call)?;
    let cidr = normal_cidr(call.required("cidr"));
    if set.members.iter().any(|member| member["cidr"] == cidr) {
        return Err(ApiError::param("cidr", format!("address '{cidr}' already exists")));
    }
    if cidr.ends_with("/0") {
        return Err(ApiError::param("cidr", "a zero prefix is not allowed in ipset entries"));
    }
    let member = member_options(call).chain([("cidr".to_owned(), cidr)]).collect();
    set.members.insert(0, member);
    save(world, call, set);
    Ok(Reply::NULL)
}

fn member(call: &Call, set: &IpSet) -> Result<usize, ApiError> {
    let cidr = normal_cidr(call.required("cidr"));
    set.members
        .iter()
        .position(|member| member["cidr"] == cidr)
        .ok_or_else(|| ApiError::param("cidr", "no such IP/Network"))
}

pub(super) fn read_member(world: &mut World, call: &Call) -> Handled {
    let set = set(world, call)?;
    let at = member(call, &set)?;
    Ok(Reply::Data(with_digest(&set.members[at], &digest(&set.members))))
}

pub(super) fn update_member(world: &mut World, call: &Call) -> Handled {
    let mut set = set(world, call)?;
    unmodified(call, &digest(&set.members))?;
    let at = member(call, &set)?;
    let entry = &mut set.members[at];
    entry.remove("nomatch");
    entry.remove("comment");
    entry.extend(member_options(call));
    save(world, call, set);
    Ok(Reply::NULL)
}

pub(super) fn delete_member(world: &mut World, call: &Call) -> Handled {
    let mut set = set(world, call)?;
    unmodified(call, &digest(&set.members))?;
    let at = member(call, &set)?;
    set.members.remove(at);
    save(world, call, set);
    Ok(Reply::NULL)
}

fn alias_row(name: &str, alias: &Properties, digest: &str) -> Value {
    let mut row = with_digest(alias, digest);
    let version = if alias.get("cidr").is_some_and(|cidr| cidr.contains(':')) { 6 } else { 4 };
    row["name"] = json!(name);
    row["ipversion"] = json!(version);
    row
}

pub(super) fn list_aliases(world: &mut World, call: &Call) -> Handled {
    let firewall = firewall(world, call);
    let digest = digest(firewall.aliases.values());
    Ok(Reply::Data(firewall.aliases.iter().map(|(name, alias)| alias_row(name, alias, &digest)).collect()))
}

/// Names of aliases are written in small letters.
fn alias_name(call: &Call, parameter: &str) -> Option<String> {
    call.get(parameter).map(str::to_lowercase)
}

fn alias(call: &Call) -> Properties {
    let comment = call.owned("comment").map(|text| ("comment".to_owned(), text));
    comment.into_iter().chain([("cidr".to_owned(), normal_cidr(call.required("cidr")))]).collect()
}

fn alias_exists(name: &str) -> ApiError {
    ApiError::param("name", format!("alias '{name}' already exists"))
}

fn no_such_alias() -> ApiError {
    ApiError::param("name", "no such alias")
}

pub(super) fn create_alias(world: &mut World, call: &Call) -> Handled {
    let name = alias_name(call, "name").unwrap_or_default();
    if firewall(world, call).aliases.contains_key(&name) {
        return Err(alias_exists(&name));
    }
    firewall_mut(world, call).aliases.insert(name, alias(call));
    Ok(Reply::NULL)
}

pub(super) fn read_alias(world: &mut World, call: &Call) -> Handled {
    let name = alias_name(call, "name").unwrap_or_default();
    let firewall = firewall(world, call);
    let alias = firewall.aliases.get(&name).ok_or_else(no_such_alias)?;
    Ok(Reply::Data(alias_row(&name, alias, &digest(firewall.aliases.values()))))
}

pub(super) fn update_alias(world: &mut World, call: &Call) -> Handled {
    let name = alias_name(call, "name").unwrap_or_default();
    let known = firewall(world, call);
    unmodified(call, &digest(known.aliases.values()))?;
    if !known.aliases.contains_key(&name) {
        return Err(no_such_alias());
    }
    let new = alias_name(call, "rename").filter(|new| *new != name);
    if let Some(new) = new.as_ref().filter(|new| known.aliases.contains_key(*new)) {
        return Err(alias_exists(new));
    }
    let aliases = &mut firewall_mut(world, call).aliases;
    aliases.remove(&name);
    aliases.insert(new.unwrap_or(name), alias(call));
    Ok(Reply::NULL)
}

pub(super) fn delete_alias(world: &mut World, call: &Call) -> Handled {
    let name = alias_name(call, "name").unwrap_or_default();
    let known = firewall(world, call);
    unmodified(call, &digest(known.aliases.values()))?;
    if firewall_mut(world, call).aliases.remove(&name).is_none() {
        return Err(no_such_alias());
    }
    Ok(Reply::NULL)
}
