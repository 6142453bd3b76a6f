//! What runs inside a VM: it boots, takes the addresses its cloud-init drive gives it, answers the agent, shuts down.

use serde_json::{Value, json};

use super::{
    Event, World, durations,
    process::Spawn,
    work::{CleanupWork, Work},
};
use crate::{
    model::{
        Vmid,
        access::{Principal, ROOT},
        agent::Session,
        device::{Nic, is_net_key},
        vm::{Run, Vm},
    },
    schema::percent_decode,
};

/// An operating system image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Image {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
    pub(crate) pretty: &'static str,
    pub(crate) version: &'static str,
    pub(crate) version_id: &'static str,
    pub(crate) kernel: &'static str,
    pub(crate) build: &'static str,
    pub(crate) interface: &'static str,
}

pub(crate) const IMAGES: [Image; 4] = [
    Image {
        name: "ubuntu-2204",
        id: "ubuntu",
        pretty: "Ubuntu 22.04.5 LTS",
        version: "22.04.5 LTS (Jammy Jellyfish)",
        version_id: "22.04",
        kernel: "5.15.0-151-generic",
        build: "#161-Ubuntu SMP Tue Jul 22 14:25:40 UTC 2025",
        interface: "ens18",
    },
    Image {
        name: "ubuntu-2404",
        id: "ubuntu",
        pretty: "Ubuntu 24.04.3 LTS",
        version: "24.04.3 LTS (Noble Numbat)",
        version_id: "24.04",
        kernel: "6.8.0-71-generic",
        build: "#71-Ubuntu SMP PREEMPT_DYNAMIC Tue Jul 22 16:52:38 UTC 2025",
        interface: "ens18",
    },
    Image {
        name: "debian-12",
        id: "debian",
        pretty: "Debian GNU/Linux 12 (bookworm)",
        version: "12 (bookworm)",
        version_id: "12",
        kernel: "6.1.0-38-cloud-amd64",
        build: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.147-1 (2025-08-02)",
        interface: "eth0",
    },
    Image {
        name: "debian-13",
        id: "debian",
        pretty: "Debian GNU/Linux 13 (trixie)",
        version: "13 (trixie)",
        version_id: "13",
        kernel: "6.12.41+deb13-cloud-amd64",
        build: "#1 SMP PREEMPT_DYNAMIC Debian 6.12.41-1 (2025-08-12)",
        interface: "eth0",
    },
];

fn image(name: &str) -> Option<&'static Image> {
    IMAGES.iter().find(|image| image.name == name)
}

impl World {
    /// The operating system on a VM's boot disk.
    pub(crate) fn boot_image(&self, vm: &Vm) -> Option<String> {
        vm.config
            .drives()
            .filter(|(_, drive)| !drive.is_cdrom())
            .find_map(|(_, drive)| self.volume(&vm.node, &drive.file).and_then(|(_, volume)| volume.image.clone()))
    }

    /// QEMU runs from now on.
    pub(crate) fn power_on(&mut self, vmid: Vmid) {
        let Some(vm) = self.vms.get(&vmid) else { return };
        let (node, image) = (vm.node.clone(), self.boot_image(vm));
        let skip = u32::try_from(self.random() % 7).unwrap_or(0);
        let pid = self.node_mut(&node).map_or(1, |node| node.fork(skip));
        let (since, booted, deaf) = (self.now, self.now + durations::BOOT, self.is_deaf(vmid));
        if let Some(vm) = self.vm_mut(vmid) {
            let deaf = image.is_none() || deaf;
            vm.run = Some(Run {
                pid,
                since,
                paused: false,
                prelaunch: false,
                image,
                booted,
                deaf,
                io_error: false,
                agent: Session::default(),
            });
        }
    }

    /// QEMU is gone; `qmeventd` notices and cleans up.
    pub(crate) fn power_off(&mut self, vmid: Vmid) {
        let Some(node) = self.vms.get(&vmid).filter(|vm| vm.running()).map(|vm| vm.node.clone()) else { return };
        if let Some(vm) = self.vm_mut(vmid) {
            vm.run = None;
        }
        let (who, work) = (Principal::user(ROOT), Work::Cleanup(CleanupWork { vmid }));
        self.spawn(Spawn { node: &node, who: &who, work, task: None, request: None });
    }

