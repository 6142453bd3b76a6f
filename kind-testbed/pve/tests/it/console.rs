//! Consoles, the monitor and keys.

use pve_testbed::request::Method;

use crate::lab::{Lab, refused};

#[test]
fn a_console_ticket_opens_its_own_vm_and_port_for_a_while() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.running_vm(102);
    let answer = lab.post(&Lab::vm(101, "/vncproxy"), &[("websocket", "1"), ("generate-password", "1")]);
    let data = answer.data().clone();
    let text = |name: &str| data[name].as_str().unwrap().to_owned();
    let (port, ticket) = (text("port"), text("ticket"));
    assert!(ticket.starts_with(&format!("{}:PVEVNC:", text("password"))), "{ticket}");
    assert!(text("upid").contains(":vncproxy:101:") && text("cert").starts_with("-----BEGIN CERTIFICATE-----"));

    let mut open = |vmid, ticket: &str| {
        let params = [("port", port.as_str()), ("vncticket", ticket)];
        lab.call(Method::Get, &Lab::vm(vmid, "/vncwebsocket"), &params)
    };
    assert_eq!(open(101, &ticket).data()["port"], port.as_str());
    refused(&open(102, &ticket), 401, "permission denied - invalid PVEVNC ticket");
    refused(&open(101, "PVEVNC:AAAA"), 401, "permission denied - invalid PVEVNC ticket");
    lab.pass(60_000);
    let params = [("port", port.as_str()), ("vncticket", ticket.as_str())];
    let late = lab.call(Method::Get, &Lab::vm(101, "/vncwebsocket"), &params);
    refused(&late, 401, "permission denied - invalid PVEVNC ticket");
}

#[test]
fn a_proxy_that_nobody_connects_to_gives_up() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let answer = lab.post(&Lab::vm(101, "/vncproxy"), &[("websocket", "1")]);
    let second = lab.post(&Lab::vm(101, "/vncproxy"), &[("websocket", "1")]);
    assert_ne!(answer.data()["port"], second.data()["port"]);
    let upid = answer.data()["upid"].as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&upid), "connection timed out");
}

#[test]
fn a_terminal_needs_a_serial_port() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let answer = lab.post(&Lab::vm(101, "/termproxy"), &[]);
    assert!(answer.data()["ticket"].as_str().unwrap().starts_with("PVEVNC:"), "{answer:?}");
    lab.empty_vm(300);
    refused(&lab.post(&Lab::vm(300, "/termproxy"), &[]), 500, "unable to find a serial interface");
    let spice = lab.post(&Lab::vm(101, "/spiceproxy"), &[]);
    let text = "VM 101 qmp command 'query-spice' failed - The command query-spice has not been found";
    refused(&spice, 500, text);
}

#[test]
fn the_monitor_and_keys_need_a_running_vm() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let answer = lab.post(&Lab::vm(101, "/monitor"), &[("command", "info status")]);
    assert_eq!(answer.data(), "VM status: running\r\n");
    assert!(lab.put(&Lab::vm(101, "/sendkey"), &[("key", "ctrl-alt-delete")]).is_ok());
    lab.empty_vm(300);
    refused(&lab.post(&Lab::vm(300, "/monitor"), &[("command", "info status")]), 500, "VM 300 not running");
    refused(&lab.put(&Lab::vm(300, "/sendkey"), &[("key", "a")]), 500, "VM 300 not running");
}
