//! Sealing: what must lie in Postgres for a while but must not be readable from a dump of it (AES-256-GCM under the
//! key-encryption key). The purpose is authenticated, so a sealed value cannot be moved to another row or use.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use sha2::{Digest as _, Sha256};

/// Bytes of the random nonce in front of a sealed value.
const NONCE_LENGTH: usize = 12;

/// The value was not sealed with this key for this purpose, or was changed since.
#[derive(Debug, thiserror::Error)]
#[error("a sealed value cannot be opened: it was sealed with another key or changed")]
pub struct SealError;

/// Seals and opens.
pub struct Sealer {
    sealing: RandomizedNonceKey,
    marking: hmac::Key,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// `key` is the 32-byte key-encryption key.
    pub fn new(key: &[u8]) -> Result<Self, SealError> {
        let sealing = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| SealError)?;
        let mut derived = Sha256::new();
        derived.update(b"slipway fingerprints");
        derived.update(key);
        Ok(Self { sealing, marking: hmac::Key::new(hmac::HMAC_SHA256, &derived.finalize()) })
    }

    /// Recognises a value that comes again without keeping it. A plain hash of something that holds a password would
    /// let whoever reads the database try passwords at millions a second; this one needs the key.
    pub fn fingerprint(&self, value: &[u8]) -> Vec<u8> {
        hmac::sign(&self.marking, value).as_ref().to_vec()
    }

    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = plain.to_vec();
        let nonce = self.sealing.seal_in_place_append_tag(Aad::from(purpose), &mut sealed).map_err(|_| SealError)?;
        let mut out = nonce.as_ref().to_vec();
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LENGTH).ok_or(SealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let mut body = body.to_vec();
        let plain = self.sealing.open_in_place(nonce, Aad::from(purpose), &mut body).map_err(|_| SealError)?;
        Ok(plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_with_its_key_and_purpose() {
        let keeper = Sealer::new(&[7; 32]).unwrap();
        let sealed = keeper.seal("server/1", b"$6$salt$hash").unwrap();
        assert_eq!(keeper.open("server/1", &sealed).unwrap(), b"$6$salt$hash");
        assert!(keeper.open("server/2", &sealed).is_err());
        assert!(Sealer::new(&[8; 32]).unwrap().open("server/1", &sealed).is_err());
    }

    #[test]
    fn a_fingerprint_needs_the_key() {
        let (keeper, other) = (Sealer::new(&[7; 32]).unwrap(), Sealer::new(&[8; 32]).unwrap());
        assert_eq!(keeper.fingerprint(b"body"), keeper.fingerprint(b"body"));
        assert_ne!(keeper.fingerprint(b"body"), keeper.fingerprint(b"bodz"));
        assert_ne!(keeper.fingerprint(b"body"), other.fingerprint(b"body"));
    }

    #[test]
    fn one_changed_byte_is_noticed() {
        let keeper = Sealer::new(&[7; 32]).unwrap();
        let mut sealed = keeper.seal("p", b"value").unwrap();
        sealed[NONCE_LENGTH] ^= 1;
        assert!(keeper.open("p", &sealed).is_err());
        assert!(keeper.open("p", b"short").is_err());
    }
}
