//! A server as a manifest for Git: what is wished of it, without defaults and without what only the provider sets.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::dispatcher::manifest::spec;
use crate::http::path::PathOf;
use crate::id::ServerId;
use crate::problem::{Problem, ProblemBody};
use crate::server::spec::Spec;
use crate::server::view::{DeletionPolicy, DriftPolicy, Phase, RunPolicy, ServerView};
use crate::server::{revision, store};

/// What `VirtualServer` fills in when a manifest says nothing.
const DEFAULT_GRACE_HOURS: i32 = 72;

/// Show a server as a Kubernetes manifest, to be committed to Git
#[utoipa::path(
    get, path = "/v1/servers/{id}/manifest", tag = "Servers", operation_id = "showServerManifest",
    params(("id" = ServerId, Path, description = "The server's id")),
    responses(
        (status = 200, body = String, content_type = "application/yaml", description = "A `VirtualServer`, as YAML; applied to the same cluster it changes nothing"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such server, not yours, or deleted"),
    )
)]
pub async fn show(state: State<App>, caller: Caller, id: PathOf<ServerId>) -> Result<impl IntoResponse, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    let server = store::find(&mut connection, id.0, caller.staff).await?;
    let server = server
        .filter(|server| caller.sees(server.account_id) && server.phase != Phase::Unlinked)
        .filter(|server| !server.gone && server.retained.is_none())
        .ok_or_else(|| Problem::not_found("server"))?;
    let wished = revision::wished(&mut connection, id.0).await?;
    let yaml = serde_yaml_ng::to_string(&manifest(&server, wished))
        .map_err(|_| Problem::internal("a manifest cannot be written as YAML"))?;
    Ok(([(header::CONTENT_TYPE, "application/yaml")], yaml))
}

fn manifest(server: &ServerView, wished: Spec) -> Value {
    let mut named = Map::new();
    named.insert("name".to_owned(), json!(server.object_name));
    named.insert("namespace".to_owned(), json!(server.namespace));
    json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
        "metadata": named, "spec": spec(&for_git(wished, &server.object_name)),
    })
}

/// A default says nothing, and what the provider sets stays the provider's. Left out, all of it stays as it is.
fn for_git(wished: Spec, object_name: &str) -> Spec {
    Spec {
        hostname: wished.hostname.filter(|name| name != object_name),
        run_policy: wished.run_policy.filter(|policy| *policy != RunPolicy::Managed),
        deletion_policy: wished.deletion_policy.filter(|policy| *policy != DeletionPolicy::Delete),
        deletion_protection: wished.deletion_protection.filter(|on| *on),
        deletion_grace_hours: wished.deletion_grace_hours.filter(|hours| *hours != DEFAULT_GRACE_HOURS),
        drift_policy: wished.drift_policy.filter(|policy| *policy != DriftPolicy::Correct),
        node: None,
        paused: None,
        suspended: None,
        undelete: None,
        adopt: None,
        ..wished
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::interface::Interface;
    use crate::server::suspension::Suspension;

    #[test]
    fn a_manifest_for_git_says_what_is_wished_and_no_default() {
        let wished = Spec {
            site: Some("home".into()),
            plan: Some("small".into()),
            image: Some("debian-13".into()),
            hostname: Some("web-1".into()),
            run_policy: Some(RunPolicy::Managed),
            ssh_keys: vec!["ssh-ed25519 AAAA".into()],
            networks: vec![Interface::public("public".into())],
            root_disk_gib: Some(20),
            deletion_protection: Some(true),
            deletion_policy: Some(DeletionPolicy::Delete),
            deletion_grace_hours: Some(DEFAULT_GRACE_HOURS),
            drift_policy: Some(DriftPolicy::Report),
            node: Some("pve1".into()),
            paused: Some(false),
            suspended: Some(Suspension::Lifted),
            ..Spec::default()
        };
        let spec = spec(&for_git(wished, "web-1-00000002"));
        let expected = json!({
            "siteRef": "home", "planRef": "small", "imageRef": "debian-13", "hostname": "web-1",
            "access": {"sshKeys": ["ssh-ed25519 AAAA"]}, "networks": [{"name": "public", "networkRef": "public"}],
            "disks": [{"name": "root", "sizeGiB": 20}], "deletionProtection": true, "driftPolicy": "Report",
        });
        assert_eq!(spec, expected);
        assert_eq!(
            slipway_crds::virtual_server::DEFAULT_DELETION_GRACE.get().as_secs(),
            3600 * u64::from(DEFAULT_GRACE_HOURS.unsigned_abs())
        );
    }
}
