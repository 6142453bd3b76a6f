//! Options of a firewall, and what is only read: its log, the names rules may use, macros.

use serde_json::{Value, json};

use super::{Call, Handled, Reply, firewall, firewall_mut, place, unmodified};
use crate::{
    model::firewall::{Firewall, Place, digest, show},
    schema::split_list,
    world::World,
};

/// Macros with what they open.
const MACROS: [(&str, &str); 24] = [
    ("BGP", "Border Gateway Protocol traffic"),
    ("BitTorrent", "BitTorrent traffic for BitTorrent 3.1 and earlier"),
    ("Ceph", "Ceph Storage Cluster traffic (Ceph Monitors, OSD & MDS Daemons)"),
    ("DHCPfwd", "Forwarded DHCP traffic"),
    ("DHCPv6", "DHCPv6 traffic"),
    ("DNS", "Domain Name System traffic (upd and tcp)"),
    ("FTP", "File Transfer Protocol"),
    ("Git", "Git distributed revision control traffic"),
    ("HTTP", "Hypertext Transfer Protocol (WWW)"),
    ("HTTPS", "Hypertext Transfer Protocol (WWW) over SSL"),
    ("IMAP", "Internet Message Access Protocol"),
    ("IMAPS", "Internet Message Access Protocol over SSL"),
    ("LDAP", "Lightweight Directory Access Protocol traffic"),
    ("MySQL", "MySQL server"),
    ("NTP", "Network Time Protocol (ntpd)"),
    ("OpenVPN", "OpenVPN traffic"),
    ("POP3S", "Encrypted POP3 traffic"),
    ("Ping", "ICMP echo request"),
    ("PostgreSQL", "PostgreSQL server"),
    ("RDP", "Microsoft Remote Desktop Protocol traffic"),
    ("SMTP", "Simple Mail Transfer Protocol"),
    ("SSH", "Secure shell traffic"),
    ("VNC", "VNC traffic for VNC display's 0 - 99"),
    ("Web", "WWW traffic (HTTP and HTTPS)"),
];

pub(super) fn is_macro(name: &str) -> bool {
    MACROS.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}

pub(super) fn macros(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(MACROS.iter().map(|(name, text)| json!({ "macro": name, "descr": text })).collect()))
}

pub(super) fn read(world: &mut World, call: &Call) -> Handled {
    let firewall = firewall(world, call);
    let mut out = show(&firewall.options);
    out.insert("digest".to_owned(), json!(digest([&firewall.options])));
    Ok(Reply::Data(Value::Object(out)))
}

pub(super) fn update(world: &mut World, call: &Call) -> Handled {
    unmodified(call, &digest([&firewall(world, call).options]))?;
    let options = &mut firewall_mut(world, call).options;
    for name in split_list(call.get("delete").unwrap_or_default()) {
        options.remove(name);
    }
    let control = ["node", "vmid", "delete", "digest"];
    for name in call.params.keys().filter(|name| !control.contains(&name.as_str())) {
        if let Some(value) = call.get(name) {
            options.insert(name.clone(), value.to_owned());
        }
    }
    Ok(Reply::NULL)
}

/// Nothing was logged.
pub(super) fn log(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Counted(json!([{ "n": 1, "t": "no content" }]), 1))
}

/// Aliases and sets that a rule may name: the cluster's, and the guest's own.
pub(super) fn references(world: &mut World, call: &Call) -> Handled {
    let mut rows = Vec::new();
    let cluster = world.firewalls.get(&Place::Cluster).cloned().unwrap_or_default();
    let own = firewall(world, call);
    collect(&mut rows, call, &cluster, "dc");
    if place(call) != Place::Cluster {
        collect(&mut rows, call, &own, "guest");
    }
    Ok(Reply::Data(Value::Array(rows)))
}

fn collect(rows: &mut Vec<Value>, call: &Call, firewall: &Firewall, scope: &str) {
    let wanted = |kind: &str| call.get("type").is_none_or(|wanted| wanted == kind);
    let mut add = |kind: &str, sign: &str, name: &str, comment: Option<&String>| {
        if wanted(kind) {
            let mut row = json!({ "type": kind, "name": name, "ref": format!("{sign}{scope}/{name}"), "scope": scope });
            if let Some(comment) = comment {
                row["comment"] = json!(comment);
            }
            rows.push(row);
        }
    };
    for (name, set) in &firewall.sets {
        add("ipset", "+", name, set.comment.as_ref());
    }
    for (name, alias) in &firewall.aliases {
        add("alias", "", name, alias.get("comment"));
    }
}
