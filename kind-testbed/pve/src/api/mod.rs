//! From a request to an answer: authentication, route, permission, node, parameters, handler, in the order Proxmox VE
//! checks them. A path of the schema without a handler answers 501, as an unknown one does.

#![expect(clippy::unnecessary_wraps, reason = "all handlers have one signature")]

mod access;
mod acl;
mod auth;
mod backup;
mod bulk;
mod capabilities;
mod cluster;
mod content;
mod datacenter;
mod download;
mod firewall;
mod groups;
mod guest_row;
mod ha;
mod host;
mod index;
mod lxc;
mod node;
mod nodes;
mod password;
pub(crate) mod permission;
mod pools;
mod prune;
mod qemu;
mod realms;
mod rrd;
mod storage;
mod tasks;
mod users;

use std::{collections::HashMap, sync::OnceLock};

use serde::{Serialize, Serializer as _};
use serde_json::{Value, json};

use crate::{
    error::{ApiError, die},
    model::{Vmid, access::Principal},
    request::{Answer, Body, Delivery, JsonText, Method, Millis, Params, Request, RequestId},
    schema::{Endpoint, Schema, verify},
    world::{AGENT_PROBE, LOGIN_DELAY, NO_ROUTE, PORT_WAIT, World},
};

/// A checked call, as handlers see it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: RequestId,
    pub(crate) who: Principal,
    /// Path and query parameters together.
    pub(crate) params: Params,
    /// The node the call runs on: the one in the path, or the one that took it.
    pub(crate) node: String,
    /// What the schema says about the call.
    pub(crate) endpoint: &'static Endpoint,
    /// The path in the schema, placeholders and all.
    pub(crate) template: &'static str,
}

impl Call {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name)?.first().map(String::as_str)
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// A boolean; absent is false.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("1")
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// A parameter the schema requires.
    pub(crate) fn required(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// `…/agent/ping` → `ping`.
    pub(crate) fn last_segment(&self) -> &'static str {
        self.template.rsplit('/').next().unwrap_or_default()
    }

    pub(crate) fn vmid(&self) -> Vmid {
        self.get("vmid").and_then(|vmid| vmid.parse().ok()).unwrap_or_default()
    }
}

/// What a handler gives back.
#[derive(Debug)]
pub(crate) enum Reply {
    Data(Value),
    /// The whole body as JSON text.
    Written(String),
    /// A list with the number of all entries beside it.
    Counted(Value, usize),
    /// A process answers later.
    Later,
}

impl Reply {
    pub(crate) const NULL: Self = Self::Data(Value::Null);
}

pub(crate) type Handled = Result<Reply, ApiError>;

/// A long list, as text row by row: as values it would take many times as long.
fn written(rows: impl IntoIterator<Item = impl Serialize>) -> Handled {
    let mut text = br#"{"data":"#.to_vec();
    let written = serde_json::Serializer::new(&mut text).collect_seq(rows);
    text.push(b'}');
    let failed = |error: &dyn std::fmt::Display| ApiError::Die(error.to_string());
    written.map_err(|error| failed(&error))?;
    String::from_utf8(text).map(Reply::Written).map_err(|error| failed(&error))
}

type Handler = fn(&mut World, &Call) -> Handled;

/// The answer and how long it takes, or nothing when a process will answer.
pub(crate) fn handle(world: &mut World, id: RequestId, request: Request) -> Option<(Answer, Millis)> {
    let mut proxied = false;
    let mut daemon = None;
    let result = dispatch(world, id, request, &mut proxied, &mut daemon);
    if matches!(result, Ok(Reply::Later)) {
        if let Some(node) = daemon {
            world.keep_worker(&node, id);
        }
        return None;
    }
    let delay = match &result {
        Err(ApiError::NotAuthenticated(_) | ApiError::Unauthorized(_)) => LOGIN_DELAY,
        Err(ApiError::Die(text)) if text.starts_with("Timeout while waiting for port") => PORT_WAIT,
        Err(ApiError::Die(text)) if text == "QEMU guest agent is not running" => AGENT_PROBE,
        Err(ApiError::Proxy(595, text)) if text.starts_with("No route") => NO_ROUTE,
        _ => 0,
    };
    if let Some(node) = daemon.filter(|_| delay > 0) {
        world.keep_worker(&node, id);
    }
    Some((answer(result, proxied), delay))
}

