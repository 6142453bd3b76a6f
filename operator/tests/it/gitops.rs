//! Servers from Git: the examples of `charts/examples` as kubectl, Argo CD and Flux take them.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use kube::{Api, api::ListParams};
use pve_testbed::request::Method;
use serde_json::{Value, json};
use slipway_crds::{ProxmoxSite, ServerPhase, VirtualServer};

use crate::{
    lab::{Lab, cluster},
    site::{point_at, wait_reason},
};

/// The manager that Flux applies as.
const GIT: &str = "kustomize-controller";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/examples")
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `testbed with -- …`"))
}

struct Printed {
    code: Option<i32>,
    text: String,
}

fn run(command: &mut Command, input: &str) -> Printed {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.as_mut().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut out).unwrap();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut err).unwrap();
    Printed { code: child.wait().unwrap().code(), text: out + &err }
}

fn kubectl(arguments: &[&str], input: &str) -> Printed {
    let mut command = Command::new(env("SLIPWAY_TEST_KUBECTL"));
    command.env("KUBECONFIG", env("SLIPWAY_TEST_KUBECONFIG")).env("KUBECTL_APPLYSET", "true").args(arguments);
    run(&mut command, input)
}

fn kustomize(folder: &Path) -> String {
    let built = kubectl(&["kustomize", folder.to_str().unwrap()], "");
    assert_eq!(built.code, Some(0), "{}", built.text);
    built.text
}

fn apply(arguments: &[&str], manifests: &str) -> Printed {
    let all = [&["apply", "--server-side", "--validate=strict", "-f", "-"], arguments].concat();
    let applied = kubectl(&all, manifests);
    assert_eq!(applied.code, Some(0), "{}", applied.text);
    applied
}

