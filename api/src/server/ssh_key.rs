//! SSH public keys, as far as the CRD's rules go: a key that passes here is not refused there.

use crate::problem::Problem;

/// Keys a server may have.
const MAX_KEYS: usize = 32;
/// Characters of one key.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 16..=8192;
/// Characters of all keys together.
const MAX_TOTAL: usize = 32_768;

/// `OpenSSH` public keys, one line each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SshKeys(Vec<String>);

impl SshKeys {
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn to_vec(&self) -> Vec<String> {
        self.0.clone()
    }
}

impl TryFrom<Vec<String>> for SshKeys {
    type Error = Problem;

    fn try_from(keys: Vec<String>) -> Result<Self, Problem> {
        let refuse =
            |message: String| Err(Problem::invalid("The ssh keys cannot be used.").with_field("sshKeys", message));
        let keys: Vec<String> = keys.iter().map(|key| key.trim().to_owned()).collect();
        if keys.len() > MAX_KEYS || keys.iter().map(String::len).sum::<usize>() > MAX_TOTAL {
            return refuse(format!("at most {MAX_KEYS} keys of {MAX_TOTAL} characters together"));
        }
        match keys.iter().position(|key| !is_public_key(key)) {
            Some(position) => {
                refuse(format!("key {} is not a public key as in `ssh-ed25519 AAAA… comment`", position + 1))
            }
            None => Ok(Self(keys)),
        }
    }
}

/// The kinds that Proxmox VE takes.
const KINDS: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// `<type> <base64>[ <comment>]`; the base64 starts with the length of the type, four bytes of which the first are zero.
fn is_public_key(key: &str) -> bool {
    let mut parts = key.splitn(3, ' ');
    let (Some(kind), Some(data)) = (parts.next(), parts.next()) else { return false };
    let unpadded = data.strip_suffix("==").or_else(|| data.strip_suffix('=')).unwrap_or(data);
    let body = unpadded.strip_prefix("AAAA").unwrap_or_default();
    KEY_LENGTH.contains(&key.len())
        && !key.contains(|c: char| c.is_ascii_control())
        && KINDS.contains(&kind)
        && !body.is_empty()
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_taken_with_and_without_a_comment() {
        let keys = vec![
            " ssh-ed25519 AAAAC3Nza ada@example.org\n".to_owned(),
            "sk-ssh-ed25519@openssh.com AAAAGnNr".to_owned(),
        ];
        assert_eq!(SshKeys::try_from(keys).unwrap().to_vec()[0], "ssh-ed25519 AAAAC3Nza ada@example.org");
    }

    #[test]
    fn what_is_no_single_public_key_is_refused() {
        for wrong in [
            "",
            "ssh-ed25519",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "ssh-rsa AAAAAAAAAAAA\nssh-rsa AAAA",
            "no key at all, honestly",
            "ssh-dss AAAAB3NzaC1kc3M",
            "ssh-ed25519 BBBBC3NzaC1lZDI1",
            "ssh-ed25519 AAAAC3Nz===",
            "ssh-ed25519 AAAAC3NzaC1lZDI1 a\0b",
        ] {
            assert!(SshKeys::try_from(vec![wrong.to_owned()]).is_err(), "{wrong:?}");
        }
        assert!(SshKeys::try_from(vec!["ssh-ed25519 AAAAC3Nza".to_owned(); 33]).is_err());
    }
}
