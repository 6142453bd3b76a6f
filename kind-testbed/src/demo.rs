//! What `make up` fills a fresh testbed with: a site, a catalogue, two demo logins and a first server.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::{
    slipway::{NAMESPACE, Stack},
    whmcs,
};

/// The site's name, and where its servers' addresses come from.
pub const SITE: &str = "home";
/// E-mail and password of the demo logins; the testbed listens on loopback only.
pub const CUSTOMER: (&str, &str) = ("ada@example.org", "slipway-demo-customer");
pub const STAFF: (&str, &str) = ("sam@example.org", "slipway-demo-staff");

/// Makes the site, its credentials and the catalogue.
pub async fn connect_site(stack: &Stack) -> anyhow::Result<()> {
    let (token, url, tls) = if let Some(node) = &stack.real_node {
        (node.token.clone(), node.url.clone(), json!({ "fingerprint": node.fingerprint }))
    } else {
        let proxmox = &stack.proxmox;
        (proxmox.operator_token()?, proxmox.url(), json!({ "caBundle": proxmox.ca()? }))
    };
    stack
        .plane
        .apply(&json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "site-home", "namespace": NAMESPACE },
            "stringData": { "token": token },
        }))
        .await?;
    stack.plane.apply(&site(&url, &tls)).await?;
    if let Some(node) = &stack.real_node {
        let folder = node.manifests.to_string_lossy();
        stack.plane.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &folder]).await?;
        return Ok(());
    }
    for object in catalogue() {
        stack.plane.apply(&object).await?;
    }
    Ok(())
}

fn object(kind: &str, name: &str, spec: &Value) -> Value {
    json!({ "apiVersion": "slipway.dev/v1alpha1", "kind": kind, "metadata": { "name": name }, "spec": spec })
}

fn site(url: &str, tls: &Value) -> Value {
    object(
        "ProxmoxSite",
        SITE,
        &json!({
            "displayName": "Home lab", "region": "local", "endpoints": [url],
            "credentialsSecretRef": { "name": "site-home" }, "tls": tls,
            "vmidRange": { "start": 100_000, "end": 199_999 }, "defaultNetwork": "public",
        }),
    )
}

fn catalogue() -> Vec<Value> {
    let plan = |name: &str, title: &str, cores: u32, memory: u32, disk: u32, mbps: u32| {
        object(
            "ServerPlan",
            name,
            &json!({
                "displayName": title, "cores": cores, "memoryMiB": memory, "diskGiB": disk, "maxDiskGiB": disk * 8, "networkMbps": mbps,
            }),
        )
    };
    let image = |name: &str, title: &str, family: &str, version: &str, end: &str, user: &str, first: u32| {
        object(
            "OSImage",
            name,
            &json!({
                "displayName": title, "osFamily": family, "version": version, "endOfLife": end, "defaultUser": user,
                "templateName": name, "templateTag": "slipway-template",
                "templates": [
                    { "siteRef": SITE, "node": "pve1", "vmid": first },
                    { "siteRef": SITE, "node": "pve2", "vmid": first + 10 },
                ],
            }),
        )
    };
    vec![
        plan("small", "Small", 1, 1024, 10, 200),
        plan("medium", "Medium", 2, 4096, 40, 500),
        plan("large", "Large", 4, 8192, 80, 1000),
        image("ubuntu-2204", "Ubuntu 22.04 LTS", "ubuntu", "22.04", "2027-04-01", "ubuntu", 9000),
        image("ubuntu-2404", "Ubuntu 24.04 LTS", "ubuntu", "24.04", "2029-04-25", "ubuntu", 9001),
        image("debian-12", "Debian 12", "debian", "12", "2028-06-30", "debian", 9002),
        image("debian-13", "Debian 13", "debian", "13", "2030-06-30", "debian", 9003),
        object(
            "AddressPool",
            "public",
            &json!({
                "scope": "public", "subnet": "203.0.113.0/24", "gateway": "203.0.113.1",
                "ranges": [{ "first": "203.0.113.10", "last": "203.0.113.250" }], "nameservers": ["203.0.113.1"],
            }),
        ),
        // Where the machines of the sample WHMCS are already; new servers come from the pool before it.
        object(
            "AddressPool",
            "carried",
            &json!({
                "scope": "public", "subnet": "192.0.2.0/24", "gateway": "192.0.2.1",
                "ranges": [{ "first": "192.0.2.100", "last": "192.0.2.250" }], "nameservers": ["192.0.2.1"],
            }),
        ),
        object(
            "Network",
            "public",
            &json!({
                "displayName": "Public", "siteRefs": [SITE], "bridge": "vmbr0", "pools": ["public", "carried"], "allowedNamespaces": ["*"],
            }),
        ),
    ]
}

/// Makes the demo logins, prices and a first server at the first start, and answers what to show. On a real node the first
/// server is left to a person.
pub async fn seed(stack: &Stack) -> anyhow::Result<String> {
    if let Some(node) = &stack.real_node {
        people(stack).await?;
        return Ok(welcome(stack, None, &node.url));
    }
    let marker = stack.state.join("demo-namespace");
    let namespace = if let Ok(namespace) = fs::read_to_string(&marker) {
        namespace
    } else {
        let namespace = seed_once(stack).await?;
        fs::write(&marker, &namespace)?;
        namespace
    };
    stack.write_account_kubeconfig("tenant", &namespace, "tenant").await?;
    Ok(welcome(stack, Some(&namespace), &format!("{} (testbed)", stack.proxmox.url())))
}

