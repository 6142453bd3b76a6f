//! What counts as the same answer: status, reason phrase, error body, and the shape and types of the data. Values that
//! every system makes up for itself (ids of tasks, times, digests, sizes in bytes) are compared by their type only;
//! words that clients decide by (`status`, `exitstatus`, `lock`, …) and a task's log are compared as they are.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::recording::Message;

/// Members that clients decide by: compared by value.
const EXACT: [&str; 24] = [
    "bridge",
    "content",
    "exitstatus",
    "format",
    "hasFeature",
    "key",
    "lock",
    "name",
    "node",
    "plugintype",
    "poolid",
    "qmpstatus",
    "realm",
    "roleid",
    "server",
    "shared",
    "status",
    "subdir",
    "success",
    "t",
    "tags",
    "template",
    "type",
    "userid",
];
/// Members that may be missing in one answer and present in the next, by the moment or by the machine.
const PASSING: [&str; 8] = [
    "pressurecpufull",
    "pressurecpusome",
    "pressureiofull",
    "pressureiosome",
    "pressurememoryfull",
    "pressurememorysome",
    "diskwrite",
    "idle_time_ns",
];
/// By which two lists pair their rows.
const IDENTITY: [&str; 14] = [
    "n", "vmid", "id", "key", "upid", "volid", "storage", "iface", "poolid", "userid", "roleid", "subdir", "name",
    "node",
];

/// The differences between the recorded answer and ours, in words; empty when it is reproduced.
pub(super) fn differences(recorded: &Message, ours: &Message) -> Vec<String> {
    let mut found = Vec::new();
    if recorded.status() != ours.status() {
        found.push(format!("status {} instead of {}", ours.status(), recorded.status()));
    }
    let (wanted, got) = (plain(recorded.reason()), plain(ours.reason()));
    if wanted != got {
        found.push(format!("reason `{got}` instead of `{wanted}`"));
    }
    let kind = |message: &Message| message.header("content-type").map(str::to_ascii_lowercase);
    if kind(recorded) != kind(ours) {
        found.push(format!("Content-Type {:?} instead of {:?}", kind(ours), kind(recorded)));
    }
    if recorded.json().is_null() && ours.json().is_null() {
        let text = |message: &Message| plain(&String::from_utf8_lossy(&message.body));
        if text(recorded) != text(ours) {
            found.push(format!("body `{}` instead of `{}`", text(ours), text(recorded)));
        }
        return found;
    }
    Comparison { found: &mut found }.value("", &recorded.json(), &ours.json());
    found
}

struct Comparison<'a> {
    found: &'a mut Vec<String>,
}

impl Comparison<'_> {
    fn value(&mut self, path: &str, recorded: &Value, ours: &Value) {
        match (recorded, ours) {
            (Value::Object(recorded), Value::Object(ours)) => {
                let keys: BTreeSet<&String> = recorded.keys().chain(ours.keys()).collect();
                for key in keys {
                    let path = format!("{path}.{key}");
                    match (recorded.get(key), ours.get(key)) {
                        (Some(recorded), Some(ours)) => self.value(&path, recorded, ours),
                        _ if PASSING.contains(&key.as_str()) => {}
                        (Some(_), None) => self.found.push(format!("{path} is missing")),
                        _ => self.found.push(format!("{path} is not in the recording")),
                    }
                }
            }
            (Value::Array(recorded), Value::Array(ours)) => self.list(path, recorded, ours),
            _ if kind(recorded) != kind(ours) => {
                self.found.push(format!("{path} is {} instead of {}", kind(ours), kind(recorded)));
            }
            _ => {
                let member = path.rsplit('.').next().unwrap_or_default();
                let exact =
                    EXACT.contains(&member) || path.starts_with(".errors") || member == "message" || path == ".data";
                // Where rows could not be paired, they are merged: their values say nothing.
                let exact = exact && !path.contains("[]");
                let (wanted, got) = (plain(&text(recorded)), plain(&text(ours)));
                let same = if member == "content" { words(&wanted) == words(&got) } else { wanted == got };
                if exact && !same {
                    self.found.push(format!("{path} is `{got}` instead of `{wanted}`"));
                }
            }
        }
    }

    fn list(&mut self, path: &str, recorded: &[Value], ours: &[Value]) {
        if is_log(recorded) {
            let (wanted, got) = (log_lines(recorded), log_lines(ours));
            if wanted != got {
                self.found.push(format!("{path} reads {got:?} instead of {wanted:?}"));
            }
            return;
        }
        if let (Some(recorded), Some(ours)) = (rows(recorded), rows(ours)) {
            for id in recorded.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
                match (recorded.get(id), ours.get(id)) {
                    (Some(recorded), Some(ours)) => self.value(&format!("{path}[{id}]"), recorded, ours),
                    (Some(_), None) => self.found.push(format!("{path}[{id}] is missing")),
                    _ => self.found.push(format!("{path}[{id}] is not in the recording")),
                }
            }
            return;
        }
        match (recorded.first(), ours.first()) {
            (Some(Value::Object(_)), Some(Value::Object(_))) => {
                self.value(&format!("{path}[]"), &merged(recorded), &merged(ours));
            }
            (Some(recorded), Some(ours)) => self.value(&format!("{path}[]"), recorded, ours),
            (None, None) => {}
            (Some(_), None) => self.found.push(format!("{path} is empty")),
            (None, Some(_)) => self.found.push(format!("{path} has {} rows instead of none", ours.len())),
        }
    }
}

