//! What the API server says of each object: strictly, without doing it, and then for real.

use serde_json::Value;

use crate::{
    cases::CASES,
    cluster::Cluster,
    helm::{Helm, objects},
};

/// Types and policies, and the rest: those stay from one case to the next.
fn parts(yaml: &str) -> (String, String) {
    let stream = |objects: Vec<Value>| objects.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n");
    let kept = |object: &Value| {
        let kind = object["kind"].as_str().unwrap();
        kind == "CustomResourceDefinition" || kind.starts_with("ValidatingAdmissionPolicy")
    };
    let (types, rest) = objects(yaml).into_iter().partition(kept);
    (stream(types), stream(rest))
}

#[tokio::test]
async fn all_of_it_is_accepted_strictly_and_applied() {
    let (cluster, helm) = (Cluster::start().await, Helm::alone());
    for case in &CASES {
        let (types, rest) = parts(&helm.template(case.values));
        let (types, rest) = (cluster.file("types.yaml", &types), cluster.file("rest.yaml", &rest));
        for file in [&types, &rest] {
            for how in ["--dry-run=server", "--dry-run=none"] {
                let args = ["apply", "--server-side", "--force-conflicts", "--validate=strict", how, "-f", file];
                let answer = cluster.stack.plane.kubectl(&args).await;
                let said = answer.unwrap_or_else(|error| panic!("{}: {error}", case.name));
                assert!(!said.contains("Warning"), "{}: {said}", case.name);
            }
        }
        cluster.kubectl(&["delete", "--ignore-not-found", "-f", &rest]).await;
    }
}
