//! Scenario files: what they make, what they refuse.

use std::{fs, path::Path};

use pve_testbed::{
    Scenario, World,
    request::{Method, Request},
};
use serde_json::Value;

fn play(text: &str) -> World {
    Scenario::read(text).unwrap().build(1, 1_795_413_000).unwrap()
}

fn get(world: &mut World, path: &str) -> Value {
    let token = world.root_token();
    let answer = world.call(Request::new(Method::Get, path).token(&token));
    assert!(answer.is_ok(), "{path}: {answer:?}");
    answer.data().clone()
}

#[track_caller]
fn refuses(text: &str, line: u64, expected: &str) {
    let error = Scenario::read(text).and_then(|scenario| scenario.build(1, 0).map(|_| ())).unwrap_err();
    assert_eq!(error.line, line, "{error}");
    assert!(error.text.contains(expected), "{error}");
}

#[test]
fn every_example_scenario_loads_sound_and_the_same_each_time() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut played = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        // 50,000 take too long without optimisation.
        let text = text.replace("vms: 50000", "vms: 500");
        let world = play(&text);
        assert_eq!(world.broken_invariants(), Vec::<String>::new(), "{}", path.display());
        assert!(world == play(&text), "{}", path.display());
        played += 1;
    }
    assert!(played >= 4);
}

#[test]
fn the_hosting_scenario_has_what_it_says() {
    let mut world = play(include_str!("../../scenarios/hosting.yaml"));
    let config = get(&mut world, "/nodes/pve1/qemu/101/config");
    assert_eq!((&config["cores"], &config["memory"]), (&4.into(), &"8192".into()));
    assert_eq!(config["scsi0"], "local-lvm:vm-101-disk-0,size=64G");
    assert!(config["net0"].as_str().unwrap().starts_with("virtio=BC:24:11:"), "{config}");
    assert_eq!(get(&mut world, "/nodes/pve1/qemu/101/status/current")["status"], "running");
    assert_eq!(get(&mut world, "/nodes/pve1/qemu/9000/config")["template"], 1);
    let network = get(&mut world, "/nodes/pve3/network").to_string();
    assert!(network.contains("vmbr0") && !network.contains("vmbr1"), "{network}");
    let reseller = "reseller@pve!panel=5e11e500-0000-4000-8000-000000000001";
    let own = world.call(Request::new(Method::Get, "/nodes/pve1/qemu/101/config").token(reseller));
    let foreign = world.call(Request::new(Method::Get, "/nodes/pve2/qemu/102/config").token(reseller));
    assert_eq!((own.status, foreign.status), (200, 403));
}

#[test]
fn the_scratch_node_imports_its_image() {
    let mut world = play(include_str!("../../scenarios/scratch-node.yaml"));
    let token = world.root_token();
    let mut request = Request::new(Method::Post, "/nodes/pve1/qemu").token(&token);
    for (name, value) in [("vmid", "9000"), ("scsi0", "local:0,import-from=local:import/tiny.raw")] {
        request = request.with(name, value);
    }
    assert!(world.call(request).is_ok());
    world.advance(world.now() + 60_000);
    let config = get(&mut world, "/nodes/pve1/qemu/9000/config");
    assert_eq!(config["scsi0"], "local:9000/vm-9000-disk-0.raw,size=64M");
}

#[test]
fn a_fill_spreads_vms_over_the_nodes() {
    let mut world = play("fill: {vms: 10, first: 500, running: 30, config: {cores: 3}}\n");
    let on = |world: &mut World, node: &str| get(world, &format!("/nodes/{node}/qemu")).as_array().unwrap().clone();
    let filled = |rows: Vec<Value>| rows.into_iter().filter(|row| row["vmid"].as_u64().unwrap() < 600).count();
    assert_eq!((filled(on(&mut world, "pve1")), filled(on(&mut world, "pve2"))), (5, 5));
    assert_eq!(get(&mut world, "/nodes/pve1/qemu/500/config")["cores"], 3);
    assert_eq!(world.broken_invariants(), Vec::<String>::new());
}

#[test]
fn the_timeline_strikes_at_its_time_and_at_its_task() {
    let mut world = play(
        "timeline:\n  - {at: 30s, fault: node-down, node: pve2, for: 10s}\n  \
         - {when: {task: qmclone, step: 2}, fault: foreign-vm, node: pve2, vmid: 700}\n",
    );
    let token = world.root_token();
    let alive = |world: &mut World| world.call(Request::new(Method::Get, "/nodes/pve2/status").token(&token)).is_ok();
    assert!(alive(&mut world));
    world.advance(31_000);
    assert!(!alive(&mut world));
    world.advance(41_000);
    assert!(alive(&mut world));
    let clone = Request::new(Method::Post, "/nodes/pve1/qemu/9003/clone").token(&token).with("newid", "101");
    assert!(world.call(clone).is_ok());
    world.advance(world.now() + 20_000);
    assert_eq!(get(&mut world, "/nodes/pve2/qemu/700/config")["name"], "somebody-elses");
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_line_and_what_was_expected() {
    refuses("cluster: a\nnoodes: []\n", 2, "unknown field `noodes`, expected one of");
    refuses("nodes:\n  - {name: a, cpus: many}\n", 2, "u32");
    refuses("nodes:\n  - {name: a}\n  - {name: a}\n", 2, "two nodes have one name");
    refuses("nodes:\n  - {name: a b}\n", 2, "'a b' is no host name: expected letters,");
    refuses("nodes:\n  - {name: a, memory: lots}\n", 2, "expected such as 512M, 64G or 2T");
    refuses("storages:\n  - {name: x, type: floppy, content: [images]}\n", 2, "floppy");
    refuses("storages:\n  - {name: x, type: dir, content: [image]}\n", 2, "known: backup, images,");
    refuses("vms:\n  - {vmid: 101, node: pve1}\n  - {vmid: 102, node: pve7}\n", 3, "no node 'pve7'; known: pve1, pve2");
    refuses("vms:\n  - {vmid: 7, node: pve1}\n", 2, "expected 100 to 999999999");
    refuses("vms:\n\n  - {vmid: 101, node: pve1, config: {coers: 1}}\n", 3, "'coers' is no option of a VM");
    refuses("vms:\n  - {vmid: 101, node: pve1, config: {scsi0: 'nas:8'}}\n", 2, "storage 'nas'");
    refuses("fill: {vms: 5, running: 200}\n", 1, "expected percent");
    refuses("acl:\n  - {path: /vms, role: Boss, user: root@pam}\n", 2, "there is no role 'Boss'; known:");
    refuses("users:\n  - {name: alice}\n", 2, "such as alice@pve");
    refuses("timeline:\n  - {at: 5, fault: quorum-lost}\n", 2, "expected a time span such as 30s");
    refuses("timeline:\n  - {at: 5s, fault: quorum}\n", 2, "unknown fault 'quorum'; known: latency,");
    refuses("timeline:\n  - {fault: quorum-lost}\n", 2, "one of at and when");
    refuses("timeline:\n  - {at: 5s, fault: node-down, node: pve9}\n", 2, "there is no node 'pve9'");
    refuses("timeline:\n  - {when: {job: x}, fault: quorum-lost}\n", 2, "one of task and call");
    refuses("nodes: [\n", 1, "");
}
