//! An etcd is put back as it was: the control plane knows less than the site does.

use std::time::Duration;

use serde_json::json;
use tokio::process::Command;

use crate::plane::{CUSTOMERS, Plane};

#[tokio::test]
async fn an_older_etcd_does_nothing_to_any_vm_and_after_a_person_said_so_none_is_lost_and_none_made_twice() {
    let (mut plane, cluster) = Plane::start().await;
    let operator = plane.operator().await;
    plane.order("kept", json!({})).await;
    plane.order("gone", json!({ "deletionGracePeriod": "0s" })).await;
    let (kept, gone) = (plane.wait_ready("kept").await, plane.wait_ready("gone").await);
    operator.kill().await;
    let backup = plane.back_up().await;

    let operator = plane.operator().await;
    plane.order("younger", json!({})).await;
    let younger = plane.wait_ready("younger").await;
    plane.kubectl(&["delete", "vps", "gone", "-n", CUSTOMERS]).await;
    for _ in 0..300 {
        if !cluster.vms().contains_key(&gone) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let before = cluster.vms();
    assert_eq!(before.keys().copied().collect::<Vec<_>>(), [kept, younger]);
    let clones = cluster.tasks("qmclone");
    operator.kill().await;
    plane.restore(&backup).await;

    // It believes in a server that is gone, and knows nothing of one that is there.
    assert!(plane.get("vps", "gone").await.is_some() && plane.get("vps", "younger").await.is_none());
    let mut operator = plane.operator().await;
    plane.wait_site("StateOlderThanSite").await;
    plane.order("another", json!({})).await;
    plane.wait_reason("another", "SiteFrozen").await;
    let epochs = plane.site().await["status"]["epochs"].clone();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(cluster.vms(), before, "nothing was done to any VM");
    assert_eq!(plane.site().await["status"]["epochs"], epochs, "no epoch was issued");

    plane.acknowledge("StateOlderThanSite").await;
    plane.wait_site("Connected").await;
    plane.wait_reason("another", "SiteFrozen").await;
    assert!(plane.site().await["status"]["createsHeldSince"].is_string(), "nothing is created yet");
    assert!(operator.log().contains("which has no claim"), "{}", operator.log());
    plane.wait_reason("gone", "VMLost").await;
    assert_eq!(cluster.vms(), before);
    // What the older state does not know comes home by its mark.
    let installation = plane.stack.installation().await.unwrap();
    let adopted = Command::new(plane.stack.programs.join("slipway-operator"))
        .args(["adopt", "--site", "home", "--all", "--apply", "--installation", &installation])
        .env("KUBECONFIG", plane.stack.plane.kubeconfig("admin"))
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&adopted.stdout).into_owned() + &String::from_utf8_lossy(&adopted.stderr);
    assert_eq!(text.matches(" created\n").count(), 1, "{text}");
    assert_eq!(plane.wait_ready("younger").await, younger);
    let another = plane.wait_ready("another").await;
    assert!(another > younger, "numbers are never used twice");
    let after = cluster.vms();
    assert_eq!(after.keys().copied().collect::<Vec<_>>(), [kept, younger, another]);
    assert!(before.iter().all(|(vmid, vm)| after[vmid].pid == vm.pid), "they run on");
    assert_eq!(cluster.tasks("qmclone"), clones + 1);
    assert!(!operator.has_ended());
}
