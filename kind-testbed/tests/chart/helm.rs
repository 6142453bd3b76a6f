//! The real helm, with folders of its own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use slipway_testbed::tools::ChartTools;
use tempfile::TempDir;

pub const NAMESPACE: &str = "slipway-system";
pub const RELEASE: &str = "slipway";

pub struct Helm {
    program: PathBuf,
    kubeconfig: Option<PathBuf>,
    home: TempDir,
}

impl Helm {
    /// For what needs no cluster.
    pub fn alone() -> Self {
        Self { program: tools().helm, kubeconfig: None, home: tempfile::tempdir().unwrap() }
    }

    pub fn on(kubeconfig: PathBuf) -> Self {
        Self { kubeconfig: Some(kubeconfig), ..Self::alone() }
    }

    /// What it printed; `Err` with that when it failed.
    pub fn try_run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        for name in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
            command.env(name, self.home.path().join(name));
        }
        // Never the kubeconfig of whoever runs the tests.
        command.env("KUBECONFIG", self.kubeconfig.as_deref().unwrap_or(Path::new("/dev/null")));
        let output = command.args(arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(said) } else { Err(format!("{said}{told}")) }
    }

    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        self.try_run(arguments).unwrap_or_else(|error| panic!("helm {}: {error}", arguments.join(" ")))
    }

    /// The chart with these values, as it is given to Kubernetes.
    pub fn try_template(&self, values: &[&str]) -> Result<String, String> {
        let chart = chart();
        // A cluster says which kinds it knows; here they are named.
        let mut arguments = vec!["template", RELEASE, chart.to_str().unwrap(), "--namespace", NAMESPACE];
        arguments.extend(["--kube-version", "1.34.0"]);
        let set: Vec<_> = values.iter().flat_map(|value| ["--set", value]).collect();
        arguments.extend(set);
        self.try_run(&arguments)
    }

    #[track_caller]
    pub fn template(&self, values: &[&str]) -> String {
        self.try_template(values).unwrap_or_else(|error| panic!("{values:?}: {error}"))
    }

    /// Its objects.
    #[track_caller]
    pub fn objects(&self, values: &[&str]) -> Vec<Value> {
        objects(&self.template(values))
    }
}

/// Every document of a stream that is an object.
pub fn objects(yaml: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    serde_yaml_ng::Deserializer::from_str(yaml)
        .map(|document| Value::deserialize(document).unwrap())
        .filter(Value::is_object)
        .collect()
}

pub fn chart() -> PathBuf {
    project().join("charts/slipway")
}

pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Where `install.sh` says which programs there are.
pub fn state() -> PathBuf {
    std::env::var_os("SLIPWAY_STATE").map_or_else(|| project().join(".slipway"), PathBuf::from)
}

pub fn tools() -> ChartTools {
    ChartTools::load(&state()).unwrap()
}
