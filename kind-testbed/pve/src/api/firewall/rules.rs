//! Rules, by position. A new one comes first.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Call, Handled, Reply, firewall, firewall_mut, options::is_macro, place, unmodified};
use crate::{
    error::{ApiError, die},
    model::firewall::{Firewall, Place, Properties, digest, show},
    schema::split_list,
    world::World,
};

/// Parameters of a call that are no properties of a rule.
const CONTROL: [&str; 8] = ["node", "vmid", "group", "pos", "digest", "delete", "moveto", "rename"];

/// The firewall's own rules, or those of a security group.
fn rules(world: &World, call: &Call) -> Result<Vec<Properties>, ApiError> {
    let firewall = firewall(world, call);
    match call.get("group") {
        None => Ok(firewall.rules.clone()),
        Some(group) => match firewall.groups.get(group) {
            Some(found) => Ok(found.rules.clone()),
            None => die!("no such security group '{group}'"),
        },
    }
}

fn save(world: &mut World, call: &Call, rules: Vec<Properties>) {
    let firewall = firewall_mut(world, call);
    match call.get("group").and_then(|group| firewall.groups.get_mut(group)) {
        Some(group) => group.rules = rules,
        None => firewall.rules = rules,
    }
}

fn row(pos: usize, rule: &Properties, digest: &str) -> Value {
    let mut out = show(rule);
    out.insert("pos".to_owned(), json!(pos));
    out.insert("digest".to_owned(), json!(digest));
    Value::Object(out)
}

pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    let rules = rules(world, call)?;
    let digest = digest(&rules);
    Ok(Reply::Data(rules.iter().enumerate().map(|(pos, rule)| row(pos, rule, &digest)).collect()))
}

/// The position in the path, if there is a rule.
fn position(call: &Call, rules: &[Properties]) -> Result<usize, ApiError> {
    let pos = call.number("pos").and_then(|pos| usize::try_from(pos).ok()).unwrap_or(usize::MAX);
    if pos >= rules.len() {
        die!("no rule at position {}", call.required("pos"));
    }
    Ok(pos)
}

pub(super) fn read(world: &mut World, call: &Call) -> Handled {
    let rules = rules(world, call)?;
    let pos = position(call, &rules)?;
    Ok(Reply::Data(row(pos, &rules[pos], &digest(&rules))))
}

fn properties(call: &Call) -> impl Iterator<Item = (String, String)> + '_ {
    call.params
        .keys()
        .filter(|name| !CONTROL.contains(&name.as_str()))
        .filter_map(|name| Some((name.clone(), call.owned(name)?)))
}

pub(super) fn create(world: &mut World, call: &Call) -> Handled {
    let mut rules = rules(world, call)?;
    unmodified(call, &digest(&rules))?;
    let mut rule: Properties = properties(call).collect();
    rule.entry("enable".to_owned()).or_insert_with(|| "0".to_owned());
    verify(world, call, &rule)?;
    rules.insert(0, rule);
    save(world, call, rules);
    Ok(Reply::NULL)
}

pub(super) fn update(world: &mut World, call: &Call) -> Handled {
    let mut rules = rules(world, call)?;
    unmodified(call, &digest(&rules))?;
    let pos = position(call, &rules)?;
    if let Some(to) = call.number("moveto").and_then(|to| usize::try_from(to).ok()).filter(|to| *to != pos) {
        // It comes to stand before the rule that is there now.
        let rule = rules.remove(pos);
        let to = if to > pos { to - 1 } else { to };
        rules.insert(to.min(rules.len()), rule);
    } else {
        let rule = &mut rules[pos];
        rule.extend(properties(call));
        for name in split_list(call.get("delete").unwrap_or_default()) {
            rule.remove(name);
        }
        verify(world, call, &rules[pos])?;
    }
    save(world, call, rules);
    Ok(Reply::NULL)
}

pub(super) fn delete(world: &mut World, call: &Call) -> Handled {
    let mut rules = rules(world, call)?;
    unmodified(call, &digest(&rules))?;
    let pos = position(call, &rules)?;
    rules.remove(pos);
    save(world, call, rules);
    Ok(Reply::NULL)
}

/// What a rule as a whole must hold.
fn verify(world: &World, call: &Call, rule: &Properties) -> Result<(), ApiError> {
    let mut errors = BTreeMap::new();
    let mut refuse = |name: &str, text: String| {
        errors.insert(name.to_owned(), text);
    };
    let get = |name: &str| rule.get(name).map(String::as_str);
    let (kind, action) = (get("type").unwrap_or_default(), get("action").unwrap_or_default());
    let guest = matches!(place(call), Place::Guest(_));
    if kind == "group" {
        if call.get("group").is_some() {
            refuse("type", "security groups not allowed".to_owned());
        }
    } else if !matches!(action, "ACCEPT" | "DROP" | "REJECT") {
        refuse("action", format!("unknown action '{action}'"));
    }
    let is_card = |iface: &str| iface.strip_prefix("net").is_some_and(|index| index.parse::<u32>().is_ok());
    if guest && get("iface").is_some_and(|iface| !is_card(iface)) {
        refuse("iface", "value does not match the regex pattern 'net\\d+'".to_owned());
    }
    if let Some(name) = get("macro").filter(|name| !is_macro(name)) {
        refuse("macro", format!("unknown macro '{name}'"));
    }
    for port in ["dport", "sport"] {
        let by_macro = get("macro").is_some();
        if get(port).is_some() && get("proto").is_none() && !by_macro {
            refuse("proto", format!("missing property - '{port}' requires this property"));
        }
    }
    for end in ["source", "dest"] {
        if let Some(text) = get(end).and_then(|list| unknown_name(world, call, list)) {
            refuse(end, text);
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(ApiError::Param(errors)) }
}

/// A set or alias in an address list that is not there.
fn unknown_name(world: &World, call: &Call, list: &str) -> Option<String> {
    let cluster = world.firewalls.get(&Place::Cluster).cloned().unwrap_or_default();
    let own = firewall(world, call);
    split_list(list).find_map(|part| {
        if let Some(name) = part.strip_prefix('+') {
            let known = knows(name, &cluster, &own, |firewall, name| firewall.sets.contains_key(name));
            return (!known).then(|| format!("no such ipset '{name}'"));
        }
        let named = part.starts_with(|c: char| c.is_ascii_alphabetic()) && !part.contains(':');
        let known = knows(part, &cluster, &own, |firewall, name| firewall.aliases.contains_key(name));
        (named && !known).then(|| format!("no such alias '{part}'"))
    })
}

/// `dc/x` is the cluster's, `guest/x` the guest's; a bare name is looked up in both.
fn knows(name: &str, cluster: &Firewall, own: &Firewall, has: impl Fn(&Firewall, &str) -> bool) -> bool {
    if let Some(name) = name.strip_prefix("dc/") {
        return has(cluster, name);
    }
    match name.strip_prefix("guest/") {
        Some(name) => has(own, name),
        None => has(own, name) || has(cluster, name),
    }
}
