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

impl Tools {
    /// Reads `tools.env` of the state folder.
    pub fn load(state: &Path) -> Result<Self, ToolsError> {
        let path = state.join("tools.env");
        let text = fs::read_to_string(&path).map_err(|source| ToolsError::Read { path: path.clone(), source })?;
        let entries: BTreeMap<_, _> = text.lines().filter_map(|line| line.split_once('=')).collect();
        let get = |name| {
            entries
                .get(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
                .ok_or(ToolsError::Missing { path: path.clone(), name })
        };
        Ok(Self {
            postgres_bin: get("PG_BIN")?,
            mariadbd: get("MARIADBD")?,
            mariadb: get("MARIADB")?,
            mariadb_template: get("MARIADB_TEMPLATE")?,
            etcd: get("ETCD")?,
            kube_apiserver: get("KUBE_APISERVER")?,
            kube_controller_manager: get("KUBE_CONTROLLER_MANAGER")?,
            kubectl: get("KUBECTL")?,
        })
    }
}
