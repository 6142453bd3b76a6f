//! Changing a configuration: digests, pending values, hotplug, half-applied calls, protection, cloud-init.

use serde_json::{Value, json};

use crate::lab::{Lab, bad_parameter, refused};

#[test]
fn the_digest_changes_on_every_write_and_guards_the_next() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let old = lab.config(101)["digest"].as_str().unwrap().to_owned();
    assert!(lab.put(&Lab::vm(101, "/config"), &[("cores", "2"), ("digest", &old)]).is_ok());
    let stale = lab.put(&Lab::vm(101, "/config"), &[("cores", "3"), ("digest", &old)]);
    refused(&stale, 500, "checksum mismatch (file change by other user?)");
    assert_eq!(lab.config(101)["cores"], 2);
    assert_ne!(lab.config(101)["digest"], old);
}

#[test]
fn numbers_and_texts_are_what_the_real_ones_are() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let set = [("cores", "2"), ("memory", "2048"), ("onboot", "1"), ("tags", "Zeta;alpha, alpha cust_3")];
    assert_eq!(lab.put(&Lab::vm(101, "/config"), &set).data(), &Value::Null);
    let config = lab.config(101);
    assert_eq!(config["cores"], 2);
    assert_eq!(config["memory"], "2048");
    assert_eq!(config["onboot"], 1);
    assert_eq!(config["tags"], "alpha;cust_3;zeta");
}

#[test]
fn a_running_vm_keeps_cores_pending_until_it_is_started_again() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    assert!(lab.put(&Lab::vm(101, "/config"), &[("cores", "4"), ("name", "renamed")]).is_ok());
    assert_eq!(lab.config(101)["cores"], 4);
    let current = lab.call(pve_testbed::request::Method::Get, &Lab::vm(101, "/config"), &[("current", "1")]);
    assert_eq!(current.data()["cores"], 1);
    assert_eq!(current.data()["name"], "renamed");
    let pending = lab.get(&Lab::vm(101, "/pending")).data().clone();
    let row = pending.as_array().unwrap().iter().find(|row| row["key"] == "cores").unwrap();
    assert_eq!(*row, json!({ "key": "cores", "value": 1, "pending": 4 }));
    assert!(lab.put(&Lab::vm(101, "/config"), &[("revert", "cores")]).is_ok());
    assert_eq!(lab.config(101)["cores"], 1);
    lab.put(&Lab::vm(101, "/config"), &[("cores", "4")]);
    let stop = lab.post(&Lab::vm(101, "/status/stop"), &[]);
    lab.wait(&stop);
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "OK");
    let current = lab.call(pve_testbed::request::Method::Get, &Lab::vm(101, "/config"), &[("current", "1")]);
    assert_eq!(current.data()["cores"], 4);
}

#[test]
fn a_machine_that_plugs_memory_in_takes_more_at_once_and_keeps_less_pending() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.put(&Lab::vm(101, "/config"), &[("hotplug", "network,disk,memory"), ("numa", "1"), ("memory", "1024")]);
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "OK");
    let mut current = |memory: &str| {
        lab.put(&Lab::vm(101, "/config"), &[("memory", memory)]);
        let config = lab.call(pve_testbed::request::Method::Get, &Lab::vm(101, "/config"), &[("current", "1")]);
        config.data()["memory"].clone()
    };
    assert_eq!(current("2048"), "2048");
    assert_eq!(current("512"), "2048");
}

#[test]
fn a_failed_hotplug_is_a_400_and_the_change_stays_pending() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let answer = lab.put(&Lab::vm(101, "/config"), &[("net2", "virtio,bridge=vmbr77")]);
    bad_parameter(
        &answer,
        "net2",
        "hotplug problem - VM 101 qmp command 'netdev_add' failed - network script /usr/libexec/qemu-server/pve-bridge-hotplug failed with status 512\n",
    );
    assert!(lab.config(101)["net2"].as_str().unwrap().contains("vmbr77"));
}

#[test]
fn a_missing_bridge_shows_only_at_the_start() {
    let mut lab = Lab::new();
    let answer = lab.post("/nodes/pve1/qemu", &[("vmid", "301"), ("net0", "virtio,bridge=vmbr77")]);
    assert_eq!(lab.wait(&answer), "OK");
    let start = lab.post(&Lab::vm(301, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "bridge 'vmbr77' does not exist");
}

#[test]
fn setting_a_card_without_its_mac_makes_a_new_one() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let mac = |lab: &mut Lab| lab.config(101)["net0"].as_str().unwrap().split([',', '=']).nth(1).unwrap().to_owned();
    let first = mac(&mut lab);
    lab.put(&Lab::vm(101, "/config"), &[("net0", "virtio,bridge=vmbr0")]);
    let second = mac(&mut lab);
    assert_ne!(first, second);
    lab.put(&Lab::vm(101, "/config"), &[("net0", &format!("model=virtio,macaddr={second},bridge=vmbr0"))]);
    assert_eq!(lab.config(101)["net0"], format!("virtio={second},bridge=vmbr0"));
}

#[test]
fn a_password_is_hashed_and_hidden() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.put(&Lab::vm(101, "/config"), &[("cipassword", "secret")]);
    assert_eq!(lab.config(101)["cipassword"], "**********");
    let dump = lab.call(pve_testbed::request::Method::Get, &Lab::vm(101, "/cloudinit/dump"), &[("type", "user")]);
    let text = dump.data().as_str().unwrap();
    assert!(text.contains("password: $5$") && !text.contains("secret"), "{text}");
}