/// The wire form of a handler's result.
pub(crate) fn answer(result: Handled, proxied: bool) -> Answer {
    let body = match result {
        Ok(Reply::Written(text)) => {
            let body = Body::Text(Box::new(JsonText::new(text)));
            return Answer { status: 200, reason: "OK".to_owned(), body, proxied, delivery: Delivery::Whole };
        }
        Err(error) => return error.answer(proxied),
        // Moved by hand: `json!` would copy the whole of it.
        // A count of nothing is not told.
        Ok(Reply::Data(data) | Reply::Counted(data, 0)) => {
            Value::Object([("data".to_owned(), data)].into_iter().collect())
        }
        Ok(Reply::Counted(data, total)) => {
            Value::Object([("data".to_owned(), data), ("total".to_owned(), json!(total))].into_iter().collect())
        }
        Ok(Reply::Later) => Value::Null,
    };
    Answer { status: 200, reason: "OK".to_owned(), body: Body::Json(body), proxied, delivery: Delivery::Whole }
}

/// `daemon` names the node whose `pvedaemon` the call got a worker of.
fn dispatch(
    world: &mut World,
    id: RequestId,
    request: Request,
    proxied: &mut bool,
    daemon: &mut Option<String>,
) -> Handled {
    let path = request.path.trim_end_matches('/').to_owned();
    let open = matches!(
        (request.method, path.as_str()),
        (Method::Get | Method::Post, "/access/ticket") | (Method::Get, "/access/domains")
    );
    let who = if open { Principal::user("") } else { auth::authenticate(world, &request)? };
    let not_implemented = || ApiError::NotImplemented(format!("{} {path}", request.method.as_str()));
    let route = Schema::get().route(request.method, &path).ok_or_else(not_implemented)?;
    let index = || (!route.endpoint.index.is_empty()).then_some(index::list as Handler);
    let handler = served(request.method, route.template).or_else(index).ok_or_else(not_implemented)?;
    if route.endpoint.ticket_only && matches!(request.credential, crate::request::Credential::Token(_)) {
        let text = format!("URI '{path}' not available with API token, need proper ticket.\n");
        return Err(ApiError::Forbidden(Some(text)));
    }
    let via = request.via.clone().or_else(|| world.first_online().cloned()).unwrap_or_default();
    let node = match route.captured.get("node").map(String::as_str) {
        None | Some("localhost") => via.clone(),
        Some(node) => node.to_owned(),
    };
    if route.endpoint.protected && world.waits_for_worker(&node, id, &request) {
        return Ok(Reply::Later);
    }
    let mut params = request.params;
    for (name, value) in &route.captured {
        match params.get(name) {
            Some(given) if given.len() != 1 || given[0] != *value => {
                let text = "duplicate parameter (already defined in URI) with conflicting values!";
                return Err(ApiError::param(name, text));
            }
            _ => {
                params.insert(name.clone(), vec![value.clone()]);
            }
        }
    }
    permission::check_endpoint(world, &who, route.endpoint, &params)?;
    *proxied = route.endpoint.protected || node != via;
    reachable(world, &node)?;
    if node != via && world.distrusted(&node) {
        return Err(ApiError::Proxy(596, "error:0A000086:SSL routines::certificate verify failed".to_owned()));
    }
    if route.endpoint.protected && world.pvedaemon_down(&node) {
        return Err(ApiError::Proxy(595, "Connection refused".to_owned()));
    }
    *daemon = route.endpoint.protected.then(|| node.clone());
    if route.captured.contains_key("node") {
        params.insert("node".to_owned(), vec![node.clone()]);
    }
    verify(route.endpoint, &params)?;
    if !world.quorate() && writes(request.method, route.template) {
        die!("cluster not ready - no quorum?");
    }
    handler(world, &Call { id, who, params, node, endpoint: route.endpoint, template: route.template })
}

/// Calls that write below `/etc/pve`, which is read-only without quorum. Stopping a guest is not one of them.
fn writes(method: Method, template: &str) -> bool {
    let on_process = template.contains("/agent/") || (template.contains("/status/") && !template.ends_with("/start"));
    method != Method::Get && !on_process && template != "/access/ticket" && !template.contains("/tasks/")
}

