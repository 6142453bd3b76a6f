//! A machine that somebody made by hand becomes a customer's server, over REST and while it runs.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::stack::{Proxmox, Stack, fresh};

/// Clones a template and starts the clone, as a person at Proxmox's own console does; answers the guest's process.
async fn make_by_hand(pve: &Proxmox, vmid: u32, name: &str) -> Value {
    let id = vmid.to_string();
    let clone = [("newid", id.as_str()), ("full", "1"), ("name", name)];
    pve.call(Method::POST, "/nodes/pve1/qemu/9003/clone", &clone).await;
    let path = format!("/nodes/pve1/qemu/{vmid}");
    wait(pve, &format!("{path}/config"), |config| config["lock"].is_null() && config["scsi0"].is_string()).await;
    pve.call(Method::POST, &format!("{path}/status/start"), &[]).await;
    wait(pve, &format!("{path}/status/current"), |status| status["pid"].is_u64()).await["pid"].clone()
}

async fn wait(pve: &Proxmox, path: &str, is: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..300 {
        let found = pve.get(path).await;
        if is(&found) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{path} never came to what was waited for");
}

#[tokio::test]
async fn a_machine_made_by_hand_becomes_a_customers_server_and_never_stops() {
    let staff = Stack::staff().await;
    let pve = staff.proxmox();
    let (vmid, name) = (20_000 + rand::random::<u32>() % 1000, fresh("by-hand"));
    let process = make_by_hand(&pve, vmid, &name).await;
    let seen = staff
        .until("/v1/sites/home/adoptable?limit=200", "a list with the machine", |page| {
            page["items"].as_array().unwrap().iter().any(|m| m["vmid"] == vmid && m["running"] == true)
        })
        .await;
    let machine = seen["items"].as_array().unwrap().iter().find(|m| m["vmid"] == vmid).unwrap();
    assert_eq!((&machine["skipped"], &machine["becomes"]["name"]), (&json!(null), &json!(name)));
    let accounts = staff.get("/v1/accounts").await;
    let wish = json!({ "vmid": vmid, "accountId": accounts["items"][0]["id"], "image": "debian-13" });
    let adopt = staff.request(Method::POST, "/v1/sites/home/adopt").json(&wish).send().await.unwrap();
    assert_eq!(adopt.status(), 202);
    let accepted: Value = adopt.json().await.unwrap();

    // Only an administrator of Proxmox gives a machine away.
    let ended = staff.ended(&accepted["operation"]).await;
    assert_eq!((&ended["status"], &ended["reason"]), (&json!("failed"), &json!("NotInPool")), "{ended:#}");
    let command = machine["command"].as_str().unwrap();
    assert!(ended["message"].as_str().unwrap().contains(command), "{command}: {ended:#}");
    let pool = command.split_whitespace().find(|word| word.starts_with("slipway-")).unwrap();
    let id = vmid.to_string();
    pve.call(Method::PUT, "/pools", &[("poolid", pool), ("vms", &id)]).await;

    let path = format!("/v1/servers/{}", accepted["server"]["id"].as_str().unwrap());
    let server = staff.until(&path, "adopted", |server| server["ready"] == true).await;
    assert_eq!((&server["phase"], &server["vmid"]), (&json!("Running"), &json!(vmid)));
    let now = pve.get(&format!("/nodes/pve1/qemu/{vmid}/status/current")).await;
    assert_eq!(now["pid"], process, "it was not restarted");
    let customer = Stack::customer().await;
    assert_eq!(customer.named(&name).await.len(), 1, "it is the customer's");
    let again = staff.get("/v1/sites/home/adoptable?limit=200").await;
    assert!(again["items"].as_array().unwrap().iter().all(|m| m["vmid"] != vmid), "a server's VM is no candidate");
}
