//! Whose address a request comes from. Behind proxies the last `hops` entries of `X-Forwarded-For` are theirs; anything
//! in front of them was written by the client and proves nothing.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::HeaderMap;
use http::request::Parts;

use crate::app::App;

/// The address that login attempts are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(Self(resolve(peer, &parts.headers, app.settings.trusted_proxy_hops)))
    }
}

fn resolve(peer: IpAddr, headers: &HeaderMap, hops: usize) -> IpAddr {
    let Some(skip) = hops.checked_sub(1) else { return network(peer) };
    let chain: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    network(chain.iter().rev().nth(skip).and_then(|text| text.parse().ok()).unwrap_or(peer))
}

/// One IPv6 customer has a whole /64, so attempts are counted by that.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(hops: usize, forwarded: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        resolve("10.0.0.1".parse().unwrap(), &headers, hops).to_string()
    }

    #[test]
    fn without_a_trusted_proxy_the_header_is_ignored() {
        assert_eq!(from(0, "1.2.3.4"), "10.0.0.1");
    }

    #[test]
    fn only_the_entry_that_the_outermost_trusted_proxy_wrote_counts() {
        assert_eq!(from(1, "6.6.6.6, 1.2.3.4"), "1.2.3.4");
        assert_eq!(from(2, "6.6.6.6, 1.2.3.4, 10.0.0.2"), "1.2.3.4");
        assert_eq!(from(3, "1.2.3.4"), "10.0.0.1");
    }

    #[test]
    fn an_ipv6_neighbourhood_counts_as_one() {
        assert_eq!(from(1, "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
