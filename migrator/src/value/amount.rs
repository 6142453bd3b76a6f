//! Values as people write them for customers: `2 GB RAM`, `100Mbit`, `2 Cores (+$5.00/mo)`, `Unlimited`.

use rust_decimal::Decimal;

use super::{Resource, Scale, Step, Unit, number::number};
use crate::text::tidy;

/// What a value says about a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// In what the resource is counted in.
    Exactly(Decimal),
    /// A number without a unit, which nobody has given.
    Bare(Decimal),
    Unlimited,
    /// `None`, `No`.
    Nothing,
}

/// Reads a value. `default` is what a bare number counts. `None` when anything in it is not understood.
pub fn amount(text: &str, resource: Resource, default: Option<Scale>, step: Step) -> Option<Amount> {
    let text = without_price(text)?;
    let text = text.as_str();
    match tidy(text).to_lowercase().as_str() {
        "unlimited" | "unmetered" | "no limit" | "∞" | "infinite" => return Some(Amount::Unlimited),
        "none" | "no" | "n/a" | "not included" | "disabled" | "no thanks" | "off" => return Some(Amount::Nothing),
        _ => {}
    }
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let (before, rest) = text.split_at(start);
    // `RAID10` is a word, `/64` a length, and less than nothing no size.
    if before.ends_with(|c: char| c.is_alphabetic() || c == '/') || matches!(before.trim(), "-" | "–" | "−") {
        return None;
    }
    if !before.split(is_break).all(|word| is_said_of(word, resource) || word == "+") {
        return None;
    }
    let length = rest.find(|c| !is_of_number(c)).unwrap_or(rest.len());
    // A separator at its end ends a clause: `2, included`.
    let digits = rest[..length].trim_end_matches(|c| !char::is_ascii_digit(&c));
    let value = number(digits)?;
    let rest = &rest[digits.len()..];
    let (unit, rest) = unit(rest);
    if !rest.split(is_break).all(|word| is_said_of(word, resource)) {
        return None;
    }
    let factor = match (unit, default) {
        (Some(unit), _) => unit.of(resource, step)?,
        (None, Some(scale)) => scale.of(resource, step)?,
        (None, None) if resource.needs_unit() => return Some(Amount::Bare(value)),
        (None, None) => Decimal::ONE,
    };
    let amount = value.checked_mul(factor)?.normalize();
    // A processor's model is no number of cores.
    let is_model = resource == Resource::Cores && unit.is_none() && amount > MOST_CORES.into();
    (!is_model).then_some(Amount::Exactly(amount))
}

/// More than any host has.
const MOST_CORES: u32 = 1024;

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '\u{a0}' | '\u{202f}')
}

fn is_break(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | ':' | ',' | '–' | '(' | ')' | '[' | ']')
}

/// The unit at the beginning, and what follows it. A word that is no unit is left where it is.
fn unit(text: &str) -> (Option<Unit>, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_whitespace() || c == '-');
    let length = rest.find(|c: char| is_break(c) || c == '+').unwrap_or(rest.len());
    let (word, after) = rest.split_at(length);
    if let Some(unit) = Unit::parse(word) {
        return (Some(unit), after);
    }
    match word.split_once('/') {
        Some((word, per)) if matches!(per.to_ascii_lowercase().as_str(), "mo" | "month" | "m") => {
            (Unit::parse(word), after)
        }
        _ => (None, text),
    }
}

/// Prices are for people: what stands in brackets with a currency sign, or after one, says nothing about the size. Other
/// brackets with digits in them are not understood.
fn without_price(text: &str) -> Option<String> {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, bracket)) = rest.split_once(['(', '[']) {
        let (inside, after) = bracket.split_once([')', ']']).unwrap_or((bracket, ""));
        kept.push_str(before);
        let digits = inside.contains(|c: char| c.is_ascii_digit());
        if digits && !is_price(inside) {
            return None;
        }
        kept.push(' ');
        if !digits {
            kept.push_str(inside);
        }
        rest = after;
    }
    kept.push_str(rest);
    if let Some(at) = kept.find(CURRENCY_SIGNS) {
        let after = kept[at..].trim_start_matches(CURRENCY_SIGNS).trim_start();
        // `5€ - 2 Cores`: the number before the sign is the price.
        if kept[..at].trim_end().ends_with(|c: char| c.is_ascii_digit())
            && !after.starts_with(|c: char| c.is_ascii_digit())
        {
            return None;
        }
        kept.truncate(at);
        kept.truncate(kept.trim_end_matches([' ', '+', '-', '–', ':', '@']).len());
    }
    Some(kept)
}

