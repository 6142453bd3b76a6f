//! A guest's configuration as the API answers it: option → value, with typed views of those that matter.

use std::collections::BTreeMap;

use serde_json::Value;

/// All options of a VM, as text; numbers and booleans come in either form and read the same here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct VmConfig {
    options: BTreeMap<String, String>,
    /// Guards a write against changes since this read.
    pub digest: String,
}

/// `virtio=MAC,bridge=vmbr0,firewall=1,tag=12,rate=10`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NetworkDevice {
    /// As `virtio`.
    pub model: String,
    pub mac: String,
    /// The other options, in their order.
    pub options: Vec<(String, String)>,
}

impl VmConfig {
    /// From `GET /nodes/{node}/qemu/{vmid}/config`.
    pub fn from_json(data: &Value) -> Self {
        let mut options = BTreeMap::new();
        for (key, value) in data.as_object().into_iter().flatten() {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Bool(flag) => u8::from(*flag).to_string(),
                other => other.to_string(),
            };
            options.insert(key.clone(), text);
        }
        let digest = options.remove("digest").unwrap_or_default();
        Self { options, digest }
    }

    pub fn get(&self, option: &str) -> Option<&str> {
        self.options.get(option).map(String::as_str)
    }

    pub fn options(&self) -> impl Iterator<Item = (&str, &str)> {
        self.options.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    pub fn flag(&self, option: &str) -> bool {
        self.get(option) == Some("1")
    }

    pub fn description(&self) -> &str {
        self.get("description").unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        self.get("name").unwrap_or_default()
    }

    /// As `clone`, `backup`; none when unlocked.
    pub fn lock(&self) -> Option<&str> {
        self.get("lock").filter(|l| !l.is_empty())
    }

    pub fn is_template(&self) -> bool {
        self.flag("template")
    }

    /// Sorted, as Proxmox stores them.
    pub fn tags(&self) -> Vec<&str> {
        self.get("tags").unwrap_or_default().split([';', ',', ' ']).filter(|t| !t.is_empty()).collect()
    }

    /// Cores times sockets.
    pub fn cores(&self) -> u32 {
        let number = |option| self.get(option).and_then(|v| v.parse().ok()).unwrap_or(1_u32);
        number("cores").saturating_mul(number("sockets"))
    }

    /// MiB; 512 is Proxmox's own default. A property string reads its `current`.
    pub fn memory_mib(&self) -> u32 {
        let text = self.get("memory").unwrap_or("512");
        text.split(',')
            .map(|part| part.strip_prefix("current=").unwrap_or(part))
            .find_map(|part| part.parse().ok())
            .unwrap_or(512)
    }

    /// The SMBIOS UUID: evidence, not a proof; a restored copy has the same.
    pub fn smbios_uuid(&self) -> Option<&str> {
        self.get("smbios1")?.split(',').find_map(|part| part.strip_prefix("uuid="))
    }

    /// The device in `netN`.
    pub fn network(&self, slot: &str) -> Option<NetworkDevice> {
        let mut parts = self.get(slot)?.split(',').filter_map(|part| part.split_once('='));
        let (model, mac) = parts.next()?;
        let options: Vec<_> = parts.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        if model == "model" {
            let mac = options.iter().find(|(k, _)| k == "macaddr").map(|(_, v)| v.clone()).unwrap_or_default();
            let options = options.into_iter().filter(|(k, _)| k != "macaddr").collect();
            return Some(NetworkDevice { model: mac_model(self.get(slot)?), mac, options });
        }
        Some(NetworkDevice { model: model.to_owned(), mac: mac.to_owned(), options })
    }

    /// `netN` slots, in the order of their numbers.
    pub fn network_slots(&self) -> Vec<&str> {
        let mut slots: Vec<&str> = self.options().map(|(slot, _)| slot).filter(|s| is_slot(s, "net")).collect();
        slots.sort_by_key(|slot| (slot.len(), *slot));
        slots
    }

    /// `unusedN` slot → volume: disks of its own that are plugged in nowhere.
    pub fn unused(&self) -> impl Iterator<Item = (&str, &str)> {
        self.options().filter(|(slot, _)| is_slot(slot, "unused"))
    }

    /// Slots that hold a real disk (not a CD drive, not the cloud-init drive), in the order of their names.
    pub fn disks(&self) -> Vec<&str> {
        self.options()
            .filter(|(slot, value)| is_disk_slot(slot) && !value.split(',').any(|part| part == "media=cdrom"))
            .map(|(slot, _)| slot)
            .collect()
    }

    /// The disk it boots from: the first of `boot: order=…` that is a disk, else the only or first disk.
    pub fn boot_disk(&self) -> Option<&str> {
        let disks = self.disks();
        let order = self.get("boot").and_then(|b| b.strip_prefix("order=")).unwrap_or_default();
        order.split(';').find_map(|slot| disks.iter().find(|d| **d == slot).copied()).or_else(|| disks.first().copied())
    }

    /// The volume in a disk slot.
    pub fn volid(&self, slot: &str) -> Option<&str> {
        self.get(slot)?.split(',').next()
    }

    /// The storage that the volume in a disk slot is on.
    pub fn storage(&self, slot: &str) -> Option<&str> {
        Some(self.volid(slot)?.split_once(':')?.0)
    }

    /// The size of a disk in GiB, rounded down; Proxmox writes `10G`, `2252M`, `1T`.
    pub fn disk_gib(&self, slot: &str) -> Option<u32> {
        let size = self.get(slot)?.split(',').find_map(|part| part.strip_prefix("size="))?;
        let (number, unit) = size.split_at(size.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(size.len()));
        let number: f64 = number.parse().ok()?;
        let gib = match unit {
            "T" => number * 1024.0,
            "G" => number,
            "M" => number / 1024.0,
            "K" => number / 1024.0 / 1024.0,
            "" => number / 1024.0 / 1024.0 / 1024.0,
            _ => return None,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates, and a size is not negative"
        )]
        Some(gib.floor() as u32)
    }
}

