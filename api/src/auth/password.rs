//! Passwords of people: argon2id, off the async threads, a few at a time, so that a burst of logins costs neither all
//! memory (19 MiB each) nor all cores. Hashes that a migration carried over are verified too, and replaced.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::auth::stored_hash::StoredHash;
use crate::environment::Env;
use crate::problem::{Kind, Problem};

/// Hashes at once.
const CONCURRENT_HASHES: usize = 2;
/// In characters.
const LENGTH: std::ops::RangeInclusive<usize> = 10..=200;
/// Verified when the user is unknown, so that the answer takes as long as for a known one. It matches no password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2xpcHdheS1ub2JvZHk$RG9lc05vdE1hdGNoQW55UGFzc3dvcmRBdEFsbC4uLi4";

/// What a password was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    Wrong,
    Right {
        /// Its hash came with a migration: it is to be replaced by one of ours.
        carried: bool,
    },
}

/// Hashes and verifies; clones share the limit.
#[derive(Debug, Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(CONCURRENT_HASHES)))
    }
}

impl Passwords {
    /// A PHC string (`$argon2id$…`).
    pub async fn hash(&self, env: &Env, password: SecretString) -> Result<String, Problem> {
        let salt = env.bytes::<16>();
        self.run(move || {
            let hash: Result<PasswordHash, _> =
                Argon2::default().hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash| hash.to_string())
        })
        .await?
        .map_err(Problem::internal)
    }

    /// Whether the password is the one that was hashed; no hash: it is not, but work is done all the same.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<Verified, Problem> {
        self.run(move || {
            let stored = StoredHash::parse(hash.as_deref().unwrap_or(NOBODY));
            match stored.filter(|stored| stored.matches(password.expose_secret())) {
                Some(stored) if hash.is_some() => Verified::Right { carried: stored.is_carried() },
                _ => Verified::Wrong,
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let permit = Arc::clone(&self.0).acquire_owned().await.map_err(Problem::internal)?;
        let work = move || {
            let _held_until_done = permit;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
    }
}

/// Refuses a new password that is too short or too long; `field` is its name in the request.
pub fn check_strength(password: &SecretString, field: &str) -> Result<(), Problem> {
    if LENGTH.contains(&password.expose_secret().chars().count()) {
        return Ok(());
    }
    Err(Problem::new(Kind::Unprocessable, "The password is too short or too long.")
        .with_field(field, format!("must have {} to {} characters", LENGTH.start(), LENGTH.end())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::System;

    #[tokio::test]
    async fn only_the_password_that_was_hashed_is_accepted() {
        let passwords = Passwords::default();
        let hash = passwords.hash(&Env::new(System), "correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        let right = passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap();
        assert_eq!(right, Verified::Right { carried: false });
        assert_eq!(passwords.verify("wrong horse".into(), Some(hash)).await.unwrap(), Verified::Wrong);
    }

    #[tokio::test]
    async fn nobody_has_a_hash_that_parses_and_never_matches() {
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert_eq!(Passwords::default().verify("anything at all".into(), None).await.unwrap(), Verified::Wrong);
    }
}
