//! Pruning of backups by a call of its own.

use serde_json::json;

use crate::lab::Lab;

/// So many backups of a VM, an hour between them.
fn backed_up(lab: &mut Lab, vmid: u32, times: usize) {
    for _ in 0..times {
        let answer = lab.post("/nodes/pve1/vzdump", &[("vmid", &vmid.to_string()), ("storage", "local")]);
        assert_eq!(lab.wait(&answer), "OK");
        lab.pass(3_600_000);
    }
}

fn marks(lab: &mut Lab, keep: &str) -> Vec<String> {
    let path = "/nodes/pve1/storage/local/prunebackups";
    let answer = lab.call(pve_testbed::request::Method::Get, path, &[("prune-backups", keep)]);
    answer.data().as_array().unwrap().iter().map(|row| row["mark"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_preview_marks_each_guest_s_backups_by_themselves_and_removes_nothing() {
    let mut lab = Lab::new();
    lab.empty_vm(101);
    lab.empty_vm(102);
    backed_up(&mut lab, 101, 2);
    backed_up(&mut lab, 102, 1);
    assert_eq!(marks(&mut lab, "keep-last=1"), ["keep", "remove", "keep"]);
    assert_eq!(marks(&mut lab, "keep-all=1"), ["keep", "keep", "keep"]);
    let rows = lab.get("/nodes/pve1/storage/local/prunebackups").data().clone();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["vmid"], &rows[0]["type"]), (3, &json!(101), &json!("qemu")));
}

#[test]
fn pruning_removes_what_the_preview_marks_but_nothing_protected() {
    let mut lab = Lab::new();
    lab.empty_vm(101);
    backed_up(&mut lab, 101, 3);
    let oldest = lab.get("/nodes/pve1/storage/local/prunebackups").data()[2]["volid"].as_str().unwrap().to_owned();
    assert!(lab.put(&format!("/nodes/pve1/storage/local/content/{oldest}"), &[("protected", "1")]).is_ok());
    let answer =
        lab.delete("/nodes/pve1/storage/local/prunebackups", &[("prune-backups", "keep-last=1"), ("vmid", "101")]);
    assert!(answer.data().as_str().unwrap().contains(":prunebackups:101@local:"), "{answer:?}");
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(marks(&mut lab, "keep-last=1"), ["protected", "keep"]);
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
}
