//! One server and its VM as Proxmox would keep it: plans are made of it, and their steps carried out on it.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use proxmox_client::{ConfigChange, FirewallCall, GuestStatus, NodeName, ProxmoxRequest, SetMember, VmConfig, Vmid};
use serde_json::{Map, Value, json};
use slipway_crds::{DriftPolicy, PowerState, RunPolicy, SuspensionStatus, Verb, VirtualServerStatus};
use slipway_operator::{
    mark::Identity,
    server::{
        desired::{Desired, Image, Interface, Template},
        filters::Confirmed,
        observed::{
            ActionView, AddressView, AdoptView, Claim, FilterView, Filters, NodeView, Observed, PoolView, SiteView,
            SpareClaim, Stored, TemplateView, UndoView, VmView, WorkView,
        },
        plan::{Plan, is_provisioned, plan},
        remember::remember,
        report::{set_provisioned, set_taken_over},
        step::Step,
    },
    site::inventory::{Storage, Storages},
};

pub const TEMPLATE: u32 = 9000;
pub const FIRST: u32 = 100_000;

pub fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

pub fn node(name: &str) -> NodeName {
    NodeName::try_from(name).unwrap()
}

pub fn vmid(number: u32) -> Vmid {
    Vmid::try_from(number).unwrap()
}

pub fn desired() -> Desired {
    Desired {
        identity: Identity {
            installation: "abc123def456".into(),
            namespace: "acct-a".into(),
            name: "web".into(),
            uid: "u-1".into(),
        },
        hostname: "web".into(),
        cores: 1,
        memory_mib: 1024,
        disk_gib: 10,
        storage: None,
        disks: vec![],
        image: Image {
            name: "debian-13".into(),
            template_name: "debian-13".into(),
            template_tag: "slipway-template".into(),
            templates: vec![
                Template { node: node("pve1"), vmid: vmid(TEMPLATE) },
                Template { node: node("pve2"), vmid: vmid(TEMPLATE) },
            ],
        },
        user: "debian".into(),
        ssh_keys: vec!["ssh-ed25519 AAAAC3Nza ann@example.org".into()],
        password: None,
        nameservers: vec![],
        search_domain: None,
        networks: vec![interface("public", "vmbr0")],
        run_policy: RunPolicy::Managed,
        drift_policy: DriftPolicy::Correct,
        paused: false,
        suspended: None,
        undelete: None,
        adopt: None,
        fresh: None,
        node: None,
        group: None,
    }
}

/// What a node sees of its storages: name, shared, GiB left.
pub fn storages(all: &[(&str, bool, i64)]) -> Arc<Storages> {
    Arc::new(
        all.iter()
            .map(|(name, shared, free_gib)| ((*name).to_owned(), Storage { shared: *shared, free_gib: *free_gib }))
            .collect(),
    )
}

pub fn interface(name: &str, bridge: &str) -> Interface {
    Interface {
        name: name.into(),
        network: name.into(),
        bridge: bridge.into(),
        rate_mbps: Some(200),
        ..Interface::default()
    }
}

/// A VM's options as Proxmox keeps them, and the sizes it runs with.
#[derive(Debug, Clone)]
pub struct Guest {
    pub options: BTreeMap<String, String>,
    pub running: Option<(u32, u64)>,
}

#[derive(Debug, Clone)]
pub struct Model {
    pub desired: Desired,
    pub status: VirtualServerStatus,
    pub template: BTreeMap<String, String>,
    pub guest: Option<Guest>,
    /// By interface.
    pub claims: BTreeMap<String, Claim>,
    pub filters: Filters,
    pub pending: Vec<String>,
    pub actions: Vec<ActionView>,
    pub stored: Stored,
    pub pool: PoolView,
    pub work: WorkView,
    pub gives_way: bool,
    /// Grows with every write.
    writes: u32,
    next_vmid: u32,
}

