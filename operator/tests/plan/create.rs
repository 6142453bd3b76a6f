//! From nothing to a running server, and everything that it may have to wait for.

use std::sync::Arc;

use insta::assert_snapshot;
use slipway_crds::words::WaitingReason;
use slipway_operator::server::{
    desired::{Disk, Password},
    observed::{AddressView, Observed, PreviousVm, TemplateView},
    plan::plan,
};

use crate::{
    model::{Model, node, storages, vmid},
    render::Page,
};

#[test]
fn a_new_server_is_made_step_by_step() {
    let mut model = Model::new();
    let mut page = Page::default();
    for title in [
        "nothing is there",
        "a number is reserved",
        "an address is claimed",
        "a clone is there",
        "its firewall is on",
        "its filter is there",
        "its address is let through",
        "it is configured",
        "its disk is grown",
        "it is started",
    ] {
        let plan = model.plan();
        page.case(title, &plan);
        if let Some(step) = plan.steps.first() {
            model.carry_out(step);
        }
    }
    assert_snapshot!(page.text());
}

#[test]
fn a_password_is_set_and_the_templates_own_never_stays() {
    let cloned = |change: &dyn Fn(&mut Model)| {
        let mut model = Model::new();
        for (option, value) in
            [("cipassword", "**********"), ("sshkeys", "ssh-ed25519%20AAAAold"), ("searchdomain", "template.lan")]
        {
            model.template.insert(option.into(), value.into());
        }
        change(&mut model);
        for _ in 0..3 {
            let plan = model.plan();
            model.carry_out(&plan.steps[0]);
        }
        model.plan()
    };
    let mut page = Page::default();
    page.case("keys alone", &cloned(&|_| ()));
    page.case(
        "a password alone",
        &cloned(&|m| {
            m.desired.ssh_keys.clear();
            m.desired.password = Some(Password::new("$6$salt$hash".into()));
        }),
    );
    assert_snapshot!(page.text());
}

fn look(reserved: bool, change: impl FnOnce(&mut Observed)) -> slipway_operator::server::plan::Plan {
    let mut model = Model::new();
    if reserved {
        let plan = model.plan();
        model.carry_out(&plan.steps[0]);
    }
    let mut seen = model.seen();
    change(&mut seen);
    plan(&model.desired, &seen)
}

#[test]
fn a_new_server_waits_for_what_is_missing() {
    let frozen =
        || Some((WaitingReason::SiteFrozen, "site `home` is frozen (InventoryShrank): 40 VMs are gone".to_owned()));
    let exhausted = || {
        let view = AddressView::none("no address is free in pools public".into());
        [("public".to_owned(), vec![view])].into()
    };
    let mut page = Page::default();
    page.case("the site is frozen", &look(false, |s| s.site.frozen = frozen()));
    page.case("the site is frozen, with a number", &look(true, |s| s.site.frozen = frozen()));
    page.case("no address is free", &look(false, |s| s.addresses = exhausted()));
    page.case("no address is free, with a number", &look(true, |s| s.addresses = exhausted()));
    page.case("no node is online", &look(false, |s| s.site.nodes.iter_mut().for_each(|n| n.online = false)));
    page.case("every node is cordoned", &look(false, |s| s.site.nodes.iter_mut().for_each(|n| n.cordoned = true)));
    page.case(
        "the memory is given away",
        &look(false, |s| s.site.nodes.iter_mut().for_each(|n| n.free_memory_mib = 1000)),
    );
    page.case(
        "the nodes are overcommitted",
        &look(false, |s| s.site.nodes.iter_mut().for_each(|n| n.free_memory_mib = -5)),
    );
    page.case("the cores are given away", &look(false, |s| s.site.nodes.iter_mut().for_each(|n| n.free_cores = 0)));
    page.case(
        "one node is full, on the other is a server of the same group",
        &look(false, |s| {
            s.site.nodes[0].free_memory_mib = 1000;
            s.site.nodes[1].apart = true;
        }),
    );
    let on_pve2 = |s: &mut Observed, all: &[(&str, bool, i64)]| s.site.nodes[1].storages = storages(all);
    page.case(
        "the node with the most memory has no room on its storage",
        &look(false, |s| on_pve2(s, &[("local-lvm", false, 9)])),
    );
    page.case(
        "no node has room on its storage",
        &look(false, |s| {
            on_pve2(s, &[("local-lvm", false, 9)]);
            s.site.nodes[0].claimed_gib = [("local-lvm".to_owned(), (1 << 20) - 9)].into();
        }),
    );
    page.case(
        "one node has another storage, and the other is away",
        &look(false, |s| {
            on_pve2(s, &[("local-zfs", false, 900)]);
            s.site.nodes[0].online = false;
        }),
    );
    page.case(
        "nobody may see the storages",
        &look(false, |s| s.site.nodes.iter_mut().for_each(|n| n.storages = storages(&[]))),
    );
    page.case(
        "it is seen too late where the template lies",
        &look(true, |s| {
            s.site.templates = Arc::default();
            on_pve2(s, &[("local-lvm", false, 9)]);
        }),
    );
    page.case("one node is left", &look(false, |s| s.site.nodes[1].online = false));
    page.case(
        "the template cannot be read",
        &look(true, |s| {
            let message =
                "template 9000 of image `debian-13` on node pve2 cannot be read: Permission check failed".into();
            s.template = TemplateView::Failed { reason: WaitingReason::PermissionMissing, message };
        }),
    );
    let mut elsewhere = Model::new();
    elsewhere.desired.image.templates.clear();
    page.case("the image has no template here", &elsewhere.plan());
    let mut stored = Model::new();
    stored.desired.storage = Some("ceph".into());
    stored.desired.disks = vec![Disk { name: "data".into(), size_gib: 20, storage: Some("bulk".into()) }];
    let on = |gib: [i64; 2]| {
        let mut seen = stored.seen();
        for node in &mut seen.site.nodes {
            node.storages = storages(&[("local-lvm", false, 0), ("ceph", true, gib[0]), ("bulk", true, gib[1])]);
        }
        plan(&stored.desired, &seen)
    };
    page.case("the site's storage is full", &on([9, 20]));
    page.case("the storage of a disk's class is full", &on([10, 19]));
    page.case("both have room, and it is no matter that the template's is full", &on([10, 20]));
    let mut placed = Model::new();
    placed.desired.node = Some(node("pve1"));
    page.case("the provider chose the node", &placed.plan());
    placed.desired.node = Some(node("pve9"));
    page.case("the provider chose a node without a template", &placed.plan());
    assert_snapshot!(page.text());
}

