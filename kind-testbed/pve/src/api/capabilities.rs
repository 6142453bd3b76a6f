//! `/nodes/{node}/capabilities/qemu`: what this build of QEMU can emulate.

use serde_json::{Value, json};

use super::{Call, Handled, Reply};
use crate::world::World;

/// Machine versions, newest first, with what changed in the Proxmox VE revision.
const MACHINES: [(&str, Option<&str>); 21] = [
    ("10.2", None),
    ("10.1", None),
    ("10.0+pve1", Some("Set host_mtu vNIC option even with default value for migration compat.")),
    ("10.0", None),
    ("9.2+pve1", Some("Disables S3/S4 power states by default.")),
    ("9.2", None),
    ("9.1", None),
    ("9.0", None),
    ("8.2", None),
    ("8.1", None),
    ("8.0", None),
    ("7.2", None),
    ("7.1", None),
    ("7.0", None),
    ("6.2", None),
    ("6.1", None),
    ("6.0", None),
    ("5.2", None),
    ("5.1", None),
    ("5.0", None),
    ("4.2", None),
];

pub(super) fn machines(_: &mut World, _: &Call) -> Handled {
    let rows = MACHINES.iter().flat_map(|(version, changes)| {
        ["i440fx", "q35"].map(|kind| {
            let mut row = json!({ "id": format!("pc-{kind}-{version}"), "type": kind, "version": version });
            if let Some(changes) = changes {
                row["changes"] = json!(changes);
            }
            row
        })
    });
    Ok(Reply::Data(rows.collect()))
}

/// Models that stand for no real one.
const GENERIC: [&str; 10] =
    ["host", "kvm32", "kvm64", "max", "qemu32", "qemu64", "x86-64-v2", "x86-64-v2-AES", "x86-64-v3", "x86-64-v4"];

const INTEL: [&str; 61] = [
    "486",
    "Broadwell",
    "Broadwell-IBRS",
    "Broadwell-noTSX",
    "Broadwell-noTSX-IBRS",
    "Cascadelake-Server",
    "Cascadelake-Server-noTSX",
    "Cascadelake-Server-v2",
    "Cascadelake-Server-v4",
    "Cascadelake-Server-v5",
    "ClearwaterForest",
    "Conroe",
    "Cooperlake",
    "Cooperlake-v2",
    "GraniteRapids",
    "GraniteRapids-v2",
    "GraniteRapids-v3",
    "Haswell",
    "Haswell-IBRS",
    "Haswell-noTSX",
    "Haswell-noTSX-IBRS",
    "Icelake-Client",
    "Icelake-Client-noTSX",
    "Icelake-Server",
    "Icelake-Server-noTSX",
    "Icelake-Server-v3",
    "Icelake-Server-v4",
    "Icelake-Server-v5",
    "Icelake-Server-v6",
    "Icelake-Server-v7",
    "IvyBridge",
    "IvyBridge-IBRS",
    "KnightsMill",
    "Nehalem",
    "Nehalem-IBRS",
    "Penryn",
    "SandyBridge",
    "SandyBridge-IBRS",
    "SapphireRapids",
    "SapphireRapids-v2",
    "SapphireRapids-v3",
    "SapphireRapids-v4",
    "SierraForest",
    "SierraForest-v2",
    "SierraForest-v3",
    "Skylake-Client",
    "Skylake-Client-IBRS",
    "Skylake-Client-noTSX-IBRS",
    "Skylake-Client-v4",
    "Skylake-Server",
    "Skylake-Server-IBRS",
    "Skylake-Server-noTSX-IBRS",
    "Skylake-Server-v4",
    "Skylake-Server-v5",
    "Westmere",
    "Westmere-IBRS",
    "core2duo",
    "coreduo",
    "pentium",
    "pentium2",
    "pentium3",
];

const AMD: [&str; 23] = [
    "EPYC",
    "EPYC-Genoa",
    "EPYC-Genoa-v2",
    "EPYC-IBPB",
    "EPYC-Milan",
    "EPYC-Milan-v2",
    "EPYC-Milan-v3",
    "EPYC-Rome",
    "EPYC-Rome-v2",
    "EPYC-Rome-v3",
    "EPYC-Rome-v4",
    "EPYC-Rome-v5",
    "EPYC-Turin",
    "EPYC-v3",
    "EPYC-v4",
    "EPYC-v5",
    "Opteron_G1",
    "Opteron_G2",
    "Opteron_G3",
    "Opteron_G4",
    "Opteron_G5",
    "athlon",
    "phenom",
];

/// Flags of `VM-specific` use, with what they are for.
const FLAGS: [(&str, &str); 5] = [
    ("aes", "Activate AES instruction set for HW acceleration."),
    ("hv-evmcs", "Improve performance for nested virtualization. Only supported on Intel CPUs."),
    ("nested-virt", "Controls nested virtualization, namely 'svm' for AMD CPUs and 'vmx' for Intel CPUs."),
    ("pcid", "Meltdown fix cost reduction on Westmere, Sandy-, and IvyBridge Intel CPUs."),
    ("pdpe1gb", "Allow guest OS to use 1GB size pages, if host HW supports it."),
];

pub(super) fn cpu_models(_: &mut World, _: &Call) -> Handled {
    let of = |vendor: &'static str, names: &'static [&str]| {
        names.iter().map(move |name| {
            let mut row = json!({ "name": name, "vendor": vendor, "custom": 0 });
            // The levels of the x86-64 ABI stand for no model.
            if name.starts_with("x86-64-v") {
                row["abstract"] = json!(1);
            }
            row
        })
    };
    let rows: Vec<Value> =
        of("default", &GENERIC).chain(of("GenuineIntel", &INTEL)).chain(of("AuthenticAMD", &AMD)).collect();
    Ok(Reply::Data(Value::Array(rows)))
}

/// Flags that may be switched on for a VM, and the nodes that have them.
pub(super) fn cpu_flags(world: &mut World, call: &Call) -> Handled {
    if call.get("arch") == Some("aarch64") {
        return Ok(Reply::Data(json!([])));
    }
    let nodes = world.node_names();
    let rows = FLAGS.iter().map(|(name, text)| json!({ "name": name, "description": text, "supported-on": nodes }));
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn migration(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!({ "has-dbus-vmstate": 1 })))
}
