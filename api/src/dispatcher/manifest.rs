//! What is sent to Kubernetes: pure functions from a wish to JSON.
//!
//! A manifest holds exactly the fields that we own. POST and apply send the same one, so that the fields that a POST
//! makes ours are the fields that a later apply can take away again.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use slipway_crds::names;

use crate::dispatcher::wish::{Revision, Wish};
use crate::kube_time::to_kube;
use crate::server::action::Undelivered;
use crate::server::disk::DataDisk;
use crate::server::dns::Dns;
use crate::server::interface::Interface;
use crate::server::spec::{Resources, Spec, Undelete};
use crate::server::suspension::Suspension;

/// The `VirtualServer` that the revision wants. `uid`: only this very object is meant.
pub fn virtual_server(wish: &Wish, revision: &Revision, uid: Option<&str>) -> Value {
    let mut metadata = json!({
        "name": wish.object_name,
        "namespace": wish.namespace,
        "labels": labels(wish),
        "annotations": {
            (names::ANNOTATION_REVISION): revision.number.to_string(),
            (names::ANNOTATION_REQUEST_ID): wish.request_id,
        },
    });
    if let Some(uid) = uid {
        metadata["uid"] = json!(uid);
    }
    json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
        "metadata": metadata, "spec": spec(&revision.owned),
    })
}

/// The `VirtualServerAction` of a verb.
pub fn action(wish: &Wish, action: &Undelivered, uid: &str) -> Value {
    let mut spec = json!({
        "serverRef": {"name": wish.object_name, "uid": uid},
        "verb": action.verb,
        "sequence": action.sequence,
        "notAfter": time(action.not_after),
    });
    if let Some(generation) = wish.revision.as_ref().and_then(|revision| revision.generation) {
        spec["afterGeneration"] = json!(generation);
    }
    if let (Value::Object(spec), Value::Object(parameters)) = (&mut spec, json!(action.parameters.0)) {
        spec.extend(parameters);
    }
    json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction",
        "metadata": {
            "name": action.object_name,
            "namespace": wish.namespace,
            "labels": labels(wish),
            "annotations": {(names::ANNOTATION_REQUEST_ID): action.request_id},
        },
        "spec": spec,
    })
}

fn time(time: DateTime<Utc>) -> Value {
    json!(to_kube(time))
}

fn labels(wish: &Wish) -> Map<String, Value> {
    let mut labels = Map::new();
    labels.insert(names::LABEL_SERVER_ID.to_owned(), json!(wish.server.to_string()));
    if let Some(account) = wish.account {
        labels.insert(names::LABEL_ACCOUNT.to_owned(), json!(account.to_string()));
    }
    labels
}

/// The spec that a manifest of this wish has.
pub fn spec(owned: &Spec) -> Value {
    let mut spec = Map::new();
    let mut set = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            spec.insert(field.to_owned(), value);
        }
    };
    set("siteRef", owned.site.as_ref().map(|site| json!(site)));
    set("planRef", owned.plan.as_ref().map(|plan| json!(plan)));
    set("imageRef", owned.image.as_ref().map(|image| json!(image)));
    set("hostname", owned.hostname.as_ref().map(|name| json!(name)));
    set("runPolicy", owned.run_policy.map(|policy| json!(policy)));
    set("access", access(owned));
    set("networks", (!owned.networks.is_empty()).then(|| owned.networks.iter().map(interface).collect()));
    set("disks", disks(owned));
    set("deletionProtection", owned.deletion_protection.map(|on| json!(on)));
    set("deletionPolicy", owned.deletion_policy.map(|policy| json!(policy)));
    set("deletionGracePeriod", owned.deletion_grace_hours.map(grace));
    set("driftPolicy", owned.drift_policy.map(|policy| json!(policy)));
    set("dns", owned.dns.as_ref().map(dns));
    set("placement", placement(owned));
    set("paused", owned.paused.map(|paused| json!(paused)));
    set("resources", owned.resources.map(resources));
    let reason = owned.suspended.as_ref().and_then(Suspension::reason);
    set("suspended", reason.map(|reason| json!({"reason": reason})));
    set("undelete", owned.undelete.as_ref().map(undelete));
    set("adopt", owned.adopt.as_ref().map(|adopt| json!(adopt)));
    Value::Object(spec)
}

