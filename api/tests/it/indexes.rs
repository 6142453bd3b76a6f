//! No list reads a whole table. Postgres explains the very statements that the handlers send, on tables that are large
//! enough for its planner to mean it.

use slipway_api::history::list::{self as history, Historic};
use slipway_api::history::{credits, invoices, orders, services, tickets, transactions};
use slipway_api::http::page::MAX_TOTAL;
use slipway_api::id::AccountId;
use slipway_api::migration::store as migrations;
use slipway_api::operation::store as operations;
use slipway_api::operation::view::OperationStatus;
use slipway_api::server::sort::{Cursor, Key, Sort};
use slipway_api::server::store::{self as servers, Filter};
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::support::World;

const ACCOUNT: Uuid = Uuid::from_u128(7);

/// 20,000 servers in 200 accounts, with two operations each, and 5,000 users.
async fn fleet() -> World {
    let world = World::new().await;
    for statement in [
        "insert into accounts select ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'a' || n, 'a' || n,
             'acct-a' || n || '-' || lpad(to_hex(n), 8, '0'), now() from generate_series(1, 200) n",
        "insert into plans select 'plan-' || n, 'p', null, 1, 1024, 10, 100, null, false, 1 from generate_series(1, 5) n",
        "insert into servers (id, account_id, origin, namespace, object_name, revision, created_at, updated_at, name, site,
                              plan, image, run_policy, deletion_protection, deletion_policy, deletion_grace_hours, phase, search_text)
         select gen_random_uuid(), ('00000000-0000-0000-0000-' || lpad(to_hex(1 + n % 200), 12, '0'))::uuid, 'api', 'ns',
                'o-' || n, 1, now() - n * interval '1 minute', now(), 'server-' || n, 'home', 'plan-' || (1 + n % 5), 'image',
                'Managed', false, 'Delete', 72, (array['Running', 'Stopped', 'Failed'])[1 + n % 3],
                'server-' || n || ' 10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256
         from generate_series(1, 20000) n",
        "insert into users select gen_random_uuid(), 'user-' || n || '@example.org', 'u', false, false, now()
         from generate_series(1, 5000) n",
        "insert into operations (id, server_id, account_id, kind, status, revision, requested_by, request_id, created_at,
                                 updated_at, finished_at)
         select gen_random_uuid(), s.id, s.account_id, 'update', 'succeeded', 1, u.id, 'r', now(), now(), now()
         from servers s, generate_series(1, 2), (select id from users limit 1) u",
        "insert into operation_progress select id, n, now(), 'r', 'm' from operations, generate_series(0, 2) n",
        "analyze",
    ] {
        sqlx::query(statement).execute(&world.app.pool).await.unwrap();
    }
    world
}

/// The plan that Postgres makes for the statement, with its values.
async fn explain(world: &World, mut query: QueryBuilder<Postgres>) -> String {
    let statement = format!("explain {}", query.sql().as_str());
    let arguments = sqlx::Execute::take_arguments(&mut query.build()).unwrap().unwrap();
    let lines: Vec<String> =
        sqlx::query_scalar_with(AssertSqlSafe(statement), arguments).fetch_all(&world.app.pool).await.unwrap();
    lines.join("\n")
}

fn assert_indexed(plan: &str, table: &str, what: &str) {
    assert!(!plan.contains(&format!("Seq Scan on {table} ")), "{what}:\n{plan}");
    // The few steps of each operation may be.
    let list = plan.split("SubPlan").next().unwrap();
    assert!(!list.lines().any(|line| line.trim_start().starts_with("Sort")), "{what} sorts:\n{plan}");
}