impl Model {
    pub fn new() -> Self {
        let template = json!({
            "name": "debian-13", "template": "1", "tags": "slipway-template", "cores": "2", "memory": "2048", "boot": "order=scsi0",
            "scsi0": "local-lvm:base-9000-disk-0,size=3G", "ide2": "local-lvm:vm-9000-cloudinit,media=cdrom",
            "net0": "virtio=BC:24:11:00:00:00,bridge=vmbr9", "smbios1": "uuid=00000000-0000-4000-8000-000000000000",
        });
        Self {
            desired: desired(),
            status: VirtualServerStatus::default(),
            template: options(template.as_object().unwrap()),
            guest: None,
            claims: BTreeMap::new(),
            filters: Filters::default(),
            pending: vec![],
            gives_way: false,
            actions: vec![],
            stored: Stored::default(),
            pool: PoolView::NotAsked,
            work: WorkView::NotAsked,
            writes: 0,
            next_vmid: FIRST,
        }
    }

    /// A server that was made, and whose plan is empty.
    pub fn converged() -> Self {
        let mut model = Self::new();
        model.settle();
        assert!(model.plan().is_settled(), "{:?}", model.plan());
        model
    }

    /// Of the first interface.
    pub fn claim() -> Claim {
        Self::claim_of("public", "192.0.2.10")
    }

    pub fn claim_of(interface: &str, address: &str) -> Claim {
        Claim {
            interface: interface.into(),
            pool: "public".into(),
            scope: "public".into(),
            address: address.parse().unwrap(),
            length: 32,
            own: address.parse().unwrap(),
            prefix: 24,
            gateway: "192.0.2.1".parse().unwrap(),
            nameservers: vec!["192.0.2.1".into()],
        }
    }

    pub fn digest(&self) -> String {
        format!("digest-{}", self.writes)
    }

    pub fn config_of(&self, options: &BTreeMap<String, String>) -> VmConfig {
        let mut all: Map<String, Value> = options.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        all.insert("digest".into(), json!(self.digest()));
        VmConfig::from_json(&Value::Object(all))
    }

    /// What a look would show now.
    pub fn seen(&self) -> Observed {
        let node = self.status.node.clone().map(|n| NodeName::try_from(n).unwrap());
        let vm = match (&self.guest, self.status.vmid) {
            (_, None) => VmView::NotAsked,
            (None, Some(_)) => VmView::Absent,
            (Some(guest), Some(_)) => VmView::Found {
                node: node.clone().unwrap(),
                config: Box::new(self.config_of(&guest.options)),
                status: Some(self.power(guest)),
            },
        };
        let template = match (&vm, &node) {
            (VmView::Absent, Some(node)) => {
                TemplateView::Read { node: node.clone(), vmid: vmid(TEMPLATE), config: self.config_of(&self.template) }
            }
            _ => TemplateView::NotNeeded,
        };
        let nodes = [("pve1", 1 << 17), ("pve2", 1 << 18)].map(|(name, free_memory_mib)| NodeView {
            name: self::node(name),
            online: true,
            cordoned: false,
            apart: false,
            free_memory_mib,
            free_cores: 64,
            storages: storages(&[("local-lvm", false, 1 << 20)]),
            claimed_gib: BTreeMap::new(),
        });
        Observed {
            previous_unsure: None,
            now: now(),
            generation: 1,
            status: self.status.clone(),
            site: SiteView {
                frozen: None,
                creates_held: None,
                nodes: nodes.to_vec(),
                templates: Arc::new([(vmid(TEMPLATE), "local-lvm".to_owned())].into()),
                guest_node: node.filter(|_| self.guest.is_some()),
                guest_outside: false,
                guest_pool: Some(self.desired.identity.pool()),
                most_backups: None,
                backup_storage: Some("nas".into()),
            },
            addresses: self.desired.networks.iter().enumerate().map(|(n, i)| self.address_of(&i.name, n)).collect(),
            spare_claims: self.spare_claims(),
            pending: self.pending.clone(),
            filters: self.filters_seen(),
            template,
            vm,
            pool: self.pool,
            work: self.work,
            task: None,
            actions: self.actions.clone(),
            stored: self.stored.clone(),
            previous: None,
            undo: UndoView::NotAsked,
            adopt: AdoptView::NotAsked,
            gives_way: self.gives_way,
            quota: None,
        }
    }

