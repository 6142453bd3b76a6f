//! The right control plane: an etcd restored from yesterday, or a copy started as staging, must not act.

use slipway_crds::Epoch;

/// How many issued epochs the site remembers.
const REMEMBERED: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// Nobody has been here: the first epoch may be written.
    First,
    /// The pool carries an epoch that we issued.
    Agreed,
    /// The pool carries another one.
    Other(Epoch),
    /// We issued epochs, but the pool carries none.
    Erased,
}

/// Compares the pool's epoch with those that this control plane issued.
pub fn compare(issued: &[Epoch], found: Option<&Epoch>) -> Agreement {
    match (issued.is_empty(), found) {
        (true, None) => Agreement::First,
        (false, None) => Agreement::Erased,
        (_, Some(epoch)) if issued.contains(epoch) => Agreement::Agreed,
        (_, Some(epoch)) => Agreement::Other(epoch.clone()),
    }
}

/// The next epoch, above every one that we know of.
pub fn next(issued: &[Epoch], found: Option<&Epoch>, nonce: String) -> Epoch {
    let highest = issued.iter().chain(found).map(|e| e.number).max().unwrap_or(0);
    Epoch { number: highest + 1, nonce }
}

/// The list with `epoch` added and the oldest dropped.
pub fn remember(issued: &[Epoch], epoch: Epoch) -> Vec<Epoch> {
    let mut all = issued.to_vec();
    all.push(epoch);
    all.drain(..all.len().saturating_sub(REMEMBERED));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(number: u64) -> Epoch {
        Epoch { number, nonce: format!("n{number}") }
    }

    #[test]
    fn a_restored_control_plane_is_recognised() {
        let yesterday = [epoch(1), epoch(2)];
        assert_eq!(compare(&yesterday, Some(&epoch(2))), Agreement::Agreed);
        assert_eq!(compare(&yesterday, Some(&epoch(9))), Agreement::Other(epoch(9)));
        assert_eq!(compare(&[], Some(&epoch(1))), Agreement::Other(epoch(1)));
        assert_eq!(compare(&[], None), Agreement::First);
        assert_eq!(compare(&yesterday, None), Agreement::Erased);
    }

    #[test]
    fn the_last_three_are_remembered_and_numbers_only_grow() {
        let mut issued = vec![];
        for _ in 0..5 {
            let next = next(&issued, None, "x".into());
            issued = remember(&issued, next);
        }
        assert_eq!(issued.iter().map(|e| e.number).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(next(&issued, Some(&epoch(40)), "x".into()).number, 41);
    }
}
