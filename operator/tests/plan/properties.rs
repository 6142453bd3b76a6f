//! Whatever is wished and whatever a template holds: after the steps of a plan are carried out, planning again gives none.

use proptest::prelude::*;
use slipway_crds::{DriftPolicy, RunPolicy, VirtualServerStatus};
use slipway_operator::server::{
    desired::{Desired, Password},
    report::set_provisioned,
};

use crate::model::{Model, desired, now};

fn hostname() -> impl Strategy<Value = String> {
    "[a-z]([a-z0-9-]{0,12}[a-z0-9])?"
}

fn run_policy() -> impl Strategy<Value = RunPolicy> {
    prop_oneof![Just(RunPolicy::Managed), Just(RunPolicy::Running), Just(RunPolicy::Stopped)]
}

fn drift_policy() -> impl Strategy<Value = DriftPolicy> {
    prop_oneof![Just(DriftPolicy::Correct), Just(DriftPolicy::Report)]
}

/// Any wish, with a disk of at least `least` GiB.
fn wish(least: u32) -> impl Strategy<Value = Desired> {
    let sizes = (1_u32..64, 128_u32..65_536, least..least + 500, prop::option::of(1_u32..10_000));
    let names = (hostname(), prop::collection::vec("192\\.0\\.2\\.[1-9]", 0..3), prop::option::of("[a-z]{2,8}\\.lan"));
    let policies = (run_policy(), drift_policy());
    let access = (
        prop::option::of("[a-z0-9]{4,12}"),
        prop::collection::vec("ssh-ed25519 AAAA[A-Za-z0-9+/]{8}( [a-z@. ]{1,8}[a-z])?", 0..3),
    );
    (sizes, names, policies, access, prop::option::of(1_u16..4095)).prop_map(
        |(
            (cores, memory_mib, disk_gib, rate_mbps),
            (hostname, nameservers, search_domain),
            (run_policy, drift_policy),
            (password, ssh_keys),
            vlan,
        )| {
            let mut wish = desired();
            wish.networks[0].rate_mbps = rate_mbps;
            wish.networks[0].vlan = vlan;
            Desired {
                hostname,
                cores,
                memory_mib,
                disk_gib,
                nameservers,
                search_domain,
                run_policy,
                drift_policy,
                password: password.map(Password::new),
                ssh_keys,
                ..wish
            }
        },
    )
}

/// Options that a template may carry and that must not outlive the first configuration.
fn template() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let option = prop_oneof![
        "[1-4]".prop_map(|v| ("sockets", v)),
        "[1-8]".prop_map(|v| ("cores", v)),
        Just(("memory", "current=4096".to_owned())),
        Just(("cipassword", "**********".to_owned())),
        Just(("ciuser", "template".to_owned())),
        Just(("sshkeys", "ssh-ed25519%20AAAAtemplate".to_owned())),
        Just(("nameserver", "9.9.9.9".to_owned())),
        Just(("searchdomain", "template.lan".to_owned())),
        Just(("ipconfig0", "ip=dhcp".to_owned())),
        Just(("tags", "golden;slipway-template".to_owned())),
        Just(("net0", "e1000=BC:24:11:00:00:00,bridge=vmbr9,firewall=1,tag=99,rate=1,mtu=1".to_owned())),
        Just(("scsi0", "local-lvm:base-9000-disk-0,discard=on,size=2252M".to_owned())),
        Just(("protection", "1".to_owned())),
        Just(("description", "Debian 13\nmade by Ann".to_owned())),
    ];
    prop::collection::vec(option, 0..6)
}

/// A person's edit of an option, which is set back to what was wished or reported.
fn edit() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        "[1-9]{2}".prop_map(|v| ("cores", v)),
        "[2-4]".prop_map(|v| ("sockets", v)),
        "[1-9]{4}".prop_map(|v| ("memory", v)),
        Just(("onboot", String::new())),
        Just(("name", "renamed".to_owned())),
        Just(("nameserver", String::new())),
        Just(("searchdomain", "elsewhere.lan".to_owned())),
        Just(("ipconfig0", "ip=dhcp".to_owned())),
        Just(("net0", "virtio=BC:24:11:00:00:77,bridge=vmbr7".to_owned())),
        Just(("protection", String::new())),
        Just(("tags", String::new())),
    ]
}

