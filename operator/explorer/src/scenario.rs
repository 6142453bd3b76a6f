//! Where an exploration begins, and how much trouble it may meet.

use std::{collections::BTreeMap, fmt};

use pve_testbed::{World, request::Method};
use serde_json::{Value, json};
use slipway_crds::names::INSTALLATION;

use crate::{
    clock,
    kubernetes::{Key, Store},
    moves::Kind,
    proxmox::by_root,
    runner::{Runner, SITE},
    sabotage::Sabotage,
    settle,
    state::{Controller, Past, State},
};

pub const NODE: &str = "pve1";
pub const NAMESPACE: &str = "acct-a";
pub const SERVER: &str = "web";
/// The number of a copy that somebody makes of our VM.
pub const IMPOSTOR: u32 = 500;
/// The number of the VM that somebody made, and that is to be adopted.
pub const BY_HAND: u32 = 501;
pub const AUTHID: &str = "slipway@pve";
pub const ID: &str = "0198c0de-0000-7000-8000-000000000001";

/// What there is in the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// A server that was just created.
    Created,
    /// One that is Ready.
    Settled,
    /// One that is Ready and protected: no path may lose its VM.
    Protected,
    /// A server that was just created to adopt a VM that runs.
    Adopting,
}

/// A beginning and a budget.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: &'static str,
    pub begins: Begins,
    /// Operators on the same control plane; with `copy`, one more on a copy of it.
    pub controllers: usize,
    pub copy: bool,
    pub budget: Vec<(Kind, u8)>,
}

/// All of them, smallest first.
pub fn scenarios() -> Vec<Scenario> {
    use Kind::{
        AddDisk, AddNetwork, AnswerLost, CallLost, CopyMark, Crash, Delete, Edit, HandEdit, Look, LoseRights,
        LoseStatus, Recreate, RemoveDisk, RemoveNetwork, Restart, RestorePlane, Shutdown, Stale, StealNumber, Stop,
        TaskFails, WaitLong, WorkerDies,
    };
    let created = |name, budget: &[(Kind, u8)]| Scenario {
        name,
        begins: Begins::Created,
        controllers: 1,
        copy: false,
        budget: budget.to_vec(),
    };
    let settled = |name, budget: &[(Kind, u8)]| Scenario { begins: Begins::Settled, ..created(name, budget) };
    vec![
        created("create: a crash at every step", &[(Crash, 1)]),
        created("create: an answer or a call is lost", &[(AnswerLost, 1), (CallLost, 1)]),
        created("create: somebody takes the number", &[(StealNumber, 1), (Crash, 1)]),
        created("create: a task fails, a worker dies", &[(TaskFails, 1), (WorkerDies, 1), (WaitLong, 1)]),
        created("create: the status is lost", &[(LoseStatus, 1), (Stale, 1)]),
        created("create: the token loses its rights", &[(LoseRights, 1), (Crash, 1)]),
        created("create: deleted on the way, created again", &[(Delete, 1), (Recreate, 1), (Crash, 1)]),
        created("create: deleted while its clone dies", &[(Delete, 1), (WorkerDies, 1), (WaitLong, 1)]),
        Scenario {
            begins: Begins::Adopting,
            ..created("adopt: every crash and loss", &[(Crash, 1), (AnswerLost, 1), (CallLost, 1), (LoseStatus, 1)])
        },
        settled("verbs: a restart is done once", &[(Restart, 1), (Crash, 1), (AnswerLost, 1), (CallLost, 1)]),
        settled("verbs: Shutdown and Stop", &[(Shutdown, 1), (Stop, 1), (Crash, 1)]),
        settled("verbs: one that comes too late", &[(Restart, 1), (WaitLong, 1), (Stale, 1)]),
        settled("a larger plan, and hands of others", &[(Edit, 1), (HandEdit, 1), (Crash, 1), (AnswerLost, 1)]),
        settled(
            "a disk comes and goes",
            &[(AddDisk, 2), (RemoveDisk, 1), (Crash, 1), (AnswerLost, 1), (CallLost, 1), (TaskFails, 1)],
        ),
        settled(
            "an interface comes and goes",
            &[(AddNetwork, 2), (RemoveNetwork, 1), (Crash, 1), (AnswerLost, 1), (CallLost, 1), (Stale, 1)],
        ),
        settled("a disk and an interface, and the status is lost", &[(AddDisk, 1), (AddNetwork, 1), (LoseStatus, 1)]),
        settled("the status is lost", &[(LoseStatus, 1), (Stale, 1), (Crash, 1)]),
        settled("a copy with our mark", &[(CopyMark, 1), (LoseStatus, 1), (Delete, 1)]),
        settled("delete: every crash and loss", &[(Delete, 1), (Crash, 1), (AnswerLost, 1), (CallLost, 1)]),
        Scenario {
            begins: Begins::Protected,
            ..settled("delete: a protected server", &[(Delete, 1), (Recreate, 1), (Crash, 1), (LoseStatus, 1)])
        },
        settled("an older control plane", &[(Delete, 1), (RestorePlane, 1), (Recreate, 1)]),
        Scenario { copy: true, ..settled("a copied control plane", &[(Delete, 1), (Look, 3), (Crash, 1)]) },
        Scenario {
            controllers: 2,
            ..created("create: two operators at once", &[(Crash, 1), (AnswerLost, 1), (Stale, 1)])
        },
        Scenario { controllers: 2, ..settled("delete: two operators at once", &[(Delete, 1), (Crash, 1), (Stale, 1)]) },
        created(
            "create: everything that may happen",
            &[
                (Crash, 2),
                (AnswerLost, 1),
                (CallLost, 1),
                (Stale, 1),
                (Edit, 1),
                (Delete, 1),
                (Recreate, 1),
                (StealNumber, 1),
                (LoseStatus, 1),
                (TaskFails, 1),
                (WaitLong, 1),
            ],
        ),
    ]
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}, {} operators", self.name, self.begins, self.controllers + usize::from(self.copy))?;
        self.budget.iter().try_for_each(|(kind, times)| write!(f, ", {kind:?} × {times}"))
    }
}