    fn address_of(&self, interface: &str, number: usize) -> (String, Vec<AddressView>) {
        let view = match self.claims.get(interface) {
            Some(claim) => AddressView::Claimed(claim.clone()),
            None => AddressView::Free(Self::claim_of(interface, &format!("192.0.2.{}", 10 + number))),
        };
        (interface.to_owned(), vec![view])
    }

    fn spare_claims(&self) -> Vec<SpareClaim> {
        let spare = self.claims.iter().filter(|(name, _)| self.desired.networks.iter().all(|i| i.name != **name));
        spare
            .map(|(name, claim)| SpareClaim {
                name: format!("claim-of-{name}"),
                interface: name.clone(),
                address: claim.address,
                length: claim.length,
            })
            .collect()
    }

    /// As a look reads them: not of one that has just been cloned.
    fn filters_seen(&self) -> FilterView {
        let begun = self.status.networks.values().any(|network| network.filter.is_empty());
        let asked = is_provisioned(&self.status) || self.status.reown.is_some() || begun;
        if self.guest.is_some() && asked { FilterView::Read(self.filters.clone()) } else { FilterView::NotAsked }
    }

    fn power(&self, guest: &Guest) -> GuestStatus {
        let config = self.config_of(&guest.options);
        let configured = (config.cores(), u64::from(config.memory_mib()) << 20);
        let (cpus, maxmem) = guest.running.unwrap_or(configured);
        GuestStatus { running: guest.running.is_some(), paused: false, lock: None, cpus, maxmem, ha_managed: false }
    }

    pub fn plan(&self) -> Plan {
        plan(&self.desired, &self.seen())
    }

    /// Plans and carries out until nothing is left or something holds; answers the steps that were taken.
    pub fn settle(&mut self) -> Vec<String> {
        let mut taken = Vec::new();
        for _ in 0..20 {
            let plan = self.plan();
            let Some(step) = plan.steps.first() else { return taken };
            // What is unprotected is so for the next step alone; filters and what they surround are one plan.
            let together = match step {
                Step::Unprotect { .. } => 2,
                Step::Filter { .. } => plan.steps.iter().take_while(|s| s.task_kind().is_none()).count(),
                _ => 1,
            };
            for step in plan.steps.iter().take(together) {
                taken.push(step.to_string());
                self.carry_out(step);
            }
        }
        panic!("it never settles: {taken:#?}");
    }

