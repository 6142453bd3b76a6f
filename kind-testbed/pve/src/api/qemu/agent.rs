//! The guest agent: configured, running and answering, in that order. What it answers comes from the cloud-init drive
//! the guest booted with.

use serde_json::{Value, json};

use super::{Call, Handled, Handler, Reply, vm};
use crate::{
    error::{ApiError, die},
    model::{
        agent::Session,
        device::Drive,
        vm::{Run, Vm},
    },
    request::Method,
    world::{World, guest},
};

/// The served commands; the older `POST agent` takes those without parameters by name.
pub(super) fn handler(method: Method, name: &str) -> Option<Handler> {
    let get = method == Method::Get;
    Some(match name {
        "exec" if !get => exec,
        "exec-status" if get => exec_status,
        "file-read" if get => file_read,
        "file-write" if !get => file_write,
        "set-user-password" if !get => set_password,
        "ping" | "fsfreeze-freeze" | "fsfreeze-status" | "fsfreeze-thaw" | "fstrim" | "shutdown" | "suspend-disk"
        | "suspend-hybrid" | "suspend-ram"
            if !get =>
        {
            plain
        }
        name if get && (name == "info" || name.starts_with("get-") || name == "network-get-interfaces") => plain,
        _ => return None,
    })
}

fn answering<'a>(world: &'a World, call: &Call) -> Result<(&'a Vm, &'a Run), ApiError> {
    let vm = vm(world, call)?;
    if !vm.config.agent_enabled() {
        die!("No QEMU guest agent configured");
    }
    let Some(run) = &vm.run else { die!("VM {} is not running", call.vmid()) };
    if !world.agent_answers(call.vmid(), vm) {
        die!("QEMU guest agent is not running");
    }
    Ok((vm, run))
}

/// A frozen guest does nothing that could write.
fn thawed<'a>(world: &'a World, call: &Call, command: &str) -> Result<&'a Vm, ApiError> {
    let (vm, run) = answering(world, call)?;
    if run.agent.frozen {
        die!("Agent error: Command guest-{command} has been disabled: the agent is in frozen state");
    }
    Ok(vm)
}

fn session<'a>(world: &'a mut World, call: &Call) -> Option<&'a mut Session> {
    world.vm_mut(call.vmid()).and_then(|vm| vm.run.as_mut()).map(|run| &mut run.agent)
}

fn result(value: &Value) -> Handled {
    Ok(Reply::Data(json!({ "result": value })))
}

/// `POST agent`: the command stands in a parameter.
pub(super) fn by_parameter(world: &mut World, call: &Call) -> Handled {
    command(world, call, call.required("command"))
}

/// The command stands in the path.
fn plain(world: &mut World, call: &Call) -> Handled {
    command(world, call, call.last_segment())
}

fn command(world: &mut World, call: &Call, name: &str) -> Handled {
    let always = matches!(name, "ping" | "info" | "fsfreeze-status" | "fsfreeze-thaw" | "fsfreeze-freeze");
    let (vm, run) = answering(world, call)?;
    if !always {
        thawed(world, call, name)?;
    }
    let value = match name {
        "ping" => json!({}),
        "info" => info(),
        "get-osinfo" => guest::os_info(vm),
        "get-host-name" => json!({ "host-name": guest::host_name(call.vmid(), vm) }),
        "network-get-interfaces" => guest::interfaces(call.vmid(), vm),
        "get-fsinfo" => file_systems(vm),
        "get-users" => json!([]),
        "get-time" => json!(world.unix_now() * 1_000_000_000),
        "get-timezone" => json!({ "zone": "UTC", "offset": 0 }),
        "get-vcpus" => (0..vm.config.cpus())
            .map(|cpu| json!({ "logical-id": cpu, "online": true, "can-offline": cpu > 0 }))
            .collect(),
        "get-memory-blocks" => (0..vm.config.memory_mib().div_ceil(128))
            .map(|block| json!({ "phys-index": block, "online": true, "can-offline": true }))
            .collect(),
        "get-memory-block-info" => json!({ "size": 128u64 << 20 }),
        "fsfreeze-status" => json!(if run.agent.frozen { "frozen" } else { "thawed" }),
        "fsfreeze-freeze" | "fsfreeze-thaw" => return freeze(world, call, name == "fsfreeze-freeze"),
        "fstrim" => json!({ "paths": [{ "path": "/", "trimmed": 0, "minimum": 0 }] }),
        "shutdown" => {
            world.schedule_shutdown(call.vmid());
            json!({})
        }
        _ => die!("Agent error: the requested suspend mode is not supported by the guest"),
    };
    result(&value)
}

/// How many file systems changed their state.
fn freeze(world: &mut World, call: &Call, frozen: bool) -> Handled {
    let Some(session) = session(world, call) else { return result(&json!(0)) };
    let changed = session.frozen != frozen;
    session.frozen = frozen;
    result(&json!(u8::from(changed)))
}

