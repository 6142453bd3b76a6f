//! The two keys of an installation: the one that signs access tokens and the one that seals values in Postgres.
//!
//! They are files in `SLIPWAY_KEY_DIR`, made at the first start with mode 0600, or entries of the Secret
//! `SLIPWAY_KEY_SECRET`, which replicas share. They are never rendered by a chart: a re-render would log everybody out and
//! lose every sealed value. A mounted, read-only Secret with both files works too.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use sha2::{Digest as _, Sha256};

use crate::dispatcher::kubernetes::Failure;
use crate::environment::Env;
use crate::secret_once;

/// PKCS#8 of the Ed25519 key that signs access tokens.
const SIGNING_FILE: &str = "token-signing.pk8";
/// The 32 bytes that seal values and derive refresh tokens.
const ENCRYPTION_FILE: &str = "key-encryption.key";
/// What a Secret holds, for an error.
const TOGETHER: &str = "token-signing.pk8 and key-encryption.key";

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("cannot read or write the key file {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("the key file {path} does not hold a key; restore it from a backup, or remove it to log everybody out")]
    Malformed { path: PathBuf },
    #[error("the Secret {name} cannot be read or made: {source}")]
    Secret { name: String, source: Failure },
    #[error("the Secret {name} does not hold {TOGETHER}; restore it from a backup, or delete it to log everybody out")]
    MalformedSecret { name: String },
    #[error("no key could be made")]
    Generate,
}

impl KeysError {
    /// Whether it may be otherwise in a moment: Kubernetes is away, or the right to read has not arrived everywhere.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Secret { source: Failure::Unavailable(_) | Failure::Forbidden(_), .. })
    }
}

/// Both keys, raw.
pub struct Keys {
    /// PKCS#8.
    pub signing: Vec<u8>,
    /// The public half of `signing`.
    pub verifying: Vec<u8>,
    /// 32 bytes.
    pub encryption: Vec<u8>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Reads the keys from the folder; makes what is missing. Two replicas that start together agree, because a file is
    /// put in place whole and only if there is none yet.
    pub fn load_or_create(dir: &Path, env: &Env) -> Result<Self, KeysError> {
        fs::create_dir_all(dir).map_err(|source| KeysError::File { path: dir.to_owned(), source })?;
        let signing = read_or_place(&dir.join(SIGNING_FILE), &fresh_signing_key()?, env)?;
        let encryption = read_or_place(&dir.join(ENCRYPTION_FILE), &env.bytes::<32>(), env)?;
        Self::parse(signing, encryption).map_err(|file| KeysError::Malformed { path: dir.join(file) })
    }

    /// The same with a Secret: replicas that start together agree, because only one of them makes it.
    pub async fn load_or_create_secret(secrets: &Api<Secret>, name: &str, env: &Env) -> Result<Self, KeysError> {
        let failed = |source| KeysError::Secret { name: name.to_owned(), source };
        let malformed = || KeysError::MalformedSecret { name: name.to_owned() };
        let mut found = secret_once::find(secrets, name).await.map_err(failed)?;
        if found.is_none() {
            let fresh = BTreeMap::from([
                (SIGNING_FILE.to_owned(), ByteString(fresh_signing_key()?)),
                (ENCRYPTION_FILE.to_owned(), ByteString(env.bytes::<32>().to_vec())),
            ]);
            secret_once::make(secrets, name, fresh).await.map_err(failed)?;
            found = secret_once::find(secrets, name).await.map_err(failed)?;
        }
        let mut found = found.unwrap_or_default();
        let mut take = |file: &str| found.remove(file).map(|value| value.0).ok_or_else(malformed);
        Self::parse(take(SIGNING_FILE)?, take(ENCRYPTION_FILE)?).map_err(|_| malformed())
    }

    /// `Err`: which of the two is none.
    fn parse(signing: Vec<u8>, encryption: Vec<u8>) -> Result<Self, &'static str> {
        let pair = Ed25519KeyPair::from_pkcs8(&signing).map_err(|_| SIGNING_FILE)?;
        if encryption.len() != 32 {
            return Err(ENCRYPTION_FILE);
        }
        Ok(Self { verifying: pair.public_key().as_ref().to_vec(), signing, encryption })
    }

    /// Names the signing key in a token's header, so that a later key can be told from this one.
    pub fn key_id(&self) -> String {
        hex::encode(&Sha256::digest(&self.verifying)[..8])
    }
}

/// PKCS#8.
fn fresh_signing_key() -> Result<Vec<u8>, KeysError> {
    let pair = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(|_| KeysError::Generate)?;
    Ok(pair.as_ref().to_vec())
}

fn read_or_place(path: &Path, fresh: &[u8], env: &Env) -> Result<Vec<u8>, KeysError> {
    let failed = |source| KeysError::File { path: path.to_owned(), source };
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read.map_err(failed),
    }
    let draft = path.with_extension(format!("new-{}", hex::encode(env.bytes::<4>())));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(failed)?;
    file.write_all(fresh).and_then(|()| file.sync_all()).map_err(failed)?;
    // A hard link fails when the name exists: the replica that was first wins and the other reads its key.
    let placed = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(failed)?;
    match placed {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => fs::read(path).map_err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::System;

    #[test]
    fn the_second_start_reads_the_keys_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let env = Env::new(System);
        let first = Keys::load_or_create(dir.path(), &env).unwrap();
        let second = Keys::load_or_create(dir.path(), &env).unwrap();
        assert_eq!((&first.signing, &first.encryption), (&second.signing, &second.encryption));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "no draft is left behind");
    }

    #[test]
    fn a_broken_key_file_is_named_and_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(ENCRYPTION_FILE), b"short").unwrap();
        let error = Keys::load_or_create(dir.path(), &Env::new(System)).unwrap_err();
        assert!(error.to_string().contains(ENCRYPTION_FILE), "{error}");
    }
}