    /// `qmeventd` starts a VM again after a reboot request.
    pub(super) fn restart(&mut self, vmid: Vmid) {
        self.start_by(&Principal::user(ROOT), vmid);
    }

    pub(super) fn start_by(&mut self, who: &Principal, vmid: Vmid) {
        let Some(node) = self.vms.get(&vmid).map(|vm| vm.node.clone()) else { return };
        self.start_task(&node, who, "qmstart", &vmid.to_string(), Work::start(vmid));
    }

    /// The guest shuts down by itself in a while, unless QEMU is another one by then.
    pub(crate) fn schedule_shutdown(&mut self, vmid: Vmid) {
        let Some(since) = self.vms.get(&vmid).and_then(|vm| vm.run.as_ref()).map(|run| run.since) else { return };
        self.schedule(self.now + durations::SHUTDOWN, Event::GuestEnds(vmid, since));
    }

    pub(super) fn guest_ends(&mut self, vmid: Vmid, since: u64) {
        let same = self.vms.get(&vmid).and_then(|vm| vm.run.as_ref()).is_some_and(|run| run.since == since);
        if same {
            self.power_off(vmid);
        }
    }

    pub(crate) fn schedule_restart(&mut self, vmid: Vmid) {
        self.schedule(self.now + 500, Event::Restart(vmid));
    }

    /// The agent answers: configured, up and not paused.
    pub(crate) fn agent_answers(&self, vmid: Vmid, vm: &Vm) -> bool {
        vm.config.agent_enabled()
            && !self.lacks_agent(vmid)
            && vm.run.as_ref().is_some_and(|run| {
                !run.paused && !run.prelaunch && !run.io_error && run.image.is_some() && run.booted <= self.now
            })
    }
}

/// A disk that nobody described boots into a small Linux that says little about itself.
const TINY: (&str, &str, &str) =
    ("Tiny test guest", "6.12.107+deb13-cloud-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.12.107-1 (2026-08-29)");

fn image_of(vm: &Vm) -> Option<&'static Image> {
    vm.run.as_ref().and_then(|run| run.image.as_deref()).and_then(image)
}

/// Release and build of the guest's kernel.
pub(super) fn kernel(vm: &Vm) -> (&'static str, &'static str) {
    image_of(vm).map_or((TINY.1, TINY.2), |image| (image.kernel, image.build))
}

/// `get-osinfo`.
pub(crate) fn os_info(vm: &Vm) -> Value {
    let (release, version) = kernel(vm);
    let mut out = json!({ "kernel-release": release, "kernel-version": version, "machine": "x86_64" });
    let Some(image) = image_of(vm) else {
        out["pretty-name"] = json!(TINY.0);
        return out;
    };
    for (name, value) in [
        ("id", image.id),
        ("name", image.pretty.split(" 1").next().unwrap_or_default()),
        ("pretty-name", image.pretty),
        ("version", image.version),
        ("version-id", image.version_id),
    ] {
        out[name] = json!(value);
    }
    out
}

/// The name from the cloud-init drive the guest booted with.
pub(crate) fn host_name(vmid: Vmid, vm: &Vm) -> String {
    let name = vm.cloudinit.get("name").or_else(|| vm.config.get("name")).map(str::to_owned);
    let name = name.unwrap_or_else(|| format!("VM{vmid}"));
    name.split('.').next().unwrap_or_default().to_owned()
}

/// The user that cloud-init made.
pub(crate) fn user(vm: &Vm) -> Option<&str> {
    vm.cloudinit.get("ciuser").or_else(|| image_of(vm).map(|image| image.id))
}

