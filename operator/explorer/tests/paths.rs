//! Whatever path of edits leads to a spec, the VM is the one that it would be had it been applied at once.
//! `PROPTEST_CASES=…` tries more paths.

use proptest::{collection::vec, prelude::*, sample::subsequence};
use serde_json::{Value, json};
use slipway_crds::VirtualServerSpec;
use slipway_explorer::drill::{Wish, difference, walk};

/// What is wished for, of all that may be edited. `imageRef` and `access` act at creation only, by design.
#[derive(Debug, Clone)]
struct Edit {
    size: Size,
    root: Option<u32>,
    disks: Vec<(&'static str, u32)>,
    /// None: the site's default network. Else `backend` beside `public`.
    backend: Option<bool>,
    hostname: Option<String>,
    policy: &'static str,
    nameservers: Vec<&'static str>,
    search_domain: Option<&'static str>,
    suspended: bool,
    protected: bool,
    drift: &'static str,
    hurried: bool,
}

#[derive(Debug, Clone)]
enum Size {
    Plan(&'static str),
    Own { cores: u32, memory: u32, disk: u32, rate: Option<u32> },
}

fn size() -> impl Strategy<Value = Size> {
    prop_oneof![
        prop_oneof![Just("small"), Just("large")].prop_map(Size::Plan),
        (1_u32..=8, 128_u32..=8192, 1_u32..=24, proptest::option::of(1_u32..=400_000))
            .prop_map(|(cores, memory, disk, rate)| Size::Own { cores, memory, disk, rate }),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    let disks = subsequence(vec!["data", "logs", "x"], 0..=3).prop_flat_map(|names| {
        let sizes = vec(1_u32..=6, names.len());
        (Just(names), sizes).prop_map(|(names, sizes)| names.into_iter().zip(sizes).collect::<Vec<_>>())
    });
    let hostname = proptest::option::of("[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?");
    let dns = (subsequence(vec!["192.0.2.53", "2001:db8::53", "198.51.100.53"], 0..=3), any::<bool>());
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let policy = prop_oneof![Just("Managed"), Just("Running"), Just("Stopped")];
    (
        size(),
        proptest::option::of(10_u32..=30),
        disks,
        proptest::option::of(any::<bool>()),
        hostname,
        policy,
        dns,
        flags,
    )
        .prop_map(|(size, root, disks, backend, hostname, policy, (nameservers, search), flags)| Edit {
            size,
            root,
            disks,
            backend,
            hostname,
            policy,
            nameservers,
            search_domain: search.then_some("example.org"),
            suspended: flags.0,
            protected: flags.1,
            drift: if flags.2 { "Report" } else { "Correct" },
            hurried: flags.3,
        })
}

/// Makes a path of what the API server would accept: disks only grow, interfaces are never emptied.
fn possible(mut path: Vec<Edit>) -> Vec<Wish> {
    let mut least: std::collections::BTreeMap<&str, u32> = [].into();
    let mut interfaces = None;
    for edit in &mut path {
        let own = match &edit.size {
            Size::Plan("small") => 10,
            Size::Plan(_) => 20,
            Size::Own { disk, .. } => (*disk).max(10),
        };
        let root = least.entry("root").or_default();
        *root = (*root).max(own).max(edit.root.unwrap_or_default());
        edit.root = Some(*root);
        for (name, size) in &mut edit.disks {
            let least = least.entry(name).or_default();
            *least = (*least).max(*size);
            *size = *least;
        }
        edit.backend = edit.backend.or(interfaces);
        interfaces = edit.backend;
    }
    path.into_iter().map(|edit| Wish { spec: spec(&edit), hurried: edit.hurried }).collect()
}

fn spec(edit: &Edit) -> Value {
    let mut disks = vec![json!({ "name": "root", "sizeGiB": edit.root })];
    disks.extend(edit.disks.iter().map(|(name, size)| json!({ "name": name, "sizeGiB": size })));
    let network = |name: &str| json!({ "name": name, "networkRef": name });
    let networks = match edit.backend {
        None => vec![],
        Some(false) => vec![network("public")],
        Some(true) => vec![network("public"), network("backend")],
    };
    let mut dns = json!({ "servers": edit.nameservers });
    if let Some(domain) = edit.search_domain {
        dns["searchDomain"] = json!(domain);
    }
    let mut spec = json!({
        "runPolicy": edit.policy, "disks": disks, "networks": networks, "dns": dns, "deletionProtection": edit.protected,
        "driftPolicy": edit.drift
    });
    match &edit.size {
        Size::Plan(name) => spec["planRef"] = json!(name),
        Size::Own { cores, memory, disk, rate } => {
            spec["planRef"] = Value::Null;
            spec["resources"] = json!({ "cores": cores, "memoryMiB": memory, "diskGiB": disk });
            if let Some(rate) = rate {
                spec["resources"]["networkMbps"] = json!(rate);
            }
        }
    }
    if let Some(hostname) = &edit.hostname {
        spec["hostname"] = json!(hostname);
    }
    if edit.suspended {
        spec["suspended"] = json!({ "reason": "unpaid" });
    }
    spec
}

/// `Managed` keeps the power as it is, unless it is suspended; and whether it ever ran tells of the path.
fn ignored(last: &Value) -> &'static [&'static str] {
    if last["runPolicy"] == "Managed" && last["suspended"].is_null() {
        &[": Provisioned", ": power", ": runs", ": onboot"]
    } else {
        &[": Provisioned"]
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spec_reached_by_any_path_of_edits_gives_the_same_vm_as_applied_at_once(path in vec(edit(), 2..=5)) {
        let path = possible(path);
        let last = path.last().unwrap().clone();
        let whole = json!({ "siteRef": "home", "imageRef": "debian-13" });
        let mut read = last.spec.clone();
        whole.as_object().unwrap().iter().for_each(|(field, value)| read[field] = value.clone());
        prop_assert!(serde_json::from_value::<VirtualServerSpec>(read).is_ok());
        let at_once = walk(&[Wish { hurried: false, ..last.clone() }]).map_err(TestCaseError::fail)?;
        let by_the_path = walk(&path).map_err(TestCaseError::fail)?;
        let difference = difference(&at_once, &by_the_path, ignored(&last.spec));
        prop_assert!(difference.is_none(), "{}", difference.unwrap());
    }
}

/// A few in `make test`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(3)
}
