//! The traps that a database of years has for whoever reads its services.

use proptest::prelude::*;
use rstest::rstest;

use super::{Transform, fixture::*};
use crate::{
    carried::{Cycle, Link, Service, ServiceStatus},
    inventory::{Inventory, Machine, Machines},
    outcome::{Fate, Outcome},
    whmcs::{ServiceBundle, UpgradeRow},
};

struct Told {
    service: Option<Service>,
    outcomes: Vec<Outcome>,
}

fn tell(bundle: &ServiceBundle) -> Told {
    tell_by(&super::fixture::mapping(), &machines(), bundle)
}

fn tell_by(mapping: &crate::mapping::Mapping, machines: &Machines, bundle: &ServiceBundle) -> Told {
    let catalogue = catalogue();
    let (service, outcomes) = Transform::new(mapping, &catalogue, machines).service(bundle);
    Told { service, outcomes }
}

impl Told {
    fn of(&self, table: &str, id: i64) -> (Fate, &'static str) {
        let found: Vec<_> = self.outcomes.iter().filter(|o| o.table == table && o.id == id).collect();
        assert_eq!(found.len(), 1, "{table} {id} is told once");
        (found[0].outcome, found[0].code)
    }

    fn answer(&self, id: i64) -> (Fate, &'static str) {
        self.of("tblhostingconfigoptions", id)
    }

    fn value(&self, id: i64) -> (Fate, &'static str) {
        self.of("tblcustomfieldsvalues", id)
    }

    fn itself(&self) -> (Fate, &'static str) {
        let own = self.outcomes.iter().find(|o| o.table == "tblhosting").unwrap();
        (own.outcome, own.code)
    }

    fn facts(&self) -> &crate::carried::Facts {
        &self.service.as_ref().unwrap().facts
    }
}

#[test]
fn a_service_with_nothing_unknown_is_mapped_and_linked() {
    let mut bundle = service(101);
    bundle.answers =
        vec![answer(1, RAM, 12, 0), answer(2, CPU, 32, 0), answer(3, DISK, 41, 50), answer(4, BACKUPS, 51, 1)];
    bundle.answers.push(answer(5, EXTRA, 21, 3));
    let told = tell(&bundle);
    assert_eq!(told.itself(), (Fate::Mapped, "mapped"), "{:?}", told.outcomes);
    let facts = told.facts();
    assert_eq!((facts.cores, facts.memory_mib, facts.disk_gib), (Some(2), Some(2048 + 3072), Some(50)));
    assert_eq!(
        (facts.backups, facts.plan.as_deref(), facts.image.as_deref()),
        (Some(1), Some("vps-s"), Some("debian-12"))
    );
    assert_eq!((facts.site.as_deref(), facts.node.as_deref(), facts.vmid), (Some("home"), Some("pve1"), Some(1101)));
    assert_eq!(facts.hostname.as_deref(), Some("vps101.example.com"));
    assert!(told.outcomes.iter().all(|outcome| outcome.outcome == Fate::Mapped));
    let row = told.outcomes.iter().find_map(|outcome| outcome.facts.as_ref()).unwrap();
    assert_eq!((row.price.to_string().as_str(), row.currency.as_str(), row.cycle), ("9.90", "EUR", Cycle::Monthly));
}

#[test]
fn trap_10_a_group_of_a_deleted_product_is_none_of_the_products() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, OLD_RAM, 91, 0)];
    let told = tell(&bundle);
    assert_eq!(told.answer(1), (Fate::Finding, "option-not-on-product"));
}

#[test]
fn traps_11_and_12_hidden_options_and_choices_in_use_are_carried_over() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, SUPPORT, 71, 0), answer(2, RAM, 13, 0)];
    let told = tell(&bundle);
    assert_eq!((told.answer(1), told.answer(2)), ((Fate::Mapped, "mapped"), (Fate::Mapped, "mapped")));
    assert_eq!(told.facts().memory_mib, Some(512));
    let kept = &told.service.unwrap().kept;
    assert!(kept.iter().any(|kept| kept.name == "Support" && kept.value == "gold|Gold & more"));
}

#[test]
fn trap_13_what_follows_a_second_pipe_belongs_to_the_label() {
    let yaml = MAPPING
        .replace("  Debian 12: debian-12", "  Debian 12: debian-12\n  Ubuntu 22.04 LTS|recommended: ubuntu-2204");
    let mapping = crate::mapping::Mapping::read(&yaml).unwrap();
    let mut bundle = service(102);
    bundle.row.packageid = 3;
    bundle.values.clear();
    bundle.answers = vec![answer(1, OS, 62, 0)];
    let told = tell_by(&mapping, &machines(), &bundle);
    assert_eq!(told.answer(1), (Fate::Mapped, "mapped"));
    assert_eq!(told.facts().image.as_deref(), Some("ubuntu-2204"));
}

