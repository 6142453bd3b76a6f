//! Volumes of a storage: listing, making, removing, uploading.

use pve_testbed::request::{Method, Request};
use serde_json::json;

use crate::lab::{Lab, bad_parameter, refused};

const DATA: &str = "/nodes/pve1/storage/data/content";

#[test]
fn a_volume_is_made_read_and_removed() {
    let mut lab = Lab::new();
    let new = [("vmid", "102"), ("filename", "vm-102-disk-7.raw"), ("size", "16M"), ("format", "raw")];
    assert_eq!(lab.post(DATA, &new).data(), &json!("data:102/vm-102-disk-7.raw"));
    refused(&lab.post(DATA, &new), 500, "disk image '/srv/data/images/102/vm-102-disk-7.raw' already exists");
    let path = format!("{DATA}/data%3A102%2Fvm-102-disk-7.raw");
    let info = lab.get(&path);
    assert_eq!(info.data()["path"], "/srv/data/images/102/vm-102-disk-7.raw");
    assert_eq!(info.data()["size"], 16 << 20);
    assert_eq!(lab.get(&format!("{DATA}/data:102/vm-102-disk-7.raw")), info, "the rest of a path is the name");
    let gone = lab.delete(&path, &[]);
    let upid = gone.data().as_str().unwrap().to_owned();
    assert!(upid.contains(":imgdel:102@data:"), "{upid}");
    assert_eq!(lab.wait(&gone), "OK");
    assert_eq!(lab.task_log(&upid), ["Removed volume 'data:102/vm-102-disk-7.raw'", "TASK OK"]);
    refused(&lab.get(&path), 500, "volume_size_info on 'data:102/vm-102-disk-7.raw' failed");
}

#[test]
fn who_gives_a_removal_time_gets_no_task() {
    let mut lab = Lab::new();
    let new = [("vmid", "102"), ("filename", "vm-102-disk-7.raw"), ("size", "16M")];
    assert!(lab.post(DATA, &new).is_ok());
    let gone = lab.delete(&format!("{DATA}/102%2Fvm-102-disk-7.raw"), &[("delay", "5")]);
    assert!(gone.is_ok() && gone.data().is_null(), "{gone:?}");
}

#[test]
fn a_base_stays_while_a_linked_clone_stands_on_it() {
    let mut lab = Lab::new();
    lab.template_on_files(900);
    let answer = lab.post(&Lab::vm(900, "/clone"), &[("newid", "101")]);
    assert_eq!(lab.wait(&answer), "OK");
    let rows = lab.call(Method::Get, DATA, &[("vmid", "101")]);
    assert_eq!(rows.data()[0]["parent"], "../900/base-900-disk-0.raw");
    let answer = lab.delete(&format!("{DATA}/data%3A900%2Fbase-900-disk-0.raw"), &[]);
    assert_eq!(lab.wait(&answer), "base volume '900/base-900-disk-0.raw' is still in use by linked clones");
}

#[test]
fn an_iso_is_uploaded_and_listed_for_every_guest() {
    let mut lab = Lab::new();
    let path = "/nodes/pve1/storage/local/upload";
    let temporary = "/var/tmp/pveupload-00000000000000000000000000001000";
    let file = [("content", "iso"), ("filename", "tiny image.iso"), ("tmpfilename", temporary)];
    let answer = lab.post(path, &file);
    assert!(answer.data().as_str().unwrap().contains(":imgcopy::"), "{answer:?}");
    assert_eq!(lab.wait(&answer), "OK");
    let rows = lab.call(Method::Get, "/nodes/pve1/storage/local/content", &[("content", "iso"), ("vmid", "4711")]);
    assert_eq!(rows.data()[0]["volid"], "local:iso/tiny_image.iso");
    assert_eq!(rows.data()[0]["size"], 4096);
    let snippet = [("content", "snippets"), ("filename", "a.yaml"), ("tmpfilename", temporary)];
    let text = "value 'snippets' does not have a value in the enumeration 'iso, vztmpl, import'";
    bad_parameter(&lab.post(path, &snippet), "content", text);
    let wrong = [("content", "iso"), ("filename", "a.txt"), ("tmpfilename", temporary)];
    bad_parameter(&lab.post(path, &wrong), "filename", "wrong file extension");
}

#[test]
fn a_storage_shows_its_configuration_and_what_is_below_it() {
    let mut lab = Lab::new();
    let section = lab.get("/storage/local");
    assert_eq!(section.data()["path"], "/var/lib/vz");
    assert_eq!(section.data()["type"], "dir");
    refused(&lab.get("/storage/nosuch"), 500, "storage 'nosuch' does not exist");
    let index = lab.get("/nodes/pve1/storage/local");
    assert!(index.data().as_array().unwrap().contains(&json!({ "subdir": "content" })), "{index:?}");
}

#[test]
fn nobody_without_privileges_reads_or_removes_a_volume() {
    let mut lab = Lab::new();
    let made = lab.post("/access/users/root@pam/token/weak", &[("privsep", "1")]);
    let secret = format!("root@pam!weak={}", made.data()["value"].as_str().unwrap());
    let path = "/nodes/pve1/storage/local/content/local%3Aimport%2Fdebian-13.raw";
    let answer = lab.world.call(Request::new(Method::Get, path).token(&secret));
    let both = "Permission check failed (/storage/local, Datastore.AllocateSpace|Datastore.Audit)";
    refused(&answer, 403, both);
    let answer = lab.world.call(Request::new(Method::Delete, path).token(&secret));
    refused(&answer, 403, "Permission check failed (/storage/local, Datastore.Allocate)");
}
