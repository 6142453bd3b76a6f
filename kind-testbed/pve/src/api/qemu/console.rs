//! Consoles: the ticket of a VNC or terminal proxy, the QEMU monitor and keys. A ticket holds for ten seconds, for the
//! VM and the port it was made for.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Call, Handled, Reply, only_root, vm, vm_path};
use crate::{
    api::auth,
    error::{ApiError, die},
    model::vm::{Run, Vm},
    world::{
        World,
        work::{ConsoleWork, Work},
    },
};

/// A proxy's ticket and the port it listens on.
struct Proxy {
    port: u16,
    password: String,
    /// `PVEVNC:…`; a VNC client is given it with the password in front.
    plain: String,
    upid: String,
}

/// The lowest port that no other proxy waits on.
fn free_port(world: &World, call: &Call) -> u16 {
    let taken = world.console_ports(&call.node);
    (5900..6000).find(|port| !taken.contains(port)).unwrap_or(5999)
}

/// A terminal takes a program of its own on the node.
fn open_terminal(world: &mut World, call: &Call) -> Result<Proxy, ApiError> {
    if world.nodes.get(&call.node).is_some_and(|node| node.terminals) {
        return Ok(open(world, call));
    }
    die!("Timeout while waiting for port '{}' to get ready!", free_port(world, call))
}

fn open(world: &mut World, call: &Call) -> Proxy {
    let vmid = call.vmid();
    let port = free_port(world, call);
    let password = world.random_password();
    let plain = auth::console_ticket(world, &vm_path(vmid), port);
    let work = Work::Console(ConsoleWork { vmid, port, connected: false });
    let upid = world.start_task(&call.node, &call.who, "vncproxy", &vmid.to_string(), work);
    Proxy { port, password, plain, upid }
}

/// A VNC console. With a serial display it is a terminal, and takes a websocket.
pub(super) fn vnc_proxy(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let serial = vm.config.get("vga").is_some_and(|vga| vga.starts_with("serial"));
    if !serial && vm.run.is_none() {
        die!("VM {} not running", call.vmid());
    }
    if serial && !call.flag("websocket") {
        die!("only websocket mode supported for serial terminals");
    }
    let proxy = if serial { open_terminal(world, call)? } else { open(world, call) };
    Ok(Reply::Data(json!({
        "user": call.who.authid(), "port": proxy.port.to_string(), "upid": proxy.upid,
        "ticket": format!("{}:{}", proxy.password, proxy.plain), "cert": world.certificate(), "password": proxy.password,
    })))
}

/// A terminal on the display or a serial port.
pub(super) fn term_proxy(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let display = vm.config.get("vga").and_then(|vga| vga.split(',').next());
    let Some(port) = call.get("serial").or_else(|| display.filter(|name| name.starts_with("serial"))) else {
        die!("unable to find a serial interface");
    };
    if !vm.config.contains(port) {
        die!("unable to find serial interface '{port}'");
    }
    let proxy = open_terminal(world, call)?;
    let user = call.who.authid();
    Ok(Reply::Data(json!({ "user": user, "ticket": proxy.plain, "port": proxy.port.to_string(), "upid": proxy.upid })))
}

/// SPICE needs a display that speaks it.
pub(super) fn spice_proxy(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let vmid = call.vmid();
    if vm.run.is_none() {
        die!("VM {vmid} not running");
    }
    if !vm.config.get("vga").is_some_and(|vga| vga.starts_with("qxl")) {
        die!("VM {vmid} qmp command 'query-spice' failed - The command query-spice has not been found");
    }
    let (password, seconds) = (world.random_password(), world.unix_now());
    let title = format!("VM {vmid} - {}", vm_title(world, call));
    let proxy = call.get("proxy").map_or_else(|| call.node.clone(), str::to_owned);
    Ok(Reply::Data(json!({
        "type": "spice", "title": title, "host": format!("pvespiceproxy:{seconds:08X}:{vmid}:{}::ticket", call.node),
        "proxy": format!("http://{proxy}:3128"), "tls-port": 61_000, "password": password, "ca": world.certificate(),
        "host-subject": format!("OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN={}", call.node),
        "delete-this-file": 1, "secure-attention": "Ctrl+Alt+Ins", "toggle-fullscreen": "Shift+F11",
        "release-cursor": "Ctrl+Alt+R",
    })))
}