#[tokio::test]
async fn every_order_of_the_server_list_walks_an_index() {
    let world = fleet().await;
    for sort in Sort::ALL {
        let key = match sort.column().0 {
            "created_at" => Key::Time(world.app.env.now() - chrono::TimeDelta::days(7)),
            "name" => Key::Text("server-5".into()),
            "phase" => Key::Text("Running".into()),
            _ => Key::Text("plan-3".into()),
        };
        let cursor = Cursor { sort: *sort, key, id: Uuid::from_u128(1) };
        for accounts in [None, Some(vec![ACCOUNT])] {
            for after in [None, Some(&cursor)] {
                let filter = Filter { accounts: accounts.clone(), ..Filter::default() };
                let plan = explain(&world, servers::list_query(&filter, *sort, after, 51)).await;
                let what = format!(
                    "{sort}, {} account, cursor {}",
                    accounts.as_ref().map_or("any", |_| "one"),
                    after.is_some()
                );
                assert!(!plan.contains("Seq Scan on servers"), "{what}:\n{plan}");
                if accounts.is_none() {
                    assert!(plan.contains("using servers_all_"), "{what}:\n{plan}");
                } else {
                    assert!(plan.contains("servers_account_"), "{what}:\n{plan}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_search_uses_the_trigrams() {
    let world = fleet().await;
    let filter = Filter { search: Some("server-1234".into()), ..Filter::default() };
    let plan = explain(&world, servers::list_query(&filter, Sort::Name, None, 51)).await;
    assert!(plan.contains("servers_search"), "{plan}");
}

#[tokio::test]
async fn every_list_of_operations_walks_an_index() {
    let world = fleet().await;
    let server: Uuid = sqlx::query_scalar("select id from servers limit 1").fetch_one(&world.app.pool).await.unwrap();
    let server = Some(slipway_api::id::ServerId(server));
    for (what, filter) in [
        ("all", operations::Filter::default()),
        ("one account", operations::Filter { accounts: Some(vec![ACCOUNT]), ..operations::Filter::default() }),
        ("one server", operations::Filter { server, ..operations::Filter::default() }),
        ("failed", operations::Filter { status: Some(OperationStatus::Failed), ..operations::Filter::default() }),
        ("waiting", operations::Filter { waiting: true, ..operations::Filter::default() }),
    ] {
        for after in [None, Some(Uuid::from_u128(u128::MAX / 2))] {
            let plan = explain(&world, operations::list_query(&filter, after, 51)).await;
            assert!(!plan.contains("Seq Scan on operations"), "{what}:\n{plan}");
        }
    }
    let plan = explain(&world, operations::list_query(&operations::Filter::default(), None, 51)).await;
    assert_indexed(&plan, "operations", "all operations");
}

#[tokio::test]
async fn the_operations_of_a_page_of_servers_are_found_without_reading_all_users() {
    let world = fleet().await;
    let page: Vec<Uuid> =
        sqlx::query_scalar("select id from servers limit 50").fetch_all(&world.app.pool).await.unwrap();
    let plan = explain(&world, operations::latest_query(&page)).await;
    for table in ["operations", "servers", "users"] {
        assert!(!plan.contains(&format!("Seq Scan on {table} ")), "{plan}");
    }
}

#[tokio::test]
async fn what_grows_with_the_provider_is_counted_only_so_far() {
    let world = fleet().await;
    let mut connection = world.app.pool.acquire().await.unwrap();
    assert_eq!(servers::count(&mut connection, &Filter::default()).await.unwrap(), MAX_TOTAL);
    assert_eq!(operations::count(&mut connection, &operations::Filter::default()).await.unwrap(), MAX_TOTAL);
    let hers = Filter { accounts: Some(vec![ACCOUNT]), ..Filter::default() };
    assert_eq!(servers::count(&mut connection, &hers).await.unwrap(), 100);
}

/// 20 accounts with 1,500 rows of history each, and a run with 50,000 findings.
async fn archive() -> World {
    let world = World::new().await;
    let run = world.migration_run().await;
    let rows = "from accounts a, generate_series(1, 1500) n";
    let statements = [
        "insert into accounts select ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'a' || n, 'a' || n,
             'acct-a' || n || '-' || lpad(to_hex(n), 8, '0'), now() from generate_series(1, 20) n"
            .to_owned(),
        format!(
            "insert into services (id, account_id, source_hash, run_id, legacy_id, product_id, product_name, status,
                 suspend_reason, ssh_keys, addresses, notes, price, first_payment, currency, cycle, quantity, payment_method,
                 subscription)
             select gen_random_uuid(), a.id, '', '{run}', n, 1, 'p', 'active', '', '{{}}', '{{}}', '', 1, 1, 'EUR', 'monthly',
                 1, '', '' {rows}"
        ),
        format!("insert into orders select gen_random_uuid(), a.id, '', '{run}', n, 'o', now(), 1, 'Active', n {rows}"),
        format!(
            "insert into invoices select gen_random_uuid(), a.id, '', '{run}', n, 'i', 'EUR', 'Paid', now(), now(), null, 1, 0,
                 0, 0, 1, '', '', '' {rows}"
        ),
        format!(
            "insert into transactions select gen_random_uuid(), a.id, '', '{run}', n, n, 'EUR', now(), '', '', 1, 0, 0, '',
                 null {rows}"
        ),
        format!("insert into credits select gen_random_uuid(), a.id, '', '{run}', n, now(), '', 1 {rows}"),
        format!(
            "insert into tickets select gen_random_uuid(), a.id, '', '{run}', n, 't', '', '', '', '', '', '', '', now(), n,
                 null {rows}"
        ),
        format!(
            "insert into migration_findings select '{run}', n, 'tblhosting', n, 'finding', 'code-' || n % 500, '', null
             from generate_series(1, 50000) n"
        ),
        "analyze".to_owned(),
    ];
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement)).execute(&world.app.pool).await.unwrap();
    }
    world
}

async fn assert_history_indexed<H: Historic>(world: &World) {
    for staff in [true, false] {
        for after in [None, Some(750)] {
            let plan = explain(world, history::query::<H>(AccountId(ACCOUNT), staff, after, 51)).await;
            assert_indexed(&plan, H::TABLE, H::TABLE);
            assert!(!plan.contains("Seq Scan on invoices"), "{}:\n{plan}", H::TABLE);
        }
        let plan = explain(world, history::count::<H>(AccountId(ACCOUNT), staff)).await;
        assert!(!plan.contains("Seq Scan"), "the count of {}:\n{plan}", H::TABLE);
    }
}

#[tokio::test]
async fn every_list_of_history_walks_an_index() {
    let world = archive().await;
    assert_history_indexed::<services::ServiceView>(&world).await;
    assert_history_indexed::<orders::OrderView>(&world).await;
    assert_history_indexed::<invoices::InvoiceView>(&world).await;
    assert_history_indexed::<transactions::TransactionView>(&world).await;
    assert_history_indexed::<credits::CreditView>(&world).await;
    assert_history_indexed::<tickets::TicketView>(&world).await;
    let run = world.migration_run().await;
    for (code, index) in [(None, "migration_findings_pkey"), (Some("code-7"), "migration_findings_code")] {
        for after in [None, Some(10_000)] {
            let plan = explain(&world, migrations::findings_query(run, code, after, 51)).await;
            assert!(plan.contains(index), "{code:?}:\n{plan}");
            assert_indexed(&plan, "migration_findings", "findings");
        }
    }
}
