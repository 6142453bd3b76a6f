//! Adoption: a VM that somebody made by hand becomes a server while it runs, and nobody else's VM does.

use std::time::Duration;

use kube::{
    Api,
    api::{Patch, PatchParams},
};
use pve_testbed::{Calls, Fault, Loss, request::Method};
use serde_json::{Value, json};
use slipway_crds::{AddressClaim, VirtualServer};

use crate::lab::{Lab, condition, message, uid};

/// The VM that a person made, running, in the installation's pool or not.
const VMID: u32 = 501;

async fn by_hand(lab: &Lab, vmid: u32, options: &[(&str, &str)]) {
    let id = vmid.to_string();
    lab.root(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", &id), ("full", "1"), ("name", "old-web")]);
    let path = format!("/nodes/pve1/qemu/{vmid}");
    unlocked(lab, &path).await;
    let plain = [("cores", "2"), ("memory", "2048"), ("description", "customer: Ann"), ("tags", "legacy")];
    lab.root(Method::Put, &format!("{path}/config"), &[&plain[..], options].concat());
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

fn status_of(lab: &Lab, vmid: u32) -> Value {
    lab.root(Method::Get, &format!("/nodes/pve1/qemu/{vmid}/status/current"), &[])
}

fn uptime(lab: &Lab, vmid: u32) -> Option<u64> {
    status_of(lab, vmid)["uptime"].as_u64()
}

/// The pool is made by the operator's first contact.
async fn into_pool(lab: &Lab, vmid: u32, more: &[(&str, &str)]) {
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

async fn adopting(lab: &Lab, name: &str, more: Value) -> VirtualServer {
    let mut spec = json!({ "adopt": { "vmid": VMID }, "driftPolicy": "Report", "imageRef": "adopted" });
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
    let claims: Api<AddressClaim> = Api::all(lab.client.clone());
    let claim = claims.get(&format!("{}-192-0-2-17-32", lab.name("scope"))).await.unwrap();
    assert_eq!((claim.spec.owner.uid, claim.spec.owner.vmid), (uid(&server), VMID));
    // A later wish is one: of all that differs, only what it names is changed.
    adopting(&lab, "web", json!({ "hostname": "shop" })).await;
    let renamed = lab.wait_ready("web").await;
    let config = lab.config_of(&renamed);
    assert_eq!((&config["name"], &config["memory"]), (&json!("shop"), &json!("2048")));
    assert_eq!(status_of(&lab, VMID)["pid"], pid, "the same process runs");
    assert!(uptime(&lab, VMID).unwrap() >= up);
    assert_eq!(lab.act("web", "Restart").await.0, "Succeeded");
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
async fn a_vm_in_another_pool_moves_only_when_it_may_and_a_suspension_spares_it() {
    let lab = Lab::start().await;
    by_hand(&lab, VMID, &[]).await;
    lab.root(Method::Post, "/pools", &[("poolid", "customers")]);
    lab.root(Method::Put, "/pools", &[("poolid", "customers"), ("vms", &VMID.to_string())]);
    adopting(&lab, "web", json!({ "suspended": { "reason": "unpaid" } })).await;
    let held = lab.wait_reason("web", "NotInPool").await;
    assert!(message(&held).contains("spec.adopt.movePool"), "{}", message(&held));
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
