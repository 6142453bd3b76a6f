//! The world as it is at first start, and the token an operator is given.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Event, Pool, Rng, Settings, World, guest::IMAGES, stats::Samples};
use crate::model::{
    Vmid,
    access::{Access, AclEntry, Role, SubjectKind, Token, User},
    config::Config,
    ha::Ha,
    node::Node,
    privilege::Privileges,
    storage::{Purpose, Storage, StorageKind, Volume, VolumeKey, base_name, new_volume_name},
    vm::Vm,
};

const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;
/// Disk size of every template.
const TEMPLATE_DISK: u64 = 3 * GIB;
const CLOUDINIT_DISK: u64 = 4 << 20;

/// Makes a [`World`]. The default is the seed world of the README.
#[derive(Debug, Clone)]
pub struct Builder {
    seed: u64,
    epoch: u64,
    cluster: String,
    nodes: Vec<Member>,
    storages: BTreeMap<String, Storage>,
    root_password: String,
    templates: bool,
    import_image: bool,
}

/// A node to be.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) cpus: u32,
    /// Bytes.
    pub(crate) memory: u64,
    pub(crate) bridges: Vec<String>,
}

impl Member {
    pub(crate) fn new(name: &str) -> Self {
        let bridges = vec!["vmbr0".to_owned(), "vmbr1".to_owned()];
        Self { name: name.to_owned(), cpus: 32, memory: 128 * GIB, bridges }
    }
}

/// A token with no more than Slipway's operator needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeastPrivilege {
    /// `slipway@pve!operator=<uuid>`, the part after `PVEAPIToken=`.
    pub token: String,
    /// `slipway@pve!operator`.
    pub authid: String,
    /// The pool the token may create and manage. It is not created here.
    pub pool: String,
}

impl Builder {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            epoch: 1_795_413_000,
            cluster: "slipway-lab".to_owned(),
            nodes: ["pve1", "pve2"].map(Member::new).into(),
            storages: storages(),
            root_password: "pvetest".to_owned(),
            templates: true,
            import_image: true,
        }
    }

    /// Unix seconds at virtual time zero; task and ticket times count from it.
    #[must_use]
    pub fn epoch(mut self, unix_seconds: u64) -> Self {
        self.epoch = unix_seconds;
        self
    }

    #[must_use]
    pub fn nodes<I: IntoIterator<Item = S>, S: Into<String>>(mut self, names: I) -> Self {
        self.nodes = names.into_iter().map(|name| Member::new(&name.into())).collect();
        self
    }

    /// Nodes with their sizes.
    #[must_use]
    pub(crate) fn members(mut self, members: Vec<Member>) -> Self {
        self.nodes = members;
        self
    }

    /// The cluster's name.
    #[must_use]
    pub fn cluster(mut self, name: &str) -> Self {
        name.clone_into(&mut self.cluster);
        self
    }

    /// Adds a storage of this type for disks, or replaces the one of that name. `path` is a directory, `vg/pool` of
    /// thin LVM, a volume group, or a pool.
    #[must_use]
    pub fn storage(mut self, id: &str, kind: StorageKind, path: &str) -> Self {
        let storage = Storage {
            kind,
            content: ["images", "rootdir"].map(str::to_owned).into(),
            nodes: BTreeSet::new(),
            shared: kind.capabilities().shared,
            path: path.to_owned(),
            total: 2 * TIB,
            base_used: 0,
        };
        self.storages.insert(id.to_owned(), storage);
        self
    }

    /// Makes every storage so large, in bytes.
    #[must_use]
    pub fn storage_size(mut self, bytes: u64) -> Self {
        self.storages.values_mut().for_each(|storage| storage.total = bytes);
        self
    }

    /// Other storages than those of the seed world.
    #[must_use]
    pub(crate) fn storages(mut self, storages: BTreeMap<String, Storage>) -> Self {
        self.storages = storages;
        self.import_image = false;
        self
    }

    /// The password of `root@pam`, for tickets.
    #[must_use]
    pub fn root_password(mut self, password: &str) -> Self {
        password.clone_into(&mut self.root_password);
        self
    }

    /// Leaves the templates out: a small world for explorers.
    #[must_use]
    pub fn without_templates(mut self) -> Self {
        self.templates = false;
        self
    }

    pub fn build(self) -> World {
        let mut rng = Rng::new(self.seed);
        let settings = Settings {
            cluster: self.cluster,
            epoch: self.epoch,
            secret: rng.next(),
            mac_prefix: "BC:24:11".to_owned(),
        };
        let mut access = Access::fresh(&self.root_password);
        let secret = rng.uuid();
        access.tokens.insert("root@pam!slipway".to_owned(), Token { secret, privsep: false, expire: 0, comment: None });
        let mut world = World {
            now: 0,
            settings: Arc::new(settings),
            real_time: None,
            rng,
            access: Arc::new(access),
            nodes: BTreeMap::new(),
            storages: Arc::new(self.storages),
            volumes: BTreeMap::new(),
            lost: BTreeSet::new(),
            vms: BTreeMap::new(),
            pools: BTreeMap::<String, Pool>::new(),
            tasks: BTreeMap::new(),
            processes: BTreeMap::new(),
            flocks: BTreeMap::new(),
            abandoned: BTreeSet::new(),
            ha: Ha::default(),
            firewalls: BTreeMap::new(),
            datacenter: BTreeMap::new(),
            samples: Samples::default(),
            faults: Vec::new(),
            plans: Vec::new(),
            next_fault: 1,
            agenda: BTreeSet::new(),
            transfers: Vec::new(),
            pvedaemons: BTreeMap::new(),
            given_up: BTreeSet::new(),
            late: BTreeMap::new(),
            fates: BTreeMap::new(),
            outbox: BTreeMap::new(),
            next_request: 1,
            next_process: 1,
            next_task: 1,
            next_event: 0,
        };
        for (index, member) in self.nodes.into_iter().enumerate() {
            let name = member.name.clone();
            world.add_node(index, member);
            if self.import_image {
                world.add_import_image(&name);
            }
            if self.templates {
                for (offset, image) in (0u32..).zip(IMAGES.iter()) {
                    let vmid = 9000 + 10 * u32::try_from(index).unwrap_or(0) + offset;
                    world.add_template(vmid, &name, "local-lvm", image.name);
                }
            }
        }
        world
    }
}

