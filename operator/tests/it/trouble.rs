//! Wrong references and broken sites: each gets one clear condition, and heals when its cause is gone.

use std::time::Duration;

use pve_testbed::{Calls, Fault, Loss, request::Method};
use serde_json::json;
use slipway_crds::ServerPlan;

use crate::lab::{Lab, condition, events, message, uid};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_plan_is_named_and_creating_it_heals() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "planRef": lab.name("huge") })).await;
    let server = lab.wait_reason("web", "PlanNotFound").await;
    assert!(message(&server).contains(&lab.name("huge")));
    assert_eq!(condition(&server, "Reconciling").unwrap().0, "True");
    events(&lab.client, &lab.namespace, "web", &["PlanNotFound: "]).await;
    lab.make::<ServerPlan>(
        &lab.name("huge"),
        &json!({ "cores": 4, "memoryMiB": 8192, "diskGiB": 20, "maxDiskGiB": 40 }),
    )
    .await;
    lab.wait_ready("web").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_images_networks_and_sites_are_named() {
    let lab = Lab::start().await;
    lab.apply("a", json!({ "imageRef": "nosuch-image" })).await;
    assert!(message(&lab.wait_reason("a", "ImageNotFound").await).contains("nosuch-image"));
    lab.apply("b", json!({ "networks": [{ "name": "public", "networkRef": "nosuch-network" }] })).await;
    assert!(message(&lab.wait_reason("b", "NetworkNotFound").await).contains("nosuch-network"));
    assert!(lab.vms().is_empty());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_without_a_free_address_waits_for_a_range() {
    let lab = Lab::start().await;
    lab.hand_out("192.0.2.10", "192.0.2.10").await;
    lab.apply("first", json!({})).await;
    lab.wait_ready("first").await;
    lab.apply("second", json!({})).await;
    let server = lab.wait_reason("second", "PoolEmpty").await;
    assert!(message(&server).contains("no address is free"), "{}", message(&server));
    lab.hand_out("192.0.2.10", "192.0.2.11").await;
    lab.wait_ready("second").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_template_on_any_node_is_said_and_nothing_is_cloned() {
    let lab = Lab::start().await;
    for (node, vmid) in [("pve1", 9003), ("pve2", 9013)] {
        lab.root(Method::Put, &format!("/nodes/{node}/qemu/{vmid}/config"), &[("name", "debian-14")]);
    }
    lab.apply("web", json!({})).await;
    let server = lab.wait_reason("web", "NoTemplate").await;
    assert!(!message(&server).contains("debian-14"), "what the templates are called is for staff");
    let planned = crate::endpoint::planned(&lab, &server).await;
    assert!(planned["waiting"]["message"].as_str().unwrap().contains("debian-14"), "{planned}");
    assert!(lab.vms().is_empty());
    for (node, vmid) in [("pve1", 9003), ("pve2", 9013)] {
        lab.root(Method::Put, &format!("/nodes/{node}/qemu/{vmid}/config"), &[("name", "debian-13")]);
    }
    lab.wait_ready("web").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_storage_waits_and_heals() {
    let lab = Lab::start().await;
    lab.pve.with_world(|w| w.inject(Fault::StorageFull { storage: "local-lvm".into(), node: None }));
    lab.apply("web", json!({})).await;
    let server = lab.wait_reason("web", "StorageFull").await;
    assert!(message(&server).contains("no room for its disks") && !message(&server).contains("local-lvm"));
    lab.pve.with_world(pve_testbed::World::heal);
    lab.wait_ready("web").await;
    assert_eq!(lab.vms().len(), 1);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_site_waits_and_heals() {
    let lab = Lab::start().await;
    lab.apply("first", json!({})).await;
    lab.wait_ready("first").await;
    lab.pve.with_world(|w| w.inject(Fault::Unreachable));
    lab.apply("web", json!({})).await;
    let server = lab.wait_reason("web", "SiteUnreachable").await;
    assert_eq!(message(&server), "the site does not answer now; it goes on by itself", "no address of the site");
    lab.pve.with_world(pve_testbed::World::heal);
    lab.wait_ready("web").await;
    assert_eq!(lab.vms().len(), 2);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_without_permission_is_said_with_the_privilege() {
    let lab = Lab::start().await;
    lab.apply("first", json!({})).await;
    lab.wait_ready("first").await;
    lab.pve.with_world(|w| w.inject(Fault::AclLost { authid: "slipway@pve".into() }));
    lab.apply("web", json!({})).await;
    lab.wait_reason("web", "PermissionMissing").await;
    lab.pve.with_world(|w| w.least_privilege_token(&lab.installation));
    lab.wait_ready("web").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_vm_on_the_number_is_left_alone_and_the_next_number_taken() {
    let lab = Lab::start().await;
    lab.pve.with_world(|w| w.inject(Fault::ForeignVm { node: "pve1".into(), vmid: 100_000 }));
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    assert_eq!(server.status.unwrap().vmid, Some(100_001));
    assert_eq!(lab.vms(), [100_000, 100_001]);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_answers_make_no_second_vm() {
    for (path, loss) in [
        ("/clone", Loss::After),
        ("/clone", Loss::Before),
        ("/config", Loss::After),
        ("/status/start", Loss::After),
        ("/resize", Loss::After),
    ] {
        let lab = Lab::start().await;
        let method = match path {
            "/config" | "/resize" => Method::Put,
            _ => Method::Post,
        };
        lab.pve
            .with_world(|w| w.inject(Fault::AnswerLost { on: Calls::path(path).method(method), loss, status: None }));
        lab.apply("web", json!({})).await;
        lab.wait_ready("web").await;
        assert_eq!(lab.vms().len(), 1, "{path} {loss:?}");
        lab.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_operator_goes_on_where_it_was() {
    let mut lab = Lab::start().await;
    let made = lab.apply("web", json!({})).await;
    lab.wait("web", "being cloned", |s| s.status.as_ref().is_some_and(|t| t.vmid.is_some())).await;
    lab.kill_operator().await;
    lab.start_operator();
    let server = lab.wait_ready("web").await;
    assert_eq!(uid(&server), uid(&made));
    assert_eq!(lab.vms().len(), 1);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provisioned_vm_that_is_gone_is_reported_lost_and_not_made_anew() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let status = server.status.clone().unwrap();
    let (node, vmid) = (status.node.unwrap(), status.vmid.unwrap());
    let qemu = format!("/nodes/{node}/qemu/{vmid}");
    lab.root(Method::Put, &format!("{qemu}/config"), &[("protection", "0")]);
    lab.root(Method::Post, &format!("{qemu}/status/stop"), &[]);
    for _ in 0..100 {
        lab.root(Method::Put, &format!("{qemu}/config"), &[("protection", "0")]);
        lab.root(Method::Delete, &qemu, &[]);
        if lab.vms().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let server = lab.wait_reason("web", "VMLost").await;
    assert!(message(&server).contains("proven absent"), "{}", message(&server));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(lab.vms().is_empty());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_that_was_changed_by_hand_stops_everything() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let status = server.status.clone().unwrap();
    let path = format!("/nodes/{}/qemu/{}/config", status.node.unwrap(), status.vmid.unwrap());
    lab.root(Method::Put, &path, &[("description", "mine now"), ("name", "mine-now")]);
    let server = lab.wait_reason("web", "ForeignVM").await;
    let line = message(&server);
    let line = line.split("description: ").nth(1).unwrap();
    assert!(line.starts_with("slipway:v1 "), "{line}");
    assert_eq!(lab.config_of(&server)["name"], "mine-now", "nothing was done to it");
    // The exact line that is shown brings it back.
    lab.root(Method::Put, &path, &[("description", line)]);
    lab.apply("web", json!({ "hostname": "web-2" })).await;
    lab.wait_ready("web").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_control_plane_creates_nothing() {
    let lab = Lab::start().await;
    lab.apply("first", json!({})).await;
    lab.wait_ready("first").await;
    let mut lab = lab;
    lab.kill_operator().await;
    let pool = format!("slipway-{}", lab.installation);
    lab.root(Method::Put, "/pools", &[("poolid", &pool), ("comment", "epoch=99.deadbeef vmid-floor=100500")]);
    lab.start_operator();
    lab.apply("web", json!({})).await;
    let server = lab.wait_reason("web", "SiteFrozen").await;
    assert!(message(&server).contains("the provider has to look at the site"), "{}", message(&server));
    assert_eq!(lab.vms().len(), 1);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_operator_writes_nothing_about_servers_that_are_as_wished() {
    let mut lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    lab.kill_operator().await;
    let before = lab.servers().get("web").await.unwrap();
    lab.start_operator();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let after = lab.servers().get("web").await.unwrap();
    assert_eq!(after.metadata.resource_version, before.metadata.resource_version);
    lab.end().await;
}
