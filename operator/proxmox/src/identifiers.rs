//! Numbers and names that cannot be wrong once they exist.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A guest's number: 100 to 999,999,999, unique in a cluster over VMs and containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Vmid(u32);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0} is not a VMID: it must be between 100 and 999999999")]
pub struct InvalidVmid(u32);

impl Vmid {
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Vmid {
    type Error = InvalidVmid;

    fn try_from(number: u32) -> Result<Self, InvalidVmid> {
        if (100..=999_999_999).contains(&number) { Ok(Self(number)) } else { Err(InvalidVmid(number)) }
    }
}

impl From<Vmid> for u32 {
    fn from(vmid: Vmid) -> Self {
        vmid.0
    }
}

impl fmt::Display for Vmid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A node's name: a DNS label, so it can stand in a path as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodeName(String);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a node name: letters, digits and '-' only")]
pub struct InvalidNodeName(String);

impl NodeName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for NodeName {
    type Error = InvalidNodeName;

    fn try_from(name: String) -> Result<Self, InvalidNodeName> {
        let fits = (1..=63).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !name.starts_with('-')
            && !name.ends_with('-');
        if fits { Ok(Self(name)) } else { Err(InvalidNodeName(name)) }
    }
}

impl TryFrom<&str> for NodeName {
    type Error = InvalidNodeName;

    fn try_from(name: &str) -> Result<Self, InvalidNodeName> {
        name.to_owned().try_into()
    }
}

impl From<NodeName> for String {
    fn from(name: NodeName) -> Self {
        name.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vmid_is_between_100_and_999999999() {
        assert!(Vmid::try_from(99).is_err());
        assert_eq!(Vmid::try_from(100).unwrap().get(), 100);
        assert!(Vmid::try_from(1_000_000_000).is_err());
    }

    #[test]
    fn a_node_name_cannot_leave_its_path_segment() {
        for wrong in ["", "a/b", "..", "a b", "-a", "ä"] {
            assert!(NodeName::try_from(wrong).is_err(), "{wrong}");
        }
        assert_eq!(NodeName::try_from("pve1").unwrap().as_str(), "pve1");
    }
}
