//! The scratch node of the recordings, and what somebody did on it between the recorded calls: a lock set in a file, a
//! daemon killed, a call that was not recorded. Without these the calls after them would meet another world.

use std::{
    collections::BTreeSet,
    io::{Error, Result},
    sync::Arc,
};

use crate::{
    Scenario,
    model::{
        access::{AclEntry, SubjectKind, Token, User, hash_password},
        storage::{Storage, StorageKind},
    },
    request::{Method, Request},
    world::{Calls, Fault, Loss, Member, Mode, ProcessId, ProxyStatus, World},
};

/// A node that joined late and was never up.
const OTHER: &str = "pve2";
/// A process that is none of the world's own.
const SOMEBODY: ProcessId = ProcessId::MAX;
/// The token that made nearly all calls: the part after `PVEAPIToken=`.
pub(super) const ROOT_TOKEN: &str = "root@pam!full=00000001-0000-4000-8000-000000000000";

/// A request body that its recording does not hold.
pub(super) fn lost_body(number: u16, content_type: &str) -> Option<String> {
    let upload = |content: &str| {
        let boundary = content_type.split_once("boundary=").map_or("", |(_, boundary)| boundary);
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\n{content}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"small.iso\"\r\n\
             Content-Type: application/octet-stream\r\n\r\ndata\r\n--{boundary}--\r\n"
        )
    };
    match number {
        51 => Some("{bad".to_owned()),
        416 => Some(upload("iso")),
        417 => Some(upload("snippets")),
        _ => None,
    }
}

/// Something done by hand before a recorded call.
pub(super) struct Hand {
    /// The recording it comes before.
    pub(super) before: u16,
    /// Left out when this recording is there, because it is the same call.
    pub(super) unless: Option<u16>,
    pub(super) act: Act,
}

pub(super) enum Act {
    /// A call by root whose answer nobody kept; a task it starts is waited for, unless it is to be interrupted later.
    Call(Method, &'static str, &'static [(&'static str, &'static str)]),
    /// A call whose task is left running.
    Start(Method, &'static str, &'static [(&'static str, &'static str)]),
    /// A change on the node itself.
    Node(fn(&mut World)),
}

const fn call(
    number: u16,
    method: Method,
    path: &'static str,
    params: &'static [(&'static str, &'static str)],
) -> Hand {
    Hand { before: number + 1, unless: Some(number), act: Act::Call(method, path, params) }
}

const fn node(before: u16, act: fn(&mut World)) -> Hand {
    Hand { before, unless: None, act: Act::Node(act) }
}

/// In the order of the recordings.
pub(super) fn hands() -> Vec<Hand> {
    let mut hands = alone();
    hands.extend(beside_another_node());
    hands
}

/// Before a second node was made up.
fn alone() -> Vec<Hand> {
    use Method::{Delete, Post, Put};
    let full = &[("newid", "102"), ("name", "full-102"), ("full", "1"), ("storage", "data"), ("format", "qcow2")];
    let json = &[("vmid", "300"), ("name", "json-vm"), ("memory", "128"), ("net0", "virtio,bridge=vmbr0")];
    vec![
        call(50, Post, "/nodes/pve1/qemu", json),
        call(86, Post, "/nodes/pve1/qemu/9000/clone", full),
        node(108, |world| set(world, 103, "lock", "backup")),
        node(121, |world| {
            unset(world, 103, "lock");
            hold(world, 103);
        }),
        node(122, |world| {
            let_go(world, 103);
            hold(world, 9000);
        }),
        node(125, |world| let_go(world, 9000)),
        call(131, Post, "/nodes/pve1/qemu/4711/status/start", &[]),
        call(197, Put, "/nodes/pve1/qemu/101/config", &[("memory", "300")]),
        call(208, Put, "/nodes/pve1/qemu/101/config", &[("delete", "unused0,net2")]),
        call(209, Put, "/nodes/pve1/qemu/101/config", &[("ciuser", "bob")]),
        // Guests of the scratch node came up faster than ours.
        node(269, |world| {
            while world.vms.get(&101).is_some_and(|vm| !vm.running()) {
                world.advance(world.now() + 500);
            }
        }),
        Hand {
            before: 302,
            unless: Some(301),
            act: Act::Start(Post, "/nodes/pve1/qemu/300/status/shutdown", &[("timeout", "120")]),
        },
        call(319, Put, "/nodes/pve1/qemu/102/resize", &[("disk", "scsi0"), ("size", "+32M")]),
        call(342, Post, "/nodes/pve1/qemu/102/move_disk", &[("disk", "scsi0"), ("storage", "local")]),
        // Its guest has booted.
        node(363, |world| {
            world.advance(world.now() + 15_000);
        }),
        call(375, Put, "/pools/p1", &[("vms", "4711")]),
        // The statistics had just been measured there.
        node(377, |world| {
            world.advance(world.now().next_multiple_of(10_000) + 600);
        }),
        call(389, Delete, "/pools/p1", &[]),
    ]
}

