//! Names of options and fields: `memory|RAM (GB)`.

use super::Scale;
use crate::text::{fold, tidy};

/// A name, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Folded, without a unit in brackets: before the pipe, then after it where that differs.
    pub keys: Vec<String>,
    /// The part that goes to the module, for people.
    pub internal: String,
    /// The part that customers see.
    pub label: String,
    /// The unit in brackets at its end: what a bare number counts.
    pub unit: Option<Scale>,
}

impl Name {
    /// From a name whose entities are decoded.
    pub fn new(text: &str) -> Self {
        let (internal, label) = halves(text);
        let (internal_name, internal_unit) = split_unit(&internal);
        let (label_name, label_unit) = split_unit(&label);
        let mut keys = vec![fold(internal_name)];
        let other = fold(label_name);
        if !keys.contains(&other) && !other.is_empty() {
            keys.push(other);
        }
        keys.retain(|key| !key.is_empty());
        Self { keys, unit: internal_unit.or(label_unit), internal, label }
    }

    /// What it is known by first.
    pub fn key(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }

    /// What an entry of a mapping is known by: one key, of a name or of one half of it.
    pub fn key_of(text: &str) -> String {
        Self::new(text).keys.into_iter().next().unwrap_or_default()
    }
}

/// Before and after the first pipe, tidied; the whole text twice where there is none (trap 13: a second pipe is part of the
/// label).
pub fn halves(text: &str) -> (String, String) {
    let (internal, label) = text.split_once('|').unwrap_or((text, text));
    let (internal, label) = (tidy(internal).into_owned(), tidy(label).into_owned());
    match (internal.is_empty(), label.is_empty()) {
        (true, _) => (label.clone(), label),
        (_, true) => (internal.clone(), internal),
        _ => (internal, label),
    }
}

/// `Disk (GB)` → `Disk`, GB. What stands in brackets and is no unit belongs to the name.
fn split_unit(name: &str) -> (&str, Option<Scale>) {
    let bracketed = name
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        .or_else(|| name.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')));
    let Some((before, inside)) = bracketed else { return (name, None) };
    let inside = inside.trim();
    let word = ["in ", "x ", "per ", "x"].iter().find_map(|start| inside.strip_prefix(start)).unwrap_or(inside);
    match word.parse::<Scale>() {
        Ok(scale) if !before.trim().is_empty() && !word.chars().all(|c| c.is_ascii_digit()) => {
            (before.trim_end(), Some(scale))
        }
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("RAM", &["ram"])]
    #[case("ram ", &["ram"])]
    #[case("Disk\u{a0}Space", &["diskspace"])]
    #[case("disk_space", &["diskspace"])]
    #[case("Disk (GB)", &["disk"])]
    #[case("Memory [in MB]", &["memory"])]
    #[case("os|Operating System", &["os", "operatingsystem"])]
    #[case("RAM|ram", &["ram"])]
    #[case("IPs (extra)", &["ips(extra)"])]
    #[case("|Label", &["label"])]
    fn names_are_compared_without_case_spaces_and_units(#[case] name: &str, #[case] keys: &[&str]) {
        assert_eq!(Name::new(name).keys, keys);
    }

    #[test]
    fn a_unit_in_brackets_is_what_a_bare_number_counts() {
        assert_eq!(Name::new("Extra RAM (GB)").unit, "GB".parse().ok());
        assert_eq!(Name::new("hdd|HDD (10 GB)").unit, "10 GB".parse().ok());
        assert_eq!(Name::new("IPs (5)").unit, None);
    }

    #[rstest]
    #[case("4096|4 GiB", "4096", "4 GiB")]
    #[case("ubuntu|Ubuntu | LTS", "ubuntu", "Ubuntu | LTS")]
    #[case("2 Cores", "2 Cores", "2 Cores")]
    #[case("101|", "101", "101")]
    fn trap_13_a_name_is_split_at_its_first_pipe_only(#[case] text: &str, #[case] internal: &str, #[case] label: &str) {
        assert_eq!(halves(text), (internal.to_owned(), label.to_owned()));
    }
}
