//! What outlives a restart: TLS material, the tokens, the world. Files are replaced in one step, so that a crash leaves
//! the old or the new one.

use std::{
    fs,
    io::{Error, Result, Write as _},
    net::IpAddr,
    path::{Path, PathBuf},
};

use super::TlsMaterial;
use crate::world::World;

/// The folder with `ca.pem`, `server.pem`, `server.key`, `token`, `url` and `state.json`.
#[derive(Debug, Clone)]
pub struct StateDir(PathBuf);

impl StateDir {
    /// Makes the folder if needed.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The kept TLS material, or a fresh one.
    pub fn tls(&self, names: &[String], addresses: &[IpAddr]) -> Result<TlsMaterial> {
        let read = |name: &str| fs::read_to_string(self.path(name));
        if let (Ok(ca_pem), Ok(cert_pem), Ok(key_pem)) = (read("ca.pem"), read("server.pem"), read("server.key")) {
            return Ok(TlsMaterial { ca_pem, cert_pem, key_pem });
        }
        let fresh = TlsMaterial::generate(names, addresses)?;
        self.write("server.key", fresh.key_pem.as_bytes())?;
        self.write("server.pem", fresh.cert_pem.as_bytes())?;
        self.write("ca.pem", fresh.ca_pem.as_bytes())?;
        Ok(fresh)
    }

    /// The world as it was saved; `None` at first start.
    pub fn load(&self) -> Result<Option<World>> {
        match fs::read(self.path("state.json")) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(Error::other),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn save(&self, world: &World) -> Result<()> {
        let bytes = serde_json::to_vec(world).map_err(Error::other)?;
        self.write("state.json", &bytes)
    }

    /// Writes a file that only its owner may read, in one step.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let partial = self.path(&format!(".{name}.new"));
        let mut file = private(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(partial, self.path(name))
    }
}

fn private(path: &Path) -> Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}
