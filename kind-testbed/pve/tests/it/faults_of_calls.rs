//! Faults of calls, their tasks and their callers do what they say, as often and when they were ordered.

use pve_testbed::{
    Calls, Fault, Loss, Moment, Order, ProxyStatus, Tasks, Theft, Times,
    request::{Delivery, Method},
};

use crate::lab::{Lab, TEMPLATE, refused};

#[test]
fn an_answer_lost_after_the_effect_is_a_596_and_the_clone_exists() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::AnswerLost {
        on: Calls::path("/clone").method(Method::Post),
        loss: Loss::After,
        status: None,
    });
    let before = lab.world.now();
    let answer = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "101")]);
    refused(&answer, 596, "Connection timed out");
    assert_eq!(lab.world.now() - before, 30_000);
    assert_eq!(lab.config(101)["name"], "Copy-of-VM-debian-13");
    assert!(lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "102")]).is_ok(), "only one answer was lost");
}

#[test]
fn a_call_lost_before_its_effect_is_a_595_and_nothing_happened() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::AnswerLost { on: Calls::path("/clone"), loss: Loss::Before, status: None });
    refused(&lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "101")]), 595, "Connection refused");
    lab.pass(10_000);
    assert!(lab.call(Method::Get, "/cluster/nextid", &[("vmid", "101")]).is_ok());
}

#[test]
fn an_unreachable_api_gives_no_answer_at_all() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::Unreachable);
    assert_eq!(lab.get("/version").status, 0);
    lab.world.heal();
    assert!(lab.get("/version").is_ok());
}

#[test]
fn a_fault_strikes_as_often_as_ordered() {
    let mut lab = Lab::new();
    let fault = Fault::AnswerLost { on: Calls::path("/version"), loss: Loss::Before, status: None };
    lab.world.inject(Order::from(fault.clone()).times(Times::Count(2)));
    assert_eq!(lab.get("/version").status, 595);
    assert_eq!(lab.get("/version").status, 595);
    assert!(lab.get("/version").is_ok());
    let id = lab.world.arm(Order::from(fault).times(Times::Always)).unwrap().unwrap();
    for _ in 0..5 {
        assert_eq!(lab.get("/version").status, 595);
    }
    assert!(lab.world.disarm(id));
    assert!(lab.get("/version").is_ok());
    assert!(!lab.world.disarm(id));
}

#[test]
fn chance_is_drawn_from_the_seed_and_repeats() {
    let draw = || {
        let mut lab = Lab::new();
        let fault = Fault::AnswerLost { on: Calls::default(), loss: Loss::Before, status: None };
        lab.world.inject(Order::from(fault).times(Times::Always).chance(50));
        (0..40).map(|_| lab.get("/version").status).collect::<Vec<_>>()
    };
    let first = draw();
    assert_eq!(first, draw());
    assert!(first.contains(&200) && first.contains(&595), "{first:?}");
}

#[test]
fn latency_delays_an_answer_or_the_call_itself() {
    let mut lab = Lab::new();
    let slow = |loss| Fault::Latency { millis: 700, jitter: 0, loss, on: Calls::path("/pools") };
    lab.world.inject(slow(Loss::After));
    let before = lab.world.now();
    assert!(lab.post("/pools", &[("poolid", "one")]).is_ok());
    assert_eq!(lab.world.now() - before, 700);
    lab.world.inject(slow(Loss::Before));
    let request = lab.request(Method::Post, "/pools", &[("poolid", "two")]);
    lab.world.submit(request);
    let names = |lab: &mut Lab| lab.call(Method::Get, "/pools", &[]).data().as_array().unwrap().len();
    assert_eq!(names(&mut lab), 1, "the call is still on its way");
    lab.pass(700);
    assert_eq!(names(&mut lab), 2);
}

#[test]
fn the_proxy_gives_up_with_the_status_that_was_ordered() {
    let mut lab = Lab::new();
    let on = Calls::path("/pools");
    let status = Some(ProxyStatus::Redirections);
    lab.world.inject(Fault::AnswerLost { on, loss: Loss::After, status });
    refused(&lab.post("/pools", &[("poolid", "one")]), 599, "Too many redirections");
    assert_eq!(lab.get("/pools").data().as_array().unwrap().len(), 1);
}

#[test]
fn without_pvedaemon_only_protected_calls_fail() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.world.inject(Fault::PvedaemonDown { node: "pve1".into() });
    refused(&lab.get(&Lab::vm(101, "/status/current")), 595, "Connection refused");
    refused(&lab.put(&Lab::vm(101, "/config"), &[("cores", "2")]), 595, "Connection refused");
    for path in ["/version", "/cluster/resources", "/cluster/nextid", "/nodes/pve1/qemu/101/config"] {
        assert!(lab.get(path).is_ok(), "{path}");
    }
    lab.world.heal();
    assert!(lab.get(&Lab::vm(101, "/status/current")).is_ok());
}

#[test]
fn a_killed_worker_breaks_the_pipe_of_a_call_that_waited() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.world.inject(Fault::GuestDeaf { vmid: 101 });
    lab.post(&Lab::vm(101, "/status/shutdown"), &[("timeout", "60")]);
    lab.pass(100);
    let on = Calls::path("/config").method(Method::Put);
    lab.world.inject(Fault::WorkerKilled { on: on.clone(), loss: Loss::After });
    refused(&lab.put(&Lab::vm(101, "/config"), &[("cores", "2")]), 596, "Broken pipe");
    assert_eq!(lab.config(101)["cores"], 1);
    lab.world.inject(Fault::WorkerKilled { on: Calls::path("/pools"), loss: Loss::After });
    refused(&lab.post("/pools", &[("poolid", "made")]), 596, "Broken pipe");
    assert_eq!(lab.get("/pools").data()[0]["poolid"], "made");
}

