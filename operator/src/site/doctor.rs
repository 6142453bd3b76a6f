//! What is wrong with a site's setup, feature by feature, and what a person would type to mend it: pure.

use std::collections::{BTreeMap, BTreeSet};

use proxmox_client::{NodeName, NodeStorage, Permissions, Vmid};
use slipway_crds::DoctorFinding;

/// Clocks may differ by so much: marks and expiries are in minutes.
const MOST_SKEW: i64 = 30;
/// As long as a field of a finding may be, in bytes.
const LONGEST: usize = 1000;

/// What Slipway uses on this site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// `user@realm!name` of the operator's token.
    pub token: String,
    pub pool: String,
    /// Where disks are made, beside those of the templates.
    pub storages: BTreeSet<String>,
    pub backup_storage: Option<String>,
    /// Bridge → a Network that names it.
    pub bridges: BTreeMap<String, String>,
    /// One certificate is pinned, instead of the CA.
    pub pins_one_certificate: bool,
}

/// What was found there. What could not be read says why.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub permissions: Result<Permissions, String>,
    pub nodes: Vec<NodeFacts>,
    /// Whether the cluster's firewall is on.
    pub firewall: Result<bool, String>,
    pub templates: Vec<TemplateFacts>,
    /// VMs of which it cannot be said whether they are ours, as `VM 100005 on pve1: it is locked (clone)`.
    pub unjudged: Vec<String>,
    /// Interfaces of our VMs whose guest may send what it likes, as `VM 501 (acct-a/web): public`.
    pub unfiltered: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NodeFacts {
    pub name: NodeName,
    pub storages: Result<Vec<NodeStorage>, String>,
    pub bridges: Result<BTreeSet<String>, String>,
    /// Seconds that its clock is ahead of ours.
    pub ahead: Result<i64, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFacts {
    pub image: String,
    pub node: String,
    pub vmid: Vmid,
    /// The storage of its disk, or why it cannot be cloned.
    pub storage: Result<String, String>,
}

/// One finding a feature, always in the same order; the ones that are fine too.
pub fn examine(uses: &Uses, facts: &Facts) -> Vec<DoctorFinding> {
    let mut findings = privileges(uses, facts);
    findings.extend([
        disk_storages(uses, facts),
        backup_target(uses, facts),
        bridges(uses, facts),
        templates(facts),
        clocks(facts),
        firewall(facts),
        filters(facts),
        strangers(facts),
        tls(uses),
    ]);
    findings
}

/// Not everything answered in time.
pub fn unfinished() -> DoctorFinding {
    broken("site", "not every node answered in time", "see which node is slow or offline; it is tried again")
}

/// What a feature needs, on which path.
struct Needs {
    feature: &'static str,
    privileges: &'static [&'static str],
    paths: Vec<String>,
}

fn needs(uses: &Uses, facts: &Facts) -> Vec<Needs> {
    let pool = || vec![format!("/pool/{}", uses.pool)];
    let storage = |name: &String| format!("/storage/{name}");
    let of_templates = facts.templates.iter().filter_map(|t| t.storage.as_ref().ok());
    let images: BTreeSet<_> = of_templates.chain(&uses.storages).map(storage).collect();
    let need = |feature, privileges, paths| Needs { feature, privileges, paths };
    vec![
        need("site", &["Sys.Audit"], vec!["/".to_owned()]),
        need("inventory", &["VM.Audit"], vec!["/vms".to_owned()]),
        need("pool", &["Pool.Audit", "Pool.Allocate"], pool()),
        need(
            "servers",
            &[
                "VM.Allocate",
                "VM.Audit",
                "VM.PowerMgmt",
                "VM.Config.Disk",
                "VM.Config.CPU",
                "VM.Config.Memory",
                "VM.Config.Network",
                "VM.Config.Options",
                "VM.Config.Cloudinit",
                "VM.Config.CDROM",
                "VM.Config.HWType",
            ],
            pool(),
        ),
        need("templates", &["VM.Clone"], facts.templates.iter().map(|t| format!("/vms/{}", t.vmid)).collect()),
        need("disks", &["Datastore.AllocateSpace", "Datastore.Audit"], images.into_iter().collect()),
        need("networks", &["SDN.Use"], uses.bridges.keys().map(|b| format!("/sdn/zones/localnetwork/{b}")).collect()),
        need("snapshots", &["VM.Snapshot", "VM.Snapshot.Rollback"], pool()),
        need("backups", &["VM.Backup"], pool()),
        need(
            "backupStorage",
            &["Datastore.AllocateSpace", "Datastore.Audit"],
            uses.backup_storage.iter().map(storage).collect(),
        ),
        need("migration", &["VM.Migrate"], pool()),
    ]
}

