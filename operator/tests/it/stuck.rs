//! What a dead worker leaves behind is set aside, and the server goes on.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use pve_testbed::{Fault, Tasks, request::Method};
use serde_json::json;
use slipway_crds::{ProxmoxSite, VirtualServer};

use crate::lab::{Lab, condition, events, message};

/// As if it had been so for longer: nobody waits ten minutes in a test.
async fn for_eleven_minutes(lab: &Lab, name: &str) {
    lab.wait(name, "stuck", |s| s.status.as_ref().is_some_and(|t| t.stuck_since.is_some())).await;
    let since = (Timestamp::now() - SignedDuration::from_mins(11)).to_string();
    let change = json!({ "status": { "stuckSince": since } });
    lab.servers().patch_status(name, &PatchParams::default(), &Patch::Merge(&change)).await.unwrap();
}

async fn quarantine(lab: &Lab) -> Vec<slipway_crds::QuarantinedVmid> {
    let sites: Api<ProxmoxSite> = Api::all(lab.client.clone());
    sites.get(&lab.site).await.unwrap().status.unwrap().quarantine
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_clone_is_quarantined_and_the_server_is_ready_on_the_next_number() {
    let lab = Lab::rotating_every(1).await;
    lab.pve.with_world(|w| w.inject(Fault::WorkerDeath { on: Tasks::of("qmclone", 3) }));
    lab.apply("web", json!({})).await;
    for_eleven_minutes(&lab, "web").await;
    let server = lab.wait_ready("web").await;
    assert_eq!(server.status.unwrap().vmid, Some(100_001));
    let aside = quarantine(&lab).await;
    assert_eq!(aside.iter().map(|q| q.vmid).collect::<Vec<_>>(), [100_000]);
    assert!(aside[0].command.contains("qm unlock 100000; qm destroy 100000"), "{}", aside[0].command);
    events(&lab.client, &lab.namespace, "web", &["NumberQuarantined: "]).await;
    // Root cleans up: the entry goes by itself, and the number is not used again.
    let node = if aside[0].command.contains("node pve1") { "pve1" } else { "pve2" };
    lab.pve.with_world(|w| w.inject(Fault::HandDestroy { vmid: 100_000 }));
    for _ in 0..100 {
        if quarantine(&lab).await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(quarantine(&lab).await.is_empty(), "the number on {node} is proven absent");
    lab.apply("db", json!({})).await;
    assert_eq!(lab.wait_ready("db").await.status.unwrap().vmid, Some(100_002));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_is_left_over_is_told_with_roots_command() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server: VirtualServer = lab.wait_ready("web").await;
    let vmid = server.status.unwrap().vmid.unwrap();
    let edit = |set: &[(&str, &str)], delete: &[&str]| Fault::HandEdit {
        vmid,
        set: set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        delete: delete.iter().map(|k| (*k).to_owned()).collect(),
    };
    lab.pve.with_world(|w| w.inject(edit(&[("lock", "backup")], &[])));
    lab.apply("web", json!({ "hostname": "web-2" })).await;
    lab.wait_reason("web", "Locked").await;
    for_eleven_minutes(&lab, "web").await;
    let server = lab.wait_reason("web", "LockStale").await;
    assert_eq!(condition(&server, "Stalled").unwrap().0, "True");
    assert!(message(&server).contains(&format!("qm unlock {vmid}")), "{}", message(&server));
    lab.pve.with_world(|w| w.inject(edit(&[], &["lock"])));
    lab.wait_ready("web").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_vm_that_cannot_be_judged_holds_up_nobody() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    // In our range, on a number that was never handed out.
    let made = lab.root(Method::Post, "/nodes/pve1/qemu", &[("vmid", "100500"), ("net0", "virtio,bridge=vmbr0")]);
    let task = format!("/nodes/pve1/tasks/{}/status", made.as_str().unwrap());
    while lab.root(Method::Get, &task, &[])["status"] == "running" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let set = [("lock".to_owned(), "clone".to_owned())].into();
    lab.pve.with_world(|w| w.inject(Fault::HandEdit { vmid: 100_500, set, delete: [].into() }));
    tokio::time::sleep(Duration::from_secs(3)).await;
    lab.apply("db", json!({})).await;
    assert_eq!(lab.wait_ready("db").await.status.unwrap().vmid, Some(100_001));
    let locked = lab.root(Method::Get, "/nodes/pve1/qemu/100500/config", &[]);
    assert_eq!((&locked["lock"], &locked["description"]), (&json!("clone"), &json!(null)), "it is left alone");
    lab.end().await;
}