/// A node that is not in the cluster has no address; one that is off does not answer.
fn reachable(world: &World, node: &str) -> Result<(), ApiError> {
    match world.nodes.get(node) {
        None => die!(
            "hostname lookup '{node}' failed - failed to get address info for: {node}: Temporary failure in name resolution"
        ),
        Some(found) if !found.online => Err(ApiError::Proxy(595, "No route to host".to_owned())),
        Some(_) => Ok(()),
    }
}

/// The handler of a path, from a table made once: comparing a path with all of them takes longer than most handlers.
fn served(method: Method, template: &str) -> Option<Handler> {
    static TABLE: OnceLock<HashMap<&'static str, [Option<Handler>; 4]>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let of = |path| [Method::Get, Method::Post, Method::Put, Method::Delete].map(|method| handler(method, path));
        Schema::get().templates().map(|path| (path, of(path))).collect()
    });
    table.get(template)?[method as usize]
}

/// The served paths.
fn handler(method: Method, template: &str) -> Option<Handler> {
    use Method::{Delete, Get, Post, Put};
    Some(match (method, template) {
        (Get, "/version" | "/nodes/{node}/version") => nodes::version,
        (Get, "/cluster/resources") => cluster::resources,
        (Get, "/cluster/status") => cluster::status,
        (Get, "/cluster/nextid") => cluster::next_id,
        (Get, "/cluster/tasks") => tasks::of_cluster,
        (Get, "/cluster/options") => datacenter::options,
        (Put, "/cluster/options") => datacenter::update_options,
        (Get, "/cluster/log") => datacenter::log,
        (Get, "/cluster/config/nodes") => datacenter::corosync_nodes,
        (Get, "/cluster/config/apiversion") => datacenter::join_version,
        (Get, "/cluster/backup-info/not-backed-up") => datacenter::not_backed_up,
        (Get, "/cluster/sdn/ipams") => datacenter::ipams,
        (Get, "/nodes/{node}/sdn/zones") => datacenter::zones_of_node,
        (Get, "/nodes/{node}/sdn/zones/{zone}/content") => datacenter::zone_content,
        (
            Get,
            "/cluster/backup"
            | "/cluster/jobs/realm-sync"
            | "/cluster/mapping/dir"
            | "/cluster/mapping/pci"
            | "/cluster/mapping/usb"
            | "/cluster/metrics/server"
            | "/cluster/notifications/endpoints/gotify"
            | "/cluster/notifications/endpoints/smtp"
            | "/cluster/notifications/endpoints/webhook"
            | "/cluster/qemu/custom-cpu-models"
            | "/cluster/replication"
            | "/nodes/{node}/replication"
            | "/cluster/sdn/controllers"
            | "/cluster/sdn/dns"
            | "/cluster/sdn/vnets"
            | "/cluster/sdn/zones",
        ) => datacenter::nothing,
        (
            Get,
            "/cluster/sdn/controllers/{controller}"
            | "/cluster/sdn/dns/{dns}"
            | "/cluster/sdn/vnets/{vnet}"
            | "/cluster/sdn/vnets/{vnet}/subnets"
            | "/cluster/sdn/zones/{zone}",
        ) => datacenter::unknown_network,
        (Post, "/nodes/{node}/startall") => bulk::start_all,
        (Post, "/nodes/{node}/stopall") => bulk::stop_all,
        (Get, "/nodes") => nodes::list,
        (Get, "/nodes/{node}/status") => nodes::status,
        (Get, "/nodes/{node}/network") => node::network,
        (Get, "/nodes/{node}/network/{iface}") => node::interface,
        (Get, "/nodes/{node}/dns") => node::dns,
        (Get, "/nodes/{node}/time") => node::time,
        (Get, "/nodes/{node}/hosts") => node::hosts,
        (Get, "/nodes/{node}/config") => node::config,
        (Get, "/nodes/{node}/subscription") => node::subscription,
        (Get, "/nodes/{node}/netstat") => node::netstat,
        (Get, "/nodes/{node}/capabilities/qemu/cpu") => capabilities::cpu_models,
        (Get, "/nodes/{node}/capabilities/qemu/cpu-flags") => capabilities::cpu_flags,
        (Get, "/nodes/{node}/capabilities/qemu/machines") => capabilities::machines,
        (Get, "/nodes/{node}/capabilities/qemu/migration") => capabilities::migration,
        (Get, "/nodes/{node}/query-url-metadata") => download::metadata,
        (Get, "/nodes/{node}/rrddata") => rrd::of_node,
        (Get, "/nodes/{node}/tasks") => tasks::of_node,
        (Get, "/nodes/{node}/tasks/{upid}/status") => tasks::status,
        (Get, "/nodes/{node}/tasks/{upid}/log") => tasks::log,
        (Delete, "/nodes/{node}/tasks/{upid}") => tasks::abort,
        (Get, "/nodes/{node}/storage") => storage::list,
        (Get, "/nodes/{node}/storage/{storage}/status") => storage::status,
        (Get, "/storage") => storage::configured,
        (Get, "/storage/{storage}") => storage::section_of,
        (Get, "/pools") => pools::list,
        (Post, "/pools") => pools::create,
        (Put, "/pools" | "/pools/{poolid}") => pools::update,
        (Delete, "/pools" | "/pools/{poolid}") => pools::delete,
        (Get, "/pools/{poolid}") => pools::read,
        (method, template) => return below(method, template),
    })
}

