//! What the host of a seeded database would add to it: its review of a proposed mapping, and its hypervisors' inventory.

use serde_json::{Value, json};

/// The proposal of `slipway-migrate map` with what only the host knows: where its servers are, and what becomes of the one
/// image that nobody sells any more. `catalogue` is what `seed` wrote of it.
pub fn reviewed(proposal: &str, catalogue: &Value) -> String {
    let mut mapping = proposal.replace("reviewed: false", "reviewed: true");
    for server in catalogue["servers"].as_array().into_iter().flatten() {
        let (id, site, node) = (&server["id"], &server["site"], &server["node"]);
        let (site, node) = (site.as_str().unwrap_or_default(), node.as_str().unwrap_or_default());
        mapping =
            mapping.replace(&format!("\n  {id}: unmapped\n"), &format!("\n  {id}: {{site: {site}, node: {node}}}\n"));
    }
    mapping.replace("\nimages:\n", "\nimages:\n  CentOS 6 (custom): {ignore: not supported any more}\n")
}

/// The machines that `seed` wrote, as `slipway-operator inventory` would tell them.
pub fn inventory(machines: impl IntoIterator<Item = Value>) -> Value {
    let machine = |line: Value| {
        json!({
            "vmid": line["vmid"], "node": line["node"], "name": line["name"], "cores": line["cores"],
            "memoryMiB": line["memory_mib"], "diskGiB": line["disk_gib"], "macs": [line["mac"]],
            "addresses": line["address"].as_str().filter(|a| !a.is_empty()).into_iter().collect::<Vec<_>>(),
            "adoption": { "networks": [], "disks": [], "movePool": false },
        })
    };
    let machines: Vec<Value> = machines.into_iter().map(machine).collect();
    json!({ "sites": { "home": machines } })
}