fn vm_title(world: &World, call: &Call) -> String {
    vm(world, call).map(|vm| vm.display_name(call.vmid())).unwrap_or_default()
}

/// The upgrade itself: what the HTTP layer needs to know is whether the ticket is good.
pub(super) fn websocket(world: &mut World, call: &Call) -> Handled {
    let port = call.number("port").and_then(|port| u16::try_from(port).ok()).unwrap_or_default();
    let ticket = call.required("vncticket");
    let (_, plain) =
        ticket.split_once(":PVEVNC:").map_or(("", ""), |(password, _)| (password, &ticket[password.len() + 1..]));
    if !auth::console_ticket_holds(world, plain, &vm_path(call.vmid()), port) {
        return Err(ApiError::Unauthorized("permission denied - invalid PVEVNC ticket".to_owned()));
    }
    world.connect_console(&call.node, port);
    Ok(Reply::Data(json!({ "port": port.to_string() })))
}

/// A line for QEMU's monitor. Those that change something take `Sys.Modify` on `/`.
pub(super) fn monitor(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let line = call.required("command").trim();
    let name = line.split_whitespace().next().unwrap_or_default();
    if !matches!(name, "info" | "help" | "?") {
        world.require(&call.who, "/", "Sys.Modify")?;
    }
    let Some(run) = &vm.run else { die!("VM {} not running", call.vmid()) };
    Ok(Reply::Data(Value::from(monitor_answer(vm, run, line))))
}

fn monitor_answer(vm: &Vm, run: &Run, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["info", "status"] if run.io_error => "VM status: paused (io-error)\r\n".to_owned(),
        ["info", "status"] if run.prelaunch => "VM status: paused (prelaunch)\r\n".to_owned(),
        ["info", "status"] if run.paused => "VM status: paused\r\n".to_owned(),
        ["info", "status"] => "VM status: running\r\n".to_owned(),
        ["info", "version"] => "10.2.2 (pve-qemu-kvm_10.2.2-1)\r\n".to_owned(),
        ["info", "name"] => vm.config.get("name").map(|name| format!("{name}\r\n")).unwrap_or_default(),
        ["info", "balloon"] => format!("balloon: actual={} max_mem={0}\r\n", vm.config.memory_mib()),
        ["info", "cpus"] => {
            let line = |cpu: u64| format!("* CPU #{cpu}: thread_id={}\r\n", u64::from(run.pid) + 10 + cpu);
            (0..vm.config.cpus()).map(line).collect::<Vec<_>>().concat()
        }
        ["info" | "help" | "?" | "system_powerdown" | "system_reset" | "cont" | "stop" | "sendkey", ..] => {
            String::new()
        }
        _ => format!("unknown command: '{}'\r\n", words.first().unwrap_or(&"")),
    }
}

pub(super) fn send_key(world: &mut World, call: &Call) -> Handled {
    only_root(call, "skiplock")?;
    let vm = vm(world, call)?;
    if vm.run.is_none() {
        die!("VM {} not running", call.vmid());
    }
    let key = call.required("key");
    let known = |part: &str| {
        !part.is_empty() && part.len() <= 12 && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if !key.split('-').all(known) {
        die!("sendkey error: invalid parameter: {key}");
    }
    Ok(Reply::NULL)
}

impl World {
    /// Eight printable characters.
    fn random_password(&mut self) -> String {
        let bytes = self.random().to_le_bytes();
        bytes.iter().map(|byte| char::from(b'!' + byte % 94)).map(|c| if c == ':' { ';' } else { c }).collect()
    }

    /// The certificate of the cluster's authority, as far as the world knows it.
    fn certificate(&self) -> String {
        let body = STANDARD.encode(format!("{:016x}", self.settings.secret).repeat(12));
        let lines: Vec<String> =
            body.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }
}
