//! Making, copying and moving disks, and what the task logs say of it.

use crate::lab::{Lab, refused};

fn made(lab: &mut Lab, params: &[(&str, &str)]) -> Vec<String> {
    let answer = lab.post("/nodes/pve1/qemu", params);
    let upid = answer.data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&upid), "OK");
    lab.task_log(&upid)
}

#[test]
fn the_log_of_a_create_names_the_files() {
    let mut lab = Lab::new();
    let log = made(&mut lab, &[("vmid", "303"), ("scsi0", "data:1")]);
    assert_eq!(
        log,
        [
            "Formatting '/srv/data/images/303/vm-303-disk-0.raw', fmt=raw size=1073741824 preallocation=off",
            "scsi0: successfully created disk 'data:303/vm-303-disk-0.raw,size=1G'",
            "TASK OK",
        ]
    );
}

#[test]
fn an_aborted_full_clone_names_the_command_that_copied() {
    let mut lab = Lab::new();
    made(&mut lab, &[("vmid", "303"), ("scsi0", "data:1")]);
    let params = [("newid", "304"), ("full", "1"), ("bwlimit", "4000")];
    let upid = lab.post(&Lab::vm(303, "/clone"), &params).data().as_str().unwrap().to_owned();
    lab.pass(60_000);
    assert_eq!(lab.task_status(&upid)["status"], "running", "the limit makes it slow");
    assert!(lab.delete(&format!("/nodes/pve1/tasks/{upid}"), &[]).is_ok());
    let exit = lab.wait_upid(&upid);
    assert_eq!(
        exit,
        "clone failed: copy failed: command '/usr/bin/qemu-img convert -p -n -r 4000K -f raw -O raw \
         /srv/data/images/303/vm-303-disk-0.raw zeroinit:/srv/data/images/304/vm-304-disk-0.raw' failed: interrupted \
         by signal"
    );
    let missing = "Configuration file 'nodes/pve1/qemu-server/304.conf' does not exist";
    refused(&lab.get(&Lab::vm(304, "/config")), 500, missing);
}

#[test]
fn a_running_vm_is_copied_by_its_qemu() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let upid = lab.post(&Lab::vm(101, "/clone"), &[("newid", "102")]).data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&upid), "OK");
    let log = lab.task_log(&upid);
    for line in [
        "drive mirror is starting for drive-scsi0",
        "issuing guest agent 'guest-fsfreeze-freeze' command",
        "mirror-scsi0: Done.",
    ] {
        assert!(log.iter().any(|said| said == line), "{line} in {log:?}");
    }
}
