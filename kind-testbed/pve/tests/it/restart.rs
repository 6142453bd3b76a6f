//! The state outlives the process.

use pve_testbed::{World, server::StateDir};

use crate::lab::{Lab, TEMPLATE};

#[test]
fn a_saved_world_goes_on_where_it_was() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "102")]);
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::open(folder.path()).unwrap();
    assert!(state.load().unwrap().is_none());
    state.save(&lab.world).unwrap();
    let loaded: World = state.load().unwrap().unwrap();
    assert_eq!(loaded, lab.world);
    lab.world = loaded;
    assert_eq!(lab.wait(&clone), "OK");
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "running");
}

#[test]
fn certificates_are_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::open(folder.path()).unwrap();
    let first = state.tls(&["pve1".to_owned()], &[]).unwrap();
    let second = state.tls(&["pve1".to_owned()], &[]).unwrap();
    assert_eq!(first.fingerprint().unwrap(), second.fingerprint().unwrap());
    assert_eq!(first.ca_pem, second.ca_pem);
}

#[test]
fn a_token_keeps_its_secret_when_it_is_asked_for_again() {
    let mut world = World::seeded(3);
    let first = world.least_privilege_token("a");
    assert_eq!(world.least_privilege_token("a"), first);
}
