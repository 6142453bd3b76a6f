//! A server's spec as this crate stores it: in `owned` an absent field is one that we do not set, in `effective` one
//! that the object does not have.

use crate::server::dns::Dns;
use crate::server::suspension::Suspension;
use crate::server::view::{DeletionPolicy, DriftPolicy, RunPolicy};
use crate::text_enum::text_enum;

/// Typed fields; sizes in GiB and MiB, grace in hours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spec {
    pub site: Option<String>,
    pub plan: Option<String>,
    pub image: Option<String>,
    pub hostname: Option<String>,
    pub run_policy: Option<RunPolicy>,
    pub access_user: Option<String>,
    pub ssh_keys: Vec<String>,
    /// The Secret in the server's namespace with the password's hash.
    pub password_secret: Option<String>,
    pub network: Option<String>,
    pub root_disk_gib: Option<i32>,
    /// Set by the provider in place of a plan.
    pub resources: Option<Resources>,
    pub deletion_protection: Option<bool>,
    pub deletion_policy: Option<DeletionPolicy>,
    pub deletion_grace_hours: Option<i32>,
    pub drift_policy: Option<DriftPolicy>,
    pub dns: Option<Dns>,
    /// The node it is to be created on.
    pub node: Option<String>,
    pub paused: Option<bool>,
    pub suspended: Option<Suspension>,
    /// The deleted server whose machine this one takes back.
    pub undelete: Option<Undelete>,
}

/// Whose machine is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelete {
    /// Of the deleted object.
    pub uid: String,
    /// By the provider: although it was suspended.
    pub overridden: bool,
}

/// A size outside the plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resources {
    pub cores: i32,
    pub memory_mib: i32,
    pub disk_gib: i32,
    /// Unlimited when absent.
    pub network_mbps: Option<i32>,
}

text_enum!(
    /// Fields that the REST API can change, as their owners are recorded by.
    Field {
        Hostname = "hostname",
        Plan = "planRef",
        RootDisk = "disks",
        RunPolicy = "runPolicy",
        DeletionProtection = "deletionProtection",
        DeletionPolicy = "deletionPolicy",
        DeletionGracePeriod = "deletionGracePeriod",
        DriftPolicy = "driftPolicy",
        Dns = "dns",
        Placement = "placement",
        Paused = "paused",
        Resources = "resources",
        Suspended = "suspended",
    }
);

impl Field {
    pub const ALL: &'static [Self] = &[
        Self::Hostname,
        Self::Plan,
        Self::RootDisk,
        Self::RunPolicy,
        Self::DeletionProtection,
        Self::DeletionPolicy,
        Self::DeletionGracePeriod,
        Self::DriftPolicy,
        Self::Dns,
        Self::Placement,
        Self::Paused,
        Self::Resources,
        Self::Suspended,
    ];
}
