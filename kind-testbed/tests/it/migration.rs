//! A host leaves WHMCS: its customers log in with their old passwords and see their machines, which nobody touched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};
use serde_json::Value;
use slipway_testbed::{machines, proxmox};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use whmcs_testbed::schema::Variant;
use whmcs_testbed::seed::{KNOWN_LOGIN, Options, seed};

use crate::stack::{Proxmox, Stack, env};

/// What a machine is and does: its process, its configuration, and what waits for a reboot.
#[derive(Debug, Clone)]
struct Seen {
    process: Value,
    uptime: u64,
    config: Value,
    pending: Vec<String>,
}

impl Seen {
    /// All but what adoption writes, and what follows from it.
    fn untouched(&self) -> Value {
        let mut config = self.config.clone();
        for ours in ["description", "tags", "protection", "digest"] {
            config.as_object_mut().unwrap().remove(ours);
        }
        config
    }
}

async fn look(pve: &Proxmox, node: &str, vmid: u64) -> Seen {
    let path = format!("/nodes/{node}/qemu/{vmid}");
    let status = pve.get(&format!("{path}/status/current")).await;
    let config = pve.get(&format!("{path}/config")).await;
    let rows = pve.get(&format!("{path}/pending")).await;
    let waits = |row: &&Value| row.get("pending").is_some() || row.get("delete").is_some();
    let pending = rows.as_array().unwrap().iter().filter(waits).map(|row| row["key"].to_string()).collect();
    Seen { process: status["pid"].clone(), uptime: status["uptime"].as_u64().unwrap_or_default(), config, pending }
}

struct Host {
    folder: TempDir,
    url: String,
}

const DATABASE: &str = "it_leaving";

impl Host {
    /// Years of business, and the machines that belong to them.
    async fn start(stack: &Stack, pve: &Proxmox) -> Self {
        let (server, folder) = (env("WHMCS_DATABASE_URL"), TempDir::new().unwrap());
        let file = |name: &str| Some(folder.path().join(name));
        let options = Options {
            clients: 25,
            seed: 1,
            messiness: 0.05,
            variant: Variant::V8,
            only: None,
            database: DATABASE.to_owned(),
            today: NaiveDate::from_ymd_opt(2026, 12, 1).unwrap(),
            truth: None,
            machines: file("machines.jsonl"),
            catalogue: None,
        };
        seed(&Opts::from_url(&server).unwrap(), options).await.unwrap();
        let pools = pve.get("/pools").await;
        let mut pools = pools.as_array().unwrap().iter().filter_map(|pool| pool["poolid"].as_str());
        let pool = pools.find(|pool| pool.starts_with("slipway-")).unwrap().to_owned();
        let port = env("SLIPWAY_PROXMOX_URL").rsplit(':').next().unwrap().parse().unwrap();
        let testbed = proxmox::Proxmox::new(stack.state().join("proxmox"), port);
        machines::make(&testbed, &folder.path().join("machines.jsonl"), Some(&pool)).await.unwrap();
        let token = std::fs::read_to_string(stack.state().join("operator-token")).unwrap();
        let (operator, file) = (env("SLIPWAY_TEST_OPERATOR_URL"), folder.path().join("machines.jsonl"));
        machines::wait_until_seen(&operator, token.trim(), "home", &file).await.unwrap();
        let (user, password) = whmcs_testbed::READER;
        let url = format!("mysql://{user}:{password}@{}/{DATABASE}", server.rsplit('@').next().unwrap());
        Self { folder, url }
    }

