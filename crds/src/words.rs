//! Words fixed once: condition types and reasons, as people, scripts and the console read them.

/// Condition types of a `VirtualServer`.
pub mod condition {
    /// Nothing is left that policy lets us do now.
    pub const READY: &str = "Ready";
    pub const RECONCILING: &str = "Reconciling";
    pub const STALLED: &str = "Stalled";
    /// The first start ended OK, or the VM was taken over. Never goes back.
    pub const PROVISIONED: &str = "Provisioned";
    pub const RESTART_REQUIRED: &str = "RestartRequired";
    pub const DRIFT_DETECTED: &str = "DriftDetected";
    /// The guest was given its cloud-init data at a start of ours.
    pub const GUEST_CONFIGURED: &str = "GuestConfigured";
    pub const SUSPENDED: &str = "Suspended";
}

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// All reasons, for documentation and for coverage tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The reason as it stands in a condition.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

reasons! {
    /// `Ready=False, Reconciling=True`: the operation goes on, and it heals by itself when the cause is gone.
    WaitingReason {
        PlanNotFound, ImageNotFound, NetworkNotFound, NoTemplate, StorageFull, PoolEmpty, NoCapacity, PermissionMissing,
        SiteUnreachable, NodeUnavailable, Locked, Brake, Paused, QuotaExceeded, SiteFrozen,
    }
}

reasons! {
    /// `Stalled=True`: needs a person; the operation fails.
    StalledReason {
        /// The VM on our number is not ours (any more).
        ForeignVM,
        /// A provisioned server's VM is proven gone.
        VMLost,
        ShrinkRefused,
        /// A VM of an earlier server with this namespace and name still exists.
        PreviousVM,
        AdoptRefused, NotInPool, LockStale, Invalid,
    }
}

reasons! {
    /// Stalled reasons of a `ProxmoxSite`.
    SiteStalledReason {
        StateOlderThanSite, SiteIdentityChanged, InventoryShrank, UnknownInstallation, DuplicateSite,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_spelled_as_documented() {
        assert_eq!(WaitingReason::SiteUnreachable.to_string(), "SiteUnreachable");
        assert_eq!(StalledReason::ForeignVM.as_str(), "ForeignVM");
        assert_eq!(WaitingReason::ALL.len(), 15);
        assert_eq!(StalledReason::ALL.len(), 8);
        assert_eq!(SiteStalledReason::ALL.len(), 5);
    }
}
