//! The command line, and the help that teaches.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf};

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

use crate::readme::Sources;

const EXAMPLES: &str = "\
Start one and ask it:

  pve-testbed --state-dir /tmp/pve --control &
  curl --cacert /tmp/pve/ca.pem -H \"Authorization: $(cat /tmp/pve/token)\" https://127.0.0.1:8006/api2/json/nodes

The state directory keeps the certificate authority (ca.pem), the root token (token, as the value of the
Authorization header), the address (url) and the machines (state.json): start it again and they are still there.
root@pam has the password pvetest.

Like pvesh (a function for your shell; pvesh_ get PATH, pvesh_ create PATH -d NAME=VALUE ...):

  pvesh_() { case $1 in get) m=GET;; create) m=POST;; set) m=PUT;; delete) m=DELETE;; esac; p=$2; shift 2
    curl -sS --cacert /tmp/pve/ca.pem -H \"Authorization: $(cat /tmp/pve/token)\" -X $m \"$(cat /tmp/pve/url)/api2/json$p\" \"$@\"; }
  pvesh_ create /nodes/pve1/qemu/9003/clone -d newid=101 -d name=web
  pvesh_ create /nodes/pve1/qemu/101/status/start

From Python (pip install proxmoxer requests):

  from proxmoxer import ProxmoxAPI
  pve = ProxmoxAPI('127.0.0.1', user='root@pam', password='pvetest', verify_ssl='/tmp/pve/ca.pem')
  pve.nodes('pve1').qemu(9003).clone.post(newid=102)

Break something (with --control):

  curl --cacert /tmp/pve/ca.pem https://127.0.0.1:8006/testbed/faults -d '{\"fault\":\"node-down\",\"node\":\"pve2\",\"for\":\"1m\"}'
  curl --cacert /tmp/pve/ca.pem https://127.0.0.1:8006/testbed/faults -d '{\"fault\":\"answer-lost\",\"on\":{\"path\":\"/clone\"},\"loss\":\"after\"}'
  curl --cacert /tmp/pve/ca.pem https://127.0.0.1:8006/testbed/faults            (what is on, what there is)
  curl --cacert /tmp/pve/ca.pem https://127.0.0.1:8006/testbed/faults -X DELETE  (all well again)
  curl --cacert /tmp/pve/ca.pem https://127.0.0.1:8006/testbed/time -d '{\"advance\":\"10m\"}'

Or write down a world and what happens to it, and play it (see scenarios/):

  pve-testbed --scenario stormy-night.yaml

  nodes: [{name: pve1, cpus: 32, memory: 128G}]
  storages: [{name: local-lvm, type: lvmthin, content: [images], size: 2T}]
  vms: [{vmid: 101, node: pve1, running: true, os: debian-13, config: {name: web, scsi0: \"local-lvm:32\"}}]
  timeline:
    - {at: 30s, fault: node-down, node: pve1, for: 1m}
    - {when: {task: qmclone, step: 2}, fault: storage-full, storage: local-lvm}";

/// What it does instead of serving.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Replay recorded answers of a real Proxmox VE and say which are reproduced.
    Conformance {
        /// The folder with the recordings, NNN-name.http.
        folder: PathBuf,
    },
    /// Print the README of this crate with the figures of a replay, of the clients' test and of the benchmark.
    #[command(hide = true)]
    Readme(Sources),
}

/// A stateful Proxmox VE 9.2 API for tests.
///
/// Two nodes in one cluster, templates Ubuntu 22.04/24.04 and Debian 12/13 on each (VMIDs 9000-9003 on the first node,
/// 9010-9013 on the second), storages local, local-lvm and data. Tasks take time, locks wait, guests boot, statistics
/// lag, permissions hold: as on a real one, only `--speed` times as fast.
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8006", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// Decides every number that would be random: tokens, MAC addresses, UUIDs, which calls a fault with a chance hits
    /// [default: the scenario's, else 7]. Used at first start only.
    #[arg(long, value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,

    /// Virtual seconds a real second.
    #[arg(long, default_value_t = 20.0, value_parser = speed, allow_negative_numbers = true)]
    pub(crate) speed: f64,

    /// The nodes' clocks tell the real time, though everything else goes --speed times as fast. Otherwise they go as fast.
    #[arg(long)]
    pub(crate) real_clocks: bool,

    /// Names of the nodes, separated by commas [default: pve1,pve2]. Used at first start only.
    #[arg(long, value_delimiter = ',', value_parser = node_name, conflicts_with = "scenario")]
    pub(crate) nodes: Option<Vec<String>>,

    /// A YAML file with the world and what happens to it. Used at first start only.
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,

    /// Where certificates, token and machines are kept.
    #[arg(long, default_value = "pve-testbed-state")]
    pub(crate) state_dir: PathBuf,

    /// Also make a token with no more than Slipway's operator needs for the pool slipway-INSTALLATION, and write it to
    /// the file operator-token.
    #[arg(long, value_name = "INSTALLATION")]
    pub(crate) least_privilege: Option<String>,

    /// Serve /testbed/faults and /testbed/time, by which tests switch faults and move the clock.
    #[arg(long)]
    pub(crate) control: bool,
}

impl Arguments {
    /// The arguments of this process; wrong ones end it with 2.
    pub(crate) fn of_process() -> Self {
        let arguments = Self::parse();
        let mut seen = BTreeSet::new();
        if let Some(twice) = arguments.nodes.iter().flatten().find(|name| !seen.insert(name.as_str())) {
            let text = format!("invalid value '{twice}' for '--nodes <NODES>': expected each name once");
            Self::command().error(ErrorKind::ValueValidation, text).exit();
        }
        arguments
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:8006".to_owned())
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "expected a whole number from 0, such as 7".to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("expected a number above 0: virtual seconds a real second, such as 20".to_owned()),
    }
}

fn node_name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if text.is_empty() || text.starts_with('-') || text.ends_with('-') || !text.chars().all(allowed) {
        return Err("expected host names separated by commas, such as pve1,pve2".to_owned());
    }
    Ok(text.to_owned())
}
