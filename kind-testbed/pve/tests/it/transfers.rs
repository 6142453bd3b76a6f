//! How long copies take beside each other.

use pve_testbed::Fault;
use rstest::rstest;

use crate::lab::{Lab, TEMPLATE};

/// 3 GiB.
const IMAGE: &str = "local:import/debian-13.raw";

fn full_clone(lab: &mut Lab, newid: &str, storage: &str) -> String {
    let params = [("newid", newid), ("full", "1"), ("storage", storage)];
    lab.post(&Lab::vm(TEMPLATE, "/clone"), &params).data().as_str().unwrap().to_owned()
}

fn create(lab: &mut Lab, node: &str, vmid: &str, disk: &str) -> String {
    let path = format!("/nodes/{node}/qemu");
    lab.post(&path, &[("vmid", vmid), ("scsi0", disk)]).data().as_str().unwrap().to_owned()
}

/// The name of the temporary file ends with the length of what was sent: 3 GiB.
fn upload(lab: &mut Lab) -> String {
    let temporary = "/var/tmp/pveupload-000000000000000000000000c0000000";
    let file = [("content", "iso"), ("filename", "big.iso"), ("tmpfilename", temporary)];
    lab.post("/nodes/pve1/storage/local/upload", &file).data().as_str().unwrap().to_owned()
}

fn migrate(lab: &mut Lab, vmid: u32, params: &[(&str, &str)]) -> String {
    let params = [&[("target", "pve2")][..], params].concat();
    lab.post(&Lab::vm(vmid, "/migrate"), &params).data().as_str().unwrap().to_owned()
}

/// Milliseconds until a task has ended well.
fn spent(lab: &mut Lab, begin: impl Fn(&mut Lab) -> String) -> u64 {
    let since = lab.world.now();
    let upid = begin(lab);
    assert_eq!(lab.wait_upid(&upid), "OK");
    lab.world.now() - since
}

/// The time of a task alone, and beside something that runs longer.
fn alone_and_beside(
    prepare: impl Fn(&mut Lab),
    begin: impl Fn(&mut Lab) -> String,
    other: impl Fn(&mut Lab) -> String,
) -> (u64, u64) {
    let lab = || {
        let mut lab = Lab::new();
        prepare(&mut lab);
        lab
    };
    let alone = spent(&mut lab(), &begin);
    let mut beside = lab();
    other(&mut beside);
    // A clone makes its cloud-init drive first.
    beside.pass(500);
    (alone, spent(&mut beside, &begin))
}

#[rstest]
#[case::clone(|lab: &mut Lab| full_clone(lab, "201", "data"))]
#[case::import(|lab: &mut Lab| create(lab, "pve1", "201", &format!("data:0,import-from={IMAGE}")))]
#[case::import_into_a_vm_that_is_there(|lab: &mut Lab| {
    let disk = format!("data:0,import-from={IMAGE}");
    lab.post(&Lab::vm(101, "/config"), &[("scsi5", &disk)]).data().as_str().unwrap().to_owned()
})]
fn a_copy_beside_another_to_its_storage_takes_twice_as_long(#[case] begin: fn(&mut Lab) -> String) {
    let other = |lab: &mut Lab| full_clone(lab, "300", "data");
    let (alone, beside) = alone_and_beside(|lab| lab.clone_vm(101), begin, other);
    // 3 GiB at 500 MiB/s, then at half of it.
    assert!((6_000..8_000).contains(&alone), "{alone}");
    assert!((12_000..14_000).contains(&beside), "{beside}");
}

#[test]
fn an_upload_is_slowed_by_a_backup_to_its_storage() {
    let backup = |lab: &mut Lab| {
        let params = [("vmid", "101"), ("storage", "local")];
        lab.post("/nodes/pve1/vzdump", &params).data().as_str().unwrap().to_owned()
    };
    let (alone, beside) = alone_and_beside(|lab| lab.clone_vm(101), upload, backup);
    assert!((6_000..8_000).contains(&alone), "{alone}");
    assert!((12_000..14_000).contains(&beside), "{beside}");
}

