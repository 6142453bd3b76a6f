//! A VM that somebody else made: what is written to it, and when it is left alone.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use proxmox_client::{FirewallCall, VmConfig};
use serde_json::{Value, json};
use slipway_crds::{Adopt, Drift, DriftPolicy, Original, PowerState, RunPolicy};
use slipway_operator::{
    mark::{Identity, Mark, MarkState},
    server::{
        interpret::{apply, interpret, taken_over},
        observed::{AddressView, AdoptView, Adoptable, FilterView, Filters, Observed, VmView},
        plan::{Hold, Plan, plan},
        report::set_taken_over,
        step::Step,
    },
};

use crate::{
    model::{Model, interface, node, now, vmid},
    render::Page,
};

const VMID: u32 = 501;

/// An address of its own on the only interface.
fn own() -> BTreeMap<String, Vec<AddressView>> {
    [("public".to_owned(), vec![AddressView::Own])].into()
}

/// A server that adopts, and the VM: as somebody made it by hand, running.
struct Adoption {
    model: Model,
    vm: Adoptable,
}

impl Adoption {
    fn new() -> Self {
        let mut model = Model::new();
        model.desired.adopt = Some(Adopt { vmid: VMID, move_pool: false, disks: [].into(), give_back: false });
        model.desired.drift_policy = DriftPolicy::Report;
        let config = json!({
            "name": "old-web", "cores": 4, "memory": 2048, "onboot": 1, "tags": "legacy", "description": "customer: Ann",
            "scsi0": "local-lvm:vm-501-disk-0,size=40G", "boot": "order=scsi0", "net0": "virtio=BC:24:11:00:05:01,bridge=vmbr0",
            "digest": "digest-0",
        });
        let vm = Adoptable {
            node: node("pve1"),
            vmid: vmid(VMID),
            config: VmConfig::from_json(&config),
            running: true,
            in_our_pool: true,
            other_pool: None,
            owned: false,
        };
        Self { model, vm }
    }

    fn edit(&mut self, option: &str, value: &str) {
        let mut all: Value = self.vm.config.options().map(|(k, v)| (k.to_owned(), json!(v))).collect();
        all[option] = json!(value);
        all["digest"] = json!(self.vm.config.digest);
        self.vm.config = VmConfig::from_json(&all);
    }

    fn mark(&self) -> Mark {
        let identity = self.model.desired.identity.clone();
        Mark { identity, vmid: vmid(VMID), born: "u-1".into(), state: MarkState::Owned }
    }

    fn seen(&self) -> Observed {
        let mut seen = self.model.seen();
        seen.adopt = AdoptView::Found(Box::new(self.vm.clone()));
        seen.addresses = own();
        seen
    }

    fn plan(&self) -> Plan {
        plan(&self.model.desired, &self.seen())
    }

    /// What it was is remembered.
    fn noted(mut self) -> Self {
        let plan = self.plan();
        let [Step::Note { original, .. }] = &plan.steps[..] else { panic!("{plan:?}") };
        self.model.status.original = Some((**original).clone());
        self
    }

    /// The intent is written down.
    fn begun(self) -> Self {
        let mut this = self.noted();
        this.begin();
        this
    }

    fn begin(&mut self) {
        self.model.status.vmid = Some(VMID);
        self.model.status.node = Some("pve1".into());
        self.model.status.power_wish = Some(PowerState::Running);
    }

    /// Taken over, and looked at as any other server's VM.
    fn taken_over(self) -> (Self, Observed) {
        let mut this = self.begun();
        let plan = this.plan();
        let step = plan.steps.first().unwrap();
        let Step::TakeOver { change, .. } = step else { panic!("{plan:?}") };
        for (option, value) in change.set.clone() {
            this.edit(&option, &value);
        }
        let outcome = interpret(step, &Ok(proxmox_client::ProxmoxAnswer::Done), now());
        apply(&mut this.model.status, &outcome.changes);
        set_taken_over(&mut this.model.status, Some(1), now());
        let mut seen = this.model.seen();
        seen.addresses = own();
        seen.vm = VmView::Found {
            node: node("pve1"),
            config: Box::new(this.vm.config.clone()),
            status: Some(proxmox_client::GuestStatus {
                running: this.vm.running,
                paused: false,
                lock: None,
                cpus: 4,
                maxmem: 2048 << 20,
                ha_managed: false,
            }),
        };
        (this, seen)
    }
}