fn disks(owned: &Spec) -> Option<Value> {
    let root = owned.root_disk_gib.map(|size| json!({"name": names::ROOT_DISK, "sizeGiB": size}));
    let disks: Vec<Value> = root.into_iter().chain(owned.disks.iter().map(disk)).collect();
    (!disks.is_empty()).then(|| json!(disks))
}

fn disk(disk: &DataDisk) -> Value {
    let mut value = json!({"name": disk.name, "sizeGiB": disk.size_gib});
    if let Some(class) = &disk.storage_class {
        value["storageClass"] = json!(class);
    }
    value
}

fn interface(interface: &Interface) -> Value {
    let mut value = json!({"name": interface.name, "networkRef": interface.network});
    if let Some(address) = &interface.address {
        value["address"] = json!(address);
    }
    if let Some(address) = &interface.address6 {
        value["address6"] = json!(address);
    }
    value
}

fn placement(owned: &Spec) -> Option<Value> {
    let mut value = Map::new();
    if let Some(node) = &owned.node {
        value.insert("node".to_owned(), json!(node));
    }
    if let Some(group) = owned.anti_affinity_group.as_ref().filter(|group| !group.is_empty()) {
        value.insert("antiAffinityGroup".to_owned(), json!(group));
    }
    (!value.is_empty()).then_some(Value::Object(value))
}

/// `0h` is no Go duration that Kubernetes' pattern takes for zero; `0s` is.
fn grace(hours: i32) -> Value {
    if hours == 0 { json!("0s") } else { json!(format!("{hours}h")) }
}

fn dns(dns: &Dns) -> Value {
    let mut value = Map::new();
    if !dns.servers.is_empty() {
        value.insert("servers".to_owned(), json!(dns.servers));
    }
    if let Some(domain) = &dns.search_domain {
        value.insert("searchDomain".to_owned(), json!(domain));
    }
    Value::Object(value)
}

fn resources(size: Resources) -> Value {
    let mut value = json!({"cores": size.cores, "memoryMiB": size.memory_mib, "diskGiB": size.disk_gib});
    if let Some(mbps) = size.network_mbps {
        value["networkMbps"] = json!(mbps);
    }
    value
}

fn undelete(undelete: &Undelete) -> Value {
    let mut value = json!({"uid": undelete.uid});
    if undelete.overridden {
        value["override"] = json!(true);
    }
    value
}

/// The patch that takes away a suspension which is lifted; `None`: there is none. An apply alone would leave one that
/// somebody else holds.
pub fn lift_suspension(owned: &Spec, object: &Value) -> Option<Value> {
    let lifted = owned.suspended == Some(Suspension::Lifted) && !object["spec"]["suspended"].is_null();
    lifted.then(|| {
        json!([
            {"op": "test", "path": "/metadata/resourceVersion", "value": object["metadata"]["resourceVersion"]},
            {"op": "remove", "path": "/spec/suspended"},
        ])
    })
}

/// The patch that takes out the disks and interfaces that are to go, and the group; `None`: none of them is there. An
/// apply alone would leave what somebody else holds.
pub fn take_out(owned: &Spec, object: &Value) -> Option<Value> {
    let spec = &object["spec"];
    let mut patch = vec![json!({
        "op": "test", "path": "/metadata/resourceVersion", "value": object["metadata"]["resourceVersion"],
    })];
    for (list, removed) in [("disks", &owned.removed.disks), ("networks", &owned.removed.networks)] {
        let entries = spec[list].as_array().map(Vec::as_slice).unwrap_or_default();
        let goes = |entry: &Value| entry["name"].as_str().is_some_and(|name| removed.iter().any(|gone| gone == name));
        // The last first: an index is of the list as the operation before left it.
        for (index, _) in entries.iter().enumerate().rev().filter(|(_, entry)| goes(entry)) {
            patch.push(json!({"op": "remove", "path": format!("/spec/{list}/{index}")}));
        }
    }
    if owned.anti_affinity_group.as_deref() == Some("") && !spec["placement"]["antiAffinityGroup"].is_null() {
        patch.push(json!({"op": "remove", "path": "/spec/placement/antiAffinityGroup"}));
    }
    (patch.len() > 1).then_some(Value::Array(patch))
}

