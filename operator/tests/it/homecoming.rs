//! Kubernetes is lost and made anew: the machines that were Slipway's go home by their marks.

use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use pve_testbed::request::Method;
use serde_json::{Value, json};
use slipway_crds::{AddressClaim, AddressPool, Network, ProxmoxSite};
use slipway_operator::adopt::{AdoptArgs, adopt};

use crate::{
    adopt::command,
    lab::{Lab, uid},
};

/// Everything of Slipway goes from Kubernetes at once, and no operator sees it go.
async fn lose_kubernetes(lab: &mut Lab) {
    lab.kill_operator().await;
    let servers = lab.servers();
    for server in servers.list(&ListParams::default()).await.unwrap().items {
        let free = Patch::Merge(json!({ "metadata": { "finalizers": null } }));
        servers.patch(&server.name_any(), &PatchParams::default(), &free).await.unwrap();
        servers.delete(&server.name_any(), &DeleteParams::default()).await.unwrap();
    }
    let claims: Api<AddressClaim> = Api::all(lab.client.clone());
    for claim in claims.list(&ListParams::default()).await.unwrap().items {
        if claim.spec.scope == lab.name("scope") {
            claims.delete(&claim.name_any(), &DeleteParams::default()).await.unwrap();
        }
    }
    let sites: Api<ProxmoxSite> = Api::all(lab.client.clone());
    let spec = json!(sites.get(&lab.site).await.unwrap().spec);
    sites.delete(&lab.site, &DeleteParams::default()).await.unwrap();
    lab.make::<ProxmoxSite>(&lab.site, &spec).await;
}

