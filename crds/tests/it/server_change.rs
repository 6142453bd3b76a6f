//! What may change on a `VirtualServer`, and what never does.

use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, refused, server, with};

const KIND: &str = "VirtualServer";

#[tokio::test]
async fn wishes_may_change() {
    let admin = Caller::admin().await;
    admin.create(&server("web")).await.unwrap();
    let cases = [
        ("a larger plan", json!({ "planRef": "large" })),
        ("a larger disk", json!({ "disks": [{ "name": "root", "sizeGiB": 80 }] })),
        ("another image, for a rebuild", json!({ "imageRef": "debian-12" })),
        ("another host name", json!({ "hostname": "db" })),
        ("another run policy", json!({ "runPolicy": "Stopped" })),
        ("protection", json!({ "deletionProtection": true })),
        ("name servers", json!({ "dns": { "servers": ["192.0.2.1"], "searchDomain": "example.org" } })),
        (
            "resources instead of a plan",
            json!({ "planRef": null, "resources": { "cores": 1, "memoryMiB": 512, "diskGiB": 5 } }),
        ),
    ];
    for (case, change) in cases {
        accepted(&admin.patch(KIND, "web", &json!({ "spec": change })).await, case);
    }
}

#[tokio::test]
async fn a_server_stays_on_its_site() {
    let admin = Caller::admin().await;
    admin.create(&server("web")).await.unwrap();
    let moved = admin.patch(KIND, "web", &json!({ "spec": { "siteRef": "away" } })).await;
    refused(&moved, "siteRef is immutable: a server does not move between sites", "another site");
}

#[tokio::test]
async fn networks_come_and_go_but_an_entry_keeps_its_network() {
    let admin = Caller::admin().await;
    let networks = |entries: &[(&str, &str)]| {
        let entries: Vec<Value> = entries.iter().map(|(n, r)| json!({ "name": n, "networkRef": r })).collect();
        json!({ "spec": { "networks": entries } })
    };
    admin.create(&server("web")).await.unwrap();
    let first = "networks must name public first";
    refused(&admin.patch(KIND, "web", &networks(&[("backend", "lan")])).await, first, "the only interface exchanged");
    let both = networks(&[("public", "lan"), ("backend", "dmz")]);
    accepted(&admin.patch(KIND, "web", &both).await, "a network added");
    let other = networks(&[("public", "dmz"), ("backend", "dmz")]);
    refused(&admin.patch(KIND, "web", &other).await, "networkRef is immutable", "a network exchanged");
    accepted(&admin.patch(KIND, "web", &networks(&[("backend", "dmz")])).await, "a network removed");
    let emptied = "networks cannot be emptied";
    refused(&admin.patch(KIND, "web", &networks(&[])).await, emptied, "all networks removed");
    refused(
        &admin.patch(KIND, "web", &json!({ "spec": { "networks": null } })).await,
        emptied,
        "all networks left out",
    );
}

#[tokio::test]
async fn disks_come_and_go_but_stay_on_their_storage() {
    let admin = Caller::admin().await;
    let disk = |class: Value| json!({ "spec": { "disks": [{ "name": "data", "sizeGiB": 5, "storageClass": class }] } });
    admin.create(&server("web")).await.unwrap();
    accepted(&admin.patch(KIND, "web", &disk(json!("fast"))).await, "a disk added");
    let words = "storageClass is immutable: a disk stays on its storage";
    refused(&admin.patch(KIND, "web", &disk(json!("slow"))).await, words, "another class");
    refused(&admin.patch(KIND, "web", &disk(Value::Null)).await, words, "no class any more");
    accepted(&admin.patch(KIND, "web", &json!({ "spec": { "disks": null } })).await, "a disk removed");
}

#[tokio::test]
async fn adoption_is_decided_at_creation() {
    let admin = Caller::admin().await;
    let adopt = |vmid: Value| json!({ "spec": { "adopt": vmid, "driftPolicy": "Report" } });
    let words = "adopt can only be set at creation";
    admin.create(&server("plain")).await.unwrap();
    refused(&admin.patch(KIND, "plain", &adopt(json!({ "vmid": 101 }))).await, words, "adopt added later");
    admin.create(&with(server("old"), &adopt(json!({ "vmid": 101 })))).await.unwrap();
    refused(&admin.patch(KIND, "old", &adopt(json!({ "vmid": 102 }))).await, words, "another VM adopted later");
    refused(&admin.patch(KIND, "old", &adopt(Value::Null)).await, words, "adopt removed later");
    // A disk that was found later is named, and a pool that was found in the way may be left.
    let named = adopt(json!({ "vmid": 101, "movePool": true, "disks": { "data": "scsi1" } }));
    accepted(&admin.patch(KIND, "old", &named).await, "a disk named later");
    let given_back = adopt(json!({ "giveBack": true }));
    accepted(&admin.patch(KIND, "old", &given_back).await, "given back in the end");
    refused(&admin.patch(KIND, "plain", &given_back).await, "spec.adopt.vmid", "given back, and never adopted");
    let never = adopt(json!({ "vmid": 101, "giveBack": true }));
    refused(&admin.patch(KIND, "plain", &never).await, words, "given back, and never adopted");
}

#[tokio::test]
async fn a_change_is_held_to_the_same_rules_as_a_creation() {
    let admin = Caller::admin().await;
    admin.create(&server("web")).await.unwrap();
    let cases = [
        (json!({ "planRef": null }), "set either planRef or (as provider) resources, not both"),
        (json!({ "imageRef": null }), "imageRef is needed"),
        (json!({ "access": { "sshKeys": [] } }), "nobody could log in otherwise"),
        (json!({ "deletionGracePeriod": "721h" }), "deletionGracePeriod is at most 720h"),
        (json!({ "hostname": "Web" }), "spec.hostname"),
    ];
    for (change, words) in cases {
        refused(&admin.patch(KIND, "web", &json!({ "spec": change })).await, words, &change.to_string());
    }
}
