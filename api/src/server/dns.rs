//! Name servers and search domain of a server; empty means those of its address pool.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// Name servers that a server may have.
const MAX_SERVERS: usize = 3;

/// What the guest resolves names with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Dns {
    /// Addresses, at most 3; none: those of the address pool.
    #[schema(required = true, max_items = 3)]
    pub servers: Vec<String>,
    /// The domain that short names are looked up in.
    #[schema(required = true)]
    pub search_domain: Option<String>,
}

impl Dns {
    /// Checks what Kubernetes would refuse.
    pub fn checked(self) -> Result<Self, Problem> {
        let refuse =
            |field, message: &str| Err(Problem::invalid("The DNS settings cannot be used.").with_field(field, message));
        if self.servers.len() > MAX_SERVERS || self.servers.iter().any(|server| server.parse::<IpAddr>().is_err()) {
            return refuse("dns.servers", "must be at most 3 IPv4 or IPv6 addresses");
        }
        if self.search_domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
            return refuse("dns.searchDomain", "must be a domain of lower case letters, digits, dashes and dots");
        }
        Ok(self)
    }
}

fn is_domain(domain: &str) -> bool {
    let inner = domain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    let end = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    domain.len() <= 253 && inner && end(domain.bytes().next()) && end(domain.bytes().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_a_domain_are_dns_settings() {
        let dns = |servers: &[&str], domain: Option<&str>| {
            let servers = servers.iter().map(ToString::to_string).collect();
            Dns { servers, search_domain: domain.map(ToOwned::to_owned) }.checked()
        };
        assert!(dns(&["192.0.2.53", "2001:db8::53"], Some("example.org")).is_ok());
        assert!(dns(&[], None).is_ok());
        for (servers, domain) in
            [(&["ns.example.org"][..], None), (&["::1", "::2", "::3", "::4"], None), (&[], Some("-a")), (&[], Some(""))]
        {
            assert!(dns(servers, domain).is_err(), "{servers:?} {domain:?}");
        }
    }
}
