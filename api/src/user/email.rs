//! Email addresses, as names to log in with.

use std::fmt;

use crate::problem::{Kind, Problem};

/// Longest address (RFC 5321, the path without its brackets).
const MAX_LENGTH: usize = 254;

/// Lower case, one `@` with something on both sides. Whether it can be delivered is not ours to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        let email = text.trim().to_lowercase();
        let plausible = email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !email.contains(|c: char| c.is_whitespace() || c.is_control())
        });
        if plausible && email.len() <= MAX_LENGTH {
            return Ok(Self(email));
        }
        Err(Problem::new(Kind::Unprocessable, "This is not an email address.")
            .with_field("email", "must look like name@example.org"))
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_compared_in_lower_case() {
        assert_eq!(Email::try_from(" Ada@Example.org".to_owned()).unwrap().as_str(), "ada@example.org");
    }

    #[test]
    fn what_cannot_be_an_email_is_refused() {
        for wrong in ["", "ada", "@example.org", "ada@", "a@b@c", "a b@example.org", "a\0@example.org"] {
            assert!(Email::try_from(wrong.to_owned()).is_err(), "{wrong:?}");
        }
    }
}
