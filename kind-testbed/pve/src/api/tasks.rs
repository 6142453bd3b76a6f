//! Task lists, status, log and abort.

use serde_json::{Value, json};

use super::{Call, Handled, Reply};
use crate::{
    error::ApiError,
    model::task::{Task, Upid},
    world::World,
};

/// A node shows its running tasks and so many finished ones that it is 25 in all.
const CLUSTER_LIMIT: usize = 25;

pub(super) fn of_node(world: &mut World, call: &Call) -> Handled {
    let all = world.allowed(&call.who, &format!("/nodes/{}", call.node), "Sys.Audit");
    let source = call.get("source").unwrap_or("archive");
    let matches = |task: &&Task| {
        let upid = &task.upid;
        let of_source = match source {
            "active" => task.running(),
            "archive" => !task.running(),
            _ => true,
        };
        let failed = task.outcome.as_ref().is_some_and(|outcome| !is_success(&outcome.exit));
        let status = |wanted: &str| match (&task.outcome, wanted) {
            (None, _) => false,
            (Some(outcome), "ok") => outcome.exit == "OK",
            (Some(outcome), "warning") => outcome.exit.starts_with("WARNINGS"),
            (Some(outcome), "error") => !is_success(&outcome.exit) && outcome.exit != "unexpected status",
            (Some(outcome), _) => outcome.exit == "unexpected status",
        };
        upid.node == call.node
            && of_source
            && (all || owns(call, upid))
            && (!call.flag("errors") || failed)
            && call.get("vmid").is_none_or(|vmid| upid.id == vmid)
            && call.get("typefilter").is_none_or(|kind| upid.kind == kind)
            && call.get("userfilter").is_none_or(|user| upid.owner.authid().contains(user))
            && call.number("since").is_none_or(|since| upid.starttime >= since)
            && call.number("until").is_none_or(|until| upid.starttime <= until)
            && call.get("statusfilter").is_none_or(|list| crate::schema::split_list(list).any(status))
    };
    let found: Vec<&Task> = world.tasks.values().rev().map(AsRef::as_ref).filter(matches).collect();
    let start = to_usize(call.number("start").unwrap_or(0));
    let limit = to_usize(call.number("limit").unwrap_or(50));
    let rows: Vec<Value> = found.iter().skip(start).take(limit).map(|task| task.row_json()).collect();
    Ok(Reply::Counted(Value::Array(rows), found.len()))
}

pub(super) fn of_cluster(world: &mut World, call: &Call) -> Handled {
    if !world.allowed(&call.who, "/", "Sys.Audit") {
        return Ok(Reply::Data(json!([])));
    }
    let mut rows = Vec::new();
    for node in world.nodes.keys() {
        let tasks = || world.tasks.values().rev().filter(|task| task.upid.node == *node);
        let running: Vec<&Task> = tasks().filter(|task| task.running()).map(AsRef::as_ref).collect();
        let finished = tasks().filter(|task| !task.running()).take(CLUSTER_LIMIT.saturating_sub(running.len()));
        rows.extend(running.iter().map(|task| cluster_row(task)));
        rows.extend(finished.map(|task| cluster_row(task)));
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row["starttime"].as_u64()));
    Ok(Reply::Data(Value::Array(rows)))
}

/// As in a node's list, without the process, and with `saved` as text.
fn cluster_row(task: &Task) -> Value {
    let mut row = task.row_json();
    if let Some(row) = row.as_object_mut() {
        row.remove("pid");
        row.remove("pstart");
        if task.running() {
            row.remove("status");
        }
        row.insert("saved".to_owned(), json!(if task.running() { "0" } else { "1" }));
    }
    row
}

/// A token sees its own tasks; a user also those of his tokens.
fn owns(call: &Call, upid: &Upid) -> bool {
    upid.owner == call.who || (call.who.token.is_none() && upid.owner.user == call.who.user)
}

fn is_success(exit: &str) -> bool {
    exit == "OK" || exit.starts_with("WARNINGS: ")
}

fn parse(call: &Call) -> Result<(Upid, String), ApiError> {
    let text = call.required("upid");
    let upid = Upid::parse(text).ok_or_else(|| ApiError::param("upid", "unable to parse worker upid"))?;
    Ok((upid, text.to_owned()))
}

fn check_owner(world: &World, call: &Call, upid: &Upid) -> Result<(), ApiError> {
    if owns(call, upid) { Ok(()) } else { world.require(&call.who, &format!("/nodes/{}", call.node), "Sys.Audit") }
}

pub(super) fn status(world: &mut World, call: &Call) -> Handled {
    let (upid, text) = parse(call)?;
    check_owner(world, call, &upid)?;
    let (_, task) = world
        .find_task(&text)
        .filter(|(_, task)| task.upid.node == call.node)
        .ok_or_else(|| ApiError::param("upid", "no such task"))?;
    Ok(Reply::Data(task.status_json()))
}

pub(super) fn log(world: &mut World, call: &Call) -> Handled {
    let (upid, text) = parse(call)?;
    check_owner(world, call, &upid)?;
    let unknown = ["unable to open file - No such file or directory".to_owned()];
    let empty = ["no content".to_owned()];
    let lines = match world.find_task(&text).filter(|(_, task)| task.upid.node == call.node) {
        None => &unknown[..],
        Some((_, task)) if task.log.is_empty() => &empty[..],
        Some((_, task)) => &task.log[..],
    };
    let start = to_usize(call.number("start").unwrap_or(0));
    let limit = match call.number("limit").unwrap_or(50) {
        0 => usize::MAX,
        limit => to_usize(limit),
    };
    let numbered = lines.iter().enumerate().skip(start).take(limit);
    let rows: Vec<Value> = numbered.map(|(index, line)| json!({ "n": index + 1, "t": line })).collect();
    Ok(Reply::Counted(Value::Array(rows), lines.len()))
}

/// SIGTERM to the worker. One's own tasks need no privilege.
pub(super) fn abort(world: &mut World, call: &Call) -> Handled {
    let (upid, text) = parse(call)?;
    if !owns(call, &upid) {
        world.require(&call.who, &format!("/nodes/{}", call.node), "Sys.Modify")?;
    }
    let process = world.find_task(&text).and_then(|(task, _)| world.process_of(task));
    if let Some(process) = process {
        world.interrupt(process);
    }
    Ok(Reply::NULL)
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
