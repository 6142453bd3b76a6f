//! The provider's catalogue: plans, images, networks, address pools and claims.

use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, object, refused, unique, with};

fn plan() -> Value {
    json!({ "cores": 1, "memoryMiB": 1024, "diskGiB": 10, "maxDiskGiB": 100 })
}

fn network() -> Value {
    json!({ "siteRefs": ["home"], "bridge": "vmbr0", "pools": ["public"], "allowedNamespaces": ["acct-*"] })
}

fn pool() -> Value {
    json!({ "scope": "public", "subnet": "192.0.2.0/24", "gateway": "192.0.2.1", "ranges": [{ "first": "192.0.2.10", "last": "192.0.2.20" }] })
}

fn claim() -> Value {
    json!({ "scope": "public", "poolRef": "public", "address": "192.0.2.10",
            "owner": { "namespace": "acct-a", "name": "web", "uid": "u-1", "vmid": 100_000, "network": "public" } })
}

#[tokio::test]
async fn a_plans_size_never_changes_but_it_can_be_deprecated() {
    let admin = Caller::admin().await;
    let name = unique("plan");
    admin.create(&object("ServerPlan", &name, &plan())).await.unwrap();
    for change in [
        json!({ "cores": 2 }),
        json!({ "memoryMiB": 2048 }),
        json!({ "diskGiB": 20 }),
        json!({ "maxDiskGiB": 200 }),
        json!({ "networkMbps": 100 }),
    ] {
        let changed = admin.patch("ServerPlan", &name, &json!({ "spec": change })).await;
        refused(&changed, "a plan's size is immutable: make a new plan and deprecate this one", &change.to_string());
    }
    let deprecated = admin
        .patch("ServerPlan", &name, &json!({ "spec": { "deprecated": true, "displayName": "Small (old)" } }))
        .await;
    accepted(&deprecated, "deprecated");
    admin.delete("ServerPlan", &name).await.unwrap();
}

#[tokio::test]
async fn a_plan_lets_its_disk_grow_or_stay_but_not_shrink() {
    let admin = Caller::admin().await;
    let small = object("ServerPlan", &unique("plan"), &with(plan(), &json!({ "maxDiskGiB": 5 })));
    refused(&admin.try_create(&small).await, "maxDiskGiB must not be below diskGiB", "a maximum below the size");
    let fixed = object("ServerPlan", &unique("plan"), &with(plan(), &json!({ "maxDiskGiB": 10 })));
    accepted(&admin.try_create(&fixed).await, "a fixed size");
}

#[tokio::test]
async fn a_network_keeps_its_bridge_and_vlan() {
    let admin = Caller::admin().await;
    let words = "bridge and vlan are immutable: make a new Network";
    let (plain, tagged) = (unique("net"), unique("net"));
    admin.create(&object("Network", &plain, &network())).await.unwrap();
    admin.create(&object("Network", &tagged, &with(network(), &json!({ "vlan": 12 })))).await.unwrap();
    let cases = [
        (&plain, json!({ "bridge": "vmbr1" })),
        (&plain, json!({ "vlan": 12 })),
        (&tagged, json!({ "vlan": 13 })),
        (&tagged, json!({ "vlan": null })),
    ];
    for (name, change) in cases {
        refused(&admin.patch("Network", name, &json!({ "spec": change })).await, words, &change.to_string());
    }
    let opened = json!({ "spec": { "allowedNamespaces": [], "pools": ["public", "second"] } });
    accepted(&admin.patch("Network", &plain, &opened).await, "other pools and namespaces");
    admin.delete("Network", &plain).await.unwrap();
    admin.delete("Network", &tagged).await.unwrap();
}

