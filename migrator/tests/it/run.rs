//! What a run promises: once and again, interrupted and resumed, never over what somebody changed.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use crate::lab::{Lab, text};

fn total(summary: &Value, what: &str) -> u64 {
    summary["total"][what].as_u64().unwrap()
}

pub fn told(summary: &Value, code: &str) -> Vec<String> {
    let groups = summary["story"]["groups"].as_array().unwrap();
    let group = groups.iter().filter(|group| group["code"] == code);
    let rows = group.flat_map(|group| group["rows"].as_array().unwrap());
    rows.map(|row| format!("{}: {}", row["id"], row["reason"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_second_run_over_an_unchanged_source_writes_nothing() {
    let lab = Lab::start("twice").await;
    let first = lab.json(&["run"], 11);
    assert!(total(&first, "created") > 300, "{first}");
    let (content, runs) = (lab.content().await, lab.count("select count(*) from migration_runs").await);
    let second = lab.json(&["run"], 11);
    assert_eq!((total(&second, "created"), total(&second, "changed")), (0, 0), "{second}");
    assert_eq!(total(&second, "unchanged"), total(&first, "created"));
    assert_eq!(second["run"], Value::Null, "there is nothing to take back");
    assert_eq!(lab.content().await, content);
    assert_eq!(lab.count("select count(*) from migration_runs").await, runs);
    lab.end().await;
}

#[tokio::test]
async fn a_job_may_end_well_in_spite_of_findings_and_not_of_a_refusal() {
    let lab = Lab::start("tolerant").await;
    let first = lab.json(&["run", "--tolerate-findings"], 0);
    assert!(first["story"]["groups"].as_array().unwrap().iter().any(|group| group["outcome"] == "finding"), "{first}");
    lab.change("update tblclients set companyname = concat('Renamed ', id)").await;
    let refused = lab.command("run").arg("--tolerate-findings").output().unwrap();
    assert_eq!(refused.status.code(), Some(10), "{}", text(&refused));
    lab.end().await;
}

#[tokio::test]
async fn a_dry_run_says_what_a_run_does_and_writes_nothing() {
    let lab = Lab::start("dry").await;
    let before = lab.content().await;
    let dry = lab.json(&["run", "--dry-run"], 11);
    assert_eq!(lab.content().await, before);
    assert_eq!(lab.count("select count(*) from migration_runs").await, 0);
    let real = lab.json(&["run"], 11);
    assert_eq!(dry["records"], real["records"]);
    assert_eq!(dry["story"], real["story"]);
    lab.end().await;
}

#[tokio::test]
async fn a_run_that_was_killed_anywhere_ends_like_one_that_was_not() {
    let mut lab = Lab::with("killed", 120, 0.1, whmcs_testbed::schema::Variant::V8).await;
    lab.json(&["run"], 11);
    let whole = lab.content().await;
    lab.again().await;
    let mut killed = 0;
    for millis in (20..).step_by(35) {
        let mut run =
            lab.command("run").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(millis)).await;
        if run.try_wait().unwrap().is_some() {
            break;
        }
        run.kill().unwrap();
        run.wait().unwrap();
        killed += 1;
    }
    assert!(killed >= 3, "killed {killed} times only");
    lab.json(&["run"], 11);
    let resumed = lab.content().await;
    for (table, content) in &whole {
        assert_eq!(resumed.get(table), Some(content), "{table} differs");
    }
    assert!(lab.count("select count(*) from migration_runs where status = 'interrupted'").await > 0);
    lab.end().await;
}

#[tokio::test]
async fn what_staff_changed_since_is_not_written_over_and_what_nobody_changed_follows_the_source() {
    let lab = Lab::start("conflict").await;
    lab.json(&["run"], 11);
    let (mine, theirs): (i64, i64) = (1, 2);
    lab.change("update tblclients set companyname = 'New Name Ltd' where id in (1, 2)").await;
    let renamed = "update accounts a set name = 'By staff' from account_profiles p where p.account_id = a.id and p.legacy_id = $1";
    sqlx::query(renamed).bind(mine).execute(&lab.pool).await.unwrap();
    let second = lab.json(&["run"], 11);
    assert_eq!(second["records"]["accounts"]["changed"], 1, "{second}");
    assert_eq!(second["records"]["accounts"]["conflicts"], 1, "{second}");
    assert!(told(&second, "target-changed")[0].starts_with("1: "), "{second}");
    let name = |legacy: i64| {
        let name =
            "select a.name from accounts a join account_profiles p on p.account_id = a.id where p.legacy_id = $1";
        sqlx::query_scalar::<_, String>(name).bind(legacy).fetch_one(&lab.pool)
    };
    assert_eq!(name(mine).await.unwrap(), "By staff");
    assert_eq!(name(theirs).await.unwrap(), "New Name Ltd");
    // Told again until somebody settles it.
    assert_eq!(lab.json(&["run"], 11)["records"]["accounts"]["conflicts"], 1);
    lab.end().await;
}

#[tokio::test]
async fn a_run_that_would_change_much_of_what_was_migrated_stops_before_it_changes_anything() {
    let lab = Lab::start("guard").await;
    lab.json(&["run"], 11);
    let before = lab.content().await;
    lab.change("update tblclients set companyname = concat('Renamed ', id)").await;
    let said = lab.error(&["run"]);
    assert!(said.contains("25 of the 25 accounts") && said.contains("--accept-changes"), "{said}");
    assert_eq!(lab.content().await, before);
    let meant = lab.json(&["run", "--accept-changes"], 11);
    assert_eq!(meant["records"]["accounts"]["changed"], 25);
    lab.end().await;
}

#[tokio::test]
async fn a_run_that_would_change_much_of_the_services_stops_though_their_servers_stay() {
    let lab = Lab::start("guard_services").await;
    lab.json(&["run"], 11);
    let before = lab.content().await;
    lab.change("update tblhosting set notes = concat('changed ', id)").await;
    let said = lab.error(&["run"]);
    assert!(said.contains(" services that were migrated before") && said.contains("--accept-changes"), "{said}");
    assert_eq!(lab.content().await, before);
    lab.end().await;
}

#[tokio::test]
async fn a_service_that_vanished_or_ended_is_told_and_its_server_stays() {
    let lab = Lab::start("vanished").await;
    lab.json(&["run"], 11);
    let servers = lab.count("select count(*) from servers where absent_at is null and not delete_requested").await;
    lab.change("delete from tblhosting where id = 101").await;
    lab.change("update tblhosting set domainstatus = 'Terminated' where id = 102").await;
    let second = lab.json(&["run"], 11);
    assert!(told(&second, "vanished").iter().any(|row| row.starts_with("101: ")), "{second}");
    assert!(told(&second, "ended-since").iter().any(|row| row.starts_with("102: ")), "{second}");
    let now = lab.count("select count(*) from servers where absent_at is null and not delete_requested").await;
    assert_eq!(now, servers);
    lab.end().await;
}

#[tokio::test]
async fn a_service_without_a_machine_is_linked_by_the_run_after_its_machine_was_named() {
    let lab = Lab::start("unlinked").await;
    lab.json(&["run"], 11);
    let unlinked: (Uuid, i64) = sqlx::query_as(
        "select s.id, c.legacy_id from servers s join services c on c.server_id = s.id
         where s.phase = 'Unlinked' and c.unlinked_reason like 'nothing says%' limit 1",
    )
    .fetch_one(&lab.pool)
    .await
    .unwrap();
    let dirty = lab.count("select count(*) from dirty_servers").await;
    let free = lab.lines("machines.jsonl").into_iter().find(|m| m["name"] == "forgotten-test").unwrap();
    let (vmid, node) = (&free["vmid"], free["node"].as_str().unwrap());
    let entry = format!("services:\n  {}: {{site: home, node: {node}, vmid: {vmid}}}", unlinked.1);
    lab.write_mapping(&[&entry]).await;
    let second = lab.json(&["run"], 11);
    assert_eq!(second["records"]["servers"]["changed"], 1, "{second}");
    let (phase, adopted): (String, i32) = sqlx::query_as(
        "select s.phase, (p.adopt ->> 'vmid')::int from servers s
         join server_revisions r on r.server_id = s.id and r.number = s.revision
         join server_specs p on p.id = r.owned_spec_id where s.id = $1",
    )
    .bind(unlinked.0)
    .fetch_one(&lab.pool)
    .await
    .unwrap();
    assert_eq!((phase.as_str(), i64::from(adopted)), ("Pending", vmid.as_i64().unwrap()));
    assert_eq!(lab.count("select count(*) from dirty_servers").await, dirty + 1);
    lab.end().await;
}

#[tokio::test]
async fn an_entry_for_a_service_that_is_not_there_is_told_with_its_line() {
    let lab = Lab::start("unmet").await;
    lab.write_mapping(&["services:", "  999999: {vmid: 4711}"]).await;
    let mapping = std::fs::read_to_string(lab.path("mapping.yaml")).unwrap();
    let line = mapping.lines().position(|line| line.starts_with("  999999:")).unwrap() + 1;
    let told = told(&lab.json(&["run", "--dry-run"], 11), "override-without-service");
    assert_eq!(told, [format!("999999: line {line} of the mapping is about service 999999, which does not exist")]);
    lab.end().await;
}

#[tokio::test]
async fn a_machine_that_could_not_be_adopted_is_adopted_by_the_run_that_finds_it_can() {
    let lab = Lab::start("adoptable").await;
    let inventory = lab.path("inventory.json");
    let good = std::fs::read(&inventory).unwrap();
    let mut locked: Value = serde_json::from_slice(&good).unwrap();
    for machine in locked["sites"]["home"].as_array_mut().unwrap() {
        machine["adoption"] = Value::Null;
        machine["skipped"] = "it is locked (backup)".into();
    }
    std::fs::write(&inventory, locked.to_string()).unwrap();
    let first = lab.json(&["run"], 11);
    let waiting = told(&first, "machine-not-adoptable").len();
    assert!(waiting > 0, "{first}");
    assert_eq!(lab.count("select count(*) from dirty_servers").await, 0);
    let again = lab.json(&["run"], 11);
    assert_eq!((total(&again, "created"), total(&again, "changed")), (0, 0), "{again}");
    assert_eq!(told(&again, "machine-not-adoptable").len(), waiting, "it is told for as long as it holds");
    std::fs::write(&inventory, &good).unwrap();
    let now = lab.json(&["run", "--accept-changes"], 11);
    assert!(told(&now, "machine-not-adoptable").is_empty(), "{now}");
    let adopted = lab.count("select count(*) from dirty_servers").await;
    assert_eq!(now["records"]["servers"]["changed"].as_i64(), Some(adopted), "{now}");
    assert!(adopted > 0 && usize::try_from(adopted).unwrap() <= waiting, "{adopted} of {waiting}");
    // Then the operator has them, and its inventory says so.
    std::fs::write(&inventory, locked.to_string()).unwrap();
    let last = lab.json(&["run"], 11);
    assert_eq!((total(&last, "created"), total(&last, "changed"), total(&last, "conflicts")), (0, 0, 0), "{last}");
    lab.end().await;
}

#[tokio::test]
async fn a_second_source_does_not_adopt_what_the_first_has() {
    let lab = Lab::start("two_sources").await;
    lab.json(&["run"], 11);
    let adopted = lab.count("select count(*) from dirty_servers").await;
    assert!(adopted > 0);
    let mapping = std::fs::read_to_string(lab.path("mapping.yaml")).unwrap();
    let line = mapping.lines().find(|line| line.starts_with("source:")).unwrap();
    std::fs::write(lab.path("mapping.yaml"), mapping.replace(line, "source: other")).unwrap();
    let second = lab.json(&["run"], 11);
    assert!(!told(&second, "machine-not-adoptable").is_empty(), "{second}");
    assert_eq!(lab.count("select count(*) from dirty_servers").await, adopted, "a machine has one server");
    lab.end().await;
}

#[tokio::test]
async fn an_inventory_without_the_mapped_site_is_refused() {
    let lab = Lab::start("other_site").await;
    let inventory = std::fs::read_to_string(lab.path("inventory.json")).unwrap();
    std::fs::write(lab.path("inventory.json"), inventory.replacen("\"home\"", "\"hoem\"", 1)).unwrap();
    let said = lab.error(&["run"]);
    assert!(said.contains("has no site home") && said.contains("it has hoem"), "{said}");
    lab.end().await;
}

#[tokio::test]
async fn a_nul_in_a_text_keeps_no_row_from_being_carried_over() {
    let lab = Lab::start("nul").await;
    lab.change("update tblclients set notes = concat('before', char(0), 'after') where id = 1").await;
    lab.change("update tblhosting set notes = concat('before', char(0), 'after') where id = 101").await;
    lab.json(&["run"], 11);
    assert_eq!(lab.count("select count(*) from account_profiles where notes = 'beforeafter'").await, 1);
    assert_eq!(lab.count("select count(*) from services where notes = 'beforeafter'").await, 1);
    lab.end().await;
}

#[tokio::test]
async fn names_that_no_column_takes_or_that_two_servers_have_keep_no_row_from_being_carried_over() {
    let lab = Lab::start("names").await;
    let [one, two, three, ..] = clean(&lab)[..] else { panic!("three services are clean") };
    let address = format!("{}@{}.example.com", "a".repeat(60), "b".repeat(60));
    lab.change(&format!("update tblusers set first_name = '', last_name = '', email = '{address}' where id = 1")).await;
    // The second is called what the third would be called instead.
    for (service, domain) in
        [(one, "web.example.com".to_owned()), (two, format!("web-{three}")), (three, "web.example.org".to_owned())]
    {
        lab.change(&format!("update tblhosting set userid = 1, domain = '{domain}' where id = {service}")).await;
    }
    lab.json(&["run"], 11);
    let names: Vec<String> = sqlx::query_scalar(
        "select v.name from servers v join services s on s.server_id = v.id where s.legacy_id = any($1) order by s.legacy_id",
    )
    .bind([one, two, three])
    .fetch_all(&lab.pool)
    .await
    .unwrap();
    assert_eq!(names, ["web".to_owned(), format!("web-{three}"), format!("web-{three}-2")]);
    let user: String = sqlx::query_scalar("select name from users where email = $1")
        .bind(&address)
        .fetch_one(&lab.pool)
        .await
        .unwrap();
    assert_eq!(user, address[..100]);
    lab.end().await;
}

#[tokio::test]
async fn after_the_cut_over_nothing_is_carried_over_any_more() {
    let lab = Lab::start("sealed").await;
    let sealed = lab.json(&["run", "--cutover"], 11);
    assert!(sealed["sealedAt"].is_string(), "{sealed}");
    lab.change("update tblclients set companyname = 'After the cut-over' where id = 1").await;
    let before = lab.content().await;
    let later = lab.json(&["run"], 0);
    assert_eq!((total(&later, "changed"), later["rowsRead"].as_u64()), (0, Some(0)), "{later}");
    assert_eq!(lab.content().await, before);
    lab.end().await;
}

#[tokio::test]
async fn two_runs_at_once_take_no_turns_the_second_is_refused() {
    let lab = Lab::start("lock").await;
    let mut connection = lab.pool.acquire().await.unwrap();
    sqlx::query("select pg_advisory_lock(hashtext('slipway-migrate'))").execute(&mut *connection).await.unwrap();
    let said = lab.error(&["run"]);
    assert!(said.contains("another run is under way"), "{said}");
    drop(connection);
    lab.end().await;
}

#[tokio::test]
async fn a_run_whose_lock_is_lost_stops_before_it_writes_more() {
    let lab = Lab::with("lock_lost", 400, 0.1, whmcs_testbed::schema::Variant::V8).await;
    let run = lab.command("run").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
    let run = run.unwrap();
    while lab.count("select count(*) from account_profiles").await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let lost = "select count(pg_terminate_backend(pid)) from pg_locks l join pg_database d on d.oid = l.database
                where l.locktype = 'advisory' and d.datname = current_database()";
    assert_eq!(lab.count(lost).await, 1);
    let out = run.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(10), "{}", text(&out));
    assert!(text(&out).contains("keeps other runs out was lost"), "{}", text(&out));
    assert_eq!(lab.count("select count(*) from migration_runs where status = 'finished'").await, 0);
    lab.json(&["run"], 11);
    lab.end().await;
}

#[tokio::test]
async fn a_database_that_is_none_or_cannot_be_reached_is_told_with_what_to_do() {
    let lab = Lab::start("addresses").await;
    let said = |source: Option<&str>, target: Option<&str>| {
        let mut command = lab.command("run");
        command.envs(source.map(|url| ("WHMCS_DATABASE_URL", url))).envs(target.map(|url| ("DATABASE_URL", url)));
        let out = command.output().unwrap();
        assert_eq!(out.status.code(), Some(10), "{}", text(&out));
        text(&out)
    };
    for (source, target, words) in [
        (
            None,
            Some("mysql://slipway:s3cr3t@db/slipway"),
            "`mysql://slipway@db/slipway` is no PostgreSQL address: --target",
        ),
        (None, Some("postgres://slipway:s3cr3t@127.0.0.1:1/slipway"), "cannot connect to Slipway's database"),
        (Some("postgres://reader:s3cr3t@db/whmcs"), None, "`postgres://reader@db/whmcs` is no MySQL address: --source"),
        (Some("mysql://reader:s3cr3t@127.0.0.1:1/whmcs"), None, "cannot connect to the database of WHMCS"),
    ] {
        let said = said(source, target);
        assert!(said.contains(words) && said.contains("DATABASE_URL"), "{said}");
        assert!(!said.contains("s3cr3t"), "{said}");
    }
    lab.end().await;
}

/// Live services that are mapped with nothing to tell, by id.
fn clean(lab: &Lab) -> Vec<i64> {
    let rows = lab.path("clean.jsonl");
    lab.json(&["run", "--dry-run", "--rows", rows.to_str().unwrap()], 11);
    let lines = lab.lines("clean.jsonl").into_iter();
    let clean = lines.filter(|line| {
        line["table"] == "tblhosting"
            && line["outcome"] == "mapped"
            && line["status"] == "active"
            && !line["vmid"].is_null()
    });
    clean.map(|line| line["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn an_address_of_two_live_services_is_told_of_both_by_each_run_and_its_dry_run() {
    let lab = Lab::start("shared_address").await;
    let [one, other, ..] = clean(&lab)[..] else { panic!("two services are clean") };
    lab.change(&format!("update tblhosting set assignedips = '198.51.100.77' where id in ({one}, {other})")).await;
    let dry = lab.json(&["run", "--dry-run"], 11);
    let first = lab.json(&["run"], 11);
    assert_eq!(dry["story"], first["story"]);
    for summary in [first, lab.json(&["run"], 11)] {
        let rows = ["address-shared", "address-not-claimed"].into_iter().flat_map(|code| told(&summary, code));
        let rows: Vec<String> = rows.collect();
        for (service, with) in [(one, other), (other, one)] {
            let row = rows.iter().find(|row| row.starts_with(&format!("{service}: "))).unwrap();
            assert!(row.contains(&format!("198.51.100.77 is an address of service {with} too")), "{rows:?}");
        }
    }
    lab.end().await;
}

#[tokio::test]
async fn an_address_that_nothing_claims_is_told_by_every_run_until_something_does() {
    let lab = Lab::start("unclaimed").await;
    let service = clean(&lab)[0];
    lab.change(&format!("update tblhosting set assignedips = '198.51.100.77' where id = {service}")).await;
    let row = |summary: &Value| {
        let rows = told(summary, "address-not-claimed");
        rows.into_iter().find(|row| row.starts_with(&format!("{service}: ")))
    };
    let first = lab.json(&["run"], 11);
    assert!(row(&first).is_some_and(|row| row.contains("198.51.100.77")), "{first}");
    let second = lab.json(&["run"], 11);
    assert_eq!((total(&second, "created"), total(&second, "changed"), row(&second)), (0, 0, row(&first)));
    sqlx::query(
        "insert into server_addresses (server_id, position, address) select server_id, 7, '198.51.100.77/32' from services
         where legacy_id = $1",
    )
    .bind(service)
    .execute(&lab.pool)
    .await
    .unwrap();
    assert_eq!(row(&lab.json(&["run"], 11)), None);
    lab.end().await;
}

#[tokio::test]
async fn a_currency_is_its_code_in_any_spelling_and_a_sign_is_asked_about_with_its_id() {
    let lab = Lab::start("currency").await;
    let code: String = lab.ask("select code from tblcurrencies where id = 1").await;
    lab.change(&format!("update tblcurrencies set code = ' {} ' where id = 1", code.to_lowercase())).await;
    lab.change(&format!(
        "insert into tblcurrencies (id, code, prefix, suffix, format, rate, `default`) values (77, '{code}', '', '', 1, 2, 0)"
    ))
    .await;
    let dry = lab.json(&["run", "--dry-run"], 11);
    let first = lab.json(&["run"], 11);
    assert_eq!((&dry["records"], &dry["story"]), (&first["records"], &first["story"]));
    assert!(told(&first, "currency-twice").iter().any(|row| row.starts_with("77: ")), "{first}");
    let again = lab.json(&["run"], 11);
    assert_eq!((total(&again, "created"), total(&again, "changed")), (0, 0), "{again}");
    let verified = lab.json(&["verify"], 11);
    let lines = verified["money"].as_object().unwrap().values().flat_map(|lines| lines.as_array().unwrap());
    for line in lines {
        assert_eq!(
            line["source"].as_str().map(str::parse::<f64>),
            line["target"].as_str().map(str::parse::<f64>),
            "{line}"
        );
    }
    lab.change("update tblcurrencies set code = '€' where id = 1").await;
    for command in ["run", "verify"] {
        let said = lab.error(&[command]);
        assert!(said.contains("currency 1 calls itself `€`") && said.contains("currencies: {1: EUR}"), "{said}");
    }
    let mapping = std::fs::read_to_string(lab.path("mapping.yaml")).unwrap();
    std::fs::write(lab.path("mapping.yaml"), format!("{mapping}\ncurrencies: {{1: {code}}}\n")).unwrap();
    let named = lab.json(&["run"], 11);
    assert_eq!((total(&named, "created"), total(&named, "changed")), (0, 0), "{named}");
    lab.end().await;
}

#[tokio::test]
async fn every_answer_and_every_value_is_told_exactly_once() {
    let lab = Lab::start("rows").await;
    let rows = lab.path("rows.jsonl");
    lab.json(&["run", "--dry-run", "--rows", rows.to_str().unwrap()], 11);
    let lines = lab.lines("rows.jsonl");
    for table in ["tblhostingconfigoptions", "tblcustomfieldsvalues", "tblhosting"] {
        let mut told: Vec<i64> =
            lines.iter().filter(|line| line["table"] == table).map(|line| line["id"].as_i64().unwrap()).collect();
        let count = told.len();
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), count, "{table}: some row is told twice");
        let there: u64 = lab.ask(&format!("select count(*) from {table}")).await;
        assert_eq!(count as u64, there, "{table}");
    }
    let service = lines.iter().find(|line| line["table"] == "tblhosting" && line["outcome"] == "mapped").unwrap();
    for fact in [
        "plan",
        "cores",
        "memory_mib",
        "disk_gib",
        "image",
        "region",
        "hostname",
        "addresses",
        "price",
        "currency",
        "cycle",
        "next_due",
        "status",
        "site",
        "node",
        "vmid",
    ] {
        assert!(service.get(fact).is_some(), "{fact} is missing in {service}");
    }
    lab.end().await;
}
