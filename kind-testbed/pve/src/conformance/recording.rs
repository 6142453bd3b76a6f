//! One recorded call: a file with the raw request and the raw response of a real Proxmox VE, as they were on the wire.

use std::{
    fs,
    io::{Error, ErrorKind, Result},
    path::Path,
};

use serde_json::Value;

use crate::model::clock::parse_http_date;

/// A call as it was made and answered on the real system.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its place in the sequence, by which the calls build on each other.
    pub number: u16,
    /// The file's name without number and ending: `clone-linked-task-status`.
    pub name: String,
    /// What the one who recorded it wrote about it.
    pub note: String,
    /// Milliseconds from request to answer.
    pub took: u64,
    pub request: Message,
    pub response: Message,
}

/// A request or a response: its first line, its headers in their order, its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    pub first: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Recording {
    /// Reads `NNN-name.http`; the error names the file.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path)?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        Self::parse(stem, &bytes)
            .ok_or_else(|| Error::new(ErrorKind::InvalidData, format!("{} is not a recorded call", path.display())))
    }

    fn parse(stem: &str, bytes: &[u8]) -> Option<Self> {
        let (number, name) = stem.split_once('-')?;
        let (before, after) = split(bytes, b">>> REQUEST\n")?;
        let (request, response) = split(after, b"<<< RESPONSE\n")?;
        let comments = String::from_utf8_lossy(before);
        let comment = |prefix: &str| comments.lines().find_map(|line| line.strip_prefix(prefix));
        let seconds: f64 = comment("### wall ")?.trim_end_matches('s').parse().ok()?;
        Some(Self {
            number: number.parse().ok()?,
            name: name.to_owned(),
            note: comment("### ")?.to_owned(),
            took: u64::try_from(std::time::Duration::from_secs_f64(seconds).as_millis()).ok()?,
            request: Message::parse(request)?,
            response: Message::parse(response)?,
        })
    }

    /// Unix seconds of the answer; `None` when it carries no `Date`.
    pub fn answered(&self) -> Option<u64> {
        parse_http_date(self.response.header("date")?)
    }

    pub fn method(&self) -> &str {
        self.request.first.split(' ').next().unwrap_or_default()
    }

    /// Path and query as they were sent.
    pub fn target(&self) -> &str {
        self.request.first.split(' ').nth(1).unwrap_or_default()
    }
}

impl Message {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = split(bytes, b"\r\n\r\n").or_else(|| split(bytes, b"\n\n"))?;
        let head = String::from_utf8_lossy(head).into_owned();
        let mut lines = head.lines();
        let first = lines.next()?.to_owned();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut message = Self { first, headers, body: Vec::new() };
        let length = message.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        message.body = rest[..rest.len().min(length)].to_vec();
        Some(message)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The status of a response.
    pub fn status(&self) -> u16 {
        self.first.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// The reason phrase of a response.
    pub fn reason(&self) -> &str {
        self.first.splitn(3, ' ').nth(2).unwrap_or_default()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = bytes.windows(at.len()).position(|window| window == at)?;
    Some((&bytes[..start], &bytes[start + at.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_request_and_response() {
        let text = "### unknown node\n### wall 0.25s\n>>> REQUEST\nGET /api2/json/version HTTP/1.1\r\nHost: x\r\n\r\n\n\n\
                    <<< RESPONSE\nHTTP/1.1 401 No ticket\r\nDate: Mon, 23 Nov 2026 05:54:04 GMT\r\nContent-Length: 2\r\n\r\n{}\n";
        let recording = Recording::parse("010-noauth", text.as_bytes()).expect("a recording");
        assert_eq!((recording.number, recording.name.as_str(), recording.took), (10, "noauth", 250));
        assert_eq!((recording.method(), recording.target()), ("GET", "/api2/json/version"));
        assert_eq!((recording.response.status(), recording.response.reason()), (401, "No ticket"));
        assert_eq!(recording.answered(), Some(1_795_413_244));
        assert_eq!(recording.response.body, b"{}");
    }
}