#[test]
fn it_is_noted_then_marked_and_what_differs_is_told_and_not_changed() {
    let mut page = Page::default();
    page.case("first", &Adoption::new().plan());
    page.case("remembered", &Adoption::new().noted().plan());
    page.case("noted", &Adoption::new().begun().plan());
    let (this, seen) = Adoption::new().taken_over();
    let settled = plan(&this.model.desired, &seen);
    page.case("taken over", &settled);
    assert!(settled.is_settled());
    assert_eq!(this.model.status.power_wish, Some(PowerState::Running));
    assert_snapshot!(page.text());
}

#[test]
fn a_later_wish_changes_what_it_names_and_nothing_that_was_adopted() {
    let (mut this, seen) = Adoption::new().taken_over();
    this.model.desired.memory_mib = 4096;
    let mut page = Page::default();
    page.case("more memory", &plan(&this.model.desired, &seen));
    this.model.desired.drift_policy = DriftPolicy::Correct;
    page.case("and the differences corrected", &plan(&this.model.desired, &seen));
    assert_snapshot!(page.text());
}

#[test]
fn a_disk_that_was_smaller_grows_by_a_later_wish_only_and_no_disk_is_changed_beside_an_unnamed_one() {
    let mut small = Adoption::new();
    small.model.desired.disk_gib = 80;
    let (mut this, seen) = small.taken_over();
    let told = plan(&this.model.desired, &seen);
    let difference = Drift::new("disk root", "80 GiB", "40 GiB");
    assert!(told.is_settled() && told.drift.contains(&difference), "{told:?}");
    this.model.desired.disk_gib = 90;
    let grown = plan(&this.model.desired, &seen);
    assert!(matches!(grown.steps[0], Step::Resize { from_gib: 40, to_gib: 90, .. }), "{grown:?}");
    let mut two = Adoption::new();
    two.edit("scsi1", "local-lvm:vm-501-disk-1,size=10G");
    let (mut this, seen) = two.taken_over();
    assert!(plan(&this.model.desired, &seen).is_settled());
    this.model.desired.disk_gib = 90;
    let held = plan(&this.model.desired, &seen);
    assert!(matches!(&held.hold, Some(Hold::Stalled(_, why)) if why.contains("scsi1")), "{held:?}");
    assert!(!held.steps.iter().any(|s| matches!(s, Step::Resize { .. })));
    this.model.desired.adopt.as_mut().unwrap().disks = [("data".to_owned(), "scsi1".to_owned())].into();
    assert!(matches!(plan(&this.model.desired, &seen).steps[0], Step::Resize { to_gib: 90, .. }));
}

