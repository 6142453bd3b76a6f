//! What we wish about a suspension: by the provider, with a reason that the customer reads.

use crate::problem::Problem;

/// Longest reason, in characters.
const MAX_REASON: usize = 256;

/// Absent in a spec: we set nothing about it, and leave one that somebody else set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suspension {
    For(Reason),
    /// Not suspended, whoever had suspended it.
    Lifted,
}

/// Why, for the customer to read: 1 to 256 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        let text = text.trim().to_owned();
        if (1..=MAX_REASON).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            return Ok(Self(text));
        }
        Err(Problem::invalid("The customer has to be told why.")
            .with_field("reason", format!("must have 1 to {MAX_REASON} characters on one line")))
    }
}

impl Suspension {
    /// As the column holds it: empty is lifted.
    pub fn from_column(text: String) -> Self {
        if text.is_empty() { Self::Lifted } else { Self::For(Reason(text)) }
    }

    pub fn to_column(&self) -> &str {
        self.reason().unwrap_or_default()
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::For(reason) => Some(&reason.0),
            Self::Lifted => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspension_survives_the_way_to_its_column_and_back() {
        let reason = Reason::try_from(" unpaid ".to_owned()).unwrap();
        assert_eq!(reason.as_str(), "unpaid");
        for suspension in [Suspension::For(reason), Suspension::Lifted] {
            assert_eq!(Suspension::from_column(suspension.to_column().to_owned()), suspension);
        }
    }

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        for wrong in ["", "  ", "a\nb", &"x".repeat(257)] {
            assert!(Reason::try_from(wrong.to_owned()).is_err(), "{wrong:?}");
        }
        assert!(Reason::try_from("ä".repeat(256)).is_ok());
    }
}
