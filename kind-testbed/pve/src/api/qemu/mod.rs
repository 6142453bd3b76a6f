//! `/nodes/{node}/qemu`: virtual machines.

mod agent;
mod clone;
mod cloudinit;
mod config;
mod console;
mod create;
mod destroy;
mod list;
mod migrate;
mod move_disk;
mod options;
mod power;
mod restore;
mod snapshot;

use super::{Call, Handled, Handler, Reply};
use crate::{
    error::ApiError,
    model::{Vmid, vm::Vm},
    request::Method,
    world::World,
};

/// The served paths below `/nodes/{node}/qemu`.
pub(super) fn handler(method: Method, path: &str) -> Option<Handler> {
    use Method::{Delete, Get, Post, Put};
    Some(match (method, path) {
        (Get, "") => list::list,
        (Post, "") => create::create,
        (Get, "/{vmid}") => list::index,
        (Delete, "/{vmid}") => destroy::destroy,
        (Get, "/{vmid}/config") => config::read,
        (Put, "/{vmid}/config") => config::update,
        (Post, "/{vmid}/config") => config::update_in_background,
        (Get, "/{vmid}/pending") => config::pending,
        (Put, "/{vmid}/unlink") => config::unlink,
        (Put, "/{vmid}/resize") => config::resize,
        (Post, "/{vmid}/move_disk") => move_disk::move_disk,
        (Post, "/{vmid}/clone") => clone::clone,
        (Post, "/{vmid}/template") => clone::template,
        (Get, "/{vmid}/cloudinit") => cloudinit::pending,
        (Put, "/{vmid}/cloudinit") => cloudinit::regenerate,
        (Get, "/{vmid}/cloudinit/dump") => cloudinit::dump,
        (Get, "/{vmid}/migrate") => migrate::preconditions,
        (Post, "/{vmid}/migrate") => migrate::migrate,
        (Get, "/{vmid}/feature") => snapshot::feature,
        (Get, "/{vmid}/snapshot") => snapshot::list,
        (Post, "/{vmid}/snapshot") => snapshot::create,
        (Delete, "/{vmid}/snapshot/{snapname}") => snapshot::delete,
        (Get, "/{vmid}/snapshot/{snapname}") => snapshot::commands,
        (Get, "/{vmid}/snapshot/{snapname}/config") => snapshot::read,
        (Put, "/{vmid}/snapshot/{snapname}/config") => snapshot::describe,
        (Post, "/{vmid}/snapshot/{snapname}/rollback") => snapshot::rollback,
        (Get, "/{vmid}/rrddata") => list::rrd_data,
        (Get, "/{vmid}/status/current") => list::current,
        (Post, "/{vmid}/status/start") => power::start,
        (Post, "/{vmid}/status/stop") => power::stop,
        (Post, "/{vmid}/status/shutdown") => power::shutdown,
        (Post, "/{vmid}/status/reboot") => power::reboot,
        (Post, "/{vmid}/status/reset") => power::reset,
        (Post, "/{vmid}/status/suspend") => power::suspend,
        (Post, "/{vmid}/status/resume") => power::resume,
        (Post, "/{vmid}/agent") => agent::by_parameter,
        (Post, "/{vmid}/vncproxy") => console::vnc_proxy,
        (Post, "/{vmid}/termproxy") => console::term_proxy,
        (Post, "/{vmid}/spiceproxy") => console::spice_proxy,
        (Get, "/{vmid}/vncwebsocket") => console::websocket,
        (Post, "/{vmid}/monitor") => console::monitor,
        (Put, "/{vmid}/sendkey") => console::send_key,
        (method, path) => return agent::handler(method, path.strip_prefix("/{vmid}/agent/")?),
    })
}

fn vm<'a>(world: &'a World, call: &Call) -> Result<&'a Vm, ApiError> {
    world.vm_on(&call.node, call.vmid()).map_err(ApiError::Die)
}

fn vm_path(vmid: Vmid) -> String {
    format!("/vms/{vmid}")
}

/// Options only the login `root@pam` may use, not even its tokens.
fn only_root(call: &Call, name: &str) -> Result<bool, ApiError> {
    if call.flag(name) && !call.who.is_root() {
        return Err(ApiError::param(name, "Only root may use this option."));
    }
    Ok(call.flag(name))
}

fn upid(upid: String) -> Handled {
    Ok(Reply::Data(upid.into()))
}
