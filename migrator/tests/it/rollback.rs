//! What taking a run back promises: what it made goes, and nothing else does.

use serde_json::Value;
use uuid::Uuid;

use crate::lab::{Lab, text};

fn run_of(summary: &Value) -> String {
    summary["run"].as_str().unwrap().to_owned()
}

fn kept(said: &Value) -> Vec<&str> {
    said["kept"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
}

async fn without_machines(name: &str) -> Lab {
    let lab = Lab::start(name).await;
    std::fs::write(lab.path("inventory.json"), r#"{"sites":{}}"#).unwrap();
    lab
}

#[tokio::test]
async fn a_run_is_taken_back_whole_while_no_machine_was_adopted() {
    let lab = Lab::start("rollback").await;
    let before = lab.content().await;
    let inventory = lab.path("inventory.json");
    std::fs::write(&inventory, r#"{"sites":{}}"#).unwrap();
    let first = lab.json(&["run"], 11);
    let run = first["run"].as_str().unwrap();
    let dry = lab.json(&["rollback", "--run", run, "--dry-run"], 0);
    assert_eq!(dry["removed"]["accounts"], 25, "{dry}");
    assert_eq!(lab.count("select count(*) from accounts").await, 25);
    let removed = lab.json(&["rollback", "--run", run], 0);
    assert_eq!(removed["removed"], dry["removed"]);
    let after = lab.content().await;
    for (table, content) in &before {
        assert_eq!(after.get(table), Some(content), "{table} differs");
    }
    lab.end().await;
}

#[tokio::test]
async fn nothing_is_taken_back_while_a_run_is_under_way_and_no_run_begins_meanwhile() {
    let lab = without_machines("rollback_lock").await;
    let run = run_of(&lab.json(&["run"], 11));
    let mut other = lab.pool.acquire().await.unwrap();
    sqlx::query("select pg_advisory_lock(hashtext('slipway-migrate'))").execute(&mut *other).await.unwrap();
    let said = lab.error(&["rollback", "--run", &run]);
    assert!(said.contains("another run is under way"), "{said}");
    sqlx::query("select pg_advisory_unlock_all()").execute(&mut *other).await.unwrap();
    drop(other);
    // A rollback under way waits for a row that somebody else has.
    let mut holding = lab.pool.begin().await.unwrap();
    sqlx::query("select from migration_runs for update").execute(&mut *holding).await.unwrap();
    let mut rollback = lab.command("rollback").args(["--run", &run]).spawn().unwrap();
    let held = "select count(*) from pg_locks where locktype = 'advisory' and granted and mode = 'ExclusiveLock'
                and database = (select oid from pg_database where datname = current_database())
                and objid = (hashtext('slipway-migrate')::bigint & 4294967295)::oid";
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while lab.count(held).await == 0 {
        assert!(std::time::Instant::now() < until && rollback.try_wait().unwrap().is_none(), "it holds no lock");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let said = lab.error(&["run"]);
    assert!(said.contains("another run is under way"), "{said}");
    holding.rollback().await.unwrap();
    assert!(rollback.wait().unwrap().success());
    assert_eq!(lab.count("select count(*) from accounts").await, 0);
    lab.end().await;
}

#[tokio::test]
async fn what_later_runs_made_keeps_an_earlier_run_until_they_are_taken_back() {
    let lab = without_machines("rollback_later").await;
    let empty = lab.content().await;
    let first = run_of(&lab.json(&["run"], 11));
    let before = lab.content().await;
    lab.change(
        "insert into tblcontacts (userid, firstname, lastname, email) values (1, 'Ann', 'Late', 'ann@late.example')",
    )
    .await;
    let second = run_of(&lab.json(&["run"], 11));
    let with_both = lab.content().await;
    for arguments in [vec!["rollback", "--run", &first, "--dry-run"], vec!["rollback", "--run", &first]] {
        let said = lab.error(&arguments);
        assert!(
            said.contains(&format!("slipway-migrate rollback --run {second}")) && said.contains("1 records"),
            "{said}"
        );
    }
    assert_eq!(lab.content().await, with_both, "a refusal changes nothing");
    let removed = lab.json(&["rollback", "--run", &second], 0);
    assert_eq!(removed["removed"], serde_json::json!({ "contacts": 1 }));
    assert_eq!(lab.content().await, before, "the first run's rows are as they were");
    lab.json(&["rollback", "--run", &first], 0);
    assert_eq!(lab.content().await, empty);
    lab.end().await;
}

#[tokio::test]
async fn a_seal_keeps_earlier_runs_and_is_lifted_with_the_run_that_set_it() {
    let lab = without_machines("rollback_sealed").await;
    let first = run_of(&lab.json(&["run"], 11));
    let seal = run_of(&lab.json(&["run", "--cutover"], 11));
    let said = lab.error(&["rollback", "--run", &first]);
    assert!(said.contains("was cut over") && said.contains(&format!("rollback --run {seal}")), "{said}");
    lab.json(&["rollback", "--run", &seal], 0);
    assert!(lab.json(&["run"], 11)["rowsRead"].as_u64().unwrap() > 0, "runs go on");
    lab.json(&["rollback", "--run", &first], 0);
    assert_eq!(lab.count("select count(*) from accounts").await, 0);
    lab.end().await;
}

#[tokio::test]
async fn adopted_servers_are_waited_for_and_neither_wishes_nor_audit_of_the_run_stay() {
    let lab = Lab::start("rollback_adopted").await;
    let empty = lab.content().await;
    let run = run_of(&lab.json(&["run"], 11));
    let id: Uuid = run.parse().unwrap();
    assert!(lab.count("select count(*) from audit").await > 0);
    for (name, applied) in [("made", true), ("waiting", false)] {
        let wish = "insert into catalogue_wishes (kind, name, manifest, run_id, not_before, applied_at)
                    values ('ServerPlan', $1, '{}', $2, now(), case when $3 then now() end)";
        sqlx::query(wish).bind(name).bind(id).bind(applied).execute(&lab.pool).await.unwrap();
    }
    let dry = lab.command("rollback").args(["--run", &run, "--dry-run"]).output().unwrap();
    let said = text(&dry);
    assert!(said.contains("servers would go") && said.contains("would give their machines back first"), "{said}");
    assert!(said.contains("Nothing was removed") && !said.contains("removed\n") && !said.contains("kept:"), "{said}");
    let dry = lab.json(&["rollback", "--run", &run, "--dry-run"], 11);
    assert!(kept(&dry).is_empty(), "its own servers keep no account: {dry}");
    let asked = lab.json(&["rollback", "--run", &run], 11);
    assert_eq!((&asked["givingBack"], &asked["removed"]), (&dry["givingBack"], &serde_json::json!({})));
    // As the operator does, and the watches tell.
    sqlx::query("update servers set absent_at = now() - interval '1 minute' where phase <> 'Unlinked'")
        .execute(&lab.pool)
        .await
        .unwrap();
    let removed = lab.json(&["rollback", "--run", &run], 11);
    assert_eq!((&removed["removed"], removed["givingBack"].as_u64()), (&dry["removed"], Some(0)));
    assert_eq!(removed["inKubernetes"], serde_json::json!(["ServerPlan made"]));
    assert_eq!(lab.content().await, empty);
    lab.end().await;
}

#[tokio::test]
async fn who_and_what_slipway_has_made_its_own_since_stays_and_is_told() {
    let lab = without_machines("rollback_native").await;
    let run = run_of(&lab.json(&["run"], 11));
    let owners: Vec<(Uuid, Uuid, String)> = sqlx::query_as(
        "select m.account_id, u.id, u.email from memberships m join users u on u.id = m.user_id where m.role = 'owner'
         and (select count(*) from memberships n where n.user_id = u.id or n.account_id = m.account_id) = 1
         order by u.email limit 3",
    )
    .fetch_all(&lab.pool)
    .await
    .unwrap();
    let [(_, partner, partner_email), (busy_account, busy, busy_email), (_, _, other_email)] = &owners[..] else {
        panic!("three accounts have one owner each: {owners:?}")
    };
    let native = Uuid::from_u128(1);
    for statement in [
        format!(
            "insert into accounts (id, name, slug, namespace, created_at)
             values ('{native}', 'Native', 'native', 'acct-native-00000001', now())"
        ),
        format!("insert into memberships (account_id, user_id, role, created_at) values ('{native}', '{partner}', 'member', now())"),
        format!(
            "insert into servers (id, account_id, origin, namespace, object_name, revision, created_at, updated_at, name, site,
                 plan, image, run_policy, deletion_protection, deletion_policy, deletion_grace_hours, drift_policy)
             select '{native}', id, 'api', namespace, 'native-1', 1, now(), now(), 'native', 'home', 'vps', 'debian-12',
                 'Managed', true, 'Delete', 72, 'Report' from accounts where id = '{busy_account}'"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&lab.pool).await.unwrap();
    }
    let dry = lab.json(&["rollback", "--run", &run, "--dry-run"], 11);
    let said = lab.json(&["rollback", "--run", &run], 11);
    assert_eq!((&said["removed"], &said["kept"]), (&dry["removed"], &dry["kept"]));
    let kept = kept(&said);
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!(kept.iter().any(|line| line.ends_with("has servers that the run did not make")), "{kept:?}");
    for (email, why) in [(partner_email, "belongs to account `Native`"), (busy_email, "which stays")] {
        assert!(kept.iter().any(|line| line.contains(email) && line.contains(why)), "{email}: {kept:?}");
    }
    assert!(!kept.iter().any(|line| line.contains(other_email)));
    let left = "select count(*) from memberships m join accounts a on a.id = m.account_id
                where m.user_id = $1 and a.id in ($2, $3)";
    for user in [partner, busy] {
        let left: i64 =
            sqlx::query_scalar(left).bind(user).bind(native).bind(busy_account).fetch_one(&lab.pool).await.unwrap();
        assert_eq!(left, 1);
    }
    assert_eq!(lab.count("select count(*) from users").await, 2);
    assert_eq!(lab.count("select count(*) from accounts").await, 2);
    lab.end().await;
}

#[tokio::test]
async fn a_membership_that_a_run_made_between_what_others_made_goes_with_it() {
    let lab = without_machines("rollback_membership").await;
    let first = run_of(&lab.json(&["run"], 11));
    let before = lab.content().await;
    lab.change(
        "insert into tblusers_clients (auth_user_id, client_id, owner)
         select u.id, c.id, 0 from tblusers u join tblclients c
         where not exists (select 1 from tblusers_clients t where t.auth_user_id = u.id and t.client_id = c.id)
         and exists (select 1 from tblusers_clients t where t.auth_user_id = u.id) order by u.id desc, c.id limit 1",
    )
    .await;
    let memberships = lab.count("select count(*) from memberships").await;
    let second = run_of(&lab.json(&["run"], 11));
    assert_eq!(lab.count("select count(*) from memberships").await, memberships + 1);
    assert!(lab.error(&["rollback", "--run", &first]).contains(&second));
    let removed = lab.json(&["rollback", "--run", &second], 0);
    assert_eq!(removed["removed"]["memberships"], 1, "{removed}");
    assert_eq!(lab.content().await, before);
    lab.end().await;
}