impl World {
    /// `root@pam!slipway=<uuid>`: the part after `PVEAPIToken=`.
    pub fn root_token(&self) -> String {
        let secret = self.access.tokens.get("root@pam!slipway").map_or("", |token| &token.secret);
        format!("root@pam!slipway={secret}")
    }

    /// Makes the user `slipway@pve`, its token `operator` and the roles and ACL entries that Slipway's operator needs
    /// for the pool `slipway-<installation>`. A token that exists keeps its secret.
    pub fn least_privilege_token(&mut self, installation: &str) -> LeastPrivilege {
        let pool = format!("slipway-{installation}");
        let user = "slipway@pve".to_owned();
        let authid = format!("{user}!operator");
        let known = self.access.tokens.get(&authid).map(|token| token.secret.clone());
        let secret = known.unwrap_or_else(|| self.random_uuid());
        let templates: Vec<Vmid> =
            self.vms.iter().filter(|(_, vm)| vm.config.is_template()).map(|(vmid, _)| *vmid).collect();
        let storages: Vec<String> = self.storages.keys().cloned().collect();
        let access = Arc::make_mut(&mut self.access);
        access.users.entry(user.clone()).or_insert(User { enabled: true, ..User::default() });
        access.tokens.insert(
            authid.clone(),
            Token { secret: secret.clone(), privsep: false, expire: 0, comment: Some("Slipway operator".to_owned()) },
        );
        let mut grant = |path: String, role: &str| {
            let entry = AclEntry {
                path,
                kind: SubjectKind::User,
                subject: user.clone(),
                role: role.to_owned(),
                propagate: true,
            };
            if !access.acl.contains(&entry) {
                access.acl.push(entry);
            }
        };
        grant(format!("/pool/{pool}"), "PVEVMAdmin");
        grant(format!("/pool/{pool}"), "SlipwayPool");
        grant("/".to_owned(), "SlipwayCluster");
        grant("/vms".to_owned(), "SlipwayGuests");
        grant("/sdn/zones/localnetwork".to_owned(), "SlipwayBridge");
        for vmid in templates {
            grant(format!("/vms/{vmid}"), "SlipwayTemplate");
        }
        for storage in storages {
            grant(format!("/storage/{storage}"), "SlipwayStorage");
        }
        for (role, privileges) in [
            ("SlipwayPool", &["Pool.Allocate", "Pool.Audit"][..]),
            ("SlipwayCluster", &["Sys.Audit"]),
            ("SlipwayGuests", &["VM.Audit"]),
            ("SlipwayBridge", &["SDN.Use"]),
            // An entry on a deeper path replaces those above it, so reading is named again.
            ("SlipwayTemplate", &["VM.Audit", "VM.Clone"]),
            ("SlipwayStorage", &["Datastore.AllocateSpace", "Datastore.Audit"]),
        ] {
            let set =
                privileges.iter().filter_map(|name| Privileges::of(name)).fold(Privileges::NONE, Privileges::union);
            access.roles.insert(role.to_owned(), Role { privileges: set, special: false });
        }
        LeastPrivilege { token: format!("{authid}={secret}"), authid, pool }
    }