fn made(wish: Desired, template: Vec<(&'static str, String)>) -> Model {
    let mut model = Model::new();
    model.desired = wish;
    model.template.extend(template.into_iter().map(|(k, v)| (k.to_owned(), v)));
    model
}

fn is_settled(model: &Model) -> Result<(), TestCaseError> {
    let plan = model.plan();
    prop_assert!(plan.is_settled(), "{}\nof {:#?}", crate::render::text(&plan), model.guest);
    Ok(())
}

fn is_as_wished(model: &Model) -> Result<(), TestCaseError> {
    let (config, wish) = (model.config_of(&model.guest.as_ref().unwrap().options), &model.desired);
    prop_assert_eq!(
        (config.cores(), config.memory_mib(), config.name()),
        (wish.cores, wish.memory_mib, wish.hostname.as_str())
    );
    prop_assert!(config.flag("protection"));
    prop_assert_eq!(config.get("searchdomain"), wish.search_domain.as_deref());
    prop_assert!(config.disk_gib("scsi0").unwrap() >= wish.disk_gib);
    let net = config.network("net0").unwrap();
    prop_assert_eq!(net.option("bridge"), Some("vmbr0"));
    prop_assert_eq!(net.option("tag").map(str::to_owned), wish.networks[0].vlan.map(|v| v.to_string()));
    prop_assert!(config.tags().contains(&wish.identity.tag().as_str()));
    Ok(())
}

proptest! {
    #[test]
    fn a_new_server_settles_as_wished_whatever_its_template_holds(wish in wish(4), template in template()) {
        let mut model = made(wish, template);
        model.settle();
        is_settled(&model)?;
        is_as_wished(&model)?;
        prop_assert!(model.plan().drift.is_empty(), "{:?}", model.plan().drift);
        let opens = |option: &str| model.guest.as_ref().unwrap().options.contains_key(option);
        prop_assert_eq!(opens("cipassword"), model.desired.password.is_some(), "the template's password opens every server");
        prop_assert_eq!(opens("sshkeys"), !model.desired.ssh_keys.is_empty(), "the template's keys open every server");
        prop_assert!(!model.option("tags").contains("slipway-template"), "it looks like a template");
    }

    #[test]
    fn a_changed_wish_settles(first in wish(4), second in wish(504), template in template()) {
        let mut model = made(first, template);
        model.settle();
        model.desired = second;
        model.settle();
        is_settled(&model)?;
        is_as_wished(&model)?;
    }

    #[test]
    fn hand_edits_are_all_put_back(wish in wish(4), edits in prop::collection::vec(edit(), 1..4)) {
        let mut model = made(Desired { drift_policy: DriftPolicy::Correct, ..wish }, vec![]);
        model.settle();
        for (option, value) in &edits {
            model.edit(option, value);
        }
        model.settle();
        is_settled(&model)?;
        is_as_wished(&model)?;
        prop_assert!(model.plan().drift.is_empty());
    }

    #[test]
    fn reported_hand_edits_stay_and_are_shown(wish in wish(4), edits in prop::collection::vec(edit(), 1..4)) {
        let mut model = made(Desired { drift_policy: DriftPolicy::Report, ..wish }, vec![]);
        model.settle();
        for (option, value) in &edits {
            model.edit(option, value);
        }
        model.settle();
        is_settled(&model)?;
        prop_assert!(model.guest.as_ref().unwrap().options.get("protection").is_some_and(|p| p == "1"), "protection is no matter of drift");
        if edits.iter().all(|(option, _)| *option == "name") && model.desired.hostname != "renamed" {
            prop_assert_eq!(model.plan().drift.len(), 1);
        }
    }

    /// The mark and its second line are on the VM itself: a server whose status was lost finds its VM and leaves it as it is.
    #[test]
    fn a_server_whose_status_was_lost_keeps_its_vm_as_it_is(wish in wish(4)) {
        let mut model = made(wish, vec![]);
        model.settle();
        let before = model.guest.clone().unwrap();
        let (vmid, node) = (model.status.vmid, model.status.node.clone());
        model.status = VirtualServerStatus { vmid, node, ..VirtualServerStatus::default() };
        set_provisioned(&mut model.status, Some(1), now());
        let taken = model.settle();
        is_settled(&model)?;
        let after = model.guest.unwrap();
        prop_assert_eq!((before.options, before.running), (after.options, after.running), "{:?}", taken);
        prop_assert!(taken.len() <= 1, "{:?}", taken);
    }

    /// With nothing remembered but the VM's own second line, a hand edit is still told from a wish.
    #[test]
    fn a_lost_status_does_not_turn_hand_edits_into_wishes(wish in wish(4), edits in prop::collection::vec(edit(), 1..4), grown in 1_u32..50) {
        let mut model = made(Desired { drift_policy: DriftPolicy::Report, ..wish }, vec![]);
        model.settle();
        let larger = model.desired.disk_gib + grown;
        model.edit("scsi0", &format!("local-lvm:vm-100000-disk-0,size={larger}G"));
        for (option, value) in &edits {
            model.edit(option, value);
        }
        let edited = model.guest.clone().unwrap().options;
        let (vmid, node) = (model.status.vmid, model.status.node.clone());
        model.status = VirtualServerStatus { vmid, node, ..VirtualServerStatus::default() };
        set_provisioned(&mut model.status, Some(1), now());
        model.settle();
        is_settled(&model)?;
        for (option, value) in edited.iter().filter(|(k, _)| !["protection", "tags", "description"].contains(&k.as_str())) {
            prop_assert_eq!(model.option(option), value, "{} was put back although drift is only reported", option);
        }
    }
}
