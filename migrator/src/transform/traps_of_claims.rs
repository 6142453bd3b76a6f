//! What two services say that only one can have, and what is larger than anything a server has.

use rstest::rstest;

use super::{Claims, Transform, fixture::*};
use crate::{
    carried::{Link, Service},
    mapping::Mapping,
    outcome::{Fate, Outcome},
    whmcs::{Catalogue, CurrencyRow, ServiceBundle},
};

/// What becomes of services that are there together.
fn tell(mapping: &Mapping, catalogue: &Catalogue, bundles: &[&ServiceBundle]) -> Vec<(Service, Vec<Outcome>)> {
    let machines = machines();
    let transform = Transform::new(mapping, catalogue, &machines);
    let mut claims = Claims::default();
    for bundle in bundles {
        claims.add(&transform.claim(bundle).unwrap());
    }
    let transform = transform.with_shared(claims.shared());
    let told = bundles.iter().map(|bundle| transform.service(bundle));
    told.map(|(service, outcomes)| (service.unwrap(), outcomes)).collect()
}

fn itself(outcomes: &[Outcome]) -> &Outcome {
    outcomes.iter().find(|outcome| outcome.table == "tblhosting").unwrap()
}

fn with_services(entries: &str) -> Mapping {
    Mapping::read(&format!("{MAPPING}services:\n{entries}")).unwrap()
}

/// The second says that it is the first one's machine, too.
fn rivals() -> [ServiceBundle; 2] {
    let mut other = service(102);
    other.modules = vec![module(&[("id", "102"), ("vmid", "1101")])];
    [service(101), other]
}

#[test]
fn a_machine_of_two_live_services_is_linked_to_neither_and_each_is_told_of_the_other() {
    let [one, other] = rivals();
    let told = tell(&mapping(), &catalogue(), &[&one, &other]);
    for (at, rival) in [(0, "service 102"), (1, "its machine")] {
        let (service, outcomes) = &told[at];
        assert!(matches!(service.link, Link::Unlinked { .. }));
        let own = itself(outcomes);
        assert_eq!((own.outcome, own.code), (Fate::Finding, "unlinked"));
        assert!(own.reason.contains(rival) || own.reason.contains("neither the service's name"), "{}", own.reason);
    }
    assert!(itself(&told[0].1).reason.contains("machine 1101 of home is said to be service 102 too"));
}

#[test]
fn a_machine_that_the_mapping_names_for_a_service_is_its_although_another_says_so_too() {
    let [one, mut other] = rivals();
    other.row.dedicatedip = "203.0.113.101".into();
    let told = tell(&with_services("  101: {vmid: 1101}\n"), &catalogue(), &[&one, &other]);
    assert!(matches!(told[0].0.link, Link::Machine { vmid: 1101, .. }));
    assert!(matches!(told[1].0.link, Link::Unlinked { .. }));
    assert!(itself(&told[1].1).reason.contains("service 101"), "{}", itself(&told[1].1).reason);
    let both = with_services("  101: {vmid: 1101}\n  102: {vmid: 1101}\n");
    let told = tell(&both, &catalogue(), &[&one, &other]);
    assert!(told.iter().all(|(service, _)| matches!(service.link, Link::Unlinked { .. })), "both are named");
}

#[test]
fn a_machine_that_the_mapping_names_needs_no_likeness_and_is_told_to_lack_it() {
    let named = with_services("  101: {vmid: 1105}\n");
    let told = tell(&named, &catalogue(), &[&service(101)]);
    assert!(matches!(told[0].0.link, Link::Machine { vmid: 1105, .. }), "{:?}", told[0].0.link);
    let own = itself(&told[0].1);
    assert_eq!((own.outcome, own.code), (Fate::Finding, "machine-looks-otherwise"));
    assert!(own.reason.contains("machine 1105 (`vps105.example.com`)") && own.reason.contains("the mapping names"));
}

#[test]
fn an_address_of_two_live_services_is_told_of_both_with_the_other() {
    let (one, mut other, mut ended) = (service(101), service(102), service(103));
    other.row.assignedips = one.row.dedicatedip.clone();
    ended.row.dedicatedip = one.row.dedicatedip.clone();
    ended.row.domainstatus = "Terminated".into();
    let transform_of_all = [&one, &other];
    let told = tell(&mapping(), &catalogue(), &transform_of_all);
    for (at, who) in [(0, "service 102"), (1, "service 101")] {
        let own = itself(&told[at].1);
        assert_eq!((own.outcome, own.code), (Fate::Finding, "address-shared"));
        assert!(own.reason.contains(&format!("203.0.113.101 is an address of {who} too")), "{}", own.reason);
    }
    let (mapping, catalogue, machines) = (mapping(), catalogue(), machines());
    assert_eq!(Transform::new(&mapping, &catalogue, &machines).claim(&ended), None, "what has ended owns nothing");
}

#[test]
fn an_address_that_the_mapping_takes_from_a_service_is_shared_with_nobody() {
    let (one, mut other) = (service(101), service(102));
    other.row.assignedips = one.row.dedicatedip.clone();
    let told = tell(&with_services("  102: {addresses: [203.0.113.102]}\n"), &catalogue(), &[&one, &other]);
    assert!(told.iter().all(|(_, outcomes)| itself(outcomes).code != "address-shared"));
}

