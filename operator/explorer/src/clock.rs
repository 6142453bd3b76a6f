//! One clock for all: that of the Proxmox world.

use jiff::{SignedDuration, Timestamp};
use pve_testbed::World;

pub fn now(world: &World) -> Timestamp {
    let seconds = i64::try_from(world.unix_now()).unwrap_or_default();
    let millis = i64::try_from(world.now() % 1000).unwrap_or_default();
    Timestamp::from_second(seconds).unwrap_or_default() + SignedDuration::from_millis(millis)
}
