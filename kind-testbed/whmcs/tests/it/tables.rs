//! The tables of both variants.

use mysql_async::{Conn, prelude::Queryable};
use whmcs_testbed::{
    schema::{self, Variant},
    seed::catalogue::Module,
};

use crate::server::{Database, Wish, url};

#[tokio::test]
async fn version_8_has_users_apart_and_version_7_does_not() {
    let mut eight = Database::seeded("eight", Wish::default()).await;
    let mut seven = Database::seeded("seven", Wish { variant: Variant::V7, ..Wish::default() }).await;
    let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()";
    assert_eq!((eight.number(tables).await, seven.number(tables).await), (86, 76));
    assert!(eight.number("SELECT COUNT(*) FROM tblusers").await > 20);
    for database in [&mut eight, &mut seven] {
        assert_eq!(database.number("SELECT COUNT(*) FROM tblclients").await, 25);
        assert!(database.number("SELECT COUNT(*) FROM tblinvoiceitems").await > 25);
        // Read as text, whatever the driver makes of it.
        let zero = "SELECT COUNT(*) FROM tblclients WHERE CAST(datecreated AS CHAR) = '0000-00-00'";
        assert!(database.number(zero).await > 0);
    }
    let logins = "SELECT COUNT(*) FROM tblclients WHERE password LIKE '$2y$%' OR password LIKE '%:%'";
    assert!(seven.number(logins).await > 20, "a client of version 7 logs in itself");
    let digits = "SELECT numeric_precision FROM information_schema.columns WHERE table_schema = DATABASE() \
                  AND table_name = 'tblhosting' AND column_name = 'amount'";
    assert_eq!((eight.number(digits).await, seven.number(digits).await), (16, 10));
    eight.drop().await;
    seven.drop().await;
}

#[tokio::test]
async fn messy_databases_have_tables_of_before_and_clean_ones_do_not() {
    let mut messy = Database::seeded("messy_tables", Wish::default()).await;
    let mut clean = Database::seeded("clean_tables", Wish { messiness: 0.0, ..Wish::default() }).await;
    let old = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() \
               AND (engine = 'MyISAM' OR table_collation LIKE 'latin1%')";
    assert_eq!((messy.number(old).await, clean.number(old).await), (6, 0));
    messy.drop().await;
    clean.drop().await;
}

#[tokio::test]
async fn keys_that_are_taken_away_come_back() {
    let mut conn = Conn::new(url()).await.unwrap();
    let columns = schema::create(&mut conn, "test_keys", Variant::V8, true).await.unwrap();
    let keys = "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = 'test_keys'";
    let all: u64 = conn.query_first(keys).await.unwrap().unwrap();
    let back = schema::drop_keys(&mut conn, &columns).await.unwrap();
    let fewer: u64 = conn.query_first(keys).await.unwrap().unwrap();
    assert!(fewer < all - 100, "{fewer} of {all} keys are left");
    for statement in back {
        conn.query_drop(statement).await.unwrap();
    }
    let again: u64 = conn.query_first(keys).await.unwrap().unwrap();
    assert_eq!(again, all);
    conn.query_drop("DROP DATABASE test_keys").await.unwrap();
    conn.disconnect().await.unwrap();
}

#[tokio::test]
async fn services_of_one_module_have_eight_answers_and_four_values_each() {
    let wish = Wish { only: Some(Module::Pvewhmcs), messiness: 0.0, clients: 60, ..Wish::default() };
    let mut database = Database::seeded("only", wish).await;
    let services = database.number("SELECT COUNT(*) FROM tblhosting").await;
    assert!(services >= 60, "{services}");
    let answers = database.number("SELECT COUNT(*) FROM tblhostingconfigoptions").await;
    let values = "SELECT COUNT(*) FROM tblcustomfieldsvalues v JOIN tblcustomfields f ON f.id = v.fieldid WHERE f.type = 'product'";
    assert_eq!((answers, database.number(values).await), (8 * services, 4 * services));
    database.drop().await;
}

#[tokio::test]
async fn a_database_that_was_not_seeded_is_left_alone() {
    let mut conn = Conn::new(url()).await.unwrap();
    conn.query_drop("CREATE DATABASE test_theirs").await.unwrap();
    conn.query_drop("CREATE TABLE test_theirs.tblconfiguration (setting TEXT, value TEXT)").await.unwrap();
    conn.query_drop("INSERT INTO test_theirs.tblconfiguration VALUES ('CompanyName', 'Real Hosting')").await.unwrap();
    let refused = schema::create(&mut conn, "test_theirs", Variant::V8, false).await.unwrap_err();
    assert!(refused.to_string().contains("was not made by this"), "{refused}");
    let rows: u64 = conn.query_first("SELECT COUNT(*) FROM test_theirs.tblconfiguration").await.unwrap().unwrap();
    assert_eq!(rows, 1);
    conn.query_drop("DROP DATABASE test_theirs").await.unwrap();
    conn.disconnect().await.unwrap();
}

#[tokio::test]
async fn every_status_cycle_kind_of_option_and_kind_of_field_comes_even_where_there_are_few() {
    for (name, messiness) in [("few_clean", 0.0), ("few_messy", 0.1)] {
        let mut database = Database::seeded(name, Wish { messiness, ..Wish::default() }).await;
        for (kinds, query) in [
            (7, "SELECT COUNT(DISTINCT domainstatus) FROM tblhosting"),
            (8, "SELECT COUNT(DISTINCT LEFT(REPLACE(billingcycle, ' ', ''), 5)) FROM tblhosting"),
            (4, "SELECT COUNT(DISTINCT optiontype) FROM tblproductconfigoptions"),
            (6, "SELECT COUNT(DISTINCT fieldtype) FROM tblcustomfields"),
            (4, "SELECT COUNT(DISTINCT type) FROM tblcustomfields"),
        ] {
            assert_eq!(database.number(query).await, kinds, "{name}: {query}");
        }
        database.drop().await;
    }
}
