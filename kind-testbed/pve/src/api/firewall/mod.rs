//! Firewalls of the cluster, of nodes and of guests: options, rules, address sets, aliases, security groups. One set of
//! handlers serves all three; the path says whose firewall a call is about.

mod addresses;
mod groups;
mod named;
mod options;
mod rules;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Handled, Handler, Reply};
use crate::{
    error::{ApiError, die},
    model::firewall::{Firewall, IpSet, Place, Properties, SecurityGroup, show},
    request::Method,
    world::World,
};

/// The served paths below `…/firewall`.
pub(super) fn handler(method: Method, path: &str) -> Option<Handler> {
    use Method::{Delete, Get, Post, Put};
    Some(match (method, path) {
        (Get, "/options") => options::read,
        (Put, "/options") => options::update,
        (Get, "/log") => options::log,
        (Get, "/refs") => options::references,
        (Get, "/macros") => options::macros,
        (Get, "/rules" | "/groups/{group}") => rules::list,
        (Post, "/rules" | "/groups/{group}") => rules::create,
        (Get, "/rules/{pos}" | "/groups/{group}/{pos}") => rules::read,
        (Put, "/rules/{pos}" | "/groups/{group}/{pos}") => rules::update,
        (Delete, "/rules/{pos}" | "/groups/{group}/{pos}") => rules::delete,
        (Get, "/groups") => named::list::<SecurityGroup>,
        (Post, "/groups") => named::create::<SecurityGroup>,
        (Delete, "/groups/{group}") => groups::delete,
        (Get, "/ipset") => named::list::<IpSet>,
        (Post, "/ipset") => named::create::<IpSet>,
        (Get, "/ipset/{name}") => addresses::list_members,
        (Post, "/ipset/{name}") => addresses::add_member,
        (Delete, "/ipset/{name}") => addresses::delete_set,
        (Get, "/ipset/{name}/{cidr}") => addresses::read_member,
        (Put, "/ipset/{name}/{cidr}") => addresses::update_member,
        (Delete, "/ipset/{name}/{cidr}") => addresses::delete_member,
        (Get, "/aliases") => addresses::list_aliases,
        (Post, "/aliases") => addresses::create_alias,
        (Get, "/aliases/{name}") => addresses::read_alias,
        (Put, "/aliases/{name}") => addresses::update_alias,
        (Delete, "/aliases/{name}") => addresses::delete_alias,
        _ => return None,
    })
}

fn place(call: &Call) -> Place {
    if call.template.starts_with("/cluster/") {
        Place::Cluster
    } else if call.get("vmid").is_some() {
        Place::Guest(call.vmid())
    } else {
        Place::Node(call.node.clone())
    }
}

/// The firewall a call is about; one that was never written is empty.
fn firewall(world: &World, call: &Call) -> Arc<Firewall> {
    world.firewalls.get(&place(call)).cloned().unwrap_or_default()
}

fn firewall_mut<'a>(world: &'a mut World, call: &Call) -> &'a mut Firewall {
    Arc::make_mut(world.firewalls.entry(place(call)).or_default())
}

/// Properties as a read shows them, with what they were all told by.
fn with_digest(properties: &Properties, digest: &str) -> Value {
    let mut out = show(properties);
    out.insert("digest".to_owned(), json!(digest));
    Value::Object(out)
}

/// Refuses a change that was thought out for another state.
fn unmodified(call: &Call, digest: &str) -> Result<(), ApiError> {
    if call.get("digest").is_some_and(|given| given != digest) {
        die!("detected modified configuration - file changed by other user? Try again.");
    }
    Ok(())
}
