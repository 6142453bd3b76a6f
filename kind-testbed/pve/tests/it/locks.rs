//! Two kinds of locks: the flock a worker holds, and the word it writes into the configuration.

use pve_testbed::{Fault, Tasks, request::Method};

use crate::lab::{Lab, TEMPLATE, refused};

#[test]
fn a_change_waits_ten_seconds_behind_a_shutdown_and_then_gives_up() {
    let mut lab = Lab::new();
    lab.empty_vm(300);
    let start = lab.post(&Lab::vm(300, "/status/start"), &[]);
    lab.wait(&start);
    let shutdown = lab.post(&Lab::vm(300, "/status/shutdown"), &[("timeout", "120")]);
    let shutdown = shutdown.data().as_str().unwrap().to_owned();
    lab.pass(100);
    let log = lab.task_log(&shutdown);
    assert_eq!(log, ["no content"]);
    let before = lab.world.now();
    let answer = lab.put(&Lab::vm(300, "/config"), &[("name", "later")]);
    refused(&answer, 500, "can't lock file '/var/lock/qemu-server/lock-300.conf' - got timeout");
    assert_eq!(lab.world.now() - before, 10_000);

    let stop = lab.post(&Lab::vm(300, "/status/stop"), &[]);
    let stop = stop.data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&stop), "can't lock file '/var/lock/qemu-server/lock-300.conf' - got timeout");
    assert_eq!(lab.task_log(&stop)[0], "trying to acquire lock...");

    let overrule = lab.post(&Lab::vm(300, "/status/stop"), &[("overrule-shutdown", "1")]);
    let overrule = overrule.data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&overrule), "OK");
    assert_eq!(lab.task_log(&overrule)[0], format!("overruled qmshutdown tasks: {shutdown}"));
    assert_eq!(lab.wait_upid(&shutdown), "received interrupt");
}

#[test]
fn actions_posted_during_a_clone_wait_for_its_flock_and_then_run() {
    let mut lab = Lab::new();
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "498"), ("full", "1")]);
    lab.pass(100);
    let start = lab.post(&Lab::vm(498, "/status/start"), &[]);
    lab.pass(10);
    let delete = lab.delete(&Lab::vm(498, ""), &[]);
    let delete = delete.data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait(&clone), "OK");
    assert_eq!(lab.wait(&start), "OK");
    assert_eq!(lab.wait_upid(&delete), "VM 498 is running - destroy failed");
    let expected = ["trying to acquire lock...", " OK", "TASK ERROR: VM 498 is running - destroy failed"];
    assert_eq!(lab.task_log(&delete), expected);
}

#[test]
fn a_template_that_is_being_changed_cannot_be_cloned_within_a_second() {
    let mut lab = Lab::new();
    // Importing a disk in the background holds the flock for seconds.
    let import = [("scsi1", "local-lvm:0,import-from=local-lvm:base-9003-disk-0")];
    let change = lab.post(&Lab::vm(TEMPLATE, "/config"), &import);
    lab.pass(100);
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "101")]);
    assert_eq!(lab.wait(&clone), "can't lock file '/var/lock/qemu-server/lock-9003.conf' - got timeout");
    assert_eq!(lab.wait(&change), "OK");
}

#[test]
fn a_vm_that_starts_meanwhile_does_not_become_a_template() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    lab.pass(1_000);
    let template = lab.post(&Lab::vm(101, "/template"), &[]);
    assert_eq!(lab.wait(&start), "OK");
    assert_eq!(lab.wait(&template), "you can't convert a VM to template if VM is running");
}

#[test]
fn a_start_right_after_a_stop_waits_for_the_cleanup() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let stop = lab.post(&Lab::vm(101, "/status/stop"), &[]);
    lab.pass(840);
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "stopped");
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    let start = start.data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait(&stop), "OK");
    assert_eq!(lab.wait_upid(&start), "OK");
    assert_eq!(lab.task_log(&start), ["trying to acquire lock...", " OK", "generating cloud-init ISO", "TASK OK"]);
}

