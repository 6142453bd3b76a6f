//! What a node says of the machine it runs on: services, packages, certificates, disks, and what can be passed on to
//! guests. Volume groups and pools are those of its storages.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::{Call, Handled, Handler, Reply};
use crate::{
    error::{ApiError, die},
    model::storage::{Storage, StorageKind},
    request::Method,
    world::World,
};

/// The served paths below `/nodes/{node}` that are about the machine.
pub(super) fn handler(method: Method, path: &str) -> Option<Handler> {
    Some(match (method, path) {
        (Method::Get, "/services") => services,
        (Method::Get, "/services/{service}/state") => service,
        (Method::Get, "/certificates/info") => certificates,
        (Method::Get, "/apt/versions") => versions,
        (Method::Get, "/apt/repositories") => repositories,
        (Method::Get, "/apt/update" | "/aplinfo" | "/disks/directory" | "/hardware/usb") => nothing,
        (Method::Get, "/disks/list") => disks,
        (Method::Get, "/disks/lvm") => volume_groups,
        (Method::Get, "/disks/lvmthin") => thin_pools,
        (Method::Get, "/disks/zfs") => zfs_pools,
        (Method::Get, "/hardware/pci") => pci,
        (Method::Get, "/scan/lvm") => scan_groups,
        (Method::Get, "/scan/lvmthin") => scan_thin_pools,
        (Method::Get, "/scan/zfs") => scan_zfs,
        _ => return None,
    })
}

/// Units the API knows, as `PVE::API2::Services` lists them, with their descriptions.
const SERVICES: [(&str, &str); 21] = [
    ("chrony", "chrony, an NTP client/server"),
    ("corosync", "Corosync Cluster Engine"),
    ("cron", "Regular background program processing daemon"),
    ("ksmtuned", "Kernel Samepage Merging (KSM) Tuning Daemon"),
    ("postfix", "Postfix Mail Transport Agent"),
    ("proxmox-firewall", "Proxmox nftables firewall"),
    ("pve-cluster", "The Proxmox VE cluster filesystem"),
    ("pve-firewall", "Proxmox VE firewall"),
    ("pve-ha-crm", "PVE Cluster HA Resource Manager Daemon"),
    ("pve-ha-lrm", "PVE Local HA Resource Manager Daemon"),
    ("pve-lxc-syscalld", "Proxmox VE LXC Syscall Daemon"),
    ("pvedaemon", "PVE API Daemon"),
    ("pvefw-logger", "Proxmox VE firewall logger"),
    ("pveproxy", "PVE API Proxy Server"),
    ("pvescheduler", "Proxmox VE scheduler"),
    ("pvestatd", "PVE Status Daemon"),
    ("qmeventd", "PVE Qemu Event Daemon"),
    ("spiceproxy", "PVE SPICE Proxy Server"),
    ("sshd", "OpenBSD Secure Shell server"),
    ("syslog", "syslog.service"),
    ("systemd-journald", "Journal Service"),
];

/// A unit: all run, but `syslog`, which nobody installs any more.
fn unit(name: &str, about: &str) -> Value {
    let (state, active, file) = match name {
        "syslog" => ("dead", "inactive", "not-found"),
        "systemd-journald" => ("running", "active", "static"),
        _ => ("running", "active", "enabled"),
    };
    json!({
        "service": name, "name": name, "desc": about, "state": state, "active-state": active, "unit-state": file,
    })
}

fn services(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(SERVICES.iter().map(|(name, about)| unit(name, about)).collect()))
}

fn service(_: &mut World, call: &Call) -> Handled {
    let wanted = call.required("service");
    match SERVICES.iter().find(|(name, _)| *name == wanted) {
        Some((name, about)) => Ok(Reply::Data(unit(name, about))),
        None => die!("unknown service '{wanted}'"),
    }
}

/// The node's own certificate. The files themselves are the server's affair, so their PEM text is not told.
fn certificates(world: &mut World, call: &Call) -> Handled {
    let node = world.nodes.get(&call.node).ok_or_else(|| ApiError::Die(format!("no such node '{}'", call.node)))?;
    let (name, from) = (&call.node, world.settings.epoch);
    Ok(Reply::Data(json!([{
        "filename": "pve-ssl.pem", "fingerprint": node.fingerprint,
        "issuer": "/CN=Proxmox Virtual Environment/OU=PVE Cluster Manager CA/O=PVE Cluster Manager CA",
        "subject": format!("/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN={name}.lab.example"),
        "san": ["127.0.0.1", "::1", "localhost", node.ip, name, format!("{name}.lab.example")],
        "notbefore": from, "notafter": from + 2 * 365 * 86_400, "public-key-bits": 2048,
        "public-key-type": "rsaEncryption",
    }])))
}

