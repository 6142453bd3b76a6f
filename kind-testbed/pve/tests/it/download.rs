//! Files from the net.

use pve_testbed::request::Method;
use serde_json::json;

use crate::lab::{Lab, bad_parameter, refused};

const URL: &str = "https://cloud-images.ubuntu.com/noble/current/noble-server-cloudimg-amd64.img";
const DOWNLOAD: &str = "/nodes/pve1/storage/local/download-url";

fn metadata(lab: &mut Lab, url: &str) -> pve_testbed::request::Answer {
    lab.call(Method::Get, "/nodes/pve1/query-url-metadata", &[("url", url)])
}

#[test]
fn a_cloud_image_is_downloaded_imported_and_boots() {
    let mut lab = Lab::new();
    let found = metadata(&mut lab, URL);
    assert_eq!(found.data()["filename"], "noble-server-cloudimg-amd64.img");
    let answer = lab.post(DOWNLOAD, &[("content", "import"), ("filename", "noble.qcow2"), ("url", URL)]);
    assert!(answer.data().as_str().unwrap().contains(":download:noble.qcow2:"), "{answer:?}");
    assert_eq!(lab.wait(&answer), "OK");
    let log = lab.task_log(answer.data().as_str().unwrap());
    assert_eq!(log[0], format!("downloading {URL} to /var/lib/vz/import/noble.qcow2"));
    assert_eq!(log[log.len() - 2], format!("download of '{URL}' to '/var/lib/vz/import/noble.qcow2' finished"));
    let image = lab.get("/nodes/pve1/storage/local/content/local:import/noble.qcow2");
    assert_eq!(image.data()["size"], found.data()["size"]);
    let disk = "local-lvm:0,import-from=local:import/noble.qcow2";
    let answer =
        lab.post("/nodes/pve1/qemu", &[("vmid", "101"), ("scsi0", disk), ("agent", "1"), ("boot", "order=scsi0")]);
    assert_eq!(lab.wait(&answer), "OK");
    let answer = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&answer), "OK");
    lab.pass(20_000);
    let system = lab.get(&Lab::vm(101, "/agent/get-osinfo"));
    assert_eq!(system.data()["result"]["version-id"], json!("24.04"), "{system:?}");
}

#[test]
fn a_file_that_is_there_is_not_overwritten_unless_its_checksum_is_known() {
    let mut lab = Lab::new();
    let given = [("content", "iso"), ("filename", "a.iso"), ("url", "https://mirror.example/a.iso")];
    let answer = lab.post(DOWNLOAD, &given);
    assert_eq!(lab.wait(&answer), "OK");
    let answer = lab.post(DOWNLOAD, &given);
    assert_eq!(lab.wait(&answer), "refusing to override existing file '/var/lib/vz/template/iso/a.iso'");
    let checked = [("checksum", "00"), ("checksum-algorithm", "sha256")];
    let answer = lab.post(DOWNLOAD, &[&given[..], &checked[..]].concat());
    assert_eq!(lab.wait(&answer), "OK");
}

#[test]
fn what_cannot_be_downloaded_is_refused_or_fails_in_the_task() {
    let mut lab = Lab::new();
    let url = ("url", "https://mirror.invalid/a.iso");
    bad_parameter(
        &lab.post(DOWNLOAD, &[("content", "iso"), ("filename", "a.txt"), url]),
        "filename",
        "wrong file extension",
    );
    let elsewhere =
        lab.post("/nodes/pve1/storage/local-lvm/download-url", &[("content", "iso"), ("filename", "a.iso"), url]);
    refused(&elsewhere, 500, "can't upload to storage type 'lvmthin', not a file based storage!");
    let text = "invalid server response: '500 Can't connect to mirror.invalid:443 (Name or service not known)'";
    refused(&metadata(&mut lab, url.1), 500, text);
    let answer = lab.post(DOWNLOAD, &[("content", "iso"), ("filename", "a.iso"), url]);
    assert!(lab.wait(&answer).starts_with("download failed: "));
}

#[test]
fn a_storage_tells_its_size_over_time() {
    let mut lab = Lab::new();
    let points = lab.call(Method::Get, "/nodes/pve1/storage/local/rrddata", &[("timeframe", "hour")]);
    let status = lab.get("/nodes/pve1/storage/local/status").data().clone();
    let last = points.data().as_array().unwrap().last().unwrap();
    assert_eq!((&last["total"], &last["used"]), (&status["total"], &status["used"]));
}
