//! Creating a VM. The configuration file is made in the call, so a taken number is refused at once.

use super::{Call, Handled, options, restore, upid};
use crate::{
    error::{ApiError, die},
    model::{
        config::Config,
        device::{Drive, Nic, is_drive_key, is_net_key},
        vm::Vm,
    },
    world::{
        World,
        work::{CreateWork, Work},
    },
};

pub(super) fn create(world: &mut World, call: &Call) -> Handled {
    let vmid = call.vmid();
    let pool = call.get("pool");
    if let Some(pool) = pool.filter(|pool| !world.pools.contains_key(*pool)) {
        return Err(ApiError::Forbidden(Some(format!("pool '{pool}' does not exist"))));
    }
    let by_pool = pool.is_some_and(|pool| world.allowed(&call.who, &format!("/pool/{pool}"), "VM.Allocate"));
    // Who may back a guest up may also bring it back.
    let brings_back = call.get("archive").is_some()
        && call.flag("force")
        && world.vms.contains_key(&vmid)
        && world.allowed(&call.who, &format!("/vms/{vmid}"), "VM.Backup");
    if !by_pool && !brings_back && !world.allowed(&call.who, &format!("/vms/{vmid}"), "VM.Allocate") {
        return Err(ApiError::Forbidden(None));
    }
    if let Some(archive) = call.get("archive") {
        return restore::restore(world, call, archive);
    }
    let options = options::collect(world, call)?;
    let named = options.iter().map(|(name, value)| (name.as_str(), Some(value.as_str())));
    options::check_permissions(world, call, vmid, pool, named)?;
    if let Some(other) = world.vms.get(&vmid) {
        die!("unable to create VM {vmid} - VM {vmid} already exists on node '{}'", other.node);
    }
    let config = complete(world, options);
    let transient = Config::from_pairs([("lock", "create")]);
    world.insert_vm(vmid, Vm::new(&call.node, transient));
    let work = CreateWork::new(vmid, config, call.owned("pool"), call.flag("start"));
    upid(world.start_task(&call.node, &call.who, "qmcreate", &vmid.to_string(), Work::Create(Box::new(work))))
}

/// Adds what Proxmox VE adds: identity, creation data, a boot order, MAC addresses.
fn complete(world: &mut World, options: std::collections::BTreeMap<String, String>) -> Config {
    let mut config = Config::default();
    for (name, value) in options {
        if is_net_key(&name) {
            let mut nic = Nic::parse(&value);
            if nic.mac.is_none() {
                nic.mac = Some(world.random_mac());
            }
            config.set(&name, nic.print());
        } else {
            config.set(&name, value);
        }
    }
    if !config.get("smbios1").is_some_and(|value| value.contains("uuid=")) {
        let uuid = world.random_uuid();
        config.set("smbios1", format!("uuid={uuid}"));
    }
    if !config.contains("vmgenid") {
        let generation = world.random_uuid();
        config.set("vmgenid", generation);
    }
    config.set("meta", format!("creation-qemu=10.2.2,ctime={}", world.unix_now()));
    if !config.contains("boot") {
        let devices = boot_devices(&config);
        config.set("boot", if devices.is_empty() { " ".to_owned() } else { format!("order={}", devices.join(";")) });
    }
    config
}

/// The first disk, the first CD drive, the first card.
fn boot_devices(config: &Config) -> Vec<String> {
    let first = |pick: &dyn Fn(&str, &str) -> bool| {
        config.iter().find(|(key, value)| pick(key, value)).map(|(key, _)| key.to_owned())
    };
    let is_drive = |key: &str| is_drive_key(key) && !key.starts_with("efidisk") && !key.starts_with("tpmstate");
    [
        first(&|key, value| is_drive(key) && !Drive::parse(value).is_cdrom() && !Drive::parse(value).is_cloudinit()),
        first(&|key, value| is_drive(key) && Drive::parse(value).is_cdrom() && !Drive::parse(value).is_cloudinit()),
        first(&|key, _| is_net_key(key)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
