//! Many servers that are made, changed and deleted while the operator is killed at random moments, and what must hold
//! when it is calm again. `SLIPWAY_STORM=200` makes it as large as `make prove` does; `SLIPWAY_SEED` repeats one.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use pve_testbed::request::Method;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use slipway_crds::{AddressClaim, AddressPool, Network, RetainedServer, VirtualServer};

use crate::lab::{Lab, condition};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Addresses for a thousand servers.
async fn widen(lab: &Lab) {
    let (pool, net) = (lab.name("wide-pool"), lab.name("wide"));
    let spec = json!({
        "scope": pool, "subnet": "10.77.0.0/22", "gateway": "10.77.0.1",
        "ranges": [{ "first": "10.77.0.10", "last": "10.77.3.250" }], "nameservers": ["10.77.0.1"]
    });
    lab.make::<AddressPool>(&pool, &spec).await;
    let spec = json!({ "siteRefs": [lab.site], "bridge": "vmbr0", "pools": [pool], "allowedNamespaces": ["lab-*"] });
    lab.make::<Network>(&net, &spec).await;
    let limits = json!({ "deletionsPercent": 100, "memoryPercent": 1000, "coresPercent": 10_000, "retainedPerNamespace": 4096, "addressesPerNamespace": 4096 });
    lab.merge_site(&json!({ "defaultNetwork": net, "limits": limits })).await;
}

/// The configurations of VMs that are not of this installation.
fn foreign(lab: &Lab) -> BTreeMap<u64, Value> {
    let rows = lab.root(Method::Get, "/cluster/resources", &[("type", "vm")]);
    let ours = format!("slipway-{}", lab.installation);
    let rows = rows.as_array().unwrap().iter().filter(|r| r["pool"] != json!(ours) && r["type"] == "qemu");
    rows.map(|r| {
        let path = format!("/nodes/{}/qemu/{}/config", r["node"].as_str().unwrap(), r["vmid"]);
        (r["vmid"].as_u64().unwrap(), lab.root(Method::Get, &path, &[]))
    })
    .collect()
}

