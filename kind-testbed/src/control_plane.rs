//! A Kubernetes control plane without nodes: etcd, kube-apiserver and the controllers that Slipway relies on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::Command;

use crate::{
    child::{ChildError, Signal, Supervised},
    kubeconfig::{self, Credential},
    pki::{Pki, PkiError},
    ports::Ports,
    tools::Tools,
};

/// Namespaces end, garbage is collected, quotas are counted; nothing else runs.
const CONTROLLERS: &str = "namespace-controller,garbage-collector-controller,resourcequota-controller";
/// What makes pods of workloads, and what pods need.
const POD_CONTROLLERS: &str = "deployment-controller,replicaset-controller,statefulset-controller,job-controller,\
    cronjob-controller,disruption-controller,endpointslice-controller,serviceaccount-controller,\
    root-ca-certificate-publisher-controller,persistentvolume-binder-controller,node-lifecycle-controller,\
    clusterrole-aggregation-controller";
const READY: Duration = Duration::from_secs(90);

#[derive(Debug, thiserror::Error)]
pub enum ControlPlaneError {
    #[error(transparent)]
    Pki(#[from] PkiError),
    #[error(transparent)]
    Child(#[from] ChildError),
    #[error("{path} cannot be written")]
    File { path: PathBuf, source: std::io::Error },
    #[error("kubectl {what} failed: {stderr}")]
    Kubectl { what: String, stderr: String },
}

/// What a control plane is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Slipway's objects; no pod is ever made.
    Objects,
    /// Workloads too.
    Pods,
}

#[derive(Debug)]
pub struct ControlPlane {
    tools: Tools,
    dir: PathBuf,
    ports: Ports,
    pki: Pki,
}

impl ControlPlane {
    /// Prepares certificates and kubeconfigs in `dir`.
    pub fn prepare(tools: &Tools, dir: &Path, ports: Ports) -> Result<Self, ControlPlaneError> {
        let pki = Pki::create(&dir.join("pki"))?;
        let plane = Self { tools: tools.clone(), dir: dir.to_owned(), ports, pki };
        let admin = plane.pki.client("admin", "slipway-testbed-admin", &["system:masters"])?;
        plane.write_kubeconfig("admin", &Credential::Certificate(&admin), None)?;
        let provider = plane.pki.client("provider", "provider", &["slipway:providers"])?;
        plane.write_kubeconfig("provider", &Credential::Certificate(&provider), None)?;
        // One identity for all controllers, with every right: accounts of their own are made only once `kube-system` is
        // there, and a quota without a status refuses everything until then.
        let controllers = plane.pki.client("controllers", "system:kube-controller-manager", &["system:masters"])?;
        plane.write_kubeconfig("controllers", &Credential::Certificate(&controllers), None)?;
        Ok(plane)
    }

