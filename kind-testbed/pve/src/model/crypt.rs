//! SHA-256 crypt (`$5$salt$hash`), by which Proxmox VE hashes `cipassword`, and URL-safe text for signatures.

use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS: usize = 5000;
/// The order in which the scheme reads the digest's bytes, three at a time.
const ORDER: [[usize; 3]; 10] = [
    [0, 10, 20],
    [21, 1, 11],
    [12, 22, 2],
    [3, 13, 23],
    [24, 4, 14],
    [15, 25, 5],
    [6, 16, 26],
    [27, 7, 17],
    [18, 28, 8],
    [9, 19, 29],
];

/// True when the value is a crypt hash already and is kept as it is.
pub fn is_hash(value: &str) -> bool {
    let mut parts = value.split('$');
    parts.next() == Some("")
        && parts.next().is_some_and(|scheme| matches!(scheme, "1" | "5" | "6" | "2a" | "2y" | "y"))
        && parts.filter(|part| !part.is_empty()).count() >= 2
}

/// Characters a salt is made of.
pub fn salt(mut bits: u64) -> String {
    let mut out = String::with_capacity(8);
    for _ in 0..8 {
        out.push(char::from(ALPHABET[(bits & 63) as usize]));
        bits >>= 6;
    }
    out
}

/// Hashes a password with the default 5000 rounds.
pub fn sha256_crypt(password: &str, salt: &str) -> String {
    let (password, salt_bytes) = (password.as_bytes(), salt.as_bytes());
    let alternate = Sha256::new().chain_update(password).chain_update(salt_bytes).chain_update(password).finalize();
    let mut first = Sha256::new().chain_update(password).chain_update(salt_bytes);
    first.update(repeated(&alternate, password.len()));
    let mut bits = password.len();
    while bits > 0 {
        if bits & 1 == 1 {
            first.update(alternate);
        } else {
            first.update(password);
        }
        bits >>= 1;
    }
    let first = first.finalize();
    let of_password = (0..password.len()).fold(Sha256::new(), |hash, _| hash.chain_update(password)).finalize();
    let password_bytes = repeated(&of_password, password.len());
    let times = 16 + usize::from(first[0]);
    let of_salt = (0..times).fold(Sha256::new(), |hash, _| hash.chain_update(salt_bytes)).finalize();
    let salt_sequence = repeated(&of_salt, salt_bytes.len());
    let mut current = first;
    for round in 0..ROUNDS {
        let mut hash = Sha256::new();
        if round % 2 == 1 {
            hash.update(&password_bytes);
        } else {
            hash.update(current);
        }
        if round % 3 != 0 {
            hash.update(&salt_sequence);
        }
        if round % 7 != 0 {
            hash.update(&password_bytes);
        }
        if round % 2 == 1 {
            hash.update(current);
        } else {
            hash.update(&password_bytes);
        }
        current = hash.finalize();
    }
    let mut out = format!("$5${salt}$");
    for [high, middle, low] in ORDER {
        let bits = u32::from(current[high]) << 16 | u32::from(current[middle]) << 8 | u32::from(current[low]);
        push_bits(&mut out, bits, 4);
    }
    push_bits(&mut out, u32::from(current[31]) << 8 | u32::from(current[30]), 3);
    out
}

fn repeated(digest: &[u8], length: usize) -> Vec<u8> {
    digest.iter().copied().cycle().take(length).collect()
}

fn push_bits(out: &mut String, mut bits: u32, count: usize) {
    for _ in 0..count {
        out.push(char::from(ALPHABET[(bits & 63) as usize]));
        bits >>= 6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the scheme's specification.
    #[test]
    fn the_hash_is_the_specified_one() {
        assert_eq!(
            sha256_crypt("Hello world!", "saltstring"),
            "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
        );
    }

    #[test]
    fn a_hash_is_told_from_a_password() {
        assert!(is_hash("$5$z9CO4kXl$SBSMd4Hv1sbqq"));
        assert!(is_hash("$6$rounds=5000$salt$hash"));
        assert!(!is_hash("pa$5$word") && !is_hash("$5$"));
    }
}
