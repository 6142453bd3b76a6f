//! The right control plane: an etcd restored from yesterday, or a copy started as staging, must not act.

use slipway_crds::Epoch;

/// How many issued epochs the site remembers.
const REMEMBERED: usize = 3;

/// What the pool's comment must carry next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// A new epoch: it is remembered before it is written.
    Issue(Epoch),
    /// The newest one was issued, but its write failed or its answer was lost: that one again. Issuing others
    /// meanwhile would push the one that the pool carries out of the list.
    Rewrite(Epoch),
}

/// Why this control plane is not the one in charge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    #[error("carries epoch {}.{}, which this control plane did not issue: another one, or a newer state of this one, is in charge", .0.number, .0.nonce)]
    Other(Epoch),
    #[error("lost its epoch")]
    Erased,
}

/// Compares the epoch `found` in the pool with those that this control plane issued (the newest last).
///
/// `acknowledged`: a person said that this control plane is the one in charge, whatever is found.
pub fn rotate(
    issued: &[Epoch],
    found: Option<&Epoch>,
    acknowledged: bool,
    nonce: String,
) -> Result<Rotation, Disagreement> {
    let issue = || Rotation::Issue(next(issued, found, nonce));
    match (issued, found) {
        ([], None) => Ok(issue()),
        // The very first was issued and never arrived.
        ([only], None) => Ok(Rotation::Rewrite(only.clone())),
        ([.., newest], Some(found)) if newest == found => Ok(issue()),
        ([.., newest], Some(found)) if issued.contains(found) => Ok(Rotation::Rewrite(newest.clone())),
        _ if acknowledged => Ok(issue()),
        (_, Some(found)) => Err(Disagreement::Other(found.clone())),
        (_, None) => Err(Disagreement::Erased),
    }
}

/// The next epoch, above every one that we know of.
fn next(issued: &[Epoch], found: Option<&Epoch>, nonce: String) -> Epoch {
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

    fn turn(issued: &[Epoch], found: Option<u64>) -> Result<Rotation, Disagreement> {
        rotate(issued, found.map(epoch).as_ref(), false, "new".into())
    }

    fn new(number: u64) -> Rotation {
        Rotation::Issue(Epoch { number, nonce: "new".into() })
    }

    #[test]
    fn a_restored_control_plane_is_recognised() {
        let yesterday = [epoch(1), epoch(2)];
        assert_eq!(turn(&[], None), Ok(new(1)));
        assert_eq!(turn(&yesterday, Some(2)), Ok(new(3)));
        assert_eq!(turn(&yesterday, Some(9)), Err(Disagreement::Other(epoch(9))));
        assert_eq!(turn(&[], Some(1)), Err(Disagreement::Other(epoch(1))));
        assert_eq!(turn(&yesterday, None), Err(Disagreement::Erased));
    }

    #[test]
    fn a_person_may_say_that_this_one_is_in_charge() {
        let yesterday = [epoch(1), epoch(2)];
        let said = |found: Option<u64>| rotate(&yesterday, found.map(epoch).as_ref(), true, "new".into());
        assert_eq!(said(Some(9)), Ok(new(10)));
        assert_eq!(said(None), Ok(new(3)));
    }

    #[test]
    fn an_epoch_whose_write_failed_is_written_again_and_no_other_is_issued() {
        let mut issued = vec![epoch(1), epoch(2), epoch(3)];
        for _ in 0..10 {
            match turn(&issued, Some(2)).unwrap() {
                Rotation::Issue(epoch) => issued = remember(&issued, epoch),
                Rotation::Rewrite(newest) => assert_eq!(newest, epoch(3)),
            }
        }
        assert_eq!(issued, [epoch(1), epoch(2), epoch(3)], "the one that the pool carries is still known");
    }

    #[test]
    fn a_first_epoch_that_never_arrived_is_written_again() {
        assert_eq!(turn(&[epoch(1)], None), Ok(Rotation::Rewrite(epoch(1))));
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