#[test]
fn trap_14_addresses_of_both_families_are_split_trimmed_and_read() {
    let mut bundle = service(101);
    bundle.row.assignedips = "2001:db8::1/64\r\n 198.51.100.7 \r\n\r\n203.0.113.101".into();
    let told = tell(&bundle);
    let addresses: Vec<String> = told.facts().addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["203.0.113.101", "2001:db8::1", "198.51.100.7"]);
    assert_eq!(told.itself().0, Fate::Mapped);
}

#[test]
fn trap_15_no_host_name_is_told_the_amount_stays_and_quantity_0_is_1() {
    let mut bundle = service(101);
    bundle.row.domain = String::new();
    bundle.row.qty = Some(0);
    bundle.row.amount = "-7.77".parse().unwrap();
    let told = tell(&bundle);
    let service = told.service.as_ref().unwrap();
    assert_eq!((service.billing.quantity, service.billing.price.to_string()), (1, "-7.77".to_owned()));
    assert_eq!((told.itself().0, service.facts.hostname.as_deref()), (Fate::Finding, None));
    let reason = &told.outcomes.iter().find(|o| o.table == "tblhosting").unwrap().reason;
    assert!(reason.contains("quantity is 0") && reason.contains("no host name"), "{reason}");
}

#[rstest]
#[case("Terminated")]
#[case("Cancelled")]
#[case("Fraud")]
#[case("Pending")]
#[case("Completed")]
fn traps_16_and_29_only_a_live_service_owns_addresses_and_a_machine(#[case] status: &str) {
    let mut bundle = service(101);
    bundle.row.domainstatus = status.into();
    bundle.values.extend([value(1, F_VMID, "1101"), value(2, F_IP, "203.0.113.101")]);
    let told = tell(&bundle);
    let service = told.service.as_ref().unwrap();
    assert_eq!(service.link, Link::History);
    assert_eq!((service.facts.addresses.len(), service.facts.vmid), (0, None));
    assert_eq!(told.value(1), (Fate::Ignored, "service-not-live"));
    assert_eq!(told.value(2), (Fate::Ignored, "service-not-live"));
}

#[test]
fn trap_17_a_service_whose_client_is_gone_is_not_carried_over_and_all_its_rows_say_so() {
    let mut bundle = service(101);
    bundle.client = None;
    bundle.answers = vec![answer(1, RAM, 12, 0)];
    let told = tell(&bundle);
    assert!(told.service.is_none());
    assert_eq!(told.itself(), (Fate::Finding, "client-missing"));
    assert_eq!((told.answer(1).1, told.outcomes.len()), ("client-missing", 3));
}

#[test]
fn trap_18_two_conflicting_answers_to_one_option_are_a_conflict_and_neither_is_applied() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, RAM, 11, 0), answer(2, RAM, 12, 0)];
    let told = tell(&bundle);
    assert_eq!(
        (told.answer(1), told.answer(2)),
        ((Fate::Conflict, "answers-conflict"), (Fate::Conflict, "answers-conflict"))
    );
    assert_eq!(told.facts().memory_mib, None, "the product's own size would be a guess");
    assert_eq!(told.itself(), (Fate::Finding, "size-unknown"));
}

#[test]
fn the_same_answer_twice_is_one_answer() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, EXTRA, 21, 1), answer(2, EXTRA, 21, 1)];
    let told = tell(&bundle);
    assert_eq!((told.answer(1).0, told.answer(2)), (Fate::Mapped, (Fate::Mapped, "duplicate")));
    assert_eq!(told.facts().memory_mib, Some(2048), "it is added once");
}

#[test]
fn two_options_of_one_name_that_differ_are_a_conflict_and_that_agree_are_not() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, RAM, 12, 0), answer(2, RAM_AGAIN, 121, 0)];
    assert_eq!(tell(&bundle).facts().memory_mib, Some(2048));
    bundle.answers[0] = answer(1, RAM, 11, 0);
    let told = tell(&bundle);
    assert_eq!(told.answer(1), (Fate::Conflict, "two-answers-one-fact"));
    assert_eq!((told.answer(2).0, told.facts().memory_mib), (Fate::Conflict, None));
}

