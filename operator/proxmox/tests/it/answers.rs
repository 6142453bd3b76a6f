//! Recorded successes, read whole.

use proxmox_client::{
    ClusterMember, FirewallCall, GuestStatus, Pool, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, SetMember, TaskState,
    Upid, WireAnswer,
};

use crate::responder::{Responder, node, ok, start, vmid};

const CONFIG: &str = r#"{"data":{"ciupgrade":0,"sshkeys":"ssh-ed25519%20AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65tqlVbxTZ9v8Hf2lCWa8Q%20me%2Btest%40host%0A","ciuser":"alice","ipconfig0":"ip=10.98.76.50/24,gw=10.98.76.1","sockets":1,"searchdomain":"test.lan","vga":"serial0","digest":"773179a2ca90c3c949d4db8cfd2e202a9592e122","scsi0":"local:9000/base-9000-disk-0.raw/101/vm-101-disk-0.qcow2,discard=on,size=64M","cores":1,"nameserver":"10.98.76.1 1.1.1.1","smbios1":"uuid=c5a5cbab-4537-4c56-bbf9-746f3c1b26b7","ostype":"l26","memory":"224","net0":"virtio=BC:24:11:73:38:4C,bridge=vmbr0,firewall=1","name":"linked-101","tags":"golden;template","cipassword":"**********","agent":"enabled=1","ide2":"local:101/vm-101-cloudinit.qcow2,media=cdrom,size=4M","vmgenid":"fa74c1ef-cab8-4995-9cfd-7d5b8d01bf5c","description":"async change 2","scsihw":"virtio-scsi-single","serial0":"socket","meta":"creation-qemu=10.2.2,ctime=1795413308","boot":"order=scsi0"}}"#;

fn parse(request: &ProxmoxRequest, body: &str) -> Result<ProxmoxAnswer, ProxmoxError> {
    ProxmoxAnswer::parse(request, &WireAnswer { status: 200, reason: "OK".into(), body: body.into() })
}

#[tokio::test]
async fn a_configuration_is_read_over_the_wire() {
    let server = Responder::start(ok(CONFIG)).await;
    let answer = server.call(&ProxmoxRequest::Config { node: node(), vmid: vmid(101) }).await.unwrap();
    let ProxmoxAnswer::Config(config) = answer else { panic!("{answer:?}") };
    assert_eq!(config.digest, "773179a2ca90c3c949d4db8cfd2e202a9592e122");
    assert_eq!((config.name(), config.cores(), config.memory_mib()), ("linked-101", 1, 224));
    assert_eq!(
        (config.tags(), config.boot_disk(), config.disks()),
        (vec!["golden", "template"], Some("scsi0"), vec!["scsi0"])
    );
    assert_eq!((config.lock(), config.is_template(), config.flag("protection")), (None, false, false));
    assert_eq!(config.smbios_uuid(), Some("c5a5cbab-4537-4c56-bbf9-746f3c1b26b7"));
    assert_eq!(config.network("net0").unwrap().mac, "BC:24:11:73:38:4C");
    assert_eq!(config.get("digest"), None, "the digest is no option");
}

