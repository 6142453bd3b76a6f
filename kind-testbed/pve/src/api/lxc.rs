//! `/nodes/{node}/lxc`: containers. A testbed has none, so lists are empty and each number is unknown.

use serde_json::json;

use super::{Call, Handled, Handler, Reply};
use crate::{error::die, request::Method, world::World};

/// The paths below `/nodes/{node}/lxc`. The two indices of a container read no configuration; they are answered from
/// the schema.
pub(super) fn handler(method: Method, path: &str) -> Option<Handler> {
    Some(match (method, path) {
        (Method::Get, "") => list,
        (Method::Post, "") | (Method::Get, "/{vmid}" | "/{vmid}/status") => return None,
        _ => unknown,
    })
}

fn list(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!([])))
}

fn unknown(_: &mut World, call: &Call) -> Handled {
    die!("Configuration file 'nodes/{}/lxc/{}.conf' does not exist", call.node, call.vmid())
}
