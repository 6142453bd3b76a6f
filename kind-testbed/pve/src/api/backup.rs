//! `vzdump`: backing guests up, and looking into an archive.

use std::collections::{BTreeSet, VecDeque};

use super::{Call, Handled, Handler, Reply, content};
use crate::{
    error::{ApiError, die},
    model::{Vmid, retention::Retention},
    request::Method,
    schema::split_list,
    world::{
        World,
        work::{BackupMode, BackupWork, Work},
    },
};

/// The served paths below `/nodes/{node}/vzdump`.
pub(super) fn handler(method: Method, path: &str) -> Option<Handler> {
    Some(match (method, path) {
        (Method::Post, "") => dump,
        (Method::Get, "/extractconfig") => extract,
        _ => return None,
    })
}

/// Options that need more than the right to back a guest up.
fn check_options(world: &World, call: &Call) -> Result<(), ApiError> {
    for name in ["dumpdir", "script", "tmpdir", "job-id"] {
        if call.get(name).is_some() && !call.who.is_root() {
            return Err(ApiError::param(name, "Only root may set this option."));
        }
    }
    if ["bwlimit", "ionice", "performance"].iter().any(|name| call.get(name).is_some()) {
        world.require(&call.who, "/", "Sys.Modify")?;
    }
    let given = |name: &str| if name == "all" { call.flag(name) } else { call.get(name).is_some() };
    for (option, other) in [("all", "vmid"), ("exclude", "vmid"), ("pool", "all"), ("pool", "vmid")] {
        if given(option) && given(other) {
            return Err(ApiError::param(option, format!("option conflicts with option '{other}'")));
        }
    }
    if !call.flag("all") && ["vmid", "pool", "exclude"].iter().all(|name| call.get(name).is_none()) {
        return Err(ApiError::param("vmid", "property is missing"));
    }
    Ok(())
}

/// The guests of this node that are meant, and named ones that are nowhere: those fail in the task.
fn chosen(world: &World, call: &Call) -> Result<Vec<Vmid>, ApiError> {
    let numbers = |name: &str| -> BTreeSet<Vmid> {
        split_list(call.get(name).unwrap_or_default()).filter_map(|vmid| vmid.parse().ok()).collect()
    };
    if call.get("vmid").is_some() {
        let here = |vmid: &Vmid| world.vms.get(vmid).is_none_or(|vm| vm.node == call.node);
        return Ok(numbers("vmid").into_iter().filter(here).collect());
    }
    let excluded = numbers("exclude");
    let members = match call.get("pool") {
        Some(pool) => match world.pools.get(pool) {
            Some(found) => Some(&found.vms),
            None => die!("pool '{pool}' does not exist"),
        },
        None => None,
    };
    let here = world.vms.iter().filter(|(vmid, vm)| {
        vm.node == call.node
            && !excluded.contains(vmid)
            && members.is_none_or(|members| members.contains(vmid))
            // Of all guests those are left out that the caller may not back up.
            && (members.is_some() || world.allowed(&call.who, &format!("/vms/{vmid}"), "VM.Backup"))
    });
    Ok(here.map(|(vmid, _)| *vmid).collect())
}

fn dump(world: &mut World, call: &Call) -> Handled {
    check_options(world, call)?;
    let storage = call.get("storage").unwrap_or("local").to_owned();
    world.storage(&storage).map_err(ApiError::Die)?;
    let vmids = chosen(world, call)?;
    let all = call.get("vmid").is_none() && call.get("pool").is_none();
    if vmids.is_empty() && !all {
        return Ok(Reply::Data("OK".into()));
    }
    world.require(&call.who, &format!("/storage/{storage}"), "Datastore.AllocateSpace")?;
    if call.get("prune-backups").is_some() {
        world.require(&call.who, &format!("/storage/{storage}"), "Datastore.Allocate")?;
    }
    let id = match vmids.as_slice() {
        [only] => only.to_string(),
        _ => String::new(),
    };
    let work = BackupWork {
        command: command_line(call),
        todo: VecDeque::from(vmids),
        storage,
        mode: match call.get("mode") {
            Some("stop") => BackupMode::Stop,
            Some("suspend") => BackupMode::Suspend,
            _ => BackupMode::Snapshot,
        },
        ending: match call.get("compress") {
            Some("zstd") => ".zst",
            Some("gzip" | "1") => ".gz",
            Some("lzo") => ".lzo",
            _ => "",
        }
        .to_owned(),
        notes: call.owned("notes-template"),
        protected: call.flag("protected"),
        keep: keep(call),
        ..BackupWork::default()
    };
    Ok(Reply::Data(world.start_task(&call.node, &call.who, "vzdump", &id, Work::Backup(Box::new(work))).into()))
}

/// What stays when older archives are pruned.
fn keep(call: &Call) -> Option<Retention> {
    let pruning = call.get("remove") != Some("0");
    call.get("prune-backups").filter(|_| pruning).map(Retention::parse)
}

/// The command as the log shows it.
fn command_line(call: &Call) -> String {
    let mut line = "vzdump".to_owned();
    for vmid in split_list(call.get("vmid").unwrap_or_default()) {
        line = line + " " + vmid;
    }
    let first = ["node", "storage", "mode"];
    let rest = call.params.keys().map(String::as_str).filter(|name| *name != "vmid" && !first.contains(name));
    for name in first.into_iter().chain(rest) {
        if let Some(value) = call.get(name) {
            line = line + " --" + name + " " + value;
        }
    }
    line
}

/// The configuration file in an archive.
fn extract(world: &mut World, call: &Call) -> Handled {
    let volid = call.required("volume");
    let Some((key, volume)) = world.volume(&call.node, volid) else { die!("volume '{volid}' does not exist") };
    content::may_read(world, &call.who, key, volume)?;
    let Some(backup) = &volume.backup else { die!("couldn't determine backup type of volume '{volid}'") };
    Ok(Reply::Data(backup.file().into()))
}
