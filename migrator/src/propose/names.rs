//! What names of options and fields are used for, in the spellings that were seen in the wild.

use crate::mapping::TextRole;
use crate::value::Resource;

/// What a name suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    Size(Resource),
    Words(TextRole),
    /// Traffic or the speed of a port: its values say which.
    Bandwidth,
    /// Something that has no place in Slipway.
    Text,
    Secret,
}

/// By a folded name (without case, spaces, `_` and `-`).
pub fn hint(key: &str) -> Option<Hint> {
    let key = strip(key);
    of_size(key).or_else(|| of_words(key))
}

fn of_size(key: &str) -> Option<Hint> {
    use Hint::{Bandwidth, Size};
    Some(match key {
        "memory" | "ram" | "mem" | "ramgb" | "rammb" | "memorygb" | "memorymb" | "memorysize" | "ramsize"
        | "guaranteedram" | "dedicatedram" | "arbeitsspeicher" | "hauptspeicher" | "memoire" | "memoirevive"
        | "memoria" | "memoriaram" | "geheugen" => Size(Resource::Memory),
        "cpu" | "cpus" | "vcpu" | "vcpus" | "cores" | "core" | "cpucores" | "cpucore" | "vcpucount" | "vcpucores"
        | "cpucount" | "vcores" | "vcore" | "numberofcores" | "numberofcpus" | "processors" | "virtualcpu"
        | "virtualcpus" | "virtualcores" | "kerne" | "cpukerne" | "vcpukerne" | "prozessorkerne" | "coeurs"
        | "nucleos" => Size(Resource::Cores),
        "disk" | "diskspace" | "disksize" | "diskgb" | "space" | "hdd" | "ssd" | "nvme" | "storage"
        | "storagespace" | "storagesize" | "storagegb" | "volumesize" | "harddisk" | "harddrive" | "ssdstorage"
        | "nvmestorage" | "ssdspace" | "ssddisk" | "nvmedisk" | "basedisk" | "rootdisk" | "festplatte"
        | "speicherplatz" | "disque" | "espacedisque" | "disco" | "schijfruimte" => Size(Resource::Disk),
        "networkspeed" | "speed" | "portspeed" | "portspeedmbps" | "networkrate" | "networkport" | "uplink"
        | "port" | "uplinkport" | "uplinkspeed" | "bandwidthspeed" => Size(Resource::Network),
        "datatransfer"
        | "traffic"
        | "monthlytraffic"
        | "trafficlimit"
        | "totaltrafficlimitmonthly"
        | "transfer"
        | "monthlytransfer"
        | "monthlybandwidth"
        | "bandwidthlimit" => Size(Resource::Traffic),
        "bandwidth" | "networkbandwidth" => Bandwidth,
        "backups" | "backup" | "backupslots" => Size(Resource::Backups),
        "snapshots" | "snapshot" | "snapshotslots" => Size(Resource::Snapshots),
        // How many as an option, which one as a field.
        "ip" | "ips" | "ipv4" | "ipv6" | "ipv4s" | "ipaddress" | "ipaddresses" | "ipv4address" | "ipv4addresses"
        | "ipv6address" | "ipv6addresses" | "dedicatedip" | "dedicatedips" | "mainip" | "primaryip" | "serverip"
        | "assignedips" => Size(Resource::AddressCount),
        _ => return None,
    })
}

/// Passwords have many names, and none of them may be kept as text.
fn is_secret(key: &str) -> bool {
    const WORDS: [&str; 9] = [
        "passw",
        "kennwort",
        "zugangsdaten",
        "motdepasse",
        "contrasena",
        "wachtwoord",
        "credential",
        "rootpw",
        "privatekey",
    ];
    WORDS.iter().any(|word| key.contains(word))
}