fn info() -> Value {
    let names = [
        "exec",
        "exec-status",
        "file-close",
        "file-open",
        "file-read",
        "file-write",
        "fsfreeze-freeze",
        "fsfreeze-status",
        "fsfreeze-thaw",
        "fstrim",
        "get-fsinfo",
        "get-host-name",
        "get-memory-block-info",
        "get-memory-blocks",
        "get-osinfo",
        "get-time",
        "get-timezone",
        "get-users",
        "get-vcpus",
        "info",
        "network-get-interfaces",
        "ping",
        "set-user-password",
        "shutdown",
        "sync",
        "sync-delimited",
    ];
    let commands = names.iter().map(
        |name| json!({ "name": format!("guest-{name}"), "enabled": true, "success-response": *name != "shutdown" }),
    );
    json!({ "version": "10.0.2", "supported_commands": commands.collect::<Vec<_>>() })
}

/// The root file system fills the boot disk.
fn file_systems(vm: &Vm) -> Value {
    let boot = vm.config.drives().find(|(_, drive)| !drive.is_cdrom());
    let size = boot.as_ref().and_then(|(_, drive): &(&str, Drive)| drive.size()).unwrap_or(0);
    let total = size / 100 * 97;
    let slot = boot.map_or("scsi0", |(slot, _)| slot);
    json!([{
        "name": "sda1", "mountpoint": "/", "type": "ext4", "used-bytes": total / 3, "total-bytes": total / 100 * 95,
        "total-bytes-privileged": total,
        "disk": [{
            "bus-type": "scsi", "bus": 0, "target": 0, "unit": 0, "dev": "/dev/sda1",
            "serial": format!("0QEMU_QEMU_HARDDISK_drive-{slot}"),
            "pci-controller": { "domain": 0, "bus": 1, "slot": 1, "function": 0 },
        }],
    }])
}

fn exec(world: &mut World, call: &Call) -> Handled {
    let vm = thawed(world, call, "exec")?;
    let command = call.params.get("command").cloned().unwrap_or_default();
    let input = call.get("input-data").unwrap_or_default();
    let job = world
        .run_in_guest(call.vmid(), vm, &command, input)
        .map_err(|text| ApiError::Die(format!("Agent error: {text}")))?;
    let pid = session(world, call).map_or(0, |session| session.start(job));
    Ok(Reply::Data(json!({ "pid": pid })))
}

/// The result is told once; then the agent forgets the process.
fn exec_status(world: &mut World, call: &Call) -> Handled {
    thawed(world, call, "exec-status")?;
    let now = world.now();
    let pid = call.number("pid").and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default();
    let Some(session) = session(world, call) else { return Ok(Reply::NULL) };
    let Some(job) = session.jobs.get(&pid).cloned() else {
        // The agent's own slip: the number is missing.
        die!("Agent error: PID ld does not exist");
    };
    if job.ends > now {
        return Ok(Reply::Data(json!({ "exited": 0 })));
    }
    session.jobs.remove(&pid);
    let mut out = json!({ "exited": 1, "exitcode": job.exit });
    for (name, text) in [("out", job.out), ("err", job.err)] {
        if !text.is_empty() {
            out[format!("{name}-data")] = json!(text);
            out[format!("{name}-truncated")] = json!(0);
        }
    }
    Ok(Reply::Data(out))
}

fn file_read(world: &mut World, call: &Call) -> Handled {
    let vm = thawed(world, call, "file-open")?;
    let path = call.required("file");
    let Some(text) = guest::read_file(call.vmid(), vm, path) else {
        die!("Agent error: failed to open file '{path}' (mode: 'r'): No such file or directory");
    };
    let whole = text.as_bytes();
    let start = usize::try_from(call.number("offset").unwrap_or(0)).unwrap_or(usize::MAX).min(whole.len());
    let most = usize::try_from(call.number("count").unwrap_or(16_777_216)).unwrap_or(usize::MAX);
    let end = start.saturating_add(most).min(whole.len());
    let part = &whole[start..end];
    let content =
        if call.get("decode") == Some("0") { base64(part) } else { String::from_utf8_lossy(part).into_owned() };
    let mut out = json!({ "content": content });
    if end < whole.len() {
        out["truncated"] = json!(1);
    }
    Ok(Reply::Data(out))
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}

fn file_write(world: &mut World, call: &Call) -> Handled {
    use base64::{Engine, engine::general_purpose::STANDARD};
    thawed(world, call, "file-open")?;
    let (path, content) = (call.required("file").to_owned(), call.required("content"));
    let text = if call.get("encode") == Some("0") {
        let decoded = STANDARD.decode(content).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        decoded.ok_or_else(|| ApiError::Die("Agent error: Invalid base64 data".to_owned()))?
    } else {
        content.to_owned()
    };
    if !path.starts_with('/') || path.ends_with('/') {
        die!("Agent error: failed to open file '{path}' (mode: 'wb'): No such file or directory");
    }
    if let Some(vm) = world.vm_mut(call.vmid()) {
        vm.files.insert(path, text);
    }
    Ok(Reply::NULL)
}

fn set_password(world: &mut World, call: &Call) -> Handled {
    let vm = thawed(world, call, "set-user-password")?;
    let name = call.required("username");
    if name != "root" && guest::user(vm) != Some(name) {
        die!("Agent error: Guest agent command failed, error was 'child process has failed to set user password'");
    }
    result(&json!({}))
}