/// The example's servers, as an overlay of this lab has them.
fn overlay(lab: &Lab, extra: &Value) -> String {
    let root = Path::new(&env("SLIPWAY_TEST_STATE")).join(&lab.namespace);
    let copied = Command::new("cp").arg("-r").arg(examples()).arg(&root).status().unwrap();
    assert!(copied.success());
    let mut patch = vec![
        json!({ "op": "replace", "path": "/spec/siteRef", "value": lab.site }),
        json!({ "op": "replace", "path": "/spec/planRef", "value": lab.name("small") }),
        json!({ "op": "replace", "path": "/spec/imageRef", "value": lab.name("debian") }),
    ];
    patch.extend(extra.as_array().unwrap().iter().cloned());
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "namespace": lab.namespace,
        "resources": ["../../base/servers"],
        "patches": [{ "target": { "kind": "VirtualServer" }, "patch": Value::Array(patch).to_string() }],
    });
    let folder = root.join("overlays/lab");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("kustomization.yaml"), kustomization.to_string()).unwrap();
    kustomize(&folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_is_taken_as_it_stands() {
    let examples = examples();
    // Where the real overlays go; whoever came first has made them.
    for namespace in ["shop-staging", "shop-production"] {
        kubectl(&["create", "namespace", namespace], "");
    }
    for folder in ["base/site", "base/catalogue", "overlays/staging", "overlays/production"] {
        let text = apply(&["--dry-run=server", "--field-manager", GIT], &kustomize(&examples.join(folder))).text;
        assert!(text.contains("serverside-applied (server dry run)"), "{folder}: {text}");
    }
    let health = kustomize(&examples.join("argocd"));
    for kind in ["VirtualServer", "ProxmoxSite"] {
        assert!(health.contains(&format!("resource.customizations.health.slipway.dev_{kind}: |")), "{health}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_git_applies_twice_differs_in_nothing() {
    let lab = Lab::start().await;
    let manifests = overlay(&lab, &json!([]));
    apply(&["--field-manager", GIT], &manifests);
    let versions = async || {
        let servers = lab.servers().list(&ListParams::default()).await.unwrap().items;
        servers.into_iter().map(|server| server.metadata.resource_version).collect::<Vec<_>>()
    };
    let same = async || {
        for _ in 0..50 {
            let before = versions().await;
            let arguments = ["diff", "--server-side", "--field-manager", GIT, "-f", "-"];
            let diff = kubectl(&arguments, &manifests);
            // What the operator writes while kubectl reads twice is no difference of the manifests.
            if versions().await == before {
                assert_eq!(diff.code, Some(0), "{}", diff.text);
                return;
            }
        }
        panic!("the operator never rested");
    };
    same().await;
    for name in ["shop-web-1", "shop-web-2", "shop-db"] {
        lab.wait_ready(name).await;
    }
    same().await;
    let before = lab.servers().get("shop-db").await.unwrap().metadata;
    apply(&["--field-manager", GIT], &manifests);
    let after = lab.servers().get("shop-db").await.unwrap().metadata;
    assert_eq!((before.generation, before.resource_version), (after.generation, after.resource_version));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prune_stops_no_protected_server_and_meets_the_brake() {
    let lab = Lab::start().await;
    let server = |n: usize, protected: bool| {
        json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
            "metadata": { "name": format!("web-{n}"), "namespace": lab.namespace },
            "spec": {
                "siteRef": lab.site, "planRef": lab.name("small"), "imageRef": lab.name("debian"),
                "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxh lab"] },
                "deletionGracePeriod": "0s", "deletionProtection": protected,
            },
        })
    };
    let all: Vec<Value> = (0..9).map(|n| server(n, n == 0)).collect();
    let list = |items: &[Value]| json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string();
    let prune = ["--prune", "--applyset=shop", "-n", &lab.namespace, "--field-manager", GIT];
    apply(&prune, &list(&all));
    for n in 0..9 {
        lab.wait_ready(&format!("web-{n}")).await;
    }
    let protected = lab.servers().get("web-0").await.unwrap().status.unwrap();
    let (node, vmid) = (protected.node.unwrap(), protected.vmid.unwrap());

    // An empty folder: all that the set held is pruned.
    let other =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "left", "namespace": lab.namespace } });
    let pruned = apply(&prune, &list(&[other])).text;
    assert_eq!(pruned.matches("pruned").count(), 9, "{pruned}");
    for _ in 0..300 {
        if lab.vms().len() <= 4 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(lab.vms().len(), 4, "five of eight are destroyed, and the protected one is kept");
    let running = lab.root(Method::Get, "/cluster/resources", &[("type", "vm")]);
    let mut held = 0;
    for kept in lab.vms() {
        let record = lab.records().get(&format!("{}.{kept}", lab.site)).await.unwrap();
        let row = running.as_array().unwrap().iter().find(|row| row["vmid"] == kept).unwrap();
        assert_eq!(row["status"], "running", "what waits for the brake runs on: {row}");
        if kept == u64::from(vmid) {
            assert_eq!(record.spec.until, None, "what was protected is kept for good");
        } else {
            held += usize::from(record.status.unwrap().conditions.iter().any(|c| c.reason == "Brake"));
        }
    }
    assert_eq!(held, 3);
    let config = lab.root(Method::Get, &format!("/nodes/{node}/qemu/{vmid}/config"), &[]);
    assert_eq!(config["protection"], 1);
    lab.end().await;
}

/// What Git's tools say of one object: Argo CD by our script, Flux by our expressions.
#[derive(Debug, PartialEq, Eq)]
struct Health {
    argo: String,
    message: String,
    flux: String,
}

fn health(object: &Value) -> Health {
    let kind = object["kind"].as_str().unwrap();
    let script = examples().join(format!("argocd/{kind}.lua"));
    // As Argo CD runs it: the base and table libraries, and no others.
    let harness = format!(
        "local chunk = assert(loadfile({}))\n\
         getmetatable('').__index = nil\n\
         local print, write = print, io.write\n\
         local sandbox = {{ ipairs = ipairs, pairs = pairs, next = next, type = type, tostring = tostring, \
         tonumber = tonumber, table = table }}\n\
         sandbox.obj = {}\n\
         setfenv(chunk, sandbox)\n\
         local hs = chunk()\n\
         write(hs.status, '\\n', hs.message)\n",
        lua(&json!(script.to_str().unwrap())),
        lua(object)
    );
    let said = run(Command::new("lua5.1").arg("-"), &harness);
    assert_eq!(said.code, Some(0), "{}", said.text);
    let (argo, message) = said.text.split_once('\n').unwrap();
    let judged = run(Command::new(flux()).arg(examples().join("flux/kustomizations.yaml")), &object.to_string());
    assert_eq!(judged.code, Some(0), "{}", judged.text);
    Health { argo: argo.into(), message: message.into(), flux: judged.text.trim().into() }
}

