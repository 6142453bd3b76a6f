//! A `MariaDB` of the testbed's own, where WHMCS databases to migrate from are seeded; never the system's server.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::Command;

use crate::{
    child::{ChildError, Signal, Supervised},
    tools::Tools,
};

/// May do everything; the server listens on loopback and holds invented data only.
const OWNER: (&str, &str) = ("slipway", "slipway");

#[derive(Debug, thiserror::Error)]
pub enum MariaDbError {
    #[error("{path} cannot be prepared")]
    Folder { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Child(#[from] ChildError),
}

#[derive(Debug, Clone)]
pub struct MariaDb {
    dir: PathBuf,
    port: u16,
    /// Tests trade durability for speed.
    durable: bool,
}

impl MariaDb {
    pub fn new(dir: PathBuf, port: u16, durable: bool) -> Self {
        Self { dir, port, durable }
    }

    /// The server's URL with an account that makes databases and accounts.
    pub fn url(&self) -> String {
        format!("mysql://{}:{}@127.0.0.1:{}", OWNER.0, OWNER.1, self.port)
    }

    /// The URL of one database with the account that reads only.
    pub fn reader_url(&self, database: &str) -> String {
        let (user, password) = whmcs_testbed::READER;
        format!("mysql://{user}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// Starts the server, making its data directory at first.
    pub async fn start(&self, tools: &Tools, logs: &Path) -> Result<Supervised, MariaDbError> {
        let failed = |source| MariaDbError::Folder { path: self.dir.clone(), source };
        fs::create_dir_all(&self.dir).map_err(failed)?;
        // It refuses to run as root unless told; everything here is private to this folder.
        let root = fs::metadata("/proc/self").map_err(failed)?.uid() == 0;
        let data = self.dir.join("data");
        if !data.exists() {
            copy(&tools.mariadb_template, &data).await.map_err(failed)?;
        }
        let accounts = self.dir.join("accounts.sql");
        fs::write(
            &accounts,
            format!(
                "CREATE USER IF NOT EXISTS '{0}'@'%' IDENTIFIED BY '{1}';\nGRANT ALL ON *.* TO '{0}'@'%' WITH GRANT OPTION;\n",
                OWNER.0, OWNER.1
            ),
        )
        .map_err(failed)?;
        let mut command = Command::new(&tools.mariadbd);
        command
            .args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin"])
            .args([
                "--innodb-buffer-pool-size=256M",
                "--innodb-sort-buffer-size=16M",
                "--max-allowed-packet=64M",
                "--port",
            ])
            .arg(self.port.to_string())
            .arg(flag("--datadir", &data))
            .arg(flag("--init-file", &accounts))
            // A socket's path may have a hundred characters: relative to the data directory.
            .args(["--socket=s", "--pid-file=mariadbd.pid"]);
        if root {
            command.arg("--user=root");
        }
        if !self.durable {
            command.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-fast-shutdown=2"]);
            command.args(["--innodb-flush-method=nosync", "--debug-no-sync"]);
        }
        let mut child = Supervised::spawn("mariadbd", command, logs, Signal::Terminate)?;
        let (client, port) = (tools.mariadb.clone(), self.port);
        child.ready(Duration::from_secs(30), || accepts_queries(client.clone(), port)).await?;
        Ok(child)
    }
}

/// Copied beside its place and moved: an interrupted copy is no data directory.
async fn copy(template: &Path, data: &Path) -> io::Result<()> {
    let partial = data.with_extension("partial");
    let done = Command::new("cp").args(["-r", "--reflink=auto", "-T"]).arg(template).arg(&partial).status().await?;
    if !done.success() {
        return Err(io::Error::other(format!("{} could not be copied", template.display())));
    }
    fs::rename(partial, data)
}

fn flag(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

async fn accepts_queries(client: PathBuf, port: u16) -> bool {
    Command::new(client)
        .args(["--no-defaults", "--protocol=tcp", "-h", "127.0.0.1", "-e", "select 1"])
        .args([format!("-P{port}"), format!("-u{}", OWNER.0), format!("-p{}", OWNER.1)])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .is_ok_and(|s| s.success())
}