fn of_words(key: &str) -> Option<Hint> {
    use Hint::{Secret, Text, Words};
    Some(match key {
        "os"
        | "operatingsystem"
        | "image"
        | "template"
        | "templates"
        | "ostemplate"
        | "ostemplates"
        | "templateid"
        | "osid"
        | "osimage"
        | "kvmtemplate"
        | "initialoperatingsystem"
        | "distribution"
        | "distro"
        | "linuxdistribution"
        | "serveros"
        | "vpsos"
        | "osselection" => Words(TextRole::Image),
        "location"
        | "locations"
        | "locationid"
        | "datacenter"
        | "datacentre"
        | "datacenters"
        | "datacenterlocation"
        | "datacenterlocations"
        | "datacentrelocation"
        | "region"
        | "serverlocation"
        | "dc"
        | "site"
        | "city" => Words(TextRole::Region),
        "node" | "nodename" | "nodeid" | "proxmoxnode" | "pvenode" | "tplnodeqemu" | "tplnodelxc" | "hostnode" => {
            Words(TextRole::Node)
        }
        "hostname" | "servername" | "vpshostname" | "serverhostname" | "fqdn" => Words(TextRole::Hostname),
        "sshkey" | "sshkeys" | "sshpublickey" | "sshpublickeys" | "publicsshkey" | "initialsshkey" | "publickey" => {
            Words(TextRole::SshKey)
        }
        "vmid" | "vpsid" | "vserverid" | "serverid" | "proxmoxid" | "proxmoxvmid" | "pvevmid" | "vmidproxmox"
        | "machineid" | "virtualmachineid" => Words(TextRole::Vmid),
        "package" | "serversize" | "flavor" | "flavour" | "plan" | "size" | "instancetype" => Words(TextRole::Plan),
        key if is_secret(key) => Secret,
        "swap"
        | "ioposition"
        | "iopriority"
        | "io"
        | "diskpriority"
        | "storagetype"
        | "disktype"
        | "networktype"
        | "cpulimit"
        | "cpupercent"
        | "cpuunits"
        | "vcpuunits"
        | "vcpulimit"
        | "cpumode"
        | "inboundnetworkspeed"
        | "outboundnetworkspeed"
        | "ingress"
        | "egress"
        | "netout"
        | "bridge"
        | "privileged"
        | "iso"
        | "userdata"
        | "initialization"
        | "monitoring"
        | "privatenetwork"
        | "pluginconfig"
        | "lastreinstalltime"
        | "backupfrequency"
        | "hostnamesuffix"
        | "witheipnum" => Text,
        _ => return None,
    })
}

/// Whether the name says that it comes on top.
pub fn adds(key: &str) -> bool {
    strip(key) != key || key.starts_with('+')
}

fn strip(key: &str) -> &str {
    let key = key.strip_prefix('+').unwrap_or(key);
    let starts = ["extra", "additional", "addon", "addl", "more", "upgrade"];
    starts.iter().find_map(|start| key.strip_prefix(start)).filter(|rest| !rest.is_empty()).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::value::Name;

    #[rstest]
    #[case("RAM", Hint::Size(Resource::Memory))]
    #[case("ram_gb", Hint::Size(Resource::Memory))]
    #[case("Extra RAM (GB)", Hint::Size(Resource::Memory))]
    #[case("vCPU Count", Hint::Size(Resource::Cores))]
    #[case("CPUCores", Hint::Size(Resource::Cores))]
    #[case("Disk (GB)", Hint::Size(Resource::Disk))]
    #[case("HDD", Hint::Size(Resource::Disk))]
    #[case("Volume Size", Hint::Size(Resource::Disk))]
    #[case("Data Transfer", Hint::Size(Resource::Traffic))]
    #[case("port_speed_mbps", Hint::Size(Resource::Network))]
    #[case("IPv4 Addresses", Hint::Size(Resource::AddressCount))]
    #[case("OS templates", Hint::Words(TextRole::Image))]
    #[case("Datacenter locations", Hint::Words(TextRole::Region))]
    #[case("TPL_Node_QEMU", Hint::Words(TextRole::Node))]
    #[case("SSH Public Key", Hint::Words(TextRole::SshKey))]
    #[case("vserverid", Hint::Words(TextRole::Vmid))]
    #[case("PVEPassword", Hint::Secret)]
    #[case("VNC Passwort", Hint::Secret)]
    #[case("Mot de passe root", Hint::Secret)]
    #[case("Zugangsdaten", Hint::Secret)]
    #[case("Arbeitsspeicher", Hint::Size(Resource::Memory))]
    #[case("vCPU Kerne", Hint::Size(Resource::Cores))]
    #[case("IO Priority", Hint::Text)]
    fn real_spellings_suggest_what_they_are_used_for(#[case] name: &str, #[case] expected: Hint) {
        assert_eq!(hint(Name::new(name).key()), Some(expected));
    }

    #[test]
    fn what_was_never_seen_suggests_nothing() {
        assert_eq!(hint("playerslots"), None);
        assert_eq!(hint("muisti"), None);
    }

    #[test]
    fn extra_in_front_of_a_name_comes_on_top() {
        assert!(adds("extraram") && adds("additionalips"));
        assert!(!adds("ram") && !adds("extra"));
    }
}
