//! What `make up` does with its sample WHMCS: it carries it over, so that a migrated customer's servers are there at first
//! sight.

use std::{
    path::Path,
    process::Output,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::process::Command;
use whmcs_testbed::seed::KNOWN_LOGIN;

use crate::{demo, machines, slipway::Stack, whmcs};

/// How long machines may take to be adopted.
const PATIENCE: Duration = Duration::from_mins(2);

/// Carries the sample over and waits until the known customer's servers are adopted; again at every start, which finds
/// nothing to do. Answers how many servers the customer has.
pub async fn migrate(stack: &Stack) -> anyhow::Result<usize> {
    let began = Instant::now();
    let token = std::fs::read_to_string(stack.operator_token())?;
    let machines = stack.state.join("whmcs/machines.jsonl");
    machines::wait_until_seen(&operator(stack), token.trim(), demo::SITE, &machines).await?;
    let output = command(stack, "run")
        .args(["--wait-seconds", "60", "--create-catalogue"])
        .arg(sample(stack).join("catalogue.yaml"))
        .output()
        .await
        .context("slipway-migrate could not be started")?;
    // Findings are what a messy WHMCS is about.
    if !matches!(output.status.code(), Some(0 | 11)) {
        bail!("slipway-migrate run: {}", text(&output));
    }
    let servers = adopted(stack).await?;
    println!(
        "    carried over, and {servers} servers of {} adopted, in {:.1} s",
        KNOWN_LOGIN.0,
        began.elapsed().as_secs_f32()
    );
    Ok(servers)
}

/// A command of the migrator on the sample, with the operator's inventory.
pub fn command(stack: &Stack, command: &str) -> Command {
    let mut migrate = Command::new(stack.programs.join("slipway-migrate"));
    migrate
        .arg(command)
        .env("WHMCS_DATABASE_URL", stack.mariadb.reader_url(whmcs::SAMPLE))
        .env("DATABASE_URL", stack.postgres.url())
        .env("SLIPWAY_MIGRATE_MAPPING", sample(stack).join("mapping.yaml"))
        .env("SLIPWAY_OPERATOR_URL", operator(stack))
        .env("SLIPWAY_OPERATOR_TOKEN_FILE", stack.operator_token());
    migrate
}

fn operator(stack: &Stack) -> String {
    format!("http://127.0.0.1:{}", stack.ports.operator)
}

fn sample(stack: &Stack) -> std::path::PathBuf {
    Path::new(&stack.project).join("kind-testbed/whmcs/sample")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Logs in with the old password and looks until every server of the customer is ready.
async fn adopted(stack: &Stack) -> anyhow::Result<usize> {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let url = |path: &str| format!("{}{path}", stack.api_url());
    let (email, password) = KNOWN_LOGIN;
    let login = http.post(url("/v1/auth/login")).json(&json!({ "email": email, "password": password })).send().await?;
    let login: Value = login.error_for_status().context("the migrated customer could not log in")?.json().await?;
    let token = login["accessToken"].as_str().unwrap_or_default();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let servers: Value = http.get(url("/v1/servers?limit=200")).bearer_auth(token).send().await?.json().await?;
        let items = servers["items"].as_array().cloned().unwrap_or_default();
        let waiting: Vec<&Value> = items.iter().filter(|server| server["ready"] != true).collect();
        if waiting.is_empty() {
            return Ok(items.len());
        }
        if Instant::now() >= deadline {
            let told: Vec<String> = waiting.iter().map(|s| format!("{}: {}", s["name"], s["message"])).collect();
            bail!("migrated servers were not adopted; see `make logs`: {}", told.join("; "));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
