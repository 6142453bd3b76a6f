//! `/cluster/ha`: resources, rules and what the manager makes of them. Groups are gone since Proxmox VE 9.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Call, Handled, Handler, Reply};
use crate::{
    error::{ApiError, die},
    model::{
        Vmid,
        clock::Civil,
        config::digest_of,
        ha::{Ha, Resource, Service, Wanted, parse_sid},
    },
    request::Method,
    schema::split_list,
    world::World,
};

/// The served paths below `/cluster/ha`.
pub(super) fn handler(method: Method, path: &str) -> Option<Handler> {
    use Method::{Delete, Get, Post, Put};
    Some(match (method, path) {
        (Get, "/resources") => list,
        (Post, "/resources") => create,
        (Get, "/resources/{sid}") => read,
        (Put, "/resources/{sid}") => update,
        (Delete, "/resources/{sid}") => delete,
        (Post, "/resources/{sid}/migrate" | "/resources/{sid}/relocate") => migrate,
        (Get, "/rules") => list_rules,
        (Post, "/rules") => create_rule,
        (Get, "/rules/{rule}") => read_rule,
        (Put, "/rules/{rule}") => update_rule,
        (Delete, "/rules/{rule}") => delete_rule,
        (Get, "/groups") => groups_index,
        (Post, "/groups") => groups_create,
        (Get | Put | Delete, "/groups/{group}") => groups_read,
        (Get, "/status/current") => status,
        (Get, "/status/manager_status") => manager_status,
        _ => return None,
    })
}

/// Options of a resource that are stored as they are sent.
const OPTIONS: [&str; 4] = ["comment", "failback", "max_relocate", "max_restart"];

fn resources_digest(ha: &Ha) -> String {
    let lines = ha.resources.iter().map(|(vmid, resource)| format!("vm: {vmid}\n{:?}\n", resource.options));
    digest_of(&lines.collect::<String>())
}

fn row(ha: &Ha, vmid: Vmid, resource: &Resource) -> Value {
    let mut out = json!({ "sid": format!("vm:{vmid}"), "type": "vm", "digest": resources_digest(ha) });
    for (name, value) in &resource.options {
        out[name] = typed(value);
    }
    out
}

/// Numbers are numbers.
fn typed(value: &str) -> Value {
    value.parse::<u64>().map_or_else(|_| json!(value), |number| json!(number))
}

fn list(world: &mut World, call: &Call) -> Handled {
    if call.get("type") == Some("ct") {
        return Ok(Reply::Data(json!([])));
    }
    let rows = world.ha.resources.iter().map(|(vmid, resource)| row(&world.ha, *vmid, resource));
    Ok(Reply::Data(rows.collect()))
}

fn sid(call: &Call) -> Result<Vmid, ApiError> {
    let text = call.required("sid");
    parse_sid(text)
        .ok_or_else(|| ApiError::param("sid", format!("invalid format - unable to parse service ID '{text}'\n")))
}

fn no_groups(call: &Call) -> Result<(), ApiError> {
    if call.get("group").is_some_and(|group| !group.is_empty()) {
        die!("invalid parameter 'group': ha groups have been migrated to rules");
    }
    Ok(())
}

fn create(world: &mut World, call: &Call) -> Handled {
    let vmid = sid(call)?;
    if call.get("type") == Some("ct") {
        die!("types does not match");
    }
    if !world.vms.contains_key(&vmid) {
        die!("cannot add service 'vm:{vmid}': resource 'vm:{vmid}' does not exist in cluster");
    }
    no_groups(call)?;
    if world.ha.resources.contains_key(&vmid) {
        die!("create resource failed: resource ID 'vm:{vmid}' already defined");
    }
    let mut resource = Resource { since: world.now(), ..Resource::default() };
    apply(&mut resource, call);
    world.ha.resources.insert(vmid, resource);
    world.wake_ha();
    Ok(Reply::NULL)
}

fn apply(resource: &mut Resource, call: &Call) {
    let given = OPTIONS.iter().filter_map(|name| Some(((*name).to_owned(), call.owned(name)?)));
    resource.options.extend(given);
    if let Some(state) = call.get("state") {
        resource.wanted = Wanted::parse(state);
        resource.options.insert("state".to_owned(), resource.wanted.as_str().to_owned());
        if resource.service == Service::Error {
            // Asking anew is the way out of the error state.
            (resource.service, resource.failures) = (Service::Queued, 0);
        }
    }
}

fn found(world: &World, vmid: Vmid) -> Result<&Resource, ApiError> {
    world.ha.resources.get(&vmid).ok_or_else(|| ApiError::Die(format!("no such resource 'vm:{vmid}'")))
}

fn read(world: &mut World, call: &Call) -> Handled {
    let vmid = sid(call)?;
    let resource = found(world, vmid)?;
    Ok(Reply::Data(row(&world.ha, vmid, resource)))
}

