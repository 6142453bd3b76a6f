//! Who reaches whom: the process that faces the internet never reaches the hypervisors, the one that holds their token never
//! the database of people and money.

use crate::{
    cases::CASES,
    firewall::{Firewall, To},
    helm::Helm,
};

const PROXMOX: &str = "10.9.0.7";
const ELSEWHERE: &str = "192.0.2.1";

fn firewall(values: &[&str]) -> Firewall {
    Firewall::of(&Helm::alone().objects(values))
}

#[test]
fn the_api_never_reaches_proxmox_and_the_operator_never_reaches_a_database() {
    for case in CASES.iter().filter(|case| !case.values.contains(&"networkPolicy.enabled=false")) {
        let firewall = firewall(case.values);
        if !case.values.contains(&"profile=operator-only") {
            assert!(!firewall.lets("api", To::Address(PROXMOX), 8006), "{}", case.name);
            assert!(firewall.lets("api", To::Component("operator"), 8090), "{}", case.name);
        }
        assert!(firewall.lets("operator", To::Address(PROXMOX), 8006), "{}", case.name);
        assert!(!firewall.lets("operator", To::Component("postgresql"), 5432), "{}", case.name);
        assert!(!firewall.lets("operator", To::Address(ELSEWHERE), 5432), "{}", case.name);
        assert!(!firewall.lets("operator", To::Address(ELSEWHERE), 3306), "{}", case.name);
    }
}

#[test]
fn with_the_nodes_named_no_port_of_theirs_is_open_to_the_api_and_nothing_else_to_the_operator() {
    let firewall = firewall(&["networkPolicy.proxmox.cidrs[0]=10.9.0.0/24", "networkPolicy.proxmox.port=443"]);
    for port in [22, 443, 5432, 6443, 8006] {
        assert!(!firewall.lets("api", To::Address(PROXMOX), port), "{port}");
    }
    assert!(firewall.lets("api", To::Address(ELSEWHERE), 443), "kube-apiserver");
    assert!(firewall.lets("operator", To::Address(PROXMOX), 443));
    assert!(!firewall.lets("operator", To::Address(ELSEWHERE), 8006));
}

#[test]
fn the_migration_reaches_whmcs_postgresql_and_the_operator_and_nothing_else() {
    let migration = ["migration.enabled=true", "migration.source.secretName=w", "migration.mapping.configMapName=m"];
    let inside = firewall(&migration);
    assert!(inside.lets("migration", To::Component("postgresql"), 5432));
    let external = [&migration[..], &["profile=ha", "database.external.secretName=s"]].concat();
    let outside = firewall(&external);
    assert!(outside.lets("migration", To::Address(ELSEWHERE), 5432));
    let emits = ["profile=operator-only", "migration.emit=manifests", "migration.manifests.claimName=c"];
    let emits = firewall(&[&migration[..], &emits].concat());
    assert!(!emits.lets("migration", To::Address(ELSEWHERE), 5432));
    for firewall in [inside, outside, emits] {
        assert!(firewall.lets("migration", To::Address(ELSEWHERE), 3306));
        assert!(firewall.lets("migration", To::Component("operator"), 8090));
        for port in [443, 6443, 8006] {
            assert!(!firewall.lets("migration", To::Address(PROXMOX), port), "{port}");
        }
    }
}

#[test]
fn only_who_needs_it_comes_to_the_database() {
    let firewall = firewall(&[]);
    for (component, may) in
        [("api", true), ("postgresql-dump", true), ("migration", true), ("operator", false), ("test", false)]
    {
        assert_eq!(firewall.lets(component, To::Component("postgresql"), 5432), may, "{component}");
    }
}

#[test]
fn helm_test_comes_through_to_what_it_asks() {
    for values in [&[][..], &["networkPolicy.clients[0].namespaceSelector.matchLabels.name=ingress"]] {
        let firewall = firewall(values);
        assert!(firewall.lets("test", To::Component("api"), 8080));
        assert!(firewall.lets("test", To::Component("operator"), 8090));
    }
}