impl NetworkDevice {
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
}

fn is_disk_slot(slot: &str) -> bool {
    ["scsi", "virtio", "sata", "ide"].iter().any(|bus| is_slot(slot, bus))
}

fn is_slot(slot: &str, kind: &str) -> bool {
    slot.strip_prefix(kind).is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
}

fn mac_model(value: &str) -> String {
    value.split(',').find_map(|part| part.strip_prefix("model=")).unwrap_or("virtio").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "`json!` makes values")]
    fn config(json: Value) -> VmConfig {
        VmConfig::from_json(&json)
    }

    #[test]
    fn numbers_read_the_same_as_text_and_as_numbers() {
        let c =
            config(serde_json::json!({"cores": 2, "memory": "2048", "protection": 1, "template": "1", "digest": "d1"}));
        assert_eq!((c.cores(), c.memory_mib(), c.flag("protection"), c.is_template()), (2, 2048, true, true));
        assert_eq!(c.digest, "d1");
        assert_eq!(config(serde_json::json!({"memory": "current=4096"})).memory_mib(), 4096);
    }

    #[test]
    fn the_boot_disk_is_found_beside_cdrom_and_cloud_init_drives() {
        let c = config(serde_json::json!({
            "boot": "order=ide2;scsi0", "ide2": "local-lvm:vm-100-cloudinit,media=cdrom", "scsihw": "virtio-scsi-single",
            "scsi0": "local-lvm:base-9000-disk-0/vm-100-disk-0,size=10G", "scsi1": "local-lvm:vm-100-disk-1,size=2T"
        }));
        assert_eq!(c.boot_disk(), Some("scsi0"));
        assert_eq!(c.disks(), ["scsi0", "scsi1"]);
        assert_eq!((c.disk_gib("scsi0"), c.disk_gib("scsi1")), (Some(10), Some(2048)));
        assert_eq!(c.volid("scsi0"), Some("local-lvm:base-9000-disk-0/vm-100-disk-0"));
        assert_eq!((c.storage("scsi0"), c.storage("scsi7")), (Some("local-lvm"), None));
        assert_eq!(config(serde_json::json!({"scsi0": "a:b,size=2252M"})).disk_gib("scsi0"), Some(2));
    }

    #[test]
    fn a_network_device_keeps_its_mac_and_options() {
        let c = config(serde_json::json!({"net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=12,rate=25"}));
        let net = c.network("net0").unwrap();
        assert_eq!((net.model.as_str(), net.mac.as_str()), ("virtio", "BC:24:11:00:00:01"));
        assert_eq!(
            (net.option("bridge"), net.option("tag"), net.option("rate")),
            (Some("vmbr0"), Some("12"), Some("25"))
        );
        let long = config(serde_json::json!({"net0": "model=e1000,macaddr=BC:24:11:00:00:02,bridge=vmbr1"}))
            .network("net0")
            .unwrap();
        assert_eq!((long.model.as_str(), long.mac.as_str()), ("e1000", "BC:24:11:00:00:02"));
    }
}
