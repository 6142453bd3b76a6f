//! Disks beside the root disk: added, grown and taken out by name.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::{FieldError, Kind, Problem};
use crate::server::device_name::is_device_name;

/// Disks that a server may have, the root disk among them.
const MAX_DISKS: usize = 14;
/// The bound that Kubernetes sets.
const MAX_SIZE_GIB: i32 = 131_072;

/// A disk of its own, as a spec names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDisk {
    pub name: String,
    pub size_gib: i32,
    /// The site's own storage when absent.
    pub storage_class: Option<String>,
}

/// A disk to add, or to grow when the server has one of this name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = DiskOrder)]
pub struct AskedDisk {
    /// Lower case letters, digits and dashes, at most 32; it never changes. `root` is `rootDiskGiB`.
    #[schema(example = "data", max_length = 32)]
    pub name: String,
    /// Never smaller than it is.
    #[serde(rename = "sizeGiB")]
    #[schema(minimum = 1, maximum = 131_072)]
    pub size_gib: i32,
    /// One of the site's; its own storage when not given. It never changes.
    #[schema(max_length = 32)]
    pub storage_class: Option<String>,
}

/// What a change is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The disks that the server is to have now.
    pub present: &'a [DataDisk],
    /// That the site offers.
    pub classes: &'a [String],
    /// What the plan leaves for them together, in GiB; none: there is no bound.
    pub room_gib: Option<i32>,
}

/// The disks that the server has after the change.
pub fn change(asked: &[AskedDisk], removed: &[String], ground: &Ground<'_>) -> Result<Vec<DataDisk>, Problem> {
    let mut errors = Vec::new();
    let mut wrong = |field: String, message: String| errors.push(FieldError { field, message });
    let mut disks = ground.present.to_vec();
    for (index, name) in removed.iter().enumerate() {
        match disks.iter().position(|disk| disk.name == *name) {
            Some(position) => drop(disks.remove(position)),
            None => {
                wrong(format!("removeDisks.{index}"), format!("the server has no disk {name} that can be taken out"));
            }
        }
    }
    for (index, disk) in asked.iter().enumerate() {
        let field = |name: &str| format!("disks.{index}.{name}");
        if !(1..=MAX_SIZE_GIB).contains(&disk.size_gib) {
            wrong(field("sizeGiB"), format!("must be between 1 and {MAX_SIZE_GIB}"));
        }
        if removed.contains(&disk.name) {
            wrong(field("name"), "is to be taken out by the same change".to_owned());
        } else if let Some(present) = disks.iter_mut().find(|present| present.name == disk.name) {
            if disk.size_gib < present.size_gib {
                let message = format!("the disk has {} GiB and cannot shrink", present.size_gib);
                wrong(field("sizeGiB"), message);
            }
            if disk.storage_class.is_some() && disk.storage_class != present.storage_class {
                wrong(field("storageClass"), "cannot change: a disk stays on its storage".to_owned());
            }
            present.size_gib = disk.size_gib;
        } else {
            if !is_device_name(&disk.name) {
                wrong(
                    field("name"),
                    "must be at most 32 lower case letters, digits and dashes, a letter first".to_owned(),
                );
            } else if disk.name == slipway_crds::names::ROOT_DISK {
                wrong(field("name"), "is the root disk's: use rootDiskGiB".to_owned());
            }
            if let Some(class) = disk.storage_class.as_ref().filter(|class| !ground.classes.contains(class)) {
                wrong(field("storageClass"), format!("the site has no storage class {class}"));
            }
            let AskedDisk { name, size_gib, storage_class } = disk.clone();
            disks.push(DataDisk { name, size_gib, storage_class });
        }
    }
    if disks.len() >= MAX_DISKS {
        wrong("disks".to_owned(), format!("a server has at most {MAX_DISKS} disks, the root disk among them"));
    }
    let total: i64 = disks.iter().map(|disk| i64::from(disk.size_gib)).sum();
    if let Some(room) = ground.room_gib.filter(|room| total > i64::from(*room) && !asked.is_empty()) {
        wrong("disks".to_owned(), format!("the plan leaves {} GiB beside the root disk, not {total}", room.max(0)));
    }
    if errors.is_empty() {
        return Ok(disks);
    }
    Err(Problem::new(Kind::Unprocessable, "The disks cannot be changed like this.").with_fields(errors))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(name: &str, size_gib: i32, class: Option<&str>) -> AskedDisk {
        AskedDisk { name: name.into(), size_gib, storage_class: class.map(Into::into) }
    }

    fn try_change(asked: &[AskedDisk], removed: &[&str]) -> Result<Vec<DataDisk>, String> {
        let present = [DataDisk { name: "data".into(), size_gib: 20, storage_class: None }];
        let ground = Ground { present: &present, classes: &["fast".to_owned()], room_gib: Some(60) };
        let removed: Vec<String> = removed.iter().map(ToString::to_string).collect();
        change(asked, &removed, &ground).map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn disks_are_added_grown_and_taken_out() {
        let after = try_change(&[disk("data", 30, None), disk("logs", 30, Some("fast"))], &[]).unwrap();
        assert_eq!(after.iter().map(|disk| disk.size_gib).collect::<Vec<_>>(), [30, 30]);
        assert_eq!(after[1].storage_class.as_deref(), Some("fast"));
        assert_eq!(try_change(&[], &["data"]).unwrap(), []);
    }

    #[test]
    fn what_does_not_fit_names_the_field() {
        for (asked, removed, field) in [
            (disk("data", 19, None), &[][..], "disks.0.sizeGiB"),
            (disk("data", 20, Some("fast")), &[], "disks.0.storageClass"),
            (disk("logs", 10, Some("slow")), &[], "disks.0.storageClass"),
            (disk("root", 10, None), &[], "disks.0.name"),
            (disk("Logs", 10, None), &[], "disks.0.name"),
            (disk("logs", 0, None), &[], "disks.0.sizeGiB"),
            (disk("logs", 41, None), &[], "\"disks\""),
            (disk("data", 30, None), &["data"], "disks.0.name"),
            (disk("logs", 10, None), &["gone"], "removeDisks.0"),
        ] {
            let error = try_change(std::slice::from_ref(&asked), removed).unwrap_err();
            assert!(error.contains(field), "{asked:?}: {error}");
        }
    }

    #[test]
    fn a_disk_can_be_taken_out_of_a_server_that_has_too_much() {
        let present = [("a", 80), ("b", 80)].map(|(name, size_gib)| DataDisk {
            name: name.into(),
            size_gib,
            storage_class: None,
        });
        let ground = Ground { present: &present, classes: &[], room_gib: Some(10) };
        assert_eq!(change(&[], &["a".to_owned()], &ground).unwrap().len(), 1);
    }
}
