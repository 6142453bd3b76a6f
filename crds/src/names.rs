//! Names that several components must spell alike: labels, annotations, managers, the finalizer.

/// API group of every kind.
pub const GROUP: &str = "slipway.dev";
/// Guards a VM (on `VirtualServer`, `RetainedServer` and a running `VirtualServerAction`).
pub const FINALIZER: &str = "slipway.dev/vm";
/// Label: the account's id. On a namespace it decides who sees its servers.
pub const LABEL_ACCOUNT: &str = "slipway.dev/account";
/// Label: the server's id in the database.
pub const LABEL_SERVER_ID: &str = "slipway.dev/server-id";
/// Annotation: the revision that an apply of the API carried; it never falls.
pub const ANNOTATION_REVISION: &str = "slipway.dev/revision";
/// Annotation: the id of the request that caused the latest write.
pub const ANNOTATION_REQUEST_ID: &str = "slipway.dev/request-id";
/// Annotation on a `ProxmoxSite`: `<condition>@<time>` releases a brake.
pub const ANNOTATION_ACKNOWLEDGE: &str = "slipway.dev/acknowledge";
/// Annotation by a provider: a new server may replace the retained one with this uid.
pub const ANNOTATION_FRESH: &str = "slipway.dev/fresh";
/// Field manager of the API.
pub const MANAGER_API: &str = "slipway-api";
/// Field manager of the operator.
pub const MANAGER_OPERATOR: &str = "slipway-operator";
/// Audience of the tokens that callers show to the operator's internal endpoint.
pub const AUDIENCE_OPERATOR: &str = "slipway-operator";
/// The one `Installation` object's name.
pub const INSTALLATION: &str = "slipway";
/// Name of the ClusterRole that a tenant is bound to in its namespace.
pub const ROLE_TENANT: &str = "slipway-tenant";
/// Name of the ServiceAccount that stands for a tenant in its namespace.
pub const SERVICE_ACCOUNT_TENANT: &str = "tenant";
/// The disk that comes from the plan.
pub const ROOT_DISK: &str = "root";
/// The network interface that an empty `spec.networks` means.
pub const DEFAULT_INTERFACE: &str = "public";
