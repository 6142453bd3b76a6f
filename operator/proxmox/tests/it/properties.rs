//! What no answer of a server may do: panic, or be taken for what it is not.

use proptest::prelude::*;
use proxmox_client::{NodeName, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Upid, VmConfig, Vmid, WireAnswer};
use serde_json::{Map, Value};

use crate::responder::{decode, node, start, vmid};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        property_string().prop_map(Value::from),
    ]
}

/// `key=value,size=…`, with sizes and names that a person may have typed.
fn property_string() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "(size|current|uuid|model|macaddr|virtio|bridge|media|order)=.{0,12}",
        "[a-z]{1,8}:[a-z0-9./-]{1,20}",
        "size=[0-9.]{0,6}[KMGT€]?",
    ];
    prop::collection::vec(part, 0..5).prop_map(|parts| parts.join(","))
}

fn json() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 6, |inner| {
        let key = prop_oneof![
            "[a-z0-9]{1,8}",
            Just("data".to_owned()),
            Just("type".to_owned()),
            Just("status".to_owned()),
            Just("vmid".to_owned()),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn options() -> impl Strategy<Value = Map<String, Value>> {
    let option = prop_oneof![
        Just("scsi0".to_owned()),
        Just("net0".to_owned()),
        Just("memory".to_owned()),
        Just("boot".to_owned()),
        Just("tags".to_owned()),
        Just("smbios1".to_owned()),
        Just("cores".to_owned()),
        Just("sockets".to_owned()),
        Just("digest".to_owned()),
        "[a-z]{1,6}[0-9]{0,2}",
    ];
    prop::collection::hash_map(option, scalar(), 0..12).prop_map(|map| map.into_iter().collect())
}

fn requests() -> Vec<ProxmoxRequest> {
    let upid: Upid = "UPID:pve1:000005F9:00066FC4:6B03D597:qmstart:101:root@pam!full:".parse().unwrap();
    vec![
        ProxmoxRequest::Version,
        ProxmoxRequest::ClusterStatus,
        ProxmoxRequest::ClusterResources,
        ProxmoxRequest::NextId { vmid: vmid(101) },
        ProxmoxRequest::Pool { pool: "p".into() },
        ProxmoxRequest::Tasks { node: node(), kind: "qmstart", vmid: None },
        ProxmoxRequest::TaskStatus { upid },
        ProxmoxRequest::Config { node: node(), vmid: vmid(101) },
        ProxmoxRequest::Status { node: node(), vmid: vmid(101) },
        ProxmoxRequest::Resize { node: node(), vmid: vmid(101), disk: "scsi0".into(), size_gib: 1 },
        start(),
    ]
}

fn parse(request: &ProxmoxRequest, status: u16, reason: &str, body: String) -> Result<ProxmoxAnswer, ProxmoxError> {
    ProxmoxAnswer::parse(request, &WireAnswer { status, reason: reason.to_owned(), body })
}

proptest! {
    #[test]
    fn a_vmid_is_exactly_what_proxmox_takes_for_one(number: u32) {
        let parsed = Vmid::try_from(number);
        prop_assert_eq!(parsed.is_ok(), (100..=999_999_999).contains(&number));
        if let Ok(vmid) = parsed {
            prop_assert_eq!(u32::from(vmid), number);
        }
    }

    #[test]
    fn a_node_name_can_stand_in_a_path_as_it_is(name in ".{0,70}|[a-zA-Z0-9-]{1,70}") {
        if let Ok(node) = NodeName::try_from(name.clone()) {
            prop_assert_eq!(node.as_str(), &name);
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && name.len() <= 63);
            let path = ProxmoxRequest::Start { node, vmid: vmid(100) }.wire().path;
            prop_assert_eq!(path.split('/').nth(2), Some(name.as_str()));
        }
    }

    #[test]
    fn a_upid_reads_back_as_it_was_written(
        node in "[a-z][a-z0-9]{0,10}", pid: u32, pstart: u32, start in 0..u32::MAX, kind in "[a-z]{2,10}", id in "[0-9]{0,9}",
        user in "[a-z]{1,8}@(pam|pve)(![a-z]{2,8})?",
    ) {
        let text = format!("UPID:{node}:{pid:08X}:{pstart:08X}:{start:08X}:{kind}:{id}:{user}:");
        let upid: Upid = text.parse().unwrap();
        prop_assert_eq!((upid.to_string(), upid.node().as_str(), upid.start_time()), (text, node.as_str(), i64::from(start)));
        prop_assert_eq!((upid.kind(), upid.id(), upid.user()), (kind.as_str(), id.as_str(), user.as_str()));
        let path = ProxmoxRequest::TaskStatus { upid: upid.clone() }.wire().path;
        prop_assert_eq!(path.matches('/').count(), 5, "{}", path);
        prop_assert_eq!(decode(path.split('/').nth(4).unwrap()), upid.to_string());
    }

    #[test]
    fn what_is_no_upid_is_refused_without_a_panic(text in "(UPID)?.{0,60}|UPID:pve1(:[0-9A-F+-]{0,9}){3}(:[a-z0-9@!]{0,6}){0,5}") {
        if let Ok(upid) = text.parse::<Upid>() {
            prop_assert_eq!(upid.as_str(), &text);
            prop_assert!(!text.contains(['+', '-']) || upid.node().as_str().contains('-'));
        }
    }

    #[test]
    fn any_refusal_is_classified_without_a_panic(status in 201_u16..=999, reason in ".{0,80}", body in prop_oneof![".{0,80}", json().prop_map(|v| v.to_string())]) {
        for request in requests() {
            if let Err(error) = parse(&request, status, &reason, body.clone()) {
                prop_assert!(!error.category().is_empty());
                let _ = error.to_string();
            }
        }
    }

    #[test]
    fn any_success_is_read_without_a_panic(data in json()) {
        for request in requests() {
            let _ = parse(&request, 200, "OK", serde_json::json!({ "data": data }).to_string());
        }
    }

    #[test]
    fn any_configuration_is_read_without_a_panic(options in options()) {
        let count = options.keys().filter(|k| *k != "digest").count();
        let config = VmConfig::from_json(&Value::Object(options));
        prop_assert_eq!(config.options().count(), count);
        let slots: Vec<String> = config.options().map(|(slot, _)| slot.to_owned()).collect();
        for slot in &slots {
            let _ = (config.disk_gib(slot), config.volid(slot), config.network(slot), config.flag(slot));
        }
        prop_assert!(config.boot_disk().is_none_or(|disk| config.disks().contains(&disk)));
        let _ = (config.cores(), config.memory_mib(), config.smbios_uuid(), config.tags(), config.lock());
    }

    #[test]
    fn a_disks_size_is_never_above_what_is_there(gib in 1_u32..100_000, mib in 1_u32..100_000) {
        let config = VmConfig::from_json(&serde_json::json!({ "scsi0": format!("a:b,size={gib}G"), "scsi1": format!("a:c,size={mib}M") }));
        prop_assert_eq!(config.disk_gib("scsi0"), Some(gib));
        prop_assert_eq!(config.disk_gib("scsi1"), Some(mib / 1024));
    }
}