#[test]
fn a_connection_is_reset_before_the_effect_or_in_the_answer() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::ConnectionReset { on: Calls::default(), loss: Loss::Before });
    let answer = lab.post("/pools", &[("poolid", "one")]);
    assert_eq!((answer.status, answer.delivery), (0, Delivery::Reset));
    lab.world.inject(Fault::ConnectionReset { on: Calls::default(), loss: Loss::After });
    let answer = lab.post("/pools", &[("poolid", "one")]);
    assert_eq!((answer.status, answer.delivery), (200, Delivery::Cut));
}

#[test]
fn a_task_fails_with_the_ordered_text_and_cleans_up() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::TaskError { on: Tasks::of("qmclone", 3), text: "clone failed: disk on fire".into() });
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "101")]);
    assert_eq!(lab.wait(&clone), "clone failed: disk on fire");
    assert!(lab.call(Method::Get, "/cluster/nextid", &[("vmid", "101")]).is_ok());
    lab.clone_vm(101);
}

#[test]
fn a_task_of_one_guest_ends_with_warnings() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.clone_vm(102);
    let on = Tasks { vmid: Some(102), ..Tasks::of("qmdestroy", 1) };
    lab.world.inject(Fault::TaskWarnings { on, count: 2 });
    let first = lab.delete(&Lab::vm(101, ""), &[]);
    assert_eq!(lab.wait(&first), "OK");
    let second = lab.delete(&Lab::vm(102, ""), &[]);
    assert_eq!(lab.wait(&second), "WARNINGS: 2");
}

#[test]
fn a_number_is_stolen_before_the_call_or_before_its_task() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::VmidStolen { vmid: Some(101), node: None, moment: Theft::Call });
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "101")]);
    refused(&clone, 500, "unable to create VM 101: config file already exists");
    lab.world.inject(Fault::VmidStolen { vmid: None, node: Some("pve2".into()), moment: Theft::Task });
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "102")]);
    let text = "close (rename) atomic file '/etc/pve/nodes/pve1/qemu-server/102.conf' failed: File exists";
    assert_eq!(lab.wait(&clone), text);
    assert_eq!(lab.get("/nodes/pve2/qemu/102/config").data()["name"], "somebody-elses");
}

#[test]
fn a_clone_under_way_cannot_write_when_quorum_goes() {
    let mut lab = Lab::new();
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "101")]);
    lab.pass(200);
    lab.world.inject(Fault::QuorumLost);
    let exit = lab.wait(&clone);
    assert!(exit.starts_with("unable to open file '/etc/pve/nodes/pve1/qemu-server/101.conf.tmp."), "{exit}");
    assert!(exit.ends_with("' - Permission denied"), "{exit}");
    assert_eq!(lab.config(101)["lock"], "clone", "nothing could be cleaned up");
}

#[test]
fn a_token_expires_and_an_acl_goes() {
    let mut lab = Lab::new();
    let operator = lab.world.least_privilege_token("lab");
    let root = std::mem::replace(&mut lab.token, operator.token);
    assert!(!lab.get("/cluster/resources").data().as_array().unwrap().is_empty());
    lab.world.inject(Fault::AclLost { authid: "slipway@pve".into() });
    let rows = lab.get("/cluster/resources").data().clone();
    assert!(rows.as_array().unwrap().iter().all(|row| row["type"] == "node"), "{rows}");
    lab.world.inject(Fault::TokenExpired { authid: operator.authid });
    refused(&lab.get("/cluster/resources"), 401, "Authentication failed!");
    lab.token = root;
    assert!(lab.get("/cluster/resources").is_ok());
}

#[test]
fn planned_faults_wait_for_their_time_their_call_or_their_task() {
    let mut lab = Lab::new();
    let quiet = Order::from(Fault::Unreachable).lasts(1_000);
    lab.world.plan(Moment::At(5_000), quiet);
    lab.world.plan(Moment::Call(Calls::path("/pools")), Fault::ForeignVm { node: "pve1".into(), vmid: 4000 });
    lab.world.plan(Moment::Task(Tasks::of("qmclone", 2)), Fault::NodeDown { node: "pve2".into() });
    assert_eq!(lab.world.plans().len(), 3);
    assert!(lab.call(Method::Get, "/cluster/nextid", &[("vmid", "4000")]).is_ok());
    lab.get("/pools");
    assert_eq!(lab.config(4000)["name"], "somebody-elses");
    lab.clone_vm(101);
    refused(&lab.get("/nodes/pve2/status"), 595, "No route to host");
    lab.pass(5_000u64.saturating_sub(lab.world.now()));
    assert_eq!(lab.get("/version").status, 0);
    lab.pass(1_000);
    assert!(lab.get("/version").is_ok());
    assert!(lab.world.plans().is_empty());
}

#[test]
fn a_fault_that_cannot_be_says_why() {
    let mut lab = Lab::new();
    let error = |lab: &mut Lab, fault| lab.world.arm(fault).unwrap_err();
    assert_eq!(error(&mut lab, Fault::GuestOff { vmid: 4 }), "there is no VM 4");
    let full = Fault::StorageFull { storage: "nas".into(), node: None };
    assert_eq!(error(&mut lab, full), "there is no storage 'nas'; known: data, local, local-lvm");
    let stolen = Fault::AclLost { authid: "who@pve".into() };
    assert_eq!(error(&mut lab, stolen), "there is no user or token 'who@pve'");
    let here = Fault::HandMove { vmid: TEMPLATE, node: "pve1".into() };
    assert_eq!(error(&mut lab, here), "VM 9003 is on pve1 already");
}
