//! What a migration carried over is read by its account and by staff, page by page, and by nobody else.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::carried::FIRST;
use crate::support::http::Client;
use crate::support::seed::Customer;

/// A world in which two accounts were carried over.
async fn world() -> (World, Customer, Customer) {
    let world = World::new().await;
    world.catalogue().await;
    let (ada, eve) = (world.customer("ada").await, world.customer("eve").await);
    world.carry_over(&ada, FIRST).await;
    world.carry_over(&eve, FIRST + 100).await;
    (world, ada, eve)
}

async fn read(client: &Client, customer: &Customer, what: &str) -> Value {
    client.get(&format!("/v1/accounts/{}/{what}", customer.account)).await.expect(200)
}

fn column(page: &Value, name: &str) -> Vec<Value> {
    page["items"].as_array().unwrap().iter().map(|item| item[name].clone()).collect()
}

const LISTS: [&str; 6] = ["services", "invoices", "transactions", "credits", "orders", "tickets"];

#[tokio::test]
pub async fn a_profile_is_shown_and_what_staff_wrote_to_staff_only() {
    let (world, ada, _) = world().await;
    let mine = read(ada.client(), &ada, "profile").await;
    assert_eq!(
        (&mine["company"], &mine["credit"], &mine["legacyId"]),
        (&json!("Engines Ltd"), &json!("-3.10"), &json!(FIRST))
    );
    assert_eq!(mine["contacts"][0]["lastName"], "Babbage");
    assert_eq!(mine["carriedOverAt"], "2026-03-01T20:40:00Z");
    assert_eq!(mine["forStaff"], json!(null));
    let whole = read(&world.staff().await.client, &ada, "profile").await;
    let for_staff = &whole["forStaff"];
    assert_eq!((&for_staff["notes"], &for_staff["fields"][0]["value"]), (&json!("pays late"), &json!("12")));
    assert_eq!(for_staff["accountNotes"][0]["text"], "called twice");
    let text = ada.client().get(&format!("/v1/accounts/{}/profile", ada.account)).await.text;
    assert!(!text.contains("pays late") && !text.contains("called twice"), "{text}");
}

#[tokio::test]
pub async fn an_account_that_was_made_here_has_no_profile_and_empty_lists() {
    let (world, ada, _) = world().await;
    let new = world.customer("new").await;
    new.client().get(&format!("/v1/accounts/{}/profile", new.account)).await.expect_problem(404, "not-found");
    for list in LISTS {
        let page = read(new.client(), &new, list).await;
        assert_eq!((&page["items"], &page["total"], &page["nextCursor"]), (&json!([]), &json!(0), &json!(null)));
    }
    let carried = |me: Value| me["accounts"][0]["carriedOverAt"].clone();
    assert_eq!(carried(new.client().get("/v1/me").await.expect(200)), json!(null));
    assert_eq!(carried(ada.client().get("/v1/me").await.expect(200)), "2026-03-01T20:40:00Z");
    let staff = world.staff().await;
    let account = staff.client.get(&format!("/v1/accounts/{}", ada.account)).await.expect(200);
    assert_eq!(account["carriedOverAt"], "2026-03-01T20:40:00Z");
}

#[tokio::test]
pub async fn every_list_of_history_goes_page_by_page_the_newest_first() {
    let (world, ada, _) = world().await;
    let staff = world.staff().await;
    for list in LISTS {
        let whole = column(&read(&staff.client, &ada, list).await, "legacyId");
        assert!(whole.len() >= 2, "{list}");
        assert!(whole.windows(2).all(|pair| pair[0].as_i64() > pair[1].as_i64()), "{list}: {whole:?}");
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = read(&staff.client, &ada, &format!("{list}?limit=1{cursor}")).await;
            assert_eq!(page["total"], whole.len());
            paged.extend(column(&page, "legacyId"));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, whole, "{list}");
    }
}

#[tokio::test]
pub async fn a_service_shows_what_was_sold_and_its_contract() {
    let (world, ada, _) = world().await;
    let page = read(ada.client(), &ada, "services").await;
    assert_eq!(column(&page, "status"), ["terminated", "suspended", "active"]);
    let service = &page["items"][2];
    for (field, value) in [
        ("product", json!("VPS 1")),
        ("cores", json!(2)),
        ("memoryMiB", json!(4096)),
        ("diskGiB", json!(50)),
        ("price", json!("24.90")),
        ("currency", json!("EUR")),
        ("cycle", json!("monthly")),
        ("nextDue", json!("2026-03-15")),
        ("serverId", json!(null)),
        ("unlinkedReason", json!(null)),
        ("notes", json!(null)),
    ] {
        assert_eq!(service[field], value, "{field}");
    }
    assert_eq!((&service["addons"][0]["name"], &service["addons"][0]["price"]), (&json!("Backup"), &json!("3.50")));
    assert_eq!(page["items"][0]["cancellations"][0]["reason"], "too dear");
    let whole = read(&world.staff().await.client, &ada, "services").await;
    assert_eq!(whole["items"][2]["unlinkedReason"], "two machines have its address");
    assert_eq!(whole["items"][2]["notes"], "for staff");
}

