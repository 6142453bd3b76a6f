//! What staff reads of a server that its tenant does not: the operator's dry run.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::cluster::Object;
use crate::support::cluster::kubernetes;
use crate::support::seed::server_id;

fn planned() -> Value {
    json!({
        "steps": [{"step": "change cores of VM 101", "impact": "Reboot"}],
        "waiting": {"reason": "NoCapacity", "message": "no node can take this server (pve1: 512 MiB are left)"},
        "drift": [{"field": "cores", "wanted": "1", "found": "2", "by": "root@pam", "at": "2026-01-01T00:00:00Z"},
                  {"field": "memoryMiB", "wanted": "1", "found": "2", "by": null, "at": null}],
        "restartRequired": false,
    })
}

async fn delivered(world: World) -> (World, String) {
    let customer = world.customer("ada").await;
    world.catalogue().await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes().await).await;
    Object::of(&accepted).await;
    (world, format!("/v1/servers/{}/plan", server_id(&accepted)))
}

#[tokio::test]
pub async fn staff_reads_the_whole_of_what_a_server_waits_for() {
    let (world, path) = delivered(World::new().await.with_plan(planned(), 2).await).await;
    let staff = world.staff().await;
    let shown = staff.client.get(&path).await.expect(200);
    assert_eq!(shown["waiting"]["message"], planned()["waiting"]["message"], "though two replicas were standing by");
    assert_eq!(shown["drift"], planned()["drift"]);
    assert_eq!(shown["steps"], planned()["steps"]);
}

#[tokio::test]
async fn while_every_replica_stands_by_the_answer_is_a_503_that_says_when_to_come_again() {
    let (world, path) = delivered(World::new().await.with_plan(planned(), usize::MAX).await).await;
    let staff = world.staff().await;
    let answer = staff.client.get(&path).await;
    assert_eq!(answer.headers["retry-after"], "5");
    let said = answer.expect_problem(503, "unavailable");
    assert_eq!(said["detail"], "The operator has not reached the site yet. Try again shortly.");
}

#[tokio::test]
pub async fn only_a_server_that_kubernetes_has_is_planned() {
    let world = World::new().await.with_plan(planned(), 0).await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}/plan", server_id(&accepted));
    staff.client.get(&path).await.expect_problem(409, "conflict");
    let absent = format!("/v1/servers/{}/plan", uuid::Uuid::now_v7());
    staff.client.get(&absent).await.expect_problem(404, "not-found");
}
