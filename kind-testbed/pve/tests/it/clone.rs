//! Cloning: what shows meanwhile, what is copied, what a failure leaves.

use crate::lab::{Lab, TEMPLATE, bad_parameter, refused};

fn begin(lab: &mut Lab, params: &[(&str, &str)]) -> String {
    lab.post(&Lab::vm(TEMPLATE, "/clone"), params).data().as_str().unwrap().to_owned()
}

#[test]
fn while_a_clone_runs_its_config_is_the_temporary_file() {
    let mut lab = Lab::new();
    let upid = begin(&mut lab, &[("newid", "5100"), ("name", "web")]);
    lab.pass(50);
    let config = lab.config(5100);
    assert_eq!(config["description"], " qmclone temporary file");
    assert_eq!(config["lock"], "clone");
    assert_eq!(config["digest"], "eb54fb9d9f120ba0c3bdf694f73b10002c375c38");
    assert_eq!(config.as_object().unwrap().len(), 3);
    let again = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "5100")]);
    refused(&again, 500, "unable to create VM 5100: config file already exists");
    let next = lab.call(pve_testbed::request::Method::Get, "/cluster/nextid", &[("vmid", "5100")]);
    bad_parameter(&next, "vmid", "VM 5100 already exists");
    refused(&lab.put(&Lab::vm(5100, "/config"), &[("cores", "2")]), 500, "VM is locked (clone)");
    assert_eq!(lab.wait_upid(&upid), "OK");
    assert_eq!(lab.config(5100)["lock"], serde_json::Value::Null);
}

#[test]
fn a_clone_gets_a_new_mac_and_uuid_and_keeps_the_rest() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let marks = [("description", "a mark"), ("tags", "gold"), ("protection", "1"), ("onboot", "1")];
    assert!(lab.put(&Lab::vm(101, "/config"), &marks).is_ok());
    let answer = lab.post(&Lab::vm(101, "/clone"), &[("newid", "102")]);
    assert_eq!(lab.wait(&answer), "OK");
    let (source, copy) = (lab.config(101), lab.config(102));
    for key in ["description", "tags", "protection", "onboot", "memory", "ciuser"] {
        assert_eq!(copy[key], source[key], "{key}");
    }
    for key in ["net0", "smbios1", "vmgenid", "scsi0", "ide2"] {
        assert_ne!(copy[key], source[key], "{key}");
    }
    assert_eq!(copy["name"], "Copy-of-VM-web");
    assert!(copy["net0"].as_str().unwrap().starts_with("virtio=BC:24:11:"));
}

#[test]
fn a_clone_of_a_template_is_no_template_and_belongs_to_no_pool() {
    let mut lab = Lab::new();
    lab.post("/pools", &[("poolid", "p")]);
    let upid = begin(&mut lab, &[("newid", "101"), ("pool", "p"), ("description", "mine\n")]);
    lab.pass(300);
    let members = |lab: &mut Lab| lab.get("/pools/p").data()["members"].as_array().unwrap().len();
    assert_eq!(members(&mut lab), 0, "the pool comes last");
    assert_eq!(lab.wait_upid(&upid), "OK");
    assert_eq!(members(&mut lab), 1);
    let config = lab.config(101);
    assert_eq!(config["template"], serde_json::Value::Null);
    assert_eq!(config["description"], "mine");
}

#[test]
fn of_two_clones_to_one_number_the_later_fails_in_its_task() {
    let mut lab = Lab::new();
    let first = begin(&mut lab, &[("newid", "450")]);
    let second = begin(&mut lab, &[("newid", "450")]);
    assert_eq!(lab.wait_upid(&first), "OK");
    let exit = lab.wait_upid(&second);
    assert!(exit.starts_with("can't lock file") || exit.ends_with("config file already exists"), "{exit}");
    assert_eq!(lab.config(450)["lock"], serde_json::Value::Null);
}

#[test]
fn a_number_taken_on_another_node_is_found_in_the_task() {
    let mut lab = Lab::new();
    let upid = begin(&mut lab, &[("newid", "9010")]);
    let exit = lab.wait_upid(&upid);
    assert_eq!(exit, "close (rename) atomic file '/etc/pve/nodes/pve1/qemu-server/9010.conf' failed: File exists");
}

#[test]
fn eight_clones_of_one_template_at_once_are_fine() {
    let mut lab = Lab::new();
    let upids: Vec<String> = (200..208).map(|id: u32| begin(&mut lab, &[("newid", &id.to_string())])).collect();
    for upid in upids {
        assert_eq!(lab.wait_upid(&upid), "OK");
    }
}

#[test]
fn a_full_clone_goes_to_the_storage_asked_for() {
    let mut lab = Lab::new();
    let upid = begin(&mut lab, &[("newid", "101"), ("full", "1"), ("storage", "data"), ("format", "qcow2")]);
    assert_eq!(lab.wait_upid(&upid), "OK");
    let config = lab.config(101);
    assert_eq!(config["scsi0"], "data:101/vm-101-disk-0.qcow2,discard=on,size=3G,ssd=1");
    assert_eq!(config["ide2"], "data:101/vm-101-cloudinit.qcow2,media=cdrom,size=4M");
}

#[test]
fn a_linked_clone_on_a_directory_names_its_base_and_holds_it() {
    let mut lab = Lab::new();
    lab.template_on_files(900);
    assert_eq!(lab.config(900)["scsi0"], "data:900/base-900-disk-0.raw,size=3G");
    let answer = lab.post(&Lab::vm(900, "/clone"), &[("newid", "101")]);
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.config(101)["scsi0"], "data:900/base-900-disk-0.raw/101/vm-101-disk-0.qcow2,size=3G");
    let answer = lab.delete(&Lab::vm(900, ""), &[]);
    assert_eq!(lab.wait(&answer), "base volume 'data:900/base-900-disk-0.raw' is still in use by linked cloned");
    let gone = lab.delete(&Lab::vm(101, ""), &[]);
    assert_eq!(lab.wait(&gone), "OK");
    let answer = lab.delete(&Lab::vm(900, ""), &[]);
    assert_eq!(lab.wait(&answer), "OK");
}

#[test]
fn an_aborted_clone_leaves_nothing() {
    let mut lab = Lab::new();
    let upid = begin(&mut lab, &[("newid", "497"), ("full", "1")]);
    lab.pass(500);
    assert!(lab.delete(&format!("/nodes/pve1/tasks/{upid}"), &[]).is_ok());
    let exit = lab.wait_upid(&upid);
    assert!(exit.starts_with("clone failed: copy failed:") && exit.ends_with("interrupted by signal"), "{exit}");
    refused(
        &lab.get(&Lab::vm(497, "/config")),
        500,
        "Configuration file 'nodes/pve1/qemu-server/497.conf' does not exist",
    );
    let content = lab.get("/nodes/pve1/storage/local-lvm/content");
    assert!(!content.data().to_string().contains("vm-497"));
}
