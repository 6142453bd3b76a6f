//! Adoption: a VM that somebody made by hand becomes a server while it runs, and nobody else's VM does.

use std::time::Duration;

use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use pve_testbed::{Calls, Fault, Loss, request::Method};
use serde_json::{Value, json};
use slipway_crds::{AddressClaim, AddressPool, Network, ProxmoxSite, VirtualServer};
use slipway_operator::adopt::{AdoptArgs, Output, adopt};

use crate::lab::{Lab, condition, message, uid};

/// The VM that a person made, running, in the installation's pool or not.
pub const VMID: u32 = 501;

pub async fn by_hand(lab: &Lab, vmid: u32, options: &[(&str, &str)]) {
    let id = vmid.to_string();
    lab.root(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", &id), ("full", "1"), ("name", "old-web")]);
    let path = format!("/nodes/pve1/qemu/{vmid}");
    unlocked(lab, &path).await;
    let plain = [("cores", "2"), ("memory", "2048"), ("description", "customer: Ann"), ("tags", "legacy")];
    let plain = plain.into_iter().filter(|(name, _)| options.iter().all(|(given, _)| given != name));
    let all: Vec<(&str, &str)> = plain.chain(options.iter().copied()).collect();
    lab.root(Method::Put, &format!("{path}/config"), &all);
    lab.root(Method::Post, &format!("{path}/status/start"), &[]);
    for _ in 0..100 {
        if uptime(lab, vmid).is_some_and(|up| up > 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("VM {vmid} never ran");
}

async fn unlocked(lab: &Lab, path: &str) {
    for _ in 0..200 {
        let config = lab.root(Method::Get, &format!("{path}/config"), &[]);
        if config["lock"].is_null() && config["scsi0"].is_string() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{path} stays locked");
}

pub fn status_of(lab: &Lab, vmid: u32) -> Value {
    lab.root(Method::Get, &format!("/nodes/pve1/qemu/{vmid}/status/current"), &[])
}

pub fn uptime(lab: &Lab, vmid: u32) -> Option<u64> {
    status_of(lab, vmid)["uptime"].as_u64()
}

/// The pool is made by the operator's first contact.
pub async fn into_pool(lab: &Lab, vmid: u32, more: &[(&str, &str)]) {
    let (pool, id) = (format!("slipway-{}", lab.installation), vmid.to_string());
    for _ in 0..200 {
        lab.root(Method::Put, "/pools", &[&[("poolid", pool.as_str()), ("vms", id.as_str())], more].concat());
        let members = lab.root(Method::Get, "/pools", &[("poolid", &pool)])[0]["members"].to_string();
        if members.contains(&format!("\"vmid\":{vmid}")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("VM {vmid} never was in {pool}");
}

pub async fn adopting(lab: &Lab, name: &str, more: Value) -> VirtualServer {
    let mut spec = json!({ "adopt": { "vmid": VMID }, "driftPolicy": "Report", "imageRef": null });
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    lab.apply(name, spec).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_vm_is_adopted_without_a_reboot_and_later_wishes_reach_it() {
    let lab = Lab::start().await;
    by_hand(&lab, VMID, &[("ipconfig0", "ip=192.0.2.17/24,gw=192.0.2.1")]).await;
    adopting(&lab, "web", json!({})).await;
    let outside = lab.wait_reason("web", "NotInPool").await;
    let line = format!("pvesh set /pools --poolid slipway-{} --vms {VMID}", lab.installation);
    assert!(message(&outside).ends_with(&line), "{}", message(&outside));
    assert_eq!(status_of(&lab, VMID)["tags"], "legacy", "nothing was done to it");
    let (up, pid) = (uptime(&lab, VMID).unwrap(), status_of(&lab, VMID)["pid"].clone());
    into_pool(&lab, VMID, &[]).await;
    let server = lab.wait_ready("web").await;
    let status = server.status.clone().unwrap();
    assert_eq!(condition(&server, "Provisioned"), Some(("True", "TakenOver")));
    assert_eq!(condition(&server, "GuestConfigured"), None);
    assert_eq!(condition(&server, "DriftDetected").unwrap().0, "True");
    assert!(status.drift.iter().any(|d| d.field == "memory" && d.found == "2048"), "{:?}", status.drift);
    assert_eq!((status.vmid, status.addresses), (Some(VMID), vec!["192.0.2.17".to_owned()]));
    let config = lab.config_of(&server);
    let mark =
        format!("slipway:v1 {}/{}/web/{id}/{VMID} born={id} owned", lab.installation, lab.namespace, id = uid(&server));
    let description = config["description"].as_str().unwrap();
    assert!(description.contains(&mark) && description.contains("customer: Ann"), "{description}");
    assert_eq!(
        (&config["protection"], &config["memory"], &config["name"]),
        (&json!(1), &json!("2048"), &json!("old-web"))
    );
    assert!(config["tags"].as_str().unwrap().contains("legacy"));
    let claim = lab.claim("192.0.2.17").await;
    assert_eq!((claim.spec.owner.uid, claim.spec.owner.vmid), (uid(&server), VMID));
    // A later wish is one: of all that differs, only what it names is changed.
    adopting(&lab, "web", json!({ "hostname": "shop" })).await;
    let renamed = lab.wait_ready("web").await;
    let config = lab.config_of(&renamed);
    assert_eq!((&config["name"], &config["memory"]), (&json!("shop"), &json!("2048")));
    assert_eq!(status_of(&lab, VMID)["pid"], pid, "the same process runs");
    assert!(uptime(&lab, VMID).unwrap() >= up);
    assert_eq!(lab.act("web", "Restart").await.0, "Succeeded");
    // What it was installed from is not known, until it is installed anew.
    let installed = |s: &VirtualServer| s.status.as_ref().unwrap().applied.as_ref().unwrap().image.clone();
    assert_eq!((installed(&renamed), &renamed.spec.image_ref), (String::new(), &None));
    let rebuilt = lab.act_with("web", "Rebuild", json!({ "imageRef": lab.name("debian") })).await;
    assert_eq!(rebuilt.0, "Succeeded", "{}", rebuilt.1);
    lab.wait("web", "installed anew", |s| {
        condition(s, "Ready") == Some(("True", "AsWished")) && installed(s) == lab.name("debian")
    })
    .await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interface_that_an_adopted_vm_is_given_later_has_a_claim_and_a_filter() {
    let lab = Lab::start().await;
    by_hand(&lab, VMID, &[("ipconfig0", "ip=203.0.113.7/24"), ("net0", "virtio=BC:24:11:00:05:01,bridge=vmbr0")]).await;
    into_pool(&lab, VMID, &[]).await;
    let interface = |name: &str| json!({ "name": name, "networkRef": lab.name("net") });
    adopting(&lab, "web", json!({ "networks": [interface("public")] })).await;
    assert_eq!(lab.wait_ready("web").await.status.unwrap().addresses, ["203.0.113.7"]);
    adopting(&lab, "web", json!({ "networks": [interface("public"), interface("second")] })).await;
    let server = lab
        .wait("web", "given an address", |s| {
            s.status
                .as_ref()
                .unwrap()
                .networks
                .get("second")
                .is_some_and(|n| !n.filter.is_empty() && n.addresses == n.filter)
        })
        .await;
    let second = server.status.as_ref().unwrap().networks.get("second").unwrap().clone();
    assert_eq!(second.addresses, second.filter, "its own is let through, and nothing else");
    let server = lab.wait_ready("web").await;
    let config = lab.config_of(&server);
    assert_eq!(config["ipconfig0"], "ip=203.0.113.7/24", "what it came with stays");
    assert!(!config["net0"].as_str().unwrap().contains("firewall=1"), "{config:#}");
    assert!(config["net1"].as_str().unwrap().contains("firewall=1"), "{config:#}");
    assert!(config["ipconfig1"].as_str().unwrap().starts_with(&format!("ip={}/", second.addresses[0])), "{config:#}");
    let firewall = format!("/nodes/pve1/qemu/{VMID}/firewall");
    let options = lab.root(Method::Get, &format!("{firewall}/options"), &[]);
    assert_eq!((&options["enable"], &options["macfilter"]), (&json!(1), &json!(1)), "{options:#}");
    let set = lab.root(Method::Get, &format!("{firewall}/ipset/ipfilter-net1"), &[]);
    assert_eq!(set[0]["cidr"], json!(second.addresses[0]));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vm_with_a_foreign_mark_another_servers_or_a_template_is_refused() {
    let lab = Lab::start().await;
    let foreign = format!("slipway:v1 zzz999zzz999/acct-a/web/u-1/{VMID} born=u-1 owned");
    by_hand(&lab, VMID, &[("description", &foreign)]).await;
    into_pool(&lab, VMID, &[]).await;
    adopting(&lab, "foreign", json!({})).await;
    let refused = lab.wait_reason("foreign", "AdoptRefused").await;
    assert!(message(&refused).contains("another installation"), "{}", message(&refused));
    lab.apply("own", json!({})).await;
    let own = lab.wait_ready("own").await.status.unwrap().vmid.unwrap();
    adopting(&lab, "thief", json!({ "adopt": { "vmid": own } })).await;
    let refused = lab.wait_reason("thief", "AdoptRefused").await;
    assert!(message(&refused).contains("another server's"), "{}", message(&refused));
    adopting(&lab, "template", json!({ "adopt": { "vmid": 9003 } })).await;
    assert!(message(&lab.wait_reason("template", "AdoptRefused").await).contains("a template"));
    adopting(&lab, "nothing", json!({ "adopt": { "vmid": 777 } })).await;
    assert!(message(&lab.wait_reason("nothing", "AdoptRefused").await).contains("no VM 777"));
    // Whoever was refused goes without a trace.
    for name in ["foreign", "thief", "template", "nothing"] {
        lab.delete(name).await;
    }
    let description = lab.root(Method::Get, &format!("/nodes/pve1/qemu/{VMID}/config"), &[])["description"].clone();
    assert_eq!(description, json!(foreign));
    let mine = |r: &slipway_crds::RetainedServer| r.spec.site_ref == lab.site;
    assert!(!lab.records().list(&kube::api::ListParams::default()).await.unwrap().items.iter().any(mine));
    lab.wait_ready("own").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_that_adopt_one_vm_at_once_the_first_gets_it_and_keeps_it() {
    let lab = Lab::start().await;
    by_hand(&lab, VMID, &[]).await;
    adopting(&lab, "first", json!({})).await;
    // Kubernetes tells the ages of two objects by the second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    adopting(&lab, "second", json!({})).await;
    let refused = lab.wait_reason("second", "AdoptRefused").await;
    assert!(message(&refused).contains("another adopts it already"), "{}", message(&refused));
    into_pool(&lab, VMID, &[]).await;
    let first = lab.wait_ready("first").await;
    let marked = |config: &Value| config["description"].as_str().unwrap().contains(&format!("/first/{}/", uid(&first)));
    assert!(marked(&lab.config_of(&first)));
    lab.delete("second").await;
    assert_eq!(condition(&lab.wait_ready("first").await, "Ready"), Some(("True", "AsWished")));
    assert!(marked(&lab.config_of(&first)), "it is left alone");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vm_in_another_pool_moves_only_when_it_may_and_a_suspension_spares_it() {
    let lab = Lab::start().await;
    by_hand(&lab, VMID, &[]).await;
    lab.root(Method::Post, "/pools", &[("poolid", "customers")]);
    lab.root(Method::Put, "/pools", &[("poolid", "customers"), ("vms", &VMID.to_string())]);
    adopting(&lab, "web", json!({ "suspended": { "reason": "unpaid" } })).await;
    // The inventory may be older than its way into that pool.
    let held = lab.wait("web", "told what to allow", |s| message(s).contains("spec.adopt.movePool")).await;
    assert_eq!(condition(&held, "Ready"), Some(("False", "NotInPool")));
    let may = json!({ "spec": { "adopt": { "movePool": true } } });
    lab.servers().patch("web", &PatchParams::default(), &Patch::Merge(&may)).await.unwrap();
    let held = lab.wait("web", "told how", |s| message(s).contains("--allow-move 1")).await;
    assert_eq!(condition(&held, "Stalled"), Some(("True", "NotInPool")));
    into_pool(&lab, VMID, &[("allow-move", "1")]).await;
    let server = lab.wait_ready("web").await;
    let status = server.status.unwrap();
    assert!(status.suspension.is_some_and(|s| s.spares));
    assert_eq!(status_of(&lab, VMID)["status"], "running", "it is not stopped");
    let (phase, why) = lab.act("web", "Restart").await;
    assert_eq!((phase.as_str(), why.as_str()), ("Refused", "the server is suspended: unpaid"));
    assert!(status.addresses.is_empty() && lab.vms().is_empty(), "it has no address of ours, and nothing was made");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adoption_whose_answers_are_lost_or_that_dies_on_the_way_comes_to_the_same_end() {
    for loss in [Some(Loss::Before), Some(Loss::After), None] {
        let mut lab = Lab::start().await;
        by_hand(&lab, VMID, &[]).await;
        into_pool(&lab, VMID, &[]).await;
        let up = uptime(&lab, VMID).unwrap();
        if let Some(loss) = loss {
            let on = Calls::path("/config").method(Method::Put);
            lab.pve.with_world(|w| w.inject(Fault::AnswerLost { on, loss, status: None }));
        }
        adopting(&lab, "web", json!({})).await;
        if loss.is_none() {
            lab.wait("web", "begun", |s| s.status.as_ref().is_some_and(|t| t.vmid.is_some())).await;
            lab.kill_operator().await;
            // The status is lost on top.
            let empty = json!({ "status": null });
            let _ = lab.servers().patch_status("web", &PatchParams::default(), &Patch::Merge(&empty)).await;
            lab.start_operator();
        }
        let server = lab.wait_ready("web").await;
        assert_eq!(server.status.as_ref().unwrap().vmid, Some(VMID), "{loss:?}");
        assert_eq!(condition(&server, "Provisioned").unwrap().0, "True");
        assert!(uptime(&lab, VMID).unwrap() >= up && lab.vms().is_empty(), "{loss:?}");
        lab.end().await;
    }
}

fn command(lab: &Lab) -> AdoptArgs {
    AdoptArgs {
        site: lab.site.clone(),
        vmid: None,
        all: true,
        installation: None,
        namespace: lab.namespace.clone(),
        image: None,
        move_pool: false,
        apply: false,
        output: None,
        operator_namespace: lab.namespace.clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_prints_the_manifest_of_one_vm_and_previews_all_with_what_it_skips() {
    let lab = Lab::start().await;
    by_hand(&lab, VMID, &[("net0", "virtio=BC:24:11:00:05:01,bridge=vmbr0,rate=25")]).await;
    lab.apply("own", json!({})).await;
    let own = lab.wait_ready("own").await.status.unwrap().vmid.unwrap();
    let one = AdoptArgs { vmid: Some(VMID), all: false, ..command(&lab) };
    let text = adopt(lab.client.clone(), &one).await.unwrap();
    for line in [
        "kind: VirtualServer",
        "  name: old-web",
        "    vmid: 501",
        "    cores: 2",
        "    memoryMiB: 2048",
        "    networkMbps: 200",
        "  driftPolicy: Report",
        "  deletionProtection: true",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
    let table = adopt(lab.client.clone(), &command(&lab)).await.unwrap();
    let row = |vmid: u32| table.lines().find(|l| l.starts_with(&vmid.to_string())).unwrap_or_else(|| panic!("{table}"));
    assert!(row(VMID).contains(&format!("{}/old-web", lab.namespace)), "{table}");
    assert!(row(own).contains(&format!("it is server {}/own", lab.namespace)), "{table}");
    assert!(row(9003).contains("a container or a template"), "{table}");
    assert!(
        table.contains(&format!("pvesh set /pools --poolid slipway-{} --vms {VMID}\n", lab.installation)),
        "{table}"
    );
    let refused = AdoptArgs { vmid: Some(own), all: false, ..command(&lab) };
    let why = adopt(lab.client.clone(), &refused).await.unwrap_err().to_string();
    assert!(why.contains("cannot be adopted: it is server"), "{why}");
    assert_eq!(lab.servers().list(&ListParams::default()).await.unwrap().items.len(), 1, "nothing was created");
    let apply = AdoptArgs { vmid: Some(VMID), all: false, apply: true, output: Some(Output::Table), ..command(&lab) };
    let text = adopt(lab.client.clone(), &apply).await.unwrap();
    assert!(text.contains("old-web created"), "{text}");
    lab.wait_reason("old-web", "NotInPool").await;
    into_pool(&lab, VMID, &[]).await;
    let server = lab.wait_ready("old-web").await;
    let drift: Vec<_> = server.status.unwrap().drift.into_iter().map(|d| d.field).collect();
    assert!(
        !drift.iter().any(|f| ["cores", "memory", "name", "network", "disk root"].contains(&f.as_str())),
        "{drift:?}"
    );
    lab.end().await;
}

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
    // Another control plane may be in charge of this pool, for all that this one knows.
    crate::site::wait_reason(&lab, "StateOlderThanSite").await;
    crate::site::acknowledge(&lab, "StateOlderThanSite").await;
    crate::site::wait_reason(&lab, "Connected").await;
    lab.apply("new", json!({})).await;
    let held = lab.wait_reason("new", "SiteFrozen").await;
    let planned = crate::endpoint::planned(&lab, &held).await;
    assert!(planned["waiting"]["message"].as_str().unwrap().contains("which has no claim"), "{planned}");
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
    crate::site::wait_reason(&lab, "StateOlderThanSite").await;
    crate::site::acknowledge(&lab, "StateOlderThanSite").await;
    crate::site::wait_reason(&lab, "Connected").await;
    lab.apply("new", json!({})).await;
    let held = lab.wait_reason("new", "SiteFrozen").await;
    let planned = crate::endpoint::planned(&lab, &held).await;
    assert!(
        planned["waiting"]["message"].as_str().unwrap().contains("uses 2001:db8:0:1::77, which has no claim"),
        "{planned}"
    );
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_endpoint_shows_what_a_site_has_to_adopt_and_why_not_the_rest() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    by_hand(&lab, VMID, &[]).await;
    let token = crate::endpoint::vouched(&lab).await;
    let http = reqwest::Client::new();
    let ask = async |query: &str| -> Value {
        let url = format!("http://{}/v1/sites/{}/adoptable?{query}", lab.endpoint, lab.site);
        let answer = http.get(url).bearer_auth(&token).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    };
    let mut found = Value::Null;
    for _ in 0..200 {
        found = ask(&format!("vmid={VMID}")).await["machines"][0].clone();
        if found["running"] == true {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((&found["skipped"], &found["name"]), (&json!(null), &json!("old-web")), "{found}");
    let spec = &found["spec"];
    assert_eq!((&spec["adopt"]["vmid"], &spec["hostname"]), (&json!(VMID), &json!("old-web")));
    assert_eq!((&spec["resources"]["cores"], &spec["driftPolicy"]), (&json!(2), &json!("Report")));
    let command = format!("pvesh set /pools --poolid slipway-{} --vms {VMID}", lab.installation);
    assert_eq!(found["command"], json!(command));

    let mut seen = Vec::new();
    let mut after = 0;
    loop {
        let page = ask(&format!("after={after}&limit=1")).await;
        seen.extend(page["machines"].as_array().unwrap().iter().cloned());
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => break,
        }
    }
    let all = ask("limit=200").await;
    assert_eq!(json!(seen), all["machines"], "pages are the whole list");
    assert_eq!(all["total"], json!(seen.len()));
    let of = |vmid: u32| seen.iter().find(|machine| machine["vmid"] == vmid);
    assert_eq!(of(9003).unwrap()["skipped"], "it is a container or a template");
    let own = server.status.unwrap().vmid.unwrap();
    assert!(of(own).is_none(), "a living server's VM is no candidate");

    let elsewhere = http.get(format!("http://{}/v1/sites/nowhere/adoptable", lab.endpoint)).bearer_auth(&token);
    assert_eq!(elsewhere.send().await.unwrap().status(), reqwest::StatusCode::NOT_FOUND);
    let unvouched = http.get(format!("http://{}/v1/sites/{}/adoptable", lab.endpoint, lab.site));
    assert_eq!(unvouched.send().await.unwrap().status(), reqwest::StatusCode::UNAUTHORIZED);
    lab.end().await;
}
