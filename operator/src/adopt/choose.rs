//! Which VMs become servers, where, and why the others do not: pure.

use std::collections::BTreeSet;

use kube::ResourceExt as _;
use proxmox_client::{GuestRow, VmConfig};
use slipway_crds::{Network, VirtualServer};

use super::manifest::{Place, manifest};
use crate::mark::{self, Mark, MarkState, pool_name};

/// A VM as it was listed and read.
#[derive(Debug, Clone)]
pub struct Vm {
    pub row: GuestRow,
    /// Or why it was not read.
    pub config: Result<VmConfig, String>,
}

/// What Kubernetes says already.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub site: String,
    pub installation: String,
    pub default_network: String,
    pub servers: Vec<VirtualServer>,
    /// Numbers of this site that a record keeps.
    pub retained: BTreeSet<u32>,
    pub networks: Vec<Network>,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Those with this installation's marks go where they were; else those without a mark go into `namespace`.
    pub rehomes: bool,
    pub namespace: String,
    pub image: Option<String>,
    pub move_pool: bool,
}

#[derive(Debug, Clone)]
pub enum Choice {
    Adopt {
        server: Box<VirtualServer>,
        row: GuestRow,
        /// An administrator of Proxmox has to move it first.
        outside: bool,
    },
    Skip {
        row: GuestRow,
        why: String,
    },
}

impl Choice {
    pub fn server(&self) -> Option<&VirtualServer> {
        match self {
            Self::Adopt { server, .. } => Some(server),
            Self::Skip { .. } => None,
        }
    }
}

/// One choice for each VM, in their order.
pub fn choose(known: &Known, scope: &Scope, vms: Vec<Vm>) -> Vec<Choice> {
    let mut taken: BTreeSet<(String, String)> =
        known.servers.iter().map(|s| (s.namespace().unwrap_or_default(), s.name_any())).collect();
    vms.into_iter()
        .map(|vm| match one(known, scope, &vm, &taken) {
            Ok(server) => {
                taken.insert((server.namespace().unwrap_or_default(), server.name_any()));
                let outside = vm.row.pool.as_deref() != Some(&pool_name(&known.installation));
                Choice::Adopt { server: Box::new(server), row: vm.row, outside }
            }
            Err(why) => Choice::Skip { row: vm.row, why },
        })
        .collect()
}

fn one(known: &Known, scope: &Scope, vm: &Vm, taken: &BTreeSet<(String, String)>) -> Result<VirtualServer, String> {
    let (row, config) = (&vm.row, vm.config.as_ref().map_err(Clone::clone)?);
    if let Some(server) = known.servers.iter().find(|s| names(s, &known.site, row)) {
        return Err(format!("it is server {}/{}", server.namespace().unwrap_or_default(), server.name_any()));
    }
    if known.retained.contains(&row.vmid.get()) {
        return Err(format!("it is kept for a deleted server (RetainedServer {}.{})", known.site, row.vmid));
    }
    if config.is_template() {
        return Err("it is a template".into());
    }
    if config.boot_disk().is_none() {
        return Err("it has no disk".into());
    }
    let pool = pool_name(&known.installation);
    if let Some(other) = row.pool.as_ref().filter(|p| **p != pool && !scope.move_pool) {
        return Err(format!("it is in pool `{other}`; --move-pool allows to take it out"));
    }
    let (namespace, name) = if scope.rehomes {
        home(known, row, config)?
    } else {
        let name = unmarked(config).map(|()| free_name(config, row, &scope.namespace, taken))?;
        (scope.namespace.clone(), name)
    };
    if taken.contains(&(namespace.clone(), name.clone())) {
        return Err(format!("another server {namespace}/{name} exists"));
    }
    let moves = scope.move_pool && row.pool.as_ref().is_some_and(|p| *p != pool);
    let place = Place { namespace, name, image: scope.image.clone(), moves };
    Ok(manifest(known, row, config, place))
}

fn names(server: &VirtualServer, site: &str, row: &GuestRow) -> bool {
    server.spec.site_ref == site && number_of(server) == Some(row.vmid.get())
}

/// The VM that is a server's, or that it is about to adopt.
pub fn number_of(server: &VirtualServer) -> Option<u32> {
    server.status.as_ref().and_then(|s| s.vmid).or(server.spec.adopt.as_ref().map(|a| a.vmid))
}

/// Where the mark says that it was.
fn home(known: &Known, row: &GuestRow, config: &VmConfig) -> Result<(String, String), String> {
    let mark: Mark = match mark::find(config.description()) {
        Some(mark) => mark,
        None if mark::is_marked(config.description()) => {
            return Err("its mark cannot be read, or it has several".into());
        }
        None => return Err("it has no mark".into()),
    };
    if mark.identity.installation != known.installation {
        return Err("it carries the mark of another installation".into());
    }
    if mark.vmid != row.vmid {
        return Err(format!("it is a copy of VM {}, mark and all", mark.vmid));
    }
    match mark.state {
        MarkState::Owned => Ok((mark.identity.namespace, mark.identity.name)),
        MarkState::Provisional => Err("it was cloned and never configured; nobody's data is on it".into()),
        MarkState::Retained { .. } => Err(format!(
            "its server {}/{} was deleted; to take it back, create a server there with spec.undelete: {{uid: {}, override: true}}",
            mark.identity.namespace, mark.identity.name, mark.identity.uid
        )),
    }
}

