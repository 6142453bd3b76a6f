//! What `compose.yaml` and `kind.sh` do before Slipway starts: a control plane that knows nothing of it is made ready by a script.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output},
};

use crate::{operator::Operator, plane::Plane, proxmox::Cluster};

const INSTALLATION: &str = "composehost1";

fn setup(plane: &Plane, step: &str) -> Output {
    let (stack, folder) = (&plane.stack, plane.stack.state.join("compose"));
    let path = format!("{}:{}:{}", stack.bin().display(), stack.programs.display(), std::env::var("PATH").unwrap());
    Command::new(stack.project.join("kind-testbed/compose/setup.sh"))
        .arg(step)
        .env("PATH", path)
        .env("HOME", &folder)
        .env("SLIPWAY_SHARE", folder.join("share"))
        .env("SLIPWAY_RUN", folder.join("run"))
        .env("ADMIN_KUBECONFIG", stack.plane.kubeconfig("admin"))
        .env("KUBERNETES_URL", stack.plane.server())
        .env("SLIPWAY_INSTALLATION", INSTALLATION)
        .env("PVE_URL", stack.proxmox.url())
        .env("PVE_DIR", folder.join("proxmox"))
        .output()
        .unwrap()
}

fn succeed(output: &Output) {
    let text = [&output.stdout[..], &output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
}

fn share(project: &Path, folder: &Path) {
    fs::create_dir_all(folder.join("share")).unwrap();
    symlink(project.join("crds"), folder.join("share/crds")).unwrap();
    symlink(project.join("charts/examples/base/catalogue"), folder.join("share/catalogue")).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_script_of_compose_makes_a_control_plane_ready_and_can_be_repeated() {
    let plane = Plane::bare().await;
    let folder = plane.stack.state.join("compose");
    share(&plane.stack.project, &folder);
    let cluster = Cluster::start(INSTALLATION, plane.stack.ports.proxmox).await;
    cluster.describe(&folder.join("proxmox"));
    for _ in 0..2 {
        for step in ["identities", "site"] {
            succeed(&setup(&plane, step));
        }
    }
    // The operator can do its work with what it was given.
    fs::copy(folder.join("run/operator/kubeconfig"), plane.stack.plane.kubeconfig("slipway-operator")).unwrap();
    let operator = Operator::start(&plane.stack).await;
    plane.wait_site("Connected").await;
    operator.kill().await;
    // The API has its own rights, and the administrator's are nowhere that it can read.
    let api = folder.join("run/api");
    let may = |arguments: &[&str]| {
        let mut command = Command::new(plane.stack.kubectl());
        command.env("KUBECONFIG", api.join("kubeconfig")).args(["auth", "can-i"]).args(arguments);
        command.output().unwrap().status.success()
    };
    assert!(may(&["create", "virtualservers", "-n", "acct-x"]) && !may(&["get", "secrets", "-n", "slipway-system"]));
    let given: Vec<_> = fs::read_dir(&api).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(given.len(), 2, "kubeconfig and operator-token: {given:?}");
    assert!(!fs::read_to_string(api.join("kubeconfig")).unwrap().contains("client-certificate"));
}
