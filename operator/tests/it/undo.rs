//! Undo: the same VM, with its data, its MAC and its address.

use std::time::Duration;

use kube::{
    ResourceExt as _,
    api::{Patch, PatchParams},
};
use serde_json::json;
use slipway_crds::VirtualServer;

use crate::lab::{Lab, message, uid};

/// A server that was ready and is now deleted, and what its VM was like.
async fn lost(lab: &Lab, more: serde_json::Value) -> (VirtualServer, serde_json::Value) {
    lab.apply("web", more).await;
    let server = lab.wait_ready("web").await;
    let config = lab.config_of(&server);
    lab.delete("web").await;
    (server, config)
}

async fn record_is_gone(lab: &Lab, vmid: u32) {
    for _ in 0..200 {
        if lab.records().get_opt(&format!("{}.{vmid}", lab.site)).await.unwrap().is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the record stays: {:?}", lab.records().get(&format!("{}.{vmid}", lab.site)).await.unwrap().status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undo_takes_back_the_same_vm_with_its_disk_mac_and_address() {
    let lab = Lab::start().await;
    let (before, was) = lost(&lab, json!({ "deletionGracePeriod": "1h" })).await;
    let status = before.status.clone().unwrap();
    let vmid = status.vmid.unwrap();
    // A new server of this name is told its ways out, and this is one of them.
    lab.apply("web", json!({})).await;
    let stalled = lab.wait_reason("web", "PreviousVM").await;
    for exit in ["spec.undelete.uid", "another name", "RetainedServer", "slipway.dev/fresh"] {
        assert!(message(&stalled).contains(exit), "{}", message(&stalled));
    }
    lab.apply("web", json!({ "undelete": { "uid": uid(&before) } })).await;
    let after = lab.wait_ready("web").await;
    let now = lab.config_of(&after);
    let state = after.status.clone().unwrap();
    assert_eq!((state.vmid, &state.addresses), (Some(vmid), &status.addresses));
    for option in ["scsi0", "net0", "ipconfig0", "smbios1"] {
        assert_eq!(now[option], was[option], "{option}");
    }
    let mark = format!("/web/{}/{vmid} born={} owned", uid(&after), uid(&before));
    assert!(now["description"].as_str().unwrap().contains(&mark), "{}", now["description"]);
    assert_eq!(now["protection"], 1);
    assert_eq!(lab.vms(), [u64::from(vmid)]);
    record_is_gone(&lab, vmid).await;
    let claim = lab.claim(&status.addresses[0]).await;
    assert_eq!((claim.spec.owner.uid, claim.spec.released_at), (uid(&after), None));
    // It can be started, and deleted and undone once more: it is born where it was born.
    assert_eq!(lab.act("web", "Start").await.0, "Succeeded");
    lab.delete("web").await;
    let record = lab.records().get(&format!("{}.{vmid}", lab.site)).await.unwrap();
    assert_eq!((record.spec.uid, record.spec.born), (uid(&after), uid(&before)));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_suspended_comes_back_only_with_the_providers_override() {
    let lab = Lab::start().await;
    let resources = json!({
        "planRef": null, "resources": { "cores": 3, "memoryMiB": 1536, "diskGiB": 12 },
        "suspended": { "reason": "abuse" }, "deletionGracePeriod": "1h",
    });
    lab.apply("web", json!({ "deletionGracePeriod": "1h" })).await;
    lab.wait_ready("web").await;
    lab.apply("web", resources).await;
    let before = lab.wait_ready("web").await;
    lab.delete("web").await;
    lab.apply("back", json!({ "undelete": { "uid": uid(&before) } })).await;
    let refused = lab.wait_reason("back", "Invalid").await;
    assert!(message(&refused).contains("suspended (abuse)"), "{}", message(&refused));
    let change = json!({ "spec": { "undelete": { "uid": uid(&before), "override": true } } });
    lab.servers().patch("back", &PatchParams::default(), &Patch::Merge(&change)).await.unwrap();
    let after = lab.wait_ready("back").await;
    assert_eq!(after.status.clone().unwrap().vmid, before.status.unwrap().vmid);
    assert_eq!(after.spec.resources.as_ref().map(|r| r.cores), Some(3), "the provider's size comes back");
    assert_eq!(after.spec.plan_ref, None);
    assert!(lab.config_of(&after)["tags"].as_str().unwrap().matches("slip-").count() == 1);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_server_begins_beside_the_one_that_is_kept() {
    let lab = Lab::start().await;
    let (before, _) = lost(&lab, json!({ "deletionGracePeriod": "1h" })).await;
    let kept = before.status.clone().unwrap().vmid.unwrap();
    lab.apply("web", json!({})).await;
    lab.wait_reason("web", "PreviousVM").await;
    let note = json!({ "metadata": { "annotations": { "slipway.dev/fresh": uid(&before) } } });
    lab.servers().patch("web", &PatchParams::default(), &Patch::Merge(&note)).await.unwrap();
    let after = lab.wait_ready("web").await;
    assert_eq!(after.status.unwrap().vmid, Some(kept + 1));
    assert_eq!(lab.vms().len(), 2);
    assert!(lab.records().get(&format!("{}.{kept}", lab.site)).await.unwrap().name_any().ends_with(&kept.to_string()));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_exist_is_not_taken_back() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "undelete": { "uid": "no-such-uid" } })).await;
    let refused = lab.wait_reason("web", "Invalid").await;
    assert!(message(&refused).contains("no deleted server with uid no-such-uid"), "{}", message(&refused));
    assert!(lab.vms().is_empty());
    lab.end().await;
}
