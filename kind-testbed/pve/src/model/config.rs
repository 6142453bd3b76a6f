//! A VM's configuration as the file in `/etc/pve` holds it: every value a string. The digest is the SHA-1 of that file,
//! so it changes on any write, as on the real one.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use super::device::{Drive, is_drive_key};
use crate::schema::Schema;

/// What a read shows instead of a password hash.
pub const HIDDEN: &str = "**********";

/// One section of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Config(BTreeMap<String, String>);

impl Config {
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_owned(), value.into());
    }

    pub fn remove(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|key, _| keep(key));
    }

    /// A boolean option; unset is false.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key) == Some("1")
    }

    /// A numeric option or its default.
    pub fn number(&self, key: &str, default: u64) -> u64 {
        self.get(key).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    /// Memory in MiB: a property string whose default key is `current`.
    pub fn memory_mib(&self) -> u64 {
        let value = self.get("memory").unwrap_or("512");
        value.strip_prefix("current=").unwrap_or(value).parse().unwrap_or(512)
    }

    /// Virtual CPUs.
    pub fn cpus(&self) -> u64 {
        self.number("cores", 1) * self.number("sockets", 1)
    }

    pub fn lock(&self) -> Option<&str> {
        self.get("lock")
    }

    pub fn is_template(&self) -> bool {
        self.flag("template")
    }

    /// The guest agent is switched on.
    pub fn agent_enabled(&self) -> bool {
        self.get("agent").is_some_and(|value| {
            value.split(',').any(|part| matches!(part, "1" | "enabled=1" | "on" | "enabled=on" | "yes" | "enabled=yes"))
        })
    }

    /// Devices that hold a volume or a medium, by slot.
    pub fn drives(&self) -> impl Iterator<Item = (&str, Drive)> {
        self.iter().filter(|(key, _)| is_drive_key(key)).map(|(key, value)| (key, Drive::parse(value)))
    }

    /// Disks that were detached and kept.
    pub fn unused(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(key, _)| key.starts_with("unused"))
    }

    /// The lowest free `unusedN`.
    pub fn free_unused_slot(&self) -> String {
        (0..=self.0.len()).map(|index| format!("unused{index}")).find(|key| !self.contains(key)).unwrap_or_default()
    }

    /// The boot disk's size in bytes, which statistics show as `maxdisk`.
    pub fn boot_disk_bytes(&self) -> u64 {
        let named = self
            .get("boot")
            .and_then(|boot| boot.strip_prefix("order="))
            .and_then(|order| order.split(';').find(|key| self.contains(key)).map(str::to_owned));
        let drive = match named {
            Some(key) => self.get(&key).map(Drive::parse),
            None => self.drives().map(|(_, drive)| drive).find(|drive| !drive.is_cdrom()),
        };
        drive.and_then(|drive| drive.size()).unwrap_or(0)
    }

    /// Writes the section's lines.
    pub(super) fn render(&self, out: &mut String) {
        for line in self.get("description").unwrap_or_default().lines() {
            out.push('#');
            encode_text(line, out);
            out.push('\n');
        }
        for (key, value) in self.iter().filter(|(key, _)| *key != "description") {
            let _ = writeln!(out, "{key}: {value}");
        }
    }

    /// The JSON of a read: integers and booleans as numbers, everything else as text, passwords hidden.
    pub fn to_json(&self) -> Map<String, Value> {
        self.iter().map(|(key, value)| (key.to_owned(), typed(key, value))).collect()
    }
}

/// One option's value as a read shows it.
pub fn typed(key: &str, value: &str) -> Value {
    if key == "cipassword" { json!(HIDDEN) } else { plain(key, value) }
}

/// The same, with nothing hidden.
pub fn plain(key: &str, value: &str) -> Value {
    let numeric =
        key == "snaptime" || Schema::get().vm_option(key).is_some_and(|prop| prop.is("integer") || prop.is("boolean"));
    match value.parse::<i64>() {
        Ok(number) if numeric => json!(number),
        _ => json!(value),
    }
}

/// SHA-1 of a configuration file.
pub fn digest_of(file: &str) -> String {
    hex::encode(Sha1::digest(file.as_bytes()))
}

/// Control characters, `%`, `:` and everything beyond ASCII are written as `%XX`.
fn encode_text(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if !(0x20..0x7f).contains(&byte) || byte == b'%' || byte == b':' {
            let _ = write!(out, "%{byte:02X}");
        } else {
            out.push(char::from(byte));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(config: &Config) -> String {
        let mut file = String::new();
        config.render(&mut file);
        digest_of(&file)
    }

    /// Contents and digests as a real node answered them.
    #[test]
    fn the_digest_is_the_one_a_real_node_gives() {
        let transient = Config::from_pairs([("lock", "clone"), ("description", " qmclone temporary file")]);
        assert_eq!(digest(&transient), "eb54fb9d9f120ba0c3bdf694f73b10002c375c38");
        let protected = Config::from_pairs([
            ("ide2", "data:5101/vm-5101-cloudinit.qcow2,media=cdrom,size=4M"),
            ("ciuser", "tiny"),
            ("serial0", "socket"),
            ("memory", "128"),
            ("name", "Copy-of-VM-mark-a"),
            ("cores", "2"),
            ("smbios1", "uuid=3be255fb-29d0-40e6-b306-ba09d138e3e1"),
            ("meta", "creation-qemu=10.2.2,ctime=1795413308"),
            ("vmgenid", "fcd8ab6a-b1dd-469e-b85c-dc263c2978aa"),
            ("net0", "virtio=BC:24:11:77:8A:2F,bridge=vmbr0,firewall=1"),
            ("vga", "serial0"),
            ("sockets", "1"),
            ("agent", "enabled=1"),
            ("boot", "order=scsi0"),
            ("ostype", "l26"),
            ("tags", "slipway"),
            ("protection", "1"),
            ("scsi0", "data:5101/vm-5101-disk-0.raw,discard=on,size=64M"),
            ("description", "slipway:v1 inst/uid/5100 owned"),
            ("scsihw", "virtio-scsi-single"),
        ]);
        assert_eq!(digest(&protected), "c859659b0d5796db9f6c5a6b6edd92b1db2c8180");
    }

    #[test]
    fn cores_are_a_number_and_memory_is_text() {
        let config = Config::from_pairs([("cores", "2"), ("memory", "224"), ("onboot", "1"), ("cipassword", "$5$x")]);
        let json = Value::Object(config.to_json());
        assert_eq!(json, json!({ "cores": 2, "memory": "224", "onboot": 1, "cipassword": HIDDEN }));
    }
}
