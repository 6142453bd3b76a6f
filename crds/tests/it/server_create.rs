//! What a new `VirtualServer` may look like, what it gets by default, and the sentence for everything else.

use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, refused, server, with};

#[tokio::test]
async fn the_smallest_manifest_is_accepted_and_gets_its_defaults() {
    let admin = Caller::admin().await;
    let made = accepted(&admin.create(&server("web")).await, "the smallest manifest");
    let mut expected = server("web")["spec"].clone();
    expected["runPolicy"] = json!("Managed");
    expected["driftPolicy"] = json!("Correct");
    expected["deletionPolicy"] = json!("Delete");
    expected["deletionProtection"] = json!(false);
    expected["deletionGracePeriod"] = json!("72h");
    expected["networks"] = json!([]);
    assert_eq!(made["spec"], expected);
}

#[tokio::test]
async fn defaults_make_applying_twice_no_change() {
    let admin = Caller::admin().await;
    let first = accepted(&admin.apply("kubectl", &server("web")).await, "the first apply");
    let second = accepted(&admin.apply("kubectl", &server("web")).await, "the second apply");
    assert_eq!(first["metadata"]["resourceVersion"], second["metadata"]["resourceVersion"]);
    assert_eq!(second["metadata"]["generation"], 1);
}

#[tokio::test]
async fn what_the_documentation_promises_is_accepted() {
    let admin = Caller::admin().await;
    let password_only = json!({ "spec": { "access": { "sshKeys": null, "passwordSecretRef": { "name": "login" } } } });
    let own_size =
        json!({ "spec": { "planRef": null, "resources": { "cores": 3, "memoryMiB": 3072, "diskGiB": 15 } } });
    let cases = [
        ("a password instead of a key", password_only),
        ("resources of its own", own_size),
        ("a host name of one character", json!({ "spec": { "hostname": "a" } })),
        ("a host name that starts with a digit", json!({ "spec": { "hostname": "3d" } })),
        ("a grown root disk", json!({ "spec": { "disks": [{ "name": "root", "sizeGiB": 80 }] } })),
        (
            "two more disks",
            json!({ "spec": { "disks": [{ "name": "data", "sizeGiB": 5, "storageClass": "fast" }, { "name": "logs", "sizeGiB": 1 }] } }),
        ),
        (
            "two networks, with addresses of both families",
            json!({ "spec": { "networks": [
                { "name": "public", "networkRef": "lan", "address": "192.0.2.10", "address6": "2001:db8::10" },
                { "name": "backend", "networkRef": "lan" },
            ] } }),
        ),
        ("one network", json!({ "spec": { "networks": [{ "name": "public", "networkRef": "lan" }] } })),
        ("no grace at all", json!({ "spec": { "deletionGracePeriod": "0s" } })),
        ("the longest grace", json!({ "spec": { "deletionGracePeriod": "720h" } })),
        ("both families of name servers", json!({ "spec": { "dns": { "servers": ["192.0.2.1", "2001:db8::1"] } } })),
        (
            "a VM to adopt, without access",
            json!({ "spec": { "access": null, "adopt": { "vmid": 101 }, "driftPolicy": "Report" } }),
        ),
        (
            "a deleted server to take back, without access",
            json!({ "spec": { "access": null, "undelete": { "uid": "u-1" } } }),
        ),
    ];
    for (case, change) in cases {
        accepted(&admin.try_create(&with(server("web"), &change)).await, case);
    }
    accepted(&admin.try_create(&server(&"w".repeat(63))).await, "a name of 63 characters");
}

