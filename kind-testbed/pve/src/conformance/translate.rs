//! Names that the real system made up and ours makes up differently: task ids, digests, tickets, console ports. Each
//! pair is learned where both answers show it, and put in where a later request repeats the recorded one.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::schema::percent_decode;

/// Members whose values are made up by the server and come back in later requests.
const MADE_UP: [&str; 8] = ["data", "upid", "digest", "ticket", "value", "volid", "CSRFPreventionToken", "archive"];
/// Numbers that mean something only as this parameter.
const NUMBERS: [&str; 2] = ["port", "pid"];
/// What stands in the recordings for every signature of a ticket of `root@pam`.
const SCRUBBED: &str = "::SIGNATURE";

/// Recorded values and ours.
#[derive(Debug, Default)]
pub(super) struct Translation {
    pairs: BTreeMap<String, String>,
    ticket: Option<(String, String)>,
}

impl Translation {
    /// A ticket of our `root@pam` and its CSRF token, in place of the scrubbed ones.
    pub(super) fn login(&mut self, ticket: &str, csrf: &str) {
        self.ticket = Some((ticket.to_owned(), csrf.to_owned()));
    }

    /// Our value for a recorded one.
    pub(super) fn known(&self, recorded: &str) -> Option<&str> {
        self.pairs.get(recorded).map(String::as_str)
    }

    /// Learns from a pair of answers.
    pub(super) fn learn(&mut self, recorded: &Value, ours: &Value) {
        match (recorded, ours) {
            (Value::Object(recorded), Value::Object(ours)) => {
                for (key, value) in recorded {
                    let Some(mine) = ours.get(key) else { continue };
                    match (scalar(value), scalar(mine)) {
                        (Some(value), Some(mine)) if MADE_UP.contains(&key.as_str()) && value.len() > 9 => {
                            self.pair(value, mine);
                        }
                        (Some(value), Some(mine)) if NUMBERS.contains(&key.as_str()) => {
                            self.pair(format!("{key}={value}"), format!("{key}={mine}"));
                        }
                        _ => self.learn(value, mine),
                    }
                }
            }
            // Longer lists come in an order of their own.
            (Value::Array(recorded), Value::Array(ours)) if recorded.len() == 1 && ours.len() == 1 => {
                self.learn(&recorded[0], &ours[0]);
            }
            _ => {}
        }
    }

    /// Two names of one thing.
    pub(super) fn pair(&mut self, recorded: String, ours: String) {
        if recorded != ours && !recorded.is_empty() {
            self.pairs.insert(recorded, ours);
        }
    }

    /// A path with its query, or a form body.
    pub(super) fn form(&self, text: &str) -> String {
        text.split_inclusive(['/', '?', '&'])
            .map(|part| {
                let ending = part.chars().next_back().filter(|letter| matches!(letter, '/' | '?' | '&'));
                let part = part.trim_end_matches(['/', '?', '&']);
                let mut replaced = self.part(part);
                replaced.extend(ending);
                replaced
            })
            .collect()
    }

    /// One segment of a path, or one `name=value`.
    fn part(&self, part: &str) -> String {
        if let Some(whole) = self.known(part) {
            return whole.to_owned();
        }
        let (name, value) = part.split_once('=').map_or(("", part), |(name, value)| (name, value));
        match self.known(&percent_decode(value)) {
            Some(ours) if name.is_empty() => encode(ours),
            Some(ours) => format!("{name}={}", encode(ours)),
            None => part.to_owned(),
        }
    }

    /// A header's value.
    pub(super) fn header(&self, name: &str, value: &str) -> String {
        if let Some((ticket, csrf)) =
            self.ticket.as_ref().filter(|_| value.contains("PVEAuthCookie") || name == "csrfpreventiontoken")
        {
            if name == "csrfpreventiontoken" {
                return if self.known(value).is_some() || value.contains(':') {
                    csrf.clone()
                } else {
                    value.to_owned()
                };
            }
            if percent_decode(value).contains(SCRUBBED) {
                return format!("PVEAuthCookie={}", encode(ticket));
            }
        }
        match value.rsplit_once('=').and_then(|(authid, secret)| Some((authid, self.known(secret)?))) {
            Some((authid, secret)) => format!("{authid}={secret}"),
            None => value.to_owned(),
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_task_of_the_recording_becomes_ours_in_the_next_request() {
        let mut translation = Translation::default();
        translation.learn(&json!({"data": "UPID:pve1:01:02:03:qmstart:1:root@pam!full:"}), &json!({"data": "UPID:x:"}));
        let path =
            "/api2/json/nodes/pve1/tasks/UPID%3Apve1%3A01%3A02%3A03%3Aqmstart%3A1%3Aroot%40pam%21full%3A/log?limit=3";
        assert_eq!(translation.form(path), "/api2/json/nodes/pve1/tasks/UPID%3Ax%3A/log?limit=3");
    }

    #[test]
    fn what_both_systems_call_alike_stays() {
        let mut translation = Translation::default();
        translation.learn(
            &json!({"data": {"digest": "aaaaaaaaaa", "name": "web"}}),
            &json!({"data": {"digest": "bbbbbbbbbb", "name": "db"}}),
        );
        assert_eq!(translation.form("name=web&digest=aaaaaaaaaa"), "name=web&digest=bbbbbbbbbb");
    }
}
