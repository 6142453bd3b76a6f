//! An adopted VM becomes what it was before: pure. Our lines, our tag and the protection go in one write, then it leaves our
//! pool. It is never stopped, started or destroyed.
//!
//! Without its mark a VM is nobody's. That this one had it until now stands in the record's status before the write.

use proxmox_client::{ConfigChange, NodeName, VmConfig, Vmid};
use slipway_crds::{Original, words::WaitingReason};

use super::{
    observed::{GivesBack, Observed, Origin, PoolsView},
    plan::{Plan, reown},
    step::Step,
};
use crate::{
    mark::{self, Verdict},
    server::plan::Hold,
};

/// The next step towards what the VM was.
pub(super) fn plan(gives: &GivesBack, seen: &Observed, node: &NodeName, config: &VmConfig) -> Plan {
    if let Some((reason, message)) = &seen.frozen {
        return wait(*reason, message.clone());
    }
    let vmid = seen.vmid;
    match mark::verdict(config, &seen.identity, vmid) {
        Verdict::Undetermined { why } => wait(WaitingReason::Locked, format!("VM {vmid} cannot be judged yet: {why}")),
        Verdict::Ours(_) => match config.lock() {
            Some(lock) => wait(WaitingReason::Locked, format!("VM {vmid} is locked ({lock}) by a task")),
            None if !gives.unmarking => Plan::Step(Step::BeginUnmark { vmid }),
            None => {
                let change = restoring(gives.original.as_ref(), &seen.identity.tag(), config);
                Plan::Step(Step::Restore { node: node.clone(), vmid, change })
            }
        },
        // One write takes off mark and tag.
        Verdict::Foreign { found: None } if gives.unmarking && !config.tags().contains(&&*seen.identity.tag()) => {
            leave(gives, vmid, seen.identity.pool())
        }
        Verdict::Foreign { .. } if super::plan::may_reown(seen, config) => reown(seen, node, config),
        Verdict::Foreign { found } => Plan::Step(Step::Disown { vmid, found }),
    }
}

/// Out of our pool, and into the one that it came from where that is in our power.
fn leave(gives: &GivesBack, vmid: Vmid, ours: String) -> Plan {
    let came_from = gives.original.as_ref().and_then(|original| original.pool.clone());
    match &gives.pools {
        PoolsView::NotAsked => wait(WaitingReason::SiteUnreachable, "the pools have not been read yet".to_owned()),
        PoolsView::Unreadable { reason, message } => wait(*reason, message.clone()),
        PoolsView::Seen { in_ours: true, origin } => Plan::Step(match (origin, came_from) {
            (Origin::Open, Some(pool)) => Step::JoinPool { vmid, pool },
            _ => Step::LeavePool { vmid, pool: ours },
        }),
        PoolsView::Seen { in_ours: false, origin } => {
            let elsewhere = came_from.filter(|_| *origin != Origin::There);
            Plan::Step(Step::GivenBack { vmid, told: told(vmid, gives.original.is_some(), elsewhere) })
        }
    }
}

/// What a person has to know, or to do.
fn told(vmid: Vmid, is_known: bool, came_from: Option<String>) -> Option<String> {
    if !is_known {
        return Some(format!(
            "what VM {vmid} was before it was adopted is not known any more: its protection, its onboot and the other tags stay as they are, and it is in no pool"
        ));
    }
    let pool = came_from?;
    Some(format!(
        "VM {vmid} came from pool `{pool}`, into which the operator's token may not put it; as root on a node: pvesh set /pools --poolid {pool} --vms {vmid}"
    ))
}

/// What makes the configuration the one that was adopted; of what nobody knows any more, only our own lines and tag go.
fn restoring(original: Option<&Original>, tag: &str, config: &VmConfig) -> ConfigChange {
    let mut wanted = vec![
        ("description", Some(mark::erase(config.description())).filter(|text| !text.is_empty())),
        ("tags", tags(original, tag, config)),
    ];
    if let Some(original) = original {
        let flag = |value: Option<bool>| value.map(|on| u8::from(on).to_string());
        wanted.extend([("protection", flag(original.protection)), ("onboot", flag(original.on_boot))]);
    }
    let mut change = ConfigChange { set: vec![], delete: vec![], digest: config.digest.clone() };
    for (option, value) in wanted.into_iter().filter(|(option, value)| config.get(option) != value.as_deref()) {
        match value {
            Some(value) => change.set.push((option.to_owned(), value)),
            None => change.delete.push(option.to_owned()),
        }
    }
    change
}

