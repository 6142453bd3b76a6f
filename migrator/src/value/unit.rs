//! Units, in any spelling that was seen in the wild.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::Serialize;

use super::{Resource, number::number};

/// How many MB a GB is, where a unit is not spelled with an `i`. Hosts write GB for GiB, so they are alike by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Step {
    #[default]
    Binary,
    Decimal,
}

/// A unit. K, M, G, T and P are powers 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Unit {
    Bytes {
        power: u8,
        /// Spelled with an `i`: never decimal.
        binary: bool,
    },
    Bits {
        power: u8,
    },
    Cores,
    /// 100 % of one core is one core.
    Percent,
    /// A bare `M` or `G`: of bytes or of bits, as the resource is.
    Bare {
        power: u8,
    },
    /// `Mb`, `Gb`: bits for the speed of a port, otherwise a misspelled byte.
    Sloppy {
        power: u8,
    },
    /// Of things that are counted.
    Piece,
}

impl Unit {
    /// From one word, as `GiB`, `Mbit/s` or `vCPU`.
    pub fn parse(word: &str) -> Option<Self> {
        // In capital letters these are bytes, which nobody who writes them for a port may have meant.
        if matches!(word, "MB/s" | "MBps" | "MB/S" | "GB/s" | "GBps" | "GB/S") {
            return None;
        }
        // French bytes; in small letters `mo` is a month.
        if let "Ko" | "Mo" | "Go" | "To" | "Po" = word {
            let power = 1 + u8::try_from("KMGTP".find(word.chars().next()?)?).ok()?;
            return Some(Self::Bytes { power, binary: false });
        }
        let lower = word.to_ascii_lowercase();
        Some(match lower.as_str() {
            "core" | "cores" | "cpu" | "cpus" | "vcpu" | "vcpus" | "vcore" | "vcores" | "kern" | "kerne" | "kernen"
            | "coeur" | "coeurs" | "nucleo" | "nucleos" => Self::Cores,
            "%" | "percent" => Self::Percent,
            "pcs" | "pc" | "piece" | "pieces" => Self::Piece,
            lower => {
                let power = 1 + u8::try_from("kmgtp".find(lower.chars().next()?)?).ok()?;
                match &lower[1..] {
                    "" => Self::Bare { power },
                    "ib" | "ibyte" | "ibytes" | "ibibyte" | "ibibytes" | "ebibyte" | "ebibytes" | "byte" | "bytes"
                    | "ig" | "igs" | "igabyte" | "igabytes" | "egabyte" | "egabytes" | "eg" | "egs" | "ilobyte"
                    | "ilobytes" | "erabyte" | "erabytes" => {
                        Self::Bytes { power, binary: lower[1..].starts_with("ib") || lower[1..].starts_with("ebi") }
                    }
                    "b" if word.ends_with('B') => Self::Bytes { power, binary: false },
                    "b" => Self::Sloppy { power },
                    "bit" | "bits" | "bps" | "bit/s" | "bits/s" | "bitps" | "b/s" | "ibit" | "ibit/s" | "egabit"
                    | "igabit" | "egabits" | "igabits" => Self::Bits { power },
                    _ => return None,
                }
            }
        })
    }

    /// How much one of it is, in what `resource` is counted in; `None` where it is a unit of something else.
    pub fn of(self, resource: Resource, step: Step) -> Option<Decimal> {
        match resource {
            Resource::Memory => self.bytes(2, step),
            Resource::Disk | Resource::Traffic => self.bytes(3, step),
            Resource::Network => match self {
                Self::Bits { power } | Self::Bare { power } | Self::Sloppy { power } => scaled(1000, power, 2),
                // `1 GB` of a port is how some write 1 Gbit/s, and others 8.
                _ => None,
            },
            Resource::Cores => match self {
                Self::Cores | Self::Piece => Some(Decimal::ONE),
                Self::Percent => Some(Decimal::new(1, 2)),
                _ => None,
            },
            Resource::Backups | Resource::Snapshots | Resource::AddressCount => {
                (self == Self::Piece).then_some(Decimal::ONE)
            }
        }
    }