    pub fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.kubernetes)
    }

    /// Where the kubeconfig of `name` stands.
    pub fn kubeconfig(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.kubeconfig"))
    }

    pub fn write_kubeconfig(
        &self,
        name: &str,
        credential: &Credential<'_>,
        namespace: Option<&str>,
    ) -> Result<(), ControlPlaneError> {
        let path = self.kubeconfig(name);
        kubeconfig::write(&path, &self.server(), &self.pki.ca_pem(), credential, namespace)
            .map_err(|source| ControlPlaneError::File { path, source })
    }

    pub async fn start_etcd(&self, logs: &Path, durable: bool) -> Result<Supervised, ControlPlaneError> {
        let client = format!("http://127.0.0.1:{}", self.ports.etcd);
        let peer = format!("http://127.0.0.1:{}", self.ports.etcd_peer);
        let mut command = Command::new(&self.tools.etcd);
        command
            .args(["--name", "slipway", "--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &format!("slipway={peer}"), "--logger", "zap", "--log-level", "warn"])
            .arg("--data-dir")
            .arg(self.dir.join("etcd"));
        if !durable {
            command.arg("--unsafe-no-fsync");
        }
        let mut child = Supervised::spawn("etcd", command, logs, Signal::Terminate)?;
        let health = format!("{client}/readyz");
        child.ready(READY, || answers_ok(health.clone(), None, None)).await?;
        Ok(child)
    }

    pub async fn start_apiserver(&self, logs: &Path, purpose: Purpose) -> Result<Supervised, ControlPlaneError> {
        let serving = self.pki.server("kube-apiserver")?;
        let account_key = self.pki.service_account_key()?;
        let mut command = Command::new(&self.tools.kube_apiserver);
        command
            .arg(format!("--secure-port={}", self.ports.kubernetes))
            .args(["--bind-address=127.0.0.1", "--endpoint-reconciler-type=none", "--authorization-mode=RBAC"])
            .args(["--service-cluster-ip-range=10.96.0.0/16", "--allow-privileged=false", "--profiling=false"])
            .arg(format!("--etcd-servers=http://127.0.0.1:{}", self.ports.etcd))
            .arg(flag("--client-ca-file", &self.pki.ca_file()))
            .arg(flag("--tls-cert-file", &serving.cert))
            .arg(flag("--tls-private-key-file", &serving.key))
            .arg(flag("--service-account-key-file", &account_key.cert))
            .arg(flag("--service-account-signing-key-file", &account_key.key))
            .args([
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-max-token-expiration=8760h",
            ])
            .arg("--shutdown-delay-duration=0s");
        if purpose == Purpose::Objects {
            command.arg("--disable-admission-plugins=ServiceAccount");
        }
        let mut child = Supervised::spawn("kube-apiserver", command, logs, Signal::Terminate)?;
        let (health, ca) = (format!("{}/readyz", self.server()), self.pki.ca_pem());
        child.ready(READY, || answers_ok(health.clone(), Some(ca.clone()), None)).await?;
        Ok(child)
    }

    pub fn start_controllers(&self, logs: &Path, purpose: Purpose) -> Result<Supervised, ControlPlaneError> {
        let controllers = match purpose {
            Purpose::Objects => CONTROLLERS.to_owned(),
            Purpose::Pods => format!("{CONTROLLERS},{POD_CONTROLLERS}"),
        };
        let mut command = Command::new(&self.tools.kube_controller_manager);
        command
            .arg(flag("--kubeconfig", &self.kubeconfig("controllers")))
            .arg(format!("--controllers={controllers}"))
            .arg(flag("--root-ca-file", &self.pki.ca_file()))
            .args(["--leader-elect=false", "--bind-address=127.0.0.1", "--use-service-account-credentials=false"])
            .arg(format!("--secure-port={}", self.ports.controllers))
            .arg("--cert-dir")
            .arg(self.dir.join("controllers"));
        Ok(Supervised::spawn("kube-controller-manager", command, logs, Signal::Terminate)?)
    }

    /// Installs CRDs, admission policies and roles from the project's `crds/` folder.
    pub async fn install_slipway(&self, crds: &Path) -> Result<(), ControlPlaneError> {
        let folder = |name: &str| crds.join(name).to_string_lossy().into_owned();
        self.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &folder("manifests")]).await?;
        self.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "-f", &folder("manifests")]).await?;
        // What was discovered before the types were there is forgotten.
        let _ = fs::remove_dir_all(self.dir.join("own-kubectl-cache"));
        let (policies, roles) = (folder("policies"), folder("roles"));
        self.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &roles, "-f", &policies]).await?;
        self.apply(&serde_json::json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": { "name": "slipway-providers" },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "slipway-provider" },
            "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "slipway:providers" }],
        }))
        .await?;
        Ok(())
    }

    /// Applies one object as the admin.
    pub async fn apply(&self, object: &serde_json::Value) -> Result<(), ControlPlaneError> {
        let path = self.dir.join("apply.json");
        fs::write(&path, object.to_string())
            .map_err(|source| ControlPlaneError::File { path: path.clone(), source })?;
        self.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &path.to_string_lossy()]).await?;
        Ok(())
    }

    /// Runs kubectl as the admin and answers what it printed.
    pub async fn kubectl(&self, args: &[&str]) -> Result<String, ControlPlaneError> {
        let failed = |stderr: String| ControlPlaneError::Kubectl { what: args.join(" "), stderr };
        let output = Command::new(&self.tools.kubectl)
            .env("KUBECONFIG", self.kubeconfig("admin"))
            // Its own cache: what another control plane on the same port offered does not count.
            .arg("--cache-dir")
            .arg(self.dir.join("own-kubectl-cache"))
            .args(args)
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(|e| failed(e.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn flag(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

/// Whether `url` answers 200, trusting `ca_pem` alone when given, with an `Authorization` header when given.
pub async fn answers_ok(url: String, ca_pem: Option<String>, authorization: Option<String>) -> bool {
    let mut builder = reqwest::Client::builder().timeout(Duration::from_secs(2)).no_proxy();
    if let Some(pem) = ca_pem {
        let Ok(certificate) = reqwest::Certificate::from_pem(pem.as_bytes()) else { return false };
        builder = builder.tls_certs_only([certificate]);
    }
    let Ok(client) = builder.build() else { return false };
    let request = client.get(url);
    let request = match authorization {
        Some(value) => request.header("Authorization", value),
        None => request,
    };
    request.send().await.is_ok_and(|answer| answer.status().is_success())
}
