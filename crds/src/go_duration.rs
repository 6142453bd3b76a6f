//! A duration as Kubernetes manifests write it: `72h`, `1h30m`, `0s`.

use std::{fmt, str::FromStr, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hours, minutes and seconds; whole numbers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GoDuration(Duration);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a duration: write hours, minutes and seconds as in 72h, 1h30m or 0s")]
pub struct NotADuration(String);

impl GoDuration {
    pub const fn from_hours(hours: u64) -> Self {
        Self(Duration::from_secs(hours * 3600))
    }

    pub const fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for GoDuration {
    type Err = NotADuration;

    fn from_str(text: &str) -> Result<Self, NotADuration> {
        let wrong = || NotADuration(text.to_owned());
        let (mut seconds, mut digits, mut last_unit) = (0_u64, String::new(), u64::MAX);
        for c in text.chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            let unit = match c {
                'h' => 3600,
                'm' => 60,
                's' => 1,
                _ => return Err(wrong()),
            };
            if unit >= last_unit {
                return Err(wrong());
            }
            last_unit = unit;
            let count: u64 = digits.parse().map_err(|_| wrong())?;
            seconds = count.checked_mul(unit).and_then(|s| seconds.checked_add(s)).ok_or_else(wrong)?;
            digits.clear();
        }
        if !digits.is_empty() || last_unit == u64::MAX {
            return Err(wrong());
        }
        Ok(Self(Duration::from_secs(seconds)))
    }
}

impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.0.as_secs();
        let (hours, minutes, seconds) = (total / 3600, total % 3600 / 60, total % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        if seconds > 0 || total == 0 {
            write!(f, "{seconds}s")?;
        }
        Ok(())
    }
}

impl Serialize for GoDuration {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for GoDuration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "GoDuration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": 16, "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$", "minLength": 2 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_reads_back_as_it_was_written() {
        for text in ["72h", "1h30m", "45s", "0s", "2m5s"] {
            assert_eq!(text.parse::<GoDuration>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "72", "h", "1.5h", "5m1h", "-1h", "1d"] {
            assert_eq!(text.parse::<GoDuration>(), Err(NotADuration(text.to_owned())), "{text}");
        }
    }
}
