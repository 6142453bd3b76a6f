//! Puts the machines of a seeded WHMCS into the Proxmox VE testbed, over the API that a real one has.

use std::{collections::HashMap, fs, path::Path, time::Duration};

use anyhow::{Context as _, bail};
use reqwest::{Certificate, Client, Method};
use serde_json::Value;
use whmcs_testbed::seed::machines::Machine;

use crate::proxmox::Proxmox;

/// How long a create may take.
const TIMEOUT: Duration = Duration::from_mins(2);

/// What became of the machines of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Made {
    pub made: usize,
    /// Were there already, under their names.
    pub there: usize,
    /// VMIDs that machines of other names have: these were not made.
    pub taken: Vec<u64>,
}

/// Makes every machine of `file` that is not there yet, and waits until those that should run do.
pub async fn make(proxmox: &Proxmox, file: &Path, pool: Option<&str>) -> anyhow::Result<Made> {
    let machines = read(file)?;
    let api = Api::new(proxmox)?;
    let there = api.call(Method::GET, "/cluster/resources?type=vm", &[]).await?;
    let names: HashMap<u64, &str> = there
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|vm| Some((vm["vmid"].as_u64()?, vm["name"].as_str().unwrap_or_default())))
        .collect();
    let (mut made, mut tasks) = (Made::default(), Vec::new());
    for machine in &machines {
        match names.get(&machine.vmid.into()) {
            Some(name) if *name == machine.name => {
                made.there += 1;
                continue;
            }
            Some(_) => {
                made.taken.push(machine.vmid.into());
                continue;
            }
            None => {}
        }
        let path = format!("/nodes/{}/qemu", machine.node);
        let upid = api.call(Method::POST, &path, &configuration(machine, pool)).await?;
        let upid = upid.as_str().with_context(|| format!("VM {}: no task was answered", machine.vmid))?.to_owned();
        tasks.push((machine, upid));
    }
    for (machine, upid) in &tasks {
        api.finished(&machine.node, upid).await.with_context(|| format!("VM {} could not be made", machine.vmid))?;
    }
    made.made = tasks.len();
    Ok(made)
}

