//! Who made a hand edit, if the task log of Proxmox tells: most edits at its dashboard leave a task. It is looked up when
//! staff asks, and stands in no object: tenants read those, and who works for the provider is not their business.

use std::collections::{BTreeMap, btree_map::Entry};

use jiff::Timestamp;
use proxmox_client::{NodeName, ProxmoxAnswer, ProxmoxRequest, Upid, Vmid};
use slipway_crds::Drift;

use crate::site::Site;

/// Who changed something last, as `root@pam`, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    pub user: String,
    pub at: Option<Timestamp>,
}

/// The author of each difference; none where the task log does not tell. A kind of task is listed once.
pub async fn authors(site: &Site, node: &NodeName, vmid: Vmid, drift: &[Drift]) -> Vec<Option<Author>> {
    let mut of_kind = BTreeMap::new();
    for kind in drift.iter().filter_map(|d| task_of(&d.field)) {
        if let Entry::Vacant(unknown) = of_kind.entry(kind) {
            unknown.insert(newest(site, node, vmid, kind).await);
        }
    }
    drift.iter().map(|d| of_kind.get(task_of(&d.field)?).cloned()?).collect()
}

async fn newest(site: &Site, node: &NodeName, vmid: Vmid, kind: &'static str) -> Option<Author> {
    let request = ProxmoxRequest::Tasks { node: node.clone(), kind, vmid: Some(vmid) };
    // Nothing rests on it: what cannot be listed is not told.
    let Ok(ProxmoxAnswer::Tasks(rows)) = site.call(&request).await else { return None };
    let upid = newest_of_another(rows.into_iter().map(|r| r.upid), &site.token)?;
    Some(Author { user: upid.user().to_owned(), at: Timestamp::from_second(upid.start_time()).ok() })
}

/// The type of task that changes a field.
fn task_of(field: &str) -> Option<&'static str> {
    match field.split(' ').next() {
        Some("disk") => Some("resize"),
        // The firewall's options and sets are files; changing them leaves no task.
        Some("filter" | "firewall") => None,
        _ => Some("qmconfig"),
    }
}

fn newest_of_another(upids: impl Iterator<Item = Upid>, ours: &str) -> Option<Upid> {
    upids.filter(|upid| upid.user() != ours).max_by_key(Upid::start_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upid(start: &str, user: &str) -> Upid {
        format!("UPID:pve1:000005F9:00066FC4:{start}:qmconfig:101:{user}:").parse().unwrap()
    }

    #[test]
    fn our_own_tasks_are_nobodys_hand_edit() {
        let ours = "slipway@pve!operator";
        let all = [upid("6B03D590", "ann@pve"), upid("6B03D597", "root@pam"), upid("6B03D599", ours)];
        assert_eq!(newest_of_another(all.into_iter(), ours).unwrap().user(), "root@pam");
        assert_eq!(newest_of_another([upid("6B03D599", ours)].into_iter(), ours), None);
    }
}
