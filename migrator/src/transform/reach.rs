//! How a service's machine is reached: its name, its addresses, and who may log in.

use std::net::IpAddr;

use super::{Transform, locate::Located, said::Said, service::Verdict};
use crate::{
    mapping::TextRole,
    outcome::Fate,
    text::{Addresses, addresses},
    whmcs::ServiceBundle,
};

impl Transform<'_> {
    /// `domain`; a field's where that is empty. Where both differ, the column is what WHMCS itself shows.
    pub(super) fn hostname(&self, bundle: &ServiceBundle, said: &mut Said, verdict: &mut Verdict) -> Option<String> {
        let domain = self.mapping.text.plain(&bundle.row.domain);
        let field = said.settle(TextRole::Hostname).map(|(text, _)| text);
        let own = host(&domain);
        if own.is_none() && !domain.is_empty() {
            verdict.finding("hostname-unreadable", format!("`{domain}` is no host name"));
        }
        let of_field = field.as_deref().and_then(host);
        let rows: Vec<usize> =
            said.words.iter().filter(|words| words.role == TextRole::Hostname).map(|words| words.row).collect();
        if field.is_some() && of_field.is_none() {
            for row in rows {
                said.change(row, Fate::Finding, "hostname-unreadable", "this is no host name");
            }
        } else if let (Some(own), Some(of_field)) = (&own, &of_field)
            && own != of_field
            && own.split('.').next() != of_field.split('.').next()
        {
            for row in rows {
                let why = format!("the service itself says `{own}`, which stands");
                said.change(row, Fate::Finding, "hostname-differs", &why);
            }
        }
        own.or(of_field)
    }
}

/// Of the service's own columns, its fields and its module: each once.
pub(super) fn all_addresses(
    bundle: &ServiceBundle,
    located: &Located,
    said: &mut Said,
    verdict: &mut Verdict,
) -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> = Vec::new();
    let mut add = |found: Vec<IpAddr>| {
        for address in found {
            if !all.contains(&address) {
                all.push(address);
            }
        }
    };
    for column in [&bundle.row.dedicatedip, &bundle.row.assignedips] {
        let Addresses { found, unreadable } = addresses(column);
        add(found);
        if !unreadable.is_empty() {
            let what = unreadable.join("`, `");
            verdict.finding("address-unreadable", format!("`{what}` is no address that one server can have"));
        }
    }
    let texts: Vec<(usize, String)> = said
        .words
        .iter()
        .filter(|words| words.role == TextRole::Address)
        .map(|words| (words.row, words.text.clone()))
        .collect();
    for (row, text) in texts {
        let Addresses { found, unreadable } = addresses(&text);
        add(found);
        if !unreadable.is_empty() {
            said.change(row, Fate::Finding, "address-unreadable", "this is no address that one server can have");
        }
    }
    add(located.addresses.clone());
    all
}

pub(super) fn ssh_keys(said: &mut Said) -> Vec<String> {
    let texts: Vec<(usize, String)> = said
        .words
        .iter()
        .filter(|words| words.role == TextRole::SshKey)
        .map(|words| (words.row, words.text.clone()))
        .collect();
    let mut keys: Vec<String> = Vec::new();
    for (row, text) in texts {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if !is_ssh_key(line) {
                said.change(row, Fate::Finding, "key-unreadable", "this is no public SSH key");
            } else if !keys.iter().any(|key| key == line) {
                keys.push(line.to_owned());
            }
        }
    }
    keys
}

fn is_ssh_key(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let is_kind = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| kind.starts_with(start));
    is_kind && words.next().is_some_and(|blob| blob.len() >= 60 && blob.starts_with("AAAA"))
}

/// A name by which DNS could know it, in lower case.
fn host(text: &str) -> Option<String> {
    let name = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    (name.len() <= 253 && name.split('.').all(is_label)).then_some(name)
}