fn versions(_: &mut World, _: &Call) -> Handled {
    let package = |name: &str, title: &str, version: &str, more: (&str, &str)| {
        let mut row = json!({
            "Package": name, "Title": title, "Version": version, "OldVersion": version, "CurrentState": "Installed",
            "Arch": "amd64", "Origin": "Proxmox", "Priority": "optional", "Section": "admin", "Description": title,
        });
        if !more.0.is_empty() {
            row[more.0] = json!(more.1);
        }
        row
    };
    Ok(Reply::Data(json!([
        package("proxmox-ve", "Proxmox Virtual Environment", "9.2.0", ("RunningKernel", "6.17.2-1-pve")),
        package("pve-manager", "Proxmox VE Management Tools", "9.2.11", ("ManagerVersion", "9.2.11/14a22df35955d97d")),
        package("pve-qemu-kvm", "Full virtualization on x86 hardware", "10.2.2-1", ("", "")),
    ])))
}

/// One file with the repository of those who have no subscription.
fn repositories(_: &mut World, _: &Call) -> Handled {
    let path = "/etc/apt/sources.list.d/proxmox.sources";
    let digest = Sha1::digest(path.as_bytes());
    Ok(Reply::Data(json!({
        "digest": hex::encode(digest), "errors": [], "infos": [{
            "path": path, "index": "0", "kind": "origin", "message": "Proxmox",
        }],
        "files": [{
            "path": path, "file-type": "sources", "digest": digest[..],
            "repositories": [{
                "Types": ["deb"], "URIs": ["http://download.proxmox.com/debian/pve"], "Suites": ["trixie"],
                "Components": ["pve-no-subscription"], "Enabled": 1, "FileType": "sources",
                "Options": [{ "Key": "Signed-By", "Values": ["/usr/share/keyrings/proxmox-archive-keyring.gpg"] }],
            }],
        }],
        "standard-repos": [
            { "handle": "enterprise", "name": "Enterprise", "description": "The stable repository for production." },
            { "handle": "no-subscription", "name": "No-Subscription", "description": "For testing and labs.", "status": 1 },
        ],
    })))
}

fn nothing(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!([])))
}

/// The storages of some kinds on a node, one each volume group or pool.
fn grounds<'a>(world: &'a World, node: &str, kinds: &[StorageKind]) -> BTreeMap<&'a str, (&'a String, &'a Storage)> {
    let here = world.storages.iter().filter(|(_, storage)| storage.on(node) && kinds.contains(&storage.kind));
    here.map(|(id, storage)| (storage.path.as_str(), (id, storage))).collect()
}

const LVM: [StorageKind; 2] = [StorageKind::Lvm, StorageKind::LvmThin];

/// The volume groups and their sizes, in bytes.
fn groups(world: &World, node: &str) -> BTreeMap<String, (u64, u64)> {
    let mut sizes = BTreeMap::new();
    for (id, storage) in grounds(world, node, &LVM).into_values() {
        let (size, used) = sizes.entry(storage.group().to_owned()).or_insert((0, 0));
        *size += storage.total;
        // A thin pool takes its space at once.
        *used += if storage.kind == StorageKind::LvmThin { storage.total } else { world.storage_used(id, node) };
    }
    sizes
}

/// `smart`: whether the disk is asked how it is.
fn disk(path: &str, size: u64, used: &str, smart: bool) -> Value {
    let (health, wearout) = if smart { ("PASSED", json!(99)) } else { ("UNKNOWN", json!("N/A")) };
    json!({
        "devpath": path, "by_id_link": format!("/dev/disk/by-id/nvme-SAMSUNG_MZQL2{}", &path[5..]), "gpt": 1,
        "health": health, "model": "SAMSUNG MZQL21T9HCJR-00A07", "osdid": -1, "osdid-list": null,
        "rpm": 0, "serial": format!("S64GNE0T{:06}", size >> 30), "size": size, "type": "nvme", "used": used,
        "vendor": "unknown", "wearout": wearout, "wwn": "eui.36344730546009510025384500000001",
    })
}