#[tokio::test]
pub async fn an_invoice_shows_its_lines_and_a_draft_is_for_staff() {
    let (world, ada, _) = world().await;
    let page = read(ada.client(), &ada, "invoices").await;
    assert_eq!((column(&page, "status"), &page["total"]), (vec![json!("Unpaid"), json!("Paid")], &json!(2)));
    let paid = &page["items"][1];
    assert_eq!(
        (&paid["total"], &paid["tax"], &paid["issuedOn"]),
        (&json!("24.90"), &json!("3.98"), &json!("2020-02-03"))
    );
    let path = |invoice: &Value| format!("invoices/{}", invoice["id"].as_str().unwrap());
    let shown = read(ada.client(), &ada, &path(paid)).await;
    assert_eq!((&shown["number"], &shown["billedTo"]), (&json!("2020-1"), &json!("Engines Ltd\nLondon")));
    assert_eq!(shown["lines"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&shown["lines"][0]["description"], &shown["lines"][0]["amount"]),
        (&json!("VPS 1 <b>line</b> 1"), &json!("10.46"))
    );
    let staff = world.staff().await;
    let draft = &read(&staff.client, &ada, "invoices").await["items"][0];
    assert_eq!(draft["status"], "Draft");
    read(&staff.client, &ada, &path(draft)).await;
    let refused = ada.client().get(&format!("/v1/accounts/{}/{}", ada.account, path(draft))).await;
    refused.expect_problem(404, "not-found");
}

#[tokio::test]
pub async fn payments_refunds_credit_and_orders_are_told_as_what_they_were() {
    let (world, ada, _) = world().await;
    let page = read(ada.client(), &ada, "transactions").await;
    assert_eq!(column(&page, "kind"), ["payment", "refund", "payment"]);
    assert_eq!(column(&page, "invoiceNumber"), [json!(null), json!(null), json!("2020-1")]);
    assert_eq!((&page["items"][1]["amountOut"], &page["items"][1]["refundOf"]), (&json!("4.90"), &json!(FIRST + 1)));
    let whole = read(&world.staff().await.client, &ada, "transactions").await;
    assert_eq!((&page["items"][2]["fees"], &whole["items"][2]["fees"]), (&json!(null), &json!("0.70")));
    let invoice = page["items"][2]["invoiceId"].as_str().unwrap().to_owned();
    assert_eq!(read(ada.client(), &ada, &format!("invoices/{invoice}")).await["number"], "2020-1");
    let credits = read(ada.client(), &ada, "credits").await;
    assert_eq!(column(&credits, "kind"), ["used", "added"]);
    assert_eq!(column(&credits, "amount"), ["-13.10", "10.00"]);
    let orders = read(ada.client(), &ada, "orders").await;
    assert_eq!((&orders["items"][0]["number"], &orders["items"][0]["amount"]), (&json!("O-3"), &json!("24.90")));
}

#[tokio::test]
pub async fn a_ticket_shows_its_replies_and_its_text_stays_text() {
    let (_, ada, _) = world().await;
    let page = read(ada.client(), &ada, "tickets").await;
    assert_eq!(column(&page, "number"), ["ABC-3", "ABC-2", "ABC-1"]);
    let path = format!("/v1/accounts/{}/tickets/{}", ada.account, page["items"][0]["id"].as_str().unwrap());
    let answer = ada.client().get(&path).await;
    assert_eq!(
        (answer.header("content-type"), answer.header("x-content-type-options")),
        ("application/json", "nosniff")
    );
    let ticket = answer.expect(200);
    assert_eq!(ticket["message"], "<script>alert(1)</script> please help");
    let replies: Vec<(&Value, &Value)> =
        ticket["replies"].as_array().unwrap().iter().map(|reply| (&reply["message"], &reply["byStaff"])).collect();
    assert_eq!(replies, [(&json!("Reply 1"), &json!(false)), (&json!("Reply 2"), &json!(true))]);
}

