//! Host names, which are the servers' names for people.

use std::fmt;

use crate::problem::Problem;

/// A DNS label: at most 63 lower case letters, digits and dashes, no dash at either end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hostname(String);

impl Hostname {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Hostname {
    type Error = Problem;

    fn try_from(name: String) -> Result<Self, Problem> {
        let inner = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if (1..=63).contains(&name.len()) && inner && !name.starts_with('-') && !name.ends_with('-') {
            return Ok(Self(name));
        }
        Err(Problem::invalid("The name is not a host name.")
            .with_field("name", "must be 1 to 63 lower case letters, digits and dashes, with no dash at either end"))
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_dns_label_is_a_host_name() {
        for good in ["web-1", "a", "1", &"x".repeat(63)] {
            assert!(Hostname::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for wrong in ["", "-a", "a-", "Web", "a.b", "a_b", "ä", &"x".repeat(64)] {
            assert!(Hostname::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
