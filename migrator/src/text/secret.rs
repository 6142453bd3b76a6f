//! The reversible encryption of service and field passwords. It has no integrity check: a wrong key gives bytes, not an error.

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::Md5;
use secrecy::{ExposeSecret, SecretString};
use sha1::{Digest, Sha1};

/// The length of the IV and of each key: that of SHA-1.
const BLOCK: usize = 20;

/// `$cc_encryption_hash` of `configuration.php`.
pub struct SecretKey([u8; BLOCK]);

/// What a password column holds.
#[derive(Debug)]
pub enum Secret {
    Empty,
    Clear(SecretString),
    /// Not of this scheme, or of another key: it is left behind and counted.
    Unreadable,
}

impl SecretKey {
    pub fn new(cc_encryption_hash: &SecretString) -> Self {
        let inner = hex::encode(Md5::digest(cc_encryption_hash.expose_secret()));
        let outer = hex::encode(Md5::digest(&inner));
        Self(Sha1::digest(outer + &inner).into())
    }

    /// The clear text, when it is text: UTF-8 without control characters.
    pub fn decrypt(&self, column: &str) -> Secret {
        let column = column.trim();
        if column.is_empty() {
            return Secret::Empty;
        }
        let Some(bytes) = STANDARD.decode(column).ok().filter(|bytes| bytes.len() >= BLOCK) else {
            return Secret::Unreadable;
        };
        let (iv, cipher) = bytes.split_at(BLOCK);
        let mut key: Vec<u8> = iv.iter().zip(self.0).map(|(a, b)| a ^ b).collect();
        let mut clear: Vec<u8> = Vec::with_capacity(cipher.len());
        for (at, byte) in cipher.iter().enumerate() {
            if at > 0 && at % BLOCK == 0 {
                key = Sha1::new().chain_update(&key).chain_update(&clear[at - BLOCK..]).finalize().to_vec();
            }
            clear.push(byte ^ key[at % BLOCK]);
        }
        match String::from_utf8(clear) {
            Ok(text) if text.is_empty() => Secret::Empty,
            Ok(text) if !text.chars().any(char::is_control) => Secret::Clear(text.into()),
            _ => Secret::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn key(text: &str) -> SecretKey {
        SecretKey::new(&text.to_owned().into())
    }

    const CC: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!!";

    #[rstest]
    #[case("G3+ADCz579nC7vL+PPilX1Y+RZJTdHIwdlY1ZHpsfio=", "Sup3rS3cret!")]
    #[case("G3+ADCz579nC7vL+PPilX1Y+RZI=", "")]
    #[case("G3+ADCz579nC7vL+PPilX1Y+RZJ4eXp7fH1+f3BxcnN0dXZ3aGlqaw==", "xxxxxxxxxxxxxxxxxxxx")]
    fn the_published_vectors_decrypt(#[case] column: &str, #[case] clear: &str) {
        let found = match key(CC).decrypt(column) {
            Secret::Clear(text) => text.expose_secret().to_owned(),
            Secret::Empty => String::new(),
            Secret::Unreadable => panic!("unreadable"),
        };
        assert_eq!(found, clear);
    }

    #[rstest]
    #[case("plain text")]
    #[case("c2hvcnQ=")]
    fn what_is_not_of_the_scheme_is_unreadable(#[case] column: &str) {
        assert!(matches!(key(CC).decrypt(column), Secret::Unreadable));
    }

    #[test]
    fn a_wrong_key_gives_no_text() {
        let column = "G3+ADCz579nC7vL+PPilX1Y+RZJ4eXp7fH1+f3BxcnN0dXZ3aGlqaw==";
        assert!(matches!(key("another").decrypt(column), Secret::Unreadable));
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = key(CC).decrypt("G3+ADCz579nC7vL+PPilX1Y+RZJTdHIwdlY1ZHpsfio=");
        assert!(!format!("{secret:?}").contains("Sup3r"));
    }
}
