//! Disks beside the root disk: attached, grown, detached and kept; none lost, none made twice.

use pve_testbed::{Calls, Fault, Loss, request::Method};
use serde_json::{Value, json};
use slipway_crds::VirtualServer;

use crate::lab::{Lab, condition, message};

fn data(size: u32) -> Value {
    json!({ "disks": [{ "name": "data", "sizeGiB": size }] })
}

fn volume(server: &VirtualServer, disk: &str) -> String {
    server.status.as_ref().unwrap().disks.get(disk).unwrap().volid.clone().unwrap()
}

/// Volumes on Proxmox that are a server's own, its cloud-init drive aside.
fn volumes(lab: &Lab, server: &VirtualServer) -> Vec<String> {
    let status = server.status.as_ref().unwrap();
    let (node, vmid) = (status.node.clone().unwrap(), status.vmid.unwrap().to_string());
    let path = format!("/nodes/{node}/storage/local-lvm/content");
    let rows = lab.root(Method::Get, &path, &[("vmid", &vmid)]);
    let names = rows.as_array().into_iter().flatten().map(|row| row["volid"].as_str().unwrap().to_owned());
    let mut all: Vec<String> = names.filter(|name| !name.contains("cloudinit")).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_is_attached_running_grown_detached_and_kept() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    lab.apply("web", data(5)).await;
    let server = lab.wait_ready("web").await;
    let config = lab.config_of(&server);
    assert!(config["scsi1"].as_str().unwrap().contains("size=5G"), "{config:#}");
    assert!(config["description"].as_str().unwrap().contains("data=scsi1 root=scsi0 public=net0"), "{config:#}");
    let kept = volume(&server, "data");
    lab.apply("web", data(8)).await;
    let server = lab.wait_ready("web").await;
    assert!(lab.config_of(&server)["scsi1"].as_str().unwrap().contains("size=8G"));
    lab.apply("web", data(3)).await;
    let server = lab.wait_reason("web", "ShrinkRefused").await;
    assert!(message(&server).contains("the data disk has 8 GiB"), "{}", message(&server));
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let config = lab.config_of(&server);
    assert_eq!((&config["scsi1"], &config["unused0"], &config["protection"]), (&Value::Null, &json!(kept), &json!(1)));
    let status = server.status.clone().unwrap();
    assert_eq!(status.detached.iter().map(|d| (d.name.as_str(), &d.volid)).collect::<Vec<_>>(), [("data", &kept)]);
    assert!(status.detached[0].until.is_none() && !status.disks.contains_key("data"));
    // The same name again is another disk.
    lab.apply("web", data(5)).await;
    let server = lab.wait_ready("web").await;
    assert_ne!(volume(&server, "data"), kept);
    assert_eq!(volumes(&lab, &server).len(), 3);
    let (phase, why) = lab.act_with("web", "DestroyDisk", json!({ "disk": "data" })).await;
    assert_eq!(phase, "Succeeded", "{why}");
    let server = lab.wait_ready("web").await;
    assert_eq!((volumes(&lab, &server).len(), lab.config_of(&server)["protection"].clone()), (2, json!(1)));
    assert!(volumes(&lab, &server).contains(&volume(&server, "data")), "the disk in use is still there");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_server_starts_with_all_its_disks_each_where_its_class_says() {
    let lab = Lab::start().await;
    lab.merge_site(&json!({ "storageClasses": { "bulk": "data" } })).await;
    let disks = json!([{ "name": "data", "sizeGiB": 5 }, { "name": "media", "sizeGiB": 2, "storageClass": "bulk" }]);
    lab.apply("web", json!({ "disks": disks })).await;
    let server = lab.wait_ready("web").await;
    let config = lab.config_of(&server);
    assert!(config["scsi1"].as_str().unwrap().starts_with("local-lvm:"), "{config:#}");
    assert!(config["scsi2"].as_str().unwrap().starts_with("data:"), "{config:#}");
    assert_eq!(condition(&server, "RestartRequired").unwrap().0, "False");
    lab.apply("other", json!({ "disks": [{ "name": "data", "sizeGiB": 5, "storageClass": "gold" }] })).await;
    let server = lab.wait_reason("other", "Invalid").await;
    assert!(message(&server).contains("no class `gold`"), "{}", message(&server));
    lab.apply("other", json!({ "disks": [{ "name": "large", "sizeGiB": 91 }] })).await;
    let server =
        lab.wait("other", "told its plan's limit", |s| message(s).contains("the disks have 101 GiB in all, but plan"));
    assert_eq!(condition(&server.await, "Stalled").unwrap().0, "True");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sites_storage_gets_the_root_disks_and_a_server_that_fits_on_none_waits_and_says_why() {
    let lab = Lab::start().await;
    lab.merge_site(&json!({ "storage": "data" })).await;
    lab.apply("web", json!({ "disks": [{ "name": "logs", "sizeGiB": 5 }] })).await;
    let server = lab.wait_ready("web").await;
    for slot in ["scsi0", "scsi1"] {
        let config = lab.config_of(&server);
        assert!(config[slot].as_str().unwrap().starts_with("data:"), "{config:#}");
    }
    let vast = json!({ "cores": 1, "memoryMiB": 1024, "diskGiB": 10_000 });
    lab.apply("vast", json!({ "planRef": null, "resources": vast })).await;
    let waits = lab.wait_reason("vast", "StorageFull").await;
    assert!(!message(&waits).contains("GiB are left"), "how full a site is, is for staff: {}", message(&waits));
    let planned = crate::endpoint::planned(&lab, &waits).await;
    let why = planned["waiting"]["message"].as_str().unwrap();
    for node in ["pve1", "pve2"] {
        assert!(why.contains(&format!("{node}: ")), "{why}");
        assert!(why.contains("GiB are left on storage `data`, 10000 are wanted"), "{why}");
    }
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_makes_no_second_volume() {
    for loss in [Loss::After, Loss::Before] {
        let lab = Lab::start().await;
        lab.apply("web", json!({})).await;
        lab.wait_ready("web").await;
        let on = Calls::path("/config").method(Method::Post);
        lab.pve.with_world(|w| w.inject(Fault::AnswerLost { on, loss, status: None }));
        lab.apply("web", data(5)).await;
        let server = lab.wait_ready("web").await;
        assert_eq!(volumes(&lab, &server).len(), 2, "{loss:?}: {:?}", volumes(&lab, &server));
        assert!(server.status.unwrap().detached.is_empty());
        lab.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_operator_finishes_a_disk_and_a_detachment() {
    let mut lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    for (wish, count) in [(data(5), 2), (json!({}), 2)] {
        lab.apply("web", wish).await;
        tokio::time::sleep(std::time::Duration::from_millis(120)).await;
        lab.kill_operator().await;
        lab.start_operator();
        let server = lab.wait_ready("web").await;
        assert_eq!(volumes(&lab, &server).len(), count);
        assert_eq!(lab.config_of(&server)["protection"], json!(1));
    }
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_takes_out_comes_back_and_what_has_no_name_stops_changes() {
    let lab = Lab::start().await;
    lab.apply("web", data(5)).await;
    let server = lab.wait_ready("web").await;
    let kept = volume(&server, "data");
    let status = server.status.clone().unwrap();
    let path = format!("/nodes/{}/qemu/{}/config", status.node.unwrap(), status.vmid.unwrap());
    lab.root(Method::Put, &path, &[("delete", "protection")]);
    lab.root(Method::Put, &path, &[("delete", "scsi1")]);
    // Wakes it: no row shows a disk that is not the first.
    lab.root(Method::Put, &path, &[("tags", "looked-at")]);
    lab.wait("web", "put back", |s| lab.config_of(s)["scsi1"].as_str().is_some_and(|value| value.starts_with(&kept)))
        .await;
    lab.wait_ready("web").await;
    lab.root(Method::Put, &path, &[("scsi5", "local-lvm:1")]);
    let two = json!({ "disks": [{ "name": "data", "sizeGiB": 5 }, { "name": "logs", "sizeGiB": 1 }] });
    lab.apply("web", two).await;
    let server = lab.wait_reason("web", "Invalid").await;
    assert!(message(&server).contains("a disk scsi5 without a name"), "{}", message(&server));
    assert_eq!(lab.config_of(&server)["scsi2"], Value::Null);
    lab.end().await;
}
