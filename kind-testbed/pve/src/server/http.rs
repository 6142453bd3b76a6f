//! HTTP/1.1 as `pveproxy` speaks it: reading a head, decoding parameters, writing an answer.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::{
    model::clock::Civil,
    request::{Answer, Body, Credential, Params},
    schema::percent_decode,
};

/// Larger bodies are refused.
pub(super) const MAX_BODY: usize = 512 * 1024;
/// A longer head, or one with more lines, ends the connection.
pub(super) const MAX_HEAD: usize = 8 * 1024;
const MAX_HEADERS: usize = 64;
/// Answers above this are compressed for who accepts it.
const COMPRESS_ABOVE: usize = 1024;

/// Where the head at the beginning ends, its empty line included. Lines end in CR LF, or in LF alone.
pub(super) fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut end = 0;
    let mut begun = false;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        match line {
            b"\n" | b"\r\n" if begun => return Some(end),
            // Before a request empty lines are skipped.
            b"\n" | b"\r\n" => {}
            _ => begun = true,
        }
    }
    None
}

/// A request's head.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    headers: BTreeMap<String, String>,
}

impl Head {
    /// `None` when the bytes are no head this server can read.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut lines);
        request.parse(bytes).ok().filter(httparse::Status::is_complete)?;
        let target = request.path?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = request
            .headers
            .iter()
            .map(|line| (line.name.to_ascii_lowercase(), String::from_utf8_lossy(line.value).into_owned()))
            .collect();
        Some(Self { method: request.method?.to_owned(), path: path.to_owned(), query: query.to_owned(), headers })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(super) fn content_length(&self) -> usize {
        self.header("content-length").and_then(|length| length.trim().parse().ok()).unwrap_or(0)
    }

    pub(super) fn wants_close(&self) -> bool {
        self.header("connection").is_some_and(|value| value.to_ascii_lowercase().contains("close"))
    }

    fn accepts_gzip(&self) -> bool {
        self.header("accept-encoding").is_some_and(|value| value.contains("gzip"))
    }

    /// API token, ticket in a header, ticket in a cookie.
    pub(super) fn credential(&self) -> Credential {
        let csrf = self.header("csrfpreventiontoken").map(str::to_owned);
        let authorization = self.header("authorization").unwrap_or_default();
        if let Some(token) = authorization.strip_prefix("PVEAPIToken=") {
            return Credential::Token(percent_decode(token));
        }
        let cookies = self.header("cookie").unwrap_or_default().split(';').map(str::trim);
        let ticket = std::iter::once(authorization).chain(cookies).find_map(|part| part.strip_prefix("PVEAuthCookie="));
        match ticket {
            Some(ticket) => Credential::Ticket { ticket: percent_decode(ticket), csrf },
            None => Credential::None,
        }
    }
}

/// Form parameters; a repeated name carries several values.
pub(super) fn form(text: &str) -> Params {
    let mut params = Params::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |part: &str| percent_decode(&part.replace('+', " "));
        params.entry(decode(name)).or_default().push(decode(value));
    }
    params
}

/// The parameters of a body, or the answer that refuses it.
pub(super) fn body_params(head: &Head, body: &[u8]) -> Result<Params, Plain> {
    if body.is_empty() {
        return Ok(Params::new());
    }
    let content_type = head.header("content-type").unwrap_or("application/x-www-form-urlencoded");
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-www-form-urlencoded" => Ok(form(&String::from_utf8_lossy(body))),
        "application/json" => json_params(body),
        _ => Err(Plain::new(506, format!("upload 'Content-Type '{content_type}' not implemented"))),
    }
}

/// As much of a text as the JSON parser shows: the reason phrase stays one that clients can read.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(20) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

fn json_params(body: &[u8]) -> Result<Params, Plain> {
    let text = String::from_utf8_lossy(body);
    let Ok(Value::Object(object)) = serde_json::from_str(&text) else {
        let place = "at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 934.";
        let inner = text.strip_prefix('{').filter(|rest| !rest.trim_start().starts_with(['"', '}']));
        let what = match inner {
            Some(rest) => {
                format!("'\"' expected, at character offset 1 (before \"{}\")", beginning(rest.trim_end_matches('}')))
            }
            None => format!(
                "malformed JSON string, neither tag, array, object, number, string or atom, at character offset 0 (before \"{}\")",
                beginning(&text)
            ),
        };
        return Err(Plain::new(500, format!("{what} {place}")));
    };
    let scalar = |value: &Value| match value {
        Value::Bool(flag) => u8::from(*flag).to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Ok(object
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let values = match value {
                Value::Array(list) => list.iter().map(scalar).collect(),
                value => vec![scalar(value)],
            };
            (name.clone(), values)
        })
        .collect())
}

/// An answer of the HTTP layer: text without a content type.
#[derive(Debug)]
pub(super) struct Plain {
    status: u16,
    reason: String,
    body: String,
    location: Option<String>,
}

impl Plain {
    pub(super) fn new(status: u16, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { status, body: reason.clone(), reason, location: None }
    }