/// A person says that this control plane is in charge: for all that it knows, another may be. A server `new` is ordered, and
/// waits; for what?
async fn in_charge(lab: &Lab) -> String {
    crate::site::wait_reason(lab, "StateOlderThanSite").await;
    crate::site::acknowledge(lab, "StateOlderThanSite").await;
    crate::site::wait_reason(lab, "Connected").await;
    lab.apply("new", json!({})).await;
    let held = lab.wait_reason("new", "SiteFrozen").await;
    let planned = crate::endpoint::planned(lab, &held).await;
    planned["waiting"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_total_loss_of_kubernetes_the_fleet_goes_home_by_its_marks_without_a_restart() {
    let mut lab = Lab::rotating_every(1).await;
    let names = ["web", "shop", "mail"];
    for name in names {
        lab.apply(name, json!({})).await;
    }
    let mut before = Vec::new();
    for name in names {
        let server = lab.wait_ready(name).await;
        let status = server.status.clone().unwrap();
        let config = lab.config_of(&server);
        before.push((name, uid(&server), status.vmid.unwrap(), status.node.unwrap(), status.addresses, config));
    }
    let process = |lab: &Lab, node: &str, vmid: u32| {
        lab.root(Method::Get, &format!("/nodes/{node}/qemu/{vmid}/status/current"), &[])["pid"].clone()
    };
    let pids: Vec<Value> = before.iter().map(|(_, _, vmid, node, ..)| process(&lab, node, *vmid)).collect();
    let (vms, booted) = (lab.vms(), starts(&lab));
    lose_kubernetes(&mut lab).await;
    let rehoming = AdoptArgs { installation: Some(lab.installation.clone()), apply: true, ..command(&lab) };
    let other = AdoptArgs { installation: Some("zzz999zzz999".into()), ..command(&lab) };
    let why = adopt(lab.client.clone(), &other).await.unwrap_err().to_string();
    assert!(why.contains("init --installation zzz999zzz999"), "{why}");
    lab.start_operator();
    let why = in_charge(&lab).await;
    assert!(why.contains("which has no claim"), "{why}");
    let text = adopt(lab.client.clone(), &rehoming).await.unwrap();
    assert_eq!(text.matches(" created\n").count(), 3, "{text}");
    for ((name, was, vmid, node, addresses, config), pid) in before.iter().zip(pids) {
        let server = lab.wait_ready(name).await;
        let status = server.status.clone().unwrap();
        assert_eq!((status.vmid, &status.addresses), (Some(*vmid), addresses), "{name}");
        assert_eq!(process(&lab, node, *vmid), pid, "{name} runs on");
        let now = lab.config_of(&server);
        let mark = format!("/{name}/{}/{vmid} born={was} owned", uid(&server));
        assert!(now["description"].as_str().unwrap().contains(&mark), "{}", now["description"]);
        for option in ["name", "cores", "memory", "net0", "scsi0", "ipconfig0", "tags", "onboot"] {
            assert_eq!(now[option], config[option], "{name}: {option}");
        }
    }
    // The new one waited until every address had its claim again.
    let new = lab.wait_ready("new").await.status.unwrap();
    assert!(
        before.iter().all(|(_, _, vmid, _, addresses, _)| *vmid < new.vmid.unwrap() && *addresses != new.addresses)
    );
    assert_eq!(lab.vms().len(), vms.len() + 1);
    assert_eq!(starts(&lab), booted + 2, "only the new one was cloned and started");
    let again = adopt(lab.client.clone(), &rehoming).await.unwrap();
    assert!(again.contains("it is server") && !again.contains("created\n"), "{again}");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ipv6_address_without_a_claim_holds_creates_until_its_vm_comes_home_and_its_prefix_is_claimed() {
    let mut lab = Lab::rotating_every(1).await;
    lab.make::<AddressPool>(
        &lab.name("six"),
        &json!({ "scope": lab.name("scope"), "subnet": "2001:db8::/48", "gateway": "2001:db8::1", "prefixLength": 64,
                 "ranges": [{ "first": "2001:db8:0:1::", "last": "2001:db8:0:9:ffff:ffff:ffff:ffff" }] }),
    )
    .await;
    let network = json!({ "siteRefs": [lab.site], "bridge": "vmbr0", "pools": [lab.name("pool"), lab.name("six")], "allowedNamespaces": ["lab-*"] });
    lab.make::<Network>(&lab.name("net"), &network).await;
    let of_prefix = |address6: &str| json!({ "networks": [{ "name": "public", "networkRef": lab.name("net"), "address6": address6 }] });
    lab.apply("web", of_prefix("2001:db8:0:1::")).await;
    let status = lab.wait_ready("web").await.status.unwrap();
    assert_eq!(status.addresses[1], "2001:db8:0:1::1");
    lose_kubernetes(&mut lab).await;
    // Its guest was given another address of its prefix, and no IPv4 any more.
    let path = format!("/nodes/{}/qemu/{}/config", status.node.unwrap(), status.vmid.unwrap());
    lab.root(Method::Put, &path, &[("ipconfig0", "ip6=2001:db8:0:1::77/48,gw6=2001:db8::1")]);
    lab.start_operator();
    let why = in_charge(&lab).await;
    assert!(why.contains("uses 2001:db8:0:1::77, which has no claim"), "{why}");
    let rehoming = AdoptArgs { installation: Some(lab.installation.clone()), apply: true, ..command(&lab) };
    adopt(lab.client.clone(), &rehoming).await.unwrap();
    let home = lab.wait_ready("web").await;
    assert_eq!(home.status.as_ref().unwrap().addresses, ["2001:db8:0:1::77"]);
    assert_eq!(lab.config_of(&home)["ipconfig0"], "ip6=2001:db8:0:1::77/48,gw6=2001:db8::1");
    let claims: Api<AddressClaim> = Api::all(lab.client.clone());
    let own = claims.list(&ListParams::default()).await.unwrap().items.into_iter();
    let own: Vec<_> = own.filter(|c| c.spec.owner.uid == uid(&home)).map(|c| c.spec.address).collect();
    assert_eq!(own, ["2001:0db8:0000:0001:0000:0000:0000:0000"], "the whole prefix is its own");
    let new = lab.wait_ready("new").await.status.unwrap();
    assert!(!new.addresses[1].starts_with("2001:db8:0:1:"), "{:?}", new.addresses);
    lab.end().await;
}

/// Tasks that changed a guest's power or made one.
fn starts(lab: &Lab) -> usize {
    let all = lab.root(Method::Get, "/cluster/tasks", &[]);
    let power = ["qmstart", "qmstop", "qmshutdown", "qmreboot", "qmreset", "qmclone"];
    all.as_array().unwrap().iter().filter(|t| power.contains(&t["type"].as_str().unwrap())).count()
}
