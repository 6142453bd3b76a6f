//! What the password column holds: our own argon2id, or a hash that a migration carried over, which the first login replaces.

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::PasswordHash;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use md5::{Digest as _, Md5};

/// A hash by its scheme.
#[derive(Clone, Copy)]
pub enum StoredHash<'a> {
    Argon2id(&'a str),
    /// Of PHP's `password_hash`: `$2y$…`. Only the first 72 bytes of a password count.
    Bcrypt(&'a str),
    /// Argon2id over the hex digits of `md5(salt + password)`: `$slipway-md5$<salt in base64>$argon2id$…`.
    Md5 {
        salt: &'a str,
        wrapped: &'a str,
    },
}

impl<'a> StoredHash<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.starts_with("$argon2id$") {
            return Some(Self::Argon2id(text));
        }
        if let Some(rest) = text.strip_prefix("$slipway-md5$") {
            let (salt, _) = rest.split_once('$')?;
            return Some(Self::Md5 { salt, wrapped: &rest[salt.len()..] });
        }
        let is_bcrypt = ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix));
        is_bcrypt.then_some(Self::Bcrypt(text))
    }

    /// Whether the next login should replace it by our own.
    pub const fn is_carried(self) -> bool {
        !matches!(self, Self::Argon2id(_))
    }

    pub fn matches(self, password: &str) -> bool {
        match self {
            Self::Argon2id(hash) => argon2id(hash, password.as_bytes()),
            Self::Bcrypt(hash) => bcrypt::verify(password, hash).unwrap_or(false),
            Self::Md5 { salt, wrapped } => BASE64_STANDARD_NO_PAD.decode(salt).is_ok_and(|salt| {
                let digest = Md5::new().chain_update(&salt).chain_update(password).finalize();
                argon2id(wrapped, hex::encode(digest).as_bytes())
            }),
        }
    }
}

/// With the parameters that the hash itself names.
fn argon2id(hash: &str, password: &[u8]) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `md5("R(IDy" + "Passw0rd!")` = b3b1bbd2470bf71570a60920e03359f1, wrapped with 1 MiB and two passes.
    fn wrapped() -> String {
        use argon2::password_hash::PasswordHasher as _;
        let params = argon2::Params::new(1024, 2, 1, None).unwrap();
        let argon2 = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let hash: PasswordHash = argon2.hash_password_with_salt(b"b3b1bbd2470bf71570a60920e03359f1", &[7; 16]).unwrap();
        format!("$slipway-md5${}{hash}", BASE64_STANDARD_NO_PAD.encode("R(IDy"))
    }

    #[test]
    fn each_scheme_accepts_its_password_and_no_other() {
        let wrapped = wrapped();
        let bcrypt = "$2y$10$abcdefghijklmnopqrstuufV5R6AIRuiwehOrEgoAS3hGfIJuM.qW";
        for text in [wrapped.as_str(), bcrypt] {
            let hash = StoredHash::parse(text).unwrap();
            assert!(hash.is_carried());
            assert!(hash.matches("Passw0rd!"), "{text}");
            assert!(!hash.matches("passw0rd!") && !hash.matches(""), "{text}");
        }
    }

    #[test]
    fn what_is_no_hash_matches_nothing() {
        for text in ["", "plain", "$slipway-md5$", "$1$abc$def", "b3b1bbd2470bf71570a60920e03359f1:R(IDy"] {
            assert!(StoredHash::parse(text).is_none_or(|hash| !hash.matches("Passw0rd!")), "{text}");
        }
        assert!(!StoredHash::parse("$2y$10$short").unwrap().matches(""));
        assert!(!StoredHash::parse("$slipway-md5$!!$argon2id$x").unwrap().matches(""));
    }
}
