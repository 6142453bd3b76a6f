//! What a storage's type decides: names, formats, linked clones.

use pve_testbed::{
    Scenario, World,
    request::{Answer, Method, Request},
};

fn world(kind: &str) -> World {
    let text = format!(
        "storages:\n  - {{ name: tank, type: {kind}, content: [images] }}\n\
         vms:\n  - {{ vmid: 9000, node: pve1, config: {{ name: tpl, scsi0: 'tank:1' }} }}\n"
    );
    Scenario::read(&text).unwrap().build(1, 0).unwrap()
}

fn call(world: &mut World, method: Method, path: &str, params: &[(&str, &str)]) -> Answer {
    let start = Request::new(method, path).token(&world.root_token());
    let request = params.iter().fold(start, |request, (name, value)| request.with(name, value));
    let answer = world.call(request);
    world.advance(world.now() + 30_000);
    answer
}

fn linked_clone(kind: &str) -> Result<String, String> {
    let mut world = world(kind);
    assert!(call(&mut world, Method::Post, "/nodes/pve1/qemu/9000/template", &[]).is_ok());
    let answer = call(&mut world, Method::Post, "/nodes/pve1/qemu/9000/clone", &[("newid", "101")]);
    if !answer.is_ok() {
        return Err(answer.reason);
    }
    let config = call(&mut world, Method::Get, "/nodes/pve1/qemu/101/config", &[]);
    Ok(config.data()["scsi0"].as_str().unwrap().to_owned())
}

#[test]
fn a_linked_clone_names_its_base_where_the_storage_does() {
    let files = "tank:9000/base-9000-disk-0.raw/101/vm-101-disk-0.qcow2,size=1G";
    let named = "tank:base-9000-disk-0/vm-101-disk-0,size=1G";
    for (kind, volume) in
        [("dir", files), ("nfs", files), ("zfspool", named), ("rbd", named), ("lvmthin", "tank:vm-101-disk-0,size=1G")]
    {
        assert_eq!(linked_clone(kind).as_deref(), Ok(volume), "{kind}");
    }
}

#[test]
fn thick_lvm_has_no_linked_clones_and_its_template_keeps_the_disk_s_name() {
    let refusal = "Linked clone feature is not supported for 'tank:vm-9000-disk-0' (scsi0)";
    assert_eq!(linked_clone("lvm"), Err(refusal.to_owned()));
}

#[test]
fn network_storages_are_shared_unless_the_scenario_says_otherwise() {
    for (kind, shared) in [("dir", 0), ("nfs", 1), ("lvm", 0), ("lvmthin", 0), ("zfspool", 0), ("rbd", 1)] {
        let mut world = world(kind);
        let status = call(&mut world, Method::Get, "/nodes/pve1/storage/tank/status", &[]);
        assert_eq!((&status.data()["type"], &status.data()["shared"]), (&kind.into(), &shared.into()));
    }
}
