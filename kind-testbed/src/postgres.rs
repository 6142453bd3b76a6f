//! A `PostgreSQL` of the testbed's own: its data directory, its socket, its port; never the system's cluster.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::Command;

use crate::{
    child::{ChildError, Signal, Supervised, tail},
    tools::Tools,
};

/// The superuser and database that everything here uses.
const USER: &str = "slipway";

#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    #[error("{path} cannot be prepared")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("PostgreSQL does not run as root, and neither the user `postgres` nor `nobody` exists to run it as")]
    NoUser,
    #[error(
        "the user `{user}` cannot reach {path}; choose a state folder that it can, as in: make up STATE=/var/tmp/slipway"
    )]
    Unreachable { user: String, path: PathBuf },
    #[error("initdb failed; the last lines of {log}:\n{tail}")]
    InitDb { log: PathBuf, tail: String },
    #[error(transparent)]
    Child(#[from] ChildError),
}

#[derive(Debug, Clone)]
pub struct Postgres {
    dir: PathBuf,
    port: u16,
    /// Tests trade durability for speed.
    durable: bool,
}

impl Postgres {
    pub fn new(dir: PathBuf, port: u16, durable: bool) -> Self {
        Self { dir, port, durable }
    }

    /// The database's URL over TCP on loopback.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{USER}", self.port)
    }

    /// Starts the server, making its data directory and the database `slipway` at first.
    pub async fn start(&self, tools: &Tools, logs: &Path) -> Result<Supervised, PostgresError> {
        let runner = Runner::choose(&self.dir).await?;
        let data = self.dir.join("data");
        let fresh = !data.join("PG_VERSION").exists();
        if fresh {
            self.initdb(&runner, tools, logs, &data).await?;
        }
        let mut command = runner.command(&tools.postgres_bin.join("postgres"));
        command
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&self.dir)
            .args(["-h", "127.0.0.1", "-p"])
            .arg(self.port.to_string());
        command.args(["-c", "max_connections=200"]);
        if !self.durable {
            command.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        }
        let mut child = Supervised::spawn("postgres", command, logs, Signal::Interrupt)?;
        let (bin, port) = (tools.postgres_bin.clone(), self.port);
        child.ready(Duration::from_secs(30), || accepts_queries(bin.clone(), port)).await?;
        if fresh {
            query(&tools.postgres_bin, port, &format!("create database {USER}")).await;
        }
        Ok(child)
    }

    async fn initdb(&self, runner: &Runner, tools: &Tools, logs: &Path, data: &Path) -> Result<(), PostgresError> {
        let log = logs.join("initdb.log");
        let out = fs::File::create(&log).map_err(|source| PostgresError::Folder { path: log.clone(), source })?;
        let err = out.try_clone().map_err(|source| PostgresError::Folder { path: log.clone(), source })?;
        // Trust: the server listens on loopback and on a socket in a private folder, and holds demo data only.
        let done = runner
            .command(&tools.postgres_bin.join("initdb"))
            .arg("-D")
            .arg(data)
            .args(["-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .status()
            .await;
        match done {
            Ok(status) if status.success() => Ok(()),
            _ => Err(PostgresError::InitDb { tail: tail(&log), log }),
        }
    }
}

async fn accepts_queries(bin: PathBuf, port: u16) -> bool {
    query(&bin, port, "select 1").await
}

async fn query(bin: &Path, port: u16, sql: &str) -> bool {
    Command::new(bin.join("psql"))
        .args(["-X", "-q", "-h", "127.0.0.1", "-U", USER, "-d", "postgres", "-c", sql, "-p"])
        .arg(port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .is_ok_and(|s| s.success())
}

/// Who runs the server: `PostgreSQL` refuses root, so root drops to an unprivileged user.
#[derive(Debug)]
struct Runner {
    drop_to: Option<String>,
}

impl Runner {
    async fn choose(dir: &Path) -> Result<Self, PostgresError> {
        let failed = |source| PostgresError::Folder { path: dir.to_owned(), source };
        fs::create_dir_all(dir).map_err(failed)?;
        if fs::metadata("/proc/self").map_err(failed)?.uid() != 0 {
            return Ok(Self { drop_to: None });
        }
        let mut user = None;
        for name in ["postgres", "nobody"] {
            if run("id", &["-u", name]).await {
                user = Some(name.to_owned());
                break;
            }
        }
        let user = user.ok_or(PostgresError::NoUser)?;
        let folder = dir.to_string_lossy().into_owned();
        run("chown", &["-R", &format!("{user}:"), &folder]).await;
        if !run("setpriv", &["--reuid", &user, "--regid", &user, "--clear-groups", "test", "-w", &folder]).await {
            return Err(PostgresError::Unreachable { user, path: dir.to_owned() });
        }
        Ok(Self { drop_to: Some(user) })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = match &self.drop_to {
            None => Command::new(program),
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid", user, "--clear-groups", "--"]).arg(program);
                command
            }
        };
        // The server must not stand in a folder that its user cannot read.
        command.current_dir("/");
        command
    }
}

async fn run(program: &str, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .is_ok_and(|s| s.success())
}