/// Wishes for `count` servers, one after the other, changed and deleted in between, while the operator is killed.
/// Answers those that are left, and how often it was killed.
async fn wishes(lab: &mut Lab, count: u64, chance: &mut StdRng) -> (BTreeSet<String>, u32) {
    let (mut alive, mut kills) = (BTreeSet::new(), 0);
    for n in 0..count {
        let name = format!("storm-{n}");
        lab.apply(&name, json!({ "deletionGracePeriod": "0s" })).await;
        alive.insert(name);
        let picked = alive.iter().nth(chance.random_range(0..alive.len())).unwrap().clone();
        match chance.random_range(0..10) {
            0..3 => {
                let plan = lab.name(if chance.random_bool(0.7) { "large" } else { "small" });
                lab.apply(&picked, json!({ "deletionGracePeriod": "0s", "planRef": plan, "disks": [{ "name": "root", "sizeGiB": 40 }] })).await;
            }
            3..5 => {
                lab.servers().delete(&picked, &DeleteParams::default()).await.unwrap();
                alive.remove(&picked);
            }
            5 => lab.create_action(&format!("{picked}-{n}"), &picked, "Restart").await,
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..200))).await;
        if chance.random_bool(0.2) {
            lab.kill_and_restart_operator().await;
            kills += 1;
        }
    }
    (alive, kills)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_made_changed_and_deleted_while_the_operator_is_killed_come_out_as_wished() {
    let (count, seed) = (number("SLIPWAY_STORM", 24), number("SLIPWAY_SEED", rand::random::<u32>().into()));
    println!("{count} servers, SLIPWAY_SEED={seed}");
    let began = Instant::now();
    let mut chance = StdRng::seed_from_u64(seed);
    let mut lab = Lab::start().await;
    widen(&lab).await;
    let strangers = foreign(&lab);
    let (alive, kills) = wishes(&mut lab, count, &mut chance).await;
    for name in &alive {
        lab.wait_ready(name).await;
    }
    // What was deleted is destroyed: nothing protects it.
    let mine = || {
        let ours = format!("slipway-{}", lab.installation);
        let rows = lab.root(Method::Get, "/cluster/resources", &[("type", "vm")]);
        rows.as_array().unwrap().iter().filter(|r| r["pool"] == json!(ours)).cloned().collect::<Vec<_>>()
    };
    for _ in 0..1200 {
        if mine().len() == alive.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let servers = lab.servers().list(&ListParams::default()).await.unwrap().items;
    let named: BTreeSet<String> = servers.iter().map(VirtualServer::name_any).collect();
    assert_eq!(named, alive);
    let vmids: BTreeSet<u64> = servers.iter().filter_map(|s| s.status.as_ref()?.vmid).map(u64::from).collect();
    let there: BTreeSet<u64> = mine().iter().filter_map(|r| r["vmid"].as_u64()).collect();
    assert_eq!(there, vmids, "a VM too many, or too few (seed {seed})");
    for server in &servers {
        let description = lab.config_of(server)["description"].as_str().unwrap().to_owned();
        assert!(description.contains(&server.uid().unwrap()), "{}: {description}", server.name_any());
    }
    let addresses: Vec<String> = servers.iter().flat_map(|s| s.status.clone().unwrap().addresses).collect();
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), alive.len(), "an address twice (seed {seed})");
    // An address is let go once its VM is proven gone: a moment later.
    let claims: Api<AddressClaim> = Api::all(lab.client.clone());
    let mut needed: BTreeSet<String> = servers.iter().filter_map(kube::ResourceExt::uid).collect();
    // Of a clone whose call was cut off, absence is not believed for minutes: it may begin yet.
    let records = lab.records().list(&ListParams::default()).await.unwrap().items;
    let is_unanswered = |r: &RetainedServer| r.spec.task.as_ref().is_some_and(|task| task.upid.is_none());
    needed.extend(records.into_iter().filter(is_unanswered).map(|r| r.spec.uid));
    let mut held = vec![];
    for _ in 0..600 {
        held = claims.list(&ListParams::default()).await.unwrap().items;
        held.retain(|c| c.spec.owner.namespace == lab.namespace && c.spec.released_at.is_none());
        if held.iter().all(|c| needed.contains(&c.spec.owner.uid)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut holders = BTreeSet::new();
    held.retain(|c| !needed.contains(&c.spec.owner.uid) || !holders.insert(c.spec.owner.uid.clone()));
    assert!(held.is_empty(), "claims that nobody needs (seed {seed}): {held:#?}");
    let has_claim = |s: &VirtualServer| holders.contains(&s.uid().unwrap());
    assert!(servers.iter().all(has_claim), "a server without a claim (seed {seed})");
    assert_eq!(foreign(&lab), strangers, "somebody else's VM was touched (seed {seed})");
    println!("{} alive of {count}, {kills} kills, {:.1} s", alive.len(), began.elapsed().as_secs_f32());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_namespace_stops_nothing_beyond_the_brake_and_nothing_that_is_protected() {
    let lab = Lab::start().await;
    let namespace = format!("{}-t", lab.namespace);
    let namespaces: Api<Namespace> = Api::all(lab.client.clone());
    let object = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } });
    namespaces.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
    let servers: Api<VirtualServer> = Api::namespaced(lab.client.clone(), &namespace);
    let template = lab.apply("template", json!({ "paused": true })).await;
    for n in 0..9 {
        let mut spec = serde_json::to_value(&template.spec).unwrap();
        spec["paused"] = json!(false);
        spec["deletionGracePeriod"] = json!("0s");
        spec["deletionProtection"] = json!(n < 2);
        let object = json!({ "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": format!("s-{n}") }, "spec": spec });
        servers.patch(&format!("s-{n}"), &PatchParams::apply("test").force(), &Patch::Apply(&object)).await.unwrap();
    }
    for _ in 0..600 {
        let all = servers.list(&ListParams::default()).await.unwrap().items;
        if all.iter().all(|s| condition(s, "Ready").is_some_and(|(ready, _)| ready == "True")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(lab.vms().len(), 9);
    namespaces.delete(&namespace, &DeleteParams::default()).await.unwrap();
    for _ in 0..600 {
        if namespaces.get_opt(&namespace).await.unwrap().is_none() && lab.vms().len() <= 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    if let Some(hangs) = namespaces.get_opt(&namespace).await.unwrap() {
        let left = servers.list(&ListParams::default()).await.unwrap().items;
        panic!("the namespace hangs: {:#}; {left:#?}", json!(hangs.status));
    }
    // Whatever comes late would come now.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let left = lab.vms();
    assert_eq!(left.len(), 4, "two are protected, and of the other seven the brake lets five go");
    for vmid in left {
        let rows = lab.root(Method::Get, "/cluster/resources", &[("type", "vm")]);
        let row = rows.as_array().unwrap().iter().find(|r| r["vmid"] == json!(vmid)).unwrap().clone();
        let path = format!("/nodes/{}/qemu/{vmid}/status/current", row["node"].as_str().unwrap());
        assert_eq!(lab.root(Method::Get, &path, &[])["status"], "running", "{vmid} was stopped");
    }
    lab.end().await;
}