#[rstest]
#[case(answer(1, DISK, 41, 3_000_000_000), DISK)]
#[case(answer(1, DISK, 41, i64::MAX), DISK)]
fn an_answer_larger_than_any_server_is_a_finding_and_no_cut_number(
    #[case] given: crate::whmcs::AnswerRow,
    #[case] option: i64,
) {
    assert_eq!(given.configid, option);
    let mut bundle = service(101);
    bundle.answers = vec![given];
    let told = tell(&mapping(), &catalogue(), &[&bundle]);
    let row = told[0].1.iter().find(|outcome| outcome.table == "tblhostingconfigoptions").unwrap();
    assert_eq!((row.outcome, row.code), (Fate::Finding, "value-too-large"), "{}", row.reason);
    assert_eq!((told[0].0.facts.disk_gib, itself(&told[0].1).code), (None, "size-unknown"));
}

#[test]
fn sizes_that_only_together_are_larger_than_any_server_are_a_finding() {
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, EXTRA, 21, 2_097_151), answer(2, RAM, 12, 0)];
    let told = tell(&mapping(), &catalogue(), &[&bundle]);
    assert_eq!(told[0].0.facts.memory_mib, None);
    let own = itself(&told[0].1);
    assert_eq!((own.outcome, own.code), (Fate::Finding, "size-too-large"), "{}", own.reason);
    assert!(own.reason.contains("2147484672 MiB"), "{}", own.reason);
}

#[test]
fn a_size_that_is_multiplied_by_nothing_is_a_finding_and_no_server_without_memory() {
    let yaml = MAPPING
        .replace("  Extra RAM: {role: memory, operation: add}", "  Extra RAM: {role: memory, operation: multiply}");
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, EXTRA, 21, 0)];
    let told = tell(&Mapping::read(&yaml).unwrap(), &catalogue(), &[&bundle]);
    assert_eq!((told[0].0.facts.memory_mib, itself(&told[0].1).code), (None, "size-zero"));
}

#[rstest]
#[case(3_000_000_000)]
#[case(-2)]
fn a_quantity_of_no_service_is_told_and_1_is_carried_over(#[case] quantity: i64) {
    let mut bundle = service(101);
    bundle.row.qty = Some(quantity);
    let told = tell(&mapping(), &catalogue(), &[&bundle]);
    assert_eq!(told[0].0.billing.quantity, 1);
    assert!(itself(&told[0].1).reason.contains(&format!("its quantity is {quantity}")));
}

/// The one choice of a quantity, and what 2 of it are in MiB.
#[rstest]
#[case("1 GB|512 MB", None)]
#[case("2048|1 GB", None)]
#[case("512 MB", None)]
#[case("1 GB|1024 MB", Some(2048))]
#[case("1|1 GB", Some(2048))]
#[case("1024|1 GB", Some(2048))]
#[case("gb|1 GB", Some(2048))]
#[case("1 GB|One", Some(2048))]
fn a_quantity_whose_choice_says_two_amounts_is_a_finding(#[case] choice: &str, #[case] expected: Option<u64>) {
    let mut catalogue = catalogue();
    catalogue.choices.get_mut(&21).unwrap().name = choice.to_owned();
    let mut bundle = service(101);
    bundle.answers = vec![answer(1, EXTRA, 21, 2)];
    let told = tell(&mapping(), &catalogue, &[&bundle]);
    let row = told[0].1.iter().find(|outcome| outcome.table == "tblhostingconfigoptions").unwrap();
    assert_eq!(told[0].0.facts.memory_mib, expected.map(|extra| 1024 + extra), "{}", row.reason);
    assert_eq!(row.code == "unit-contradicts-itself", expected.is_none(), "{}", row.reason);
}

#[test]
fn currencies_are_codes_whatever_their_case_and_of_two_that_are_one_the_second_is_told() {
    let mut catalogue = catalogue();
    for (id, code, is_default) in [(2, "usd", false), (3, " eur ", true), (4, "€", false), (5, "₿", false)] {
        catalogue.currencies.insert(id, CurrencyRow { id, code: code.into(), is_default, ..CurrencyRow::default() });
    }
    let mapping =
        Mapping::read(&format!("{MAPPING}currencies: {{4: EUR, 5: {{ignore: nobody pays in it}}}}\n")).unwrap();
    let machines = machines();
    let transform = Transform::new(&mapping, &catalogue, &machines);
    let (currencies, outcomes) = transform.currencies();
    let carried: Vec<_> = currencies.iter().map(|currency| (currency.id, currency.code.as_str())).collect();
    assert_eq!(carried, [(2, "USD"), (3, "EUR")], "the default one stands for both");
    let told: Vec<_> = outcomes.iter().map(|o| (o.table, o.id, o.outcome, o.code)).collect();
    let twice = |id| ("tblcurrencies", id, Fate::Finding, "currency-twice");
    assert_eq!(told, [twice(1), twice(4)]);
    assert_eq!((transform.currency_code(1), transform.currency_code(4)), (Some("EUR"), Some("EUR")));
    assert_eq!((transform.currency_code(5), transform.currency_code(99)), (None, None));
}
