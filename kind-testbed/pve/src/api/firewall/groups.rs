//! Security groups of the cluster, once they are made; their rules are handled with all others.

use super::{Call, Handled, Reply, firewall, firewall_mut};
use crate::{error::die, world::World};

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