fn beside_another_node() -> Vec<Hand> {
    use Method::{Delete, Post};
    vec![
        node(455, |world| {
            world.call(root(Post, "/nodes/pve1/qemu/101/status/stop"));
            foreign_node(world);
        }),
        node(463, |world| {
            world.inject(Fault::NodeUp { node: OTHER.to_owned() });
            lose_answer(world, Calls::path("/nodes/pve2"), Loss::Before, ProxyStatus::Refused);
        }),
        node(464, |world| world.inject(Fault::NodeDown { node: OTHER.to_owned() })),
        node(465, |world| {
            world.inject(Fault::NodeUp { node: OTHER.to_owned() });
            lose_answer(world, Calls::path("/nodes/pve2"), Loss::Before, ProxyStatus::TimedOut);
        }),
        node(466, |world| world.inject(Fault::CertificateChanged { node: OTHER.to_owned() })),
        node(467, |world| {
            world.heal();
            world.inject(Fault::StatisticsStale { node: Some(OTHER.to_owned()) });
            world.inject(Fault::NodeDown { node: OTHER.to_owned() });
            let t1 = folder(&["images"], "/srv/t1");
            Arc::make_mut(&mut world.storages).insert("t1".to_owned(), t1);
        }),
        node(470, |world| {
            Arc::make_mut(&mut world.storages).remove("t1");
        }),
        node(486, |world| {
            // Right after a round of `pvestatd`, so that the next one comes after the recorded calls.
            world.advance(world.now().next_multiple_of(10_000) + 600);
            let parallel: Vec<(u32, String)> = (0..8).map(|index| (400 + index, format!("par{index}"))).collect();
            clones(world, &parallel);
            clones(world, &[(450, "race2".to_owned())]);
            world.call(root(Method::Post, "/nodes/pve1/qemu").with("vmid", "451").with("name", "race0"));
            world.advance(world.now() + 1_000);
            world.call(root(Method::Post, "/nodes/pve1/qemu/300/status/stop"));
        }),
        node(487, |world| clones(world, &[(452, "lag".to_owned())])),
        node(492, |world| {
            world.inject(Fault::WorkerKilled { on: Calls::path("/qemu/103/config"), loss: Loss::Before });
        }),
        node(500, |world| {
            world.inject(Fault::PvedaemonDown { node: "pve1".to_owned() });
        }),
        node(502, |world| {
            world.heal();
            world.inject(Fault::StatisticsStale { node: Some(OTHER.to_owned()) });
            for vmid in [400, 401, 402, 403, 404, 405, 406, 407, 450, 451, 452] {
                world.call(root(Method::Delete, &format!("/nodes/pve1/qemu/{vmid}")));
            }
        }),
        node(503, |world| grant(world, "/vms/101", "lim@pve", "PVEVMUser")),
        call(526, Post, "/nodes/pve1/qemu/101/snapshot", &[("snapname", "off1")]),
        call(528, Delete, "/nodes/pve1/storage/local/content/local%3Aiso%2Fsmall.iso", &[]),
        // By now the cleanup of the guest that was stopped is over.
        node(538, |world| {
            world.advance(world.now() + 30_000);
        }),
        call(553, Delete, "/nodes/pve1/qemu/303", &[]),
        // Guests start more slowly here: the delete that waits behind the start would give up first.
        node(608, |world| {
            world.advance(world.now() + 4_000);
        }),
        node(616, |world| kill_worker(world, "qmclone")),
        node(627, |world| {
            world.remove_vm(496);
        }),
        Hand { before: 632, unless: None, act: Act::Call(Post, "/nodes/pve1/qemu/498/status/stop", &[]) },
        node(632, |world| {
            world.advance(world.now() + 31_000);
        }),
        node(700, |world| {
            clones(world, &[(120, "full-102".to_owned())]);
            world.advance(world.now() + 11_000);
        }),
    ]
}

