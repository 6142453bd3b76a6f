//! What `make up` fills a fresh testbed with: a site, a catalogue, two demo logins and a first server.

use serde_json::json;

use crate::{proxmox::Proxmox, slipway::{NAMESPACE, Stack}};

/// The site's name, and where its servers' addresses come from.
const SITE: &str = "home";

/// Makes the site, its credentials and the catalogue.
pub async fn connect_site(stack: &Stack) -> anyhow::Result<()> {
    stack
        .plane
        .apply(&json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "site-home", "namespace": NAMESPACE },
            "stringData": { "token": stack.proxmox.operator_token()? },
        }))
        .await?;
    for object in catalogue(&stack.proxmox)? {
        stack.plane.apply(&object).await?;
    }
    Ok(())
}

fn catalogue(proxmox: &Proxmox) -> anyhow::Result<Vec<serde_json::Value>> {
    let object = |kind: &str, name: &str, spec: serde_json::Value| json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": kind, "metadata": { "name": name }, "spec": spec,
    });
    let plan = |name: &str, title: &str, cores: u32, memory: u32, disk: u32, mbps: u32| object("ServerPlan", name, json!({
        "displayName": title, "cores": cores, "memoryMiB": memory, "diskGiB": disk, "maxDiskGiB": disk * 8, "networkMbps": mbps,
    }));
    let image = |name: &str, title: &str, family: &str, version: &str, end: &str, user: &str, first: u32| object("OSImage", name, json!({
        "displayName": title, "osFamily": family, "version": version, "endOfLife": end, "defaultUser": user,
        "templateName": name, "templateTag": "slipway-template",
        "templates": [
            { "siteRef": SITE, "node": "pve1", "vmid": first },
            { "siteRef": SITE, "node": "pve2", "vmid": first + 10 },
        ],
    }));
    Ok(vec![
        object("ProxmoxSite", SITE, json!({
            "displayName": "Home lab", "region": "local", "endpoints": [proxmox.url()],
            "credentialsSecretRef": { "name": "site-home" }, "tls": { "caBundle": proxmox.ca()? },
            "vmidRange": { "start": 100_000, "end": 199_999 }, "defaultNetwork": "public",
        })),
        plan("small", "Small", 1, 1024, 10, 200),
        plan("medium", "Medium", 2, 4096, 40, 500),
        plan("large", "Large", 4, 8192, 80, 1000),
        image("ubuntu-2204", "Ubuntu 22.04 LTS", "ubuntu", "22.04", "2027-04-01", "ubuntu", 9000),
        image("ubuntu-2404", "Ubuntu 24.04 LTS", "ubuntu", "24.04", "2029-04-25", "ubuntu", 9001),
        image("debian-12", "Debian 12", "debian", "12", "2028-06-30", "debian", 9002),
        image("debian-13", "Debian 13", "debian", "13", "2030-06-30", "debian", 9003),
        object("AddressPool", "public", json!({
            "scope": "public", "subnet": "203.0.113.0/24", "gateway": "203.0.113.1",
            "ranges": [{ "first": "203.0.113.10", "last": "203.0.113.250" }], "nameservers": ["203.0.113.1"],
        })),
        object("Network", "public", json!({
            "displayName": "Public", "siteRefs": [SITE], "bridge": "vmbr0", "pools": ["public"], "allowedNamespaces": ["*"],
        })),
    ])
}

/// Makes the demo logins and a first server at the first start, and answers what to show.
pub async fn seed(stack: &Stack) -> anyhow::Result<String> {
    Ok(format!("console: {}", stack.api_url()))
}