impl Scenario {
    /// The first state, and what runs controllers from it.
    pub fn begin(&self, sabotage: Sabotage) -> anyhow::Result<(Runner, State)> {
        let mut world = World::builder(7).nodes([NODE]).build();
        let token = world.least_privilege_token(ID).token;
        let mut plane = furniture(&world);
        let now = clock::now(&world);
        let mut server = server();
        if self.begins == Begins::Protected {
            server["spec"]["deletionProtection"] = json!(true);
        }
        let mut past = Past::default();
        past.strangers.extend(world.guests().map(|guest| (guest.vmid, guest.fingerprint())));
        if self.begins == Begins::Adopting {
            make_by_hand(&mut world);
            server["spec"]["adopt"] = json!({ "vmid": BY_HAND });
            server["spec"]["driftPolicy"] = json!("Report");
            past.precious.insert(BY_HAND);
            past.running.insert(BY_HAND);
        }
        let _ = plane.create(Key::namespaced("virtualservers", NAMESPACE, SERVER), server, now);
        let mut state = State {
            world,
            backup: plane.clone(),
            planes: vec![plane],
            controllers: vec![Controller::new(0)],
            budget: BTreeMap::new(),
            past,
        };
        let runner = Runner::new(&token, sabotage)?;
        if matches!(self.begins, Begins::Settled | Begins::Protected) {
            state = settle::rest(&Runner::new(&token, Sabotage::None)?, &state).map_err(|why| anyhow::anyhow!(why))?;
            state.backup = state.planes[0].clone();
            state.past.precious = self.precious(&state);
        }
        state.controllers = (0..self.controllers).map(|_| Controller::new(0)).collect();
        if self.copy {
            let copy = state.planes[0].clone();
            state.planes.push(copy);
            state.past.planes_made += 1;
            state.controllers.push(Controller::new(1));
        }
        state.budget = self.budget.iter().copied().collect();
        Ok((runner, state))
    }

