//! The committed manifests are those of the types, and the API server takes all that stands under `crds/` without a word.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy;
use kube::{Api, ResourceExt as _, api::ListParams};
use slipway_crds::manifests;

use crate::cluster::{Caller, kubectl, variable};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn the_committed_manifests_are_those_of_the_types() {
    let generated: BTreeMap<String, String> = manifests::files().unwrap().into_iter().collect();
    let committed: BTreeMap<String, String> = fs::read_dir(folder("manifests"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&generated), "crds/manifests is stale: run `make generate`");
    for (name, text) in &generated {
        assert!(committed[name] == *text, "crds/manifests/{name} is stale: run `make generate`");
    }
}

#[tokio::test]
async fn everything_under_crds_applies_strictly_and_without_a_warning() {
    Caller::admin().await;
    for part in ["manifests", "policies", "roles"] {
        for entry in fs::read_dir(folder(part)).unwrap() {
            let path = entry.unwrap().path();
            let file = path.to_str().unwrap();
            let arguments =
                ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", file];
            let output = kubectl(&arguments);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && said.is_empty(), "{file}: {said}");
        }
    }
}

/// Checks the types of admission policies' expressions, as any full control plane does.
struct TypeChecker(Child);

impl TypeChecker {
    fn start() -> Self {
        let program = PathBuf::from(variable("SLIPWAY_TEST_KUBECTL")).with_file_name("kube-controller-manager");
        let certificates = std::env::temp_dir().join(crate::cluster::unique("type-checker"));
        let child = Command::new(&program)
            .arg(format!("--kubeconfig={}", variable("SLIPWAY_TEST_KUBECONFIG")))
            .args(["--controllers=validatingadmissionpolicy-status-controller", "--leader-elect=false"])
            .args(["--secure-port=0", "--use-service-account-credentials=false"])
            .arg(format!("--cert-dir={}", certificates.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap_or_else(|error| panic!("{} could not be started: {error}", program.display())))
    }
}

impl Drop for TypeChecker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_expressions_of_the_policies_fit_the_types() {
    let admin = Caller::admin().await;
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(admin.client.clone());
    let _checker = TypeChecker::start();
    let mut unchecked = Vec::new();
    for _ in 0..200 {
        let all = policies.list(&ListParams::default()).await.unwrap().items;
        let ours: Vec<_> = all.into_iter().filter(|p| p.name_any().starts_with("slipway-")).collect();
        assert_eq!(ours.len(), 9, "every policy is installed");
        unchecked.clear();
        for policy in &ours {
            let status = policy.status.as_ref();
            match status
                .filter(|s| s.observed_generation == policy.metadata.generation)
                .and_then(|s| s.type_checking.as_ref())
            {
                Some(checked) => {
                    let warnings = checked.expression_warnings.clone().unwrap_or_default();
                    assert!(warnings.is_empty(), "{}: {warnings:#?}", policy.name_any());
                }
                None => unchecked.push(policy.name_any()),
            }
        }
        if unchecked.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody checked the expressions of {unchecked:?}");
}

/// `kubectl explain` shows these; a field that says nothing is a riddle.
#[test]
fn every_field_of_every_spec_explains_itself() {
    let mut silent = Vec::new();
    for crd in manifests::all() {
        let schema = serde_json::to_value(crd.spec.versions[0].schema.as_ref().unwrap()).unwrap();
        let spec = &schema["openAPIV3Schema"]["properties"]["spec"];
        collect_silent(spec, &format!("{}.spec", crd.spec.names.kind), &mut silent);
    }
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}

fn collect_silent(schema: &serde_json::Value, path: &str, silent: &mut Vec<String>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        if field["description"].as_str().is_none_or(str::is_empty) {
            silent.push(path.clone());
        }
        collect_silent(field, &path, silent);
        collect_silent(&field["items"], &path, silent);
    }
}

/// Sizes carry their unit in their name, spelled as units are.
#[test]
fn sizes_are_spelled_with_their_unit() {
    let all = serde_json::to_string(&manifests::all()).unwrap();
    for field in ["\"memoryMiB\"", "\"diskGiB\"", "\"maxDiskGiB\"", "\"sizeGiB\"", "\"networkMbps\""] {
        assert!(all.contains(field), "{field} is missing");
    }
    for wrong in ["memoryMib", "memory_mib", "diskGib", "disk_gib", "sizeGib", "size_gib"] {
        assert!(!all.contains(wrong), "{wrong} is misspelt");
    }
}
