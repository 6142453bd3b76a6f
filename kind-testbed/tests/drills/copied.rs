//! A copy of the control plane is started beside it, as somebody would for a test, and leads to the same Proxmox.

use std::time::Duration;

use serde_json::json;

use crate::plane::{CUSTOMERS, Plane, ready};

#[tokio::test]
async fn of_a_control_plane_and_its_copy_one_is_frozen_and_what_is_deleted_there_lives_on() {
    let (mut first, cluster) = Plane::start().await;
    let mut operator = first.operator().await;
    for name in ["web", "shop"] {
        first.order(name, json!({ "deletionGracePeriod": "0s" })).await;
    }
    for name in ["web", "shop"] {
        first.wait_ready(name).await;
    }
    let before = cluster.vms();
    let second = first.copy().await;
    let mut copied = second.operator().await;

    // Whichever of them wrote last is in charge; the other one finds an epoch that it did not issue.
    let mut standings = [String::new(), String::new()];
    for _ in 0..150 {
        standings = [ready(&first.site().await), ready(&second.site().await)];
        if standings.iter().any(|s| s == "False StateOlderThanSite") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (frozen, good) = match &standings {
        [one, _] if one == "False StateOlderThanSite" => (&first, &second),
        [_, other] if other == "False StateOlderThanSite" => (&second, &first),
        _ => panic!("neither gave way: {standings:?}"),
    };
    good.wait_site("Connected").await;
    frozen.kubectl(&["delete", "vps", "web", "-n", CUSTOMERS]).await;
    frozen.order("new", json!({})).await;
    frozen.wait_reason("new", "SiteFrozen").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(ready(&frozen.site().await), "False StateOlderThanSite");
    assert_eq!(ready(&good.site().await), "True Connected");
    assert_eq!(cluster.vms(), before, "neither destroyed, stopped or made anything");

    // The one in charge goes on as before.
    good.order("another", json!({})).await;
    good.wait_ready("another").await;
    good.wait_ready("web").await;
    let after = cluster.vms();
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|(vmid, vm)| after[vmid] == *vm));
    assert!(!operator.has_ended() && !copied.has_ended());
}
