//! `testbed`: everything needed to try and test Slipway on one machine, without a data centre.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use slipway_testbed::{
    child::{self, STOP_TIMEOUT},
    demo, migration,
    ports::Ports,
    real_node::{Connection, RealNode},
    slipway::{Service, Stack},
    supervisor::{RunRecord, Supervisor, runs, stop_recorded},
    tools::Tools,
    whmcs,
};
use tokio::signal::unix::{SignalKind, signal};
use whmcs_testbed::seed::KNOWN_LOGIN;

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// The folder of all state.
    #[arg(long, global = true, env = "SLIPWAY_STATE", default_value = ".slipway")]
    state: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts everything and stays until Ctrl-C.
    Up {
        #[command(flatten)]
        ports: Ports,
        #[command(flatten)]
        real_node: RealNode,
        /// Return when everything is ready; `testbed down` stops it.
        #[arg(long)]
        detach: bool,
    },
    /// Stops everything.
    Down,
    /// Shows what runs.
    Status,
    /// Prints the logs, or that of one service; `--follow` goes on.
    Logs {
        service: Option<String>,
        #[arg(long, short)]
        follow: bool,
    },
    /// Stops everything and forgets all state.
    Reset,
    /// Makes WHMCS databases, and the machines that belong to them.
    Whmcs {
        #[command(subcommand)]
        command: whmcs::Command,
    },
    /// Runs a command with a throw-away `PostgreSQL`, `MariaDB` and Kubernetes control plane (for tests).
    With {
        /// Start Proxmox VE's testbed, the operator and the API too, with the demo logins.
        #[arg(long)]
        slipway: bool,
        /// How long each service may take to end before it is killed; one that is profiled has much to write.
        #[arg(long, value_name = "SECONDS", default_value_t = STOP_TIMEOUT.as_secs())]
        stop_seconds: u64,
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
}

/// Names the installation of a state that is about a real node.
const REAL_NODE: &str = "real-node";