    fn bytes(self, base: u8, step: Step) -> Option<Decimal> {
        match self {
            Self::Bytes { power, binary: true } => scaled(1024, power, base),
            Self::Bytes { power, binary: false } | Self::Bare { power } | Self::Sloppy { power } => {
                scaled(if step == Step::Binary { 1024 } else { 1000 }, power, base)
            }
            _ => None,
        }
    }
}

/// `step` to the power of `power - base`.
fn scaled(step: i64, power: u8, base: u8) -> Option<Decimal> {
    let step = Decimal::from(step);
    let mut factor = Decimal::ONE;
    for _ in base..power {
        factor = factor.checked_mul(step)?;
    }
    for _ in power..base {
        factor = factor.checked_div(step)?;
    }
    Some(factor)
}

/// What a bare number counts: `GB`, or `256 MB` where a module multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scale {
    pub times: Decimal,
    pub unit: Unit,
}

impl Scale {
    /// How much a 1 is.
    pub fn of(self, resource: Resource, step: Step) -> Option<Decimal> {
        self.unit.of(resource, step)?.checked_mul(self.times)
    }
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = || format!("`{text}` is no unit: write e.g. MB, GB, 256 MB, Mbit, cores, percent or pieces");
        let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(text.len());
        let (times, word) = text.split_at(digits);
        let times = if times.is_empty() { Decimal::ONE } else { number(times).ok_or_else(wrong)? };
        let word = word.trim();
        let unit = if word.is_empty() { Some(Unit::Piece) } else { Unit::parse(word) };
        match unit {
            Some(unit) if times > Decimal::ZERO && !text.is_empty() => Ok(Self { times, unit }),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("MB", Resource::Memory, 1)]
    #[case("mb", Resource::Memory, 1)]
    #[case("MiB", Resource::Memory, 1)]
    #[case("M", Resource::Memory, 1)]
    #[case("GB", Resource::Memory, 1024)]
    #[case("GiB", Resource::Memory, 1024)]
    #[case("Gib", Resource::Memory, 1024)]
    #[case("Gb", Resource::Memory, 1024)]
    #[case("G", Resource::Memory, 1024)]
    #[case("gig", Resource::Memory, 1024)]
    #[case("gigabytes", Resource::Memory, 1024)]
    #[case("TB", Resource::Disk, 1024)]
    #[case("GB", Resource::Traffic, 1)]
    #[case("TB", Resource::Traffic, 1024)]
    #[case("Mbit", Resource::Network, 1)]
    #[case("Mbps", Resource::Network, 1)]
    #[case("Mb/s", Resource::Network, 1)]
    #[case("Gbps", Resource::Network, 1000)]
    #[case("Gbit/s", Resource::Network, 1000)]
    #[case("G", Resource::Network, 1000)]
    #[case("vCPU", Resource::Cores, 1)]
    #[case("Cores", Resource::Cores, 1)]
    #[case("256 MB", Resource::Memory, 256)]
    #[case("10 GB", Resource::Disk, 10)]
    #[case("1 TB", Resource::Traffic, 1024)]
    fn units_are_read_in_any_spelling(#[case] text: &str, #[case] resource: Resource, #[case] amount: u32) {
        assert_eq!(text.parse::<Scale>().unwrap().of(resource, Step::Binary), Some(amount.into()));
    }

    #[test]
    fn a_gigabyte_is_1000_megabytes_only_when_asked_and_a_gibibyte_never() {
        let of = |unit: &str, step| unit.parse::<Scale>().unwrap().of(Resource::Traffic, step);
        assert_eq!(of("TB", Step::Decimal), Some(1000.into()));
        assert_eq!(of("TiB", Step::Decimal), Some(1024.into()));
    }

    #[rstest]
    #[case("GB", Resource::Cores)]
    #[case("Gbps", Resource::Memory)]
    #[case("cores", Resource::Memory)]
    #[case("GB", Resource::Network)]
    fn a_unit_of_something_else_is_no_unit_here(#[case] text: &str, #[case] resource: Resource) {
        assert_eq!(text.parse::<Scale>().unwrap().of(resource, Step::Binary), None);
    }

    #[rstest]
    #[case("slots")]
    #[case("")]
    #[case("0 GB")]
    #[case("MB/s")]
    fn what_is_no_unit_is_refused(#[case] text: &str) {
        assert!(text.parse::<Scale>().is_err());
    }
}
