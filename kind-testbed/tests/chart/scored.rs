//! `kube-score` on every case. What it complains of and we mean stands here, with why; what it no longer complains of does not.

use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    cases::CASES,
    helm::{Helm, objects, tools},
};

/// A check, what the names of the excused objects contain, and why.
const EXCEPTIONS: [(&str, &str, &str); 4] = [
    ("container-image-pull-policy", "", "a release's tag never changes, and a node starts without the registry"),
    ("container-security-context-user-group-id", "slipway-postgresql", "999 is the user of the image `postgres`"),
    ("deployment-replicas", "Deployment/", "one replica is what `small` and `operator-only` are; `ha` has more"),
    ("pod-networkpolicy", "", "only where networkPolicy.enabled=false was asked for"),
];

/// `check object: comment` of everything that is not in order.
fn complaints(manifests: &[Value]) -> BTreeSet<(String, String, String)> {
    let mut child = Command::new(tools().kube_score)
        .args(["score", "--output-format", "json", "--kubernetes-version", "v1.34", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = manifests.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n");
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let scored: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = BTreeSet::new();
    for object in &scored {
        let name = object["object_name"].as_str().unwrap();
        for check in object["checks"].as_array().into_iter().flatten() {
            // 10 is in order; a check that does not apply says so.
            if check["grade"].as_u64().unwrap() < 10 && check["skipped"] != true {
                let comments = check["comments"].as_array().into_iter().flatten();
                let comment = comments.map(|c| c["summary"].as_str().unwrap()).collect::<Vec<_>>().join("; ");
                found.insert((check["check"]["id"].as_str().unwrap().to_owned(), name.to_owned(), comment));
            }
        }
    }
    found
}

fn excuse(check: &str, object: &str) -> Option<usize> {
    EXCEPTIONS.iter().position(|(excused, part, _)| *excused == check && object.contains(part))
}

#[test]
fn kube_score_complains_of_nothing_that_was_not_thought_of() {
    let (helm, mut used) = (Helm::alone(), BTreeSet::new());
    for case in &CASES {
        for (check, object, comment) in complaints(&objects(&helm.template(case.values))) {
            let open = case.values.contains(&"networkPolicy.enabled=false");
            let excused = excuse(&check, &object).filter(|_| open || check != "pod-networkpolicy");
            let exception = excused.unwrap_or_else(|| panic!("{}: {check} on {object}: {comment}", case.name));
            used.insert(exception);
        }
    }
    let unused: Vec<_> = (0..EXCEPTIONS.len()).filter(|n| !used.contains(n)).map(|n| EXCEPTIONS[n]).collect();
    assert!(unused.is_empty(), "no longer complained of: {unused:?}");
}
