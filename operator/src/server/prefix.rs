//! Addresses of both families as numbers: what a pool hands out, and what lies in it.

use std::net::IpAddr;

use slipway_crds::AddressPool;

/// The two families, in the order in which they are asked for.
pub(super) const FAMILIES: [Family; 2] = [Family::V4, Family::V6];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    pub(super) const fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    pub(super) const fn option(self) -> &'static str {
        match self {
            Self::V4 => "ip=",
            Self::V6 => "ip6=",
        }
    }
}

/// A pool's numbers, parsed.
pub(super) struct PoolNetwork {
    pub(super) base: IpAddr,
    /// The subnet's length.
    pub(super) subnet: u8,
    pub(super) gateway: IpAddr,
    /// Of what one server gets.
    pub(super) length: u8,
}

impl PoolNetwork {
    pub(super) const fn family(&self) -> Family {
        Family::of(self.base)
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let shorter = self.subnet.min(other.subnet);
        masked(self.base, shorter) == masked(other.base, shorter)
    }
}

/// The CRD's rules make it parse; a pool from before them is passed over.
pub(super) fn network(pool: &AddressPool) -> Option<PoolNetwork> {
    let (base, subnet) = pool.spec.subnet.split_once('/')?;
    let base: IpAddr = base.parse().ok()?;
    let length = pool.spec.prefix_length.unwrap_or(Family::of(base).bits());
    Some(PoolNetwork { base, subnet: subnet.parse().ok()?, gateway: pool.spec.gateway.parse().ok()?, length })
}

/// Of a pool that is larger, only so many are begun at: what IPv6 addresses people see stays short.
const BEGINNINGS: u128 = 1 << 16;

/// The first address of everything that a pool hands out, once around, from the one on which `chance` falls: servers that
/// are made at once seldom begin at the same.
pub(super) fn bases(pool: &AddressPool, length: u8, chance: u64) -> impl Iterator<Item = IpAddr> {
    let spans: Vec<Span> = pool.spec.ranges.iter().map(|range| Span::of(range.first, range.last, length)).collect();
    let count = spans.iter().fold(0_u128, |sum, span| sum.saturating_add(span.count));
    let begin = u128::from(chance).checked_rem(count.min(BEGINNINGS)).unwrap_or_default();
    (begin..count).chain(0..begin).filter_map(move |at| nth(&spans, at))
}

/// What one range of a pool hands out.
struct Span {
    first: IpAddr,
    step: u128,
    count: u128,
}

impl Span {
    fn of(first: IpAddr, last: IpAddr, length: u8) -> Self {
        let step = 1_u128.checked_shl(u32::from(Family::of(first).bits() - length)).unwrap_or(u128::MAX);
        let aligned = bits(first).div_ceil(step).saturating_mul(step);
        let end = bits(last).saturating_add(1);
        Self { first: from_bits(first, aligned), step, count: end.saturating_sub(aligned) / step }
    }
}

fn nth(spans: &[Span], mut at: u128) -> Option<IpAddr> {
    for span in spans {
        if at < span.count {
            return Some(from_bits(span.first, bits(span.first) + at * span.step));
        }
        at -= span.count;
    }
    None
}

pub(super) fn in_ranges(pool: &AddressPool, base: IpAddr, length: u8) -> bool {
    let end = from_bits(base, bits(base) | !mask(Family::of(base), length));
    pool.spec.ranges.iter().any(|r| r.first <= base && end <= r.last)
}

/// The first address of the prefix of this length that holds `address`.
pub fn masked(address: IpAddr, length: u8) -> IpAddr {
    from_bits(address, bits(address) & mask(Family::of(address), length))
}

fn mask(family: Family, length: u8) -> u128 {
    let host = u32::from(family.bits().saturating_sub(length));
    u128::MAX.checked_shl(host).unwrap_or(0)
}

pub(super) fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// An address of the same family as `like`.
pub(super) fn from_bits(like: IpAddr, bits: u128) -> IpAddr {
    match like {
        #[expect(clippy::cast_possible_truncation, reason = "the lower 32 bits are an IPv4 address")]
        IpAddr::V4(_) => IpAddr::V4((bits as u32).into()),
        IpAddr::V6(_) => IpAddr::V6(bits.into()),
    }
}
