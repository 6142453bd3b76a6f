//! Several interfaces, both families, and filters that let a guest send only from what its server has claimed.

use kube::{Api, ResourceExt as _, api::ListParams};
use pve_testbed::request::Method;
use serde_json::{Value, json};
use slipway_crds::{AddressClaim, AddressPool, Network, VirtualServer, address_claim::claim_address};

use crate::lab::{Lab, addresses, condition, events, message, uid};

/// A second network, with addresses of both families.
async fn backend(lab: &Lab) {
    let scope = format!("backend-{}", lab.name("x"));
    lab.make::<AddressPool>(
        &lab.name("four"),
        &json!({ "scope": scope, "subnet": "198.51.100.0/24", "gateway": "198.51.100.1",
                 "ranges": [{ "first": "198.51.100.10", "last": "198.51.100.20" }] }),
    )
    .await;
    lab.make::<AddressPool>(
        &lab.name("six"),
        &json!({ "scope": scope, "subnet": "2001:db8::/48", "gateway": "2001:db8::1", "prefixLength": 64,
                 "ranges": [{ "first": "2001:db8:0:1::", "last": "2001:db8:0:9:ffff:ffff:ffff:ffff" }] }),
    )
    .await;
    lab.make::<Network>(
        &lab.name("backend"),
        &json!({ "siteRefs": [lab.site], "bridge": "vmbr0", "vlan": 12, "pools": [lab.name("four"), lab.name("six")],
                 "allowedNamespaces": ["lab-*"] }),
    )
    .await;
}

fn both(lab: &Lab) -> Value {
    json!({ "networks": [
        { "name": "public", "networkRef": lab.name("net") }, { "name": "backend", "networkRef": lab.name("backend") }
    ] })
}

fn one(lab: &Lab) -> Value {
    json!({ "networks": [{ "name": "public", "networkRef": lab.name("net") }] })
}

fn firewall(lab: &Lab, server: &VirtualServer, path: &str) -> Value {
    let status = server.status.as_ref().unwrap();
    let place = format!("/nodes/{}/qemu/{}/firewall", status.node.as_ref().unwrap(), status.vmid.unwrap());
    lab.root(Method::Get, &format!("{place}{path}"), &[])
}