#[tokio::test]
async fn every_wrong_manifest_is_refused_with_a_sentence() {
    let admin = Caller::admin().await;
    let size = json!({ "cores": 3, "memoryMiB": 3072, "diskGiB": 15 });
    let spec = |change: Value| json!({ "spec": change });
    let login = "nobody could log in otherwise";
    let either = "set either planRef or (as provider) resources, not both";
    let cases = [
        ("no site", spec(json!({ "siteRef": null })), "spec.siteRef: Required value"),
        ("no image", spec(json!({ "imageRef": null })), "imageRef is needed: a new server is installed from an image"),
        ("neither plan nor resources", spec(json!({ "planRef": null })), either),
        ("plan and resources", spec(json!({ "resources": size })), either),
        ("no access", spec(json!({ "access": null })), login),
        ("neither key nor password", spec(json!({ "access": { "sshKeys": [] } })), login),
        (
            "a key that is none",
            spec(json!({ "access": { "sshKeys": ["-----BEGIN OPENSSH PRIVATE KEY-----"] } })),
            "spec.access.sshKeys[0]",
        ),
        (
            "a sentence in place of a key",
            spec(json!({ "access": { "sshKeys": ["no key at all, honestly"] } })),
            "spec.access.sshKeys[0]",
        ),
        (
            "a key of a kind that Proxmox VE refuses",
            spec(json!({ "access": { "sshKeys": ["ssh-dss AAAAB3NzaC1kc3M"] } })),
            "spec.access.sshKeys[0]",
        ),
        (
            "a key that is no base64 of one",
            spec(json!({ "access": { "sshKeys": ["ssh-ed25519 BBBBC3NzaC1lZDI1"] } })),
            "spec.access.sshKeys[0]",
        ),
        (
            "a control character in a comment",
            spec(json!({ "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1 a\u{0}b"] } })),
            "spec.access.sshKeys[0]",
        ),
        (
            "two keys in one entry",
            spec(json!({ "access": { "sshKeys": ["ssh-rsa AAAAAAAA a\nssh-rsa BBBBBBBB b"] } })),
            "spec.access.sshKeys[0]",
        ),
        ("a user that no system has", spec(json!({ "access": { "user": "Ann Smith" } })), "spec.access.user"),
        ("a host name with capitals", spec(json!({ "hostname": "Web" })), "spec.hostname"),
        ("a host name with a dot", spec(json!({ "hostname": "web.example" })), "spec.hostname"),
        ("a host name that ends in a dash", spec(json!({ "hostname": "web-" })), "spec.hostname"),
        (
            "a grace above 30 days",
            spec(json!({ "deletionGracePeriod": "720h1s" })),
            "deletionGracePeriod is at most 720h",
        ),
        ("a grace in days", spec(json!({ "deletionGracePeriod": "3d" })), "spec.deletionGracePeriod"),
        ("a policy of another name", spec(json!({ "runPolicy": "Sometimes" })), "spec.runPolicy: Unsupported value"),
        ("a name server by name", spec(json!({ "dns": { "servers": ["ns.example.org"] } })), "spec.dns.servers[0]"),
        (
            "a VMID below Proxmox's first",
            spec(json!({ "adopt": { "vmid": 99 }, "driftPolicy": "Report" })),
            "spec.adopt.vmid",
        ),
        (
            "an adoption that corrects",
            spec(json!({ "adopt": { "vmid": 101 } })),
            "spec.adopt needs spec.driftPolicy: Report",
        ),
        (
            "a disk in no slot",
            spec(json!({ "adopt": { "vmid": 101, "disks": { "a": "net0" } }, "driftPolicy": "Report" })),
            "spec.adopt.disks.a",
        ),
        (
            "an adoption that is an undo",
            spec(json!({ "adopt": { "vmid": 101 }, "undelete": { "uid": "u" }, "driftPolicy": "Report" })),
            "set either adopt or undelete",
        ),
        ("a suspension without a reason", spec(json!({ "suspended": { "reason": "" } })), "spec.suspended.reason"),
    ];
    for (case, change, words) in cases {
        refused(&admin.try_create(&with(server("web"), &change)).await, words, case);
    }
}