/// Who may log in, and what they may do.
fn directory(method: Method, template: &str) -> Option<Handler> {
    use Method::{Delete, Get, Post, Put};
    Some(match (method, template) {
        (Get, "/access/ticket") => access::ticket_form,
        (Post, "/access/ticket") => access::create_ticket,
        (Put, "/access/password") => password::change,
        (Get, "/access/domains") => realms::list,
        (Get, "/access/domains/{realm}") => realms::read,
        (Get, "/access/tfa" | "/access/tfa/{userid}") => realms::second_factors,
        (Get, "/access/users/{userid}/tfa") => realms::second_factor_types,
        (Put, "/access/users/{userid}/unlock-tfa") => realms::unlock_second_factors,
        (Get, "/access/groups") => groups::list,
        (Post, "/access/groups") => groups::create,
        (Get, "/access/groups/{groupid}") => groups::read,
        (Put, "/access/groups/{groupid}") => groups::update,
        (Delete, "/access/groups/{groupid}") => groups::delete,
        (Get, "/access/permissions") => access::permissions,
        (Get, "/access/users") => users::list,
        (Post, "/access/users") => users::create,
        (Get, "/access/users/{userid}") => users::read,
        (Put, "/access/users/{userid}") => users::update,
        (Delete, "/access/users/{userid}") => users::delete,
        (Get, "/access/users/{userid}/token") => users::list_tokens,
        (Get, "/access/users/{userid}/token/{tokenid}") => users::read_token,
        (Post, "/access/users/{userid}/token/{tokenid}") => users::create_token,
        (Put, "/access/users/{userid}/token/{tokenid}") => users::update_token,
        (Delete, "/access/users/{userid}/token/{tokenid}") => users::delete_token,
        (Get, "/access/roles") => acl::list_roles,
        (Post, "/access/roles") => acl::create_role,
        (Get, "/access/roles/{roleid}") => acl::read_role,
        (Put, "/access/roles/{roleid}") => acl::update_role,
        (Delete, "/access/roles/{roleid}") => acl::delete_role,
        (Get, "/access/acl") => acl::list,
        (Put, "/access/acl") => acl::update,
        _ => return None,
    })
}

/// Areas with a table of their own.
fn below(method: Method, template: &str) -> Option<Handler> {
    if template.starts_with("/access") {
        return directory(method, template);
    }
    if let Some(path) = template.strip_prefix("/cluster/ha") {
        return ha::handler(method, path);
    }
    if let Some(path) = template.strip_prefix("/nodes/{node}/vzdump") {
        return backup::handler(method, path);
    }
    if let Some(path) = template.strip_prefix("/nodes/{node}/storage/{storage}") {
        return content::handler(method, path);
    }
    for place in ["/cluster/firewall", "/nodes/{node}/firewall", "/nodes/{node}/qemu/{vmid}/firewall"] {
        if let Some(path) = template.strip_prefix(place) {
            return firewall::handler(method, path);
        }
    }
    let of_node = template.strip_prefix("/nodes/{node}")?;
    if let Some(path) = of_node.strip_prefix("/qemu") {
        return qemu::handler(method, path);
    }
    match of_node.strip_prefix("/lxc") {
        Some(path) => lxc::handler(method, path),
        None => host::handler(method, of_node),
    }
}
