//! How WHMCS keeps secrets: what can be read again with the installation's key, and what can only be compared.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use md5::{Digest as _, Md5};
use sha1::Sha1;

/// The key of every seeded database, `$cc_encryption_hash` of `configuration.php`.
pub const CC_ENCRYPTION_HASH: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!!";

const BLOCK: usize = 20;

/// Encrypts what `tblhosting.password` and its like hold. There is no integrity check in the scheme.
pub fn encrypt(key: &str, plain: &str, iv: [u8; BLOCK]) -> String {
    let mut raw: Vec<u8> = iv.iter().zip(mask(key)).map(|(a, b)| a ^ b).collect();
    let mut stream = iv;
    for block in plain.as_bytes().chunks(BLOCK) {
        raw.extend(block.iter().zip(stream).map(|(a, b)| a ^ b));
        stream = next(&stream, block);
    }
    BASE64_STANDARD.encode(raw)
}

/// The plain text; `None` where the text is too short, or what comes out is no text: most likely another key's.
pub fn decrypt(key: &str, text: &str) -> Option<String> {
    let raw = BASE64_STANDARD.decode(text).ok()?;
    let (head, rest) = raw.split_at_checked(BLOCK)?;
    let mut stream: [u8; BLOCK] = std::array::from_fn(|i| head[i] ^ mask(key)[i]);
    let mut plain = Vec::with_capacity(rest.len());
    for block in rest.chunks(BLOCK) {
        let start = plain.len();
        plain.extend(block.iter().zip(stream).map(|(a, b)| a ^ b));
        stream = next(&stream, &plain[start..]);
    }
    String::from_utf8(plain).ok().filter(|text| !text.chars().any(char::is_control))
}

fn mask(key: &str) -> [u8; BLOCK] {
    let once = hex(&Md5::digest(key));
    let twice = hex(&Md5::digest(&once));
    Sha1::digest(twice + &once).into()
}

fn next(stream: &[u8; BLOCK], plain: &[u8]) -> [u8; BLOCK] {
    Sha1::new().chain_update(stream).chain_update(plain).finalize().into()
}

/// A login as WHMCS before 6.3 kept it: `md5(salt + password):salt`.
pub fn md5_login(password: &str, salt: &str) -> String {
    format!("{}:{salt}", hex(&Md5::digest(format!("{salt}{password}"))))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing into a String never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Known passwords with their hashes: to make a million of them would take days.
pub const LOGINS: [(&str, &str); 12] = [
    ("correct-old-password", "$2y$10$oq2i8mneT5tIoTqU6tYPR.tT5MZ4c21cMHyJElgkAVIwvDHXNj1zi"),
    ("Passw0rd!", "$2y$10$rV6TNPUEHF/Gcz9oEZ8YyOOUJ.tEEpjKHKQB0MIdJ.mUDwq5t8Pru"),
    ("Sommer2019", "$2y$10$31iFbvGDYWIQ6DtapobzWed9r3XSN2BqKdU4kqHU79eK0b2jEwEpW"),
    ("tr0ub4dor&3", "$2y$10$qr82gSrDVtmXYPX4UGxHluAMBOT3gqJ.jPGqWEpQT2cyfyc7.qCPS"),
    ("P@ssword1", "$2y$10$HgwKZCXNoZJloWPryacbTeu4XKX74j4lga0oCF2VviENaN4swkDIe"),
    ("l3tmein-please", "$2y$10$iXSxHQs9.ouprzMkZdMjs.K50NCLH6Hm6H27VfZ1uT7MMSS4mC4Iy"),
    ("münchen-1860", "$2y$10$aESgaPUyVDGsFBS4hVGyb.bx7SJA43ritPfIfOOkRvaBDUilB0tY6"),
    ("hunter2hunter2", "$2y$10$kxVkKlEQrw7KqYPMH1EsFuO02l4.jDBkL3c4HOroxcvQf8InLVi32"),
    ("qwertz12345", "$2y$10$PvCsts1HODU0MdrhA.g63OSdjQj85FtrBaXz5sqwb4DKbUhLmlEIu"),
    ("iloveservers", "$2y$10$nZxpTXr2MlWGqMeWVgL4..ghEdPURohmiO2J7ZAcvwYaE/OVOBHXa"),
    ("Gr33n.Eggs", "$2y$10$yyBr/nOcdUS6KHj0zRaN5uUBTO.2s1KdCX37jID7J9fl7wZpWuNIm"),
    ("my cat's name", "$2y$10$C4CHrVZ97gaDGhOqOSwlaO3mxpPtRdBWAWxXym20DGI0kupvWmHSm"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_come_out() {
        let iv = std::array::from_fn(|i| u8::try_from(i).unwrap());
        for (plain, text) in [
            ("Sup3rS3cret!", "G3+ADCz579nC7vL+PPilX1Y+RZJTdHIwdlY1ZHpsfio="),
            ("", "G3+ADCz579nC7vL+PPilX1Y+RZI="),
            (&"x".repeat(20), "G3+ADCz579nC7vL+PPilX1Y+RZJ4eXp7fH1+f3BxcnN0dXZ3aGlqaw=="),
        ] {
            assert_eq!(encrypt(CC_ENCRYPTION_HASH, plain, iv), text);
            assert_eq!(decrypt(CC_ENCRYPTION_HASH, text).as_deref(), Some(plain));
        }
        assert_eq!(md5_login("Passw0rd!", "R(IDy"), "b3b1bbd2470bf71570a60920e03359f1:R(IDy");
    }

    #[test]
    fn every_length_comes_back_and_another_key_finds_no_text() {
        for length in 0..70 {
            let plain: String = ('a'..='z').cycle().take(length).collect();
            let text = encrypt(CC_ENCRYPTION_HASH, &plain, [7; 20]);
            assert_eq!(decrypt(CC_ENCRYPTION_HASH, &text), Some(plain));
        }
        assert_eq!(decrypt("another key", &encrypt(CC_ENCRYPTION_HASH, "Sup3rS3cret!Sup3rS3cret!", [7; 20])), None);
        assert_eq!(decrypt(CC_ENCRYPTION_HASH, "too short"), None);
    }

    #[test]
    fn each_known_password_fits_its_hash() {
        for (password, hash) in LOGINS {
            assert!(bcrypt::verify(password, hash).unwrap(), "{password}");
        }
    }
}
