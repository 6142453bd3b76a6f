//! Which VMs nothing accounts for, and which of them may be removed without asking: pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt as _;
use proxmox_client::{GuestRow, VmConfig};
use slipway_crds::{Orphan, RetainedServer, VirtualServer, VirtualServerAction};

use crate::mark::{self, Mark, MarkState};

/// How long complete lists must have shown that nobody owns a VM.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// What a site's status holds at most.
const MOST: usize = 256;

/// Everything that Kubernetes says about whose VMs a site has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    numbers: BTreeSet<u32>,
    /// Uid → the number of its VM, if it has one.
    uids: BTreeMap<String, Option<u32>>,
}

impl Owners {
    pub fn of<'a>(
        site: &str,
        servers: impl Iterator<Item = &'a VirtualServer>,
        records: impl Iterator<Item = &'a RetainedServer>,
        actions: impl Iterator<Item = &'a VirtualServerAction>,
    ) -> Self {
        let mut all = Self::default();
        for server in servers.filter(|s| s.spec.site_ref == site) {
            let number = server.status.as_ref().and_then(|s| s.vmid);
            all.numbers.extend(number.into_iter().chain(server.spec.adopt.as_ref().map(|a| a.vmid)));
            all.uids.insert(server.uid().unwrap_or_default(), number);
            all.uids.extend(server.spec.undelete.as_ref().map(|u| (u.uid.clone(), None)));
        }
        for record in records.filter(|r| r.spec.site_ref == site) {
            all.numbers.insert(record.spec.vmid);
            all.uids.insert(record.spec.uid.clone(), Some(record.spec.vmid));
        }
        for action in actions.filter(|a| a.status.as_ref().is_none_or(|s| !s.phase.is_terminal())) {
            if let Some(uid) = action.spec.server_ref.uid.clone() {
                all.uids.entry(uid).or_default();
            }
        }
        all
    }

    pub fn names(&self, number: u32) -> bool {
        self.numbers.contains(&number)
    }

    /// The other VM of the one whom a mark names.
    pub fn other_vm(&self, mark: &Mark) -> Option<u32> {
        self.uids.get(&mark.identity.uid).copied().flatten().filter(|n| *n != mark.vmid.get())
    }
}

/// A VM as it was read.
#[derive(Debug, Clone)]
pub struct Vm {
    pub row: GuestRow,
    pub config: VmConfig,
    /// None where it does not matter.
    pub running: Option<bool>,
    /// The other VM of its owner reads `owned`.
    pub other_is_owned: bool,
}

/// What a site's numbers are.
#[derive(Debug, Clone)]
pub struct Bounds<'a> {
    pub installation: &'a str,
    pub pool: &'a str,
    /// The first number of the range, and the first that was never handed out.
    pub start: u32,
    pub next: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Somebody has it.
    Accounted,
    /// Not ours, and in no pool of ours.
    Foreign,
    /// A person decides.
    Orphan(String),
    /// A clone of ours that was never configured and that nobody owns.
    Blank,
}

/// What a VM is, as far as these lists say.
pub fn judge(vm: &Vm, owners: &Owners, bounds: &Bounds<'_>) -> Judgement {
    let (number, description) = (vm.row.vmid.get(), vm.config.description());
    if owners.names(number) {
        return Judgement::Accounted;
    }
    let in_pool = vm.row.pool.as_deref() == Some(bounds.pool);
    let mark = match mark::find(description) {
        Some(mark) if mark.identity.installation == bounds.installation => mark,
        found => {
            let what = match found {
                Some(_) => "carries the mark of another installation",
                None if mark::is_marked(description) => "carries a mark that cannot be read, or several",
                None => "carries no mark",
            };
            return if in_pool {
                orphan(format!("it is in Slipway's pool and {what}; take it out of the pool, or adopt it"))
            } else {
                Judgement::Foreign
            };
        }
    };
    if mark.vmid.get() != number {
        return orphan(format!("it is a copy of VM {}, mark and all; remove that line, or the copy", mark.vmid));
    }
    let owner = format!("{}/{} (uid {})", mark.identity.namespace, mark.identity.name, mark.identity.uid);
    match mark.state {
        MarkState::Owned => {
            orphan(format!("its server {owner} does not exist or has another VM; adopt it, or remove it"))
        }
        MarkState::Retained { .. } => orphan(format!(
            "it is kept for {owner}, which was deleted, and has no RetainedServer; take it back with spec.undelete and override, or remove it"
        )),
        MarkState::Provisional => match why_not(vm, &mark, owners, bounds) {
            Some(why) => orphan(format!("it was cloned for {owner} and never configured, but {why}")),
            None => Judgement::Blank,
        },
    }
}

