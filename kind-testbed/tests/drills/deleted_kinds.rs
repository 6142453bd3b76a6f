//! Somebody deletes the kinds themselves, and with them every object at once.

use std::time::Duration;

use serde_json::json;

use crate::plane::Plane;

/// What the brake lets go of a small site within an hour.
const BRAKE: usize = 5;
const KINDS: [&str; 3] =
    ["virtualservers.slipway.dev", "virtualserveractions.slipway.dev", "retainedservers.slipway.dev"];

#[tokio::test]
async fn kinds_that_are_deleted_and_made_again_destroy_no_protected_vm_and_stop_no_more_than_the_brake_allows() {
    let (plane, cluster) = Plane::start().await;
    let mut operator = plane.operator().await;
    plane.order("protected", json!({ "deletionProtection": true, "deletionGracePeriod": "0s" })).await;
    let names: Vec<String> = (0..8).map(|n| format!("web-{n}")).collect();
    for name in &names {
        plane.order(name, json!({ "deletionGracePeriod": "1h" })).await;
    }
    let protected = plane.wait_ready("protected").await;
    for name in &names {
        plane.wait_ready(name).await;
    }
    let before = cluster.vms();

    plane.kubectl(&[&["delete", "crd", "--wait=false"], &KINDS[..]].concat()).await;
    // One that is still going is not made again by applying it: until all are.
    let mut left = String::new();
    for _ in 0..100 {
        // Refused while its older self is on its way out.
        let _ = plane.stack.install_slipway().await;
        let wide = [&["get", "crd", "-o", "jsonpath={.items[*].metadata.deletionTimestamp}"], &KINDS[..]].concat();
        left = plane.stack.plane.kubectl(&wide).await.unwrap_or_else(|error| error.to_string());
        if left.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(left, "", "the kinds are there again");
    assert_eq!(plane.kubectl(&["get", "vps", "-A", "-o", "name"]).await, "", "and all their objects are gone");
    // Long enough for whoever waits to try again.
    tokio::time::sleep(Duration::from_secs(5)).await;

    let after = cluster.vms();
    assert!(before.keys().eq(after.keys()), "no VM was destroyed: {:?} of {:?}", after.keys(), before.keys());
    assert!(!before[&protected].pid.is_null() && after[&protected].pid == before[&protected].pid, "it runs on");
    let stopped = after.values().filter(|vm| vm.pid.is_null()).count();
    assert!(stopped <= BRAKE, "{stopped} were stopped");
    assert!(after.values().all(|vm| vm.config["protection"] == 1), "{after:#?}");
    // The operator that saw its kinds go reads them again.
    plane.order("after", json!({})).await;
    plane.wait_ready("after").await;
    assert_eq!(cluster.vms().len(), before.len() + 1);
    assert!(!operator.has_ended());
}
