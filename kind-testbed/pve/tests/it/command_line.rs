//! The program itself: what it prints, how it ends.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Output, Stdio},
};

use pve_testbed::{World, server::StateDir};
use serde_json::{Value, json};
use tempfile::TempDir;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_pve-testbed"))
}

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = program().args(arguments).stdin(Stdio::null()).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A running testbed; it ends with the test.
struct Running {
    child: Child,
    folder: TempDir,
    printed: Vec<String>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = program()
            .args(["--listen", "127.0.0.1:0", "--state-dir"])
            .arg(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let printed = lines.take(3).map(Result::unwrap).collect();
        Self { child, folder, printed }
    }

    fn word(&self, name: &str) -> &str {
        self.printed.iter().find_map(|line| line.strip_prefix(name)).unwrap().trim()
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let ca = fs::read(self.word("ca ")).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        let client = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = client.request(method, format!("{}{path}", self.word("url ")));
        request = request.header("Authorization", self.word("token "));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap().json().await.unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn it_prints_all_a_client_needs_and_serves() {
    let testbed = Running::start(&["--seed", "5", "--nodes", "alpha,beta", "--control"]);
    assert_eq!(fs::read_to_string(testbed.folder.path().join("token")).unwrap(), testbed.word("token "));
    let nodes = testbed.call("GET", "/api2/json/nodes", None).await;
    assert_eq!(nodes["data"].as_array().unwrap().len(), 2);
    testbed.call("POST", "/testbed/faults", Some(json!({ "fault": "node-down", "node": "beta" }))).await;
    let rows = testbed.call("GET", "/api2/json/cluster/resources?type=node", None).await;
    assert!(rows["data"].as_array().unwrap().iter().any(|row| row["status"] == "offline"), "{rows}");
}

#[tokio::test]
async fn it_plays_a_scenario() {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hosting.yaml");
    let testbed = Running::start(&["--scenario", scenario]);
    let config = testbed.call("GET", "/api2/json/nodes/pve1/qemu/101/config", None).await;
    assert_eq!(config["data"]["name"], "shop");
}

#[test]
fn a_wrong_scenario_ends_with_1_and_names_file_line_and_expectation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.yaml");
    fs::write(&path, "nodes:\n  - {name: a}\nvms:\n  - {vmid: 101, node: b}\n").unwrap();
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let (code, text) = run(&["--listen", "127.0.0.1:0", "--state-dir", state, "--scenario", path.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    for part in ["wrong.yaml", "line 4", "there is no node 'b'; known: a"] {
        assert!(text.contains(part), "{text}");
    }
    let (code, text) = run(&["--state-dir", state, "--scenario", "/nowhere.yaml"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("cannot read the scenario /nowhere.yaml"), "{text}");
}

#[test]
fn wrong_flags_end_with_2_and_say_what_was_expected() {
    for (arguments, expected) in [
        (&["--speed", "0"][..], "expected a number above 0"),
        (&["--speed", "fast"], "expected a number above 0"),
        (&["--nodes", "pve 1"], "expected host names separated by commas"),
        (&["--speed", "-1"], "expected a number above 0"),
        (&["--nodes", "a,b,a"], "expected each name once"),
        (&["--seed", "x"], "expected a whole number"),
        (&["--listen", "8006"], "expected an address and a port"),
        (&["--bogus"], "unexpected argument '--bogus'"),
        (&["--scenario", "a.yaml", "--nodes", "b"], "cannot be used with"),
    ] {
        let (code, text) = run(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {text}");
        assert!(text.contains(expected), "{arguments:?}: {text}");
    }
}

/// What the program says at a second start, on a state with the nodes pve1 and pve2.
fn second_start(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    StateDir::open(folder.path()).unwrap().save(&World::seeded(7)).unwrap();
    let mut child = program()
        .args(["--listen", "127.0.0.1:0", "--state-dir"])
        .arg(folder.path())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(BufReader::new(child.stdout.take().unwrap()).lines().take(3).count(), 3);
    child.kill().unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
}

#[test]
fn other_nodes_at_a_second_start_are_warned_about() {
    let warning = "go on with the nodes pve1,pve2: --nodes counts at a first start only";
    assert!(second_start(&["--nodes", "alpha,beta"]).contains(warning));
    assert!(second_start(&["--nodes", "pve1"]).contains(warning));
    for same in [&[][..], &["--nodes", "pve2,pve1"]] {
        assert!(!second_start(same).contains("--nodes"), "{same:?}");
    }
}

#[test]
fn a_taken_address_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = run(&["--listen", &address, "--state-dir", folder.path().to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(text.contains(&format!("cannot listen on {address}")), "{text}");
}

#[test]
fn help_teaches_with_examples() {
    let output = program().arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for part in ["curl --cacert", "pvesh_ create", "ProxmoxAPI(", "/testbed/faults", "--scenario stormy-night.yaml"] {
        assert!(text.contains(part), "{part}");
    }
}