fn access(owned: &Spec) -> Option<Value> {
    if owned.ssh_keys.is_empty() && owned.password_secret.is_none() && owned.access_user.is_none() {
        return None;
    }
    let mut access = Map::new();
    if let Some(user) = &owned.access_user {
        access.insert("user".to_owned(), json!(user));
    }
    access.insert("sshKeys".to_owned(), json!(owned.ssh_keys));
    if let Some(secret) = &owned.password_secret {
        access.insert("passwordSecretRef".to_owned(), json!({"name": secret, "key": "password"}));
    }
    Some(Value::Object(access))
}

/// The first field of `wanted` that `found` does not hold as wanted. Lists of named entries are compared by name.
pub fn missing(wanted: &Value, found: &Value, path: &str) -> Option<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .find_map(|(key, value)| missing(value, found.get(key).unwrap_or(&Value::Null), &format!("{path}.{key}"))),
        (Value::Array(wanted), Value::Array(found)) if wanted.iter().all(|entry| entry.get("name").is_some()) => {
            wanted.iter().find_map(|entry| {
                let same = |other: &&Value| other.get("name") == entry.get("name");
                missing(entry, found.iter().find(same).unwrap_or(&Value::Null), path)
            })
        }
        _ if wanted == found => None,
        _ => Some(path.to_owned()),
    }
}

/// The JSON patch that turns what our POST made ours into what an apply made ours; `None`: there is nothing to turn.
/// The resource version makes it fail when somebody else wrote in between.
pub fn adopt_posted_fields(metadata: &Value) -> Option<Value> {
    let entries = metadata.get("managedFields")?.as_array()?;
    let posted = |entry: &&Value| {
        entry["manager"] == names::MANAGER_API && entry["operation"] == "Update" && entry.get("subresource").is_none()
    };
    let index = entries.iter().position(|entry| posted(&entry))?;
    Some(json!([
        {"op": "replace", "path": format!("/metadata/managedFields/{index}/operation"), "value": "Apply"},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata.get("resourceVersion")?},
    ]))
}

