//! The guest agent: what a guest knows about itself, commands, files, frozen file systems.

use pve_testbed::request::Method;
use serde_json::{Value, json};

use crate::lab::{Lab, refused};

fn agent(lab: &mut Lab, method: Method, command: &str, params: &[(&str, &str)]) -> Value {
    let answer = lab.call(method, &Lab::vm(101, &format!("/agent/{command}")), params);
    assert!(answer.is_ok(), "{command}: {answer:?}");
    answer.data().clone()
}

/// Runs a command to its end.
fn run(lab: &mut Lab, command: &[&str]) -> Value {
    let params: Vec<(&str, &str)> = command.iter().map(|part| ("command", *part)).collect();
    let pid = agent(lab, Method::Post, "exec", &params)["pid"].to_string();
    loop {
        let status = agent(lab, Method::Get, "exec-status", &[("pid", &pid)]);
        if status["exited"] == 1 {
            return status;
        }
        lab.pass(500);
    }
}

fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let set = [("name", "web.example.org"), ("ciuser", "alice"), ("sshkeys", "ssh-ed25519%20AAAAC3Nz%20a%40b")];
    assert!(lab.put(&Lab::vm(101, "/config"), &set).is_ok());
    let answer = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&answer), "OK");
    lab.pass(11_000);
    lab
}

#[test]
fn a_guest_is_what_its_cloud_init_drive_made_it() {
    let mut lab = lab();
    assert_eq!(agent(&mut lab, Method::Get, "get-host-name", &[])["result"]["host-name"], "web");
    let uname = run(&mut lab, &["uname", "-a"]);
    assert!(uname["out-data"].as_str().unwrap().starts_with("Linux web 6.12."), "{uname}");
    assert_eq!((&uname["exitcode"], &uname["out-truncated"]), (&json!(0), &json!(0)));
    let keys = agent(&mut lab, Method::Get, "file-read", &[("file", "/home/alice/.ssh/authorized_keys")]);
    assert_eq!(keys["content"], "ssh-ed25519 AAAAC3Nz a@b");
    let password = [("username", "alice"), ("password", "secret-1")];
    assert_eq!(agent(&mut lab, Method::Post, "set-user-password", &password), json!({ "result": {} }));
    let stranger =
        lab.post(&Lab::vm(101, "/agent/set-user-password"), &[("username", "bob"), ("password", "secret-1")]);
    assert_eq!(stranger.status, 500);
}

#[test]
fn a_result_is_told_once() {
    let mut lab = lab();
    let pid = agent(&mut lab, Method::Post, "exec", &[("command", "hostname")])["pid"].to_string();
    assert_eq!(agent(&mut lab, Method::Get, "exec-status", &[("pid", &pid)])["out-data"], "web\n");
    let again = lab.call(Method::Get, &Lab::vm(101, "/agent/exec-status"), &[("pid", &pid)]);
    refused(&again, 500, "Agent error: PID ld does not exist");
}

#[test]
fn a_slow_command_has_not_exited_yet() {
    let mut lab = lab();
    let pid = agent(&mut lab, Method::Post, "exec", &[("command", "sleep"), ("command", "3")])["pid"].to_string();
    assert_eq!(agent(&mut lab, Method::Get, "exec-status", &[("pid", &pid)]), json!({ "exited": 0 }));
    lab.pass(3_000);
    assert_eq!(agent(&mut lab, Method::Get, "exec-status", &[("pid", &pid)])["exited"], 1);
}

#[test]
fn a_program_that_is_not_there_is_the_agents_error() {
    let mut lab = lab();
    let answer = lab.post(&Lab::vm(101, "/agent/exec"), &[("command", "nosuch")]);
    assert_eq!(answer.status, 500);
    assert!(answer.reason.contains("Failed to execute child process \u{201c}nosuch\u{201d}"), "{answer:?}");
    let script = run(&mut lab, &["sh", "-c", "echo one; nosuch"]);
    assert_eq!((&script["out-data"], &script["exitcode"]), (&json!("one\n"), &json!(127)));
}

#[test]
fn a_file_that_was_written_is_read_back_after_a_reboot() {
    let mut lab = lab();
    let missing = lab.call(Method::Get, &Lab::vm(101, "/agent/file-read"), &[("file", "/etc/motd")]);
    let text = "Agent error: failed to open file '/etc/motd' (mode: 'r'): No such file or directory";
    refused(&missing, 500, text);
    let write = [("file", "/etc/motd"), ("content", "hello\n")];
    assert_eq!(agent(&mut lab, Method::Post, "file-write", &write), Value::Null);
    let answer = lab.post(&Lab::vm(101, "/status/reboot"), &[]);
    lab.wait(&answer);
    lab.pass(20_000);
    assert_eq!(agent(&mut lab, Method::Get, "file-read", &[("file", "/etc/motd")])["content"], "hello\n");
    assert_eq!(run(&mut lab, &["cat", "/etc/motd"])["out-data"], "hello\n");
}

#[test]
fn a_frozen_guest_runs_nothing() {
    let mut lab = lab();
    assert_eq!(agent(&mut lab, Method::Post, "fsfreeze-freeze", &[])["result"], 1);
    assert_eq!(agent(&mut lab, Method::Post, "fsfreeze-status", &[])["result"], "frozen");
    let refused_exec = lab.post(&Lab::vm(101, "/agent/exec"), &[("command", "hostname")]);
    let text = "Agent error: Command guest-exec has been disabled: the agent is in frozen state";
    refused(&refused_exec, 500, text);
    assert_eq!(agent(&mut lab, Method::Post, "fsfreeze-thaw", &[])["result"], 1);
    assert_eq!(run(&mut lab, &["whoami"])["out-data"], "root\n");
}

#[test]
fn a_guest_told_to_shut_down_ends_in_a_while() {
    let mut lab = lab();
    agent(&mut lab, Method::Post, "shutdown", &[]);
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "running");
    lab.pass(6_000);
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "stopped");
}

#[test]
fn every_reading_command_is_answered() {
    let mut lab = lab();
    for command in [
        "info",
        "get-osinfo",
        "get-fsinfo",
        "get-users",
        "get-time",
        "get-timezone",
        "get-vcpus",
        "get-memory-blocks",
        "get-memory-block-info",
        "network-get-interfaces",
    ] {
        assert!(!agent(&mut lab, Method::Get, command, &[])["result"].is_null(), "{command}");
    }
    let by_name = lab.post(&Lab::vm(101, "/agent"), &[("command", "get-time")]);
    assert!(by_name.data()["result"].is_u64(), "{by_name:?}");
}
