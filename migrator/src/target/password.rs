//! Password hashes at rest. MD5 is wrapped, so that no hash of the target can be looked up in a table.

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use uuid::Uuid;

use crate::carried::PasswordHash;

/// Cheaper than of a new password: a million of them are made in one go, and a login replaces each.
const MEMORY_KIB: u32 = 1024;
const PASSES: u32 = 2;

/// What the column holds; `None`: a link has to set a password. The salt is the user's id: unique, and the same in a
/// repeated run.
pub fn at_rest(user: Uuid, password: &PasswordHash) -> Option<String> {
    match password {
        PasswordHash::Bcrypt(hash) | PasswordHash::Argon2id(hash) => Some(hash.clone()),
        PasswordHash::Md5 { digest, salt } => {
            let params = Params::new(MEMORY_KIB, PASSES, 1, None).ok()?;
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let wrapped: argon2::password_hash::phc::PasswordHash =
                argon2.hash_password_with_salt(digest.to_lowercase().as_bytes(), user.as_bytes()).ok()?;
            Some(format!("$slipway-md5${}{wrapped}", BASE64_STANDARD_NO_PAD.encode(salt)))
        }
        PasswordHash::None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_md5_hash_is_nowhere_to_be_read() {
        let digest = "b3b1bbd2470bf71570a60920e03359f1".to_owned();
        let password = PasswordHash::Md5 { digest: digest.clone(), salt: "R(IDy".to_owned() };
        let stored = at_rest(Uuid::from_u128(1), &password).unwrap();
        assert!(stored.starts_with("$slipway-md5$UihJRHk$argon2id$"), "{stored}");
        assert!(!stored.contains(&digest));
        assert_eq!(at_rest(Uuid::from_u128(1), &password), Some(stored.clone()));
        assert_ne!(at_rest(Uuid::from_u128(2), &password), Some(stored));
    }

    #[test]
    fn other_hashes_are_kept_and_none_is_none() {
        let bcrypt = PasswordHash::Bcrypt("$2y$10$x".to_owned());
        assert_eq!(at_rest(Uuid::nil(), &bcrypt).as_deref(), Some("$2y$10$x"));
        assert_eq!(at_rest(Uuid::nil(), &PasswordHash::None), None);
    }
}