const CURRENCY_SIGNS: [char; 5] = ['$', '€', '£', '¥', '₹'];

fn is_price(text: &str) -> bool {
    let lower = text.to_lowercase();
    text.contains(CURRENCY_SIGNS)
        || ["/mo", "per month", "/yr", "usd", "eur", "gbp"].iter().any(|sign| lower.contains(sign))
}

/// Words that say nothing new of the resource.
fn is_said_of(word: &str, resource: Resource) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let always = [
        "",
        "x",
        "extra",
        "additional",
        "more",
        "of",
        "included",
        "free",
        "default",
        "total",
        "dedicated",
        "shared",
        "guaranteed",
        "mo",
        "month",
        "monthly",
        "per",
        "recommended",
        "premium",
        "standard",
        "fast",
        "virtual",
    ];
    let own: &[&str] = match resource {
        Resource::Memory => &["ram", "memory", "ddr3", "ddr4", "ddr5", "ecc", "mem"],
        Resource::Cores => &[
            "core",
            "cores",
            "cpu",
            "cpus",
            "vcpu",
            "vcpus",
            "vcore",
            "vcores",
            "processor",
            "processors",
            "kern",
            "kerne",
            "kernen",
            "coeur",
            "coeurs",
            "nucleo",
            "nucleos",
            "amd",
            "intel",
        ],
        Resource::Disk => &[
            "disk",
            "diskspace",
            "space",
            "storage",
            "ssd",
            "hdd",
            "nvme",
            "sata",
            "sas",
            "raid",
            "raid1",
            "raid10",
            "drive",
        ],
        Resource::Network => &["port", "uplink", "network", "speed", "unmetered", "link", "bandwidth", "connection"],
        Resource::Traffic => &["traffic", "bandwidth", "transfer", "data"],
        Resource::Backups => &["backup", "backups", "daily", "weekly", "slot", "slots"],
        Resource::Snapshots => &["snapshot", "snapshots", "slot", "slots"],
        Resource::AddressCount => &["ip", "ips", "ipv4", "ipv6", "address", "addresses"],
    };
    always.contains(&word.as_str()) || own.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn read(text: &str, resource: Resource) -> Option<Amount> {
        amount(text, resource, None, Step::Binary)
    }

    #[rstest]
    #[case("2 GB RAM", Resource::Memory, 2048)]
    #[case("512MB", Resource::Memory, 512)]
    #[case("1 Gib", Resource::Memory, 1024)]
    #[case("4 GiB", Resource::Memory, 4096)]
    #[case("1,024 MB", Resource::Memory, 1024)]
    #[case("1.5 GB", Resource::Memory, 1536)]
    #[case("RAM: 2GB", Resource::Memory, 2048)]
    #[case("+ 2 GB", Resource::Memory, 2048)]
    #[case("2 GB (+$5.00/mo)", Resource::Memory, 2048)]
    #[case("2 GB - $5.00", Resource::Memory, 2048)]
    #[case("2 GB (recommended)", Resource::Memory, 2048)]
    #[case("2-GB", Resource::Memory, 2048)]
    #[case("2\u{a0}GB", Resource::Memory, 2048)]
    #[case("2 Cores", Resource::Cores, 2)]
    #[case("2 Kerne", Resource::Cores, 2)]
    #[case("8 Go", Resource::Memory, 8192)]
    #[case("1 To", Resource::Disk, 1024)]
    #[case("2 $5.00", Resource::Cores, 2)]
    #[case("4 vCPU cores", Resource::Cores, 4)]
    #[case("2x vCPU", Resource::Cores, 2)]
    #[case("200%", Resource::Cores, 2)]
    #[case("4", Resource::Cores, 4)]
    #[case("40 GB SSD", Resource::Disk, 40)]
    #[case("1 TB NVMe", Resource::Disk, 1024)]
    #[case("10GB", Resource::Disk, 10)]
    #[case("100Mbit", Resource::Network, 100)]
    #[case("1 Gbps", Resource::Network, 1000)]
    #[case("1 Gbps unmetered port", Resource::Network, 1000)]
    #[case("2 TB bandwidth", Resource::Traffic, 2048)]
    #[case("500GB/mo", Resource::Traffic, 500)]
    #[case("1 IP", Resource::AddressCount, 1)]
    #[case("2 IPv4 Addresses", Resource::AddressCount, 2)]
    #[case("7 daily backups", Resource::Backups, 7)]
    fn values_are_read_as_people_write_them(#[case] text: &str, #[case] resource: Resource, #[case] expected: u32) {
        assert_eq!(read(text, resource), Some(Amount::Exactly(expected.into())));
    }

    #[rstest]
    #[case("2 Cores", Resource::Memory)]
    #[case("10 Slots", Resource::Memory)]
    #[case("2 GB / 4 GB burst", Resource::Memory)]
    #[case("2 GB (4 GB burst)", Resource::Memory)]
    #[case("2 x 2 GB", Resource::Memory)]
    #[case("1.024 MB", Resource::Memory)]
    #[case("Small", Resource::Memory)]
    #[case("Weekly (included)", Resource::Backups)]
    #[case("100 MB/s", Resource::Network)]
    #[case("Unmetered @ 1 Gbps", Resource::Traffic)]
    #[case("up to 2 GB", Resource::Memory)]
    #[case("-2 GB", Resource::Cores)]
    #[case("-20 GB", Resource::Disk)]
    #[case("RAID10", Resource::Disk)]
    #[case("/64", Resource::AddressCount)]
    #[case("AMD 3700X", Resource::Cores)]
    #[case("5€ - 2 Cores", Resource::Cores)]
    #[case("10 € / 4 GB", Resource::Memory)]
    fn what_is_not_understood_in_full_is_not_read(#[case] text: &str, #[case] resource: Resource) {
        assert_eq!(read(text, resource), None);
    }

    #[test]
    fn a_bare_number_takes_the_unit_it_is_given_and_never_one_by_its_size() {
        assert_eq!(read("4096", Resource::Memory), Some(Amount::Bare(4096.into())));
        let given = |text, unit: &str| amount(text, Resource::Memory, unit.parse().ok(), Step::Binary);
        assert_eq!(given("4096", "MB"), Some(Amount::Exactly(4096.into())));
        assert_eq!(given("2", "256 MB"), Some(Amount::Exactly(512.into())));
        assert_eq!(given("2 GB", "MB"), Some(Amount::Exactly(2048.into())));
    }

    #[test]
    fn unlimited_and_none_are_words() {
        assert_eq!(read("Unlimited", Resource::Traffic), Some(Amount::Unlimited));
        assert_eq!(read("None", Resource::Backups), Some(Amount::Nothing));
    }

    proptest! {
        #[test]
        fn any_spelling_of_a_unit_round_trips(
            number in 1u32..100_000,
            (unit, resource, factor) in prop::sample::select(vec![
                ("MB", Resource::Memory, 1u64), ("MiB", Resource::Memory, 1), ("Mib", Resource::Memory, 1),
                ("mb", Resource::Memory, 1), ("M", Resource::Memory, 1), ("megabytes", Resource::Memory, 1),
                ("GB", Resource::Memory, 1024), ("GiB", Resource::Memory, 1024), ("Gib", Resource::Memory, 1024),
                ("G", Resource::Memory, 1024), ("gig", Resource::Memory, 1024), ("Gb", Resource::Memory, 1024),
                ("TB", Resource::Disk, 1024), ("TiB", Resource::Disk, 1024), ("GB", Resource::Disk, 1),
                ("Mbit", Resource::Network, 1), ("Mbps", Resource::Network, 1), ("mbit/s", Resource::Network, 1),
                ("Gbps", Resource::Network, 1000), ("Gbit", Resource::Network, 1000), ("vCPU", Resource::Cores, 1),
                ("cores", Resource::Cores, 1), ("CPUs", Resource::Cores, 1), ("TB", Resource::Traffic, 1024),
            ]),
            space in prop::sample::select(vec!["", " ", "  ", "\u{a0}", "-"]),
            price in prop::sample::select(vec!["", " (+$5.00)", " - €3.50/mo", " (included)"]),
        ) {
            let text = format!("{number}{space}{unit}{price}");
            prop_assert_eq!(read(&text, resource), Some(Amount::Exactly(Decimal::from(u64::from(number) * factor))), "{}", text);
        }

        #[test]
        fn no_text_breaks_it(text in "\\PC{0,40}") {
            for resource in Resource::ALL {
                let _ = read(&text, resource);
            }
        }
    }
}
