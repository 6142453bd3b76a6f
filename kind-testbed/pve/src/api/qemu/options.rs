//! Configuration options as they arrive: which privilege each needs, and its normal form.

use std::collections::BTreeMap;

use super::{Call, vm_path};
use crate::{
    error::ApiError,
    model::{
        Vmid, crypt,
        device::{Drive, Nic, is_drive_key, is_net_key},
    },
    schema::{Schema, percent_decode, split_list},
    world::World,
};

/// Parameters of a configuration call that are no options.
const CONTROL: [&str; 20] = [
    "node",
    "vmid",
    "digest",
    "delete",
    "revert",
    "force",
    "skiplock",
    "background_delay",
    "import-working-storage",
    "pool",
    "storage",
    "start",
    "unique",
    "archive",
    "live-restore",
    "bwlimit",
    "ha-managed",
    "idlist",
    "cdrom",
    "size",
];

/// The options of a call, normalized.
pub(super) fn collect(world: &mut World, call: &Call) -> Result<BTreeMap<String, String>, ApiError> {
    let mut options = BTreeMap::new();
    for (name, values) in &call.params {
        if CONTROL.contains(&name.as_str()) {
            continue;
        }
        let value = values.first().map_or("", String::as_str);
        options.insert(name.clone(), normalize(world, name, value)?);
    }
    Ok(options)
}

fn normalize(world: &mut World, name: &str, value: &str) -> Result<String, ApiError> {
    Ok(match name {
        "tags" => {
            let mut tags: Vec<String> = split_list(value).map(str::to_lowercase).collect();
            tags.sort_unstable();
            tags.dedup();
            tags.join(";")
        }
        "sshkeys" => {
            check_keys(&percent_decode(value))?;
            value.to_owned()
        }
        "cipassword" if !crypt::is_hash(value) => {
            let salt = crypt::salt(world.random());
            crypt::sha256_crypt(value, &salt)
        }
        "description" => value.trim_end_matches('\n').to_owned(),
        "memory" => value.strip_prefix("current=").unwrap_or(value).to_owned(),
        _ => value.to_owned(),
    })
}

/// Each line is empty, a comment, or `[options] type base64 [comment]`.
fn check_keys(text: &str) -> Result<(), ApiError> {
    let is_key = |line: &str| {
        line.split_whitespace().collect::<Vec<_>>().windows(2).any(|pair| {
            let known = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| pair[0].starts_with(start));
            known && pair[1].starts_with("AAAA")
        })
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        if !is_key(line) {
            return Err(ApiError::Die("SSH public key validation error".to_owned()));
        }
    }
    Ok(())
}

/// What changing an option takes.
enum Needs {
    /// One of these on the VM.
    Any(&'static [&'static str]),
    RootOnly,
}

fn needs(name: &str, value: Option<&str>) -> Needs {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match stem {
        "cores" | "sockets" | "cpu" | "cpulimit" | "cpuunits" | "numa" | "vcpus" | "affinity" => {
            Needs::Any(&["VM.Config.CPU"])
        }
        "memory" | "balloon" | "shares" | "hugepages" | "keephugepages" | "allow-ksm" => {
            Needs::Any(&["VM.Config.Memory"])
        }
        "net" => Needs::Any(&["VM.Config.Network"]),
        "cicustom" | "cipassword" | "citype" | "ciuser" | "ciupgrade" | "nameserver" | "searchdomain" | "sshkeys"
        | "ipconfig" => Needs::Any(&["VM.Config.Cloudinit", "VM.Config.Network"]),
        "boot" | "bootdisk" | "unused" | "vmstate" => Needs::Any(&["VM.Config.Disk"]),
        "args" | "hookscript" | "parallel" | "freeze" | "lock" => Needs::RootOnly,
        "serial" if value.is_some_and(|value| value != "socket") => Needs::RootOnly,
        "acpi" | "audio" | "hotplug" | "kvm" | "machine" | "scsihw" | "smbios" | "tablet" | "vga" | "watchdog"
        | "rng" | "serial" | "arch" | "vmgenid" | "ivshmem" | "usb" | "hostpci" => Needs::Any(&["VM.Config.HWType"]),
        _ if is_drive_key(name) => match value.map(Drive::parse) {
            Some(drive) if drive.is_cloudinit() => Needs::Any(&["VM.Config.CDROM", "VM.Config.Cloudinit"]),
            Some(drive) if drive.is_cdrom() => Needs::Any(&["VM.Config.CDROM"]),
            _ => Needs::Any(&["VM.Config.Disk"]),
        },
        _ => Needs::Any(&["VM.Config.Options"]),
    }
}

/// Checks the right to change options of a VM, to use the storages and bridges they name.
pub(super) fn check_permissions<'a>(
    world: &World,
    call: &Call,
    vmid: Vmid,
    pool: Option<&str>,
    options: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> Result<(), ApiError> {
    let path = vm_path(vmid);
    for (name, value) in options {
        match needs(name, value) {
            Needs::RootOnly if call.who.is_root() => {}
            Needs::RootOnly => return Err(ApiError::Die(format!("only root can set '{name}' config"))),
            Needs::Any(privileges) => {
                let by_pool =
                    pool.is_some_and(|pool| world.allowed_any(&call.who, &format!("/pool/{pool}"), privileges));
                if !by_pool {
                    world.require_any(&call.who, &path, privileges)?;
                }
            }
        }
        let Some(value) = value else { continue };
        if is_drive_key(name) {
            check_drive(world, call, value)?;
        } else if is_net_key(name) {
            check_bridge(world, call, value)?;
        }
    }
    Ok(())
}

/// Allocating takes the storage to exist, to hold images, and the right to allocate there.
fn check_drive(world: &World, call: &Call, value: &str) -> Result<(), ApiError> {
    let drive = Drive::parse(value);
    let Some((storage, _)) = drive.volume() else { return Ok(()) };
    if drive.allocation().is_none() {
        if !drive.is_cdrom() {
            world.storage_on(storage, &call.node).map_err(ApiError::Die)?;
        }
        return Ok(());
    }
    world.require(&call.who, &format!("/storage/{storage}"), "Datastore.AllocateSpace")?;
    check_images(world, &call.node, storage)?;
    if let Some(source) = drive.options.get("import-from")
        && world.volume(&call.node, source).is_none()
    {
        return Err(ApiError::Die(format!("volume '{source}' does not exist")));
    }
    Ok(())
}

/// A storage that can hold a guest's disks.
pub(super) fn check_images(world: &World, node: &str, storage: &str) -> Result<(), ApiError> {
    let found = world.storage_on(storage, node).map_err(ApiError::Die)?;
    if found.holds("images") {
        return Ok(());
    }
    Err(ApiError::Die(format!("storage '{storage}' does not support vm images")))
}

pub(super) fn check_bridge(world: &World, call: &Call, value: &str) -> Result<(), ApiError> {
    let nic = Nic::parse(value);
    let Some(bridge) = nic.bridge() else { return Ok(()) };
    let path = match nic.options.get("tag") {
        Some(tag) => format!("/sdn/zones/localnetwork/{bridge}/{tag}"),
        None => format!("/sdn/zones/localnetwork/{bridge}"),
    };
    world.require(&call.who, &path, "SDN.Use")
}

/// True for options a VM can have.
pub(super) fn is_option(name: &str) -> bool {
    let internal = name.strip_prefix("unused").is_some_and(|index| index.parse::<u8>().is_ok())
        || matches!(name, "vmstate" | "parent" | "snaptime");
    internal || (Schema::get().vm_option(name).is_some() && !CONTROL.contains(&name))
}