#[test]
fn nothing_is_claimed_or_read_before_the_server_has_its_turn() {
    let plan = look(true, |s| s.template = TemplateView::Later { node: node("pve2"), vmid: vmid(9000) });
    let steps: Vec<String> = plan.steps.iter().map(ToString::to_string).collect();
    assert_eq!(steps, ["take a turn to clone template 9000 on node pve2"]);
}

#[test]
fn a_template_on_another_storage_than_the_sites_is_copied_in_full() {
    let clone = |storage: &str| {
        let mut model = Model::new();
        model.desired.storage = Some(storage.to_owned());
        for _ in 0..2 {
            let plan = model.plan();
            model.carry_out(&plan.steps[0]);
        }
        model.plan().steps[0].request().unwrap().wire().params
    };
    let of = |params: &[(String, String)], key: &str| params.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
    let (linked, full) = (clone("local-lvm"), clone("ceph"));
    assert_eq!((of(&linked, "full"), of(&linked, "storage")), (Some("0".into()), None));
    assert_eq!((of(&full, "full"), of(&full, "storage")), (Some("1".into()), Some("ceph".into())));
}

#[test]
fn only_what_the_image_names_is_cloned() {
    let mut page = Page::default();
    let cases = [
        ("no template", "template", ""),
        ("locked", "lock", "backup"),
        ("starts at boot", "onboot", "1"),
        ("another name", "name", "windows"),
        ("no tag", "tags", "golden"),
        ("no disk", "scsi0", ""),
    ];
    for (title, option, value) in cases {
        let mut model = Model::new();
        if value.is_empty() {
            model.template.remove(option);
        } else {
            model.template.insert(option.into(), value.into());
        }
        let plan = model.plan();
        model.carry_out(&plan.steps[0]);
        page.case(title, &model.plan());
    }
    assert_snapshot!(page.text());
}

#[test]
fn an_earlier_vm_of_the_name_is_recalled_or_stops_everything() {
    let before = |uid: &str, known: bool, owned: bool| {
        Some(PreviousVm { uid: uid.into(), vmid: vmid(100_007), node: known.then(|| node("pve1")), owned })
    };
    let mut page = Page::default();
    page.case("our own, configured: the status was lost", &look(false, |s| s.previous = before("u-1", true, true)));
    page.case("our own, cloned only", &look(false, |s| s.previous = before("u-1", true, false)));
    page.case("of an earlier server", &look(false, |s| s.previous = before("u-0", true, true)));
    page.case("of an earlier server that is retained", &look(false, |s| s.previous = before("u-0", false, true)));
    assert_snapshot!(page.text());
}