#[tokio::test]
async fn an_address_pool_must_make_sense() {
    let admin = Caller::admin().await;
    let range = |first: &str, last: &str| json!({ "ranges": [{ "first": first, "last": last }] });
    let subnet = "subnet must be a network such as 192.0.2.0/24 or 2001:db8::/64";
    let cases = [
        ("an address instead of a network", json!({ "subnet": "192.0.2.7/24" }), subnet),
        ("no network at all", json!({ "subnet": "192.0.2.256/24" }), subnet),
        ("an IPv6 address instead of a network", json!({ "subnet": "2001:db8::7/64" }), subnet),
        (
            "IPv4 addresses in an IPv6 network",
            json!({ "subnet": "2001:db8::/64" }),
            "gateway must be an address in subnet",
        ),
        ("a range that is none", range("192.0.2", "192.0.2.9"), "spec.ranges[0].first"),
        ("prefixes of an IPv4 network", json!({ "prefixLength": 28 }), "prefixLength is for IPv6 pools"),
        ("a gateway elsewhere", json!({ "gateway": "198.51.100.1" }), "gateway must be an address in subnet"),
        ("a gateway that is none", json!({ "gateway": "192.0.2.x" }), "gateway must be an address in subnet"),
        ("a range elsewhere", range("198.51.100.1", "198.51.100.9"), "ranges must lie in subnet"),
        ("a range that leaves the subnet", range("192.0.2.250", "192.0.3.5"), "ranges must lie in subnet"),
        (
            "a range that runs backwards",
            range("192.0.2.20", "192.0.2.10"),
            "a range's first address must not be above its last",
        ),
        ("no range", json!({ "ranges": [] }), "spec.ranges"),
        ("a quarantine of years", json!({ "quarantine": "9999999999h" }), "quarantine is at most 8760h"),
    ];
    for (case, change, words) in cases {
        refused(&admin.try_create(&object("AddressPool", &unique("pool"), &with(pool(), &change))).await, words, case);
    }
    for last in ["192.0.2.10", "192.0.2.100", "192.0.2.255"] {
        let one = object("AddressPool", &unique("pool"), &with(pool(), &range("192.0.2.10", last)));
        accepted(&admin.try_create(&one).await, &format!("a range up to {last}"));
    }
}

#[tokio::test]
async fn a_pool_of_ipv6_hands_out_addresses_or_prefixes_of_one_length() {
    let admin = Caller::admin().await;
    let pool = json!({ "scope": "public", "subnet": "2001:db8::/48", "gateway": "2001:db8::1",
                       "ranges": [{ "first": "2001:db8::10", "last": "2001:db8:0:ff::ffff" }] });
    let of = |change: Value| object("AddressPool", &unique("pool"), &with(pool.clone(), &change));
    accepted(&admin.try_create(&of(json!({}))).await, "addresses");
    accepted(&admin.try_create(&of(json!({ "prefixLength": 64 }))).await, "prefixes");
    let words = "prefixLength is for IPv6 pools, and not below the subnet's";
    refused(&admin.try_create(&of(json!({ "prefixLength": 32 }))).await, words, "prefixes wider than the subnet");
    let elsewhere = json!({ "ranges": [{ "first": "2001:db8:1::1", "last": "2001:db8:1::2" }] });
    refused(&admin.try_create(&of(elsewhere)).await, "ranges must lie in subnet", "a range elsewhere");
    let name = unique("pool");
    admin.create(&object("AddressPool", &name, &pool)).await.unwrap();
    let changed = admin.patch("AddressPool", &name, &json!({ "spec": { "prefixLength": 64 } })).await;
    refused(&changed, "scope, subnet and prefixLength are immutable: make a new pool", "prefixes later");
    admin.delete("AddressPool", &name).await.unwrap();
}

#[tokio::test]
async fn an_address_pool_keeps_scope_and_subnet_and_defaults_to_a_day_of_quarantine() {
    let admin = Caller::admin().await;
    let name = unique("pool");
    let made = accepted(&admin.create(&object("AddressPool", &name, &pool())).await, "a pool");
    assert_eq!(made["spec"]["quarantine"], "24h");
    for change in [json!({ "scope": "private" }), json!({ "subnet": "192.0.2.0/23" })] {
        let changed = admin.patch("AddressPool", &name, &json!({ "spec": change })).await;
        refused(&changed, "scope, subnet and prefixLength are immutable: make a new pool", &change.to_string());
    }
    let more = json!({ "spec": { "ranges": [{ "first": "192.0.2.10", "last": "192.0.2.20" }, { "first": "192.0.2.40", "last": "192.0.2.50" }] } });
    accepted(&admin.patch("AddressPool", &name, &more).await, "another range");
    admin.delete("AddressPool", &name).await.unwrap();
}