/// What the filter of a slot lets through.
fn filter(lab: &Lab, server: &VirtualServer, slot: &str) -> Vec<String> {
    let rows = firewall(lab, server, &format!("/ipset/ipfilter-{slot}"));
    let rows = rows.as_array().into_iter().flatten();
    let mut all: Vec<String> = rows.map(|row| row["cidr"].as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

/// A prefix as its claim names it.
fn expanded(prefix: &str) -> String {
    claim_address(prefix.parse().unwrap())
}

/// The addresses that a server holds, with whether each was released.
async fn claims(lab: &Lab, server: &VirtualServer) -> Vec<(String, bool)> {
    let api: Api<AddressClaim> = Api::all(lab.client.clone());
    let all = api.list(&ListParams::default()).await.unwrap().items;
    let own = all.into_iter().filter(|claim| claim.spec.owner.uid == uid(server));
    let mut own: Vec<_> = own.map(|claim| (claim.spec.address, claim.spec.released_at.is_some())).collect();
    own.sort();
    own
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_server_may_send_from_its_own_addresses_only() {
    let lab = Lab::start().await;
    backend(&lab).await;
    lab.apply("web", both(&lab)).await;
    let server = lab.wait_ready("web").await;
    let config = lab.config_of(&server);
    assert!(config["net0"].as_str().unwrap().contains("firewall=1"), "{config:#}");
    let second = config["net1"].as_str().unwrap();
    assert!(second.contains("firewall=1") && second.contains("rate=25") && second.contains("tag=12"), "{second}");
    let [public, four, six] = addresses(&server) else { panic!("{server:?}") };
    let prefix = format!("{}/64", six.strip_suffix('1').unwrap());
    assert_eq!(config["ipconfig1"], format!("ip={four}/24,gw=198.51.100.1,ip6={six}/48,gw6=2001:db8::1"));
    assert_eq!(filter(&lab, &server, "net0"), [public.as_str()]);
    assert_eq!(filter(&lab, &server, "net1"), [four.as_str(), &prefix]);
    let options = firewall(&lab, &server, "/options");
    for (option, value) in [("enable", 1), ("macfilter", 1), ("ipfilter", 1), ("radv", 0), ("dhcp", 0), ("ndp", 1)] {
        assert_eq!(options[option], value, "{option} in {options:#}");
    }
    assert_eq!((&options["policy_in"], &options["policy_out"]), (&json!("ACCEPT"), &json!("ACCEPT")));
    assert_eq!(server.status.as_ref().unwrap().networks.get("backend").unwrap().filter, [four.as_str(), &prefix]);
    let held = claims(&lab, &server).await;
    assert_eq!(held[2], (expanded(six.strip_suffix('1').unwrap()), false), "{held:?}");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interface_comes_and_goes_and_its_addresses_rest_afterwards() {
    let lab = Lab::start().await;
    backend(&lab).await;
    lab.apply("web", one(&lab)).await;
    let before = lab.wait_ready("web").await;
    let mac = before.status.as_ref().unwrap().networks.get("public").unwrap().mac.clone();
    lab.apply("web", both(&lab)).await;
    let server = lab.wait_ready("web").await;
    assert_eq!(condition(&server, "RestartRequired").unwrap().0, "False", "it was plugged in while it ran");
    let [public, four, six] = addresses(&server) else { panic!("{server:?}") };
    let (public, four, prefix) = (public.clone(), four.clone(), six.strip_suffix('1').unwrap().to_owned());
    assert_eq!(filter(&lab, &server, "net1"), [four.clone(), format!("{prefix}/64")]);
    assert_eq!(server.status.as_ref().unwrap().networks.get("public").unwrap().mac, mac);
    lab.apply("web", one(&lab)).await;
    let server = lab.wait_ready("web").await;
    let config = lab.config_of(&server);
    assert_eq!((&config["net1"], &config["ipconfig1"]), (&Value::Null, &Value::Null));
    lab.wait("web", "without the interface's filter", |s| filter(&lab, s, "net1").is_empty()).await;
    let mut held = claims(&lab, &server).await;
    for _ in 0..50 {
        if held.iter().filter(|(_, released)| *released).count() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        held = claims(&lab, &server).await;
    }
    assert_eq!(held, [(public, false), (four.clone(), true), (expanded(&prefix), true)]);
    // Back again: what rests is not handed out.
    lab.apply("web", both(&lab)).await;
    let server = lab.wait_ready("web").await;
    let [_, again_four, again_six] = addresses(&server) else { panic!("{server:?}") };
    assert!(*again_four != four && !again_six.starts_with(&prefix), "{again_four} {again_six}");
    assert_eq!(filter(&lab, &server, "net1"), [again_four.clone(), again_six.replace("::1", "::/64")]);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_cannot_take_an_interface_running_waits_for_a_restart() {
    let lab = Lab::start().await;
    backend(&lab).await;
    lab.apply("web", one(&lab)).await;
    let server = lab.wait_ready("web").await;
    let status = server.status.clone().unwrap();
    let path = format!("/nodes/{}/qemu/{}/config", status.node.unwrap(), status.vmid.unwrap());
    // What a machine can take while it runs is decided when it starts.
    assert_eq!(lab.act("web", "Stop").await.0, "Succeeded");
    lab.root(Method::Put, &path, &[("hotplug", "disk,usb")]);
    assert_eq!(lab.act("web", "Start").await.0, "Succeeded");
    lab.apply("web", both(&lab)).await;
    let waits = |s: &VirtualServer| condition(s, "RestartRequired").is_some_and(|(value, _)| value == "True");
    lab.wait("web", "waiting for a restart", waits).await;
    let server = lab.wait_ready("web").await;
    assert!(waits(&server), "Ready, and a restart is required");
    assert_eq!(lab.act("web", "Restart").await.0, "Succeeded");
    let server = lab.wait("web", "restarted", |s| !waits(s)).await;
    assert!(lab.config_of(&server)["net1"].is_string());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_proxmox_refuses_to_plug_in_is_told_in_its_words_and_waits_for_a_restart() {
    let lab = Lab::start().await;
    backend(&lab).await;
    lab.make::<Network>(
        &lab.name("nowhere"),
        &json!({ "siteRefs": [lab.site], "bridge": "vmbr77", "pools": [lab.name("four")], "allowedNamespaces": ["lab-*"] }),
    )
    .await;
    lab.apply("web", one(&lab)).await;
    let before = lab.wait_ready("web").await;
    let power = |s: &VirtualServer| s.status.as_ref().unwrap().power_state;
    lab.apply(
        "web",
        json!({ "networks": [
            { "name": "public", "networkRef": lab.name("net") }, { "name": "second", "networkRef": lab.name("nowhere") }
        ] }),
    )
    .await;
    let waits = |s: &VirtualServer| condition(s, "RestartRequired").is_some_and(|(value, _)| value == "True");
    lab.wait("web", "waiting for a restart", waits).await;
    let server = lab.wait_ready("web").await;
    assert!(waits(&server), "it is not taken for plugged in");
    assert_eq!(power(&server), power(&before), "and the guest goes on meanwhile");
    let told = events(&lab.client, &lab.namespace, "web", &["HotplugFailed: "]).await;
    let failed = told.iter().find(|e| e.starts_with("HotplugFailed: ")).unwrap_or_else(|| panic!("{told:#?}"));
    assert!(failed.contains("netdev_add") && failed.contains("restart the server"), "{failed}");
    // Whoever takes it back needs no restart any more.
    lab.apply("web", one(&lab)).await;
    let server = lab.wait("web", "as before", |s| !waits(s) && lab.config_of(s)["net1"].is_null()).await;
    assert_eq!(filter(&lab, &server, "net0"), addresses(&server));
    lab.wait_ready("web").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_filters_are_those_of_now_after_a_rollback_and_after_a_restore() {
    let lab = Lab::start().await;
    lab.merge_site(&json!({ "backupStorage": "local" })).await;
    backend(&lab).await;
    let with = |address: &str| json!({ "networks": [{ "name": "public", "networkRef": lab.name("backend"), "address": address }] });
    lab.apply("web", with("198.51.100.20")).await;
    let server = lab.wait_ready("web").await;
    let mac = server.status.as_ref().unwrap().networks.get("public").unwrap().mac.clone().unwrap();
    let six = filter(&lab, &server, "net0")[1].clone();
    assert_eq!(lab.act_with("web", "Snapshot", json!({ "snapshot": "before" })).await.0, "Succeeded");
    assert_eq!(lab.act("web", "Backup").await.0, "Succeeded");
    let backed_up = lab.wait("web", "backed up", |s| s.status.as_ref().unwrap().backups.len() == 1).await;
    let volid = backed_up.status.unwrap().backups[0].volid.clone();
    lab.apply("web", with("198.51.100.19")).await;
    lab.wait_ready("web").await;
    for (verb, parameters) in [("Rollback", json!({ "snapshot": "before" })), ("Restore", json!({ "backup": volid }))] {
        let (phase, why) = lab.act_with("web", verb, parameters).await;
        assert_eq!(phase, "Succeeded", "{verb}: {why}");
        let server = lab
            .wait("web", "its own again", |s| {
                condition(s, "Ready") == Some(("True", "AsWished")) && s.status.as_ref().unwrap().reown.is_none()
            })
            .await;
        assert_eq!(filter(&lab, &server, "net0"), ["198.51.100.19".to_owned(), six.clone()], "{verb}");
        let options = firewall(&lab, &server, "/options");
        for (option, value) in [("enable", 1), ("macfilter", 1), ("ipfilter", 1)] {
            assert_eq!(options[option], value, "{verb}: {option} in {options:#}");
        }
        let config = lab.config_of(&server);
        let device = config["net0"].as_str().unwrap();
        assert!(device.contains("firewall=1") && device.contains(&mac), "{verb}: {device}");
        assert!(config["ipconfig0"].as_str().unwrap().starts_with("ip=198.51.100.19/"), "{verb}: {config:#}");
    }
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_namespace_holds_no_more_addresses_than_its_limit_and_those_of_a_snapshot_count() {
    let lab = Lab::start().await;
    lab.merge_site(&json!({ "limits": { "addressesPerNamespace": 2 } })).await;
    let interface = |name: &str| json!({ "name": name, "networkRef": lab.name("net") });
    lab.apply("web", json!({ "networks": [interface("public"), interface("second")] })).await;
    lab.wait_ready("web").await;
    assert_eq!(lab.act_with("web", "Snapshot", json!({ "snapshot": "before" })).await.0, "Succeeded");
    lab.apply("web", one(&lab)).await;
    lab.wait("web", "without its second interface", |s| {
        condition(s, "Ready") == Some(("True", "AsWished")) && s.status.as_ref().unwrap().networks.len() == 1
    })
    .await;
    lab.apply("more", json!({})).await;
    let held = lab.wait_reason("more", "QuotaExceeded").await;
    let why = message(&held);
    assert!(why.contains("holds 2 addresses, and 2 is the limit") && why.contains("snapshot"), "{why}");
    assert_eq!(lab.vms().len(), 1, "nothing was made for it");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_was_changed_by_hand_is_put_back() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let status = server.status.clone().unwrap();
    let place = format!("/nodes/{}/qemu/{}", status.node.unwrap(), status.vmid.unwrap());
    lab.root(Method::Post, &format!("{place}/firewall/ipset/ipfilter-net0"), &[("cidr", "192.0.2.66")]);
    lab.root(Method::Put, &format!("{place}/firewall/options"), &[("enable", "0")]);
    // No row shows a firewall: something else wakes the server.
    lab.root(Method::Put, &format!("{place}/config"), &[("tags", "looked-at")]);
    lab.wait("web", "filtered again", |s| {
        filter(&lab, s, "net0") == addresses(&server) && firewall(&lab, s, "/options")["enable"] == 1
    })
    .await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_a_stranger_uses_is_not_handed_out() {
    let lab = Lab::start().await;
    lab.hand_out("192.0.2.10", "192.0.2.11").await;
    let stranger = [("vmid", "300"), ("net0", "virtio,bridge=vmbr0"), ("ipconfig0", "ip=192.0.2.10/24,gw=192.0.2.1")];
    lab.root(Method::Post, "/nodes/pve1/qemu", &stranger);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    assert_eq!(server.status.as_ref().unwrap().addresses, ["192.0.2.11"], "{}", server.name_any());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_static_address_of_each_family_is_claimed_and_changed_with_its_filter() {
    let lab = Lab::start().await;
    backend(&lab).await;
    let with = |four: &str, six: &str| json!({ "networks": [{ "name": "public", "networkRef": lab.name("backend"), "address": four, "address6": six }] });
    lab.apply("web", with("198.51.100.20", "2001:db8:0:7::")).await;
    let server = lab.wait_ready("web").await;
    assert_eq!(filter(&lab, &server, "net0"), ["198.51.100.20", "2001:db8:0:7::/64"]);
    lab.apply("web", with("198.51.100.19", "2001:db8:0:7::")).await;
    let server = lab.wait_ready("web").await;
    assert_eq!(filter(&lab, &server, "net0"), ["198.51.100.19", "2001:db8:0:7::/64"]);
    lab.wait("web", "told of its address", |s| {
        lab.config_of(s)["ipconfig0"].as_str().unwrap().starts_with("ip=198.51.100.19/24")
    })
    .await;
    lab.end().await;
}
