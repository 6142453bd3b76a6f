//! The comment of our Proxmox pool: `epoch=<n>.<nonce> vmid-floor=<n>`. It outlives every control plane.

use std::{fmt, str::FromStr};

use slipway_crds::Epoch;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PoolComment {
    pub epoch: Option<Epoch>,
    /// No number below it is ever handed out.
    pub vmid_floor: u32,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the pool's comment `{0}` is not what Slipway wrote (`epoch=<n>.<nonce> vmid-floor=<n>`)")]
pub struct Unreadable(String);

impl FromStr for PoolComment {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let wrong = || Unreadable(text.to_owned());
        let mut comment = Self::default();
        for word in text.split_whitespace() {
            match word.split_once('=').ok_or_else(wrong)? {
                ("epoch", value) => {
                    let (number, nonce) = value.split_once('.').ok_or_else(wrong)?;
                    comment.epoch =
                        Some(Epoch { number: number.parse().map_err(|_| wrong())?, nonce: nonce.to_owned() });
                }
                ("vmid-floor", value) => comment.vmid_floor = value.parse().map_err(|_| wrong())?,
                _ => return Err(wrong()),
            }
        }
        Ok(comment)
    }
}

impl fmt::Display for PoolComment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(epoch) = &self.epoch {
            write!(f, "epoch={}.{} ", epoch.number, epoch.nonce)?;
        }
        write!(f, "vmid-floor={}", self.vmid_floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_reads_back_as_it_was_written() {
        let comment = PoolComment { epoch: Some(Epoch { number: 3, nonce: "ab12".into() }), vmid_floor: 100_016 };
        assert_eq!(comment.to_string(), "epoch=3.ab12 vmid-floor=100016");
        assert_eq!(comment.to_string().parse(), Ok(comment));
        assert_eq!("".parse(), Ok(PoolComment::default()));
    }

    #[test]
    fn a_persons_words_are_not_taken_for_an_epoch() {
        assert!("our customers".parse::<PoolComment>().is_err());
        assert!("epoch=1".parse::<PoolComment>().is_err());
    }
}