/// Waits until the operator's inventory of the site shows every machine of `file`: it reads one every few seconds.
pub async fn wait_until_seen(operator: &str, token: &str, site: &str, file: &Path) -> anyhow::Result<()> {
    let machines = read(file)?;
    let http = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    let url = format!("{operator}/v1/sites/{site}/inventory?limit=500");
    let deadline = tokio::time::Instant::now() + TIMEOUT;
    loop {
        let answer = http.get(&url).bearer_auth(token).send().await?;
        let page: Value = if answer.status().is_success() { answer.json().await? } else { Value::Null };
        let seen: Vec<u64> =
            page["machines"].as_array().into_iter().flatten().filter_map(|vm| vm["vmid"].as_u64()).collect();
        if machines.iter().all(|machine| seen.contains(&machine.vmid.into())) {
            return Ok(());
        }
        if tokio::time::Instant::now() >= deadline {
            bail!("the operator's inventory of {site} does not show the machines; see `make logs`");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<Machine>> {
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    text.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("a line is no machine")
}

fn configuration(machine: &Machine, pool: Option<&str>) -> Vec<(&'static str, String)> {
    let mut form = vec![
        ("vmid", machine.vmid.to_string()),
        ("name", machine.name.clone()),
        ("cores", machine.cores.to_string()),
        ("memory", machine.memory_mib.to_string()),
        ("scsihw", "virtio-scsi-single".to_owned()),
        ("scsi0", format!("local-lvm:{}", machine.disk_gib)),
        ("ide2", "local-lvm:cloudinit".to_owned()),
        ("net0", format!("virtio={},bridge=vmbr0", machine.mac)),
        ("onboot", "1".to_owned()),
        ("start", u8::from(machine.running).to_string()),
    ];
    if !machine.address.is_empty() {
        let gateway = machine.address.rsplit_once('.').map_or(machine.address.as_str(), |(net, _)| net);
        form.push(("ipconfig0", format!("ip={}/24,gw={gateway}.1", machine.address)));
    }
    if !machine.tags.is_empty() {
        form.push(("tags", machine.tags.join(";")));
    }
    form.extend(pool.map(|pool| ("pool", pool.to_owned())));
    form
}

struct Api {
    http: Client,
    url: String,
    token: String,
}

impl Api {
    fn new(proxmox: &Proxmox) -> anyhow::Result<Self> {
        let ca = Certificate::from_pem(proxmox.ca()?.as_bytes())?;
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(30)).tls_certs_only([ca]).build()?;
        Ok(Self { http, url: format!("{}/api2/json", proxmox.url()), token: proxmox.root_token()? })
    }

    async fn call(&self, method: Method, path: &str, form: &[(&str, String)]) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).header("Authorization", &self.token);
        if !form.is_empty() {
            request = request.form(form);
        }
        let answer = request.send().await?;
        let (status, body) = (answer.status(), answer.text().await?);
        anyhow::ensure!(status.is_success(), "{path}: {status} {body}");
        Ok(serde_json::from_str::<Value>(&body)?["data"].take())
    }

    async fn finished(&self, node: &str, upid: &str) -> anyhow::Result<()> {
        let path = format!("/nodes/{node}/tasks/{upid}/status");
        let began = tokio::time::Instant::now();
        while began.elapsed() < TIMEOUT {
            let task = self.call(Method::GET, &path, &[]).await?;
            match task["exitstatus"].as_str() {
                Some("OK") => return Ok(()),
                Some(failed) => bail!("the task ended: {failed}"),
                None => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        bail!("the task did not end within {} s", TIMEOUT.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use pve_testbed::{
        World,
        request::{Method, Request},
        server::{Options, TlsMaterial, serve},
    };

    use super::*;

    fn machine(vmid: u32, running: bool) -> Machine {
        Machine {
            vmid,
            node: "pve2".to_owned(),
            name: format!("web{vmid}.example"),
            cores: 2,
            memory_mib: 2048,
            disk_gib: 40,
            address: "203.0.113.7".to_owned(),
            mac: "BC:24:11:00:04:4D".to_owned(),
            running,
            tags: vec!["whmcs".to_owned()],
        }
    }

    #[tokio::test]
    async fn machines_are_made_as_described_and_once() {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let tls = TlsMaterial::generate(&[], &[]).unwrap();
        let handle = serve(World::seeded(7), listener, &tls, &Options { speed: 60.0, control: false }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), handle.ca_pem()).unwrap();
        let token = handle.with_world(|world| world.root_token());
        fs::write(folder.path().join("token"), format!("PVEAPIToken={token}")).unwrap();
        let file = folder.path().join("machines");
        let lines = [machine(1101, true), machine(1102, false)].map(|m| serde_json::to_string(&m).unwrap());
        fs::write(&file, lines.join("\n")).unwrap();

        let proxmox = Proxmox::new(folder.path().to_owned(), port);
        let (all, none) = (Made { made: 2, ..Made::default() }, Made { there: 2, ..Made::default() });
        assert_eq!(make(&proxmox, &file, None).await.unwrap(), all);
        assert_eq!(make(&proxmox, &file, None).await.unwrap(), none, "what is there stays as it is");
        let other = Machine { name: "somebody.else".to_owned(), ..machine(1101, true) };
        fs::write(&file, serde_json::to_string(&other).unwrap()).unwrap();
        let not_made = Made { taken: vec![1101], ..Made::default() };
        assert_eq!(make(&proxmox, &file, None).await.unwrap(), not_made, "a number that is taken is told");
        let get = |path: &str| {
            handle.with_world(|world| {
                let token = world.root_token();
                world.call(Request::new(Method::Get, path).token(&token)).data().clone()
            })
        };
        let config = get("/nodes/pve2/qemu/1101/config");
        assert_eq!((&config["cores"], &config["tags"]), (&Value::from(2), &Value::from("whmcs")), "{config}");
        assert!(config["net0"].as_str().unwrap().contains("BC:24:11:00:04:4D"), "{config}");
        assert!(config["scsi0"].as_str().unwrap().contains("size=40G"), "{config}");
        assert_eq!(config["ipconfig0"], "ip=203.0.113.7/24,gw=203.0.113.1");
        for (vmid, status) in [(1101, "running"), (1102, "stopped")] {
            assert_eq!(get(&format!("/nodes/pve2/qemu/{vmid}/status/current"))["status"], status);
        }
    }
}
