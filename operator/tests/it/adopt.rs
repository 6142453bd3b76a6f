//! Adoption: a VM that somebody made by hand becomes a server while it runs, and nobody else's VM does.

use std::time::Duration;

use kube::api::{ListParams, Patch, PatchParams};
use pve_testbed::{Calls, Fault, Loss, request::Method};
use serde_json::{Value, json};
use slipway_crds::VirtualServer;
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
async fn an_adoption_does_not_ask_for_all_machines_of_the_pool() {
    let lab = Lab::start().await;
    by_hand(&lab, VMID, &[("ipconfig0", "ip=192.0.2.17/24,gw=192.0.2.1")]).await;
    into_pool(&lab, VMID, &[]).await;
    // Until the inventory shows it there.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let asked = async || {
        let by_method = lab.metrics("slipway_operator_proxmox_calls_total", "method").await;
        by_method.get("pool").copied().unwrap_or_default()
    };
    let before = asked().await;
    adopting(&lab, "web", json!({})).await;
    lab.wait_ready("web").await;
    // The site itself looks once a minute.
    assert!(asked().await <= before + 1, "{} times", asked().await - before);
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

pub fn command(lab: &Lab) -> AdoptArgs {
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