#[tokio::test]
async fn a_claim_is_handed_over_with_its_vm_alone() {
    let admin = Caller::admin().await;
    let scope = unique("s");
    let name = format!("{scope}-192-0-2-10-32");
    admin.create(&object("AddressClaim", &name, &with(claim(), &json!({ "scope": scope })))).await.unwrap();
    let cases =
        [json!({ "owner": { "vmid": 100_001 } }), json!({ "address": "192.0.2.11" }), json!({ "scope": "other" })];
    for change in cases {
        let changed = admin.patch("AddressClaim", &name, &json!({ "spec": change })).await;
        refused(
            &changed,
            "a claim cannot be handed over but with its VM: release it and claim again",
            &change.to_string(),
        );
    }
    let undone = json!({ "spec": { "owner": { "uid": "u-2" } } });
    accepted(&admin.patch("AddressClaim", &name, &undone).await, "another server that has the VM now");
    let released = json!({ "spec": { "releasedAt": "2026-01-01T00:00:00Z" } });
    accepted(&admin.patch("AddressClaim", &name, &released).await, "released");
    admin.delete("AddressClaim", &name).await.unwrap();
}

/// Its name is what makes an address unique in its scope: another name would be a second claim of the same address.
#[tokio::test]
async fn a_claim_is_named_after_its_scope_and_address() {
    let admin = Caller::admin().await;
    let words = "metadata.name must be <scope>-<address with - for . and :>-<prefixLength>";
    for name in ["public-192-0-2-11-32", "mine", "private-192-0-2-10-32"] {
        refused(&admin.try_create(&object("AddressClaim", name, &claim())).await, words, name);
    }
    let scope = unique("s");
    let named = object("AddressClaim", &format!("{scope}-192-0-2-10-32"), &with(claim(), &json!({ "scope": scope })));
    accepted(&admin.try_create(&named).await, "the right name");
    let full = "2001:0db8:0000:0000:0000:0000:0000:0010";
    let of = |address: &str, length: u8| {
        let name = format!("{scope}-{}-{length}", address.replace(':', "-").to_lowercase());
        let change = json!({ "scope": scope, "address": address, "prefixLength": length });
        object("AddressClaim", &name, &with(claim(), &change))
    };
    accepted(&admin.try_create(&of(full, 128)).await, "an IPv6 address in full");
    accepted(&admin.try_create(&of(full, 64)).await, "an IPv6 prefix");
    let written = "an IPv6 address written in full";
    // Another text for the same address would be a second claim of it.
    refused(&admin.try_create(&of("2001:db8:0:0:0:0:0:10", 128)).await, written, "an IPv6 address in short");
    refused(&admin.try_create(&of(&full.replace('d', "D"), 128)).await, written, "capitals");
}

#[tokio::test]
async fn an_image_says_where_its_templates_are() {
    let admin = Caller::admin().await;
    let image = json!({
        "displayName": "Debian 13", "osFamily": "debian", "version": "13", "defaultUser": "debian", "endOfLife": "2030-06-30",
        "templateName": "debian-13", "templateTag": "slipway-template", "templates": [{ "siteRef": "home", "node": "pve1", "vmid": 9003 }],
    });
    let made = accepted(&admin.try_create(&object("OSImage", &unique("image"), &image)).await, "an image");
    assert_eq!(made["spec"]["deprecated"], false);
    let cases = [
        ("a date that is none", json!({ "endOfLife": "next year" }), "spec.endOfLife"),
        (
            "a template with a number that Proxmox does not give",
            json!({ "templates": [{ "siteRef": "home", "node": "pve1", "vmid": 7 }] }),
            "spec.templates[0].vmid",
        ),
        ("no tag", json!({ "templateTag": "" }), "spec.templateTag"),
    ];
    for (case, change, words) in cases {
        refused(
            &admin.try_create(&object("OSImage", &unique("image"), &with(image.clone(), &change))).await,
            words,
            case,
        );
    }
}
