//! Every service of the testbed and how it is started.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use crate::{
    child::{ChildError, Signal, Supervised},
    control_plane::{ControlPlane, ControlPlaneError, Purpose, answers_ok},
    kubeconfig::Credential,
    mariadb::{MariaDb, MariaDbError},
    pki::write_private,
    ports::Ports,
    postgres::{Postgres, PostgresError},
    proxmox::Proxmox,
    real_node::Connection,
    tools::Tools,
};

/// The namespace of Slipway's own `ServiceAccounts`, Secrets and Leases.
pub const NAMESPACE: &str = "slipway-system";
const READY: Duration = Duration::from_mins(1);

/// In starting order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Postgres,
    MariaDb,
    Etcd,
    Apiserver,
    Controllers,
    Proxmox,
    Operator,
    Api,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    #[error(transparent)]
    MariaDb(#[from] MariaDbError),
    #[error(transparent)]
    ControlPlane(#[from] ControlPlaneError),
    #[error(transparent)]
    Child(#[from] ChildError),
    #[error("slipway-operator init failed: {0}")]
    Init(String),
}

/// Everything a service needs to be started or started again.
#[derive(Debug)]
pub struct Stack {
    pub state: PathBuf,
    /// The project's folder.
    pub project: PathBuf,
    /// Where the built programs are.
    pub programs: PathBuf,
    pub ports: Ports,
    pub postgres: Postgres,
    pub mariadb: MariaDb,
    pub plane: ControlPlane,
    pub proxmox: Proxmox,
    /// In the place of the testbed.
    pub real_node: Option<Connection>,
    tools: Tools,
    durable: bool,
}

/// What makes `kubectl slipway` a command.
const PLUGIN: &str = "kubectl-slipway";

impl Stack {
    pub fn prepare(
        tools: Tools,
        state: &Path,
        project: &Path,
        programs: &Path,
        ports: Ports,
        durable: bool,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(state.join("logs"))?;
        std::fs::create_dir_all(state.join("bin"))?;
        for (name, program) in [("kubectl", tools.kubectl.clone()), (PLUGIN, programs.join(PLUGIN))] {
            let link = state.join("bin").join(name);
            // The programs may have moved since the last start.
            let _ = std::fs::remove_file(&link);
            std::os::unix::fs::symlink(program, &link)?;
        }
        Ok(Self {
            postgres: Postgres::new(state.join("postgres"), ports.postgres, durable),
            mariadb: MariaDb::new(state.join("mariadb"), ports.mariadb, durable),
            plane: ControlPlane::prepare(&tools, &state.join("kubernetes"), ports)?,
            proxmox: Proxmox::new(state.join("proxmox"), ports.proxmox),
            real_node: None,
            state: state.to_owned(),
            project: project.to_owned(),
            programs: programs.to_owned(),
            ports,
            tools,
            durable,
        })
    }

    pub fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }

    /// A folder for people's PATH: kubectl, as this control plane wants it, and its plugin.
    pub fn bin(&self) -> PathBuf {
        self.state.join("bin")
    }

    pub fn kubectl(&self) -> &Path {
        &self.tools.kubectl
    }

    pub fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.api)
    }

    pub async fn start(&self, service: Service) -> Result<Supervised, StartError> {
        let logs = self.logs();
        Ok(match service {
            Service::Postgres => self.postgres.start(&self.tools, &logs).await?,
            Service::MariaDb => self.mariadb.start(&self.tools, &logs).await?,
            Service::Etcd => self.plane.start_etcd(&logs, self.durable).await?,
            Service::Apiserver => self.plane.start_apiserver(&logs, Purpose::Objects).await?,
            Service::Controllers => self.plane.start_controllers(&logs, Purpose::Objects)?,
            Service::Proxmox => self.proxmox.start(&self.programs, &logs, &self.installation().await?).await?,
            Service::Operator => self.start_operator(&logs).await?,
            Service::Api => self.start_api(&logs).await?,
        })
    }

    /// Installs CRDs, policies and roles, and gives the operator and the API a `ServiceAccount` each.
    pub async fn install_slipway(&self) -> Result<(), ControlPlaneError> {
        self.plane.install_slipway(&self.project.join("crds")).await?;
        self.plane
            .apply(&serde_json::json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE },
            }))
            .await?;
        for (account, role) in [("slipway-operator", "slipway-controller"), ("slipway-api", "slipway-api")] {
            self.plane.apply(&serde_json::json!({
                "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": account, "namespace": NAMESPACE },
            })).await?;
            self.bind(role, account).await?;
            self.write_account_kubeconfig(account, NAMESPACE, account).await?;
        }
        self.bind("slipway-operator-client", "slipway-api").await?;
        self.let_the_operator_lead().await?;
        let audience = "--audience=slipway-operator";
        let arguments = ["create", "token", "slipway-api", "-n", NAMESPACE, audience, "--duration=8760h"];
        let path = self.operator_token();
        write_private(&path, &self.plane.kubectl(&arguments).await?)
            .map_err(|source| ControlPlaneError::File { path, source })
    }

    /// What the API shows to the operator's internal endpoint.
    pub fn operator_token(&self) -> PathBuf {
        self.state.join("operator-token")
    }

    /// `slipway-operator init` makes the installation's id once and answers it ever after.
    pub async fn installation(&self) -> Result<String, StartError> {
        self.init("new").await
    }

    /// The same, with an id that was chosen elsewhere.
    pub async fn init(&self, id: &str) -> Result<String, StartError> {
        let output = Command::new(self.programs.join("slipway-operator"))
            .args(["init", "--installation", id])
            .env("KUBECONFIG", self.plane.kubeconfig("admin"))
            .output()
            .await
            .map_err(|e| StartError::Init(e.to_string()))?;
        if !output.status.success() {
            return Err(StartError::Init(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Writes a kubeconfig that holds a token of a `ServiceAccount`.
    pub async fn write_account_kubeconfig(
        &self,
        name: &str,
        namespace: &str,
        account: &str,
    ) -> Result<(), ControlPlaneError> {
        let token = self.plane.kubectl(&["create", "token", account, "-n", namespace, "--duration=8760h"]).await?;
        self.plane.write_kubeconfig(name, &Credential::Token(token.trim()), Some(namespace))
    }

    async fn bind(&self, role: &str, account: &str) -> Result<(), ControlPlaneError> {
        self.plane
            .apply(&serde_json::json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                "metadata": { "name": format!("{role}.{account}") },
                "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
                "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": NAMESPACE }],
            }))
            .await
    }

    /// Its Lease is in its own namespace, and so is the right to it.
    async fn let_the_operator_lead(&self) -> Result<(), ControlPlaneError> {
        let metadata = serde_json::json!({ "name": "slipway-lease", "namespace": NAMESPACE });
        self.plane
            .apply(&serde_json::json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata,
                "rules": [{ "apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
                    "verbs": ["get", "list", "watch", "create", "update", "patch"] }],
            }))
            .await?;
        self.plane
            .apply(&serde_json::json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata,
                "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "slipway-lease" },
                "subjects": [{ "kind": "ServiceAccount", "name": "slipway-operator", "namespace": NAMESPACE }],
            }))
            .await
    }

    async fn start_operator(&self, logs: &Path) -> Result<Supervised, StartError> {
        let mut command = Command::new(self.programs.join("slipway-operator"));
        command
            .arg("run")
            .env("KUBECONFIG", self.plane.kubeconfig("slipway-operator"))
            .env("SLIPWAY_NAMESPACE", NAMESPACE)
            .env("SLIPWAY_LISTEN", format!("127.0.0.1:{}", self.ports.operator));
        let mut child = Supervised::spawn("slipway-operator", command, logs, Signal::Terminate)?;
        let health = format!("http://127.0.0.1:{}/livez", self.ports.operator);
        child.ready(READY, || answers_ok(health.clone(), None, None)).await?;
        Ok(child)
    }

    /// The API's environment; its `admin` commands need the same.
    pub fn api_command(&self) -> Command {
        let mut command = Command::new(self.programs.join("slipway-api"));
        command
            .env("KUBECONFIG", self.plane.kubeconfig("slipway-api"))
            .env("DATABASE_URL", self.postgres.url())
            .env("SLIPWAY_LISTEN", format!("127.0.0.1:{}", self.ports.api))
            .env("SLIPWAY_PUBLIC_URL", self.api_url())
            .env("SLIPWAY_OPERATOR_URL", format!("http://127.0.0.1:{}", self.ports.operator))
            .env("SLIPWAY_OPERATOR_TOKEN_FILE", self.operator_token())
            .env("SLIPWAY_CONSOLE_DIR", self.project.join("console/dist"))
            .env("SLIPWAY_KEY_DIR", self.state.join("keys"));
        command
    }

    async fn start_api(&self, logs: &Path) -> Result<Supervised, StartError> {
        let mut command = self.api_command();
        command.arg("serve");
        let mut child = Supervised::spawn("slipway-api", command, logs, Signal::Terminate)?;
        let health = format!("{}/readyz", self.api_url());
        child.ready(READY, || answers_ok(health.clone(), None, None)).await?;
        Ok(child)
    }
}