    fn machines(&self) -> Vec<(String, u64)> {
        let text = std::fs::read_to_string(self.folder.path().join("machines.jsonl")).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| (line["node"].as_str().unwrap().to_owned(), line["vmid"].as_u64().unwrap())).collect()
    }

    fn migrate(&self, stack: &Stack, command: &str, arguments: &[&str]) -> Output {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("whmcs/sample");
        let mut program = Command::new(PathBuf::from(env("SLIPWAY_TEST_PROGRAMS")).join("slipway-migrate"));
        program.arg(command).arg("--json").args(arguments);
        if command == "run" {
            program.arg("--create-catalogue").arg(sample.join("catalogue.yaml")).args(["--wait-seconds", "60"]);
        }
        program
            .env("WHMCS_DATABASE_URL", &self.url)
            .env("DATABASE_URL", env("SLIPWAY_TEST_DATABASE_URL"))
            .env("SLIPWAY_MIGRATE_MAPPING", sample.join("mapping.yaml"))
            .env("SLIPWAY_OPERATOR_URL", env("SLIPWAY_TEST_OPERATOR_URL"))
            .env("SLIPWAY_OPERATOR_TOKEN_FILE", stack.state().join("operator-token"))
            .output()
            .unwrap()
    }
}

fn summary(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// What service 101 chose in WHMCS: `RAM` and `CPU` among its options, `OS templates` and `Datacenter locations` among its
/// fields.
async fn chosen(url: &str) -> BTreeMap<String, String> {
    let mut source = Conn::from_url(url).await.unwrap();
    let options: Vec<(String, String)> = source
        .query(
            "select o.optionname, s.optionname from tblhostingconfigoptions a
             join tblproductconfigoptions o on o.id = a.configid join tblproductconfigoptionssub s on s.id = a.optionid
             where a.relid = 101 and o.optionname in ('RAM', 'CPU')",
        )
        .await
        .unwrap();
    let fields: Vec<(String, String)> = source
        .query(
            "select f.fieldname, v.value from tblcustomfieldsvalues v join tblcustomfields f on f.id = v.fieldid
             where v.relid = 101 and f.fieldname in ('OS templates', 'Datacenter locations')",
        )
        .await
        .unwrap();
    source.disconnect().await.unwrap();
    options.into_iter().chain(fields).collect()
}

#[tokio::test]
async fn customers_of_whmcs_find_their_machines_running_and_untouched() {
    let staff = Stack::staff().await;
    let pve = staff.proxmox();
    let host = Host::start(&staff, &pve).await;
    let mut before = Vec::new();
    for (node, vmid) in host.machines() {
        before.push((node.clone(), vmid, look(&pve, &node, vmid).await));
    }

    let first = host.migrate(&staff, "run", &[]);
    assert_eq!(first.status.code(), Some(11), "{}", String::from_utf8_lossy(&first.stderr));
    let first = summary(&first);
    assert_eq!(first["records"]["accounts"]["created"], 25, "{first}");

    let (email, password) = KNOWN_LOGIN;
    let customer = Stack::login(email, password).await;
    let servers = customer
        .until("/v1/servers?limit=200", "all servers adopted", |page| {
            let items = page["items"].as_array().unwrap();
            !items.is_empty() && items.iter().all(|server| server["ready"] == true)
        })
        .await;
    // Those of all other customers, too: nothing waits any more.
    staff
        .until("/v1/servers?limit=200", "no server waiting", |page| {
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .all(|server| server["phase"] == "Unlinked" || server["ready"] == true)
        })
        .await;

    // From the row in WHMCS to the column in Postgres to the machine.
    let chosen = chosen(&host.url).await;
    let mut target = PgConnection::connect(&env("SLIPWAY_TEST_DATABASE_URL")).await.unwrap();
    let (name, cores, memory, image, region, vmid): (String, i32, i32, String, String, i32) = sqlx::query_as(
        "select v.name, c.cores, c.memory_mib, v.image, c.region, v.vmid from services c join servers v on v.id = c.server_id
         where c.legacy_id = 101",
    )
    .fetch_one(&mut target)
    .await
    .unwrap();
    assert_eq!(chosen["RAM"].split('|').next().unwrap(), memory.to_string(), "{chosen:?}");
    assert_eq!(chosen["CPU"].split('|').next().unwrap(), cores.to_string(), "{chosen:?}");
    let words = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    assert!(words(&chosen["OS templates"]).contains(&words(&image)), "{image}: {chosen:?}");
    assert!(words(&chosen["Datacenter locations"]).contains(&words(&region)), "{region}: {chosen:?}");
    let machine = before.iter().find(|(_, number, _)| i64::try_from(*number) == Ok(vmid.into())).unwrap();
    assert_eq!(machine.2.config["memory"].to_string().trim_matches('"'), memory.to_string());
    assert_eq!(machine.2.config["cores"], cores);
    let shown = servers["items"].as_array().unwrap().iter().find(|server| server["name"] == name.as_str()).unwrap();
    assert_eq!((&shown["memoryMiB"], &shown["cores"]), (&memory.into(), &cores.into()));

    // Nobody was touched.
    for (node, vmid, then) in &before {
        let now = look(&pve, node, *vmid).await;
        assert_eq!((&now.process, now.untouched()), (&then.process, then.untouched()), "VM {vmid}");
        assert_eq!(now.pending, Vec::<String>::new(), "VM {vmid} waits for a reboot");
        assert!(now.uptime >= then.uptime, "VM {vmid} was started anew");
    }

    let again = summary(&host.migrate(&staff, "run", &[]));
    let total = &again["total"];
    assert_eq!((&total["created"], &total["changed"]), (&0.into(), &0.into()), "{again}");
    let verified = summary(&host.migrate(&staff, "verify", &[]));
    assert_eq!((&verified["differing"], &verified["missing"]), (&0.into(), &0.into()), "{verified}");
    // What no machine states was told by the run; every other carried address is claimed.
    let said = first["story"].to_string();
    for address in verified["machines"]["unclaimed"].as_array().unwrap() {
        let address = address.as_str().unwrap().rsplit(": ").next().unwrap();
        assert!(
            said.contains(&format!("{address}: the machine's configuration does not state it"))
                || said.contains(&format!("{address}, ")),
            "{address} is claimed by nothing, and nobody said so"
        );
    }

    taken_back(&staff, &host, first["run"].as_str().unwrap(), &mut target).await;
    for (node, vmid, then) in &before {
        let now = look(&pve, node, *vmid).await;
        assert_eq!((&now.process, &now.config), (&then.process, &then.config), "VM {vmid} is not what it was");
    }
}

/// The owner changed their mind: the run goes, and every machine with it is given back.
async fn taken_back(staff: &Stack, host: &Host, run: &str, target: &mut PgConnection) {
    let asked = Instant::now();
    let mut giving_back = Vec::new();
    loop {
        let output = host.migrate(staff, "rollback", &["--run", run]);
        let said = summary(&output);
        let open = said["givingBack"].as_u64().unwrap();
        giving_back.push(open);
        if open == 0 {
            let kept: Vec<&str> = said["kept"].as_array().unwrap().iter().map(|kept| kept.as_str().unwrap()).collect();
            let has_namespace = |kept: &&str| kept.ends_with("its namespace is still in Kubernetes");
            assert!(kept.iter().all(has_namespace), "{said}");
            assert_eq!(said["removed"]["accounts"].as_u64().unwrap() + kept.len() as u64, 25, "{said}");
            break;
        }
        assert!(asked.elapsed() < Duration::from_mins(2), "servers that still give back: {giving_back:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(giving_back[0] > 10, "every adopted server gave its machine back: {giving_back:?}");
    let left: i64 = sqlx::query_scalar(
        // Of the accounts that stay, it is still known where they came from.
        "select (select count(*) from migration_records where run_id = $1::uuid and kind <> 'account')
             + (select count(*) from services) + (select count(*) from invoices)",
    )
    .bind(run)
    .fetch_one(target)
    .await
    .unwrap();
    assert_eq!(left, 0);
    let login = serde_json::json!({ "email": KNOWN_LOGIN.0, "password": KNOWN_LOGIN.1 });
    let login = staff.request(reqwest::Method::POST, "/v1/auth/login").json(&login).send().await.unwrap();
    assert_eq!(login.status(), 401, "the customer is still there");
}
