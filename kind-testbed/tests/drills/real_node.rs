//! `make up PVE_URL=…`: a Proxmox VE that runs by itself, prepared by the commands of `real-pve/prepare.sh`.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use pve_testbed::{
    World,
    request::{Method, Request},
    server::{Handle, Options, TlsMaterial, serve},
};
use serde_json::{Value, json};
use slipway_testbed::{ports::Ports, tools::Tools};
use tempfile::TempDir;

use crate::plane::{ready, state};

const INSTALLATION: &str = "realnode0001";

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Does on the node what `pveum` would, and answers the token, as it would be copied from the terminal.
fn prepare(node: &Handle) -> String {
    let script = project().join("kind-testbed/real-pve/prepare.sh");
    let printed = Command::new(script)
        .args(["--installation", INSTALLATION, "--storage", "local-lvm", "--print"])
        .output()
        .unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let mut token = String::new();
    for line in String::from_utf8(printed.stdout).unwrap().lines() {
        let Some(rest) = line.trim().strip_prefix("pveum ") else { continue };
        let words: Vec<String> = rest.split_whitespace().map(|word| word.replace('\\', "")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let call = |method, path: &str, form: &[(&str, &str)]| {
            node.with_world(|world| {
                let root = world.root_token();
                let request = form.iter().fold(Request::new(method, path).token(&root), |r, (k, v)| r.with(k, v));
                world.call(request).data().clone()
            })
        };
        match words[..] {
            ["pool", "add", pool, ..] => drop(call(Method::Post, "/pools", &[("poolid", pool)])),
            ["user", "add", user, ..] => drop(call(Method::Post, "/access/users", &[("userid", user)])),
            ["role", "add", role, "--privs", privileges] => {
                drop(call(Method::Post, "/access/roles", &[("roleid", role), ("privs", privileges)]));
            }
            ["acl", "modify", path, "--users", user, "--roles", role] => {
                drop(call(Method::Put, "/access/acl", &[("path", path), ("users", user), ("roles", role)]));
            }
            ["user", "token", "remove", ..] => {}
            ["user", "token", "add", user, name, "--privsep", "0", ..] => {
                let path = format!("/access/users/{user}/token/{name}");
                let made = call(Method::Post, &path, &[("privsep", "0")]);
                token = format!("{}={}", made["full-tokenid"].as_str().unwrap(), made["value"].as_str().unwrap());
            }
            _ => panic!("prepare.sh says what this test does not know: {line}"),
        }
    }
    token
}

/// A testbed process of its own, beside whatever else runs.
struct Up {
    folder: TempDir,
    ports: Ports,
}

impl Up {
    fn testbed(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_testbed"));
        command.current_dir(project()).arg("--state").arg(self.folder.path()).args(arguments);
        for (name, port) in [
            ("API", self.ports.api),
            ("PROXMOX", self.ports.proxmox),
            ("KUBERNETES", self.ports.kubernetes),
            ("ETCD", self.ports.etcd),
            ("ETCD_PEER", self.ports.etcd_peer),
            ("CONTROLLERS", self.ports.controllers),
            ("POSTGRES", self.ports.postgres),
            ("MARIADB", self.ports.mariadb),
            ("OPERATOR", self.ports.operator),
        ] {
            command.env(format!("SLIPWAY_PORT_{name}"), port.to_string());
        }
        command
    }

    fn kubectl(&self, arguments: &[&str], manifest: &Value) -> String {
        let input = self.folder.path().join("input.json");
        fs::write(&input, manifest.to_string()).unwrap();
        let mut command = Command::new(Tools::load(&state()).unwrap().kubectl);
        command.env("KUBECONFIG", self.folder.path().join("kubernetes/admin.kubeconfig")).args(arguments);
        if manifest.is_object() {
            command.arg("-f").arg(&input);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    async fn wait(&self, kind: &str, name: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..300 {
            last = serde_json::from_str(&self.kubectl(&["get", kind, name, "-o", "json"], &Value::Null)).unwrap();
            if is(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("{kind} {name} never was as expected: {:#}", last["status"]);
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // Also when the test fails: processes of a testbed outlive whoever started them.
        let _ = self.testbed(&["down"]).output();
    }
}

fn postgres_may_walk_in(folder: &Path) {
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_node_takes_the_place_of_the_testbed_with_the_rights_of_prepare_and_no_more() {
    let tls = TlsMaterial::generate(&[], &[]).unwrap();
    let fingerprint = tls.fingerprint().unwrap();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mut world = World::seeded(7);
    let unix = jiff::Timestamp::now().as_millisecond();
    // Else the doctor would rightly call the clocks wrong.
    world.keep_real_time(u64::try_from(unix).unwrap(), 60.0);
    let node = serve(world, listener, &tls, &Options { speed: 60.0, control: false }).unwrap();
    let token = prepare(&node);

    let folder = tempfile::Builder::new().prefix("real-").tempdir_in(state()).unwrap();
    postgres_may_walk_in(folder.path());
    fs::copy(state().join("tools.env"), folder.path().join("tools.env")).unwrap();
    let token_file: PathBuf = folder.path().join("pve-token");
    fs::write(&token_file, format!("{token}\n")).unwrap();
    let up = Up { folder, ports: Ports::free().unwrap() };
    let mut command = up.testbed(&["up", "--detach"]);
    command.env("PVE_URL", node.url()).env("PVE_TOKEN_FILE", &token_file).env("PVE_FINGERPRINT", &fingerprint);
    let started = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&started.stdout), String::from_utf8_lossy(&started.stderr));
    assert!(started.status.success() && text.contains(&format!("installation {INSTALLATION}")), "{text}");
    assert!(text.contains(&format!("Proxmox VE  {}\n", node.url())) && !text.contains("(testbed)"), "{text}");

    // What the doctor finds is about the machine, never about rights.
    let site =
        up.wait("pvesite", "home", |site| ready(site) == "True Connected" && site["status"]["doctor"].is_array());
    let site = site.await;
    let findings = site["status"]["doctor"].as_array().unwrap();
    let wrong: Vec<&Value> = findings.iter().filter(|finding| finding["ok"] != true).collect();
    let about_rights = wrong.iter().any(|finding| finding.to_string().contains("pveum"));
    assert!(!findings.is_empty() && !about_rights, "{wrong:#?}");

    let server = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
        "metadata": { "name": "first", "namespace": "default" },
        "spec": {
            "siteRef": "home", "planRef": "small", "imageRef": "debian-13", "deletionGracePeriod": "0s",
            "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDrillDrillDrillDrillDrillDrillDrillDrillDrill drill@example.org"] },
        },
    });
    up.kubectl(&["apply", "--server-side"], &server);
    let made = up.wait("vps", "first", |server| ready(server) == "True AsWished").await;
    let not_after = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string();
    let snapshot = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction",
        "metadata": { "name": "first-snapshot", "namespace": "default" },
        "spec": { "serverRef": { "name": "first" }, "verb": "Snapshot", "snapshot": "before", "notAfter": not_after },
    });
    up.kubectl(&["create"], &snapshot);
    up.wait("vpsaction", "first-snapshot", |action| action["status"]["phase"] == "Succeeded").await;
    up.kubectl(&["delete", "vps", "first", "--timeout=30s"], &Value::Null);
    let path = format!("/nodes/{}/qemu/{}/config", made["status"]["node"].as_str().unwrap(), made["status"]["vmid"]);
    for _ in 0..150 {
        let config = node.with_world(|world| {
            let root = world.root_token();
            world.call(Request::new(Method::Get, &path).token(&root)).data().clone()
        });
        if config.is_null() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the VM was not destroyed");
}