fn unmarked(config: &VmConfig) -> Result<(), String> {
    match mark::find(config.description()) {
        Some(mark) => Err(format!(
            "it carries the mark of installation {}; after a loss of Kubernetes, use --installation",
            mark.identity.installation
        )),
        None if mark::is_marked(config.description()) => Err("it carries a mark that cannot be read".into()),
        None => Ok(()),
    }
}

/// The VM's name as an object's, with its number where that is taken.
fn free_name(config: &VmConfig, row: &GuestRow, namespace: &str, taken: &BTreeSet<(String, String)>) -> String {
    let plain: String =
        config.name().chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let plain: String = plain.trim_matches('-').chars().take(48).collect();
    let plain = plain.trim_end_matches('-');
    let name = match plain.chars().next() {
        Some(first) if first.is_ascii_lowercase() => plain.to_owned(),
        Some(_) => format!("vm-{plain}"),
        None => format!("vm-{}", row.vmid),
    };
    if taken.contains(&(namespace.to_owned(), name.clone())) { format!("{name}-{}", row.vmid) } else { name }
}

#[cfg(test)]
mod tests {
    use proxmox_client::{NodeName, Vmid};
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "abc123def456";

    fn vm(vmid: u32, pool: Option<&str>, more: &Value) -> Vm {
        let mut config = json!({
            "name": "Web_1", "cores": 2, "memory": "2048", "scsi0": "local-lvm:vm-1-disk-0,size=20G",
            "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0,rate=12.5", "digest": "d"
        });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let row = GuestRow {
            vmid: Vmid::try_from(vmid).unwrap(),
            node: NodeName::try_from("pve1").unwrap(),
            kind: "qemu".into(),
            status: "running".into(),
            name: "Web_1".into(),
            template: false,
            lock: None,
            pool: pool.map(str::to_owned),
            tags: String::new(),
            hastate: None,
            maxcpu: 2,
            maxmem: 2 << 30,
            maxdisk: 20 << 30,
        };
        Vm { row, config: Ok(VmConfig::from_json(&config)) }
    }

    fn known() -> Known {
        Known {
            site: "home".into(),
            installation: ID.into(),
            default_network: "public".into(),
            retained: [700].into(),
            ..Known::default()
        }
    }

    fn marked(installation: &str, name: &str, vmid: u32, state: &str) -> Value {
        json!({ "description": format!("slipway:v1 {installation}/acct-a/{name}/u-1/{vmid} born=u-0 {state}") })
    }

    fn said(choices: &[Choice]) -> Vec<String> {
        choices
            .iter()
            .map(|c| match c {
                Choice::Adopt { server, outside, .. } => {
                    format!("{}/{} outside={outside}", server.namespace().unwrap(), server.name_any())
                }
                Choice::Skip { why, .. } => why.clone(),
            })
            .collect()
    }

    #[test]
    fn vms_without_a_mark_get_names_of_their_own_and_the_others_are_skipped_with_a_reason() {
        let scope = Scope { namespace: "acct-x".into(), ..Scope::default() };
        let pool = pool_name(ID);
        let all = vec![
            vm(101, None, &json!({})),
            vm(102, Some(&pool), &json!({})),
            vm(103, Some("ann"), &json!({})),
            vm(104, None, &json!({ "template": 1 })),
            vm(105, None, &json!({ "scsi0": "none,media=cdrom" })),
            vm(106, None, &marked(ID, "web", 106, "owned")),
            vm(700, None, &json!({})),
        ];
        assert_eq!(
            said(&choose(&known(), &scope, all)),
            [
                "acct-x/web-1 outside=true",
                "acct-x/web-1-102 outside=false",
                "it is in pool `ann`; --move-pool allows to take it out",
                "it is a template",
                "it has no disk",
                "it carries the mark of installation abc123def456; after a loss of Kubernetes, use --installation",
                "it is kept for a deleted server (RetainedServer home.700)",
            ]
        );
    }

    #[test]
    fn a_fleet_goes_home_by_its_marks_alone() {
        let scope = Scope { rehomes: true, namespace: "default".into(), ..Scope::default() };
        let pool = pool_name(ID);
        let all = [
            marked(ID, "web", 101, "owned"),
            marked(ID, "copy", 101, "owned"),
            marked(ID, "new", 103, "provisional"),
            marked(ID, "gone", 104, "retained until 2026-11-25T12:00:00Z"),
            marked("zzz999zzz999", "web", 105, "owned"),
            json!({}),
        ];
        let all = all.iter().zip(101..).map(|(more, vmid)| vm(vmid, Some(&pool), more)).collect();
        let said = said(&choose(&known(), &scope, all));
        assert_eq!(said[0], "acct-a/web outside=false");
        assert_eq!(said[1], "it is a copy of VM 101, mark and all");
        assert_eq!(said[2], "it was cloned and never configured; nobody's data is on it");
        assert!(said[3].contains("spec.undelete: {uid: u-1, override: true}"), "{}", said[3]);
        assert_eq!(said[4], "it carries the mark of another installation");
        assert_eq!(said[5], "it has no mark");
    }

    #[test]
    fn what_a_server_names_already_is_left_to_it() {
        let scope = Scope { namespace: "acct-x".into(), ..Scope::default() };
        let first = choose(&known(), &scope, vec![vm(101, None, &json!({}))]);
        let known = Known { servers: vec![first[0].server().unwrap().clone()], ..known() };
        assert_eq!(said(&choose(&known, &scope, vec![vm(101, None, &json!({}))])), ["it is server acct-x/web-1"]);
    }
}