#[test]
fn what_is_somebodys_or_no_vm_is_refused() {
    type Change<'a> = &'a dyn Fn(&mut Adoption);
    let other = |m: &Mark, change: &dyn Fn(&mut Identity)| {
        let mut mark = m.clone();
        change(&mut mark.identity);
        mark
    };
    let mut page = Page::default();
    let cases: [(&str, Change<'_>); 9] = [
        ("a template", &|a| a.edit("template", "1")),
        ("another server's", &|a| a.vm.owned = true),
        ("another installation's", &|a| {
            a.edit("description", &other(&a.mark(), &|i| i.installation = "zzz999zzz999".into()).to_string());
        }),
        ("two marks", &|a| a.edit("description", &format!("{0}\n{0}", a.mark()))),
        ("locked", &|a| a.edit("lock", "backup")),
        ("no disk of that name", &|a| {
            a.model.desired.adopt.as_mut().unwrap().disks = [("data".to_owned(), "scsi7".to_owned())].into();
        }),
        ("it would be stopped", &|a| a.model.desired.run_policy = RunPolicy::Stopped),
        ("it would be started", &|a| {
            a.model.desired.run_policy = RunPolicy::Running;
            a.vm.running = false;
        }),
        ("the address is another's", &|a| {
            a.model.status.original = a.plan().steps.iter().find_map(|step| match step {
                Step::Note { original, .. } => Some((**original).clone()),
                _ => None,
            });
            a.model.status.vmid = Some(VMID);
        }),
    ];
    for (title, change) in cases {
        let mut adoption = Adoption::new();
        change(&mut adoption);
        let mut seen = adoption.seen();
        if title == "the address is another's" {
            let taken = AddressView::none("address 192.0.2.9 is taken".into());
            seen.addresses = [("public".to_owned(), vec![taken])].into();
        }
        page.case(title, &plan(&adoption.model.desired, &seen));
    }
    for (title, view) in [("nothing", AdoptView::Absent), ("a container", AdoptView::Container)] {
        let adoption = Adoption::new();
        page.case(title, &plan(&adoption.model.desired, &Observed { adopt: view, ..adoption.seen() }));
    }
    assert_snapshot!(page.text());
}

#[test]
fn a_vm_outside_our_pool_needs_its_administrator() {
    let mut page = Page::default();
    let mut adoption = Adoption::new();
    adoption.vm.in_our_pool = false;
    adoption = adoption.noted();
    page.case("in no pool", &adoption.plan());
    adoption.vm.other_pool = Some("customers/ann".into());
    adoption = adoption.noted();
    page.case("in another pool", &adoption.plan());
    adoption.model.desired.adopt.as_mut().unwrap().move_pool = true;
    page.case("which it may leave", &adoption.plan());
    assert_snapshot!(page.text());
}

#[test]
fn what_the_vm_was_is_remembered_before_it_is_changed_and_its_pool_when_it_has_left_that() {
    let mut adoption = Adoption::new();
    (adoption.vm.in_our_pool, adoption.vm.other_pool) = (false, Some("customers/ann".into()));
    adoption.edit("protection", "0");
    let mut adoption = adoption.noted();
    (adoption.vm.in_our_pool, adoption.vm.other_pool) = (true, None);
    let original = Original {
        tags: Some("legacy".into()),
        protection: Some(false),
        on_boot: Some(true),
        pool: Some("customers/ann".into()),
    };
    assert_eq!(adoption.model.status.original, Some(original.clone()));
    adoption.begin();
    assert!(matches!(adoption.plan().steps[..], [Step::TakeOver { .. }]));
    // Somebody changes it in the last moment.
    adoption.edit("tags", "legacy;vip");
    let adoption = adoption.noted();
    assert_eq!(adoption.model.status.original, Some(Original { tags: Some("legacy;vip".into()), ..original }));
    assert!(matches!(adoption.plan().steps[..], [Step::TakeOver { .. }]));
}

#[test]
fn the_mark_of_a_server_that_is_no_more_is_replaced_and_its_origin_kept() {
    let mut adoption = Adoption::new();
    let mut lost = adoption.mark();
    (lost.identity.uid, lost.born) = ("u-0".into(), "u-00".into());
    adoption.edit("description", &lost.to_string());
    let plan = adoption.begun().plan();
    let Step::TakeOver { change, .. } = &plan.steps[0] else { panic!("{plan:?}") };
    let (_, text) = change.set.iter().find(|(k, _)| k == "description").unwrap();
    assert!(text.starts_with("slipway:v1 abc123def456/acct-a/web/u-1/501 born=u-00 owned"), "{text}");
}

#[test]
fn after_a_lost_answer_only_what_the_vm_says_was_applied_counts_as_applied() {
    let (mut this, _) = Adoption::new().taken_over();
    this.model.status.conditions.clear();
    this.model.status.applied = None;
    let again = this.plan();
    assert!(matches!(&again.steps[..], [Step::TakenOver { applied: Some(_), suspension: None, .. }]), "{again:?}");
    this.model.desired.cores = 2;
    let changed = this.plan();
    assert!(matches!(&changed.steps[..], [Step::TakenOver { applied: None, .. }]), "{changed:?}");
}

#[test]
fn a_suspension_at_adoption_spares_the_running_guest() {
    let mut adoption = Adoption::new().begun();
    adoption.model.desired.suspended = Some("unpaid".into());
    let plan = adoption.plan();
    let Step::TakeOver { suspension: Some(suspension), .. } = &plan.steps[0] else { panic!("{plan:?}") };
    assert!(suspension.spares && suspension.power == PowerState::Running);
    let mut status = adoption.model.status.clone();
    apply(&mut status, &taken_over(None, Some(*suspension)));
    assert_eq!(status.suspension, Some(*suspension));
}

/// A second interface that the server is given when the VM, whose only one has an address of its own, was taken over.
fn with_backend(seen: &mut Observed, model: &mut Model) {
    model.desired.networks.push(interface("backend", "vmbr1"));
    seen.addresses.insert("backend".into(), vec![AddressView::Claimed(Model::claim_of("backend", "192.0.2.11"))]);
    seen.filters = FilterView::Read(Filters::default());
}

#[test]
fn an_interface_that_is_added_is_filtered_and_the_one_that_came_with_it_is_left_alone() {
    for policy in [DriftPolicy::Report, DriftPolicy::Correct] {
        let (mut this, mut seen) = Adoption::new().taken_over();
        with_backend(&mut seen, &mut this.model);
        this.model.desired.drift_policy = policy;
        let steps = plan(&this.model.desired, &seen).steps;
        let calls = steps.iter().map_while(|step| match step {
            Step::Filter { call, .. } => Some(call.clone()),
            _ => None,
        });
        let calls: Vec<_> = calls.collect();
        let [FirewallCall::SetOptions { options }, FirewallCall::CreateSet { name }, FirewallCall::Add { cidr, .. }] =
            &calls[..]
        else {
            panic!("{policy:?}: {steps:?}")
        };
        assert_eq!((name.as_str(), cidr.as_str()), ("ipfilter-net1", "192.0.2.11"));
        let on = |option: &str| options.iter().any(|(name, value)| name == option && value == "1");
        assert!(on("enable") && on("macfilter"), "{options:?}");
        assert!(!options.iter().any(|(name, _)| name == "ipfilter"), "it would shut net0 out: {options:?}");
        let Some(Step::Configure { change, .. }) = steps.get(3) else { panic!("{steps:?}") };
        let set = |option: &str| change.set.iter().find(|(name, _)| name == option).map(|(_, value)| value.as_str());
        assert!(set("net1").is_some_and(|device| device.contains("firewall=1")), "{change:?}");
        assert_eq!(set("ipconfig1"), Some("ip=192.0.2.11/24,gw=192.0.2.1"));
        assert_eq!(set("ipconfig0"), None);
    }
}

#[test]
fn the_filter_of_an_added_interface_does_not_wait_for_a_look_at_those_that_are_there() {
    let (mut this, mut seen) = Adoption::new().taken_over();
    with_backend(&mut seen, &mut this.model);
    seen.filters = FilterView::NotAsked;
    let steps = plan(&this.model.desired, &seen).steps;
    assert!(matches!(steps[0], Step::Filter { call: FirewallCall::SetOptions { .. }, .. }), "{steps:?}");
}

#[test]
fn the_set_of_an_interface_that_was_removed_again_goes_with_it() {
    let (this, mut seen) = Adoption::new().taken_over();
    let sets = [("net1".to_owned(), vec![])].into();
    seen.filters = FilterView::Read(Filters { sets, ..Filters::default() });
    let steps = plan(&this.model.desired, &seen).steps;
    let [Step::Filter { call: FirewallCall::DeleteSet { name }, .. }] = &steps[..] else { panic!("{steps:?}") };
    assert_eq!(name, "ipfilter-net1");
}