#[test]
fn trap_19_a_choice_that_was_deleted_is_a_finding_and_the_size_is_not_known() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, RAM, 999, 0)];
    let told = tell(&bundle);
    assert_eq!(told.answer(1), (Fate::Finding, "choice-missing"));
    assert_eq!(told.facts().memory_mib, None);
}

#[test]
fn an_image_that_an_option_should_have_said_is_told_as_unknown() {
    let mut bundle = service(102);
    bundle.row.packageid = 3;
    bundle.values.clear();
    bundle.answers = vec![answer(1, LOCATION, 111, 0)];
    let told = tell(&bundle);
    let reason = &told.outcomes.iter().find(|o| o.table == "tblhosting").unwrap().reason;
    assert!(reason.contains("image is not known") && !reason.contains("region is not known"), "{reason}");
}

#[test]
fn trap_20_an_option_of_another_product_is_told_and_not_applied() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, OLD_RAM, 91, 0)];
    let told = tell(&bundle);
    assert_eq!(told.answer(1), (Fate::Finding, "option-not-on-product"));
    assert_eq!(told.facts().memory_mib, Some(1024), "the product's own");
}

#[test]
fn trap_21_a_choice_of_another_option_is_a_finding() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, RAM, 32, 0), answer(2, EXTRA, 51, 1)];
    let told = tell(&bundle);
    assert_eq!(told.answer(1), (Fate::Finding, "choice-of-other-option"));
    assert_eq!(told.answer(2), (Fate::Finding, "choice-of-other-option"));
}

#[test]
fn traps_22_and_23_answers_to_an_option_or_of_a_service_that_is_gone_are_told() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, 999, 1, 0)];
    assert_eq!(tell(&bundle).answer(1), (Fate::Finding, "option-missing"));
    let (mapping, catalogue, machines) = (super::fixture::mapping(), catalogue(), machines());
    let transform = Transform::new(&mapping, &catalogue, &machines);
    assert_eq!(transform.orphan_answer(&answer(2, RAM, 11, 0)).code, "service-missing");
    assert_eq!(transform.orphan_value(&value(3, F_OS, "x")).code, "service-missing");
    assert_eq!(transform.orphan_value(&value(3, 999, "x")).code, "field-missing");
}

#[test]
fn trap_24_a_field_of_the_same_name_in_another_spelling_has_the_same_role() {
    let mut bundle = service(101);
    bundle.row.packageid = 2;
    bundle.values = vec![value(1, F_OS_OF_2, "Debian 12")];
    let told = tell(&bundle);
    assert_eq!((told.value(1).0, told.facts().image.as_deref()), (Fate::Mapped, Some("debian-12")));
}

#[test]
fn trap_25_a_field_that_a_module_made_for_no_product_is_read() {
    let mut bundle = service(101);
    bundle.values.extend([value(1, F_VMID, "1101"), value(2, F_IP, " 198.51.100.9 ")]);
    let told = tell(&bundle);
    assert_eq!((told.value(1).0, told.value(2).0), (Fate::Mapped, Fate::Mapped));
    assert!(told.facts().addresses.contains(&"198.51.100.9".parse().unwrap()));
}

#[test]
fn trap_26_of_two_values_the_one_that_the_modules_table_confirms_is_right() {
    let mut bundle = service(101);
    bundle.values.extend([value(1, F_VMID, "101"), value(2, F_VMID, "1101")]);
    let told = tell(&bundle);
    assert_eq!((told.value(1), told.value(2).0), ((Fate::Conflict, "values-conflict"), Fate::Mapped));
    assert_eq!(told.facts().vmid, Some(1101));

    bundle.modules.clear();
    let told = tell(&bundle);
    assert_eq!((told.value(1).0, told.value(2).0), (Fate::Conflict, Fate::Conflict));
    assert_eq!((told.facts().vmid, told.itself()), (None, (Fate::Finding, "unlinked")));
}

#[test]
fn a_field_that_names_another_machine_than_the_modules_table_leaves_it_unlinked() {
    let mut bundle = service(101);
    bundle.values.push(value(1, F_VMID, "1102"));
    let told = tell(&bundle);
    assert_eq!(told.value(1), (Fate::Conflict, "locators-disagree"));
    assert!(matches!(told.service.unwrap().link, Link::Unlinked { .. }));
}

