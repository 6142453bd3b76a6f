//! A `ProxmoxSite`: reached over TLS that is always checked, with a range of numbers of its own.

use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, object, refused, unique, with};

fn site() -> Value {
    json!({
        "endpoints": ["https://192.0.2.2:8006"], "credentialsSecretRef": { "name": "site" }, "tls": { "caBundle": "-----BEGIN CERTIFICATE-----" },
        "vmidRange": { "start": 100_000, "end": 199_999 }, "defaultNetwork": "lan",
    })
}

#[tokio::test]
async fn a_site_gets_its_limits() {
    let admin = Caller::admin().await;
    let made = accepted(&admin.try_create(&object("ProxmoxSite", &unique("site"), &site())).await, "a site");
    assert_eq!(
        made["spec"]["limits"],
        json!({
            "deletionsPercent": 2, "concurrentTasks": 8, "concurrentTasksPerNode": 4, "sweepsPerHour": 10,
            "retainedPerNamespace": 100, "retainedForGoodPerNamespace": 10, "diskGiBPerServer": 16_384, "backupsPerServer": 16,
            "addressesPerNamespace": 256, "memoryPercent": 100, "coresPercent": 400
        })
    );
}

#[tokio::test]
async fn a_site_that_cannot_be_trusted_or_reached_is_refused() {
    let admin = Caller::admin().await;
    let fingerprint = ["AB"; 32].join(":");
    let either = "set either caBundle or fingerprint";
    let cases = [
        ("no trust", json!({ "tls": { "caBundle": null } }), either),
        ("two kinds of trust", json!({ "tls": { "fingerprint": fingerprint } }), either),
        ("a short fingerprint", json!({ "tls": { "caBundle": null, "fingerprint": "AB:CD" } }), "spec.tls.fingerprint"),
        ("no TLS", json!({ "endpoints": ["http://192.0.2.2:8006"] }), "spec.endpoints[0]"),
        ("a path", json!({ "endpoints": ["https://192.0.2.2:8006/api2"] }), "spec.endpoints[0]"),
        ("no endpoint", json!({ "endpoints": [] }), "spec.endpoints"),
        ("a range that runs backwards", json!({ "vmidRange": { "start": 200_000 } }), "start must not be above end"),
        ("a range below Proxmox's first", json!({ "vmidRange": { "start": 1 } }), "spec.vmidRange.start"),
    ];
    for (case, change, words) in cases {
        refused(&admin.try_create(&object("ProxmoxSite", &unique("site"), &with(site(), &change))).await, words, case);
    }
    let pinned = with(site(), &json!({ "tls": { "caBundle": null, "fingerprint": fingerprint } }));
    accepted(&admin.try_create(&object("ProxmoxSite", &unique("site"), &pinned)).await, "a pinned fingerprint");
}