fn update(world: &mut World, call: &Call) -> Handled {
    let vmid = sid(call)?;
    no_groups(call)?;
    found(world, vmid)?;
    if call.get("digest").is_some_and(|digest| digest != resources_digest(&world.ha)) {
        die!("update resource failed: detected modified configuration - file changed by other user? Try again.");
    }
    if let Some(resource) = world.ha.resources.get_mut(&vmid) {
        apply(resource, call);
        for name in split_list(call.get("delete").unwrap_or_default()) {
            resource.options.remove(name);
            if name == "state" {
                resource.wanted = Wanted::Started;
            }
        }
    }
    world.wake_ha();
    Ok(Reply::NULL)
}

fn delete(world: &mut World, call: &Call) -> Handled {
    let vmid = sid(call)?;
    if world.ha.resources.remove(&vmid).is_none() {
        die!("cannot delete service 'vm:{vmid}', not HA managed!");
    }
    Ok(Reply::NULL)
}

fn migrate(world: &mut World, call: &Call) -> Handled {
    let vmid = sid(call)?;
    // The path has no node; the parameter is where to.
    let target = call.required("node").to_owned();
    found(world, vmid)?;
    if !world.nodes.contains_key(&target) {
        die!("no such cluster node '{target}'");
    }
    if let Some(resource) = world.ha.resources.get_mut(&vmid) {
        resource.destination = Some(target.clone());
    }
    world.wake_ha();
    Ok(Reply::Data(json!({ "sid": format!("vm:{vmid}"), "requested-node": target })))
}

const NO_GROUPS: &str = "ha groups have been migrated to rules";

fn groups_index(_: &mut World, _: &Call) -> Handled {
    die!("cannot index groups: {NO_GROUPS}")
}

fn groups_create(_: &mut World, _: &Call) -> Handled {
    die!("cannot create group: {NO_GROUPS}")
}

fn groups_read(_: &mut World, _: &Call) -> Handled {
    die!("cannot read group: {NO_GROUPS}")
}

fn rules_digest(ha: &Ha) -> String {
    digest_of(&format!("{:?}", ha.rules))
}

fn rule_row(ha: &Ha, name: &str, options: &BTreeMap<String, String>) -> Value {
    let mut out = json!({ "rule": name, "digest": rules_digest(ha) });
    for (name, value) in options {
        out[name] = if matches!(name.as_str(), "disable" | "strict") { typed(value) } else { json!(value) };
    }
    out
}

fn list_rules(world: &mut World, call: &Call) -> Handled {
    let of_type = |options: &BTreeMap<String, String>| {
        call.get("type").is_none_or(|wanted| options.get("type").is_some_and(|kind| kind == wanted))
    };
    let of_resource = |options: &BTreeMap<String, String>| {
        let listed = options.get("resources").map(String::as_str).unwrap_or_default();
        call.get("resource").is_none_or(|wanted| split_list(listed).any(|sid| sid == wanted))
    };
    let rules = world.ha.rules.iter().filter(|(_, options)| of_type(options) && of_resource(options));
    Ok(Reply::Data(rules.map(|(name, options)| rule_row(&world.ha, name, options)).collect()))
}

fn rule_options(call: &Call) -> impl Iterator<Item = (String, String)> + '_ {
    let control = ["rule", "delete", "digest"];
    call.params
        .keys()
        .filter(move |name| !control.contains(&name.as_str()))
        .filter_map(|name| Some((name.clone(), call.owned(name)?)))
}

/// What a rule of each type cannot do without.
fn check_rule(options: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let special = if options.get("type").is_some_and(|kind| kind == "node-affinity") { "nodes" } else { "affinity" };
    let missing = ["resources", special].into_iter().filter(|name| !options.contains_key(*name));
    let errors: BTreeMap<String, String> =
        missing.map(|name| (name.to_owned(), "property is missing and it is not optional".to_owned())).collect();
    if errors.is_empty() { Ok(()) } else { Err(ApiError::Param(errors)) }
}

fn create_rule(world: &mut World, call: &Call) -> Handled {
    let name = call.required("rule").to_owned();
    let options: BTreeMap<String, String> = rule_options(call).collect();
    check_rule(&options)?;
    if world.ha.rules.contains_key(&name) {
        die!("create HA rule failed: HA rule '{name}' already defined");
    }
    world.ha.rules.insert(name, options);
    Ok(Reply::NULL)
}

fn known_rule(world: &World, verb: &str, name: &str) -> Result<(), ApiError> {
    if !world.ha.rules.contains_key(name) {
        die!("{verb}no such ha rule '{name}'");
    }
    Ok(())
}