/// What keeps a blank clone from being removed.
fn why_not(vm: &Vm, mark: &Mark, owners: &Owners, bounds: &Bounds<'_>) -> Option<&'static str> {
    let known = owners.uids.contains_key(&mark.identity.uid);
    let checks = [
        (!(bounds.start..bounds.next).contains(&vm.row.vmid.get()), "its number was never handed out here"),
        (vm.config.flag("protection"), "it is protected"),
        (vm.config.lock().is_some(), "it is locked"),
        (vm.running != Some(false), "it runs"),
        (known && !vm.other_is_owned, "its server has no other VM that was configured"),
    ];
    checks.into_iter().find(|(holds, _)| *holds).map(|(_, why)| why)
}

fn orphan(why: String) -> Judgement {
    Judgement::Orphan(why)
}

/// The list for the site's status: who was there before keeps its time.
pub fn list(before: &[Orphan], found: &[(&Vm, Judgement)], now: Timestamp) -> Vec<Orphan> {
    let mut all: Vec<Orphan> = found
        .iter()
        .filter_map(|(vm, judgement)| {
            let why = match judgement {
                Judgement::Orphan(why) => why.clone(),
                Judgement::Blank => "it was cloned and never configured, and nobody owns it; it is removed 15 minutes after it was found".into(),
                Judgement::Accounted | Judgement::Foreign => return None,
            };
            let vmid = vm.row.vmid.get();
            let held = before.iter().find(|o| o.vmid == vmid && o.why == why);
            let since = held.map_or(Time(now), |o| o.since.clone());
            Some(Orphan { vmid, node: vm.row.node.to_string(), name: vm.config.name().to_owned(), why, since })
        })
        .collect();
    all.truncate(MOST);
    all
}

/// The one that may be removed now: found blank for long enough.
pub fn due<'a>(orphans: &[Orphan], found: &'a [(&'a Vm, Judgement)], now: Timestamp) -> Option<&'a Vm> {
    let since = |vm: &Vm| orphans.iter().find(|o| o.vmid == vm.row.vmid.get()).map(|o| o.since.0);
    let is_due = |vm: &Vm| since(vm).is_some_and(|t| now.duration_since(t) >= PATIENCE);
    found.iter().filter(|(_, j)| *j == Judgement::Blank).map(|(vm, _)| *vm).find(|vm| is_due(vm))
}

#[cfg(test)]
mod tests {
    use proxmox_client::{NodeName, Vmid};
    use serde_json::{Value, json};

    use super::*;

    const POOL: &str = "slipway-abc123def456";

    fn bounds() -> Bounds<'static> {
        Bounds { installation: "abc123def456", pool: POOL, start: 100_000, next: 100_016 }
    }

    fn line(vmid: u32, state: &str) -> Value {
        json!(format!("slipway:v1 abc123def456/a/web/u-1/{vmid} born=u-1 {state}"))
    }

    fn vm(vmid: u32, description: &Value) -> Vm {
        let row = GuestRow {
            vmid: Vmid::try_from(vmid).unwrap(),
            node: NodeName::try_from("pve1").unwrap(),
            kind: "qemu".into(),
            status: "stopped".into(),
            name: "web".into(),
            template: false,
            lock: None,
            pool: Some(POOL.into()),
            tags: String::new(),
            hastate: None,
            maxcpu: 1,
            maxmem: 0,
            maxdisk: 0,
        };
        let config = VmConfig::from_json(&json!({ "name": "web", "description": description, "digest": "d" }));
        Vm { row, config, running: Some(false), other_is_owned: false }
    }

    fn blank() -> Vm {
        vm(100_003, &line(100_003, "provisional"))
    }

    fn edited(option: &str, value: &str) -> Vm {
        let config = json!({ "description": line(100_003, "provisional"), option: value, "digest": "d" });
        Vm { config: VmConfig::from_json(&config), ..blank() }
    }

    fn owners(numbers: &[u32], uids: &[(&str, Option<u32>)]) -> Owners {
        Owners {
            numbers: numbers.iter().copied().collect(),
            uids: uids.iter().map(|(uid, number)| ((*uid).to_owned(), *number)).collect(),
        }
    }

    #[test]
    fn a_blank_clone_that_nobody_names_is_one() {
        assert_eq!(judge(&blank(), &Owners::default(), &bounds()), Judgement::Blank);
        assert_eq!(judge(&blank(), &owners(&[100_003], &[]), &bounds()), Judgement::Accounted);
    }

    #[test]
    fn a_mark_alone_is_no_reason_to_remove_anything() {
        let none = Owners::default();
        let told = |vm: &Vm, owners: &Owners| matches!(judge(vm, owners, &bounds()), Judgement::Orphan(_));
        for vm in [
            edited("protection", "1"),
            edited("lock", "backup"),
            Vm { running: Some(true), ..blank() },
            Vm { running: None, ..blank() },
            vm(100_016, &line(100_016, "provisional")),
            vm(99_999, &line(99_999, "provisional")),
            vm(100_004, &line(100_003, "provisional")),
            vm(100_003, &line(100_003, "owned")),
            vm(100_003, &line(100_003, "retained")),
            vm(100_003, &json!("")),
            vm(100_003, &json!("slipway:v1 nonsense")),
        ] {
            assert!(told(&vm, &none), "{vm:?}: {:?}", judge(&vm, &none, &bounds()));
        }
        // Its own server lives: the one VM that may be its only one.
        for uids in [[("u-1", None)], [("u-1", Some(100_003))], [("u-1", Some(100_005))]] {
            assert!(told(&blank(), &owners(&[], &uids)), "{uids:?}");
        }
    }

    #[test]
    fn a_second_clone_is_blank_once_its_servers_other_vm_was_configured() {
        let lives = owners(&[100_005], &[("u-1", Some(100_005))]);
        assert_eq!(judge(&Vm { other_is_owned: true, ..blank() }, &lives, &bounds()), Judgement::Blank);
    }

    #[test]
    fn what_is_not_ours_and_in_no_pool_of_ours_is_nobodys_business() {
        let mut foreign = vm(100_003, &json!("customer: Ann"));
        foreign.row.pool = None;
        assert_eq!(judge(&foreign, &Owners::default(), &bounds()), Judgement::Foreign);
    }

    #[test]
    fn it_is_removed_after_a_quarter_of_an_hour_in_which_it_was_always_blank() {
        let at =
            |minutes: i64| "2026-11-25T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes);
        let vm = blank();
        let found = [(&vm, Judgement::Blank)];
        let first = list(&[], &found, at(0));
        let later = list(&first, &found, at(14));
        assert_eq!(first, later);
        assert!(due(&later, &found, at(14)).is_none());
        assert_eq!(due(&later, &found, at(15)).map(|v| v.row.vmid.get()), Some(100_003));
        // Somebody named it in between.
        let gone = list(&later, &[(&vm, Judgement::Accounted)], at(16));
        assert!(gone.is_empty());
        assert!(due(&list(&gone, &found, at(17)), &found, at(18)).is_none());
        let locked = [(&vm, Judgement::Orphan("it is locked".into()))];
        assert!(due(&list(&later, &locked, at(20)), &locked, at(20)).is_none());
    }
}
