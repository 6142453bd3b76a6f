//! Which calls and which tasks a fault hits.

use serde::{Deserialize, Serialize};

use crate::{
    model::{Vmid, task::Upid},
    request::{Method, Request},
};

/// Calls by what stands in them; what is absent matches anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calls {
    pub method: Option<Method>,
    /// A part of the path: `/clone`, `/status/start`.
    pub path: Option<String>,
    /// The node in the path.
    pub node: Option<String>,
    /// The guest in the path, or the number a create or clone asks for.
    pub vmid: Option<Vmid>,
}

impl Calls {
    /// Calls whose path contains `path`.
    pub fn path(path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }

    /// Those of one method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    pub(super) fn matches(&self, request: &Request) -> bool {
        self.method.is_none_or(|method| method == request.method)
            && self.path.as_ref().is_none_or(|part| request.path.contains(part.as_str()))
            && self.node.as_ref().is_none_or(|node| after(&request.path, "nodes") == Some(node))
            && self.vmid.is_none_or(|vmid| {
                after(&request.path, "qemu").and_then(|text| text.parse().ok()) == Some(vmid)
                    || wanted_number(request) == Some(vmid)
            })
    }
}

/// The segment behind another: `pve1` behind `nodes`.
pub(super) fn after<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    path.split('/').skip_while(|part| *part != name).nth(1)
}

/// The new number a create or a clone asks for.
pub(super) fn wanted_number(request: &Request) -> Option<Vmid> {
    let name = match request.path.trim_end_matches('/') {
        path if request.method != Method::Post || !path.starts_with("/nodes/") => return None,
        path if path.ends_with("/qemu") => "vmid",
        path if path.ends_with("/clone") => "newid",
        _ => return None,
    };
    request.params.get(name)?.first()?.parse().ok()
}

/// Tasks by what stands in their UPID; what is absent matches anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tasks {
    /// The task type: `qmclone`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub node: Option<String>,
    pub vmid: Option<Vmid>,
    /// Steps the worker has done by then: 0 before it took a lock.
    pub step: u32,
}

impl Tasks {
    /// Tasks of a type that have done so many steps.
    pub fn of(kind: impl Into<String>, step: u32) -> Self {
        Self { kind: Some(kind.into()), step, ..Self::default() }
    }

    pub(super) fn matches(&self, upid: &Upid, step: u32) -> bool {
        step >= self.step
            && self.kind.as_ref().is_none_or(|kind| *kind == upid.kind)
            && self.node.as_ref().is_none_or(|node| *node == upid.node)
            && self.vmid.is_none_or(|vmid| upid.id.parse() == Ok(vmid))
    }
}
