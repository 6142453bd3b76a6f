//! One operator process.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
};

use slipway_testbed::{
    child::{self, Signal, Supervised},
    control_plane::answers_ok,
    slipway::{NAMESPACE, Stack},
};
use tokio::process::Command;

pub struct Operator {
    child: Supervised,
    listen: SocketAddr,
    log: PathBuf,
}

impl Operator {
    /// Looks at the site's identity and epoch every second, so that a drill need not wait a minute for it.
    pub async fn start(stack: &Stack) -> Self {
        let listen = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let mut command = Command::new(stack.programs.join("slipway-operator"));
        command
            .arg("run")
            .env("KUBECONFIG", stack.plane.kubeconfig("slipway-operator"))
            .env("SLIPWAY_NAMESPACE", NAMESPACE)
            .env("SLIPWAY_LISTEN", listen.to_string())
            .env("SLIPWAY_INVENTORY_SECONDS", "1")
            .env("SLIPWAY_ROTATION_SECONDS", "1");
        let name = format!("slipway-operator-{}", listen.port());
        let mut child = Supervised::spawn(&name, command, &stack.logs(), Signal::Terminate).unwrap();
        let health = format!("http://{listen}/livez");
        child.ready(std::time::Duration::from_secs(30), || answers_ok(health.clone(), None, None)).await.unwrap();
        Self { child, listen, log: stack.logs().join(format!("{name}.log")) }
    }

    /// What it has logged so far: the whole of what conditions tell only the gist of.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The sum of a metric over all its labels; a metric that was never counted is 0.
    pub async fn metric(&self, name: &str) -> u64 {
        let text = reqwest::get(format!("http://{}/metrics", self.listen)).await.unwrap().text().await.unwrap();
        text.lines()
            .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])))
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
    }

    pub async fn leads(&self) -> bool {
        self.metric("slipway_operator_leader").await == 1
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.has_ended()
    }

    /// As `kill -9`: nothing is finished, the Lease is not given back.
    pub async fn kill(self) {
        kill(self.child).await;
    }
}

/// Kills a process and waits until it is gone.
pub async fn kill(process: Supervised) {
    child::send(process.pid().unwrap(), Signal::Kill).await;
    process.stop().await;
}