#[tokio::test]
async fn the_tasks_of_clone_and_start_are_told_by_their_upids() {
    let clone = ProxmoxRequest::Clone {
        node: node(),
        template: vmid(9000),
        newid: vmid(101),
        name: "linked-101".into(),
        pool: "slipway-x".into(),
        description: "cloned".into(),
        full_to: None,
    };
    let cases = [
        (clone, "UPID:pve1:000004E9:00064DB5:6B03D540:qmclone:9000:root@pam!full:", "qmclone", "9000"),
        (start(), "UPID:pve1:000005F9:00066FC4:6B03D597:qmstart:101:root@pam!full:", "qmstart", "101"),
    ];
    for (request, upid, kind, id) in cases {
        let server = Responder::start(ok(&format!(r#"{{"data":"{upid}"}}"#))).await;
        let answer = server.call(&request).await.unwrap();
        let ProxmoxAnswer::Started(task) = answer else { panic!("{answer:?}") };
        assert_eq!((task.as_str(), task.kind(), task.id(), task.user()), (upid, kind, id, "root@pam!full"));
        assert_eq!(task.node(), &node());
    }
}

#[test]
fn a_resize_starts_a_task_of_its_own_type() {
    let resize = ProxmoxRequest::Resize { node: node(), vmid: vmid(102), disk: "scsi0".into(), size_gib: 1 };
    let body = r#"{"data":"UPID:pve1:0000095C:0006D134:6B03D691:resize:102:root@pam!full:"}"#;
    let Ok(ProxmoxAnswer::Started(task)) = parse(&resize, body) else { panic!("no task") };
    assert_eq!(task.kind(), "resize");
    assert_eq!(parse(&resize, r#"{"data":null}"#), Ok(ProxmoxAnswer::Done));
}

#[test]
fn tasks_end_well_or_with_their_reason() {
    let upid: Upid = "UPID:pve1:00000631:000670D0:6B03D59A:qmstart:101:root@pam!full:".parse().unwrap();
    let request = ProxmoxRequest::TaskStatus { upid };
    let done = r#"{"data":{"pid":1529,"pstart":421828,"id":"101","type":"qmstart","node":"pve1","status":"stopped","starttime":1795413399,"upid":"UPID:pve1:000005F9:00066FC4:6B03D597:qmstart:101:root@pam!full:","tokenid":"full","exitstatus":"OK","user":"root@pam"}}"#;
    assert_eq!(parse(&request, done), Ok(ProxmoxAnswer::TaskState(TaskState::Succeeded { warnings: false })));
    let failed = r#"{"data":{"upid":"UPID:pve1:00000631:000670D0:6B03D59A:qmstart:101:root@pam!full:","tokenid":"full","exitstatus":"VM 101 already running","user":"root@pam","pid":1585,"id":"101","pstart":422096,"type":"qmstart","node":"pve1","status":"stopped","starttime":1795413402}}"#;
    let exit_status = "VM 101 already running".to_owned();
    assert_eq!(parse(&request, failed), Ok(ProxmoxAnswer::TaskState(TaskState::Failed { exit_status })));
}

#[test]
fn a_guests_state_is_read_with_the_sizes_it_runs_with() {
    let request = ProxmoxRequest::Status { node: node(), vmid: vmid(101) };
    let stopped = r#"{"data":{"mem":0,"status":"stopped","netout":0,"maxdisk":67108864,"vmid":101,"memhost":0,"netin":0,"clipboard":null,"maxmem":234881024,"qmpstatus":"stopped","ha":{"managed":0},"cpu":0,"cpus":1,"agent":1,"disk":0,"tags":"golden;template","name":"linked-101","uptime":0,"serial":1}}"#;
    let state =
        GuestStatus { running: false, paused: false, lock: None, cpus: 1, maxmem: 234_881_024, ha_managed: false };
    assert_eq!(parse(&request, stopped), Ok(ProxmoxAnswer::Status(state.clone())));
    let running = stopped
        .replace(r#""status":"stopped""#, r#""status":"running""#)
        .replace(r#""qmpstatus":"stopped""#, r#""qmpstatus":"running""#);
    assert_eq!(parse(&request, &running), Ok(ProxmoxAnswer::Status(GuestStatus { running: true, ..state })));
}

#[test]
fn an_inventory_holds_guests_nodes_storages_and_pools() {
    let body = r#"{"data":[{"mem":0,"netin":0,"maxcpu":1,"maxdisk":67108864,"disk":0,"type":"qemu","cpu":0,"diskread":0,"template":0,"netout":0,"tags":"golden;template","name":"linked-101","vmid":101,"status":"stopped","node":"pve1","memhost":0,"id":"qemu/101","uptime":0,"maxmem":234881024,"diskwrite":0},{"status":"stopped","vmid":9000,"netout":0,"tags":"golden;template","name":"tiny-tpl","maxmem":201326592,"id":"qemu/9000","node":"pve1","maxcpu":1,"type":"qemu","maxdisk":67108864,"template":1},{"maxdisk":270553174016,"type":"node","cpu":1,"disk":33287864320,"mem":6310510592,"maxcpu":2,"status":"online","node":"pve1","level":"","maxmem":25276510208,"id":"node/pve1"},{"content":"rootdir,images","node":"pve1","id":"storage/pve1/data","maxdisk":270553174016,"disk":30168494080,"type":"storage","plugintype":"dir","shared":0,"storage":"data","status":"available"},{"type":"pool","pool":"p1","id":"/pool/p1"}]}"#;
    let Ok(ProxmoxAnswer::Resources(all)) = parse(&ProxmoxRequest::ClusterResources, body) else {
        panic!("no inventory")
    };
    let guests: Vec<_> = all.guests.iter().map(|g| (g.vmid.get(), g.template, g.maxmem)).collect();
    assert_eq!(guests, [(101, false, 234_881_024), (9000, true, 201_326_592)]);
    assert_eq!((all.nodes[0].online, all.nodes[0].maxmem), (true, 25_276_510_208));
    assert_eq!((all.storages[0].storage.as_str(), all.pools), ("data", vec!["p1".to_owned()]));
}

#[test]
fn a_pools_members_are_its_guests() {
    let request = ProxmoxRequest::Pool { pool: "p1".into() };
    let body = r#"{"data":[{"members":[{"type":"qemu","node":"pve1","id":"qemu/101","name":"linked-101","vmid":101,"status":"stopped"},{"content":"rootdir,images","node":"pve1","id":"storage/pve1/data","type":"storage","storage":"data"}],"comment":"test pool","poolid":"p1"}]}"#;
    let pool = Pool { comment: "test pool".into(), members: vec![vmid(101)] };
    assert_eq!(parse(&request, body), Ok(ProxmoxAnswer::Pool(Some(pool))));
    assert_eq!(parse(&request, r#"{"data":[]}"#), Ok(ProxmoxAnswer::Pool(None)));
}

#[test]
fn tasks_are_listed_with_those_that_run() {
    let request = ProxmoxRequest::Tasks { node: node(), kind: "qmclone", vmid: None };
    let body = r#"{"data":[{"upid":"UPID:pve1:00000AA1:0006D941:6B03D6A5:qmclone:9000:root@pam!full:","status":"OK","endtime":1795413670,"starttime":1795413669},{"upid":"UPID:pve1:00000AC1:0006DDDF:6B03D6B1:qmclone:9000:root@pam!full:","status":"RUNNING","starttime":1795413681},{"upid":"UPID:pve1:00000AC2:0006DDDF:6B03D6B2:qmclone:9000:root@pam!full:","starttime":1795413682}],"total":3}"#;
    let Ok(ProxmoxAnswer::Tasks(rows)) = parse(&request, body) else { panic!("no tasks") };
    assert_eq!(rows.iter().map(|r| r.running).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn a_cluster_tells_its_quorum() {
    let body = r#"{"data":[{"type":"cluster","id":"cluster","name":"lab","nodes":2,"quorate":0,"version":4},{"type":"node","id":"node/pve1","name":"pve1","online":1,"local":1},{"type":"node","id":"node/pve2","name":"pve2","online":0}]}"#;
    let Ok(ProxmoxAnswer::ClusterStatus(cluster)) = parse(&ProxmoxRequest::ClusterStatus, body) else {
        panic!("no status")
    };
    assert_eq!((cluster.name.as_deref(), cluster.quorate), (Some("lab"), false));
    let member = |name: &str, online| ClusterMember { name: name.into(), online };
    assert_eq!(cluster.nodes, [member("pve1", true), member("pve2", false)]);
}

fn firewall(call: FirewallCall) -> ProxmoxRequest {
    ProxmoxRequest::GuestFirewall { node: node(), vmid: vmid(101), call }
}

#[test]
fn what_waits_for_a_restart_is_named() {
    let request = ProxmoxRequest::Pending { node: node(), vmid: vmid(101) };
    let body = r#"{"data":[{"key":"cores","value":1,"pending":2},{"key":"name","value":"web"},{"key":"net1","value":"virtio","delete":1}]}"#;
    assert_eq!(parse(&request, body), Ok(ProxmoxAnswer::Pending(vec!["cores".into(), "net1".into()])));
}

#[test]
fn a_set_of_addresses_is_read_with_what_it_keeps_out() {
    let body = r#"{"data":[{"cidr":"192.0.2.10","digest":"d"},{"cidr":"2001:db8::/64","nomatch":1,"digest":"d"}]}"#;
    let member = |cidr: &str, nomatch| SetMember { cidr: cidr.into(), nomatch };
    let expected = ProxmoxAnswer::IpSet(vec![member("192.0.2.10", false), member("2001:db8::/64", true)]);
    assert_eq!(parse(&firewall(FirewallCall::Set { name: "ipfilter-net0".into() }), body), Ok(expected));
}

/// A success without its data must not be taken for "no mark", "all free", "quorate" or "the task failed".
#[test]
fn a_success_without_data_is_no_answer() {
    let upid: Upid = "UPID:pve1:000005F9:00066FC4:6B03D597:qmstart:101:root@pam!full:".parse().unwrap();
    let requests = [
        ProxmoxRequest::Version,
        ProxmoxRequest::ClusterStatus,
        ProxmoxRequest::ClusterResources,
        ProxmoxRequest::NextId { vmid: vmid(101) },
        ProxmoxRequest::Pool { pool: "p1".into() },
        ProxmoxRequest::Tasks { node: node(), kind: "qmstart", vmid: None },
        ProxmoxRequest::TaskStatus { upid },
        ProxmoxRequest::Config { node: node(), vmid: vmid(101) },
        ProxmoxRequest::Status { node: node(), vmid: vmid(101) },
        firewall(FirewallCall::Options),
        start(),
    ];
    for request in requests {
        for body in ["", "{", "[]", r#"{"data":null}"#, r#"{"data":7}"#, "{}"] {
            let answer = parse(&request, body);
            assert!(answer.is_err(), "{} took {body} for {answer:?}", request.name());
        }
    }
}