fn privileges(uses: &Uses, facts: &Facts) -> Vec<DoctorFinding> {
    let held = match &facts.permissions {
        Ok(held) => held,
        Err(why) => return vec![broken("privileges", why, "see that the token is valid and not expired")],
    };
    needs(uses, facts)
        .iter()
        .map(|need| {
            let lacks = |path: &String| {
                let missing: Vec<&str> = need.privileges.iter().copied().filter(|p| !held.has(path, p)).collect();
                (!missing.is_empty()).then(|| (path.clone(), missing))
            };
            let lacking: Vec<_> = need.paths.iter().filter_map(lacks).collect();
            if lacking.is_empty() {
                return fine(need.feature);
            }
            let said: Vec<String> =
                lacking.iter().map(|(path, missing)| format!("{} on {path}", missing.join(", "))).collect();
            // A deeper entry replaces those above it, so everything that is needed on the path is named.
            let role = format!("Slipway{}{}", need.feature[..1].to_uppercase(), &need.feature[1..]);
            let mut lines = vec![format!("pveum role add {role} --privs '{}'", need.privileges.join(","))];
            lines.extend(
                lacking
                    .iter()
                    .map(|(path, _)| format!("pveum acl modify {path} --tokens '{}' --roles {role}", uses.token)),
            );
            broken(need.feature, &format!("the token lacks {}", said.join("; ")), &lines.join(" && "))
        })
        .collect()
}

/// A storage may be on some nodes only: then servers are made there. One that no node can use is wrong.
fn disk_storages(uses: &Uses, facts: &Facts) -> DoctorFinding {
    let lacking = |wanted: &String| lacking(facts, wanted, "images", "disks");
    let unusable: Vec<String> = uses
        .storages
        .iter()
        .map(|wanted| (wanted, lacking(wanted)))
        .filter(|(_, wrong)| !facts.nodes.is_empty() && wrong.len() == facts.nodes.len())
        .map(|(wanted, wrong)| format!("storage {wanted}: {}", wrong.join("; ")))
        .collect();
    if unusable.is_empty() {
        return fine("diskStorages");
    }
    let fix = "pvesm set <storage> --content images, or another spec.storage or spec.storageClasses";
    broken("diskStorages", &unusable.join("; "), fix)
}

/// Why each node that cannot use a storage for this content cannot.
fn lacking(facts: &Facts, wanted: &str, content: &str, what: &str) -> Vec<String> {
    let wrong = |node: &NodeFacts| match &node.storages {
        Err(why) => Some(format!("{}: {why}", node.name)),
        Ok(all) => match all.iter().find(|s| s.storage == wanted) {
            None => Some(format!("{} does not have it", node.name)),
            Some(s) if !s.active => Some(format!("it is not active on {}", node.name)),
            Some(s) if !s.content.contains(content) => Some(format!("it takes no {what} on {}", node.name)),
            Some(_) => None,
        },
    };
    facts.nodes.iter().filter_map(wrong).collect()
}

fn backup_target(uses: &Uses, facts: &Facts) -> DoctorFinding {
    let Some(wanted) = &uses.backup_storage else {
        return DoctorFinding {
            message: "spec.backupStorage is not set: there are no backups".to_owned(),
            ..fine("backupTarget")
        };
    };
    let wrong = lacking(facts, wanted, "backup", "backups");
    if wrong.is_empty() {
        return fine("backupTarget");
    }
    let fix = format!("pvesm set {wanted} --content backup, or another spec.backupStorage");
    broken("backupTarget", &format!("storage {wanted}: {}", wrong.join("; ")), &fix)
}

