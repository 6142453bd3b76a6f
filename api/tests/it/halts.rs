//! When the mirror does not believe what it sees: dispatch halts until a person has looked.

use kube::api::{Patch, PatchParams};
use serde_json::json;
use slipway_api::mirror::resync;

use crate::mirror::{customer, ended, server, start, world};
use crate::support::World;
use crate::support::cluster::{Object, eventually, kubernetes};
use crate::support::seed::{Customer, server_id};

/// Servers that Postgres knows and Kubernetes does not.
async fn vanished(world: &World, customer: &Customer, count: i32) {
    sqlx::query(
        "insert into servers (id, account_id, origin, namespace, object_name, uid, revision, created_at, updated_at, name, site,
                              plan, image, run_policy, deletion_protection, deletion_policy, deletion_grace_hours, resource_version)
         select gen_random_uuid(), $1, 'api', 'acct-vanished', 'gone-' || n, 'uid-' || n, 1, now(), now(), 'gone-' || n, 'api-home',
                'api-small', 'api-debian-13', 'Managed', false, 'Delete', 72, 1 from generate_series(1, $2) n",
    )
    .bind(customer.account.0)
    .bind(count)
    .execute(&world.app.pool)
    .await
    .unwrap();
}

async fn halted(world: &World) -> Option<String> {
    sqlx::query_scalar("select halted_reason from mirror_state").fetch_one(&world.app.pool).await.unwrap()
}

#[tokio::test]
async fn many_servers_gone_at_once_are_not_believed_until_a_person_says_so() {
    let world = World::new().await;
    let customer = customer(&world).await;
    vanished(&world, &customer, 300).await;
    let _mirror = start(&world).await;
    let reason = eventually("the alarm is raised", async || halted(&world).await).await;
    assert_eq!(reason, "MassDeletion");
    assert_eq!(customer.client().get("/v1/servers").await.expect(200)["total"], 300, "none is marked deleted");
    let mut connection = world.app.pool.acquire().await.unwrap();
    resync::resync(&mut connection, true, world.app.env.now()).await.unwrap();
    eventually("they are gone", async || {
        (customer.client().get("/v1/servers").await.expect(200)["total"] == 0).then_some(())
    })
    .await;
    assert_eq!(halted(&world).await, None);
}

#[tokio::test]
async fn a_few_servers_gone_while_nobody_looked_are_noticed() {
    let world = World::new().await;
    let customer = customer(&world).await;
    vanished(&world, &customer, 3).await;
    let _mirror = start(&world).await;
    eventually("they are gone", async || {
        (customer.client().get("/v1/servers").await.expect(200)["total"] == 0).then_some(())
    })
    .await;
    assert_eq!(halted(&world).await, None);
}

#[tokio::test]
async fn a_kubernetes_older_than_the_mirror_halts_dispatch_until_a_resync() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = customer(&world).await;
    let accepted = world.order(&customer, "web-1").await;
    sqlx::query("update mirror_state set resource_version = 9000000000").execute(&world.app.pool).await.unwrap();
    let _mirror = start(&world).await;
    let reason = eventually("dispatch is halted", async || halted(&world).await).await;
    assert_eq!(reason, "StateOlderThanMirror");
    world.dispatch(&kubernetes().await).await;
    assert!(Object::of(&accepted).await.get().await.is_none());
    let mut connection = world.app.pool.acquire().await.unwrap();
    resync::resync(&mut connection, false, world.app.env.now()).await.unwrap();
    let failed = ended(&customer, &accepted, "failed").await;
    assert_eq!(failed["reason"], "ResyncRequired", "a create from before a restore needs a person");
    assert_eq!(halted(&world).await, None);
}

#[tokio::test]
async fn a_revision_above_our_counter_halts_dispatch_and_is_never_used_again() {
    let (world, customer, _mirror) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes().await).await;
    server(&customer, &accepted, "it is mirrored", |server| server["phase"] == "Pending").await;
    let at = Object::of(&accepted).await;
    let ahead = json!({"metadata": {"annotations": {"slipway.dev/revision": "7"}}});
    at.api().patch(&at.name, &PatchParams::default(), &Patch::Merge(ahead)).await.unwrap();
    let reason = eventually("dispatch is halted", async || halted(&world).await).await;
    assert_eq!(reason, "RevisionAheadOfDatabase");
    let changed = customer
        .client()
        .patch(&format!("/v1/servers/{}", server_id(&accepted)), json!({"plan": "api-large"}))
        .await
        .expect(202);
    assert_eq!(changed["server"]["revision"], 8);
}