#[tokio::test]
pub async fn what_is_not_in_the_account_is_not_found_whoever_asks() {
    let (world, ada, eve) = world().await;
    let staff = world.staff().await;
    for list in ["invoices", "tickets"] {
        let hers = read(eve.client(), &eve, list).await["items"][0]["id"].as_str().unwrap().to_owned();
        let unknown = uuid::Uuid::now_v7();
        // Under her account, under one's own, and one that nobody has: the three answers are the same.
        let mut told = Vec::new();
        for (account, id) in [(&eve, &hers), (&ada, &hers), (&eve, &unknown.to_string())] {
            let answer = ada.client().get(&format!("/v1/accounts/{}/{list}/{id}", account.account)).await;
            told.push(answer.expect_problem(404, "not-found")["title"].clone());
        }
        assert!(told.iter().all(|title| *title == told[0]), "{told:?}");
        let wrong_account = staff.client.get(&format!("/v1/accounts/{}/{list}/{hers}", ada.account)).await;
        wrong_account.expect_problem(404, "not-found");
    }
    let nowhere = format!("/v1/accounts/{}", uuid::Uuid::now_v7());
    for what in ["profile"].into_iter().chain(LISTS) {
        staff.client.get(&format!("{nowhere}/{what}")).await.expect_problem(404, "not-found");
        ada.client().get(&format!("/v1/accounts/{}/{what}", eve.account)).await.expect_problem(404, "not-found");
    }
}

#[tokio::test]
pub async fn runs_and_their_findings_are_for_staff_and_name_who_they_are_about() {
    let (world, ada, _) = world().await;
    let server = world.unlinked(&ada, "lost-1", FIRST + 1).await;
    sqlx::query("update migration_findings set server_id = $1 where position = $2")
        .bind(server)
        .bind(FIRST * 10 + 2)
        .execute(&world.app.pool)
        .await
        .unwrap();
    let staff = world.staff().await;
    let runs = staff.client.get("/v1/migrations").await.expect(200);
    let run = &runs["items"][0];
    assert_eq!((&runs["total"], &run["status"], &run["findings"]), (&json!(1), &json!("finished"), &json!(6)));
    assert_eq!(
        (&run["source"], &run["sealedAt"], &run["created"]),
        (&json!("whmcs"), &json!("2026-03-01T20:40:00Z"), &json!(41))
    );
    let path = format!("/v1/migrations/{}", run["id"].as_str().unwrap());
    let shown = staff.client.get(&path).await.expect(200);
    assert_eq!(shown["codes"], json!([{"code": "not-linked", "count": 4}, {"code": "email-damaged", "count": 2}]));
    let all = staff.client.get(&format!("{path}/findings")).await.expect(200);
    let about_client = &all["items"][0];
    assert_eq!((&about_client["legacyTable"], &about_client["accountName"]), (&json!("tblclients"), &json!("ada")));
    assert_eq!(about_client["userId"], json!(ada.person.id));
    let about_service = &all["items"][1];
    assert_eq!((&about_service["serverName"], &about_service["accountId"]), (&json!("lost-1"), &json!(ada.account)));
    let (mut positions, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = staff.client.get(&format!("{path}/findings?code=not-linked&limit=3{cursor}")).await.expect(200);
        assert_eq!(page["total"], 4);
        positions.extend(column(&page, "position"));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(positions, [7002, 7003, 8002, 8003]);
}

#[tokio::test]
pub async fn a_run_that_is_not_there_is_not_found() {
    let world = World::new().await;
    let staff = world.staff().await;
    let nowhere = format!("/v1/migrations/{}", uuid::Uuid::now_v7());
    staff.client.get(&nowhere).await.expect_problem(404, "not-found");
    staff.client.get(&format!("{nowhere}/findings")).await.expect_problem(404, "not-found");
}

#[tokio::test]
pub async fn runs_go_page_by_page_the_newest_first() {
    let world = World::new().await;
    sqlx::query(
        "insert into migration_runs (id, source, mapping_hash, actor, started_at, status)
         select gen_random_uuid(), 'whmcs', '\\x00', 'n' || n, now() - n / 2 * interval '1 day', 'running' from generate_series(1, 5) n",
    )
    .execute(&world.app.pool)
    .await
    .unwrap();
    let staff = world.staff().await;
    let whole = column(&staff.client.get("/v1/migrations").await.expect(200), "id");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = staff.client.get(&format!("/v1/migrations?limit=2{cursor}")).await.expect(200);
        paged.extend(column(&page, "id"));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((paged.len(), paged), (5, whole));
}
