//! Verbs that put other data in a VM's place: rollback, restore, rebuild, and what is left of them.

use proxmox_client::NodeName;
use pve_testbed::{Calls, Fault, Loss, ProxyStatus, request::Method};
use serde_json::{Value, json};
use slipway_crds::{OSImage, PowerState, VirtualServer};

use crate::lab::{Lab, condition};

async fn lab_with_server() -> (Lab, VirtualServer) {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    (lab, server)
}

/// A site that keeps backups.
async fn lab_with_backups() -> (Lab, VirtualServer) {
    let lab = Lab::start().await;
    lab.merge_site(&json!({ "backupStorage": "local" })).await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    (lab, server)
}

fn path(server: &VirtualServer, rest: &str) -> String {
    let status = server.status.as_ref().unwrap();
    let node = NodeName::try_from(status.node.clone().unwrap()).unwrap();
    format!("/nodes/{node}/qemu/{}{rest}", status.vmid.unwrap())
}

/// Waits until nothing is left of a rollback, restore or rebuild.
async fn settled(lab: &Lab) -> VirtualServer {
    lab.wait("web", "its own again", |s| {
        condition(s, "Ready") == Some(("True", "AsWished"))
            && s.status.as_ref().is_some_and(|t| t.reown.is_none() && t.power_state == Some(PowerState::Running))
    })
    .await
}

fn tasks(lab: &Lab, server: &VirtualServer, kind: &str) -> usize {
    let node = server.status.as_ref().unwrap().node.clone().unwrap();
    let rows = lab.root(Method::Get, &format!("/nodes/{node}/tasks"), &[("typefilter", kind), ("source", "all")]);
    rows.as_array().unwrap().len()
}