    /// As Proxmox and the operator would.
    pub fn carry_out(&mut self, step: &Step) {
        match step {
            Step::ReserveVmid { node } => {
                self.status.vmid = Some(self.next_vmid);
                self.next_vmid += 1;
                self.status.node = Some(node.to_string());
            }
            Step::RecallVmid { vmid, node, .. } => {
                self.status.vmid = Some(vmid.get());
                self.status.node = Some(node.to_string());
            }
            Step::BurnVmid { .. } | Step::Quarantine { .. } => {
                self.guest = None;
                self.status.vmid = None;
            }
            Step::ClaimAddress { claim } => {
                self.claims.insert(claim.interface.clone(), claim.clone());
            }
            Step::ReleaseAddress { claim, .. } => {
                self.claims.retain(|interface, _| format!("claim-of-{interface}") != *claim);
            }
            Step::Filter { call, confirms, .. } => self.filter(call, confirms.as_ref()),
            Step::Attach { slot, change, size_gib, .. } => self.attach(slot, *size_gib, change),
            Step::Detach { slot, .. } => self.detach(slot),
            Step::EndAction { action, .. } => self.actions.retain(|a| a.name != *action),
            Step::AwaitTurn { .. }
            | Step::FollowTask { .. }
            | Step::BringBack { .. }
            | Step::TakeBack { .. }
            | Step::Note { .. }
            | Step::Adopt { .. } => {}
            Step::TakenOver { .. } => set_taken_over(&mut self.status, Some(1), now()),
            Step::TakeOver { applied, .. } => {
                self.write(step);
                self.status.applied = Some((**applied).clone());
                set_taken_over(&mut self.status, Some(1), now());
            }
            Step::Act { action, verb, .. } => {
                match verb {
                    Verb::Start => self.start(),
                    Verb::Stop | Verb::Shutdown => self.stop(),
                    Verb::Restart => {
                        self.stop();
                        self.start();
                    }
                    _ => {}
                }
                self.actions.retain(|a| a.name != *action);
            }
            Step::Start { .. } => self.start(),
            Step::Shutdown { .. } | Step::PowerOff { .. } => self.stop(),
            Step::Suspend { suspension, .. } => self.status.suspension = Some(*suspension),
            Step::EndSuspension { .. } => self.status.suspension = None,
            Step::Clone { name, mark, .. } => {
                let mut options = self.template.clone();
                options.remove("template");
                options.insert("name".into(), name.clone());
                options.insert("description".into(), mark.to_string());
                options.insert("smbios1".into(), "uuid=00000000-0000-4000-8000-000000000001".into());
                if let Some(net) = options.get_mut("net0") {
                    *net = net.replace("BC:24:11:00:00:00", "BC:24:11:00:00:01");
                }
                self.guest = Some(Guest { options, running: None });
                self.writes += 1;
            }
            Step::Configure { applied, .. } => {
                self.write(step);
                self.status.applied = Some((**applied).clone());
            }
            Step::Protect { .. } | Step::Unprotect { .. } | Step::Remark { .. } | Step::Reown { .. } => {
                self.write(step);
            }
            Step::Prepare { reown } => self.status.reown = Some((**reown).clone()),
            Step::Reowned { applied, detached, owes_start, .. } => {
                if *owes_start {
                    self.status.suspension = Some(SuspensionStatus { power: PowerState::Running, spares: false });
                }
                self.status.applied = Some((**applied).clone());
                self.status.reown = None;
                self.status.detached.extend(detached.clone());
            }
            Step::DropDisk { name, slot, .. } => {
                assert_eq!(self.option("protection"), "", "{step} of a protected VM");
                self.edit(&slot.clone(), "");
                self.status.detached.retain(|d| d.name != *name);
            }
            Step::Resize { disk, from_gib, to_gib, .. } => {
                assert!(to_gib > from_gib, "{step} shrinks");
                let guest = self.guest.as_mut().unwrap();
                let volume = guest.options[disk].split(',').next().unwrap().to_owned();
                guest.options.insert(disk.clone(), format!("{volume},size={to_gib}G"));
                self.writes += 1;
            }
        }
        // What a clone looks like is remembered with the first step that follows.
        if !matches!(step, Step::Clone { .. }) {
            self.look();
        }
    }

    /// What the operator remembers of a direct read.
    fn look(&mut self) {
        if self.status.reown.is_some() {
            return;
        }
        if let Some(guest) = &self.guest {
            let config = self.config_of(&guest.options);
            let node = self.status.node.clone().unwrap();
            let (seen, desired) = (self.seen(), self.desired.clone());
            remember(&mut self.status, &desired, &seen, &config, &node);
        }
    }

    fn filter(&mut self, call: &FirewallCall, confirms: Option<&Confirmed>) {
        let slot = |name: &str| name.strip_prefix("ipfilter-").unwrap().to_owned();
        match call {
            FirewallCall::SetOptions { options } => self.filters.options.extend(options.clone()),
            FirewallCall::CreateSet { name } => {
                assert!(self.filters.sets.insert(slot(name), vec![]).is_none(), "{name} is there already");
            }
            FirewallCall::DeleteSet { name } => {
                self.filters.sets.remove(&slot(name)).unwrap();
            }
            FirewallCall::Add { name, cidr } => {
                let member = SetMember { cidr: cidr.clone(), nomatch: false };
                self.filters.sets.get_mut(&slot(name)).unwrap().push(member);
            }
            FirewallCall::Remove { name, cidr } => {
                self.filters.sets.get_mut(&slot(name)).unwrap().retain(|member| member.cidr != *cidr);
            }
            other => panic!("{other:?} changes nothing"),
        }
        if let Some(confirmed) = confirms {
            let network = self.status.networks.entry(confirmed.interface.clone()).or_default();
            network.slot.clone_from(&confirmed.slot);
            network.filter.clone_from(&confirmed.members);
        }
    }