    pub(super) fn with_body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn redirect(status: u16, reason: &str, location: String) -> Self {
        let mut answer = Self::new(status, reason);
        answer.location = Some(location);
        answer
    }
}

/// `/api2/extjs`: always 200, with the outcome in the body.
pub(super) fn extjs(answer: Answer) -> Answer {
    let mut body = match answer.body {
        Body::Json(body) => body,
        Body::Text(text) => text.value().clone(),
        Body::Empty => json!({ "data": null, "message": answer.reason }),
    };
    let ok = answer.status < 400;
    body["success"] = json!(u8::from(ok));
    body["status"] = json!(answer.status);
    if body.get("message").is_none() {
        body["message"] = json!("");
    }
    Answer {
        status: 200,
        reason: "OK".to_owned(),
        body: Body::Json(body),
        proxied: answer.proxied,
        delivery: answer.delivery,
    }
}

/// The bytes of an API answer.
pub(super) fn write_answer(head: &Head, answer: &Answer, keep: bool, unix_now: u64) -> Vec<u8> {
    let text = match &answer.body {
        Body::Json(body) => Some(Cow::Owned(body.to_string())),
        Body::Text(text) => Some(Cow::Borrowed(text.as_str())),
        Body::Empty => None,
    };
    let connection = match (keep, answer.proxied) {
        (true, true) => "Connection: close\r\nConnection: Keep-Alive\r\n",
        (true, false) => "Connection: Keep-Alive\r\n",
        (false, _) => "Connection: close\r\n",
    };
    let content_type = text.as_ref().map(|_| "application/json;charset=UTF-8");
    let body = text.unwrap_or_default();
    let body = body.as_bytes();
    let packed = (body.len() > COMPRESS_ABOVE && head.accepts_gzip()).then(|| gzip(body)).flatten();
    let encoding = packed.as_ref().map(|_| "Content-Encoding: gzip\r\n").unwrap_or_default();
    let extra =
        format!("{encoding}{}", content_type.map(|kind| format!("Content-Type: {kind}\r\n")).unwrap_or_default());
    assemble(answer.status, &answer.reason, connection, &extra, packed.as_deref().unwrap_or(body), unix_now)
}

/// The bytes of an answer of the HTTP layer; the connection ends after it.
pub(super) fn write_plain(answer: &Plain, unix_now: u64) -> Vec<u8> {
    let location = answer.location.as_ref().map(|to| format!("Location: {to}\r\n")).unwrap_or_default();
    assemble(answer.status, &answer.reason, "Connection: close\r\n", &location, answer.body.as_bytes(), unix_now)
}

fn assemble(status: u16, reason: &str, connection: &str, extra: &str, body: &[u8], unix_now: u64) -> Vec<u8> {
    let date = Civil::of(unix_now).http_date();
    let reason = reason.replace(['\r', '\n'], " ");
    let mut head = format!("HTTP/1.1 {status} {reason}\r\nCache-Control: max-age=0\r\n{connection}");
    let _ = write!(
        head,
        "Date: {date}\r\nPragma: no-cache\r\nServer: pve-api-daemon/3.0\r\nContent-Length: {}\r\n{extra}Expires: {date}\r\n\r\n",
        body.len()
    );
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Delivery;

    #[test]
    fn a_proxied_answer_carries_two_connection_headers() {
        let head = Head::parse(b"GET /api2/json/version HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let answer = Answer {
            status: 200,
            reason: "OK".into(),
            body: Body::Json(json!({ "data": 1 })),
            proxied: true,
            delivery: Delivery::Whole,
        };
        let text = String::from_utf8(write_answer(&head, &answer, true, 0)).unwrap();
        assert!(text.contains("Connection: close\r\nConnection: Keep-Alive\r\n"), "{text}");
    }

    #[test]
    fn a_head_ends_with_an_empty_line_of_either_kind() {
        assert_eq!(head_end(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nbody"), Some(27));
        assert_eq!(head_end(b"GET / HTTP/1.1\nHost: x\n\nbody"), Some(24));
        assert_eq!(head_end(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"), Some(22));
        assert_eq!(head_end(b"GET / HTTP/1.1\r\nHost: x\r\n\r"), None);
    }

    #[test]
    fn a_long_body_that_is_no_json_is_shown_by_its_beginning() {
        let refusal = json_params("[".repeat(100_000).as_bytes()).unwrap_err();
        assert!(refusal.reason.contains("(before \"[[[[[[[[[[[[[[[[[[[[...\")"), "{}", refusal.reason);
        assert!(refusal.reason.len() < 300);
    }

    #[test]
    fn a_repeated_form_name_becomes_a_list_and_json_booleans_become_digits() {
        assert_eq!(form("a=1&a=2&b=x%2By+z")["a"], ["1", "2"]);
        assert_eq!(form("b=x%2By+z")["b"], ["x+y z"]);
        let params = json_params(br#"{"onboot":true,"cores":2,"gone":null}"#).unwrap();
        assert_eq!(params["onboot"], ["1"]);
        assert_eq!(params["cores"], ["2"]);
        assert!(!params.contains_key("gone"));
    }
}