fn is_ours(config: &Value, server: &VirtualServer) {
    let vmid = server.status.as_ref().unwrap().vmid.unwrap();
    let description = config["description"].as_str().unwrap();
    let mark = format!("/web/{}/{vmid} born=", crate::lab::uid(server));
    assert!(description.contains(&mark) && description.contains(" owned"), "{description}");
    assert_eq!(config["protection"], 1, "{config}");
    assert!(config["tags"].as_str().unwrap().contains("slip-"), "{config}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_before_a_change_of_plan_keeps_the_plan_and_the_identity() {
    let (lab, server) = lab_with_server().await;
    lab.act_with("web", "Snapshot", json!({ "snapshot": "before" })).await;
    lab.apply("web", json!({ "planRef": lab.name("large"), "hostname": "renamed" })).await;
    lab.wait_ready("web").await;
    let mac = lab.config_of(&server)["net0"].as_str().unwrap().to_owned();
    let (phase, why) = lab.act_with("web", "Rollback", json!({ "snapshot": "before" })).await;
    assert_eq!(phase, "Succeeded", "{why}");
    let server = settled(&lab).await;
    let config = lab.config_of(&server);
    is_ours(&config, &server);
    assert_eq!((&config["cores"], &config["memory"], &config["name"]), (&json!(2), &json!("4096"), &json!("renamed")));
    assert!(config["scsi0"].as_str().unwrap().contains("size=40G"), "{config}");
    assert_eq!(config["net0"], json!(mac));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_with_memory_goes_on_and_one_that_names_no_snapshot_is_refused() {
    let (lab, _) = lab_with_server().await;
    lab.act_with("web", "Snapshot", json!({ "snapshot": "live", "includeMemory": true })).await;
    assert_eq!(lab.act_with("web", "Rollback", json!({ "snapshot": "nosuch" })).await.0, "Refused");
    lab.act("web", "Stop").await;
    assert_eq!(lab.act_with("web", "Rollback", json!({ "snapshot": "live" })).await.0, "Succeeded");
    let server = settled(&lab).await;
    is_ours(&lab.config_of(&server), &server);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_of_a_stopped_server_leaves_it_stopped() {
    let (lab, _) = lab_with_server().await;
    lab.act_with("web", "Snapshot", json!({ "snapshot": "before" })).await;
    lab.act("web", "Stop").await;
    assert_eq!(lab.act_with("web", "Rollback", json!({ "snapshot": "before" })).await.0, "Succeeded");
    let server = lab
        .wait("web", "its own again", |s| {
            condition(s, "Ready").unwrap().0 == "True" && s.status.as_ref().unwrap().reown.is_none()
        })
        .await;
    assert_eq!(server.status.as_ref().unwrap().power_state, Some(PowerState::Stopped));
    is_ours(&lab.config_of(&server), &server);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_shown_restored_after_damage_and_deleted() {
    let (lab, server) = lab_with_backups().await;
    let (phase, why) = lab.act("web", "Backup").await;
    assert_eq!(phase, "Succeeded", "{why}");
    let server = lab
        .wait("web", "backed up", |s| {
            s.status.as_ref().unwrap().backups.len() == 1 && s.metadata.uid == server.metadata.uid
        })
        .await;
    let volid = server.status.as_ref().unwrap().backups[0].volid.clone();
    // A person damages what the backup holds.
    lab.root(Method::Put, &path(&server, "/config"), &[("protection", "0")]);
    lab.root(Method::Put, &path(&server, "/config"), &[("delete", "scsi0"), ("force", "1")]);
    let (phase, why) = lab.act_with("web", "Restore", json!({ "backup": volid })).await;
    assert_eq!(phase, "Succeeded", "{why}");
    let server = settled(&lab).await;
    let config = lab.config_of(&server);
    is_ours(&config, &server);
    assert!(config["scsi0"].as_str().unwrap().contains("size=10G"), "{config}");
    assert_eq!(lab.vms().len(), 1);
    let (phase, why) = lab.act_with("web", "DeleteBackup", json!({ "backup": volid })).await;
    assert_eq!(phase, "Succeeded", "{why}");
    lab.wait("web", "without a backup", |s| s.status.as_ref().unwrap().backups.is_empty()).await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_servers_backup_is_not_restored_and_a_site_without_a_storage_keeps_none() {
    let (lab, _) = lab_with_backups().await;
    lab.apply("db", json!({})).await;
    lab.wait_ready("db").await;
    lab.act("db", "Backup").await;
    let other = lab.wait("db", "backed up", |s| s.status.as_ref().unwrap().backups.len() == 1).await;
    let volid = other.status.unwrap().backups[0].volid.clone();
    let (phase, why) = lab.act_with("web", "Restore", json!({ "backup": volid })).await;
    assert_eq!(phase, "Refused");
    assert!(why.contains("of this server"), "{why}");
    lab.merge_site(&json!({ "backupStorage": null })).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let (phase, why) = lab.act("web", "Backup").await;
    assert_eq!(phase, "Refused");
    assert!(why.contains("spec.backupStorage"), "{why}");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_installs_another_image_and_is_undone_within_a_day() {
    let (lab, before) = lab_with_server().await;
    lab.make::<OSImage>(&lab.name("other"), &json!({
        "displayName": "Other", "osFamily": "debian", "version": "14", "defaultUser": "other",
        "templateName": "debian-13", "templateTag": "slipway-template",
        "templates": [{ "siteRef": lab.site, "node": "pve1", "vmid": 9003 }, { "siteRef": lab.site, "node": "pve2", "vmid": 9013 }]
    })).await;
    let old = lab.config_of(&before);
    let volume = |config: &Value| config["scsi0"].as_str().unwrap().split(',').next().unwrap().to_owned();
    let (phase, why) = lab.act_with("web", "Rebuild", json!({ "imageRef": lab.name("other") })).await;
    assert_eq!(phase, "Succeeded", "{why}");
    let server = settled(&lab).await;
    let config = lab.config_of(&server);
    is_ours(&config, &server);
    assert_eq!(
        (&config["ciuser"], &config["net0"], &config["smbios1"]),
        (&json!("other"), &old["net0"], &old["smbios1"])
    );
    assert!(config["scsi0"].as_str().unwrap().contains("size=10G"), "{config}");
    let status = server.status.as_ref().unwrap();
    assert_eq!(
        (status.vmid, &status.applied.as_ref().unwrap().image),
        (before.status.as_ref().unwrap().vmid, &lab.name("other"))
    );
    let [disk] = &status.detached[..] else { panic!("{:?}", status.detached) };
    assert_eq!((disk.name.as_str(), &disk.volid), ("root-1", &volume(&old)));
    assert_eq!(disk.until.as_ref().unwrap().0.duration_since(disk.since.0).as_hours(), 24);
    let undo = json!({ "imageRef": lab.name("debian"), "disk": "root-1" });
    let (phase, why) = lab.act_with("web", "Rebuild", undo).await;
    assert_eq!(phase, "Succeeded", "{why}");
    let server = settled(&lab).await;
    assert_eq!(volume(&lab.config_of(&server)), volume(&old));
    let status = server.status.as_ref().unwrap();
    assert_eq!(status.detached.len(), 1, "{:?} {}", status.detached, lab.config_of(&server));
    assert_eq!(status.applied.as_ref().unwrap().image, lab.name("debian"));
    // What the undo took out is destroyed by name.
    let (name, slot) = (status.detached[0].name.clone(), status.detached[0].slot.clone());
    let (phase, why) = lab.act_with("web", "DestroyDisk", json!({ "disk": name })).await;
    assert_eq!(phase, "Succeeded", "{why}");
    let server = lab
        .wait("web", "rid of the disk and protected", |s| {
            s.status.as_ref().unwrap().detached.is_empty() && lab.config_of(s)["protection"] == 1
        })
        .await;
    let config = lab.config_of(&server);
    assert!(config.get(&slot).is_none(), "{config}");
    assert_eq!(volume(&config), volume(&old));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_without_a_template_on_the_node_is_refused_before_the_server_is_stopped() {
    let (lab, _) = lab_with_server().await;
    let (phase, why) = lab.act_with("web", "Rebuild", json!({ "imageRef": "nosuch" })).await;
    assert_eq!((phase.as_str(), why.as_str()), ("Refused", "OSImage `nosuch` does not exist"));
    assert_eq!(lab.wait_ready("web").await.status.unwrap().power_state, Some(PowerState::Running));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_moves_running_to_another_node() {
    let (lab, server) = lab_with_server().await;
    let from = server.status.as_ref().unwrap().node.clone().unwrap();
    let to = if from == "pve1" { "pve2" } else { "pve1" };
    let (phase, why) = lab.act_with("web", "Migrate", json!({ "node": from })).await;
    assert_eq!(phase, "Succeeded", "{why}");
    let (phase, why) = lab.act_with("web", "Migrate", json!({ "node": to })).await;
    assert_eq!(phase, "Succeeded", "{why}");
    let server = lab
        .wait("web", "moved", |s| {
            s.status.as_ref().unwrap().node.as_deref() == Some(to) && condition(s, "Ready").unwrap().0 == "True"
        })
        .await;
    is_ours(&lab.config_of(&server), &server);
    assert_eq!(lab.act_with("web", "Migrate", json!({ "node": "nosuch" })).await.0, "Refused");
    lab.end().await;
}

/// One lost answer of each verb's own call: its task is followed, nothing is done twice, and the server is its own again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_followed_and_no_verb_is_carried_out_twice() {
    let (lab, server) = lab_with_backups().await;
    lab.act_with("web", "Snapshot", json!({ "snapshot": "before" })).await;
    lab.act("web", "Backup").await;
    let server = lab
        .wait("web", "backed up", |s| {
            s.status.as_ref().unwrap().backups.len() == 1 && s.metadata.uid == server.metadata.uid
        })
        .await;
    let volid = server.status.as_ref().unwrap().backups[0].volid.clone();
    for (verb, parameters, call, kind) in [
        ("Reset", json!({}), "/status/reset", "qmreset"),
        ("Rollback", json!({ "snapshot": "before" }), "/rollback", "qmrollback"),
        ("Rebuild", json!({ "imageRef": lab.name("debian") }), "/config", "qmconfig"),
        ("Restore", json!({ "backup": volid }), "/qemu", "qmrestore"),
        ("Backup", json!({}), "/vzdump", "vzdump"),
    ] {
        let before = tasks(&lab, &server, kind);
        let on = Calls::path(call).method(Method::Post);
        let lost = Fault::AnswerLost { on, loss: Loss::After, status: Some(ProxyStatus::TimedOut) };
        lab.pve.with_world(|w| w.inject(lost));
        let (phase, why) = lab.act_with("web", verb, parameters).await;
        assert_eq!(phase, "Succeeded", "{verb}: {why}");
        let server = settled(&lab).await;
        lab.pve.with_world(pve_testbed::World::heal);
        assert_eq!(tasks(&lab, &server, kind), before + 1, "{verb}");
        is_ours(&lab.config_of(&server), &server);
    }
    assert_eq!(lab.vms().len(), 1);
    lab.end().await;
}

/// A call that never arrived, of each verb that replaces data: the outcome is unknown, and the server goes on as it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_never_arrived_ends_unknown_and_the_server_runs_again() {
    let (lab, server) = lab_with_server().await;
    lab.act_with("web", "Snapshot", json!({ "snapshot": "before" })).await;
    for (verb, parameters, call) in [
        ("Rollback", json!({ "snapshot": "before" }), "/rollback"),
        ("Rebuild", json!({ "imageRef": lab.name("debian") }), "/config"),
    ] {
        let on = Calls::path(call).method(Method::Post);
        let lost = Fault::AnswerLost { on, loss: Loss::Before, status: Some(ProxyStatus::TimedOut) };
        lab.pve.with_world(|w| w.inject(lost));
        let (phase, why) = lab.act_with("web", verb, parameters).await;
        assert_eq!(phase, "OutcomeUnknown", "{verb}: {why}");
        let now = settled(&lab).await;
        assert_eq!(lab.config_of(&now)["scsi0"], lab.config_of(&server)["scsi0"], "{verb}");
    }
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_operator_finishes_a_rollback_that_it_began() {
    let (mut lab, _) = lab_with_server().await;
    lab.act_with("web", "Snapshot", json!({ "snapshot": "before" })).await;
    lab.create_action_with("back", "web", "Rollback", json!({ "snapshot": "before" })).await;
    lab.wait("web", "preparing", |s| s.status.as_ref().is_some_and(|t| t.reown.is_some())).await;
    lab.kill_operator().await;
    lab.start_operator();
    assert_eq!(lab.wait_action("back").await.0, "Succeeded");
    let server = settled(&lab).await;
    is_ours(&lab.config_of(&server), &server);
    lab.end().await;
}