/// A disk for the system, and one below each volume group and pool.
fn disks(world: &mut World, call: &Call) -> Handled {
    // Neither of the two types one can ask for: all disks are in use, and none is a journal's.
    if call.get("type").is_some() {
        return nothing(world, call);
    }
    let smart = !call.flag("skipsmart");
    let system = [disk("/dev/nvme0n1", 100 << 30, "BIOS boot", smart)];
    let groups = groups(world, &call.node).into_values().map(|(size, _)| (size, "LVM"));
    let pools = grounds(world, &call.node, &[StorageKind::ZfsPool]).into_values().map(|(_, pool)| (pool.total, "ZFS"));
    let rest = groups
        .chain(pools)
        .zip(1..)
        .map(|((size, used), number)| disk(&format!("/dev/nvme{number}n1"), size, used, smart));
    Ok(Reply::Data(system.into_iter().chain(rest).collect()))
}

fn volume_groups(world: &mut World, call: &Call) -> Handled {
    let groups = groups(world, &call.node).into_iter().zip(1..).map(|((name, (size, used)), number)| {
        let free = size.saturating_sub(used);
        json!({
            "name": name, "leaf": 0, "size": size, "free": free, "lvcount": 1,
            "children": [{ "name": format!("/dev/nvme{number}n1"), "leaf": 1, "size": size, "free": free }],
        })
    });
    Ok(Reply::Data(json!({ "leaf": 0, "children": groups.collect::<Vec<_>>() })))
}

fn thin_pools(world: &mut World, call: &Call) -> Handled {
    let rows = grounds(world, &call.node, &[StorageKind::LvmThin]).into_iter().map(|(path, (id, pool))| {
        json!({
            "vg": pool.group(), "lv": path.split_once('/').map_or(path, |(_, name)| name), "lv_size": pool.total,
            "used": world.storage_used(id, &call.node), "metadata_size": pool.total / 100, "metadata_used": pool.total / 2500,
        })
    });
    Ok(Reply::Data(rows.collect()))
}

fn zfs_pools(world: &mut World, call: &Call) -> Handled {
    let rows = grounds(world, &call.node, &[StorageKind::ZfsPool]).into_iter().map(|(name, (id, pool))| {
        let used = world.storage_used(id, &call.node);
        json!({
            "name": name, "size": pool.total, "alloc": used, "free": pool.total - used, "frag": 3, "dedup": 1.0,
            "health": "ONLINE",
        })
    });
    Ok(Reply::Data(rows.collect()))
}

/// The card that `vmbr0` stands on, and the one of the console.
fn pci(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!([
        {
            "id": "0000:01:00.0", "class": "0x020000", "vendor": "0x8086", "device": "0x1521", "iommugroup": 14,
            "vendor_name": "Intel Corporation", "device_name": "I350 Gigabit Network Connection",
            "subsystem_vendor": "0x8086", "subsystem_device": "0x0001", "subsystem_vendor_name": "Intel Corporation",
        },
        {
            "id": "0000:03:00.0", "class": "0x030000", "vendor": "0x1a03", "device": "0x2000", "iommugroup": 17,
            "vendor_name": "ASPEED Technology, Inc.", "device_name": "ASPEED Graphics Family",
            "subsystem_vendor": "0x1a03", "subsystem_device": "0x2000",
            "subsystem_vendor_name": "ASPEED Technology, Inc.",
        },
    ])))
}

fn scan_groups(world: &mut World, call: &Call) -> Handled {
    Ok(Reply::Data(groups(world, &call.node).into_keys().map(|name| json!({ "vg": name })).collect()))
}

fn scan_thin_pools(world: &mut World, call: &Call) -> Handled {
    let wanted = call.required("vg");
    let pools = grounds(world, &call.node, &[StorageKind::LvmThin]).into_keys();
    let here = pools.filter_map(|path| path.split_once('/').filter(|(group, _)| *group == wanted));
    Ok(Reply::Data(here.map(|(_, name)| json!({ "lv": name })).collect()))
}

fn scan_zfs(world: &mut World, call: &Call) -> Handled {
    let pools = grounds(world, &call.node, &[StorageKind::ZfsPool]).into_keys();
    Ok(Reply::Data(pools.map(|name| json!({ "pool": name })).collect()))
}
