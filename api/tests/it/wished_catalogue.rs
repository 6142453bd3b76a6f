//! What a migration needs of the catalogue is made in Kubernetes, and what is there stays as it is.

use kube::api::{Api, DeleteParams};
use serde_json::{Value, json};
use slipway_api::dispatcher::catalogue;
use slipway_crds::ServerPlan;

use crate::support::World;
use crate::support::cluster::{admin, ensure, kubernetes, kubernetes_away};

fn plan(name: &str, cores: u32) -> Value {
    json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "ServerPlan", "metadata": {"name": name},
           "spec": {"cores": cores, "memoryMiB": 2048, "diskGiB": 20, "maxDiskGiB": 40}})
}

async fn wish(world: &World, name: &str, manifest: &Value) {
    let run = world.migration_run().await;
    sqlx::query(
        "insert into catalogue_wishes (kind, name, manifest, run_id, not_before) values ('ServerPlan', $1, $2, $3, $4)",
    )
    .bind(name)
    .bind(manifest)
    .bind(run)
    .bind(world.app.env.now())
    .execute(&world.app.pool)
    .await
    .unwrap();
}

/// Whether it is done, and what is in the way.
async fn state(world: &World, name: &str) -> (bool, Option<String>) {
    sqlx::query_as("select applied_at is not null, message from catalogue_wishes where name = $1")
        .bind(name)
        .fetch_one(&world.app.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_plan_that_is_missing_is_made_and_one_that_is_there_is_left_alone() {
    let world = World::new().await;
    let (missing, there) = (format!("wished-{}", world.tag()), format!("there-{}", world.tag()));
    let plans: Api<ServerPlan> = Api::all(admin().await);
    ensure(plans.clone(), plan(&there, 1)).await;
    let before = plans.get(&there).await.unwrap();
    wish(&world, &missing, &plan(&missing, 4)).await;
    wish(&world, &there, &plan(&there, 8)).await;
    let kubernetes = kubernetes().await;
    while catalogue::make_one(&world.app, &kubernetes).await.unwrap() {}
    assert_eq!(plans.get(&missing).await.unwrap().spec.cores, 4);
    assert_eq!(plans.get(&there).await.unwrap(), before);
    for name in [&missing, &there] {
        assert_eq!(state(&world, name).await, (true, None), "{name}");
        plans.delete(name, &DeleteParams::default()).await.unwrap();
    }
    assert!(!catalogue::make_one(&world.app, &kubernetes).await.unwrap(), "a deleted plan is not made again");
}

#[tokio::test]
async fn what_cannot_be_made_yet_says_why_and_is_tried_again() {
    let world = World::new().await;
    let (waits, refused) = (format!("waits-{}", world.tag()), format!("refused-{}", world.tag()));
    wish(&world, &waits, &plan(&waits, 2)).await;
    assert!(catalogue::make_one(&world.app, &kubernetes_away()).await.unwrap());
    let (done, why) = state(&world, &waits).await;
    assert!(!done && why.is_some());
    let kubernetes = kubernetes().await;
    assert!(!catalogue::make_one(&world.app, &kubernetes).await.unwrap(), "not before its time");
    world.clock.advance(chrono::TimeDelta::seconds(6));
    assert!(catalogue::make_one(&world.app, &kubernetes).await.unwrap());
    assert_eq!(state(&world, &waits).await, (true, None));
    let mut wrong = plan(&refused, 2);
    wrong["spec"]["cores"] = json!("many");
    wish(&world, &refused, &wrong).await;
    assert!(catalogue::make_one(&world.app, &kubernetes).await.unwrap());
    let (done, why) = state(&world, &refused).await;
    assert!(!done && why.unwrap().contains("cores"));
    let plans: Api<ServerPlan> = Api::all(admin().await);
    assert!(plans.get_opt(&refused).await.unwrap().is_none());
    plans.delete(&waits, &DeleteParams::default()).await.unwrap();
}