/// Those that it had, as they were written, and those that it was given since.
fn tags(original: Option<&Original>, ours: &str, config: &VmConfig) -> Option<String> {
    let now: Vec<&str> = config.tags().into_iter().filter(|tag| *tag != ours).collect();
    let before = original.and_then(|original| original.tags.as_deref()).unwrap_or_default();
    let had = |tag: &str| before.split([';', ',', ' ']).any(|other| other == tag);
    let added = now.into_iter().filter(|tag| !had(tag));
    let all: Vec<&str> = Some(before).filter(|before| !before.is_empty()).into_iter().chain(added).collect();
    Some(all.join(";")).filter(|all| !all.is_empty())
}

const fn wait(reason: WaitingReason, message: String) -> Plan {
    Plan::Hold(Hold::Waiting(reason, message))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proxmox_client::GuestStatus;
    use serde_json::{Value, json};
    use slipway_crds::RetainedPhase;

    use super::*;
    use crate::{
        mark::{Identity, Mark, MarkState},
        retained::observed::VmView,
        server::observed::WorkView,
    };

    fn identity() -> Identity {
        Identity { installation: "i".into(), namespace: "a".into(), name: "web".into(), uid: "u".into() }
    }

    fn mark(uid: &str) -> String {
        let identity = Identity { uid: uid.into(), ..identity() };
        let vmid = Vmid::try_from(501).unwrap();
        Mark { identity, vmid, born: "u".into(), state: MarkState::Owned }.to_string()
    }

    fn original() -> Original {
        Original {
            tags: Some("vip;legacy".into()),
            protection: None,
            on_boot: Some(false),
            pool: Some("cust/ann".into()),
        }
    }

    /// As it is after the adoption.
    fn adopted() -> Value {
        let tags = format!("legacy;{};vip", identity().tag());
        let description = format!("{}\nslipway-map:v1 00 root=scsi0\ncustomer: Ann\n", mark("u"));
        json!({ "description": description, "tags": tags, "protection": 1, "onboot": 1, "digest": "d" })
    }

    fn seen(config: &Value, gives: GivesBack) -> Observed {
        Observed {
            now: Timestamp::UNIX_EPOCH,
            phase: RetainedPhase::Retained,
            identity: identity(),
            vmid: Vmid::try_from(501).unwrap(),
            until: None,
            deleted: false,
            counted: false,
            distrust: None,
            task: None,
            vm: VmView::Found {
                node: NodeName::try_from("pve1").unwrap(),
                config: Box::new(VmConfig::from_json(config)),
                status: GuestStatus { running: true, paused: false, lock: None, cpus: 1, maxmem: 0, ha_managed: false },
            },
            work: WorkView::NotAsked,
            stuck_since: None,
            reowns: None,
            gives_back: Some(gives),
            claimed_again: None,
            stays_off: true,
            frozen: None,
        }
    }

    fn gives(unmarking: bool, pools: PoolsView) -> GivesBack {
        GivesBack { original: Some(original()), unmarking, pools }
    }

    fn pools(in_ours: bool, origin: Origin) -> PoolsView {
        PoolsView::Seen { in_ours, origin }
    }

    fn step(seen: &Observed) -> Step {
        match super::super::plan::plan(seen) {
            Plan::Step(step) => step,
            other => panic!("no step but {other:?}"),
        }
    }

    fn change(config: &Value, original: Option<Original>) -> (Vec<(String, String)>, Vec<String>) {
        let gives = GivesBack { original, unmarking: true, pools: PoolsView::NotAsked };
        let Step::Restore { change, .. } = step(&seen(config, gives)) else { panic!("not restored") };
        assert_eq!(change.digest, "d");
        (change.set, change.delete)
    }

    fn set(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(option, value)| ((*option).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_mark_goes_after_it_is_written_down_and_the_pool_is_left_last() {
        let nothing = json!({ "description": "customer: Ann", "tags": "vip;legacy", "onboot": 0, "digest": "e" });
        assert!(matches!(step(&seen(&adopted(), gives(false, PoolsView::NotAsked))), Step::BeginUnmark { .. }));
        assert!(matches!(step(&seen(&adopted(), gives(true, PoolsView::NotAsked))), Step::Restore { .. }));
        let after = |in_ours, origin| step(&seen(&nothing, gives(true, pools(in_ours, origin)))).to_string();
        let told = "VM 501 is given back: VM 501 came from pool `cust/ann`, into which the operator's token may not put it; \
                    as root on a node: pvesh set /pools --poolid cust/ann --vms 501";
        for (in_ours, origin, says) in [
            (true, Origin::Open, "put VM 501 back into pool cust/ann"),
            (true, Origin::Closed, "take VM 501 out of pool slipway-i"),
            (true, Origin::Nowhere, "take VM 501 out of pool slipway-i"),
            (false, Origin::There, "VM 501 is what it was before it was adopted"),
            (false, Origin::Closed, told),
            (false, Origin::Open, told),
        ] {
            assert_eq!(after(in_ours, origin), says, "{in_ours} {origin:?}");
        }
    }

    #[test]
    fn what_it_had_comes_back_as_it_was_written_and_what_it_was_given_since_stays() {
        let described = ("description", "customer: Ann\n");
        let (all, deleted) = change(&adopted(), Some(original()));
        assert_eq!(all, set(&[described, ("tags", "vip;legacy"), ("onboot", "0")]));
        assert_eq!(deleted, ["protection"]);
        let mut since = adopted();
        since["tags"] = json!(format!("{};since", identity().tag()));
        since["description"] = json!(mark("u"));
        let (all, deleted) =
            change(&since, Some(Original { on_boot: Some(true), protection: Some(true), ..original() }));
        assert_eq!(all, set(&[("tags", "vip;legacy;since")]));
        assert_eq!(deleted, ["description"]);
        let (all, deleted) = change(&adopted(), Some(Original::default()));
        assert_eq!(all, set(&[described, ("tags", "legacy;vip")]));
        assert_eq!(deleted, ["protection", "onboot"]);
    }

    #[test]
    fn of_what_nobody_knows_any_more_only_our_own_goes_and_it_is_told() {
        let (all, deleted) = change(&adopted(), None);
        assert_eq!(all, set(&[("description", "customer: Ann\n"), ("tags", "legacy;vip")]));
        assert!(deleted.is_empty());
        let unknown = GivesBack { original: None, unmarking: true, pools: pools(false, Origin::Nowhere) };
        let Step::GivenBack { told: Some(told), .. } = step(&seen(&json!({ "digest": "e" }), unknown)) else {
            panic!("not told")
        };
        assert!(told.contains("is not known any more"), "{told}");
    }

    #[test]
    fn a_vm_that_is_not_ours_is_left_alone_whatever_was_begun() {
        let tagged = json!({ "tags": identity().tag(), "digest": "e" });
        let another = json!({ "description": mark("u-9"), "digest": "e" });
        let cases = [(json!({ "digest": "e" }), false), (tagged, true), (another.clone(), true), (another, false)];
        for (config, unmarking) in cases {
            let seen = seen(&config, gives(unmarking, pools(true, Origin::Open)));
            assert!(matches!(step(&seen), Step::Disown { .. }), "{config} {unmarking}");
        }
    }

    #[test]
    fn nothing_of_it_stops_marks_or_destroys_the_vm_whatever_the_record_says() {
        let blank =
            json!({ "description": mark("u").replace(" owned", " provisional"), "protection": 0, "digest": "d" });
        for config in [adopted(), blank, json!({ "digest": "e" }), json!({ "description": mark("u-9"), "digest": "e" })]
        {
            for phase in [RetainedPhase::Retained, RetainedPhase::Purging, RetainedPhase::Taken] {
                for (unmarking, deleted, counted) in [(false, false, true), (true, true, true), (true, false, false)] {
                    let gives = gives(unmarking, pools(true, Origin::Closed));
                    let until = Some(Timestamp::UNIX_EPOCH);
                    let seen = Observed { phase, until, deleted, counted, ..seen(&config, gives) };
                    let step = step(&seen);
                    let is_gentle = matches!(
                        step,
                        Step::BeginUnmark { .. } | Step::Restore { .. } | Step::LeavePool { .. } | Step::Disown { .. }
                    );
                    assert!(is_gentle, "{step:?}");
                }
            }
        }
    }

    #[test]
    fn it_waits_while_the_site_is_frozen_or_the_vm_is_locked() {
        let mut locked = adopted();
        locked["lock"] = json!("backup");
        let frozen = Some((WaitingReason::SiteFrozen, "older".to_owned()));
        for (seen, reason) in [
            (seen(&locked, gives(true, PoolsView::NotAsked)), WaitingReason::Locked),
            (Observed { frozen, ..seen(&adopted(), gives(true, PoolsView::NotAsked)) }, WaitingReason::SiteFrozen),
        ] {
            assert!(matches!(super::super::plan::plan(&seen), Plan::Hold(Hold::Waiting(r, _)) if r == reason));
        }
    }
}
