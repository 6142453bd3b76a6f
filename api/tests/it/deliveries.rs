//! The mirror, event by event: bad ones, late ones, early ones, and who listens.

use serde_json::json;
use slipway_api::dispatcher;
use slipway_api::mirror;
use slipway_api::server::ownership::Managers;

use crate::mirror::{customer, ended, server, start, world};
use crate::support::World;
use crate::support::cluster::{Object, eventually, kubernetes};
use crate::support::seed::server_id;

#[tokio::test]
async fn one_bad_object_is_flagged_and_the_others_go_on() {
    let (world, customer, _mirror) = world().await;
    let (first, second) = (world.order(&customer, "web-1").await, world.order(&customer, "web-2").await);
    world.dispatch(&kubernetes().await).await;
    let (bad, good) = (Object::of(&first).await, Object::of(&second).await);
    bad.edit(json!({"hostname": "web-2"})).await;
    eventually("it is flagged", async || {
        (world.count("select count(*) from mirror_flags where kind = 'VirtualServer'").await == 1).then_some(())
    })
    .await;
    good.report_running().await;
    ended(&customer, &second, "succeeded").await;
    bad.edit(json!({"hostname": "web-3"})).await;
    server(&customer, &first, "it is mirrored again", |server| server["name"] == "web-3").await;
    eventually("the flag is gone", async || {
        (world.count("select count(*) from mirror_flags where kind = 'VirtualServer'").await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_older_event_does_not_undo_a_newer_one() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = customer(&world).await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes().await).await;
    let at = Object::of(&accepted).await;
    let old = at.get().await.unwrap();
    at.report_running().await;
    let new = at.get().await.unwrap();
    let managers = Managers::new(Vec::new());
    let mut connection = world.app.pool.acquire().await.unwrap();
    for object in [&new, &old] {
        mirror::server::upsert(&mut connection, &world.app.env, &managers, object).await.unwrap();
    }
    let shown = customer.client().get(&format!("/v1/servers/{}", server_id(&accepted))).await.expect(200);
    assert_eq!(shown["phase"], "Running");
}

#[tokio::test]
async fn an_event_that_is_quicker_than_the_dispatchers_commit_finds_the_same_server() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = customer(&world).await;
    let accepted = world.order(&customer, "web-1").await;
    let kubernetes = kubernetes().await;
    let mut dispatching = world.app.pool.begin().await.unwrap();
    let id = server_id(&accepted).parse().unwrap();
    dispatcher::server::dispatch(&world.app, &kubernetes, &mut dispatching, id).await.unwrap();
    let object = Object::of(&accepted).await.get().await.unwrap();
    let app = world.app.clone();
    let mirroring = tokio::spawn(async move {
        let mut transaction = app.pool.begin().await.unwrap();
        let managers = Managers::new(Vec::new());
        mirror::server::upsert(&mut transaction, &app.env, &managers, &object).await.unwrap();
        transaction.commit().await.unwrap();
    });
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    eventually("the mirror waits for the dispatcher", async || (world.count(waits).await == 1).then_some(())).await;
    dispatching.commit().await.unwrap();
    mirroring.await.unwrap();
    assert_eq!(world.count("select count(*) from servers where absent_at is null and generation = 1").await, 1);
    assert_eq!(world.count("select count(*) from server_revisions").await, 1, "our own echo is no change");
}

#[tokio::test]
async fn one_replica_mirrors_and_another_takes_over() {
    let world = World::new().await;
    let other = World::on(world.app.pool.clone());
    let first = start(&world).await;
    eventually("the first mirrors", async || (world.app.metrics.mirroring.get() == 1).then_some(())).await;
    let _second = start(&other).await;
    world.dispatch(&kubernetes().await).await;
    assert_eq!(other.app.metrics.mirroring.get(), 0);
    drop(first);
    eventually("the second takes over", async || (other.app.metrics.mirroring.get() == 1).then_some(())).await;
}
