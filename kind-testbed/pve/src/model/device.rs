//! Devices of a VM that are property strings: drives and network cards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// True for the slots that hold a drive.
pub fn is_drive_key(key: &str) -> bool {
    let stem = key.trim_end_matches(|c: char| c.is_ascii_digit());
    stem.len() < key.len() && matches!(stem, "ide" | "sata" | "scsi" | "virtio" | "efidisk" | "tpmstate")
}

/// True for `net0` and its like.
pub fn is_net_key(key: &str) -> bool {
    key.strip_prefix("net").is_some_and(|index| !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A drive: its volume (or `none`, or an allocation request such as `data:10`) and its options.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Drive {
    pub file: String,
    pub options: BTreeMap<String, String>,
}

impl Drive {
    pub fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), options: BTreeMap::new() }
    }

    /// Reads a value that the schema has let through.
    pub fn parse(value: &str) -> Self {
        let mut drive = Self::new("");
        for part in value.split(',').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                None | Some(("file" | "volume", _)) => {
                    part.split_once('=').map_or(part, |(_, file)| file).clone_into(&mut drive.file);
                }
                Some((key, text)) => {
                    drive.options.insert(key.to_owned(), text.to_owned());
                }
            }
        }
        drive
    }

    /// The value as the file holds it: the volume, then the options by name.
    pub fn print(&self) -> String {
        let options: Vec<(&str, &str)> =
            self.options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        crate::schema::print_property_string(&self.file, &options)
    }

    pub fn is_cdrom(&self) -> bool {
        self.options.get("media").is_some_and(|media| media == "cdrom") || self.file == "none"
    }

    /// The generated cloud-init drive, which counts as a cdrom.
    pub fn is_cloudinit(&self) -> bool {
        self.file.contains("cloudinit")
    }

    /// Bytes, from the informational `size`.
    pub fn size(&self) -> Option<u64> {
        parse_size(self.options.get("size")?)
    }

    /// `storage` and volume name.
    pub fn volume(&self) -> Option<(&str, &str)> {
        self.file.split_once(':')
    }

    /// GiB to allocate, when the value asks for a new volume: `data:10`, `data:0.5`, `data:cloudinit`.
    pub fn allocation(&self) -> Option<Allocation> {
        let (_, what) = self.volume()?;
        if what == "cloudinit" {
            return Some(Allocation::CloudInit);
        }
        let gib: f64 = what.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a disk size fits")]
        let kib = (gib * 1024.0 * 1024.0).ceil() as u64;
        Some(Allocation::Bytes(kib * 1024))
    }
}

/// What an allocation request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    CloudInit,
    Bytes(u64),
}

/// A network card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nic {
    pub model: String,
    pub mac: Option<String>,
    pub options: BTreeMap<String, String>,
}

const MODELS: [&str; 14] = [
    "e1000",
    "e1000-82540em",
    "e1000-82544gc",
    "e1000-82545em",
    "e1000e",
    "i82551",
    "i82557b",
    "i82559er",
    "ne2k_isa",
    "ne2k_pci",
    "pcnet",
    "rtl8139",
    "virtio",
    "vmxnet3",
];

impl Nic {
    /// Reads either form: `virtio=MAC,bridge=…` or `model=virtio,macaddr=MAC,bridge=…`.
    pub fn parse(value: &str) -> Self {
        let mut nic = Self { model: String::new(), mac: None, options: BTreeMap::new() };
        for part in value.split(',').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                None => part.clone_into(&mut nic.model),
                Some(("model", model)) => model.clone_into(&mut nic.model),
                Some(("macaddr", mac)) => nic.mac = Some(mac.to_ascii_uppercase()),
                Some((model, mac)) if MODELS.contains(&model) => {
                    model.clone_into(&mut nic.model);
                    nic.mac = Some(mac.to_ascii_uppercase());
                }
                Some((key, text)) => {
                    nic.options.insert(key.to_owned(), text.to_owned());
                }
            }
        }
        nic
    }

    /// The stored form: `virtio=MAC,bridge=vmbr0,…`.
    pub fn print(&self) -> String {
        let options: Vec<(&str, &str)> =
            self.options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let mac = self.mac.as_deref().unwrap_or_default();
        crate::schema::print_property_string(&format!("{}={mac}", self.model), &options)
    }

    pub fn bridge(&self) -> Option<&str> {
        self.options.get("bridge").map(String::as_str)
    }
}

/// `10G` → bytes; a bare number is bytes.
pub fn parse_size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(['K', 'M', 'G', 'T']);
    let factor: u64 = match &text[digits.len()..] {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return None,
    };
    if let Ok(whole) = digits.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let number: f64 = digits.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "sizes are far below 2^52"
    )]
    let bytes = (number * factor as f64) as u64;
    Some(bytes)
}

/// Bytes → the largest unit that divides them, up to G.
pub fn format_size(bytes: u64) -> String {
    for (unit, factor) in [("G", 1u64 << 30), ("M", 1 << 20), ("K", 1 << 10)] {
        if bytes >= factor && bytes.is_multiple_of(factor) {
            return format!("{}{unit}", bytes / factor);
        }
    }
    bytes.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_given_in_the_long_form_is_stored_in_the_short_one() {
        let nic = Nic::parse("model=virtio,macaddr=bc:24:11:aa:bb:cd,bridge=vmbr0");
        assert_eq!(nic.print(), "virtio=BC:24:11:AA:BB:CD,bridge=vmbr0");
        assert_eq!(Nic::parse("virtio,bridge=vmbr0").mac, None);
    }

    #[test]
    fn sizes_use_the_largest_unit_that_divides_them() {
        assert_eq!(format_size(67_108_864), "64M");
        assert_eq!(format_size(1 << 30), "1G");
        assert_eq!(format_size(62_915 * 1024), "62915K");
        assert_eq!(parse_size("62915K"), Some(62_915 * 1024));
        assert_eq!(parse_size("1.5G"), Some(1_610_612_736));
    }

    #[test]
    fn an_allocation_may_be_a_fraction_of_a_gib() {
        assert_eq!(Drive::parse("data:0.06").allocation(), Some(Allocation::Bytes(62_915 * 1024)));
        assert_eq!(Drive::parse("data:cloudinit").allocation(), Some(Allocation::CloudInit));
        assert_eq!(Drive::parse("data:100/vm-100-disk-0.raw").allocation(), None);
    }
}
