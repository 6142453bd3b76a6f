//! Older databases: 7.x has no users of their own.

use whmcs_testbed::schema::Variant;

use crate::lab::Lab;

#[tokio::test]
async fn a_database_of_7_x_is_carried_over_with_its_clients_as_logins() {
    let lab = Lab::with("seven", 25, 0.1, Variant::V7).await;
    let checked = lab.json(&["check"], 11);
    assert!(checked["variant"].as_str().unwrap().contains("7.x"), "{checked}");
    let first = lab.json(&["run"], 11);
    assert_eq!(first["records"]["accounts"]["created"], 25, "{first}");
    assert!(first["records"]["users"]["created"].as_u64().unwrap() >= 20, "{first}");
    let owners = lab.count("select count(*) from memberships where role = 'owner'").await;
    assert!(owners >= 20, "{owners}");
    let again = lab.json(&["run"], 11);
    assert_eq!((again["total"]["created"].as_u64(), again["total"]["changed"].as_u64()), (Some(0), Some(0)), "{again}");
    lab.end().await;
}