/// The rows of a list by what identifies them, when every row of it has such a member of its own. Ids of tasks are
/// nobody's choice, so their rows are no such list.
fn rows(list: &[Value]) -> Option<BTreeMap<String, &Value>> {
    let member = IDENTITY.iter().find(|member| list.iter().all(|row| row.get(**member).is_some()))?;
    let pairs: BTreeMap<String, &Value> = list.iter().map(|row| (plain(&text(&row[*member])), row)).collect();
    (pairs.len() == list.len() && !list.is_empty() && *member != "upid").then_some(pairs)
}

/// A list in a string, whose order is random on the real system.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(',').collect()
}

/// One object with the members of all.
fn merged(list: &[Value]) -> Value {
    let members = list.iter().filter_map(Value::as_object).flatten();
    Value::Object(members.map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn is_log(list: &[Value]) -> bool {
    list.first().is_some_and(|row| row.get("n").is_some() && row.get("t").is_some())
}

/// A task's log without what only the scratch machine said and how often progress was told.
fn log_lines(list: &[Value]) -> Vec<String> {
    let noise = ["Can't exec", "Unable to open syslog", "pbs-library-version", "transferred ", "drive-", "INFO: "];
    let said = list.iter().filter_map(|row| row["t"].as_str());
    said.filter(|line| !noise.iter().any(|noise| line.starts_with(noise))).map(plain).collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A text without what is made up anew each time: task ids, UUIDs, MAC addresses, digests, dates.
fn plain(text: &str) -> String {
    static MADE_UP: std::sync::OnceLock<Vec<(Regex, &str)>> = std::sync::OnceLock::new();
    let rules = MADE_UP.get_or_init(|| {
        let rules = [
            (r"UPID:([^:]+):[0-9A-F]+:[0-9A-F]+:[0-9A-F]+:", "UPID:$1:…:"),
            (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
            (r"([0-9A-F]{2}:){5}[0-9A-F]{2}", "MAC"),
            (r"\b[0-9a-f]{40}\b", "DIGEST"),
            (r"\d{4}[-_]\d\d[-_]\d\d([-_]\d\d[-_:]\d\d[-_:]\d\d)?", "DATE"),
            (r"PVE:([^:]+):[0-9A-F]+::[^\s]+", "TICKET"),
            (r"^[^:]{8}:PVEVNC:.*", "VNCTICKET"),
            (r"(pid|PID) \d+", "$1 N"),
            (r"\bin \d+s\b", "in Ns"),
            (r"\$5\$[^$\s]+\$[A-Za-z0-9./]+", "HASH"),
        ];
        // The patterns are constants: a wrong one fails every run of the tests.
        rules.into_iter().filter_map(|(rule, with)| Some((Regex::new(rule).ok()?, with))).collect()
    });
    rules.iter().fold(text.trim_end().to_owned(), |text, (rule, with)| rule.replace_all(&text, *with).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(first: &str, body: &str) -> Message {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Message { first: first.to_owned(), headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn made_up_values_may_differ_and_the_words_clients_decide_by_may_not() {
        let recorded = answer("HTTP/1.1 200 OK", r#"{"data":{"pid":7,"exitstatus":"OK"}}"#);
        assert!(
            differences(&recorded, &answer("HTTP/1.1 200 OK", r#"{"data":{"exitstatus":"OK","pid":9}}"#)).is_empty()
        );
        let other = answer("HTTP/1.1 200 OK", r#"{"data":{"exitstatus":"WARNINGS: 1","pid":"9"}}"#);
        let found = differences(&recorded, &other);
        assert_eq!(
            found,
            [".data.exitstatus is `WARNINGS: 1` instead of `OK`", ".data.pid is a string instead of a number"]
        );
    }

    #[test]
    fn rows_are_paired_by_what_identifies_them_in_any_order() {
        let recorded =
            answer("HTTP/1.1 200 OK", r#"{"data":[{"vmid":1,"status":"running"},{"vmid":2,"status":"stopped"}]}"#);
        let same =
            answer("HTTP/1.1 200 OK", r#"{"data":[{"vmid":2,"status":"stopped"},{"vmid":1,"status":"running"}]}"#);
        assert!(differences(&recorded, &same).is_empty());
        let fewer = answer("HTTP/1.1 200 OK", r#"{"data":[{"vmid":1,"status":"running"}]}"#);
        assert_eq!(differences(&recorded, &fewer), [".data[2] is missing"]);
    }

    #[test]
    fn another_reason_or_status_is_a_difference() {
        let recorded = answer("HTTP/1.1 500 VM 101 not running", r#"{"data":null,"message":"VM 101 not running\n"}"#);
        let ours = answer("HTTP/1.1 400 VM 101 is off", r#"{"data":null,"message":"VM 101 is off\n"}"#);
        assert_eq!(differences(&recorded, &ours).len(), 3);
    }
}
