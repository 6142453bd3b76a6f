//! Login passwords, told apart by their prefix: rows of twenty years stand side by side, whatever version wrote the last.

use crate::carried::PasswordHash;

/// Raw, as it stands in the column: entities are never decoded here.
pub fn password(raw: &str) -> PasswordHash {
    let is_bcrypt = raw.len() == 60
        && ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| raw.starts_with(prefix))
        && raw.bytes().skip(7).all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'/');
    if is_bcrypt {
        return PasswordHash::Bcrypt(raw.to_owned());
    }
    if raw.starts_with("$argon2id$") {
        return PasswordHash::Argon2id(raw.to_owned());
    }
    match raw.split_at_checked(32) {
        // The salt is all that follows the first colon, colons among it.
        Some((digest, rest)) if digest.bytes().all(|b| b.is_ascii_hexdigit()) => match rest.strip_prefix(':') {
            Some(salt) => PasswordHash::Md5 { digest: digest.to_ascii_lowercase(), salt: salt.to_owned() },
            None => PasswordHash::None,
        },
        _ => PasswordHash::None,
    }
}

#[cfg(test)]
mod tests {
    use md5::{Digest, Md5};
    use rstest::rstest;

    use super::*;

    #[test]
    fn trap_6_md5_with_a_salt_of_any_characters_is_kept() {
        let PasswordHash::Md5 { digest, salt } = password("b3b1bbd2470bf71570a60920e03359f1:R(IDy") else {
            panic!("not md5")
        };
        assert_eq!(hex::encode(Md5::digest(format!("{salt}Passw0rd!"))), digest);
        let colon = PasswordHash::Md5 { digest: "a".repeat(32), salt: "x:y:".into() };
        assert!(password(&format!("{}:x:y:", "A".repeat(32))) == colon);
    }

    #[test]
    fn bcrypt_of_php_is_kept_as_it_is() {
        let hash = "$2y$10$abcdefghijklmnopqrstuufV5R6AIRuiwehOrEgoAS3hGfIJuM.qW";
        assert!(password(hash) == PasswordHash::Bcrypt(hash.into()));
    }

    #[test]
    fn argon2id_is_kept_as_it_is() {
        assert_eq!(format!("{:?}", password("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA")), "Argon2id");
    }

    #[rstest]
    #[case("")]
    #[case("$P$B12345678901234567890123456789.")]
    #[case("$2y$10$short")]
    #[case("$argon2i$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA")]
    #[case("b3b1bbd2470bf71570a60920e03359f1")]
    #[case("G3+ADCz579nC7vL+PPilX1Y+RZJTdHIwdlY1ZHpsfio=")]
    #[case("ääääääääääääääääääääääää")]
    fn trap_7_empty_or_unknown_means_a_new_password_and_no_crash(#[case] raw: &str) {
        assert!(password(raw) == PasswordHash::None);
    }
}
