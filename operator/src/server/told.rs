//! What a tenant may read of why a server waits. Conditions, Events and actions stand in the tenant's namespace; how full a
//! site is, where it is, and which other VMs it has is for staff, who read the log and the dry run of the internal endpoint.

use std::borrow::Cow;

use slipway_crds::words::{StalledReason, WaitingReason};

use super::plan::Hold;

/// The reason and the text for a condition; none for what is no hindrance.
pub fn told(hold: &Hold) -> Option<(&'static str, Cow<'_, str>)> {
    match hold {
        Hold::Task | Hold::Turn { .. } => None,
        Hold::Waiting(reason, message) => Some((reason.as_str(), waiting(*reason, message))),
        Hold::Stalled(reason, message) => Some((reason.as_str(), stalled(*reason, message))),
    }
}

/// The text for one who waits.
pub fn waiting(reason: WaitingReason, message: &str) -> Cow<'_, str> {
    // It speaks of the tenant's own manifest.
    if message.starts_with("spec.") {
        return message.into();
    }
    match reason {
        WaitingReason::PlanNotFound
        | WaitingReason::ImageNotFound
        | WaitingReason::NetworkNotFound
        | WaitingReason::Paused
        | WaitingReason::QuotaExceeded => message.into(),
        WaitingReason::NoTemplate => "the image is not ready at this site; it goes on by itself".into(),
        WaitingReason::StorageFull => "the site has no room for its disks now; it goes on by itself".into(),
        WaitingReason::PoolEmpty => "no address is free now; it goes on by itself".into(),
        WaitingReason::NoCapacity => {
            "no node has room for it, or only nodes with a server of its antiAffinityGroup; it goes on by itself".into()
        }
        WaitingReason::PermissionMissing => {
            "the provider has to set a right on Proxmox VE; it goes on by itself".into()
        }
        WaitingReason::SiteUnreachable => "the site does not answer now; it goes on by itself".into(),
        WaitingReason::NodeUnavailable => {
            "a node or a storage that it needs is not available; it is tried again".into()
        }
        WaitingReason::Locked => "another task has to end first; it is tried again".into(),
        WaitingReason::Brake => {
            "as many changes as the provider allows at once are under way; it goes on by itself".into()
        }
        WaitingReason::SiteFrozen => "the provider has to look at the site first; it goes on by itself".into(),
    }
}

fn stalled(reason: StalledReason, message: &str) -> Cow<'_, str> {
    match reason {
        // They speak of this server and its own VM, or the one that its manifest names.
        StalledReason::ForeignVM
        | StalledReason::VMLost
        | StalledReason::ShrinkRefused
        | StalledReason::PreviousVM
        | StalledReason::LockStale
        | StalledReason::AdoptRefused
        | StalledReason::NotInPool
        | StalledReason::Invalid => message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the planner and Proxmox word them.
    const OF_THE_SITE: [&str; 4] = [
        "no node can take this server (pve1: 512 MiB of memory are left of what may be given away, 2048 are wanted)",
        "VM 4711 on node pve2 may be this server's and cannot be read: it is locked (clone)",
        "site `home`: https://10.0.0.5:8006 does not answer",
        "no address is free in pools public-v4; add a range or wait until one is released",
    ];

    #[test]
    fn nothing_of_a_site_or_of_another_vm_is_told() {
        let secret = |text: &str| OF_THE_SITE.iter().any(|of_site| text.contains(of_site));
        let of_own = ["PlanNotFound", "ImageNotFound", "NetworkNotFound", "Paused", "QuotaExceeded"];
        for message in OF_THE_SITE {
            for reason in WaitingReason::ALL.iter().filter(|r| !of_own.contains(&r.as_str())) {
                let hold = Hold::Waiting(*reason, message.into());
                let (_, text) = told(&hold).unwrap();
                assert!(!secret(&text), "{reason}: {text}");
            }
        }
    }

    #[test]
    fn what_is_wrong_with_the_manifest_is_told_whole() {
        let message = "spec.access.passwordSecretRef: Secret `login` does not exist";
        let hold = Hold::Waiting(WaitingReason::PermissionMissing, message.into());
        assert_eq!(told(&hold), Some(("PermissionMissing", message.into())));
    }
}
