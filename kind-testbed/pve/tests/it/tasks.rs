//! Task lists and who sees them.

use pve_testbed::request::Method;

use crate::lab::{Lab, refused};

#[test]
fn a_running_task_shows_its_owner_unsplit_and_a_finished_one_split() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    let active = lab.call(Method::Get, "/nodes/pve1/tasks", &[("source", "active")]).data().clone();
    assert_eq!(active[0]["status"], "RUNNING");
    assert_eq!(active[0]["user"], "root@pam!slipway");
    let upid = start.data().as_str().unwrap().to_owned();
    let running = lab.task_status(&upid);
    assert_eq!((running["status"].as_str(), running["exitstatus"].as_str()), (Some("running"), None));
    assert_eq!((running["user"].as_str(), running["tokenid"].as_str()), (Some("root@pam"), Some("slipway")));
    lab.wait(&start);
    let list = lab.get("/nodes/pve1/tasks").data().clone();
    assert_eq!((list[0]["user"].as_str(), list[0]["status"].as_str()), (Some("root@pam"), Some("OK")));
    assert!(list[0]["endtime"].as_u64() >= list[0]["starttime"].as_u64());
}

#[test]
fn lists_are_filtered_and_counted() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let bad = lab.put("/nodes/pve1/qemu/4711/resize", &[("disk", "scsi0"), ("size", "9G")]);
    lab.wait(&bad);
    let errors = lab.call(Method::Get, "/nodes/pve1/tasks", &[("errors", "1")]).data().clone();
    assert_eq!(errors.as_array().unwrap().len(), 1);
    assert_eq!(errors[0]["type"], "resize");
    let by_type = lab.call(Method::Get, "/nodes/pve1/tasks", &[("typefilter", "qmclone"), ("limit", "1")]);
    assert_eq!(by_type.data()[0]["id"], "9003");
    let elsewhere = lab.get("/nodes/pve2/tasks");
    assert_eq!(elsewhere.data().as_array().unwrap().len(), 0);
}

#[test]
fn the_log_of_an_unknown_task_is_one_line_and_its_status_an_error() {
    let mut lab = Lab::new();
    let upid = "UPID:pve1:00000001:00000001:6B03D000:qmstart:101:root@pam:";
    assert_eq!(lab.task_log(upid), ["unable to open file - No such file or directory"]);
    refused(&lab.get(&format!("/nodes/pve1/tasks/{upid}/status")), 400, "Parameter verification failed.");
}

#[test]
fn the_cluster_list_shows_at_most_twenty_five_a_node() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    for _ in 0..30 {
        let stop = lab.post(&Lab::vm(101, "/status/stop"), &[]);
        lab.wait(&stop);
    }
    assert_eq!(lab.get("/cluster/tasks").data().as_array().unwrap().len(), 25);
}
