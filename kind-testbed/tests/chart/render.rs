//! What is rendered: the same every time, and nothing that was not meant.

use serde_json::Value;

use crate::{
    cases::CASES,
    helm::{Helm, chart},
};

#[test]
fn helm_finds_nothing_to_complain_of() {
    let helm = Helm::alone();
    for case in &CASES {
        let chart = chart();
        let mut arguments =
            vec!["lint", "--strict", "--quiet", chart.to_str().unwrap(), "--namespace", "slipway-system"];
        arguments.extend(case.values.iter().flat_map(|value| ["--set", value]));
        helm.try_run(&arguments).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    }
}

#[test]
fn rendering_twice_gives_the_same_text() {
    let helm = Helm::alone();
    for case in &CASES {
        assert_eq!(helm.template(case.values), helm.template(case.values), "{}", case.name);
    }
}

#[test]
fn no_object_is_rendered_twice_and_every_namespaced_one_says_where_it_belongs() {
    let helm = Helm::alone();
    for case in &CASES {
        let mut seen = std::collections::BTreeSet::new();
        for object in helm.objects(case.values) {
            let name = format!("{} {}", object["kind"], object["metadata"]["name"]);
            let cluster_wide = ["Cluster", "CustomResource", "Validating"].iter();
            let kind = object["kind"].as_str().unwrap();
            if !cluster_wide.clone().any(|word| kind.starts_with(word) && kind != "Cluster") {
                assert_eq!(object["metadata"]["namespace"], "slipway-system", "{}: {name}", case.name);
            }
            assert!(seen.insert(name.clone()), "{}: {name} twice", case.name);
        }
    }
}

/// What is refused, and the words that say what to do.
const REFUSED: [(&[&str], &str); 14] = [
    (&["profile=large"], "'small', 'ha', 'operator-only'"),
    (&["api.replica=3"], "'replica' not allowed"),
    (&["databse.kind=external"], "'databse' not allowed"),
    (&["operator.image.repo=x"], "'repo' not allowed"),
    (&["publicUrl=panel.example.org"], "/publicUrl"),
    (&["expose.kind=ingress"], "/expose/host"),
    (&["expose.kind=gateway", "expose.host=a.example.org"], "/expose/gateway"),
    (&["profile=ha"], "database.external.secretName"),
    (&["profile=operator-only", "api.enabled=true"], "/api/enabled"),
    (&["profile=operator-only", "database.kind=bundled"], "/database/kind"),
    (&["api.enabled=false"], "/api/enabled"),
    (&["migration.enabled=true"], "/migration/source/secretName"),
    (
        &[
            "profile=operator-only",
            "migration.enabled=true",
            "migration.source.secretName=w",
            "migration.mapping.configMapName=m",
        ],
        "/migration/emit': value must be 'manifests'",
    ),
    (&["networkPolicy.proxmox.cidrs[0]=pve1.example.org"], "/networkPolicy/proxmox/cidrs/0"),
];

#[test]
fn values_that_make_no_sense_are_refused_with_the_place() {
    let helm = Helm::alone();
    for (values, words) in REFUSED {
        let error = helm.try_template(values).expect_err(&format!("{values:?} was rendered"));
        assert!(error.contains(words), "{values:?}: {error}");
    }
}

#[test]
fn a_value_that_a_person_sets_stands_above_the_profile_even_when_it_is_false() {
    let helm = Helm::alone();
    let values = ["profile=ha", "database.external.secretName=s", "api.autoscaling.enabled=false", "api.replicas=5"];
    let objects = helm.objects(&values);
    let find = |kind: &str, name: &str| objects.iter().find(|o| o["kind"] == kind && o["metadata"]["name"] == name);
    assert!(find("HorizontalPodAutoscaler", "slipway-api").is_none());
    assert_eq!(find("Deployment", "slipway-api").unwrap()["spec"]["replicas"], 5);
    assert_eq!(find("Deployment", "slipway-operator").unwrap()["spec"]["replicas"], 2, "the profile's");
}

#[test]
fn secrets_are_never_rendered() {
    let helm = Helm::alone();
    for case in &CASES {
        let objects = helm.objects(case.values);
        assert!(!objects.iter().any(|object| object["kind"] == "Secret"), "{}", case.name);
    }
}

#[test]
fn behind_tls_the_public_address_is_https_and_one_proxy_is_believed() {
    let helm = Helm::alone();
    let of = |values: &[&str]| -> (String, String) {
        let objects = helm.objects(values);
        let env = &container(&objects, "Deployment", "slipway-api")["env"];
        let value = |name: &str| {
            let entry = env.as_array().unwrap().iter().find(|e| e["name"] == name).unwrap();
            entry["value"].as_str().unwrap().to_owned()
        };
        (value("SLIPWAY_PUBLIC_URL"), value("SLIPWAY_TRUSTED_PROXY_HOPS"))
    };
    let told = |url: &str, hops: &str| (url.to_owned(), hops.to_owned());
    assert_eq!(of(&[]), told("http://127.0.0.1:8080", "0"));
    let ingress = ["expose.kind=ingress", "expose.host=panel.example.org"];
    assert_eq!(of(&ingress), told("https://panel.example.org", "1"));
    assert_eq!(of(&["publicUrl=https://a.example.org/"]), told("https://a.example.org", "0"));
}

#[test]
fn the_notes_end_with_the_first_staff_login() {
    let chart = chart();
    let notes = std::fs::read_to_string(chart.join("templates/NOTES.txt")).unwrap();
    let login = notes.find("admin set-password-link").unwrap();
    assert!(notes[login..].lines().count() < 8, "something follows it");
}

/// The first container of a workload.
pub fn container<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let workload = objects.iter().find(|o| o["kind"] == kind && o["metadata"]["name"] == name).unwrap();
    &workload["spec"]["template"]["spec"]["containers"][0]
}
