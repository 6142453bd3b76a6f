//! Address columns: free text with one address a line, or whatever people typed.

use std::net::{IpAddr, Ipv4Addr};

/// What an address column holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// In the order of the text, each once.
    pub found: Vec<IpAddr>,
    /// Parts that are no address, or a whole network of which nobody says which addresses are meant.
    pub unreadable: Vec<String>,
}

/// A range longer than this is no list of one server's addresses.
const LONGEST_RANGE: u32 = 256;

/// Lines end with LF or CRLF, lists have commas or semicolons, and a range is `192.0.2.10-192.0.2.12` or `192.0.2.10-12`.
pub fn addresses(text: &str) -> Addresses {
    let mut all = Addresses::default();
    for line in text.split(['\n', '\r', ',', ';', '|']) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if let Some(found) = one(line) {
            all.add(found);
            continue;
        }
        // Several in one line.
        for part in line.split_whitespace() {
            match one(part) {
                Some(found) => all.add(found),
                None => all.unreadable.push(part.to_owned()),
            }
        }
    }
    all
}

impl Addresses {
    fn add(&mut self, found: Vec<IpAddr>) {
        for address in found {
            if !self.found.contains(&address) {
                self.found.push(address);
            }
        }
    }
}

fn one(text: &str) -> Option<Vec<IpAddr>> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return is_usable(address).then(|| vec![address]);
    }
    if let Some((address, length)) = text.split_once('/') {
        return host(address.trim().parse().ok()?, length.trim().parse().ok()?).map(|address| vec![address]);
    }
    let (first, last) = text.split_once(['-', '–'])?;
    range(first.trim().parse().ok()?, last.trim())
}

/// `0.0.0.0` and `::` stand for none.
fn is_usable(address: IpAddr) -> bool {
    !address.is_unspecified() && !address.is_loopback() && !address.is_multicast()
}

/// The address of an interface with its prefix length. A network (all host bits 0) does not say which addresses are meant.
fn host(address: IpAddr, length: u8) -> Option<IpAddr> {
    let is_host = match address {
        IpAddr::V4(v4) => {
            let host_bits = u32::from(v4).checked_shl(u32::from(length)).unwrap_or(0);
            length == 32 || length < 32 && host_bits != 0
        }
        IpAddr::V6(v6) => {
            let host_bits = u128::from(v6).checked_shl(u32::from(length)).unwrap_or(0);
            length == 128 || length < 128 && host_bits != 0
        }
    };
    (is_host && is_usable(address)).then_some(address)
}

fn range(first: IpAddr, last: &str) -> Option<Vec<IpAddr>> {
    let IpAddr::V4(first) = first else { return None };
    let [a, b, c, _] = first.octets();
    let last = match last.parse::<u8>() {
        Ok(end) => Ipv4Addr::new(a, b, c, end),
        Err(_) => last.parse().ok()?,
    };
    let (from, to) = (u32::from(first), u32::from(last));
    (from <= to && to - from < LONGEST_RANGE).then(|| (from..=to).map(|n| IpAddr::V4(n.into())).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let Addresses { found, unreadable } = addresses(text);
        (found.iter().map(ToString::to_string).collect(), unreadable)
    }

    #[test]
    fn trap_14_crlf_and_ipv6_in_one_list_are_split_trimmed_and_parsed() {
        let (found, unreadable) = read("203.0.113.5\r\n 203.0.113.6 \r\n2001:DB8::5\r\n\r\n");
        assert_eq!(found, ["203.0.113.5", "203.0.113.6", "2001:db8::5"]);
        assert!(unreadable.is_empty());
    }

    #[rstest]
    #[case("203.0.113.5/24", &["203.0.113.5"])]
    #[case("203.0.113.5/32", &["203.0.113.5"])]
    #[case("2001:db8::1/64", &["2001:db8::1"])]
    #[case("2001:db8::1/128", &["2001:db8::1"])]
    #[case("203.0.113.10-12", &["203.0.113.10", "203.0.113.11", "203.0.113.12"])]
    #[case("203.0.113.10 - 203.0.113.11", &["203.0.113.10", "203.0.113.11"])]
    #[case("203.0.113.5, 203.0.113.6; 203.0.113.5", &["203.0.113.5", "203.0.113.6"])]
    #[case("203.0.113.5 203.0.113.6", &["203.0.113.5", "203.0.113.6"])]
    #[case("[2001:db8::7]", &["2001:db8::7"])]
    fn addresses_are_read_as_people_type_them(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(read(text), (expected.iter().map(ToString::to_string).collect(), vec![]));
    }

    #[rstest]
    #[case("203.0.113.0/29")]
    #[case("2001:db8::/64")]
    #[case("203.0.113.300")]
    #[case("203.0.113.20-10")]
    #[case("10.0.0.0-10.255.255.255")]
    #[case("0.0.0.0")]
    #[case("tba")]
    #[case("1.2.3.4/33")]
    fn what_is_no_address_is_told_and_never_guessed(#[case] text: &str) {
        assert_eq!(read(text), (vec![], vec![text.to_owned()]));
    }

    proptest! {
        #[test]
        fn any_list_of_addresses_comes_back(list in prop::collection::vec(any::<[u8; 4]>(), 0..6), sep in "(\r\n|\n|, |;)") {
            let mut wanted: Vec<IpAddr> = Vec::new();
            for octets in list {
                let address = IpAddr::from(octets);
                if is_usable(address) && !wanted.contains(&address) {
                    wanted.push(address);
                }
            }
            let text = wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(&sep);
            prop_assert_eq!(addresses(&text), Addresses { found: wanted, unreadable: vec![] });
        }
    }
}