/// The patch that ends what these managers hold of the object, but not what they hold of its status; `None`: they hold
/// nothing. The fields stay as they are.
pub fn forget_managers(managers: &[String], metadata: &Value) -> Option<Value> {
    let entries = metadata.get("managedFields")?.as_array()?;
    let forgotten = |entry: &Value| {
        entry.get("subresource").is_none() && managers.iter().any(|manager| entry["manager"] == manager.as_str())
    };
    // The last first: an index is of the list as the operation before left it.
    let indices = (0..entries.len()).rev().filter(|index| forgotten(&entries[*index]));
    let mut patch: Vec<Value> =
        indices.map(|index| json!({"op": "remove", "path": format!("/metadata/managedFields/{index}")})).collect();
    if patch.is_empty() {
        return None;
    }
    patch
        .push(json!({"op": "replace", "path": "/metadata/resourceVersion", "value": metadata.get("resourceVersion")?}));
    Some(Value::Array(patch))
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;

    use super::*;
    use crate::id::{AccountId, OperationId, ServerId};
    use crate::operation::view::Verb;
    use crate::server::parameters::Parameters;
    use crate::server::spec::Removed;
    use crate::server::view::RunPolicy;

    fn wish(owned: Spec) -> (Wish, Revision) {
        let revision = Revision { number: 4, owned, settled: false, generation: Some(2) };
        let wish = Wish {
            server: ServerId(uuid::Uuid::from_u128(2)),
            account: Some(AccountId(uuid::Uuid::from_u128(1))),
            namespace: "acct-a-00000001".into(),
            object_name: "web-1-00000002".into(),
            uid: None,
            absent: false,
            observed_generation: None,
            delete_requested: false,
            purge: None,
            revision: Some(revision.clone()),
            actions: Vec::new(),
            request_id: "r-1".into(),
        };
        (wish, revision)
    }

    #[test]
    fn a_manifest_holds_what_we_own_and_nothing_else() {
        let owned = Spec { run_policy: Some(RunPolicy::Stopped), deletion_grace_hours: Some(0), ..Spec::default() };
        let (wish, revision) = wish(owned);
        let manifest = virtual_server(&wish, &revision, Some("u-1"));
        assert_eq!(manifest["spec"], json!({"runPolicy": "Stopped", "deletionGracePeriod": "0s"}));
        assert_eq!(manifest["metadata"]["uid"], "u-1");
        assert_eq!(manifest["metadata"]["annotations"]["slipway.dev/revision"], "4");
        assert_eq!(manifest["metadata"]["annotations"]["slipway.dev/request-id"], "r-1");
    }

    #[test]
    fn a_full_order_becomes_a_valid_spec() {
        let owned = Spec {
            site: Some("home".into()),
            plan: Some("small".into()),
            image: Some("debian-13".into()),
            hostname: Some("web-1".into()),
            ssh_keys: vec!["ssh-ed25519 AAAAC3Nza".into()],
            password_secret: Some("web-1-00000002-password".into()),
            networks: vec![
                Interface::public("lan".into()),
                Interface {
                    name: "private".into(),
                    network: "back".into(),
                    address: Some("10.0.0.2".into()),
                    address6: Some("fd00::2".into()),
                },
            ],
            root_disk_gib: Some(40),
            disks: vec![DataDisk { name: "data".into(), size_gib: 20, storage_class: Some("fast".into()) }],
            anti_affinity_group: Some("web".into()),
            deletion_protection: Some(true),
            drift_policy: Some(crate::server::view::DriftPolicy::Report),
            dns: Some(Dns { servers: vec!["192.0.2.53".into()], search_domain: None }),
            node: Some("pve1".into()),
            paused: Some(true),
            suspended: Some(Suspension::from_column("unpaid".into())),
            undelete: Some(Undelete { uid: "u-0".into(), overridden: true }),
            ..Spec::default()
        };
        let (wish, revision) = wish(owned);
        let spec = virtual_server(&wish, &revision, None)["spec"].clone();
        let typed: slipway_crds::VirtualServerSpec = serde_json::from_value(spec.clone()).unwrap();
        assert_eq!(typed.disks[0].size_gib, 40);
        assert_eq!((typed.disks[1].name.as_str(), typed.disks[1].storage_class.as_deref()), ("data", Some("fast")));
        assert_eq!(typed.networks[0].name, "public");
        assert_eq!(typed.networks[1].address6.as_deref(), Some("fd00::2"));
        assert_eq!(typed.placement.and_then(|placement| placement.anti_affinity_group).as_deref(), Some("web"));
        assert_eq!(typed.suspended.map(|suspended| suspended.reason).as_deref(), Some("unpaid"));
        assert!(typed.undelete.is_some_and(|undelete| undelete.overridden) && typed.paused);
        assert_eq!(spec["access"]["passwordSecretRef"]["key"], "password");
    }

    #[test]
    fn a_size_of_its_own_stands_in_place_of_a_plan() {
        let size = Resources { cores: 2, memory_mib: 4096, disk_gib: 40, network_mbps: Some(100) };
        let (wish, revision) = wish(Spec { resources: Some(size), ..Spec::default() });
        let spec = virtual_server(&wish, &revision, None)["spec"].clone();
        assert_eq!(spec, json!({"resources": {"cores": 2, "memoryMiB": 4096, "diskGiB": 40, "networkMbps": 100}}));
    }

    #[test]
    fn only_a_lifted_suspension_is_taken_away() {
        let lifted = Spec { suspended: Some(Suspension::Lifted), ..Spec::default() };
        let suspended = json!({"metadata": {"resourceVersion": "7"}, "spec": {"suspended": {"reason": "unpaid"}}});
        assert_eq!(lift_suspension(&lifted, &suspended).unwrap()[1]["op"], "remove");
        assert_eq!(lift_suspension(&lifted, &json!({"spec": {}})), None);
        assert_eq!(lift_suspension(&Spec::default(), &suspended), None, "another's suspension is left alone");
    }

    #[test]
    fn what_is_to_go_is_taken_out_whoever_holds_it_and_nothing_else() {
        let disks = vec!["a".into(), "c".into(), "gone".into()];
        let removed = Removed { disks, networks: vec!["b".into()], managers: Vec::new() };
        let owned = Spec { removed, anti_affinity_group: Some(String::new()), ..Spec::default() };
        let object = json!({"metadata": {"resourceVersion": "7"}, "spec": {
            "disks": [{"name": "a"}, {"name": "b"}, {"name": "c"}], "networks": [{"name": "a"}, {"name": "b"}],
            "placement": {"antiAffinityGroup": "web"},
        }});
        let patch = take_out(&owned, &object).unwrap();
        let paths: Vec<_> = patch.as_array().unwrap().iter().map(|step| step["path"].as_str().unwrap()).collect();
        assert_eq!(
            paths,
            [
                "/metadata/resourceVersion",
                "/spec/disks/2",
                "/spec/disks/0",
                "/spec/networks/1",
                "/spec/placement/antiAffinityGroup"
            ]
        );
        assert_eq!(take_out(&Spec::default(), &object), None);
        assert_eq!(take_out(&owned, &json!({"spec": {}})), None);
    }

    #[test]
    fn an_action_names_the_object_by_uid_and_the_generation_it_follows() {
        let (wish, _) = wish(Spec::default());
        let undelivered = Undelivered {
            operation: OperationId(uuid::Uuid::nil()),
            verb: Verb::Rollback,
            parameters: Json(Parameters { snapshot: Some("before".into()), ..Parameters::default() }),
            sequence: 3,
            not_after: DateTime::from_timestamp(1_764_000_000, 0).unwrap(),
            object_name: "web-1-00000002-0000000a".into(),
            request_id: "r-2".into(),
        };
        let spec = action(&wish, &undelivered, "u-1")["spec"].clone();
        let typed: slipway_crds::VirtualServerActionSpec = serde_json::from_value(spec).unwrap();
        assert_eq!(typed.server_ref.uid.as_deref(), Some("u-1"));
        assert_eq!((typed.after_generation, typed.sequence, typed.verb), (Some(2), 3, slipway_crds::Verb::Rollback));
        assert_eq!(typed.snapshot.as_deref(), Some("before"));
    }

    #[test]
    fn an_answer_that_lacks_an_owned_field_is_noticed() {
        let wanted = json!({"planRef": "small", "disks": [{"name": "root", "sizeGiB": 40}]});
        let found = json!({"planRef": "small", "disks": [{"name": "data"}, {"name": "root", "sizeGiB": 40, "x": 1}]});
        assert_eq!(missing(&wanted, &found, "spec"), None);
        let found = json!({"planRef": "small", "disks": [{"name": "root", "sizeGiB": 30}]});
        assert_eq!(missing(&wanted, &found, "spec"), Some("spec.disks.sizeGiB".into()));
    }

    #[test]
    fn managers_are_forgotten_but_for_what_they_hold_of_the_status() {
        let metadata = json!({"resourceVersion": "7", "managedFields": [
            {"manager": "argocd-controller", "operation": "Apply"},
            {"manager": "slipway-api", "operation": "Apply"},
            {"manager": "argocd-controller", "operation": "Update"},
            {"manager": "argocd-controller", "operation": "Update", "subresource": "status"},
        ]});
        let patch = forget_managers(&["argocd-controller".into()], &metadata).unwrap();
        let paths: Vec<_> = patch.as_array().unwrap().iter().map(|step| step["path"].as_str().unwrap()).collect();
        assert_eq!(paths, ["/metadata/managedFields/2", "/metadata/managedFields/0", "/metadata/resourceVersion"]);
        assert_eq!(forget_managers(&["flux".into()], &metadata), None);
    }

    #[test]
    fn only_our_own_posted_fields_are_turned_into_applied_ones() {
        let metadata = json!({"resourceVersion": "7", "managedFields": [
            {"manager": "slipway-operator", "operation": "Update"},
            {"manager": "slipway-api", "operation": "Update"},
        ]});
        let patch = adopt_posted_fields(&metadata).unwrap();
        assert_eq!(patch[0]["path"], "/metadata/managedFields/1/operation");
        assert_eq!(patch[1]["value"], "7");
        assert_eq!(
            adopt_posted_fields(&json!({"managedFields": [{"manager": "slipway-api", "operation": "Apply"}]})),
            None
        );
    }
}
