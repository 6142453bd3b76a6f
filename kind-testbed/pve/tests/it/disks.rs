//! Making, copying and moving disks, and what the task logs say of it.

use crate::lab::{Lab, bad_parameter, refused};

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

#[test]
fn a_disk_moves_and_the_old_volume_is_kept_unless_told_otherwise() {
    let mut lab = Lab::new();
    made(&mut lab, &[("vmid", "303"), ("scsi0", "data:1"), ("protection", "1")]);
    let answer = lab.post(&Lab::vm(303, "/move_disk"), &[("disk", "scsi0"), ("storage", "local-lvm")]);
    assert_eq!(lab.wait(&answer), "OK");
    let config = lab.config(303);
    assert_eq!(config["scsi0"], "local-lvm:vm-303-disk-0,size=1G");
    assert_eq!(config["unused0"], "data:303/vm-303-disk-0.raw");
    let back = [("disk", "scsi0"), ("storage", "data"), ("format", "qcow2"), ("delete", "1")];
    let upid = lab.post(&Lab::vm(303, "/move_disk"), &back).data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&upid), "OK");
    let log = lab.task_log(&upid);
    assert_eq!(
        log[0],
        "copying volume 'local-lvm:vm-303-disk-0' from current storage 'local-lvm' to target storage 'data'"
    );
    assert_eq!(log[log.len() - 2], "removing source volume 'local-lvm:vm-303-disk-0' after successful copy");
    let config = lab.config(303);
    assert_eq!(config["scsi0"], "data:303/vm-303-disk-1.qcow2,size=1G");
    assert_eq!(config["unused1"], serde_json::Value::Null);
}

#[test]
fn what_cannot_move_is_refused_at_once() {
    let mut lab = Lab::new();
    made(&mut lab, &[("vmid", "303"), ("scsi0", "data:1")]);
    let path = Lab::vm(303, "/move_disk");
    let same = lab.post(&path, &[("disk", "scsi0"), ("storage", "data")]);
    refused(&same, 500, "you can't move to the same storage with same format");
    refused(&lab.post(&path, &[("disk", "scsi7"), ("storage", "data")]), 500, "disk 'scsi7' does not exist");
    refused(&lab.post(&path, &[("disk", "scsi0"), ("storage", "nosuch")]), 500, "storage 'nosuch' does not exist");
    let neither = lab.post(&path, &[("disk", "scsi0")]);
    bad_parameter(&neither, "storage", "both 'storage' and 'target-vmid' missing, either needs to be set");
}

#[test]
fn a_disk_can_be_given_to_another_vm() {
    let mut lab = Lab::new();
    made(&mut lab, &[("vmid", "303"), ("scsi0", "data:1")]);
    made(&mut lab, &[("vmid", "304"), ("scsi0", "data:1")]);
    let params = [("disk", "scsi0"), ("target-vmid", "304"), ("target-disk", "scsi1")];
    let answer = lab.post(&Lab::vm(303, "/move_disk"), &params);
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.config(304)["scsi1"], "data:304/vm-304-disk-1.raw,size=1G");
    assert_eq!(lab.config(303)["scsi0"], serde_json::Value::Null);
}

#[test]
fn a_template_neither_gives_nor_takes_disks() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let text = "Can't move disks from or to template VMs";
    let away = [("disk", "scsi0"), ("target-vmid", "101"), ("target-disk", "scsi5")];
    refused(&lab.post(&Lab::vm(crate::lab::TEMPLATE, "/move_disk"), &away), 500, text);
    let target = crate::lab::TEMPLATE.to_string();
    let onto = [("disk", "scsi0"), ("target-vmid", target.as_str()), ("target-disk", "scsi5")];
    refused(&lab.post(&Lab::vm(101, "/move_disk"), &onto), 500, text);
}

#[test]
fn the_disk_of_a_running_vm_is_moved_by_its_qemu() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let params = [("disk", "scsi0"), ("storage", "data"), ("delete", "1")];
    let upid = lab.post(&Lab::vm(101, "/move_disk"), &params).data().as_str().unwrap().to_owned();
    lab.pass(1_000);
    let old = "local-lvm:vm-101-disk-0";
    assert!(lab.config(101)["scsi0"].as_str().unwrap().starts_with(old), "it is used until the copy is complete");
    assert_eq!(lab.wait_upid(&upid), "OK");
    let log = lab.task_log(&upid);
    let said = |line: &str| log.iter().position(|said| said == line).unwrap_or_else(|| panic!("{line} in {log:?}"));
    assert!(said("all 'mirror' jobs are ready") < said("mirror-scsi0: Completing block job..."));
    said("mirror-scsi0: Completed successfully.");
    assert!(!log.iter().any(|line| line.contains("freeze") || line.contains("qemu-img")), "{log:?}");
    let config = lab.config(101);
    assert_eq!(config["scsi0"], "data:101/vm-101-disk-0.raw,discard=on,size=3G,ssd=1");
    assert_eq!(config["unused0"], serde_json::Value::Null);
    assert!(!lab.get("/nodes/pve1/storage/local-lvm/content").data().to_string().contains(old));
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "running");
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
}

#[test]
fn a_live_move_that_is_aborted_leaves_the_disk_where_it_was() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let params = [("disk", "scsi0"), ("storage", "data")];
    let upid = lab.post(&Lab::vm(101, "/move_disk"), &params).data().as_str().unwrap().to_owned();
    lab.pass(1_000);
    assert!(lab.delete(&format!("/nodes/pve1/tasks/{upid}"), &[]).is_ok());
    assert!(lab.wait_upid(&upid).starts_with("storage migration failed: block job (mirror) error"));
    assert!(lab.config(101)["scsi0"].as_str().unwrap().starts_with("local-lvm:vm-101-disk-0"));
    assert!(!lab.get("/nodes/pve1/storage/data/content").data().to_string().contains("vm-101-disk"));
}