#[test]
fn trap_27_a_value_off_the_list_or_of_another_products_field_is_kept_and_told() {
    let mut bundle = service(101);
    bundle.values = vec![value(1, F_OS, "CentOS 6 (custom)"), value(2, F_OS_OF_2, "Debian 12")];
    let told = tell(&bundle);
    assert_eq!(
        (told.value(1), told.value(2)),
        ((Fate::Finding, "value-unknown"), (Fate::Finding, "field-of-other-product"))
    );
    assert_eq!((told.facts().image.as_deref(), told.itself().1), (None, "image-unknown"));
    let kept: Vec<&str> = told.service.as_ref().unwrap().kept.iter().map(|kept| kept.value.as_str()).collect();
    assert_eq!(kept, ["CentOS 6 (custom)", "Debian 12"]);
}

#[test]
fn trap_28_a_row_of_the_module_without_a_number_means_the_services_own() {
    let mut bundle = service(102);
    bundle.modules = vec![module(&[("id", "102")])];
    let told = tell(&bundle);
    assert_eq!(told.facts().vmid, Some(102));
}

#[test]
fn one_half_of_a_list_entry_means_the_entry() {
    for text in ["ubuntu", "Ubuntu 22.04 LTS", "ubuntu|Ubuntu 22.04 LTS"] {
        let mut bundle = service(101);
        bundle.values = vec![value(1, F_OS, text)];
        assert_eq!(tell(&bundle).facts().image.as_deref(), Some("ubuntu-2204"), "{text}");
    }
}

#[test]
fn a_choice_whose_halves_say_different_amounts_is_a_finding() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, RAM, 15, 0)];
    let told = tell(&bundle);
    assert_eq!((told.answer(1), told.facts().memory_mib), ((Fate::Finding, "value-contradicts-itself"), None));
}

#[test]
fn what_is_unmapped_or_has_no_entry_is_a_finding_and_kept() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, FLAVOUR, 81, 0)];
    bundle.values.push(value(2, F_UNKNOWN, "blue"));
    let told = tell(&bundle);
    assert_eq!((told.answer(1), told.value(2)), ((Fate::Finding, "unmapped"), (Fate::Finding, "unmapped")));
    assert_eq!(told.service.unwrap().kept.len(), 2);
}

#[test]
fn what_is_ignored_says_why_and_changes_nothing() {
    let mut bundle = service(102);
    bundle.row.packageid = 3;
    bundle.values.clear();
    bundle.answers = vec![answer(1, OS, 64, 0)];
    assert_eq!(tell(&bundle).answer(1), (Fate::Ignored, "ignored"));
    bundle.row.packageid = 9;
    bundle.answers = vec![answer(1, SLOTS, 101, 5)];
    let told = tell(&bundle);
    assert!(told.service.is_none());
    assert_eq!((told.itself(), told.answer(1).0), ((Fate::Ignored, "product-ignored"), Fate::Ignored));
}

#[test]
fn a_product_that_nobody_mapped_or_that_is_gone_is_a_finding() {
    let mut bundle = service(101);
    bundle.row.packageid = 8;
    assert_eq!(tell(&bundle).itself(), (Fate::Finding, "product-unmapped"));
    bundle.row.packageid = 77;
    assert_eq!(tell(&bundle).itself(), (Fate::Finding, "product-missing"));
}

#[test]
fn a_password_field_is_left_behind_and_never_shown() {
    let mut bundle = service(101);
    bundle.values.push(value(1, F_ROOT, "hunter2"));
    let told = tell(&bundle);
    assert_eq!(told.value(1), (Fate::Ignored, "secret"));
    assert!(!format!("{:?}{:?}", told.service, told.outcomes).contains("hunter2"));
}

#[test]
fn a_machine_that_is_not_there_or_is_another_is_never_linked() {
    let mut bundle = service(101);
    bundle.modules = vec![module(&[("id", "101"), ("vmid", "4711")])];
    let told = tell(&bundle);
    assert_eq!((told.itself(), told.facts().vmid), ((Fate::Finding, "unlinked"), None));

    let other = Machine {
        vmid: 1101,
        node: "pve1".into(),
        name: "somebody-else".into(),
        addresses: vec!["192.0.2.1".parse().unwrap()],
        ..Machine::default()
    };
    let machines = Inventory { sites: [("home".to_owned(), vec![other])].into() }.into();
    let told = tell_by(&super::fixture::mapping(), &machines, &service(101));
    assert_eq!((told.itself().1, told.facts().vmid), ("unlinked", None));
}

