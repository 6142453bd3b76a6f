//! Names of disks and interfaces in a spec.

/// The pattern that Kubernetes sets: `^[a-z]([-a-z0-9]*[a-z0-9])?$`, at most 32.
pub fn is_device_name(name: &str) -> bool {
    let inner = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    name.len() <= 32 && inner && name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-')
}

/// A group's name: as above, but up to 63 and a digit may come first.
pub fn is_group_name(name: &str) -> bool {
    let inner = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (1..=63).contains(&name.len()) && inner && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_kubernetes_takes() {
        for name in ["a", "data-2"] {
            assert!(is_device_name(name) && is_group_name(name), "{name}");
        }
        for name in ["", "-a", "a-", "A", "a_b", "ä"] {
            assert!(!is_device_name(name) && !is_group_name(name), "{name}");
        }
        assert!(!is_device_name("2a") && is_group_name("2a"));
    }
}
