//! The chart holds copies of the types, policies and roles: `crds/` is where they are written.

use std::{collections::BTreeMap, fs, path::Path};

use crate::helm::{Helm, chart, project};

fn folder(path: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn types_policies_and_roles_are_those_of_the_project() {
    for (source, copy) in [("manifests", "crds"), ("policies", "policies"), ("roles", "roles")] {
        let (source, copy) = (project().join("crds").join(source), chart().join("files").join(copy));
        assert!(folder(&source) == folder(&copy), "{} is stale: run `make generate`", copy.display());
    }
}

#[test]
fn types_and_policies_stay_when_the_chart_goes() {
    let objects = Helm::alone().objects(&["profile=operator-only"]);
    let kept = |kind: &str| {
        let all: Vec<_> = objects.iter().filter(|object| object["kind"] == kind).collect();
        assert!(all.iter().all(|o| o["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"), "{kind}");
        all.len()
    };
    assert_eq!(kept("CustomResourceDefinition"), folder(&project().join("crds/manifests")).len());
    assert_eq!(kept("ValidatingAdmissionPolicy"), kept("ValidatingAdmissionPolicyBinding"));
    assert!(kept("ValidatingAdmissionPolicy") >= folder(&project().join("crds/policies")).len());
}

#[test]
fn the_chart_has_the_version_of_the_programs() {
    let text = fs::read_to_string(chart().join("Chart.yaml")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(text.contains(&format!("\nversion: {version}\n")) && text.contains(&format!("\nappVersion: {version}\n")));
}