async fn seed_once(stack: &Stack) -> anyhow::Result<String> {
    let began = Instant::now();
    people(stack).await?;
    let namespace = first_server(stack).await?;
    println!("    demo logins, prices and the server `hello` made in {:.1} s", began.elapsed().as_secs_f32());
    Ok(namespace)
}

/// The demo logins and prices; what is there already stays.
async fn people(stack: &Stack) -> anyhow::Result<()> {
    admin(stack, &["create-staff", "--email", STAFF.0, "--name", "Sam Staff", "--password", STAFF.1]).await?;
    admin(stack, &["create-user", "--email", CUSTOMER.0, "--name", "Ada Customer", "--password", CUSTOMER.1]).await?;
    let account = admin(stack, &["create-account", "--name", "Ada's Bakery"]).await?;
    admin(stack, &["add-member", "--account", &account, "--email", CUSTOMER.0]).await?;
    for (plan, monthly) in [("small", "4.90"), ("medium", "12.90"), ("large", "24.90")] {
        admin(stack, &["set-plan-price", "--plan", plan, "--currency", "EUR", "--monthly", monthly]).await?;
    }
    Ok(())
}

/// Orders a server as a customer would, and waits until it runs; answers its namespace.
async fn first_server(stack: &Stack) -> anyhow::Result<String> {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let url = |path: &str| format!("{}{path}", stack.api_url());
    let login =
        http.post(url("/v1/auth/login")).json(&json!({ "email": CUSTOMER.0, "password": CUSTOMER.1 })).send().await?;
    let login: Value = login.error_for_status().context("the demo customer could not log in")?.json().await?;
    let token = login["accessToken"].as_str().unwrap_or_default();
    let wish = json!({ "name": "hello", "plan": "small", "image": "debian-13", "site": SITE, "password": "correct-horse-battery" });
    // The catalogue reaches the database by a watch, a moment after the API is ready.
    let mut ordered = Value::Null;
    for _ in 0..60 {
        let answer = http.post(url("/v1/servers")).bearer_auth(token).json(&wish).send().await?;
        if answer.status().is_success() {
            ordered = answer.json().await?;
            break;
        }
        let refused = answer.text().await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        ordered = Value::String(refused);
    }
    let Some(id) = ordered["server"]["id"].as_str() else { bail!("the demo server was refused: {ordered}") };
    for _ in 0..240 {
        let server: Value = http.get(url(&format!("/v1/servers/{id}"))).bearer_auth(token).send().await?.json().await?;
        if server["ready"] == true
            && let Some(namespace) = server["namespace"].as_str()
        {
            return Ok(namespace.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    bail!("the demo server did not become ready; see `make logs`")
}

async fn admin(stack: &Stack, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = stack.api_command();
    let output =
        command.arg("admin").args(arguments).output().await.context("slipway-api admin could not be started")?;
    anyhow::ensure!(
        output.status.success(),
        "slipway-api admin {}: {}",
        arguments[0],
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Without a tenant's namespace: on a real node, where nothing was ordered.
fn welcome(stack: &Stack, namespace: Option<&str>, proxmox: &str) -> String {
    let console = stack.api_url();
    let kubeconfig = |name: &str| stack.plane.kubeconfig(name).display().to_string();
    let (whmcs, tenant, next) = match namespace {
        None => (
            String::new(),
            String::new(),
            "  kubectl describe pvesite home                                               (provider: what the token lacks)",
        ),
        Some(namespace) => (
            format!(
                "  WHMCS       {} (testbed; its key: {})\n",
                stack.mariadb.reader_url(whmcs::SAMPLE),
                stack.state.join("whmcs/encryption-key").display()
            ),
            format!("  export KUBECONFIG={}     # tenant {namespace}\n", kubeconfig("tenant")),
            "  kubectl apply -f charts/examples/smallest.yaml && kubectl get vps --watch   (tenant)",
        ),
    };
    format!(
        "
Slipway runs.

  console     {console}
  customer    {} / {}
  staff       {} / {}
  API         {console}/v1 (description: {console}/v1/openapi.json)
  Proxmox VE  {proxmox}
{whmcs}
  export PATH={}:$PATH     # a kubectl of the right version
  export KUBECONFIG={}     # provider
{tenant}
Try next:
  kubectl get vps -A                                                          (provider)
{next}
  curl -s {console}/v1/auth/login -H 'Content-Type: application/json' -d '{{\"email\":\"{}\",\"password\":\"{}\"}}'

`make status` shows what runs, `make logs` what it says, `make down` stops it.
",
        CUSTOMER.0,
        CUSTOMER.1,
        STAFF.0,
        STAFF.1,
        stack.bin().display(),
        kubeconfig("provider"),
        CUSTOMER.0,
        CUSTOMER.1,
    )
}
