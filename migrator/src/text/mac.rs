//! Hardware addresses of network cards, as modules and hypervisors write them.

use std::fmt;

use serde::{Serialize, Serializer};

/// Of one network card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac([u8; 6]);

/// Those of a text with one or several; what is none is passed over.
pub fn macs(text: &str) -> impl Iterator<Item = Mac> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '=')).filter_map(Mac::parse)
}

impl Mac {
    /// `BC:24:11:00:04:4D`, `bc-24-11-00-04-4d`, `bc24.1100.044d` or `BC241100044D`. `None`: another text, or the zeroes that
    /// stand for no address.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
        if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 6];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        (bytes != [0; 6]).then_some(Self(bytes))
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if at == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_the_same_however_it_is_written() {
        let card = Mac([0xbc, 0x24, 0x11, 0, 4, 0x4d]);
        for text in ["BC:24:11:00:04:4D", "bc-24-11-00-04-4d", "bc24.1100.044d", "BC241100044D"] {
            assert_eq!(Mac::parse(text), Some(card), "{text}");
            assert_eq!(Mac::parse(text).unwrap().to_string(), "BC:24:11:00:04:4D");
        }
        for text in ["", "auto", "203.0.113.7", "00:00:00:00:00:00", "BC:24:11:00:04", "ÄÖÜäöüéèà"] {
            assert_eq!(Mac::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_may_hold_addresses_too() {
        let found: Vec<String> =
            macs("BC:24:11:00:04:4D=203.0.113.7;vmbr0, 1500\nBC:24:11:00:04:4E").map(|mac| mac.to_string()).collect();
        assert_eq!(found, ["BC:24:11:00:04:4D", "BC:24:11:00:04:4E"]);
    }
}
