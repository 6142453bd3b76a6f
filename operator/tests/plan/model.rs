//! One server and its VM as Proxmox would keep it: plans are made of it, and their steps carried out on it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proxmox_client::{ConfigChange, GuestStatus, NodeName, ProxmoxRequest, VmConfig, Vmid};
use serde_json::{Map, Value, json};
use slipway_crds::{DriftPolicy, RunPolicy, Verb, VirtualServerStatus};
use slipway_operator::{
    mark::Identity,
    server::{
        desired::{Desired, Image, Interface, Template},
        interpret::remember,
        observed::{
            ActionView, AddressView, AdoptView, Claim, NodeView, Observed, PoolView, SiteView, Stored, TemplateView,
            UndoView, VmView, WorkView,
        },
        plan::{Plan, plan},
        report::{set_provisioned, set_taken_over},
        step::Step,
    },
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
        network: Interface {
            name: "public".into(),
            bridge: "vmbr0".into(),
            vlan: None,
            rate_mbps: Some(200),
            address: None,
        },
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
    pub claimed: bool,
    pub actions: Vec<ActionView>,
    pub stored: Stored,
    pub pool: PoolView,
    pub work: WorkView,
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
            claimed: false,
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

    pub fn claim() -> Claim {
        Claim {
            pool: "public".into(),
            scope: "public".into(),
            address: "192.0.2.10".parse().unwrap(),
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
                guest_node: node.filter(|_| self.guest.is_some()),
                guest_outside: false,
                guest_pool: Some(self.desired.identity.pool()),
                backup_storage: Some("nas".into()),
            },
            address: if self.claimed { AddressView::Claimed(Self::claim()) } else { AddressView::Free(Self::claim()) },
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
            quota: None,
        }
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
            // What is unprotected is so for the next step alone.
            let together = if matches!(step, Step::Unprotect { .. }) { 2 } else { 1 };
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
            Step::ClaimAddress { .. } => self.claimed = true,
            Step::EndAction { action, .. } => self.actions.retain(|a| a.name != *action),
            Step::FollowTask { .. } | Step::BringBack { .. } | Step::TakeBack { .. } | Step::Adopt { .. } => {}
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
            Step::Reowned { applied, detached, .. } => {
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
        self.look();
    }

    /// What the operator remembers of a direct read.
    fn look(&mut self) {
        if self.status.reown.is_some() {
            return;
        }
        if let Some(guest) = &self.guest {
            let config = self.config_of(&guest.options);
            let node = self.status.node.clone().unwrap();
            remember(&mut self.status, &config, &node, "public", vec!["192.0.2.10".into()]);
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
            let value = if option == "net0" && !value.split(',').next().unwrap().contains('=') {
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
