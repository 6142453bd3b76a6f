//! What the API tells of storages of every type, and what a guest on one of them can do.

use pve_testbed::{Fault, StorageKind, World, request::Method};
use rstest::rstest;
use serde_json::{Value, json};

use crate::lab::{Lab, refused};

fn lab_with(id: &str, kind: StorageKind, path: &str) -> Lab {
    let world = World::builder(7).storage(id, kind, path).build();
    let token = world.root_token();
    Lab { world, token }
}

/// VM 101 with one disk on this storage.
fn with_disk(lab: &mut Lab, id: &str) {
    let disk = format!("{id}:1");
    let answer = lab.post("/nodes/pve1/qemu", &[("vmid", "101"), ("scsi0", &disk)]);
    assert_eq!(lab.wait(&answer), "OK");
}

fn has_feature(lab: &mut Lab, name: &str) -> Value {
    lab.call(Method::Get, &Lab::vm(101, "/feature"), &[("feature", name)]).data()["hasFeature"].clone()
}

#[test]
fn a_target_leaves_the_shared_storages() {
    let mut lab = lab_with("nas", StorageKind::Nfs, "/mnt/pve/nas");
    let path = "/nodes/pve1/storage";
    let names = |rows: &Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|row| row["storage"].as_str().unwrap().to_owned()).collect()
    };
    let rows = lab.call(Method::Get, path, &[("target", "pve2")]).data().clone();
    assert_eq!(names(&rows), ["nas"]);
    assert_eq!(rows[0]["shared"], 1);
    let own = lab.call(Method::Get, path, &[("target", "pve1"), ("content", "images")]).data().clone();
    assert_eq!(names(&own), ["data", "local-lvm", "nas"]);
}

#[test]
fn formats_are_told_to_who_asks() {
    let mut lab = lab_with("thick", StorageKind::Lvm, "vg1");
    let one = |lab: &mut Lab, id: &str| {
        let asked = [("storage", id), ("format", "1")];
        lab.call(Method::Get, "/nodes/pve1/storage", &asked).data()[0]["formats"].clone()
    };
    assert_eq!(one(&mut lab, "data"), json!({ "default": "raw", "supported": ["raw", "qcow2", "vmdk"] }));
    assert_eq!(one(&mut lab, "thick"), json!({ "default": "raw", "supported": ["raw"] }));
}

#[test]
fn thick_lvm_takes_no_snapshots_and_no_linked_clones() {
    let mut lab = lab_with("thick", StorageKind::Lvm, "vg1");
    with_disk(&mut lab, "thick");
    assert_eq!(has_feature(&mut lab, "snapshot"), 0);
    let snapshot = lab.post(&Lab::vm(101, "/snapshot"), &[("snapname", "one")]);
    assert_eq!(lab.wait(&snapshot), "snapshot feature is not available");
    let template = lab.post(&Lab::vm(101, "/template"), &[]);
    assert_eq!(lab.wait(&template), "OK");
    assert_eq!(has_feature(&mut lab, "clone"), 0);
    let clone = lab.post(&Lab::vm(101, "/clone"), &[("newid", "102"), ("full", "0")]);
    assert!(clone.reason.starts_with("Linked clone feature is not supported for 'thick:"), "{clone:?}");
}

#[test]
fn a_snapshot_carries_linked_clones_where_the_storage_can() {
    for (kind, path, able) in [
        (StorageKind::LvmThin, "vg1/thin", true),
        (StorageKind::Rbd, "pool1", true),
        (StorageKind::ZfsPool, "tank", false),
    ] {
        let mut lab = lab_with("block", kind, path);
        with_disk(&mut lab, "block");
        let snapshot = lab.post(&Lab::vm(101, "/snapshot"), &[("snapname", "one")]);
        assert_eq!(lab.wait(&snapshot), "OK", "{kind:?}");
        let params = [("newid", "102"), ("full", "0"), ("snapname", "one")];
        let clone = lab.post(&Lab::vm(101, "/clone"), &params);
        if able {
            assert_eq!(lab.wait(&clone), "OK", "{kind:?}");
        } else {
            refused(&clone, 500, "Linked clone feature is not supported for 'block:vm-101-disk-0' (scsi0)");
        }
    }
}

#[test]
fn a_disk_that_was_removed_on_its_storage_is_missed_at_the_start() {
    let mut lab = lab_with("nas", StorageKind::Nfs, "/mnt/pve/nas");
    with_disk(&mut lab, "nas");
    let gone = lab.delete("/nodes/pve1/storage/nas/content/nas:101/vm-101-disk-0.raw", &[]);
    assert_eq!(lab.wait(&gone), "OK");
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "volume 'nas:101/vm-101-disk-0.raw' does not exist");
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
}

#[test]
fn giving_up_the_saved_memory_makes_an_ordinary_stopped_vm() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let hibernate = lab.post(&Lab::vm(101, "/status/suspend"), &[("todisk", "1")]);
    assert_eq!(lab.wait(&hibernate), "OK");
    refused(&lab.put(&Lab::vm(101, "/config"), &[("cores", "2")]), 500, "VM is locked (suspended)");
    let state = lab.config(101)["vmstate"].as_str().unwrap().to_owned();
    assert!(lab.put(&Lab::vm(101, "/config"), &[("delete", "vmstate")]).is_ok());
    let config = lab.config(101);
    assert_eq!((&config["lock"], &config["vmstate"]), (&Value::Null, &Value::Null));
    let storage = state.split(':').next().unwrap();
    let content = lab.get(&format!("/nodes/pve1/storage/{storage}/content")).data().to_string();
    assert!(!content.contains(&state), "{content}");
}

#[rstest]
#[case(
    StorageKind::Lvm,
    "vg1",
    "lvcreate 'vg1/vm-101-disk-0' error:   Volume group \"vg1\" has insufficient free space (0 extents): 256 required."
)]
#[case(
    StorageKind::LvmThin,
    "vg1/thin",
    "lvcreate 'vg1/vm-101-disk-0' error:   Cannot create new thin volume, free space in thin pool vg1/thin reached threshold."
)]
#[case(StorageKind::ZfsPool, "tank", "zfs error: cannot create 'tank/vm-101-disk-0': out of space")]
#[case(StorageKind::Rbd, "pool1", "rbd create 'vm-101-disk-0' error: rbd: create error: (28) No space left on device")]
#[case(
    StorageKind::Nfs,
    "/mnt/pve/nas",
    "unable to create image: qemu-img: /mnt/pve/nas/images/101/vm-101-disk-0.raw: Could not write qcow2 header: No space left on device"
)]
fn a_full_storage_is_told_in_the_words_of_its_tool(#[case] kind: StorageKind, #[case] path: &str, #[case] text: &str) {
    let mut lab = lab_with("full", kind, path);
    lab.world.inject(Fault::StorageFull { storage: "full".into(), node: None });
    let answer = lab.post("/nodes/pve1/qemu", &[("vmid", "101"), ("scsi0", "full:1")]);
    assert_eq!(lab.wait(&answer), format!("unable to create VM 101 - {text}"));
    assert!(!lab.get(&Lab::vm(101, "/config")).is_ok(), "a create that failed leaves no VM");
    assert_eq!(lab.get("/nodes/pve1/storage/full/content").data(), &json!([]));
    lab.world.heal();
    with_disk(&mut lab, "full");
}