/// The program that judges as Flux does, built once.
fn flux() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kind-testbed/checks/build.sh");
    let built = run(Command::new(script).arg("flux"), "");
    assert_eq!(built.code, Some(0), "{}", built.text);
    PathBuf::from(built.text.lines().last().unwrap())
}

/// A value as a Lua expression.
fn lua(value: &Value) -> String {
    let quoted = |text: &str| {
        let bytes = text
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("\\{b:03}") });
        format!("\"{}\"", bytes.collect::<String>())
    };
    match value {
        Value::Null => "nil".to_owned(),
        Value::String(text) => quoted(text),
        Value::Array(all) => format!("{{{}}}", all.iter().map(lua).collect::<Vec<_>>().join(",")),
        Value::Object(all) => {
            let entries = all.iter().map(|(key, value)| format!("[{}]={}", quoted(key), lua(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

#[track_caller]
fn expect(server: &VirtualServer, argo: &str, message: &str, flux: &str) {
    expect_object(&json!(server), argo, message, flux);
}

#[track_caller]
fn expect_object(object: &Value, argo: &str, message: &str, flux: &str) {
    let health = health(object);
    assert!(health.message.contains(message), "{health:?}");
    assert_eq!((health.argo.as_str(), health.flux.as_str()), (argo, flux), "{object:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn argo_cd_and_flux_read_every_phase_as_a_person_would() {
    let lab = Lab::start().await;
    let new = lab.apply("web", json!({ "planRef": "not-yet" })).await;
    expect(&VirtualServer { status: None, ..new }, "Progressing", "has not seen", "Unknown");
    let waiting = lab.wait_reason("web", "PlanNotFound").await;
    expect(&waiting, "Progressing", "PlanNotFound", "InProgress");

    lab.apply("web", json!({ "disks": [{ "name": "root", "sizeGiB": 20 }] })).await;
    let phase = |phase| move |s: &VirtualServer| s.status.as_ref().is_some_and(|t| t.phase == Some(phase));
    let provisioning = lab.wait("web", "provisioning", phase(ServerPhase::Provisioning)).await;
    expect(&provisioning, "Progressing", "Progressing: ", "InProgress");
    let running = lab.wait_ready("web").await;
    expect(&running, "Healthy", "Running", "Current");

    // Its last word is about an older version of the wish.
    let mut stale = json!(running);
    stale["metadata"]["generation"] = json!(running.metadata.generation.unwrap() + 1);
    expect_object(&stale, "Progressing", "has not seen", "InProgress");
    let mut leaving = json!(running);
    leaving["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    expect_object(&leaving, "Progressing", "being deleted", "Current");

    assert_eq!(lab.act("web", "Stop").await.0, "Succeeded");
    let stopped = lab.wait("web", "stopped", phase(ServerPhase::Stopped)).await;
    expect(&stopped, "Healthy", "Stopped", "Current");

    lab.apply("web", json!({ "disks": [{ "name": "root", "sizeGiB": 20 }], "suspended": { "reason": "unpaid" } }))
        .await;
    lab.wait_ready("web").await;
    let suspended = lab.wait("web", "suspended", phase(ServerPhase::Suspended)).await;
    expect(&suspended, "Suspended", "unpaid", "Current");

    lab.apply("web", json!({ "disks": [{ "name": "root", "sizeGiB": 12 }] })).await;
    let stalled = lab.wait_reason("web", "ShrinkRefused").await;
    assert_eq!(stalled.status.as_ref().unwrap().phase, Some(ServerPhase::Failed));
    expect(&stalled, "Degraded", "ShrinkRefused", "Failed");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn argo_cd_and_flux_wait_for_a_site_and_name_one_that_needs_a_person() {
    let lab = Lab::rotating_every(2).await;
    wait_reason(&lab, "Connected").await;
    let sites = Api::<ProxmoxSite>::all(lab.client.clone());
    let good = sites.get(&lab.site).await.unwrap();
    expect_object(&json!(good), "Healthy", "Connected", "Current");
    expect_object(&json!(ProxmoxSite { status: None, ..good }), "Progressing", "has not looked", "Unknown");
    let (other, token) = cluster(8, &lab.installation).await;
    point_at(&lab, &other, &token).await;
    wait_reason(&lab, "SiteIdentityChanged").await;
    let stalled = sites.get(&lab.site).await.unwrap();
    expect_object(&json!(stalled), "Degraded", "SiteIdentityChanged", "Failed");
    lab.end().await;
}