    fn detach(&mut self, slot: &str) {
        assert_eq!(self.option("protection"), "", "{slot} of a protected VM");
        let volume = self.option(slot).split(',').next().unwrap().to_owned();
        self.edit(slot, "");
        let free = (0..9).map(|n| format!("unused{n}")).find(|slot| self.option(slot).is_empty()).unwrap();
        self.edit(&free, &volume);
    }

    /// A new volume, or one of its own that was plugged in nowhere.
    fn attach(&mut self, slot: &str, size_gib: u32, change: &ConfigChange) {
        assert_eq!(change.digest, self.digest(), "it rests on an older read");
        assert_eq!(self.option(slot), "", "{slot} is taken");
        self.writes += 1;
        let volume = format!("local-lvm:vm-{FIRST}-disk-{}", self.writes);
        let options = &mut self.guest.as_mut().unwrap().options;
        for (option, value) in &change.set {
            let (head, rest) =
                value.split_once(',').map_or((value.as_str(), String::new()), |(h, r)| (h, format!(",{r}")));
            let own = options.iter().find(|(s, v)| s.starts_with("unused") && *v == head).map(|(s, _)| s.clone());
            if option != slot {
                options.insert(option.clone(), value.clone());
            } else if let Some(unused) = own {
                options.remove(&unused);
                options.insert(option.clone(), format!("{value},size={size_gib}G"));
            } else {
                options.insert(option.clone(), format!("{volume}{rest},size={size_gib}G"));
            }
        }
    }

    fn write(&mut self, step: &Step) {
        let Some(ProxmoxRequest::SetConfig { change: ConfigChange { set, delete, digest }, .. }) = step.request()
        else {
            panic!("{step} writes no configuration");
        };
        assert_eq!(digest, self.digest(), "{step} rests on an older read");
        assert!(!set.is_empty() || !delete.is_empty(), "Proxmox refuses a write of nothing");
        self.writes += 1;
        let mac = format!("=BC:24:11:00:01:{:02X},", self.writes);
        let guest = self.guest.as_mut().unwrap();
        for option in delete {
            assert!(guest.options.remove(&option).is_some(), "{step} deletes {option}, which is not set");
        }
        for (option, value) in set {
            // A device without an address is given one.
            let is_net = option.strip_prefix("net").is_some_and(|n| n.parse::<u8>().is_ok());
            let value = if is_net && !value.split(',').next().unwrap().contains('=') {
                value.replacen(',', &mac, 1)
            } else {
                value
            };
            let value = if option == "cipassword" { "**********".to_owned() } else { value };
            guest.options.insert(option, value);
        }
    }

    fn start(&mut self) {
        let config = self.config_of(&self.guest.as_ref().unwrap().options);
        let sizes = (config.cores(), u64::from(config.memory_mib()) << 20);
        let guest = self.guest.as_mut().unwrap();
        guest.running.get_or_insert(sizes);
        set_provisioned(&mut self.status, Some(1), now());
    }

    fn stop(&mut self) {
        self.guest.as_mut().unwrap().running = None;
    }

    /// A person's edit at the dashboard of Proxmox; an empty value removes.
    pub fn edit(&mut self, option: &str, value: &str) {
        self.writes += 1;
        let options = &mut self.guest.as_mut().unwrap().options;
        if value.is_empty() {
            options.remove(option);
        } else {
            options.insert(option.into(), value.into());
        }
    }

    pub fn option(&self, option: &str) -> &str {
        self.guest.as_ref().unwrap().options.get(option).map_or("", String::as_str)
    }
}

pub fn options(object: &Map<String, Value>) -> BTreeMap<String, String> {
    object.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect()
}
