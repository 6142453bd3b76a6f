//! What to do next for a server: a pure function of the wish.

use crate::dispatcher::wish::{Purge, Wish};

/// One step towards the wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the object; it may be there already, if an earlier answer was lost.
    Create,
    /// Apply the newest revision to the object with this uid.
    Apply { uid: String },
    /// The server was deleted before its object was known: look whether it exists after all.
    LookBeforeForgetting,
    /// Delete the object with this uid.
    Delete { uid: String },
    /// The revision that lifted the protection has to be observed before the delete.
    AwaitObservation,
    /// Deliver the next verb to the object with this uid.
    Act { uid: String },
    /// There is no object that the waiting verbs could be for, and there will be none unless another order makes it.
    RefuseActions,
    /// Let the machine of a deleted server go before its time.
    Purge(Purge),
    /// The server is gone, and whatever waited for it ends.
    Forget,
    /// Nothing is left.
    Rest,
}

pub fn next(wish: &Wish) -> Step {
    if wish.absent {
        return wish.purge.clone().map_or(Step::Forget, Step::Purge);
    }
    let unsettled = wish.revision.as_ref().is_some_and(|revision| !revision.settled);
    match (&wish.uid, wish.delete_requested) {
        (None, true) => Step::LookBeforeForgetting,
        (None, false) if unsettled => Step::Create,
        (Some(uid), _) if unsettled => Step::Apply { uid: uid.clone() },
        (Some(uid), true) if is_observed(wish) => Step::Delete { uid: uid.clone() },
        (Some(_), true) => Step::AwaitObservation,
        (Some(uid), false) if !wish.actions.is_empty() => Step::Act { uid: uid.clone() },
        (None, false) if !wish.actions.is_empty() => Step::RefuseActions,
        (None | Some(_), false) => Step::Rest,
    }
}

fn is_observed(wish: &Wish) -> bool {
    let applied = wish.revision.as_ref().and_then(|revision| revision.generation);
    applied.is_none_or(|applied| wish.observed_generation.is_some_and(|seen| seen >= applied))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatcher::wish::Revision;
    use crate::id::ServerId;
    use crate::server::spec::Spec;

    fn wish(uid: Option<&str>, settled: bool, delete_requested: bool) -> Wish {
        Wish {
            server: ServerId(uuid::Uuid::nil()),
            account: None,
            namespace: "acct-a".into(),
            object_name: "web-1".into(),
            uid: uid.map(Into::into),
            absent: false,
            observed_generation: Some(1),
            delete_requested,
            purge: None,
            revision: Some(Revision { number: 1, owned: Spec::default(), settled, generation: settled.then_some(1) }),
            actions: Vec::new(),
            request_id: String::new(),
        }
    }

    #[test]
    fn a_new_server_is_created_and_then_left_alone() {
        assert_eq!(next(&wish(None, false, false)), Step::Create);
        assert_eq!(next(&wish(Some("u"), true, false)), Step::Rest);
    }

    #[test]
    fn a_change_is_applied_to_the_known_uid_even_when_a_delete_follows() {
        assert_eq!(next(&wish(Some("u"), false, true)), Step::Apply { uid: "u".into() });
    }

    #[test]
    fn a_delete_waits_until_the_last_revision_is_observed() {
        let mut wish = wish(Some("u"), true, true);
        assert_eq!(next(&wish), Step::Delete { uid: "u".into() });
        wish.observed_generation = Some(0);
        assert_eq!(next(&wish), Step::AwaitObservation);
    }

    #[test]
    fn a_server_deleted_before_its_object_is_known_is_looked_for() {
        assert_eq!(next(&wish(None, false, true)), Step::LookBeforeForgetting);
    }

    #[test]
    fn nothing_is_done_to_a_server_that_is_gone() {
        assert_eq!(next(&Wish { absent: true, ..wish(Some("u"), false, true) }), Step::Forget);
    }

    #[test]
    fn a_purge_is_for_a_deleted_server_only() {
        let purge = Purge { record: "home.100".into(), uid: "u".into(), until: None };
        let wish = Wish { purge: Some(purge.clone()), ..wish(Some("u"), true, true) };
        assert_ne!(next(&wish), Step::Purge(purge.clone()));
        assert_eq!(next(&Wish { absent: true, ..wish }), Step::Purge(purge));
    }

    #[test]
    fn a_server_whose_creation_was_refused_rests() {
        assert_eq!(next(&wish(None, true, false)), Step::Rest);
    }
}