/// The node before the first call.
pub(super) fn world(first: u64) -> Result<World> {
    let scenario = Scenario::read(include_str!("../../scenarios/scratch-node.yaml")).map_err(Error::other)?;
    let mut world = scenario.build(1, first).map_err(Error::other)?;
    if let Some(node) = world.node_mut("pve1") {
        node.terminals = false;
    }
    people(&mut world);
    Ok(world)
}

fn folder(content: &[&str], path: &str) -> Storage {
    Storage {
        kind: StorageKind::Dir,
        content: content.iter().map(|kind| (*kind).to_owned()).collect::<BTreeSet<_>>(),
        nodes: BTreeSet::new(),
        shared: false,
        path: path.to_owned(),
        total: 252 << 30,
        base_used: 28 << 30,
    }
}

fn people(world: &mut World) {
    let access = Arc::make_mut(&mut world.access);
    access.tokens.clear();
    let mut token = |authid: &str, number: u32, privsep| {
        let secret = format!("{number:08}-0000-4000-8000-000000000000");
        access.tokens.insert(authid.to_owned(), Token { secret, privsep, expire: 0, comment: None });
    };
    token("root@pam!full", 1, false);
    token("capp@pve!tok1", 2, false);
    token("capp@pve!sep", 3, true);
    token("viewer@pve!view", 4, false);
    token("lim@pve!tk", 5, false);
    for user in ["capp@pve", "viewer@pve", "lim@pve"] {
        let password = Some(hash_password("clientpw1"));
        access.users.insert(user.to_owned(), User { enabled: true, password, ..User::default() });
    }
    grant(world, "/", "capp@pve", "PVEAdmin");
    grant(world, "/", "viewer@pve", "PVEAuditor");
}

fn grant(world: &mut World, path: &str, subject: &str, role: &str) {
    let (path, subject, role) = (path.to_owned(), subject.to_owned(), role.to_owned());
    let entry = AclEntry { path, kind: SubjectKind::User, subject, role, propagate: true };
    Arc::make_mut(&mut world.access).acl.push(entry);
}

fn lose_answer(world: &mut World, on: Calls, loss: Loss, status: ProxyStatus) {
    world.inject(Fault::AnswerLost { on, loss, status: Some(status) });
}

/// A node of the cluster that is off, with a VM of its own.
fn foreign_node(world: &mut World) {
    world.add_node(1, Member::new(OTHER));
    world.inject(Fault::StatisticsStale { node: Some(OTHER.to_owned()) });
    world.inject(Fault::ForeignVm { node: OTHER.to_owned(), vmid: 200 });
    world.inject(Fault::NodeDown { node: OTHER.to_owned() });
}

fn root(method: Method, path: &str) -> Request {
    Request::new(method, path).token(ROOT_TOKEN)
}

/// Linked clones of the template at the same time, made to their ends.
fn clones(world: &mut World, wanted: &[(u32, String)]) {
    for (newid, name) in wanted {
        let clone = root(Method::Post, "/nodes/pve1/qemu/9000/clone").with("newid", &newid.to_string());
        world.submit(clone.with("name", name));
    }
    let busy =
        |world: &World| wanted.iter().any(|(vmid, _)| world.vms.get(vmid).is_none_or(|vm| vm.config.contains("lock")));
    let patience = world.now() + 30_000;
    while busy(world) && world.now() < patience {
        world.advance(world.now() + 50);
    }
}

/// Some other process holds the file lock of a VM.
fn hold(world: &mut World, vmid: u32) {
    world.take_lock(SOMEBODY, vmid, Mode::Exclusive, 0);
}

fn let_go(world: &mut World, vmid: u32) {
    world.release(SOMEBODY, vmid);
}

/// `kill -9` for the worker of a running task of this type.
fn kill_worker(world: &mut World, kind: &str) {
    let of_kind = |task: &u64| world.tasks.get(task).is_some_and(|task| task.upid.kind == kind);
    let running = world.processes.iter().find(|(_, process)| process.task.as_ref().is_some_and(of_kind));
    if let Some(id) = running.map(|(id, _)| *id) {
        world.kill(id);
    }
}

fn set(world: &mut World, vmid: u32, key: &str, value: &str) {
    if let Some(vm) = world.vm_mut(vmid) {
        vm.config.set(key, value);
    }
}

fn unset(world: &mut World, vmid: u32, key: &str) {
    if let Some(vm) = world.vm_mut(vmid) {
        vm.config.remove(key);
    }
}