fn bridges(uses: &Uses, facts: &Facts) -> DoctorFinding {
    let mut wrong = Vec::new();
    for node in &facts.nodes {
        match &node.bridges {
            Err(why) => wrong.push(format!("{}: {why}", node.name)),
            Ok(there) => wrong.extend(
                uses.bridges
                    .iter()
                    .filter(|(bridge, _)| !there.contains(*bridge))
                    .map(|(bridge, network)| format!("{} has no bridge {bridge} (Network {network})", node.name)),
            ),
        }
    }
    if wrong.is_empty() {
        return fine("bridges");
    }
    broken("bridges", &wrong.join("; "), "make the bridge on that node, or cordon the node in spec.cordonedNodes")
}

fn templates(facts: &Facts) -> DoctorFinding {
    let wrong: Vec<String> = facts
        .templates
        .iter()
        .filter_map(|t| {
            let why = t.storage.as_ref().err()?;
            Some(format!("{} of image {} on {}: {why}", t.vmid, t.image, t.node))
        })
        .collect();
    if wrong.is_empty() {
        return fine("images");
    }
    broken("images", &wrong.join("; "), "make the template as the OSImage says, or correct its spec.templates")
}

fn clocks(facts: &Facts) -> DoctorFinding {
    let wrong: Vec<String> = facts
        .nodes
        .iter()
        .filter_map(|node| match &node.ahead {
            Err(why) => Some(format!("{}: {why}", node.name)),
            Ok(seconds) if seconds.abs() > MOST_SKEW => Some(format!("{} is {seconds} s ahead", node.name)),
            Ok(_) => None,
        })
        .collect();
    if wrong.is_empty() {
        return fine("clock");
    }
    broken("clock", &wrong.join("; "), "let chrony keep the clocks: systemctl enable --now chrony")
}

fn firewall(facts: &Facts) -> DoctorFinding {
    match &facts.firewall {
        Ok(true) => fine("firewall"),
        Ok(false) => broken(
            "firewall",
            "the cluster's firewall is off: address and MAC filters of guests have no effect",
            "pvesh set /cluster/firewall/options --enable 1 (first allow your own access: it drops what no rule lets in)",
        ),
        Err(why) => broken("firewall", why, "give the token Sys.Audit on /"),
    }
}

fn filters(facts: &Facts) -> DoctorFinding {
    if facts.unfiltered.is_empty() {
        return fine("filters");
    }
    let message = format!("not every guest is kept to its own addresses: {}", facts.unfiltered.join("; "));
    broken(
        "filters",
        &message,
        "give the interface an address of one of our pools, as spec.networks[].address; of one whose filter was changed by hand, set spec.driftPolicy to Correct",
    )
}

fn strangers(facts: &Facts) -> DoctorFinding {
    if facts.unjudged.is_empty() {
        return fine("strangers");
    }
    let message = format!("it cannot be said whether these are ours: {}", facts.unjudged.join("; "));
    broken(
        "strangers",
        &message,
        "let the token read them (VM.Audit on /vms) and end what locks them; one that is not Slipway's goes outside its pool and spec.vmidRange",
    )
}

fn tls(uses: &Uses) -> DoctorFinding {
    let message = if uses.pins_one_certificate {
        "one certificate is pinned: its renewal needs a new spec.tls.fingerprint; spec.tls.caBundle would not"
    } else {
        ""
    };
    DoctorFinding { message: message.to_owned(), ..fine("tls") }
}

fn fine(feature: &str) -> DoctorFinding {
    DoctorFinding { feature: feature.to_owned(), ok: true, message: String::new(), fix: String::new() }
}

