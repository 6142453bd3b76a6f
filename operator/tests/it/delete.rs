//! Deleting: protection, grace period, the record, the fence.

use std::time::Duration;

use kube::{
    Api,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use pve_testbed::{Calls, Fault, Loss, request::Method};
use serde_json::json;
use slipway_crds::{ActionPhase, AddressClaim, ProxmoxSite, ServerPhase, TaskKind, VirtualServer, VirtualServerAction};

use crate::{
    lab::{Lab, addresses, cluster, uid},
    site::{point_at, wait_reason},
};

async fn gone(lab: &Lab, vmid: u32) {
    let name = format!("{}.{vmid}", lab.site);
    for _ in 0..400 {
        if lab.records().get_opt(&name).await.unwrap().is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{name} is still there: {:#?}", lab.records().get(&name).await.unwrap().status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_grace_period_the_vm_is_destroyed_and_its_address_released() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "deletionGracePeriod": "0s" })).await;
    let before = lab.wait_ready("web").await;
    let vmid = before.status.as_ref().unwrap().vmid.unwrap();
    lab.delete("web").await;
    gone(&lab, vmid).await;
    assert!(lab.vms().is_empty());
    let [address] = addresses(&before) else { panic!("{before:?}") };
    assert!(lab.claim(address).await.spec.released_at.is_some(), "the address rests before it is handed out again");
    // The number and the address are not given to the next one, though it can have no other.
    lab.hand_out(address, address).await;
    lab.apply("web", json!({})).await;
    lab.wait_reason("web", "PoolEmpty").await;
    lab.hand_out("192.0.2.10", "192.0.2.20").await;
    let after = lab.wait_ready("web").await;
    assert_eq!(after.status.as_ref().unwrap().vmid, Some(vmid + 1));
    assert_ne!(addresses(&after), addresses(&before));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_the_grace_period_the_vm_is_stopped_and_kept() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "deletionGracePeriod": "1h" })).await;
    let server = lab.wait_ready("web").await;
    let vmid = server.status.as_ref().unwrap().vmid.unwrap();
    lab.delete("web").await;
    let mut description = String::new();
    for _ in 0..200 {
        let config = lab.config_of(&server);
        description = config["description"].as_str().unwrap_or_default().to_owned();
        if description.contains(" retained until ") {
            assert_eq!(config["protection"], 1);
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(description.contains(" retained until "), "{description}");
    let record = lab.records().get(&format!("{}.{vmid}", lab.site)).await.unwrap();
    assert!(record.spec.until.is_some());
    // Purging early is `until` = now.
    let now = json!({ "spec": { "until": jiff::Timestamp::now().to_string() } });
    lab.records().patch(&format!("{}.{vmid}", lab.site), &PatchParams::default(), &Patch::Merge(&now)).await.unwrap();
    gone(&lab, vmid).await;
    assert!(lab.vms().is_empty());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_protected_server_leaves_its_vm_running_until_a_person_decides() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "deletionProtection": true, "deletionGracePeriod": "0s" })).await;
    let server = lab.wait_ready("web").await;
    let status = server.status.clone().unwrap();
    let (node, vmid) = (status.node.unwrap(), status.vmid.unwrap());
    lab.delete("web").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(lab.vms(), [u64::from(vmid)]);
    assert_eq!(lab.root(Method::Get, &format!("/nodes/{node}/qemu/{vmid}/status/current"), &[])["status"], "running");
    assert!(lab.config_of(&server)["description"].as_str().unwrap().contains(" retained"));
    // A new server of the same name must not quietly take its place.
    lab.apply("web", json!({})).await;
    lab.wait_reason("web", "PreviousVM").await;
    assert_eq!(lab.vms(), [u64::from(vmid)]);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_a_person_deletes_lets_the_vm_go_unharmed() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "deletionGracePeriod": "1h" })).await;
    let server = lab.wait_ready("web").await;
    let vmid = server.status.as_ref().unwrap().vmid.unwrap();
    lab.delete("web").await;
    lab.records().delete(&format!("{}.{vmid}", lab.site), &DeleteParams::default()).await.unwrap();
    gone(&lab, vmid).await;
    let config = lab.config_of(&server);
    assert_eq!(config["protection"], 1);
    assert!(config["description"].as_str().unwrap().trim_end().lines().any(|l| l.ends_with(" retained")), "{config:#}");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vm_whose_mark_was_taken_away_is_never_destroyed() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "deletionGracePeriod": "0s" })).await;
    let server = lab.wait_ready("web").await;
    let status = server.status.clone().unwrap();
    let (node, vmid) = (status.node.unwrap(), status.vmid.unwrap());
    lab.root(
        Method::Put,
        &format!("/nodes/{node}/qemu/{vmid}/config"),
        &[("description", "now somebody else's"), ("protection", "0")],
    );
    lab.delete("web").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(lab.vms(), [u64::from(vmid)]);
    assert!(lab.records().get_opt(&format!("{}.{vmid}", lab.site)).await.unwrap().is_none());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_deletions_at_once_three_wait_at_the_brake_before_their_stop() {
    let lab = Lab::start().await;
    let names: Vec<String> = (0..8).map(|n| format!("web-{n}")).collect();
    for name in &names {
        lab.apply(name, json!({ "deletionGracePeriod": "0s" })).await;
    }
    for name in &names {
        lab.wait_ready(name).await;
    }
    futures::future::join_all(names.iter().map(|name| lab.delete(name))).await;
    let mut kept = vec![];
    for _ in 0..300 {
        kept = lab.vms();
        if kept.len() <= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Long enough for each record that waits to have tried again often, and to wait long now.
    tokio::time::sleep(Duration::from_secs(35)).await;
    assert_eq!(lab.vms(), kept);
    assert_eq!(kept.len(), 3);
    let rows = lab.root(Method::Get, "/cluster/resources", &[("type", "vm")]);
    for vmid in kept {
        let record = lab.records().get(&format!("{}.{vmid}", lab.site)).await.unwrap();
        assert!(record.status.unwrap().conditions.iter().any(|c| c.reason == "Brake"));
        assert!(
            rows.as_array().unwrap().iter().any(|r| r["vmid"] == vmid && r["status"] == "running"),
            "it was stopped before the brake"
        );
    }
    let site = Api::<ProxmoxSite>::all(lab.client.clone()).get(&lab.site).await.unwrap();
    let brakes = site.status.unwrap().brakes.unwrap();
    assert_eq!(brakes.deletions.len(), 5);
    assert!(brakes.held_since.is_some() && brakes.released_at.is_none());
    // A person says that they are meant.
    let said = std::time::Instant::now();
    crate::site::acknowledge(&lab, "Brake").await;
    for _ in 0..600 {
        if lab.vms().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(lab.vms().is_empty());
    assert!(said.elapsed() < Duration::from_secs(10), "they are woken at once, however long they had waited");
    let site = Api::<ProxmoxSite>::all(lab.client.clone()).get(&lab.site).await.unwrap();
    let brakes = site.status.unwrap().brakes.unwrap();
    assert_eq!((brakes.deletions.len(), brakes.held_since), (3, None));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_survives_a_site_that_leads_to_another_cluster() {
    let lab = Lab::start().await;
    lab.apply("kept", json!({ "deletionProtection": true })).await;
    lab.apply("due", json!({ "deletionGracePeriod": "0s" })).await;
    lab.wait_ready("kept").await;
    lab.wait_ready("due").await;
    let (other, token) = cluster(8, &lab.installation).await;
    point_at(&lab, &other, &token).await;
    wait_reason(&lab, "SiteIdentityChanged").await;
    for name in ["kept", "due"] {
        lab.delete(name).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let all = lab.records().list(&ListParams::default().fields(&format!("spec.siteRef={}", lab.site))).await.unwrap();
    assert_eq!(all.items.len(), 2);
    for record in all {
        let conditions = record.status.unwrap().conditions;
        assert!(conditions.iter().any(|c| c.type_ == "Ready" && c.reason == "SiteFrozen"), "{conditions:?}");
    }
    let claims: Api<AddressClaim> = Api::all(lab.client.clone());
    let released = claims
        .list(&ListParams::default())
        .await
        .unwrap()
        .items
        .into_iter()
        .filter(|c| c.spec.owner.namespace == lab.namespace && c.spec.released_at.is_some());
    assert_eq!(released.count(), 0);
    assert_eq!(lab.vms().len(), 2);
    other.shutdown().await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_number_was_lost_goes_only_when_its_vm_can_be_looked_for() {
    let mut lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let vmid = lab.wait_ready("web").await.status.unwrap().vmid.unwrap();
    lab.kill_operator().await;
    let nothing = json!({ "status": null });
    lab.servers().patch_status("web", &PatchParams::default(), &Patch::Merge(&nothing)).await.unwrap();
    lab.servers().delete("web", &DeleteParams::default()).await.unwrap();
    lab.pve.with_world(|w| w.inject(Fault::Unreachable));
    lab.start_operator();
    lab.wait_reason("web", "SiteUnreachable").await;
    assert_eq!(lab.servers().get("web").await.unwrap().status.unwrap().phase, Some(ServerPhase::Deleting));
    lab.pve.with_world(pve_testbed::World::heal);
    lab.delete("web").await;
    let record = lab.records().get(&format!("{}.{vmid}", lab.site)).await.unwrap();
    assert!(!record.spec.claims.is_empty());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_deleted_during_its_clone_leaves_no_vm_whatever_protects_it() {
    let lab = Lab::in_slow_motion().await;
    lab.apply("web", json!({ "deletionProtection": true })).await;
    let cloning =
        |s: &VirtualServer| s.status.as_ref().is_some_and(|t| t.task.as_ref().is_some_and(|t| t.upid.is_some()));
    let mut server = lab.servers().get("web").await.unwrap();
    while !cloning(&server) {
        server = lab.servers().get("web").await.unwrap();
    }
    assert_eq!(server.status.as_ref().unwrap().task.as_ref().unwrap().kind, TaskKind::Clone);
    // What the deletion reads to judge the VM is lost.
    let path = format!("/qemu/{}/config", server.status.as_ref().unwrap().vmid.unwrap());
    lab.pve.with_world(|w| {
        w.inject(Fault::AnswerLost { on: Calls::path(path).method(Method::Get), loss: Loss::Before, status: None });
    });
    lab.delete("web").await;
    gone(&lab, server.status.unwrap().vmid.unwrap()).await;
    assert!(lab.vms().is_empty());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_actions_of_a_deleted_server_end_and_hold_up_nothing() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let vmid = lab.wait_ready("web").await.status.unwrap().vmid.unwrap();
    lab.pve.with_world(|w| w.inject(Fault::GuestDeaf { vmid }));
    for name in ["running", "waiting"] {
        lab.create_action(name, "web", "Shutdown").await;
    }
    let runs = |a: VirtualServerAction| a.status.is_some_and(|s| s.phase == ActionPhase::Running);
    while !runs(lab.actions().get("running").await.unwrap()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // As when the namespace is deleted.
    lab.actions().delete("running", &DeleteParams::default()).await.unwrap();
    assert!(lab.actions().get_opt("running").await.unwrap().is_some(), "a running action is held");
    lab.delete("web").await;
    assert!(lab.actions().get_opt("running").await.unwrap().is_none(), "the action hangs");
    let waiting = lab.actions().get("waiting").await.unwrap();
    let status = waiting.status.unwrap();
    assert!(status.phase.is_terminal());
    assert_eq!(status.reason.as_deref(), Some("ServerDeleted"));
    assert!(waiting.metadata.finalizers.as_ref().is_none_or(Vec::is_empty));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_for_a_server_that_is_gone_ends_in_the_next_sweep() {
    let mut lab = Lab::start().await;
    let uid = lab.apply("web", json!({ "deletionGracePeriod": "0s" })).await.metadata.uid;
    lab.wait_ready("web").await;
    lab.delete("web").await;
    lab.kill_operator().await;
    let late = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction", "metadata": { "name": "late" },
        "spec": {
            "serverRef": { "name": "web", "uid": uid }, "verb": "Stop",
            "notAfter": (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string()
        }
    });
    lab.actions().create(&PostParams::default(), &serde_json::from_value(late).unwrap()).await.unwrap();
    lab.start_operator();
    assert_eq!(lab.wait_action("late").await, ("Failed".into(), "the server was deleted before this could run".into()));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_deleted_while_a_rollback_is_under_way_keeps_its_vm_whatever_mark_came_back() {
    let mut lab = Lab::start().await;
    lab.apply("web", json!({ "deletionGracePeriod": "1h" })).await;
    let server = lab.wait_ready("web").await;
    let (id, vmid) = (uid(&server), server.status.as_ref().unwrap().vmid.unwrap());
    lab.kill_operator().await;
    let reown =
        json!({ "action": "web-1", "kind": "Rollback", "born": id, "since": jiff::Timestamp::now().to_string() });
    let standing = Patch::Merge(json!({ "status": { "reown": reown } }));
    lab.servers().patch_status("web", &PatchParams::default(), &standing).await.unwrap();
    let node = server.status.unwrap().node.unwrap();
    let path = format!("/nodes/{node}/qemu/{vmid}/config");
    lab.root(Method::Put, &path, &[("delete", "description,protection")]);
    lab.servers().delete("web", &DeleteParams::default()).await.unwrap();
    lab.start_operator();
    let mark = format!("/web/{id}/{vmid} born={id} retained until");
    for _ in 0..300 {
        let config = lab.root(Method::Get, &path, &[]);
        if config["description"].as_str().is_some_and(|d| d.contains(&mark)) {
            assert_eq!(config["protection"], 1);
            let record = lab.records().get(&format!("{}.{vmid}", lab.site)).await.unwrap();
            assert!(record.spec.reown);
            lab.end().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the VM never was marked: {}", lab.root(Method::Get, &path, &[])["description"]);
}
