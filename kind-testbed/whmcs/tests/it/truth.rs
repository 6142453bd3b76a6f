//! The truth is complete, and agrees with what the database itself can be asked.

use std::collections::{BTreeMap, BTreeSet};

use mysql_async::prelude::Queryable;
use serde_json::Value;

use crate::server::{Database, Wish};

#[tokio::test]
async fn every_answer_value_and_service_has_exactly_one_line() {
    let mut database = Database::seeded("lines", Wish { clients: 200, messiness: 0.2, ..Wish::default() }).await;
    for table in ["tblhosting", "tblhostingconfigoptions", "tblcustomfieldsvalues", "tblclients"] {
        let ids: Vec<u64> = database.conn.query(format!("SELECT id FROM {table} ORDER BY id")).await.unwrap();
        let mut told: Vec<u64> = database.of(table).map(|line| line["id"].as_u64().unwrap()).collect();
        told.sort_unstable();
        assert_eq!(told, ids, "{table}");
    }
    database.drop().await;
}

/// The rows of answers with what can be said against them by joins alone.
const PROBLEMS: &str = "
SELECT a.id, CONCAT_WS(',', IF(h.id IS NULL, 'service_missing', NULL), IF(o.id IS NULL, 'option_missing', NULL),
    IF(o.optiontype IN ('1', '2') AND s.id IS NULL, 'choice_missing', NULL),
    IF(s.configid <> a.configid, 'choice_of_other_option', NULL),
    IF(o.id IS NOT NULL AND h.id IS NOT NULL AND l.pid IS NULL, 'option_not_on_product', NULL),
    IF((SELECT COUNT(DISTINCT d.optionid) FROM tblhostingconfigoptions d
        WHERE d.relid = a.relid AND d.configid = a.configid) > 1, 'conflict', NULL))
FROM tblhostingconfigoptions a
LEFT JOIN tblhosting h ON h.id = a.relid
LEFT JOIN tblproductconfigoptions o ON o.id = a.configid
LEFT JOIN tblproductconfigoptionssub s ON s.id = a.optionid
LEFT JOIN (SELECT DISTINCT gid, pid FROM tblproductconfiglinks) l ON l.gid = o.gid AND l.pid = h.packageid";

#[tokio::test]
async fn an_answer_is_a_finding_or_a_conflict_where_joins_say_so_too() {
    let mut database = Database::seeded("problems", Wish { clients: 200, messiness: 1.0, ..Wish::default() }).await;
    let problems: BTreeMap<u64, String> = database.conn.query(PROBLEMS).await.unwrap().into_iter().collect();
    for line in database.of("tblhostingconfigoptions") {
        let found = problems[&line["id"].as_u64().unwrap()].as_str();
        let fits = match line["expected"].as_str().unwrap() {
            "conflict" => found.contains("conflict"),
            "finding" => !found.is_empty(),
            _ => found.is_empty(),
        };
        assert!(fits, "{line} but joins say `{found}`");
    }
    database.drop().await;
}

#[tokio::test]
async fn sizes_of_sound_services_are_what_their_answers_say() {
    let mut database = Database::seeded("sizes", Wish { clients: 200, ..Wish::default() }).await;
    let sizes: Vec<(u64, u64, u64)> = database
        .conn
        .query(
            "SELECT h.id, SUM(IF(o.optionname = 'RAM', SUBSTRING_INDEX(s.optionname, '|', 1), 0)), \
             SUM(IF(o.optionname LIKE 'Extra RAM%', a.qty * 1024, 0)) FROM tblhosting h \
             JOIN tblhostingconfigoptions a ON a.relid = h.id JOIN tblproductconfigoptions o ON o.id = a.configid \
             JOIN tblproductconfigoptionssub s ON s.id = a.optionid WHERE h.packageid IN (1, 2, 3, 4) GROUP BY h.id",
        )
        .await
        .unwrap();
    let memory: BTreeMap<u64, u64> = sizes.into_iter().map(|(id, base, extra)| (id, base + extra)).collect();
    let mut compared = 0;
    for line in database.of("tblhosting").filter(|line| line["damage"].as_array().is_some_and(Vec::is_empty)) {
        if let Some(expected) = memory.get(&line["id"].as_u64().unwrap()) {
            assert_eq!(line["memory_mib"].as_u64(), Some(*expected), "{line}");
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
    database.drop().await;
}

#[tokio::test]
async fn every_word_of_the_truth_is_in_the_known_catalogue() {
    let database = Database::seeded("known", Wish { clients: 200, ..Wish::default() }).await;
    let known = |list: &str, word: &str| -> BTreeSet<String> {
        let entries = database.known[list].as_array().unwrap();
        entries.iter().map(|entry| entry[word].as_str().unwrap().to_owned()).collect()
    };
    let (images, regions, plans, nodes) =
        (known("images", "image"), known("regions", "region"), known("plans", "plan"), known("servers", "node"));
    let is_in = |words: &BTreeSet<String>, fact: &Value| fact.as_str().is_none_or(|fact| words.contains(fact));
    for line in database.of("tblhosting") {
        assert!(is_in(&images, &line["image"]) && is_in(&regions, &line["region"]), "{line}");
        assert!(is_in(&plans, &line["plan"]) && is_in(&nodes, &line["node"]), "{line}");
        let live = line["status"] == "active" || line["status"] == "suspended";
        assert!(live || (line["vmid"].is_null() && line["addresses"] == Value::Array(Vec::new())), "{line}");
    }
    for wanted in ["ubuntu-2204", "ubuntu-2404", "debian-12", "debian-13"] {
        assert!(images.contains(wanted), "{wanted}");
    }
    let mut numbers: Vec<u64> = database.of("tblhosting").filter_map(|line| line["vmid"].as_u64()).collect();
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), all, "a machine is one service's");
    database.drop().await;
}

#[tokio::test]
async fn the_known_login_owns_running_servers_of_the_right_names() {
    let mut database = Database::seeded("sample", Wish { messiness: 0.05, ..Wish::default() }).await;
    let options = "SELECT COUNT(DISTINCT o.optionname) FROM tblhostingconfigoptions a \
                   JOIN tblproductconfigoptions o ON o.id = a.configid JOIN tblhosting h ON h.id = a.relid \
                   WHERE h.userid = 1 AND o.optionname IN ('RAM', 'CPU')";
    let fields = "SELECT COUNT(DISTINCT f.fieldname) FROM tblcustomfieldsvalues v JOIN tblcustomfields f ON f.id = v.fieldid \
                  JOIN tblhosting h ON h.id = v.relid WHERE h.userid = 1 AND f.type = 'product' \
                  AND f.fieldname IN ('OS templates', 'Datacenter locations')";
    assert_eq!((database.number(options).await, database.number(fields).await), (2, 2));
    let mine: Vec<u64> = database.conn.query("SELECT id FROM tblhosting WHERE userid = 1").await.unwrap();
    let sound: Vec<&Value> =
        database.of("tblhosting").filter(|line| mine.contains(&line["id"].as_u64().unwrap())).collect();
    assert_eq!(sound.len(), 3);
    for line in sound {
        assert_eq!((&line["status"], &line["expected"]), (&Value::from("active"), &Value::from("mapped")));
        let machine = database.machines.iter().find(|machine| machine["vmid"] == line["vmid"]).unwrap();
        assert_eq!((&machine["memory_mib"], &machine["running"]), (&line["memory_mib"], &Value::from(true)));
    }
    database.drop().await;
}
