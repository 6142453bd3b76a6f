//! What values look like, whatever their name.

use crate::{
    mapping::TextRole,
    text::addresses,
    value::{Amount, Resource, amount, halves},
};

/// Families of operating systems: how they are spelled, what Slipway calls them, and the user that their images make.
const FAMILIES: [(&str, &str, &str); 15] = [
    ("ubuntu", "ubuntu", "ubuntu"),
    ("debian", "debian", "debian"),
    ("almalinux", "almalinux", "almalinux"),
    ("alma", "almalinux", "almalinux"),
    ("rocky", "rocky", "rocky"),
    ("centos", "centos", "centos"),
    ("fedora", "fedora", "fedora"),
    ("windows", "windows", "Administrator"),
    ("opensuse", "opensuse", "opensuse"),
    ("archlinux", "arch", "arch"),
    ("arch", "arch", "arch"),
    ("freebsd", "freebsd", "freebsd"),
    ("oracle", "oracle", "opc"),
    ("alpine", "alpine", "alpine"),
    ("cloudlinux", "cloudlinux", "cloudlinux"),
];

/// An operating system by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// Name of the `OSImage`.
    pub image: String,
    pub family: &'static str,
    pub version: String,
    pub user: &'static str,
}

/// Words that name an edition, not a system.
const EDITIONS: [&str; 14] = [
    "lts",
    "x64",
    "x86_64",
    "x86",
    "amd64",
    "64-bit",
    "64bit",
    "64",
    "minimal",
    "standard",
    "datacenter",
    "cloud",
    "server",
    "latest",
];

/// Reads `Ubuntu 22.04 LTS (Jammy)` as `ubuntu-2204`; `None` for what names no known system, or none of its versions.
pub fn system(label: &str) -> Option<System> {
    // What stands in brackets or after another pipe is said about the system, and does not name it.
    let label = label.split(['(', '[', '|']).next().unwrap_or_default().trim();
    let lower = label.to_lowercase();
    let squeezed: String = lower.chars().filter(char::is_ascii_alphabetic).collect();
    let (_, family, user) = FAMILIES.iter().find(|(word, ..)| squeezed.starts_with(word)).copied()?;
    let words = lower.split(|c: char| c.is_whitespace() || c == '-' || c == '_').filter(|word| !word.is_empty());
    let has_digit = |word: &&str| word.contains(|c: char| c.is_ascii_digit()) && !EDITIONS.contains(word);
    let version = words.clone().find(has_digit)?;
    let version = version.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
    let named: Vec<String> = lower
        .split_whitespace()
        .filter(|word| *word == "server" && family == "windows" || !EDITIONS.contains(word))
        .map(|word| word.replace('.', ""))
        .collect();
    let image = slug(&named.join(" "));
    Some(System { image, family, version, user })
}

/// Lower case, words joined by one `-`: a name for Kubernetes.
pub fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.char_indices().nth(60).map_or(slug.len(), |(at, _)| at));
    slug.trim_end_matches('-').to_owned()
}

/// Whether either half of a value is an amount with its unit, and of what.
pub fn amount_with_unit(text: &str) -> Option<Resource> {
    let (internal, label) = halves(text);
    let is = |half: &str, resource| {
        let says_unit = half.contains(|c: char| c.is_alphabetic());
        says_unit && matches!(amount(half, resource, None, crate::value::Step::Binary), Some(Amount::Exactly(_)))
    };
    [Resource::Memory, Resource::Disk, Resource::Cores, Resource::Network, Resource::Traffic]
        .into_iter()
        .find(|resource| is(&internal, *resource) || is(&label, *resource))
}

/// Whether a value can be what a role is about.
pub fn fits(role: TextRole, value: &str) -> bool {
    let value = value.trim();
    match role {
        TextRole::Vmid => value.parse::<u32>().is_ok_and(|vmid| (100..=999_999_999).contains(&vmid)),
        TextRole::Address => {
            let read = addresses(value);
            !read.found.is_empty() && read.unreadable.is_empty()
        }
        TextRole::SshKey => value.starts_with("ssh-") || value.starts_with("ecdsa-") || value.starts_with("sk-"),
        TextRole::Hostname => {
            value.contains(|c: char| c.is_ascii_alphabetic())
                && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        }
        TextRole::Node => value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')),
        TextRole::Image => system(&halves(value).1).is_some() || system(&halves(value).0).is_some(),
        TextRole::Region | TextRole::Plan => value.contains(char::is_alphabetic),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Ubuntu 22.04 LTS", "ubuntu-2204")]
    #[case("ubuntu-22.04", "ubuntu-2204")]
    #[case("Debian 12 (Bookworm)", "debian-12")]
    #[case("Debian 12 x64", "debian-12")]
    #[case("Debian 11 (old", "debian-11")]
    #[case("AlmaLinux 9|recommended", "almalinux-9")]
    #[case("Rocky Linux 9", "rocky-linux-9")]
    #[case("CentOS Stream 9", "centos-stream-9")]
    #[case("Windows Server 2022 Standard", "windows-server-2022")]
    fn systems_are_known_by_their_family_and_version(#[case] label: &str, #[case] image: &str) {
        assert_eq!(system(label).unwrap().image, image);
    }

    #[rstest]
    #[case("as discussed")]
    #[case("4")]
    #[case("Ubuntu")]
    #[case("Haiku R1")]
    fn what_names_no_system_with_its_version_is_none(#[case] label: &str) {
        assert_eq!(system(label), None);
    }
}