#[tokio::test]
async fn every_wrong_disk_or_network_is_refused_with_a_sentence() {
    let admin = Caller::admin().await;
    let spec = |change: Value| json!({ "spec": change });
    let network = |name: &str| json!({ "name": name, "networkRef": "lan" });
    let cases = [
        (
            "nine networks",
            spec(json!({ "networks": (0..9).map(|n| network(&format!("n{n}"))).collect::<Vec<_>>() })),
            "spec.networks: Too many",
        ),
        (
            "two networks of one name",
            spec(json!({ "networks": [network("a"), network("a")] })),
            "spec.networks[1]: Duplicate value",
        ),
        (
            "an address that is none",
            spec(json!({ "networks": [{ "name": "a", "networkRef": "lan", "address": "192.0.2.256" }] })),
            "address must be an IPv4 address",
        ),
        (
            "an address of the other family",
            spec(json!({ "networks": [{ "name": "a", "networkRef": "lan", "address6": "192.0.2.10" }] })),
            "address6 must be an IPv6 address",
        ),
        (
            "a network without a name",
            spec(json!({ "networks": [{ "networkRef": "lan" }] })),
            "spec.networks[0].name: Required value",
        ),
        (
            "fifteen disks",
            spec(
                json!({ "disks": (0..15).map(|n| json!({ "name": format!("d{n}"), "sizeGiB": 1 })).collect::<Vec<_>>() }),
            ),
            "spec.disks: Too many",
        ),
        (
            "a disk with a space in its name",
            spec(json!({ "disks": [{ "name": "my data", "sizeGiB": 5 }] })),
            "spec.disks[0].name",
        ),
        (
            "a root disk elsewhere than its template",
            spec(json!({ "disks": [{ "name": "root", "sizeGiB": 50, "storageClass": "fast" }] })),
            "the root disk is made where the site says",
        ),
        ("a disk of no size", spec(json!({ "disks": [{ "name": "root", "sizeGiB": 0 }] })), "spec.disks[0].sizeGiB"),
    ];
    for (case, change, words) in cases {
        refused(&admin.try_create(&with(server("web"), &change)).await, words, case);
    }
}

/// Templating tools write `null` for what they leave out; it must not count as set.
#[tokio::test]
async fn null_is_as_good_as_absent() {
    let admin = Caller::admin().await;
    let set = |field: &str, value: Value| {
        let mut object = server("web");
        object["spec"][field] = value;
        object
    };
    for field in ["hostname", "dns", "placement", "adopt", "resources"] {
        accepted(&admin.try_create(&set(field, Value::Null)).await, &format!("{field}: null"));
    }
    for (field, value) in [("adopt", json!({ "vmid": 101 })), ("undelete", json!({ "uid": "u-1" }))] {
        let mut takes_over = set(field, value);
        takes_over["spec"]["imageRef"] = Value::Null;
        takes_over["spec"]["driftPolicy"] = json!("Report");
        accepted(&admin.try_create(&takes_over).await, &format!("{field} without an image"));
    }
    let either = "set either planRef or (as provider) resources, not both";
    refused(&admin.try_create(&set("planRef", Value::Null)).await, either, "planRef: null");
    let mut nobody = set("adopt", Value::Null);
    nobody["spec"]["access"] = json!({ "sshKeys": [] });
    refused(&admin.try_create(&nobody).await, "nobody could log in otherwise", "adopt: null without access");
    nobody["spec"]["access"] = json!({ "sshKeys": [], "passwordSecretRef": null });
    refused(&admin.try_create(&nobody).await, "nobody could log in otherwise", "passwordSecretRef: null without a key");
    nobody["spec"]["access"] = Value::Null;
    refused(&admin.try_create(&nobody).await, "nobody could log in otherwise", "access: null");
}

#[tokio::test]
async fn a_name_must_be_a_dns_label() {
    let admin = Caller::admin().await;
    let long = "w".repeat(64);
    for name in ["web.example", "3d", &long] {
        refused(&admin.try_create(&server(name)).await, "metadata.name must be a DNS label", name);
    }
}

#[tokio::test]
async fn a_misspelt_field_is_refused_and_not_dropped() {
    Caller::admin().await;
    let file = std::env::temp_dir().join(format!("{}.json", crate::cluster::unique("misspelt")));
    let mut object = server("web");
    object["spec"]["memoryMib"] = json!(1024);
    std::fs::write(&file, object.to_string()).unwrap();
    let output = crate::cluster::kubectl(&["apply", "--dry-run=server", "-f", file.to_str().unwrap()]);
    std::fs::remove_file(&file).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("unknown field \"spec.memoryMib\""), "{said}");
}
