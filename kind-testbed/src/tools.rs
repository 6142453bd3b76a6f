//! Where the programs are that `install.sh` found or built.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, thiserror::Error)]
pub enum ToolsError {
    #[error("{path} cannot be read; run kind-testbed/install.sh first")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} does not name {name}; run kind-testbed/install.sh again")]
    Missing { path: PathBuf, name: &'static str },
}

#[derive(Debug, Clone)]
pub struct Tools {
    /// The folder of `initdb` and `postgres`.
    pub postgres_bin: PathBuf,
    pub mariadbd: PathBuf,
    /// Its client.
    pub mariadb: PathBuf,
    /// An empty data directory, to be copied.
    pub mariadb_template: PathBuf,
    pub etcd: PathBuf,
    pub kube_apiserver: PathBuf,
    pub kube_controller_manager: PathBuf,
    pub kubectl: PathBuf,
}

/// What the tests of the Helm chart need beside it.
#[derive(Debug, Clone)]
pub struct ChartTools {
    pub helm: PathBuf,
    pub kube_score: PathBuf,
    pub kube_scheduler: PathBuf,
    /// Pretends to be the kubelet of every node.
    pub kwok: PathBuf,
    /// How its nodes and pods go on.
    pub kwok_stages: PathBuf,
    /// The kinds of others that the chart makes objects of: Gateway API, Prometheus operator, `CloudNativePG`.
    pub foreign_crds: PathBuf,
}

impl Tools {
    /// Reads `tools.env` of the state folder.
    pub fn load(state: &Path) -> Result<Self, ToolsError> {
        let file = File::read(state)?;
        Ok(Self {
            postgres_bin: file.get("PG_BIN")?,
            mariadbd: file.get("MARIADBD")?,
            mariadb: file.get("MARIADB")?,
            mariadb_template: file.get("MARIADB_TEMPLATE")?,
            etcd: file.get("ETCD")?,
            kube_apiserver: file.get("KUBE_APISERVER")?,
            kube_controller_manager: file.get("KUBE_CONTROLLER_MANAGER")?,
            kubectl: file.get("KUBECTL")?,
        })
    }
}

impl ChartTools {
    /// They are there after `WITH_CHART=1 install.sh`.
    pub fn load(state: &Path) -> Result<Self, ToolsError> {
        let file = File::read(state)?;
        Ok(Self {
            helm: file.get("HELM")?,
            kube_score: file.get("KUBE_SCORE")?,
            kube_scheduler: file.get("KUBE_SCHEDULER")?,
            kwok: file.get("KWOK")?,
            kwok_stages: file.get("KWOK_STAGES")?,
            foreign_crds: file.get("FOREIGN_CRDS")?,
        })
    }
}

struct File {
    path: PathBuf,
    entries: BTreeMap<String, String>,
}

impl File {
    fn read(state: &Path) -> Result<Self, ToolsError> {
        let path = state.join("tools.env");
        let text = fs::read_to_string(&path).map_err(|source| ToolsError::Read { path: path.clone(), source })?;
        let entries = text.lines().filter_map(|line| line.split_once('='));
        Ok(Self { path, entries: entries.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() })
    }

    fn get(&self, name: &'static str) -> Result<PathBuf, ToolsError> {
        let value = self.entries.get(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from).ok_or(ToolsError::Missing { path: self.path.clone(), name })
    }
}