    pub(crate) fn add_node(&mut self, index: usize, member: Member) {
        let bytes: Vec<String> = (0..4).flat_map(|_| self.random().to_be_bytes()).map(|b| format!("{b:02X}")).collect();
        let id = u32::try_from(index + 1).unwrap_or(1);
        let node = Node {
            id,
            ip: format!("10.98.76.{id}"),
            cpus: member.cpus,
            memory: member.memory,
            booted: 0,
            online: true,
            next_pid: 1_100 + 40 * id,
            bridges: member.bridges,
            fingerprint: bytes.join(":"),
            terminals: true,
        };
        let name = member.name;
        self.nodes.insert(name.clone(), Arc::new(node));
        // Nodes measure at different moments.
        let offset = 500 + 3_700 * (u64::from(id) - 1) % 10_000;
        self.schedule(offset, Event::Measure(name.clone()));
    }

    /// The cloud image every node of the seed world has.
    fn add_import_image(&mut self, node: &str) {
        let import =
            VolumeKey { storage: "local".to_owned(), node: node.to_owned(), name: "import/debian-13.raw".to_owned() };
        let volume = Volume {
            owner: None,
            size: TEMPLATE_DISK,
            format: "raw".to_owned(),
            content: "import".to_owned(),
            base: None,
            ctime: self.settings.epoch,
            image: Some("debian-13".to_owned()),
            backup: None,
        };
        self.volumes.insert(import, Arc::new(volume));
    }

    /// The operating systems templates can hold.
    pub(crate) fn known_images() -> impl Iterator<Item = &'static str> {
        IMAGES.iter().map(|image| image.name)
    }

    /// A template as an administrator makes one from a cloud image; false when there is no such image.
    pub(crate) fn add_template(&mut self, vmid: Vmid, node: &str, storage: &str, image: &str) -> bool {
        let Some(image) = IMAGES.iter().find(|known| known.name == image) else { return false };
        let Some(place) = self.storages.get(storage) else { return false };
        let (kind, shared) = (place.kind, place.shared);
        let key = |name: String| VolumeKey {
            storage: storage.to_owned(),
            node: if shared { String::new() } else { node.to_owned() },
            name,
        };
        let format = if kind.capabilities().files { "qcow2" } else { "raw" };
        let disk = key(base_name(&new_volume_name(kind, vmid, Purpose::Disk, "raw", None, |_| false)));
        let cloudinit = key(new_volume_name(kind, vmid, Purpose::CloudInit, format, None, |_| false));
        let uuid = self.random_uuid();
        let generation = self.random_uuid();
        let mac = self.random_mac();
        let epoch = self.settings.epoch;
        let config = Config::from_pairs([
            ("agent", "enabled=1"),
            ("boot", "order=scsi0"),
            ("ciuser", if image.id == "ubuntu" { "ubuntu" } else { "debian" }),
            ("cores", "1"),
            ("cpu", "x86-64-v2-AES"),
            ("ide2", &format!("{},media=cdrom,size=4M", cloudinit.volid())),
            ("memory", "1024"),
            ("meta", &format!("creation-qemu=10.2.2,ctime={epoch}")),
            ("name", image.name),
            ("net0", &format!("virtio={mac},bridge=vmbr0")),
            ("numa", "0"),
            ("ostype", "l26"),
            ("scsi0", &format!("{},discard=on,size=3G,ssd=1", disk.volid())),
            ("scsihw", "virtio-scsi-single"),
            ("serial0", "socket"),
            ("smbios1", &format!("uuid={uuid}")),
            ("sockets", "1"),
            ("tags", "slipway-template"),
            ("template", "1"),
            ("vga", "serial0"),
            ("vmgenid", &generation),
        ]);
        let volume = |size, format: &str, image: Option<&str>| Volume {
            owner: Some(vmid),
            size,
            format: format.to_owned(),
            content: "images".to_owned(),
            base: None,
            ctime: epoch,
            image: image.map(str::to_owned),
            backup: None,
        };
        self.volumes.insert(disk, Arc::new(volume(TEMPLATE_DISK, "raw", Some(image.name))));
        self.volumes.insert(cloudinit, Arc::new(volume(CLOUDINIT_DISK, format, None)));
        self.insert_vm(vmid, Vm::new(node, config));
        true
    }
}

fn storages() -> BTreeMap<String, Storage> {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let storage = |kind, content: &[&str], path: &str, total, base_used| Storage {
        kind,
        content: set(content),
        nodes: BTreeSet::new(),
        shared: false,
        path: path.to_owned(),
        total,
        base_used,
    };
    BTreeMap::from([
        ("data".to_owned(), storage(StorageKind::Dir, &["images", "rootdir"], "/srv/data", 2 * TIB, 12 * GIB)),
        (
            "local".to_owned(),
            storage(StorageKind::Dir, &["backup", "import", "iso", "vztmpl"], "/var/lib/vz", 100 * GIB, 9 * GIB),
        ),
        ("local-lvm".to_owned(), storage(StorageKind::LvmThin, &["images", "rootdir"], "pve/data", 2 * TIB, 2 * GIB)),
    ])
}