    /// What no path of this scenario may destroy.
    fn precious(&self, state: &State) -> std::collections::BTreeSet<u32> {
        let kept = self.begins == Begins::Protected;
        state.world.guests().filter(|g| kept && !g.is_template()).map(|g| g.vmid).collect()
    }
}

/// A VM that runs, put into our pool by Proxmox's administrator.
pub fn make_by_hand(world: &mut World) {
    let (number, pool) = (BY_HAND.to_string(), format!("slipway-{ID}"));
    by_root(world, Method::Post, &format!("/nodes/{NODE}/qemu/9003/clone"), &[("newid", &number), ("full", "1")]);
    while world.is_busy() {
        world.get_on();
    }
    by_root(world, Method::Post, &format!("/nodes/{NODE}/qemu/{BY_HAND}/status/start"), &[]);
    while world.is_busy() {
        world.get_on();
    }
    by_root(world, Method::Post, "/pools", &[("poolid", &pool)]);
    by_root(world, Method::Put, "/pools", &[("poolid", &pool), ("vms", &number)]);
}

/// The server that everything is about.
pub fn server() -> Value {
    json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": {},
        "spec": {
            "siteRef": SITE, "planRef": "small", "imageRef": "debian-13", "deletionGracePeriod": "0s",
            "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxh a@example.org"] }
        }
    })
}

/// Everything that the server refers to.
pub fn furniture(world: &World) -> Store {
    let mut store = Store::default();
    let now = clock::now(world);
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": {} });
    let _ = store.create(Key::cluster("namespaces", NAMESPACE), namespace, now);
    let mut make = |plural: &str, kind: &str, name: &str, spec: Value| {
        let object = json!({ "apiVersion": "slipway.dev/v1alpha1", "kind": kind, "metadata": {}, "spec": spec });
        let _ = store.create(Key::cluster(plural, name), object, now);
    };
    make("installations", "Installation", INSTALLATION, json!({ "id": ID }));
    make(
        "addresspools",
        "AddressPool",
        "public",
        json!({
            "scope": "public", "subnet": "192.0.2.0/24", "gateway": "192.0.2.1",
            "ranges": [{ "first": "192.0.2.10", "last": "192.0.2.20" }], "nameservers": ["192.0.2.1"]
        }),
    );
    make(
        "addresspools",
        "AddressPool",
        "backend",
        json!({
            "scope": "backend", "subnet": "2001:db8::/64", "gateway": "2001:db8::1",
            "ranges": [{ "first": "2001:db8::10", "last": "2001:db8::20" }]
        }),
    );
    for name in ["public", "backend"] {
        make(
            "networks",
            "Network",
            name,
            json!({ "siteRefs": [SITE], "bridge": "vmbr0", "pools": [name], "allowedNamespaces": ["*"] }),
        );
    }
    for (plan, cores, memory, disk) in [("small", 1, 1024, 10), ("large", 2, 2048, 20)] {
        make(
            "serverplans",
            "ServerPlan",
            plan,
            json!({ "cores": cores, "memoryMiB": memory, "diskGiB": disk, "maxDiskGiB": 100, "networkMbps": 200 }),
        );
    }
    make(
        "osimages",
        "OSImage",
        "debian-13",
        json!({
            "displayName": "Debian 13", "osFamily": "debian", "version": "13", "defaultUser": "debian",
            "templateName": "debian-13", "templateTag": "slipway-template",
            "templates": [{ "siteRef": SITE, "node": NODE, "vmid": 9003 }]
        }),
    );
    make(
        "proxmoxsites",
        "ProxmoxSite",
        SITE,
        json!({
            "endpoints": ["https://127.0.0.1:8006"], "credentialsSecretRef": { "name": "site" },
            "tls": { "fingerprint": vec!["AA"; 32].join(":") },
            "vmidRange": { "start": 100_000, "end": 199_999 }, "defaultNetwork": "public"
        }),
    );
    store
}

/// What a token that lost its rights gets back.
pub fn give_rights_back(world: &mut World) {
    world.least_privilege_token(ID);
}
