//! What `verify` promises: it agrees to the cent where nothing differs, and names what does.

use serde_json::Value;

use crate::lab::{Lab, text};

#[tokio::test]
async fn verify_agrees_to_the_cent_and_tells_what_differs() {
    let lab = Lab::start("verify").await;
    lab.json(&["run"], 11);
    let verified = lab.json(&["verify"], 11);
    assert_eq!((verified["differing"].as_u64(), verified["missing"].as_u64()), (Some(0), Some(0)));
    for line in verified["counts"]
        .as_array()
        .unwrap()
        .iter()
        .chain(verified["money"].as_object().unwrap().values().flat_map(|l| l.as_array().unwrap()))
    {
        assert_eq!(
            line["source"].to_string().trim_matches('"').parse::<f64>().ok(),
            line["target"].to_string().trim_matches('"').parse::<f64>().ok(),
            "{line}"
        );
    }
    let groups = verified["groups"].as_array().unwrap();
    for what in ["services active", "services due 20", "invoices Paid"] {
        let mut of_it = groups.iter().filter(|line| line["what"].as_str().unwrap().starts_with(what));
        assert!(of_it.next().is_some_and(|line| line["target"].as_u64().unwrap() > 0), "{what}: {groups:?}");
    }
    assert!(groups.iter().all(|line| line["carried"] == line["target"]), "{groups:?}");
    let nobodys = verified["machines"]["nobodys"].as_array().unwrap();
    assert!(nobodys.iter().any(|machine| machine.as_str().unwrap().contains("forgotten-test")), "{nobodys:?}");
    let (service, vmid): (i64, i32) = sqlx::query_as(
        "select s.legacy_id, s.vmid from services s join servers v on v.id = s.server_id
         where v.phase <> 'Unlinked' and s.vmid is not null and s.memory_mib is not null order by 1 limit 1",
    )
    .fetch_one(&lab.pool)
    .await
    .unwrap();
    // A module remembers a network card that the machine has not.
    lab.change(&format!(
        "insert into ProxmoxAddon_VmIpAddress (hosting_id, server_id, ip, mac_address)
         values ({service}, 1, '', 'bc-24-11-ff-ff-ff')"
    ))
    .await;
    let mapping = std::fs::read_to_string(lab.path("mapping.yaml")).unwrap();
    let locator = "\n  - {table: ProxmoxAddon_VmIpAddress, service: hosting_id, mac: mac_address}";
    std::fs::write(lab.path("mapping.yaml"), mapping.replace("\nlocators:", &format!("\nlocators:{locator}"))).unwrap();
    let mut inventory: Value = serde_json::from_slice(&std::fs::read(lab.path("inventory.json")).unwrap()).unwrap();
    let machines = inventory["sites"]["home"].as_array_mut().unwrap();
    let machine = machines.iter_mut().find(|machine| machine["vmid"] == vmid).unwrap();
    (machine["memoryMiB"], machine["node"]) = (7.into(), "elsewhere".into());
    machine["adoption"] = serde_json::json!({ "command": "pvesh set /pools/slipway" });
    std::fs::write(lab.path("inventory.json"), inventory.to_string()).unwrap();
    let verified = lab.json(&["verify"], 11);
    let otherwise = verified["machines"]["otherwise"].as_array().unwrap().iter().filter_map(Value::as_str);
    let mut otherwise = otherwise.filter(|told| told.starts_with(&format!("service {service}, VM {vmid}")));
    assert!(otherwise.next().is_some_and(|told| told.contains("and is on elsewhere")), "{verified}");
    assert!(otherwise.any(|told| told.contains("MAC: BC:24:11:FF:FF:FF in WHMCS")), "{verified}");
    let outside = verified["machines"]["outside"].as_array().unwrap();
    let told = outside.iter().filter_map(Value::as_str).find(|told| told.contains(&format!("home VM {vmid} ")));
    assert!(told.is_some_and(|told| told.contains("type `pvesh set /pools/slipway` on a node")), "{outside:?}");
    let resized = verified["machines"]["resized"].as_array().unwrap().clone();
    let told = resized
        .iter()
        .filter_map(Value::as_str)
        .find(|told| told.starts_with(&format!("service {service}, VM {vmid}")));
    assert!(told.is_some_and(|told| told.contains("MiB sold, 7 MiB there")), "{resized:?}");
    sqlx::query("update invoices set total = total + 0.01 where legacy_id = (select min(legacy_id) from invoices)")
        .execute(&lab.pool)
        .await
        .unwrap();
    sqlx::query(
        "update services set next_due = next_due + interval '1 year' where legacy_id = (
             select min(legacy_id) from services where next_due is not null and status = 'active')",
    )
    .execute(&lab.pool)
    .await
    .unwrap();
    let out = lab.command("verify").output().unwrap();
    assert!(text(&out).contains("differs"), "{}", text(&out));
    let differing = lab.json(&["verify"], 11)["groups"].as_array().unwrap().clone();
    let differing = differing.iter().filter(|line| line["carried"] != line["target"]);
    assert_eq!(differing.count(), 2, "one month has one less, another one more");
    lab.end().await;
}
