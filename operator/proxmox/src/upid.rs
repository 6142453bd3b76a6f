//! A task's identifier: `UPID:<node>:<pid>:<pstart>:<starttime>:<type>:<id>:<user>:`, numbers in hexadecimal.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::NodeName;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Upid {
    text: String,
    node: NodeName,
    start_time: i64,
    kind: String,
    id: String,
    user: String,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a UPID")]
pub struct InvalidUpid(String);

impl Upid {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The node that the task runs on; its status is asked there.
    pub const fn node(&self) -> &NodeName {
        &self.node
    }

    /// Unix seconds by the node's clock.
    pub const fn start_time(&self) -> i64 {
        self.start_time
    }

    /// As `qmclone`, `qmstart`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What it works on: a VMID as a rule; the *source's* for a clone.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `user@realm`, with `!token` when a token started it.
    pub fn user(&self) -> &str {
        &self.user
    }
}

impl FromStr for Upid {
    type Err = InvalidUpid;

    fn from_str(text: &str) -> Result<Self, InvalidUpid> {
        let wrong = || InvalidUpid(text.to_owned());
        let parts: Vec<&str> = text.split(':').collect();
        let ["UPID", node, pid, pstart, start, kind, id, user, ""] = parts[..] else { return Err(wrong()) };
        let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        // A sign would be read as part of a number.
        let number = |hex: &str| i64::from_str_radix(hex, 16).ok().filter(|_| is_hex(hex)).ok_or_else(wrong);
        number(pid)?;
        number(pstart)?;
        Ok(Self {
            text: text.to_owned(),
            node: NodeName::try_from(node).map_err(|_| wrong())?,
            start_time: number(start)?,
            kind: kind.to_owned(),
            id: id.to_owned(),
            user: user.to_owned(),
        })
    }
}

impl TryFrom<String> for Upid {
    type Error = InvalidUpid;

    fn try_from(text: String) -> Result<Self, InvalidUpid> {
        text.parse()
    }
}

impl From<Upid> for String {
    fn from(upid: Upid) -> Self {
        upid.text
    }
}

impl fmt::Display for Upid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_upid_is_read_whole() {
        let upid: Upid = "UPID:pve1:00000494:00064C21:6B03D53C:qmcreate:9000:root@pam!full:".parse().unwrap();
        assert_eq!(upid.node().as_str(), "pve1");
        assert_eq!(upid.kind(), "qmcreate");
        assert_eq!(upid.id(), "9000");
        assert_eq!(upid.user(), "root@pam!full");
        assert_eq!(upid.start_time(), 0x6B03_D53C);
    }

    #[test]
    fn what_is_no_upid_is_refused() {
        for wrong in [
            "",
            "UPID:foo",
            "UPID:pve1:zz:0:0:a:b:c:",
            "UPID:a/b:1:1:1:t:i:u:",
            "UPID:a:1:1:-1:t:i:u:",
            "UPID:a:1:1:1:t:i:u",
            "UPID:a:1:1:1:t:i:u:x:",
        ] {
            assert!(wrong.parse::<Upid>().is_err(), "{wrong}");
        }
    }
}