#[test]
fn a_killed_clone_leaves_its_lock_and_its_volume() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::WorkerDeath { on: Tasks::of("qmclone", 4) });
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "496"), ("full", "1"), ("name", "killed")]);
    assert_eq!(lab.wait(&clone), "unexpected status");
    let config = lab.config(496);
    assert_eq!((config["lock"].as_str(), config["name"].as_str()), (Some("clone"), Some("killed")));
    assert!(config["ide2"].is_string() && config["scsi0"].is_null());
    assert!(lab.get("/nodes/pve1/storage/local-lvm/content").data().to_string().contains("vm-496-disk-0"));
    let delete = lab.delete(&Lab::vm(496, ""), &[]);
    assert_eq!(lab.wait(&delete), "VM is locked (clone)");
    // Only the login of root can go past the lock.
    let ticket = lab.world.call(
        pve_testbed::request::Request::new(Method::Post, "/access/ticket")
            .with("username", "root@pam")
            .with("password", "pvetest"),
    );
    let mut request = lab.request(Method::Delete, &Lab::vm(496, ""), &[("skiplock", "1")]);
    request.credential = pve_testbed::request::Credential::Ticket {
        ticket: ticket.data()["ticket"].as_str().unwrap().into(),
        csrf: ticket.data()["CSRFPreventionToken"].as_str().map(Into::into),
    };
    let delete = lab.world.call(request);
    assert_eq!(lab.wait(&delete), "OK");
    let content = lab.get("/nodes/pve1/storage/local-lvm/content").data().to_string();
    assert!(content.contains("vm-496-disk-0"), "what no configuration names is an orphan");
}

#[test]
fn a_hibernated_vm_is_locked_until_it_is_started_again() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let suspend = lab.post(&Lab::vm(101, "/status/suspend"), &[("todisk", "1")]);
    assert!(suspend.data().as_str().unwrap().contains(":qmsuspend:"));
    assert_eq!(lab.wait(&suspend), "OK");
    let status = lab.get(&Lab::vm(101, "/status/current")).data().clone();
    assert_eq!((status["status"].as_str(), status["lock"].as_str()), (Some("stopped"), Some("suspended")));
    refused(&lab.put(&Lab::vm(101, "/config"), &[("cores", "2")]), 500, "VM is locked (suspended)");
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "OK");
    assert!(lab.config(101)["lock"].is_null() && lab.config(101)["vmstate"].is_null());
}

#[test]
fn a_fourth_slow_call_waits_for_one_of_three_workers_and_fast_reads_do_not() {
    let mut lab = Lab::new();
    for vmid in [300, 301, 302, 303, 304] {
        lab.empty_vm(vmid);
    }
    let start = lab.post(&Lab::vm(300, "/status/start"), &[]);
    lab.wait(&start);
    let shutdown = lab.post(&Lab::vm(300, "/status/shutdown"), &[("timeout", "120")]);
    assert!(shutdown.is_ok());
    lab.pass(100);
    let before = lab.world.now();
    let slow: Vec<_> = (0..3)
        .map(|_| {
            let request = lab.request(Method::Put, &Lab::vm(300, "/config"), &[("name", "later")]);
            lab.world.submit(request)
        })
        .collect();
    let queued = {
        let request = lab.request(Method::Put, &Lab::vm(301, "/config"), &[("name", "free")]);
        lab.world.submit(request)
    };
    let read = {
        let request = lab.request(Method::Get, &Lab::vm(301, "/config"), &[]);
        lab.world.submit(request)
    };
    let quick = lab.world.advance(before + 100);
    assert_eq!(quick.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [read]);
    let mut answers = lab.world.advance(before + 10_500);
    answers.sort_by_key(|(id, _)| *id);
    let order: Vec<_> = answers.iter().map(|(id, answer)| (*id, answer.status)).collect();
    assert_eq!(order, [(slow[0], 500), (slow[1], 500), (slow[2], 500), (queued, 200)]);
}