#[tokio::main]
async fn main() -> ExitCode {
    run(Cli::parse()).await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    fs::create_dir_all(&cli.state).with_context(|| format!("{} cannot be made", cli.state.display()))?;
    let state = cli.state.canonicalize()?;
    match cli.command {
        Command::Up { ports, real_node, detach: false } => {
            up(&state, ports, &real_node).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Up { detach: true, .. } => up_detached(&state).await.map(|()| ExitCode::SUCCESS),
        Command::Down => {
            println!("{}", if stop_recorded(&state).await { "stopped" } else { "nothing was running" });
            Ok(ExitCode::SUCCESS)
        }
        Command::Status => Ok(status(&state)),
        Command::Logs { service, follow } => logs(&state, service.as_deref(), follow),
        Command::Reset => reset(&state).await.map(|()| ExitCode::SUCCESS),
        Command::Whmcs { command } => whmcs::run(command, &state).await.map(|()| ExitCode::SUCCESS),
        Command::With { slipway, stop_seconds, command } => {
            with(&state, slipway, Duration::from_secs(stop_seconds), &command).await
        }
    }
}

async fn up(state: &Path, ports: Ports, real_node: &RealNode) -> anyhow::Result<()> {
    if RunRecord::load(state).is_some_and(|r| r.is_running()) {
        print!("{}", fs::read_to_string(state.join("welcome.txt")).unwrap_or_default());
        println!("It runs already. `make down` stops it.");
        return Ok(());
    }
    let project = project()?;
    let real_node = real_node.connection(&project)?;
    if real_node.is_none() && state.join(REAL_NODE).exists() {
        bail!("this state is about a real node: say PVE_URL=… again, or forget it with `make reset`");
    }
    ports.check(real_node.is_none())?;
    let mut stack = Stack::prepare(Tools::load(state)?, state, &project, &programs()?, ports, true)?;
    stack.real_node = real_node;
    let mut supervisor = Supervisor::new(state);
    let stop = stop_signal()?;
    tokio::pin!(stop);
    let started = tokio::select! {
        started = start_with_sample(&stack, &mut supervisor) => started,
        () = &mut stop => Err(anyhow::anyhow!("stopped while starting")),
    };
    match started {
        Ok(welcome) => {
            fs::write(state.join("welcome.txt"), &welcome)?;
            supervisor.record(true)?;
            println!("{welcome}");
            supervisor.watch(stop, |service| stack.start(service)).await?;
            println!("stopping …");
            supervisor.stop(STOP_TIMEOUT).await;
            Ok(())
        }
        Err(error) => {
            supervisor.stop(STOP_TIMEOUT).await;
            Err(error)
        }
    }
}

/// `PostgreSQL`, `MariaDB` and a Kubernetes that knows Slipway's types.
async fn start_base(stack: &Stack, supervisor: &mut Supervisor) -> anyhow::Result<()> {
    for service in [Service::Postgres, Service::MariaDb, Service::Etcd, Service::Apiserver] {
        start_one(stack, supervisor, service).await?;
    }
    let began = Instant::now();
    stack.install_slipway().await?;
    println!("    CRDs, admission policies and roles installed in {:.1} s", began.elapsed().as_secs_f32());
    // A quota of a kind that they did not find when they began has no status, and refuses everything, for half a minute.
    start_one(stack, supervisor, Service::Controllers).await
}

async fn start_all(stack: &Stack, supervisor: &mut Supervisor) -> anyhow::Result<String> {
    start_base(stack, supervisor).await?;
    match &stack.real_node {
        None => start_one(stack, supervisor, Service::Proxmox).await?,
        Some(node) => take_installation(stack, node).await?,
    }
    demo::connect_site(stack).await?;
    for service in [Service::Operator, Service::Api] {
        start_one(stack, supervisor, service).await?;
    }
    demo::seed(stack).await
}

/// The id that the node's pool has. Once: said again, it would mean that other installations there are welcome.
async fn take_installation(stack: &Stack, node: &Connection) -> anyhow::Result<()> {
    let (wanted, marker) = (node.installation().await?, stack.state.join(REAL_NODE));
    match fs::read_to_string(&marker) {
        Ok(known) if known == wanted => return Ok(()),
        Ok(known) => {
            bail!("this state belongs to installation {known}, the token to {wanted}; `make reset` begins anew")
        }
        Err(_) => {}
    }
    stack.init(&wanted).await?;
    fs::write(&marker, &wanted)?;
    println!("    installation {wanted}, as the token's pool on {} says", node.url);
    Ok(())
}

/// What `testbed up` shows: everything, and a WHMCS to come from. Its machines are not for a real node.
async fn start_with_sample(stack: &Stack, supervisor: &mut Supervisor) -> anyhow::Result<String> {
    let welcome = start_all(stack, supervisor).await?;
    if stack.real_node.is_some() {
        return Ok(welcome);
    }
    whmcs::sample(stack).await?;
    let servers = migration::migrate(stack).await?;
    let (email, password) = KNOWN_LOGIN;
    Ok(format!(
        "{welcome}
Carried over from the WHMCS: log in as {email} / {password} (the old password), who has {servers} adopted servers.
"
    ))
}

async fn start_one(stack: &Stack, supervisor: &mut Supervisor, service: Service) -> anyhow::Result<()> {
    let began = Instant::now();
    let child = stack.start(service).await?;
    println!("    {} is ready after {:.1} s", child.name, began.elapsed().as_secs_f32());
    supervisor.add(service, child)?;
    Ok(())
}

/// Starts itself again in a session of its own and shows its progress until it is ready.
async fn up_detached(state: &Path) -> anyhow::Result<()> {
    if RunRecord::load(state).is_some_and(|r| r.is_running() && r.ready) {
        print!("{}", fs::read_to_string(state.join("welcome.txt")).unwrap_or_default());
        println!("It runs already. `make down` stops it.");
        return Ok(());
    }
    fs::create_dir_all(state.join("logs"))?;
    let log = state.join("logs/up.log");
    let out = fs::File::create(&log)?;
    let arguments = std::env::args_os().skip(1).filter(|a| a != "--detach");
    let mut child = std::process::Command::new("setsid")
        .arg(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        .spawn()
        .context("setsid (package util-linux) could not be started")?;
    let mut shown = 0;
    loop {
        let text = fs::read_to_string(&log)?;
        print!("{}", &text[shown..]);
        shown = text.len();
        if RunRecord::load(state).is_some_and(|r| r.ready) {
            return Ok(());
        }
        if child.try_wait()?.is_some() {
            bail!("the testbed did not start; see {}", log.display());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn status(state: &Path) -> ExitCode {
    let Some(record) = RunRecord::load(state).filter(RunRecord::is_running) else {
        println!("nothing runs; `make up` starts everything");
        return ExitCode::FAILURE;
    };
    println!("{:<26} {:>8}  state", "service", "pid");
    for entry in &record.children {
        let state = if runs(entry.pid, &entry.name) { "running" } else { "ended" };
        println!("{:<26} {:>8}  {state}", entry.name, entry.pid);
    }
    print!("{}", fs::read_to_string(state.join("welcome.txt")).unwrap_or_default());
    ExitCode::SUCCESS
}

fn logs(state: &Path, service: Option<&str>, follow: bool) -> anyhow::Result<ExitCode> {
    let folder = state.join("logs");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| format!("there are no logs in {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "log"))
        .filter(|path| service.is_none_or(|s| path.file_stem().is_some_and(|f| f == s)))
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("there is no log of that name in {}", folder.display());
    }
    let mut command = std::process::Command::new("tail");
    command.args(["-n", "40"]);
    if follow {
        command.arg("-F");
    }
    Ok(if command.args(&files).status()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn reset(state: &Path) -> anyhow::Result<()> {
    stop_recorded(state).await;
    for entry in fs::read_dir(state)? {
        let path = entry?.path();
        // Where the programs are is no state: finding them again costs time.
        if path.file_name().is_some_and(|n| n == "tools.env") {
            continue;
        }
        if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
    }
    println!("all state is forgotten");
    Ok(())
}

async fn with(state: &Path, slipway: bool, patience: Duration, command: &[String]) -> anyhow::Result<ExitCode> {
    let folder = tempfile::Builder::new().prefix("with-").tempdir_in(state)?;
    // PostgreSQL runs as another user when started by root; it must be able to walk in.
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let stack = Stack::prepare(Tools::load(state)?, folder.path(), &project()?, &programs()?, Ports::free()?, false)?;
    let mut supervisor = Supervisor::new(folder.path());
    let started = if slipway {
        start_all(&stack, &mut supervisor).await.map(|_| ())
    } else {
        start_base(&stack, &mut supervisor).await
    };
    if let Err(error) = started {
        supervisor.stop(patience).await;
        return Err(error);
    }
    let mut child = tokio::process::Command::new(&command[0])
        .args(&command[1..])
        .envs(test_environment(&stack))
        .spawn()
        .with_context(|| format!("{} could not be started", command[0]))?;
    let stop = stop_signal()?;
    tokio::pin!(stop);
    let pid = child.id();
    let finished = async {
        tokio::select! {
            status = child.wait() => status,
            () = &mut stop => {
                if let Some(pid) = pid {
                    child::send(pid, child::Signal::Terminate).await;
                }
                child.wait().await
            }
        }
    };
    // A service that the command kills is started again, as `testbed up` would.
    let (ended, wait) = tokio::sync::oneshot::channel();
    let watching = supervisor.watch(async { drop(wait.await) }, |service| stack.start(service));
    let (status, watched) = tokio::join!(
        async {
            let status = finished.await;
            // Nobody waits any more when the watch itself failed.
            let _ = ended.send(());
            status
        },
        watching
    );
    watched?;
    supervisor.stop(patience).await;
    Ok(ExitCode::from(u8::try_from(status?.code().unwrap_or(1)).unwrap_or(1)))
}

/// How a test finds what was started for it.
fn test_environment(stack: &Stack) -> Vec<(&'static str, String)> {
    let path = |p: &Path| p.display().to_string();
    vec![
        ("SLIPWAY_TEST_DATABASE_URL", stack.postgres.url()),
        ("WHMCS_DATABASE_URL", stack.mariadb.url()),
        ("SLIPWAY_TEST_KUBECONFIG", path(&stack.plane.kubeconfig("admin"))),
        ("SLIPWAY_TEST_KUBECTL", path(stack.kubectl())),
        ("SLIPWAY_TEST_STATE", path(&stack.state)),
        ("SLIPWAY_TEST_PROGRAMS", path(&stack.programs)),
        ("SLIPWAY_TEST_OPERATOR_URL", format!("http://127.0.0.1:{}", stack.ports.operator)),
        ("SLIPWAY_URL", stack.api_url()),
        ("SLIPWAY_PROXMOX_URL", stack.proxmox.url()),
        ("SLIPWAY_E2E_EMAIL", demo::CUSTOMER.0.to_owned()),
        ("SLIPWAY_E2E_PASSWORD", demo::CUSTOMER.1.to_owned()),
        ("SLIPWAY_E2E_STAFF_EMAIL", demo::STAFF.0.to_owned()),
        ("SLIPWAY_E2E_STAFF_PASSWORD", demo::STAFF.1.to_owned()),
    ]
}

fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// The project's folder is the nearest one above that holds `crds/manifests`.
fn project() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir()?;
    here.ancestors()
        .find(|folder| folder.join("crds/manifests").is_dir())
        .map(Path::to_owned)
        .context("run this inside the project's folder")
}

/// The other programs are built beside this one.
fn programs() -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.parent().context("this program has no folder")?.to_owned())
}