fn read_rule(world: &mut World, call: &Call) -> Handled {
    let name = call.required("rule");
    known_rule(world, "", name)?;
    Ok(Reply::Data(world.ha.rules.get(name).map_or(Value::Null, |options| rule_row(&world.ha, name, options))))
}

fn update_rule(world: &mut World, call: &Call) -> Handled {
    let name = call.required("rule");
    known_rule(world, "update HA rules failed: ", name)?;
    if call.get("digest").is_some_and(|digest| digest != rules_digest(&world.ha)) {
        die!("update HA rules failed: detected modified configuration - file changed by other user? Try again.");
    }
    if let Some(options) = world.ha.rules.get_mut(name) {
        options.extend(rule_options(call));
        for gone in split_list(call.get("delete").unwrap_or_default()) {
            options.remove(gone);
        }
    }
    Ok(Reply::NULL)
}

fn delete_rule(world: &mut World, call: &Call) -> Handled {
    let name = call.required("rule");
    known_rule(world, "delete HA rule failed: ", name)?;
    world.ha.rules.remove(name);
    Ok(Reply::NULL)
}

/// Quorum; then, when there is anything to manage, the master, the nodes' local managers and the services.
fn status(world: &mut World, call: &Call) -> Handled {
    let quorate = world.quorate();
    let mut rows = vec![json!({
        "id": "quorum", "type": "quorum", "node": call.node, "quorate": u8::from(quorate),
        "status": if quorate { "OK" } else { "No quorum on node!" },
    })];
    if world.ha.resources.is_empty() {
        return Ok(Reply::Data(Value::Array(rows)));
    }
    let now = world.unix_now();
    let time = Civil::of(now).local_time();
    if let Some(master) = world.first_online() {
        rows.push(json!({
            "id": "master", "type": "master", "node": master, "timestamp": now,
            "status": format!("{master} (active, {time})"),
        }));
    }
    for (name, node) in &world.nodes {
        let busy = world.ha.resources.keys().any(|vmid| world.vms.get(vmid).is_some_and(|vm| vm.node == *name));
        let state = match (node.online, busy) {
            (false, _) => "old timestamp - dead?",
            (true, true) => "active",
            (true, false) => "idle",
        };
        rows.push(json!({
            "id": format!("lrm:{name}"), "type": "lrm", "node": name, "timestamp": now,
            "status": format!("{name} ({state}, {time})"),
        }));
    }
    for (vmid, resource) in &world.ha.resources {
        let node = world.vms.get(vmid).map_or_else(|| call.node.clone(), |vm| vm.node.clone());
        let state = if resource.wanted == Wanted::Ignored { "ignored" } else { resource.service.as_str() };
        let option = |name: &str| resource.options.get(name).map_or(json!(1), |text| typed(text));
        rows.push(json!({
            "id": format!("service:vm:{vmid}"), "type": "service", "sid": format!("vm:{vmid}"), "node": node,
            "state": state, "crm_state": state, "request_state": resource.wanted.as_str(),
            "status": format!("vm:{vmid} ({node}, {state})"), "max_restart": option("max_restart"),
            "max_relocate": option("max_relocate"), "failback": option("failback"),
        }));
    }
    Ok(Reply::Data(Value::Array(rows)))
}

fn manager_status(world: &mut World, _: &Call) -> Handled {
    let quorum = json!({ "node": world.first_online(), "quorate": if world.quorate() { "1" } else { "0" } });
    let services: Map<String, Value> = world
        .ha
        .resources
        .iter()
        .filter_map(|(vmid, resource)| {
            let vm = world.vms.get(vmid)?;
            let row = json!({ "node": vm.node, "state": resource.service.as_str() });
            Some((format!("vm:{vmid}"), row))
        })
        .collect();
    let manager = if services.is_empty() {
        json!({})
    } else {
        let nodes = world
            .nodes
            .iter()
            .map(|(name, node)| (name.clone(), json!(if node.online { "online" } else { "unknown" })));
        json!({
            "master_node": world.first_online(), "timestamp": world.unix_now(),
            "node_status": nodes.collect::<Map<_, _>>(), "service_status": services,
        })
    };
    Ok(Reply::Data(json!({ "quorum": quorum, "manager_status": manager, "lrm_status": {} })))
}

impl World {
    /// `ha` in a VM's current state.
    pub(crate) fn ha_summary(&self, vmid: Vmid) -> Value {
        match self.ha.resources.get(&vmid) {
            None => json!({ "managed": 0 }),
            Some(resource) => json!({ "managed": 1, "group": Value::Null, "state": resource.service.as_str() }),
        }
    }

    /// `hastate` in lists, of guests that are managed.
    pub(crate) fn ha_state(&self, vmid: Vmid) -> Option<&'static str> {
        let resource = self.ha.resources.get(&vmid)?;
        Some(if resource.wanted == Wanted::Ignored { "ignored" } else { resource.service.as_str() })
    }
}
