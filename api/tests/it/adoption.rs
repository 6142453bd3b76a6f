//! Adopting machines that are there already: staff sees which, and makes one an account's server.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::cluster::{Object, kubernetes};
use crate::support::operator::machine;
use crate::support::seed::server_id;

const LIST: &str = "/v1/sites/api-home/adoptable";
const ADOPT: &str = "/v1/sites/api-home/adopt";

async fn world() -> World {
    let world = World::new().await;
    world.catalogue().await;
    let skipped = json!({"spec": null, "skipped": "it is a template", "command": null});
    let in_pool =
        json!({"pool": "customers", "spec": machine(503, "shop", &json!({}))["spec"].clone(), "command": "pvesh"});
    let mut shop = machine(503, "shop", &in_pool);
    shop["spec"]["adopt"]["movePool"] = json!(true);
    world
        .with_machines(vec![
            machine(501, "old-web", &json!({})),
            machine(502, "base", &skipped),
            shop,
            machine(504, "Old Mail", &json!({})),
        ])
        .await
}

#[tokio::test]
pub async fn staff_sees_what_a_site_has_to_adopt_and_why_not_the_rest() {
    let world = world().await;
    let staff = world.staff().await;
    let first = staff.client.get(&format!("{LIST}?limit=2")).await.expect(200);
    assert_eq!(first["total"], 4);
    assert_eq!(
        first["items"][0],
        json!({"vmid": 501, "node": "pve1", "name": "old-web", "running": true, "pool": null, "skipped": null,
               "command": "pvesh set /pools --poolid slipway-x --vms 501",
               "becomes": {"name": "old-web", "cores": 2, "memoryMiB": 2048, "diskGiB": 20, "moreDisks": 1,
                           "networks": [], "leavesPool": false}})
    );
    assert_eq!(
        (&first["items"][1]["becomes"], &first["items"][1]["skipped"]),
        (&json!(null), &json!("it is a template"))
    );
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = staff.client.get(&format!("{LIST}?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(
        (&second["items"][0]["vmid"], &second["items"][0]["becomes"]["leavesPool"]),
        (&json!(503), &json!(true))
    );
    assert_eq!(second["nextCursor"], json!(null));
}

#[tokio::test]
pub async fn without_an_operator_nothing_is_said_of_machines() {
    let world = World::new().await;
    world.catalogue().await;
    let staff = world.staff().await;
    let said = staff.client.get(LIST).await.expect_problem(503, "unavailable");
    assert!(said["detail"].as_str().unwrap().contains("SLIPWAY_OPERATOR_URL"), "{said}");
    staff.client.get("/v1/sites/nowhere/adoptable").await.expect_problem(404, "not-found");
}

#[tokio::test]
pub async fn a_machine_becomes_a_server_of_an_account_as_it_is() {
    let world = world().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let body = json!({"vmid": 501, "accountId": customer.account, "image": "api-debian-13"});
    let accepted = staff.client.post(ADOPT, body).await.expect(202);
    assert_eq!(accepted["operation"]["kind"], "create");
    let server = &accepted["server"];
    assert_eq!((&server["name"], &server["plan"], &server["cores"]), (&json!("old-web"), &json!(""), &json!(2)));
    assert_eq!((&server["driftPolicy"], &server["deletionProtection"]), (&json!("Report"), &json!(true)));
    world.dispatch(&kubernetes().await).await;
    let at = Object::of(&accepted).await;
    let spec = serde_json::to_value(&at.get().await.unwrap().spec).unwrap();
    assert_eq!(spec["adopt"], json!({"vmid": 501, "disks": {"scsi1": "scsi1"}}));
    assert_eq!((&spec["imageRef"], &spec["hostname"]), (&json!("api-debian-13"), &json!("old-web")));
    assert_eq!(spec["disks"], json!([{"name": "scsi1", "sizeGiB": 5}]));
    // A later change leaves the adoption, which cannot be changed, as it is.
    let path = format!("/v1/servers/{}", server_id(&accepted));
    customer.client().patch(&path, json!({"runPolicy": "Running"})).await.expect(202);
    world.dispatch(&kubernetes().await).await;
    let spec = serde_json::to_value(&at.get().await.unwrap().spec).unwrap();
    assert_eq!((&spec["adopt"]["vmid"], &spec["runPolicy"]), (&json!(501), &json!("Running")));
    // Whoever takes a migration back asks for the machine as it was, in a revision.
    customer.client().patch(&path, json!({"runPolicy": "Managed"})).await.expect(202);
    sqlx::query(r#"update server_specs set adopt = adopt || '{"giveBack": true}' where run_policy = 'Managed'"#)
        .execute(&world.app.pool)
        .await
        .unwrap();
    world.dispatch(&kubernetes().await).await;
    let spec = serde_json::to_value(&at.get().await.unwrap().spec).unwrap();
    assert_eq!(spec["adopt"], json!({"vmid": 501, "disks": {"scsi1": "scsi1"}, "giveBack": true}));
    // Of another one nobody knows what is installed, and nothing is made up.
    let body = json!({"vmid": 504, "accountId": customer.account, "name": "mail"});
    let accepted = staff.client.post(ADOPT, body).await.expect(202);
    assert_eq!(accepted["server"]["image"], "");
    world.dispatch(&kubernetes().await).await;
    assert_eq!(Object::of(&accepted).await.get().await.unwrap().spec.image_ref, None);
}

#[tokio::test]
pub async fn what_cannot_be_adopted_is_refused_with_the_reason() {
    let world = world().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let adopt = async |vmid: u32, more: Value| {
        let mut body = json!({"vmid": vmid, "accountId": customer.account});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        staff.client.post(ADOPT, body).await
    };
    for (vmid, status, name, field, words) in [
        (502, 409, "conflict", "vmid", "it is a template"),
        (999, 409, "conflict", "vmid", "no such machine"),
        (503, 409, "conflict", "movePool", "in the pool customers"),
        (504, 400, "invalid-request", "name", "not a host name"),
    ] {
        let answer = adopt(vmid, json!({})).await;
        let said = answer.expect_problem(status, name);
        assert_eq!(answer.field(), field, "{said}");
        assert!(said["detail"].as_str().unwrap().contains(words), "{said}");
    }
    let unknown = adopt(501, json!({"image": "none"})).await;
    unknown.expect_problem(422, "unprocessable");
    assert_eq!(unknown.field(), "image");
    let nobody = json!({"vmid": 501, "accountId": uuid::Uuid::now_v7()});
    staff.client.post(ADOPT, nobody).await.expect_problem(404, "not-found");
    assert_eq!(world.count("select count(*) from servers").await, 0);
    adopt(503, json!({"movePool": true})).await.expect(202);
    adopt(504, json!({"name": "mail"})).await.expect(202);
    adopt(501, json!({"name": "mail"})).await.expect_problem(409, "name-taken");
    adopt(501, json!({})).await.expect(202);
    let twice = adopt(501, json!({"name": "again"})).await.expect_problem(409, "conflict");
    assert!(twice["detail"].as_str().unwrap().contains("adopts it already"), "{twice}");
}

#[tokio::test]
pub async fn of_two_accounts_that_are_given_one_machine_at_once_one_gets_it() {
    let world = world().await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let staff = world.staff().await;
    let adopt = async |account: &Value| staff.client.post(ADOPT, json!({"vmid": 501, "accountId": account})).await;
    let (ada, bob) = (json!(ada.account), json!(bob.account));
    for _ in 0..3 {
        let both = tokio::join!(adopt(&ada), adopt(&bob), adopt(&ada), adopt(&bob));
        let _ = both;
    }
    assert_eq!(world.count("select count(*) from servers").await, 1);
    let again = adopt(&bob).await.expect_problem(409, "conflict");
    assert!(again["detail"].as_str().unwrap().contains("adopts it already"), "{again}");
}