fn broken(feature: &str, message: &str, fix: &str) -> DoctorFinding {
    let short = |text: &str| crate::events::cut(text, LONGEST).to_owned();
    DoctorFinding { feature: feature.to_owned(), ok: false, message: short(message), fix: short(fix) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses() -> Uses {
        Uses {
            token: "slipway@pve!operator".into(),
            pool: "slipway-x".into(),
            storages: ["fast".to_owned()].into(),
            backup_storage: Some("nas".into()),
            bridges: [("vmbr0".to_owned(), "public".to_owned())].into(),
            pins_one_certificate: false,
        }
    }

    fn node(name: &str) -> NodeFacts {
        let storage = |name: &str, content: &str| NodeStorage {
            storage: name.into(),
            content: [content.to_owned()].into(),
            active: true,
        };
        NodeFacts {
            name: NodeName::try_from(name).unwrap(),
            storages: Ok(vec![storage("nas", "backup"), storage("fast", "images")]),
            bridges: Ok(["vmbr0".to_owned()].into()),
            ahead: Ok(2),
        }
    }

    fn facts() -> Facts {
        Facts {
            permissions: Err("401 no such token".into()),
            nodes: vec![node("pve1"), node("pve2")],
            firewall: Ok(true),
            templates: vec![TemplateFacts {
                image: "debian".into(),
                node: "pve1".into(),
                vmid: Vmid::try_from(9000).unwrap(),
                storage: Ok("local".into()),
            }],
            unjudged: vec![],
            unfiltered: vec![],
        }
    }

    fn wrong(uses: &Uses, facts: &Facts) -> Vec<(String, String, String)> {
        let all = examine(uses, facts).into_iter().filter(|f| !f.ok);
        all.map(|f| (f.feature, f.message, f.fix)).filter(|(feature, ..)| feature != "privileges").collect()
    }

    #[test]
    fn a_site_as_it_should_be_has_no_wrong_finding() {
        assert_eq!(wrong(&uses(), &facts()), []);
    }

    #[test]
    fn each_thing_that_is_wrong_is_a_finding_that_names_it_and_its_end() {
        let mut sick = facts();
        sick.nodes[1].bridges = Ok(BTreeSet::new());
        sick.nodes[1].ahead = Ok(-90);
        let nas = NodeStorage { storage: "nas".into(), content: BTreeSet::new(), active: true };
        sick.nodes[0].storages = Ok(vec![nas]);
        sick.firewall = Ok(false);
        sick.templates[0].storage = Err("it is no template".into());
        sick.unjudged = vec!["VM 100005 on pve1: it is locked (clone)".into()];
        sick.unfiltered = vec!["VM 501 (acct-a/web): public".into()];
        let found = wrong(&uses(), &sick);
        let of = |feature: &str| {
            let (_, message, fix) =
                found.iter().find(|(f, ..)| f == feature).unwrap_or_else(|| panic!("no {feature} in {found:?}"));
            assert!(!fix.is_empty(), "{feature} has no end");
            message.clone()
        };
        assert_eq!(of("bridges"), "pve2 has no bridge vmbr0 (Network public)");
        assert_eq!(of("clock"), "pve2 is -90 s ahead");
        assert_eq!(of("backupTarget"), "storage nas: it takes no backups on pve1");
        assert_eq!(of("images"), "9000 of image debian on pve1: it is no template");
        assert!(of("firewall").contains("no effect"));
        assert!(of("filters").ends_with("VM 501 (acct-a/web): public"));
        assert!(of("strangers").ends_with("VM 100005 on pve1: it is locked (clone)"));
        assert_eq!(found.len(), 7);
    }

    #[test]
    fn a_storage_for_disks_may_be_on_some_nodes_only_but_not_on_none() {
        let mut facts = facts();
        facts.nodes[0].storages.as_mut().unwrap().retain(|s| s.storage != "fast");
        assert_eq!(wrong(&uses(), &facts), []);
        facts.nodes[1].storages.as_mut().unwrap()[1].active = false;
        let found = wrong(&uses(), &facts);
        assert_eq!(found[0].0, "diskStorages");
        assert_eq!(found[0].1, "storage fast: pve1 does not have it; it is not active on pve2");
    }

    #[test]
    fn what_cannot_be_read_is_a_finding_and_not_fine() {
        let mut silent = facts();
        silent.nodes[0].ahead = Err("595 no route".into());
        silent.firewall = Err("Permission check failed".into());
        let features: Vec<_> = wrong(&uses(), &silent).into_iter().map(|(f, ..)| f).collect();
        assert_eq!(features, ["clock", "firewall"]);
        assert_eq!(examine(&uses(), &silent)[0].feature, "privileges");
    }

    #[test]
    fn a_site_without_backup_storage_is_fine_but_says_so() {
        let none = Uses { backup_storage: None, ..uses() };
        let found = examine(&none, &facts()).into_iter().find(|f| f.feature == "backupTarget").unwrap();
        assert!(found.ok && found.message.contains("there are no backups"));
    }
}