#[test]
fn without_an_inventory_nothing_is_linked_but_what_is_said_is_told() {
    let told = tell_by(&super::fixture::mapping(), &Machines::default(), &service(101));
    assert!(matches!(told.service.as_ref().unwrap().link, Link::Unlinked { .. }));
    assert_eq!((told.facts().vmid, told.facts().node.as_deref()), (Some(1101), Some("pve1")));
}

#[test]
fn a_formula_is_believed_only_when_the_machine_bears_witness() {
    let mut bundle = service(102);
    bundle.row.packageid = 3;
    bundle.modules.clear();
    bundle.values.clear();
    assert_eq!(tell(&bundle).facts().vmid, Some(102));
    bundle.row.domain = "other.example.org".into();
    bundle.row.dedicatedip = "198.51.100.1".into();
    assert_eq!(tell(&bundle).facts().vmid, None);
}

#[test]
fn an_override_of_the_mapping_stands_above_all() {
    let yaml = format!("{MAPPING}services:\n  101: {{vmid: 1102, memory: 3 GB, hostname: x.example.org}}\n");
    let mapping = crate::mapping::Mapping::read(&yaml).unwrap();
    let mut bundle = service(101);
    bundle.row.dedicatedip = "203.0.113.102".into();
    bundle.answers = vec![answer(1, RAM, 999, 0)];
    let told = tell_by(&mapping, &machines(), &bundle);
    let facts = told.facts();
    assert_eq!(
        (facts.vmid, facts.memory_mib, facts.hostname.as_deref()),
        (Some(1102), Some(3072), Some("x.example.org"))
    );
}

#[test]
fn a_pending_upgrade_has_a_row_of_its_own() {
    let mut bundle = service(101);
    let upgrade = UpgradeRow { id: 5, relid: 101, kind: "package".into(), paid: true, ..UpgradeRow::default() };
    bundle.upgrades = vec![upgrade];
    assert_eq!(tell(&bundle).of("tblupgrades", 5), (Fate::Finding, "upgrade-pending"));
}

#[test]
fn dates_cycles_and_statuses_that_mean_nothing_are_told() {
    let mut bundle = service(101);
    bundle.row.nextduedate = Some("0000-00-00".into());
    assert_eq!(tell(&bundle).itself(), (Fate::Finding, "next-due-missing"));
    bundle.row.nextduedate = Some("2026-02-31".into());
    assert_eq!(tell(&bundle).itself(), (Fate::Finding, "date-invalid"));
    bundle.row.billingcycle = "onetime".into();
    bundle.row.nextduedate = None;
    assert_eq!(tell(&bundle).itself().0, Fate::Mapped);
    bundle.row.billingcycle = "now and then".into();
    let told = tell(&bundle);
    assert_eq!((told.service.is_none(), told.itself()), (true, (Fate::Finding, "service-unreadable")));
}

#[test]
fn a_suspended_service_stays_suspended_and_keeps_its_machine() {
    let mut bundle = service(101);
    bundle.row.domainstatus = "Suspended".into();
    bundle.row.suspendreason = "Overdue &amp; unpaid".into();
    let service = tell(&bundle).service.unwrap();
    assert_eq!((service.status, service.suspend_reason.as_str()), (ServiceStatus::Suspended, "Overdue & unpaid"));
    assert!(matches!(service.link, Link::Machine { vmid: 1101, .. }));
}

proptest! {
    #[test]
    fn every_answer_and_value_is_told_exactly_once(
        product in prop::sample::select(vec![1i64, 2, 3, 8, 9, 77]),
        status in prop::sample::select(vec!["Active", "Suspended", "Terminated", "Pending", "Odd"]),
        has_client in any::<bool>(),
        answers in prop::collection::vec((0i64..14, 0i64..130, -1i64..70), 0..10),
        values in prop::collection::vec((0i64..12, prop::sample::select(vec!["", "Debian 12", "1101", "101", "x", "203.0.113.9"])), 0..8),
    ) {
        let mut bundle = service(101);
        bundle.row.packageid = product;
        bundle.row.domainstatus = status.into();
        bundle.client = bundle.client.filter(|_| has_client);
        bundle.answers = answers.iter().zip(1..).map(|((option, choice, qty), id)| answer(id, *option, *choice, *qty)).collect();
        bundle.values = values.iter().zip(1..).map(|((field, text), id)| value(id, *field, text)).collect();
        let told = tell(&bundle);
        prop_assert_eq!(told.outcomes.len(), 1 + answers.len() + values.len());
        for row in &bundle.answers {
            told.answer(row.id);
        }
        for row in &bundle.values {
            told.value(row.id);
        }
        told.itself();
    }
}
