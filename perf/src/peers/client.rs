//! The peers: Python programs in an environment of pinned versions, told to make and destroy the same servers.

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::{
    operator::{Lab, TASKS},
    program,
};

const SCRIPT: &str = include_str!("script.py");
const CONVERGE: &str = include_str!("converge.yml");
const RETIRE: &str = include_str!("retire.yml");
/// The peers' machines; outside the site's range, so that the operator takes no interest in them.
const FIRST_VMID: u32 = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    Ansible,
    Proxmoxer,
}

/// What a peer is told to do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// Twice in a row, the second time has nothing to do.
    Converge,
    Retire,
}

impl Peer {
    pub(super) const ALL: [Self; 2] = [Self::Ansible, Self::Proxmoxer];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ansible => "Ansible",
            Self::Proxmoxer => "proxmoxer",
        }
    }
}

/// The environment and what is in it.
pub(super) struct Clients {
    folder: PathBuf,
    python: PathBuf,
    /// As many machines at once as Slipway has tasks.
    at_once: String,
    connection: Vec<(&'static str, String)>,
}

impl Clients {
    /// Installs the environment if it is not there, and writes down which servers there shall be.
    pub(super) async fn prepare(lab: &Lab, installer: &str, servers: u32) -> Result<Self> {
        let mut install = Command::new(installer);
        install.kill_on_drop(true);
        let ended = program::run(install).await?;
        ensure!(ended.status.success(), "{installer}: {}{}", ended.stdout, ended.stderr);
        let environment = PathBuf::from(ended.stdout.lines().next().context("the installer names no environment")?);
        let folder = env::temp_dir().join(format!("slipway-perf-peers-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        for (file, text) in [("script.py", SCRIPT), ("converge.yml", CONVERGE), ("retire.yml", RETIRE)] {
            fs::write(folder.join(file), text)?;
        }
        fs::write(folder.join("ca.pem"), lab.ca_pem()?)?;
        fs::write(folder.join("ansible.cfg"), "[defaults]\nretry_files_enabled = false\n")?;
        let machines: Vec<Machine> = (0..servers).map(Machine::number).collect();
        let write = |file: &str, line: &dyn Fn(&Machine) -> String| {
            fs::write(folder.join(file), machines.iter().map(line).collect::<Vec<_>>().join("\n") + "\n")
        };
        write("servers.txt", &|m| format!("{} {} {} {}", m.name, m.node, m.template, m.vmid))?;
        write("inventory", &|m| format!("{} node={} template={} vmid={}", m.name, m.node, m.template, m.vmid))?;
        let python = environment.join("bin/python");
        let path = |path: PathBuf| path.display().to_string();
        let mut connection = lab.root()?;
        connection.extend([
            ("REQUESTS_CA_BUNDLE", path(folder.join("ca.pem"))),
            ("ANSIBLE_COLLECTIONS_PATH", path(environment.join("collections"))),
            ("ANSIBLE_CONFIG", path(folder.join("ansible.cfg"))),
            ("ANSIBLE_HOME", path(folder.join("ansible"))),
            ("ANSIBLE_PIPELINING", "True".to_owned()),
            ("ANSIBLE_PYTHON_INTERPRETER", path(python.clone())),
            ("LC_ALL", "C.UTF-8".to_owned()),
        ]);
        Ok(Self { folder, python, at_once: TASKS.to_string(), connection })
    }

    /// Seconds that it took.
    pub(super) async fn run(&self, peer: Peer, work: Work) -> Result<f64> {
        let file = |name: &str| self.folder.join(name);
        let mut command = Command::new(&self.python);
        match (peer, work) {
            (Peer::Ansible, work) => {
                let playbook = if matches!(work, Work::Converge) { "converge.yml" } else { "retire.yml" };
                command.args(["-m", "ansible", "playbook", "--forks", &self.at_once, "-i"]).arg(file("inventory"));
                command.arg(file(playbook));
            }
            (Peer::Proxmoxer, work) => {
                let what = if matches!(work, Work::Converge) { "converge" } else { "retire" };
                command.arg(file("script.py")).args([what, &self.at_once]).arg(file("servers.txt"));
            }
        }
        command.envs(self.connection.iter().map(|(key, value)| (key, value)));
        let ended = program::run(command).await?;
        ensure!(ended.status.success(), "{} {work:?}: {}{}", peer.name(), ended.stdout, ended.stderr);
        Ok(ended.seconds)
    }

    /// `ansible-core 2.19.14`, and how each was called.
    pub(super) async fn versions(&self) -> Result<Vec<String>> {
        let mut command = Command::new(&self.python);
        command.args(["-c", VERSIONS]).envs(self.connection.iter().map(|(key, value)| (key, value)));
        let ended = program::run(command).await?;
        ensure!(ended.status.success(), "{}", ended.stderr);
        let mut versions: Vec<String> = ended.stdout.lines().map(str::to_owned).collect();
        versions.push(format!("ansible playbook --forks {} -i inventory perf/src/peers/converge.yml", self.at_once));
        versions.push(format!("perf/src/peers/script.py converge {} servers.txt", self.at_once));
        Ok(versions)
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        // What is left lies in a temporary folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const VERSIONS: &str = "\
import importlib.metadata, json, os, pathlib, platform
for package in ('ansible-core', 'proxmoxer'):
    print(package, importlib.metadata.version(package))
manifest = pathlib.Path(os.environ['ANSIBLE_COLLECTIONS_PATH']) / 'ansible_collections/community/proxmox/MANIFEST.json'
print('community.proxmox', json.loads(manifest.read_text())['collection_info']['version'])
print('Python', platform.python_version())";

struct Machine {
    name: String,
    node: &'static str,
    template: u32,
    vmid: u32,
}

impl Machine {
    /// They are spread over the nodes, as the operator spreads its own.
    fn number(n: u32) -> Self {
        let (node, template) = Lab::template(n);
        Self { name: format!("peer-{n}"), node, template, vmid: FIRST_VMID + n }
    }
}
