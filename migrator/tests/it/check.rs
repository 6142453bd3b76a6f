//! `check` and the ways in: what is refused, and what is said.

use crate::lab::{Lab, text};

#[tokio::test]
async fn check_tells_what_is_orphaned_twice_damaged_and_pending_with_ids() {
    let lab = Lab::start("check").await;
    lab.change("update tblhosting set dedicatedip = '198.51.100.77 ' where id in (101, 102)").await;
    lab.change("update tblhosting set domainstatus = 'Active' where id in (101, 102)").await;
    for (id, code) in [(77, "€"), (78, " eur"), (79, "EUR")] {
        lab.change(&format!(
            "insert into tblcurrencies (id, code, prefix, suffix, format, rate, `default`) values ({id}, '{code}', '', '', 1, 1, 0)"
        ))
        .await;
    }
    lab.change("update tblclients set currency = 99 where id = 3").await;
    let checked = lab.json(&["check"], 11);
    assert!(checked["version"].as_str().unwrap().starts_with("8.13"), "{checked}");
    let found = checked["found"].as_array().unwrap();
    for code in [
        "client-without-owner",
        "email-shared",
        "service-client-missing",
        "answer-service-missing",
        "answer-option-missing",
        "answer-choice-missing",
        "answer-choice-of-other-option",
        "answer-stale",
        "answer-twice",
        "value-twice",
        "value-service-missing",
        "machine-without-service",
        "text-encoded-twice",
        "text-with-entities",
        "upgrade-pending",
        "cancellation-pending",
        "password-md5",
        "password-none",
        "address-shared",
        "currency-without-code",
        "currency-twice",
        "client-currency-missing",
    ] {
        let one = found.iter().find(|found| found["code"] == code).unwrap_or_else(|| panic!("{code} was not found"));
        assert!(one["count"].as_u64().unwrap() > 0 && one["examples"][0][0].is_i64(), "{one}");
    }
    lab.end().await;
}

#[tokio::test]
async fn an_account_that_can_write_is_refused_unless_told() {
    let lab = Lab::start("writer").await;
    let server = std::env::var("WHMCS_DATABASE_URL").unwrap();
    let out = lab.command("run").env("WHMCS_DATABASE_URL", format!("{server}/it_writer")).output().unwrap();
    assert_eq!(out.status.code(), Some(10));
    assert!(text(&out).contains("--allow-writing-account"), "{}", text(&out));
    lab.end().await;
}

#[tokio::test]
async fn the_right_key_opens_the_passwords_and_a_wrong_one_looks_wrong() {
    let lab = Lab::start("key").await;
    let key = lab.path("key");
    std::fs::write(&key, whmcs_testbed::secret::CC_ENCRYPTION_HASH).unwrap();
    let file = key.to_str().unwrap();
    assert_eq!(lab.json(&["check", "--encryption-key-file", file], 11)["key"]["state"], "opens");
    std::fs::write(&key, "another key of sixty-four characters, which opens nothing at all").unwrap();
    assert_eq!(lab.json(&["check", "--encryption-key-file", file], 10)["key"]["state"], "looksWrong");
    lab.end().await;
}

#[tokio::test]
async fn a_mapping_that_nobody_reviewed_or_that_leaves_something_open_is_refused_with_its_lines() {
    let lab = Lab::start("mapping").await;
    let path = lab.path("mapping.yaml");
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, whole.replace("reviewed: true", "reviewed: false")).unwrap();
    assert!(lab.error(&["run"]).contains("reviewed: true"));
    std::fs::write(&path, whole.replace("\n  RAM: memory\n", "\n  RAM: unmapped\n")).unwrap();
    let said = lab.error(&["run"]);
    assert!(said.contains("line ") && said.contains("RAM"), "{said}");
    std::fs::write(&path, whole.replace("version: 1", "version: 1\nnonsense: 1")).unwrap();
    assert!(lab.error(&["run"]).contains("nonsense"));
    lab.end().await;
}

#[tokio::test]
async fn a_run_is_refused_while_the_catalogue_lacks_what_the_mapping_names() {
    let lab = Lab::start("lacking").await;
    sqlx::query("delete from plans where name = 'vps-starter'").execute(&lab.pool).await.unwrap();
    let said = lab.error(&["run"]);
    assert!(said.contains("ServerPlan vps-starter") && said.contains("--create-catalogue"), "{said}");
    lab.end().await;
}

#[tokio::test]
async fn manifests_for_git_are_written_instead_of_rows() {
    let lab = Lab::start("emit").await;
    let dir = lab.path("git");
    let emitted = lab.json(&["run", "--emit", "manifests", dir.to_str().unwrap()], 11);
    let count = emitted["manifests"].as_u64().unwrap();
    assert!(count > 5, "{emitted}");
    assert_eq!(lab.count("select count(*) from accounts").await, 0);
    let mut found = 0;
    for namespace in std::fs::read_dir(&dir).unwrap() {
        for file in std::fs::read_dir(namespace.unwrap().path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let server: slipway_crds::VirtualServer = serde_yaml_ng::from_str(&text).unwrap();
            assert!(server.spec.adopt.is_some() && server.spec.deletion_protection, "{text}");
            assert_eq!(server.spec.drift_policy, slipway_crds::DriftPolicy::Report);
            found += 1;
        }
    }
    assert_eq!(found, count);
    lab.end().await;
}
