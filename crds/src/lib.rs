//! The Kubernetes types of Slipway (group `slipway.dev`, version `v1alpha1`): one file a kind.
//!
//! The CRD manifests under `crds/manifests` are generated from these types; the rules that span callers (provider-only
//! fields, the revision that never falls) are admission policies under `crds/policies`, and the roles are under `crds/roles`.

#![expect(
    clippy::doc_markdown,
    reason = "a field's comment is what `kubectl explain` prints, where backticks only disturb"
)]
#![expect(clippy::duplicated_attributes, reason = "each printed column repeats the same keys")]

pub mod address_claim;
pub mod address_pool;
pub mod by_name;
pub mod go_duration;
pub mod installation;
pub mod manifests;
pub mod names;
pub mod network;
pub mod os_image;
pub mod proxmox_site;
pub mod retained_server;
pub mod server_plan;
pub mod virtual_server;
pub mod virtual_server_action;
pub mod virtual_server_status;
pub mod words;

pub use address_claim::{AddressClaim, AddressClaimSpec, ClaimOwner};
pub use address_pool::{AddressPool, AddressPoolSpec, AddressRange};
pub use by_name::ByName;
pub use go_duration::GoDuration;
pub use installation::{Installation, InstallationSpec};
pub use network::{Network, NetworkSpec};
pub use os_image::{OSImage, OSImageSpec, TemplateLocation};
pub use proxmox_site::{
    Brakes, DoctorFinding, Epoch, NodeStatus, Orphan, ProxmoxSite, ProxmoxSiteSpec, ProxmoxSiteStatus, QuarantinedVmid,
    SecretReference, SiteLimits, TlsTrust, VmidRange,
};
pub use retained_server::{
    GiveBack, ProviderValues, RetainedPhase, RetainedServer, RetainedServerSpec, RetainedServerStatus,
};
pub use server_plan::{ServerPlan, ServerPlanSpec};
pub use virtual_server::{
    Access, Adopt, DeletionPolicy, Dns, DriftPolicy, PasswordSecretRef, Placement, Resources, RunPolicy, ServerDisk,
    ServerNetwork, Suspended, Undelete, VirtualServer, VirtualServerSpec,
};
pub use virtual_server_action::{
    ActionPhase, ActionStatus, ServerRef, Verb, VirtualServerAction, VirtualServerActionSpec,
};
pub use virtual_server_status::{
    Applied, AppliedDisk, AppliedNetwork, BackupStatus, DetachedDisk, DiskStatus, Drift, NetworkStatus, Original,
    PlannedStep, PowerState, Reown, ReownKind, ServerPhase, SnapshotStatus, SuspensionStatus, TakenFrom, TaskKind,
    TaskStatus, VirtualServerStatus,
};
