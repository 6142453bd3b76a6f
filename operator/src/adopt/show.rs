//! What the command prints: a preview with the reasons of what is skipped, or manifests.

use std::fmt::Write as _;

use kube::ResourceExt as _;
use slipway_crds::VirtualServer;

use super::{AdoptError, choose::Choice};
use crate::mark::pool_name;

/// A table of what is adopted, another of what is not, and what Proxmox's administrator has to type.
pub fn table(choices: &[Choice], installation: &str) -> String {
    let mut text = String::new();
    let (mut adopted, mut skipped, mut outside) = (Vec::new(), Vec::new(), (Vec::new(), Vec::new()));
    for choice in choices {
        match choice {
            Choice::Adopt { server, row, outside: moves } => {
                let size = server.spec.resources.as_ref();
                let size = size.map(|r| format!("{} cores, {} MiB, {} GiB", r.cores, r.memory_mib, r.disk_gib));
                adopted.push([
                    row.vmid.to_string(),
                    row.node.to_string(),
                    row.name.clone(),
                    format!("{}/{}", server.namespace().unwrap_or_default(), server.name_any()),
                    size.unwrap_or_default(),
                ]);
                if *moves {
                    let list = if row.pool.is_some() { &mut outside.1 } else { &mut outside.0 };
                    list.push(row.vmid.to_string());
                }
            }
            Choice::Skip { row, why } => {
                skipped.push([row.vmid.to_string(), row.node.to_string(), row.name.clone(), why.clone()]);
            }
        }
    }
    rows(&mut text, ["VMID", "NODE", "NAME", "SERVER", "SIZE"], &adopted);
    if !skipped.is_empty() {
        text.push('\n');
        rows(&mut text, ["SKIPPED", "NODE", "NAME", "WHY"], &skipped);
    }
    for (vmids, leaves_another) in [(outside.0, false), (outside.1, true)] {
        if !vmids.is_empty() {
            let command = into_pool(installation, &vmids.join(","), leaves_another);
            // Writing to a String cannot fail.
            let _ = write!(text, "\nas root on a node: {command}\n");
        }
    }
    text
}

/// What an administrator of Proxmox types to put VMs into the installation's pool.
pub fn into_pool(installation: &str, vmids: &str, leaves_another: bool) -> String {
    let more = if leaves_another { " --allow-move 1" } else { "" };
    format!("pvesh set /pools --poolid {} --vms {vmids}{more}", pool_name(installation))
}

fn rows<const N: usize>(text: &mut String, head: [&str; N], rows: &[[String; N]]) {
    let all: Vec<[&str; N]> =
        std::iter::once(head).chain(rows.iter().map(|r| r.each_ref().map(String::as_str))).collect();
    let widths: Vec<usize> = (0..N).map(|n| all.iter().map(|r| r[n].chars().count()).max().unwrap_or(0)).collect();
    for row in all {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// One document a server.
pub fn manifests(choices: &[Choice]) -> Result<String, AdoptError> {
    let all = choices.iter().filter_map(Choice::server).map(serde_yaml_ng::to_string);
    Ok(all.collect::<Result<Vec<_>, _>>()?.join("---\n"))
}

/// What became of one that was to be created.
pub fn created(server: &VirtualServer, outcome: Result<&bool, &AdoptError>) -> String {
    let name = format!("virtualserver.slipway.dev/{}/{}", server.namespace().unwrap_or_default(), server.name_any());
    match outcome {
        Ok(true) => format!("{name} created\n"),
        Ok(false) => format!("{name} unchanged\n"),
        Err(error) => format!("{name} not created: {error}\n"),
    }
}