/// A file of the guest: one that was written, or one that every guest has.
pub(crate) fn read_file(vmid: Vmid, vm: &Vm, path: &str) -> Option<String> {
    if let Some(text) = vm.files.get(path) {
        return Some(text.clone());
    }
    let host = host_name(vmid, vm);
    match path {
        "/etc/hostname" => Some(format!("{host}\n")),
        "/etc/hosts" => Some(format!("127.0.1.1 {host}\n127.0.0.1 localhost\n")),
        "/etc/os-release" => {
            let info = os_info(vm);
            let text = |name: &str| info[name].as_str().unwrap_or_default().to_owned();
            let (pretty, id, version) = (text("pretty-name"), text("id"), text("version-id"));
            Some(format!("PRETTY_NAME=\"{pretty}\"\nVERSION_ID=\"{version}\"\nID={id}\n"))
        }
        path => {
            let home = path.strip_suffix("/.ssh/authorized_keys")?;
            let owner = home.strip_prefix("/home/").or_else(|| (home == "/root").then_some("root"))?;
            let keys = vm.cloudinit.get("sshkeys").filter(|_| user(vm) == Some(owner))?;
            Some(percent_decode(keys))
        }
    }
}

/// `network-get-interfaces`: loopback, then one interface a card with the addresses from the cloud-init drive.
pub(crate) fn interfaces(vmid: Vmid, vm: &Vm) -> Value {
    let first = image_of(vm).map_or("eth0", |image| image.interface);
    let mut all = vec![json!({
        "name": "lo", "hardware-address": "00:00:00:00:00:00", "statistics": counters(),
        "ip-addresses": [address("ipv4", "127.0.0.1", 8), address("ipv6", "::1", 128)],
    })];
    for (index, (key, value)) in vm.config.iter().filter(|(key, _)| is_net_key(key)).enumerate() {
        let mac = Nic::parse(value).mac.unwrap_or_default().to_ascii_lowercase();
        let name = match (first, index) {
            ("eth0", index) => format!("eth{index}"),
            (_, index) => format!("ens{}", 18 + index),
        };
        let ipconfig = vm.cloudinit.get(&key.replace("net", "ipconfig")).unwrap_or_default();
        all.push(json!({
            "name": name, "hardware-address": mac, "statistics": counters(),
            "ip-addresses": addresses(vmid, index, &mac, ipconfig),
        }));
    }
    Value::Array(all)
}

fn addresses(vmid: Vmid, index: usize, mac: &str, ipconfig: &str) -> Vec<Value> {
    let options: Vec<(&str, &str)> = ipconfig.split(',').filter_map(|part| part.split_once('=')).collect();
    let option = |name: &str| options.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let mut all = Vec::new();
    match option("ip") {
        Some(cidr) if cidr != "dhcp" => all.extend(parse_cidr("ipv4", cidr)),
        None if option("ip6").is_some() => {}
        _ => all.push(address("ipv4", &lease(vmid, index), 16)),
    }
    match option("ip6") {
        Some(cidr) if cidr != "dhcp" && cidr != "auto" => all.extend(parse_cidr("ipv6", cidr)),
        Some(_) => all.push(address("ipv6", &format!("fd00:77::{vmid:x}"), 64)),
        None => {}
    }
    all.push(address("ipv6", &link_local(mac), 64));
    all
}

/// The address the lab's DHCP server gives, the same for a VM each time.
fn lease(vmid: Vmid, index: usize) -> String {
    format!("10.{}.{}.{}", 77 + index, (vmid / 250) % 250, vmid % 250 + 2)
}

/// The EUI-64 address of a card.
fn link_local(mac: &str) -> String {
    let bytes: Vec<u16> = mac.split(':').filter_map(|part| u16::from_str_radix(part, 16).ok()).collect();
    let pair = |high: usize, low: usize| bytes.get(high).unwrap_or(&0) << 8 | bytes.get(low).unwrap_or(&0);
    format!("fe80::{:x}:{:x}:{:x}:{:x}", pair(0, 1) ^ 0x200, pair(2, 6) | 0xff, pair(6, 3) | 0xfe00, pair(4, 5))
}

fn parse_cidr(kind: &str, cidr: &str) -> Option<Value> {
    let (ip, prefix) = cidr.split_once('/')?;
    Some(address(kind, ip, prefix.parse().ok()?))
}

fn address(kind: &str, ip: &str, prefix: u8) -> Value {
    json!({ "ip-address-type": kind, "ip-address": ip, "prefix": prefix })
}

fn counters() -> Value {
    json!({
        "rx-bytes": 0, "rx-dropped": 0, "rx-errs": 0, "rx-packets": 0,
        "tx-bytes": 0, "tx-dropped": 0, "tx-errs": 0, "tx-packets": 0,
    })
}