#[test]
fn keys_come_url_encoded_and_stay_so() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let key =
        "ssh-ed25519%20AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65tqlVbxTZ9v8Hf2lCWa8Q%20me%2Btest%40host%0A";
    assert!(lab.put(&Lab::vm(101, "/config"), &[("sshkeys", key)]).is_ok());
    assert_eq!(lab.config(101)["sshkeys"], key);
    let raw = lab.put(&Lab::vm(101, "/config"), &[("sshkeys", "ssh-ed25519 AAAA me")]);
    bad_parameter(&raw, "sshkeys", "invalid format - invalid urlencoded string: ssh-ed25519 AAAA me\n");
}

#[test]
fn the_cloud_init_drive_is_written_at_start_and_on_request() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.put(&Lab::vm(101, "/config"), &[("ciuser", "bob")]);
    let row = |lab: &mut Lab| {
        let rows = lab.get(&Lab::vm(101, "/cloudinit")).data().clone();
        rows.as_array().unwrap().iter().find(|row| row["key"] == "ciuser").unwrap().clone()
    };
    assert_eq!(row(&mut lab), json!({ "key": "ciuser", "value": "debian", "pending": "bob" }));
    assert!(lab.put(&Lab::vm(101, "/cloudinit"), &[]).is_ok());
    assert_eq!(row(&mut lab), json!({ "key": "ciuser", "value": "bob" }));
}

#[test]
fn a_detached_disk_is_kept_as_unused_and_a_forced_removal_destroys_it() {
    let mut lab = Lab::new();
    let answer = lab.post("/nodes/pve1/qemu", &[("vmid", "303"), ("scsi0", "data:1"), ("scsi1", "data:1")]);
    assert_eq!(lab.wait(&answer), "OK");
    lab.put(&Lab::vm(303, "/config"), &[("delete", "scsi1")]);
    lab.put(&Lab::vm(303, "/config"), &[("delete", "scsi0"), ("force", "1")]);
    let config = lab.config(303);
    assert_eq!(config["unused0"], "data:303/vm-303-disk-1.raw");
    assert_eq!(config["boot"], " ");
    let content = lab.get("/nodes/pve1/storage/data/content").data().to_string();
    assert!(content.contains("vm-303-disk-1") && !content.contains("vm-303-disk-0"), "{content}");
    lab.put(&Lab::vm(303, "/config"), &[("delete", "unused0")]);
    assert!(!lab.get("/nodes/pve1/storage/data/content").data().to_string().contains("vm-303"));
}

#[test]
fn protection_refuses_what_loses_data_and_allows_what_does_not() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    assert!(lab.put(&Lab::vm(101, "/config"), &[("protection", "1"), ("scsi1", "data:1")]).is_ok());
    refused(&lab.delete(&Lab::vm(101, ""), &[]), 500, "can't remove VM 101 - protection mode enabled");
    let detach = lab.put(&Lab::vm(101, "/config"), &[("delete", "scsi0")]);
    refused(&detach, 500, "can't remove drive 'scsi0' - protection mode enabled");
    assert!(lab.put(&Lab::vm(101, "/config"), &[("scsi1", "data:2")]).is_ok());
    assert_eq!(lab.config(101)["unused0"], "data:101/vm-101-disk-0.raw");
    let resize = lab.put(&Lab::vm(101, "/resize"), &[("disk", "scsi0"), ("size", "+1G")]);
    assert_eq!(lab.wait(&resize), "OK");
    let text = "can't remove unused disk 'data:101/vm-101-disk-0.raw' - protection mode enabled";
    refused(&lab.put(&Lab::vm(101, "/config"), &[("delete", "unused0")]), 500, text);
    let both = lab.put(&Lab::vm(101, "/config"), &[("delete", "protection,unused0")]);
    refused(&both, 500, text);
    assert_eq!(lab.config(101)["protection"], Value::Null, "the first half of the refused call was written");
}

#[test]
fn a_rebuild_in_place_keeps_identity_and_the_old_disk() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.put(&Lab::vm(101, "/config"), &[("protection", "1")]);
    let before = lab.config(101);
    let import = [("scsi0", "local-lvm:0,import-from=local-lvm:base-9003-disk-0")];
    let answer = lab.post(&Lab::vm(101, "/config"), &import);
    assert_eq!(lab.wait(&answer), "OK");
    let after = lab.config(101);
    assert_eq!(after["unused0"], "local-lvm:vm-101-disk-0");
    assert_eq!(after["scsi0"], "local-lvm:vm-101-disk-1,size=3G");
    for key in ["smbios1", "net0", "protection", "name"] {
        assert_eq!(before[key], after[key], "{key}");
    }
}

#[test]
fn a_background_change_answers_null_when_it_ends_in_time() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let answer = lab.post(&Lab::vm(101, "/config"), &[("cores", "2"), ("background_delay", "5")]);
    assert_eq!(answer.data(), &Value::Null);
    let answer = lab.post(&Lab::vm(101, "/config"), &[("description", "async change")]);
    let upid = answer.data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&upid), "OK");
    assert_eq!(lab.task_log(&upid), ["update VM 101: -description async change", "TASK OK"]);
}

#[test]
fn a_hotplug_that_failed_before_does_not_spoil_the_next_call() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let path = Lab::vm(101, "/config");
    assert_eq!(lab.put(&path, &[("net2", "virtio,bridge=vmbr9")]).status, 400);
    assert!(lab.put(&path, &[("scsi1", "data:1")]).is_ok());
    assert!(lab.put(&path, &[("delete", "scsi1")]).is_ok());
    assert!(lab.config(101)["net2"].as_str().unwrap().ends_with("bridge=vmbr9"), "it stays pending");
}
