//! Whatever is asked, in whatever order, with whatever faults: the world stays one that can be.

use std::collections::BTreeSet;

use proptest::prelude::*;
use pve_testbed::{
    Calls, Fault, Loss, Tasks, Theft, World,
    request::{Method, Request},
};

#[derive(Debug, Clone)]
enum Move {
    Call(Method, String, Vec<(&'static str, String)>),
    /// Removes the volume in a slot on its storage, without asking the VM.
    Take(&'static str, u32, &'static str),
    /// Aborts a task that runs on this node.
    Abort(&'static str),
    /// Restores from the first backup there is.
    Restore(&'static str, u32, bool),
    Pass(u64),
    Break(Fault),
    Heal,
}

/// A call on a VM: method, path below it, parameters. Repeated rows come more often.
type OnVm = (Method, &'static str, &'static [(&'static str, &'static str)]);

const ON_VM: [OnVm; 39] = [
    (Method::Delete, "", &[]),
    (Method::Delete, "", &[]),
    (Method::Delete, "", &[("destroy-unreferenced-disks", "1")]),
    (Method::Post, "/status/start", &[]),
    (Method::Post, "/status/start", &[]),
    (Method::Post, "/status/stop", &[]),
    (Method::Post, "/status/stop", &[]),
    (Method::Post, "/status/stop", &[("overrule-shutdown", "1")]),
    (Method::Post, "/status/shutdown", &[("timeout", "20")]),
    (Method::Post, "/status/reboot", &[]),
    (Method::Post, "/status/suspend", &[("todisk", "1")]),
    (Method::Post, "/template", &[]),
    (Method::Put, "/resize", &[("disk", "scsi0"), ("size", "+1G")]),
    (Method::Put, "/config", &[("cores", "2"), ("protection", "1")]),
    (Method::Put, "/config", &[("delete", "protection,scsi1")]),
    (Method::Put, "/config", &[("scsi1", "data:1"), ("net1", "virtio,bridge=vmbr1")]),
    (Method::Put, "/config", &[("delete", "unused0,scsi0")]),
    (Method::Post, "/config", &[("scsi0", "data:0,import-from=local:import/debian-13.raw")]),
    (Method::Put, "/cloudinit", &[]),
    (Method::Post, "/snapshot", &[("snapname", "s1")]),
    (Method::Post, "/snapshot", &[("snapname", "s2"), ("vmstate", "1")]),
    (Method::Post, "/snapshot/s1/rollback", &[("start", "1")]),
    (Method::Post, "/snapshot/s2/rollback", &[]),
    (Method::Delete, "/snapshot/s1", &[]),
    (Method::Delete, "/snapshot/s2", &[]),
    (Method::Put, "/config", &[("delete", "ide2,vmstate")]),
    (Method::Post, "/move_disk", &[("disk", "scsi0"), ("storage", "local-lvm"), ("delete", "1")]),
    (Method::Post, "/move_disk", &[("disk", "scsi0"), ("storage", "data")]),
    (Method::Post, "/move_disk", &[("disk", "scsi0"), ("target-vmid", "102"), ("target-disk", "scsi1")]),
    (Method::Post, "/status/resume", &[]),
    (Method::Post, "/status/suspend", &[]),
    (Method::Delete, "/snapshot/s1", &[("force", "1")]),
    (Method::Post, "/snapshot/s1/rollback", &[]),
    (Method::Post, "/migrate", &[("target", "pve2")]),
    (Method::Post, "/migrate", &[("target", "pve2"), ("online", "1"), ("with-local-disks", "1")]),
    (Method::Post, "/migrate", &[("target", "pve1"), ("online", "1"), ("with-local-disks", "1")]),
    (Method::Post, "/move_disk", &[("disk", "scsi0"), ("storage", "data"), ("format", "qcow2"), ("delete", "1")]),
    (Method::Post, "/clone", &[("newid", "102"), ("snapname", "s1"), ("full", "1")]),
    (Method::Put, "/unlink", &[("idlist", "scsi1,unused0"), ("force", "1")]),
];

fn vmid() -> impl Strategy<Value = u32> {
    prop::sample::select(&[100, 101, 102, 9000, 9010][..])
}

fn node() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["pve1", "pve1", "pve1", "pve2"][..])
}

fn fault() -> impl Strategy<Value = Fault> {
    let workers = prop::sample::select(
        &[
            "qmclone",
            "qmcreate",
            "qmdestroy",
            "qmstart",
            "qmconfig",
            "qmsnapshot",
            "qmdelsnapshot",
            "qmrollback",
            "qmsuspend",
            "qmmove",
            "qmigrate",
            "qmrestore",
            "vzdump",
        ][..],
    );
    let sides = prop::sample::select(&[Loss::Before, Loss::After][..]);
    prop_oneof![
        1 => (workers, 0u32..5).prop_map(|(kind, step)| Fault::WorkerDeath { on: Tasks::of(kind, step) }),
        1 => node().prop_map(|node| Fault::NodeDown { node: node.into() }),
        2 => node().prop_map(|node| Fault::NodeUp { node: node.into() }),
        1 => Just(Fault::StorageFull { storage: "data".into(), node: None }),
        1 => vmid().prop_map(|vmid| Fault::ForeignVm { node: "pve2".into(), vmid }),
        1 => vmid().prop_map(|vmid| Fault::GuestOff { vmid }),
        1 => vmid().prop_map(|vmid| Fault::HandMove { vmid, node: "pve2".into() }),
        1 => vmid().prop_map(|vmid| Fault::HaMove { vmid, node: "pve1".into() }),
        1 => vmid().prop_map(|vmid| Fault::HandDestroy { vmid }),
        1 => (vmid(), any::<bool>()).prop_map(|(vmid, on)| Fault::HandEdit {
            vmid,
            set: on.then(|| ("lock".to_owned(), "backup".to_owned())).into_iter().collect(),
            delete: ["lock".to_owned()].into(),
        }),
        1 => Just(Fault::QuorumLost),
        1 => Just(Fault::VmidStolen { vmid: None, node: None, moment: Theft::Task }),
        1 => Just(Fault::WorkerKilled { on: Calls::path("/config"), loss: Loss::After }),
        1 => Just(Fault::TaskError { on: Tasks::default(), text: "trouble".into() }),
        1 => Just(Fault::Latency { millis: 3_000, jitter: 5_000, loss: Loss::Before, on: Calls::default() }),
        1 => sides.prop_map(|loss| Fault::AnswerLost { on: Calls::path("/qemu"), loss, status: None }),
    ]
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        4 => (node(), vmid(), vmid(), any::<bool>()).prop_map(|(node, from, to, full)| Move::Call(
            Method::Post,
            format!("/nodes/{node}/qemu/{from}/clone"),
            vec![("newid", to.to_string()), ("full", u8::from(full).to_string())],
        )),
        2 => (node(), vmid()).prop_map(|(node, vmid)| Move::Call(
            Method::Post,
            format!("/nodes/{node}/qemu"),
            vec![("vmid", vmid.to_string()), ("scsi0", "data:1".into()), ("ide2", "data:cloudinit".into())],
        )),
        12 => (node(), vmid(), prop::sample::select(&ON_VM[..])).prop_map(|(node, vmid, (method, rest, params))| {
            let params = params.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            Move::Call(method, format!("/nodes/{node}/qemu/{vmid}{rest}"), params)
        }),
        2 => (node(), vmid(), prop::sample::select(&["scsi0", "scsi1", "vmstate"][..])).prop_map(|(node, vmid, slot)| {
            Move::Take(node, vmid, slot)
        }),
        1 => (node(), vmid()).prop_map(|(node, vmid)| Move::Call(
            Method::Post,
            format!("/nodes/{node}/storage/data/content"),
            vec![
                ("vmid", vmid.to_string()),
                ("filename", format!("vm-{vmid}-disk-{}.raw", vmid % 3)),
                ("size", "16M".into()),
            ],
        )),
        2 => (node(), vmid()).prop_map(|(node, vmid)| Move::Call(
            Method::Post,
            format!("/nodes/{node}/vzdump"),
            vec![("vmid", format!("{vmid},100")), ("storage", "local".into()), ("mode", "stop".into())],
        )),
        1 => (node(), vmid()).prop_map(|(node, vmid)| Move::Call(
            Method::Post,
            format!("/nodes/{node}/vzdump"),
            vec![("vmid", vmid.to_string()), ("storage", "local".into()), ("mode", "suspend".into())],
        )),
        2 => (node(), vmid(), any::<bool>()).prop_map(|(node, vmid, force)| Move::Restore(node, vmid, force)),
        2 => node().prop_map(Move::Abort),
        5 => (1u64..20_000).prop_map(Move::Pass),
        3 => fault().prop_map(Move::Break),
        1 => Just(Move::Heal),
    ]
}

/// What is a matter of the world as it is becomes a call.
fn settled(world: &World, token: &str, step: Move) -> Move {
    // A copy is asked: the world itself is not disturbed.
    let read = |path: String| world.clone().call(Request::new(Method::Get, path).token(token)).data().clone();
    match step {
        Move::Take(node, vmid, slot) => {
            let config = read(format!("/nodes/{node}/qemu/{vmid}/config"));
            let volid = config[slot].as_str().and_then(|value| value.split(',').next()).unwrap_or("data:none");
            let storage = volid.split(':').next().unwrap_or_default();
            Move::Call(Method::Delete, format!("/nodes/{node}/storage/{storage}/content/{volid}"), Vec::new())
        }
        Move::Abort(node) => {
            let tasks = read(format!("/nodes/{node}/tasks"));
            let running = tasks.as_array().into_iter().flatten().find(|row| row["status"] == "RUNNING");
            let upid = running.and_then(|row| row["upid"].as_str()).unwrap_or("none");
            Move::Call(Method::Delete, format!("/nodes/{node}/tasks/{upid}"), Vec::new())
        }
        Move::Restore(node, vmid, force) => {
            let backups = read(format!("/nodes/{node}/storage/local/content"));
            let archive = backups.as_array().into_iter().flatten().find(|row| row["content"] == "backup");
            let archive = archive.and_then(|row| row["volid"].as_str()).unwrap_or("local:backup/none.vma");
            let force = u8::from(force).to_string();
            let params = vec![("vmid", vmid.to_string()), ("archive", archive.to_owned()), ("force", force)];
            Move::Call(Method::Post, format!("/nodes/{node}/qemu"), params)
        }
        step => step,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_calls_and_faults_breaks_the_world(sequence in prop::collection::vec(moves(), 1..40)) {
        let mut world = World::seeded(5);
        let mut twin = world.clone();
        let token = world.root_token();
        let mut open = BTreeSet::new();
        let mut before = world.now();
        for step in sequence {
            let answers = match settled(&world, &token, step) {
                Move::Call(method, path, params) => {
                    let mut request = Request::new(method, path).token(&token);
                    for (name, value) in params {
                        request = request.with(name, &value);
                    }
                    twin.submit(request.clone());
                    let id = world.submit(request);
                    prop_assert!(open.insert(id), "request ids are not used twice");
                    twin.advance(twin.now());
                    world.advance(world.now())
                }
                Move::Pass(millis) => {
                    twin.advance(twin.now() + millis);
                    world.advance(world.now() + millis)
                }
                Move::Break(fault) => {
                    twin.inject(fault.clone());
                    world.inject(fault);
                    Vec::new()
                }
                Move::Take(..) | Move::Restore(..) | Move::Abort(..) => unreachable!("these have become calls"),
                Move::Heal => {
                    twin.heal();
                    world.heal();
                    Vec::new()
                }
            };
            for (id, _) in answers {
                prop_assert!(open.remove(&id), "an answer comes once, to a request that was made");
            }
            prop_assert!(world.now() >= before, "time never goes back");
            before = world.now();
            prop_assert_eq!(&world, &twin, "the same calls make the same world");
            prop_assert_eq!(world.broken_invariants(), Vec::<String>::new());
        }
        for (id, _) in world.advance(world.now() + 300_000) {
            prop_assert!(open.remove(&id));
        }
        prop_assert!(open.is_empty(), "every call is answered in the end: {open:?}");
        prop_assert_eq!(world.broken_invariants(), Vec::<String>::new());
    }
}