#[test]
fn a_migration_is_slowed_by_copies_on_its_node_and_on_the_target() {
    let prepare = |lab: &mut Lab| {
        lab.clone_vm(101);
        lab.clone_vm(102);
    };
    let begin = |lab: &mut Lab| migrate(lab, 101, &[]);
    let (alone, beside) = alone_and_beside(prepare, begin, |lab| migrate(lab, 102, &[]));
    // 2 s, then 3 GiB at 800 MiB/s; half of the storage there, half of the network.
    assert!((5_500..8_000).contains(&alone), "{alone}");
    assert!((9_000..12_000).contains(&beside), "{beside}");
    let import = |lab: &mut Lab| create(lab, "pve2", "300", &format!("local-lvm:0,import-from={IMAGE}"));
    let (_, beside) = alone_and_beside(prepare, begin, import);
    assert!((9_000..12_000).contains(&beside), "{beside}");
}

#[test]
fn the_memory_of_a_running_guest_goes_by_the_network_too() {
    let prepare = |lab: &mut Lab| {
        lab.running_vm(101);
        lab.running_vm(102);
    };
    let params = [("online", "1"), ("with-local-disks", "1")];
    let stopped = spent(
        &mut {
            let mut lab = Lab::new();
            lab.clone_vm(101);
            lab
        },
        |lab| migrate(lab, 101, &[]),
    );
    let (alone, beside) = alone_and_beside(prepare, |lab| migrate(lab, 101, &params), |lab| migrate(lab, 102, &params));
    assert!(alone > stopped + 500, "{stopped} {alone}");
    assert!(beside > alone + 3_000, "{alone} {beside}");
}

#[test]
fn local_storages_of_two_nodes_have_nothing_to_do_with_each_other() {
    let begin = |lab: &mut Lab| full_clone(lab, "201", "data");
    let elsewhere = |lab: &mut Lab| create(lab, "pve2", "300", &format!("data:0,import-from={IMAGE}"));
    let (alone, beside) = alone_and_beside(|_| {}, begin, elsewhere);
    assert_eq!(alone, beside);
}

#[test]
fn imports_of_one_call_follow_each_other() {
    let disk = format!("data:0,import-from={IMAGE}");
    let time = |disks: &[&str]| {
        let mut lab = Lab::new();
        lab.clone_vm(101);
        let params: Vec<(&str, &str)> = disks.iter().map(|slot| (*slot, disk.as_str())).collect();
        spent(&mut lab, |lab| lab.post(&Lab::vm(101, "/config"), &params).data().as_str().unwrap().to_owned())
    };
    let (one, two) = (time(&["scsi5"]), time(&["scsi5", "scsi6"]));
    assert!((2 * one - 500..=2 * one).contains(&two), "{one} {two}");
}

#[rstest]
#[case::aborted(|lab: &mut Lab, upid: &str| assert!(lab.delete(&format!("/nodes/pve1/tasks/{upid}"), &[]).is_ok()))]
#[case::killed(|lab: &mut Lab, _: &str| {
    lab.world.inject(Fault::NodeDown { node: "pve1".into() });
    lab.world.inject(Fault::NodeUp { node: "pve1".into() });
})]
fn a_copy_that_ends_early_gives_its_bandwidth_back(#[case] end: fn(&mut Lab, &str)) {
    let begin = |lab: &mut Lab| full_clone(lab, "201", "data");
    let alone = spent(&mut Lab::new(), begin);
    let mut lab = Lab::new();
    let other = full_clone(&mut lab, "300", "data");
    lab.pass(500);
    end(&mut lab, &other);
    assert_ne!(lab.wait_upid(&other), "OK");
    assert_eq!(spent(&mut lab, begin), alone);
}
