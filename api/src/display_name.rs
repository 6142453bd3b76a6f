//! Names that people give to accounts and users.

use std::fmt;

use crate::problem::{Kind, Problem};

/// Longest name, in characters.
const MAX_LENGTH: usize = 100;

/// 1 to 100 characters, trimmed, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DisplayName {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        let name = text.trim();
        if (1..=MAX_LENGTH).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
            return Ok(Self(name.to_owned()));
        }
        Err(Problem::new(Kind::Unprocessable, "The name does not fit.")
            .with_field("name", format!("must have 1 to {MAX_LENGTH} characters on one line")))
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_must_not_be_empty_long_or_broken() {
        assert_eq!(DisplayName::try_from(" Ada ".to_owned()).unwrap().as_str(), "Ada");
        for wrong in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert!(DisplayName::try_from(wrong.to_owned()).is_err(), "{wrong:?}");
        }
    }
}
