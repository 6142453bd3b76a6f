//! The operator's configuration: flags and environment.

use std::net::SocketAddr;

#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// The namespace of the operator's own Lease and of the sites' credentials.
    #[arg(long, env = "SLIPWAY_NAMESPACE", default_value = "slipway-system")]
    pub namespace: String,
    /// Where health, metrics and the internal endpoint are served.
    #[arg(long, env = "SLIPWAY_LISTEN", default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// Only these sites (comma-separated); empty means all.
    #[arg(long, env = "SLIPWAY_SITES", value_delimiter = ',')]
    pub sites: Vec<String>,
    /// The name of the Lease that only one process of a shard holds.
    #[arg(long, env = "SLIPWAY_LEASE", default_value = "slipway-operator")]
    pub lease: String,
    /// Seconds between two reads of a site's inventory.
    #[arg(long, env = "SLIPWAY_INVENTORY_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub inventory_seconds: u64,
    /// Seconds between two looks at a site's identity and epoch.
    #[arg(long, env = "SLIPWAY_ROTATION_SECONDS", default_value_t = 60, hide = true, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub rotation_seconds: u64,
}

impl Config {
    /// Whether this process looks after `site`.
    pub fn has_site(&self, site: &str) -> bool {
        self.sites.is_empty() || self.sites.iter().any(|s| s == site)
    }
}
