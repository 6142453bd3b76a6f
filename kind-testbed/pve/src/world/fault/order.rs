//! A fault with how often, how likely and for how long; and how one is read from JSON, with errors that teach.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fault, catalogue};
use crate::request::Millis;

/// How often a fault that waits for calls or tasks strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Times {
    /// So many times, then it is gone.
    Count(u32),
    /// Until it is taken away.
    Always,
}

/// A fault as it is ordered. A plain [`Fault`] strikes once, or lasts if that is its nature.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Order {
    pub fault: Fault,
    pub times: Option<Times>,
    /// Percent of its occasions on which it strikes; always when absent.
    pub chance: Option<u8>,
    /// Taken away after so long; for a node that goes down: back after so long.
    pub lasts: Option<Millis>,
}

impl From<Fault> for Order {
    fn from(fault: Fault) -> Self {
        Self { fault, times: None, chance: None, lasts: None }
    }
}

impl Order {
    #[must_use]
    pub fn times(mut self, times: Times) -> Self {
        self.times = Some(times);
        self
    }

    /// In percent.
    #[must_use]
    pub fn chance(mut self, percent: u8) -> Self {
        self.chance = Some(percent);
        self
    }

    #[must_use]
    pub fn lasts(mut self, millis: Millis) -> Self {
        self.lasts = Some(millis);
        self
    }

    /// Reads `{"fault": NAME, …, "times": 3 | "always", "chance": 25, "for": "30s"}`. The error says what was expected.
    pub fn from_json(value: Value) -> Result<Self, String> {
        let Value::Object(mut object) = value else {
            return Err("a fault is a JSON object, such as {\"fault\":\"node-down\",\"node\":\"pve2\"}".to_owned());
        };
        let Some(Value::String(name)) = object.get("fault").cloned() else {
            return Err(format!("\"fault\" is missing; known: {}", names()));
        };
        let Some(entry) = catalogue().iter().find(|entry| entry.name == name) else {
            return Err(format!("unknown fault '{name}'; known: {}", names()));
        };
        let times = object.remove("times").map(read_times).transpose()?;
        let chance = object.remove("chance").map(read_chance).transpose()?;
        let lasts = object.remove("for").map(|value| read_duration("for", &value)).transpose()?;
        let fault: Fault = serde_json::from_value(Value::Object(object))
            .map_err(|error| format!("fault '{name}': {error}; example: {}", entry.example))?;
        let order = Self { fault, times, chance, lasts };
        order.check()?;
        Ok(order)
    }

    /// `times` and `chance` need occasions; `for` needs something that can end.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.fault.waits() {
            return Ok(());
        }
        let name = self.fault.name();
        if self.times.is_some() || self.chance.is_some() {
            return Err(format!("fault '{name}' takes no \"times\" or \"chance\": it waits for no call or task"));
        }
        if self.lasts.is_some() && !self.fault.lasts() && !matches!(self.fault, Fault::NodeDown { .. }) {
            return Err(format!("fault '{name}' takes no \"for\": it happens at once"));
        }
        Ok(())
    }
}

fn names() -> String {
    catalogue().iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ")
}

fn read_times(value: Value) -> Result<Times, String> {
    match value {
        Value::String(text) if text == "always" => Ok(Times::Always),
        other => match other.as_u64().and_then(|count| u32::try_from(count).ok()) {
            Some(count) if count > 0 => Ok(Times::Count(count)),
            _ => Err(format!("\"times\" is {other}; expected a number above 0 or \"always\"")),
        },
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is taken out of the object")]
fn read_chance(value: Value) -> Result<u8, String> {
    match value.as_u64() {
        Some(percent @ 1..=100) => Ok(u8::try_from(percent).unwrap_or(100)),
        _ => Err(format!("\"chance\" is {value}; expected percent, 1 to 100")),
    }
}

fn read_duration(name: &str, value: &Value) -> Result<Millis, String> {
    let text = value.as_str().ok_or_else(|| format!("\"{name}\" is {value}; expected a text such as \"30s\""))?;
    parse_duration(text).map_err(|error| format!("\"{name}\": {error}"))
}

/// `500ms`, `30s`, `5m`, `2h` in milliseconds of virtual time.
pub fn parse_duration(text: &str) -> Result<Millis, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(format!("'{text}' is no time span: expected a number with ms, s, m or h, such as 30s")),
    };
    let number: Millis =
        digits.parse().map_err(|_| format!("'{text}' is no time span: expected a whole number before the unit"))?;
    number.checked_mul(factor).ok_or_else(|| format!("'{text}' is too long"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(value: Value) -> String {
        Order::from_json(value).unwrap_err()
    }

    #[test]
    fn an_order_reads_how_often_how_likely_and_how_long() {
        let value = json!({"fault": "latency", "millis": 100, "times": "always", "chance": 25, "for": "2m"});
        let order = Order::from_json(value).unwrap();
        assert_eq!((order.times, order.chance, order.lasts), (Some(Times::Always), Some(25), Some(120_000)));
    }

    #[test]
    fn wrong_orders_are_told_what_was_expected() {
        assert!(error(json!([])).contains("a fault is a JSON object"));
        assert!(error(json!({"fault": "nosuch"})).starts_with("unknown fault 'nosuch'; known: latency, "));
        assert!(error(json!({"fault": "node-down"})).contains("missing field `node`; example: {"));
        assert!(error(json!({"fault": "unreachable", "times": 2})).contains("waits for no call or task"));
        assert!(error(json!({"fault": "guest-off", "vmid": 1, "for": "1s"})).contains("it happens at once"));
        assert!(error(json!({"fault": "latency", "millis": 1, "chance": 0})).contains("percent, 1 to 100"));
        assert!(error(json!({"fault": "latency", "millis": 1, "times": 0})).contains("above 0"));
        assert!(error(json!({"fault": "unreachable", "for": "soon"})).contains("such as 30s"));
        assert!(error(json!({"fault": "answer-lost", "loss": "after", "status": 500})).contains("595, 596 or 599"));
    }
}
