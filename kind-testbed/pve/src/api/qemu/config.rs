//! Reading and changing a configuration.

use serde_json::{Value, json};

use super::{Call, Handled, Reply, only_root, options, vm};
use crate::{
    error::{ApiError, die},
    model::{
        config::{HIDDEN, typed},
        vm::{Change, Vm},
    },
    schema::split_list,
    world::{
        World,
        work::{ConfigChange, ConfigWork, ResizeWork, Work, check_change},
    },
};

/// Pending changes merged in, unless `current=1`. The digest is that of the file either way.
pub(super) fn read(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let config = match call.get("snapshot") {
        Some(name) => vm.snapshot(name).map_err(ApiError::Die)?.config.clone(),
        None if call.flag("current") => vm.config.clone(),
        None => vm.merged(),
    };
    let mut out = config.to_json();
    out.insert("digest".to_owned(), json!(vm.digest()));
    Ok(Reply::Data(Value::Object(out)))
}

pub(super) fn pending(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let hidden = |key: &str, value: &str| if key == "cipassword" { json!(HIDDEN) } else { typed(key, value) };
    let mut rows = Vec::new();
    for (key, value) in vm.config.iter() {
        let mut row = json!({ "key": key, "value": hidden(key, value) });
        match vm.pending.get(key) {
            Some(Change::Set(pending)) => row["pending"] = hidden(key, pending),
            Some(Change::Delete { force }) => row["delete"] = json!(if *force { 2 } else { 1 }),
            None => {}
        }
        rows.push(row);
    }
    for (key, change) in vm.pending.iter().filter(|(key, _)| !vm.config.contains(key)) {
        if let Change::Set(value) = change {
            rows.push(json!({ "key": key, "pending": hidden(key, value) }));
        }
    }
    rows.push(json!({ "key": "digest", "value": vm.digest() }));
    Ok(Reply::Data(Value::Array(rows)))
}

/// PUT: answers when it is done.
pub(super) fn update(world: &mut World, call: &Call) -> Handled {
    let change = change(world, call)?;
    let work = Work::Config(Box::new(ConfigWork { vmid: call.vmid(), change }));
    world.start_call(&call.node, &call.who, work, call.id);
    Ok(Reply::Later)
}

/// POST: a task; with `background_delay` the call waits that many seconds for it.
pub(super) fn update_in_background(world: &mut World, call: &Call) -> Handled {
    let change = change(world, call)?;
    let vmid = call.vmid();
    let work = Work::Config(Box::new(ConfigWork { vmid, change }));
    match call.number("background_delay") {
        Some(seconds) => {
            let place = (call.node.as_str(), &call.who);
            world.start_task_waiting(place, ("qmconfig", &vmid.to_string()), work, call.id, seconds * 1000);
            Ok(Reply::Later)
        }
        None => super::upid(world.start_task(&call.node, &call.who, "qmconfig", &vmid.to_string(), work)),
    }
}

/// `PUT unlink`: removing disks by another name.
pub(super) fn unlink(world: &mut World, call: &Call) -> Handled {
    let vmid = call.vmid();
    let delete: Vec<String> = split_list(call.required("idlist")).map(str::to_owned).collect();
    options::check_permissions(world, call, vmid, None, delete.iter().map(|name| (name.as_str(), None)))?;
    let change = ConfigChange { delete, force: call.flag("force"), ..ConfigChange::default() };
    check_change(vm(world, call)?, &change).map_err(ApiError::Die)?;
    world.start_call(&call.node, &call.who, Work::Config(Box::new(ConfigWork { vmid, change })), call.id);
    Ok(Reply::Later)
}

/// What a configuration call asks for, checked as far as it can be without the lock.
fn change(world: &mut World, call: &Call) -> Result<ConfigChange, ApiError> {
    let skiplock = only_root(call, "skiplock")?;
    let set = options::collect(world, call)?;
    let list =
        |name: &str| -> Vec<String> { split_list(call.get(name).unwrap_or_default()).map(str::to_owned).collect() };
    let (delete, revert) = (list("delete"), list("revert"));
    if set.is_empty() && delete.is_empty() && revert.is_empty() {
        die!("no options specified");
    }
    for (list_name, names) in [("revert", &revert), ("delete", &delete)] {
        for name in names {
            if !options::is_option(name) {
                return Err(ApiError::param(list_name, format!("unknown option '{name}'")));
            }
            if set.contains_key(name) {
                let text = format!("you can't use '-{name}' and -{list_name} {name}' at the same time");
                return Err(ApiError::param(list_name, text));
            }
        }
    }
    let vmid = call.vmid();
    let current = world.vm_on(&call.node, vmid).map(Vm::merged).unwrap_or_default();
    let deleted = delete.iter().chain(&revert).map(|name| (name.as_str(), None));
    options::check_permissions(world, call, vmid, None, deleted)?;
    // A value that does not change is no use of a bridge or a storage.
    let changed = set.iter().map(|(name, value)| (name.as_str(), Some(value.as_str())));
    let unchanged = |name: &str, value: Option<&str>| current.get(name).is_some() && current.get(name) == value;
    options::check_permissions(world, call, vmid, None, changed.filter(|(name, value)| !unchanged(name, *value)))?;
    let change = ConfigChange {
        set,
        delete,
        revert,
        force: call.flag("force"),
        digest: call.owned("digest"),
        skiplock,
        regenerate: false,
    };
    check_change(vm(world, call)?, &change).map_err(ApiError::Die)?;
    Ok(change)
}

/// Everything but the schema is checked in the task.
pub(super) fn resize(world: &mut World, call: &Call) -> Handled {
    let vmid = call.vmid();
    let work = ResizeWork {
        vmid,
        disk: call.required("disk").to_owned(),
        size: call.required("size").to_owned(),
        digest: call.owned("digest"),
        skiplock: only_root(call, "skiplock")?,
    };
    super::upid(world.start_task(&call.node, &call.who, "resize", &vmid.to_string(), Work::Resize(work)))
}
