//! When an operation ends: a pure function of what was applied and what was observed.

use chrono::{DateTime, TimeDelta, Utc};

use crate::operation::view::{OperationKind, OperationStatus};
use crate::server::view::ConditionStatus;

/// Nothing is waited for longer than this; the wish in the spec stays.
pub const MAX_WAIT: TimeDelta = TimeDelta::days(7);

/// An unfinished operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub kind: OperationKind,
    /// The answer to the apply; absent until it was delivered.
    pub applied: Option<Applied>,
    pub created_at: DateTime<Utc>,
}

/// Which object, and from which generation on, the operation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub uid: String,
    pub generation: i64,
}

/// What the mirror knows of the server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    pub uid: Option<String>,
    /// The uid is proven absent from Kubernetes.
    pub absent: bool,
    /// Its machine is kept.
    pub retained: bool,
    pub observed_generation: Option<i64>,
    pub ready: Option<Condition>,
    pub stalled: Option<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub status: ConditionStatus,
    pub reason: String,
    pub message: String,
    pub observed_generation: Option<i64>,
}

/// The operation's new status, with its reason and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub status: OperationStatus,
    pub reason: String,
    pub message: String,
}

impl Verdict {
    pub fn new(status: OperationStatus, reason: &str, message: &str) -> Self {
        Self { status, reason: reason.to_owned(), message: message.to_owned() }
    }
}

/// What has become of the operation; `None`: nothing new.
pub fn verdict(open: &Open, observed: &Observed, now: DateTime<Utc>) -> Option<Verdict> {
    decided(open, observed).or_else(|| {
        let expired = now - open.created_at > MAX_WAIT;
        expired.then(|| {
            let message = "It waited for 7 days. The wish stays and is carried out when its cause is gone.";
            Verdict::new(OperationStatus::Expired, "Expired", message)
        })
    })
}

fn decided(open: &Open, observed: &Observed) -> Option<Verdict> {
    if open.kind == OperationKind::Purge {
        return purged(observed);
    }
    let Some(applied) = &open.applied else { return undelivered(open.kind, observed) };
    let gone = observed.absent && observed.uid.as_deref() == Some(applied.uid.as_str());
    match open.kind {
        OperationKind::Delete if gone => Some(deleted(observed.retained)),
        OperationKind::Delete => None,
        _ if gone || observed.uid.as_deref().is_some_and(|uid| uid != applied.uid) => Some(deleted_before()),
        // An action ends by the phase of its own object.
        OperationKind::Action | OperationKind::Purge => None,
        OperationKind::Create | OperationKind::Update | OperationKind::Undelete => {
            by_conditions(applied.generation, observed)
        }
    }
}

/// What the machine's record says while it is there, the mirror tells.
fn purged(observed: &Observed) -> Option<Verdict> {
    if !observed.absent {
        return Some(taken_back());
    }
    let message = "The server's machine is not kept any more.";
    (!observed.retained).then(|| Verdict::new(OperationStatus::Succeeded, "Purged", message))
}

/// Why a purge came to nothing.
pub fn taken_back() -> Verdict {
    Verdict::new(OperationStatus::Failed, "Taken", "The server was taken back before its machine was destroyed.")
}

/// Somebody else deleted the server while the operation waited for its delivery: nothing can come of it any more.
fn undelivered(kind: OperationKind, observed: &Observed) -> Option<Verdict> {
    observed.absent.then(|| match kind {
        OperationKind::Delete => deleted(observed.retained),
        _ => deleted_before(),
    })
}

fn deleted(retained: bool) -> Verdict {
    if retained {
        Verdict::new(OperationStatus::Succeeded, "Retained", "The server is deleted; its machine is kept for now.")
    } else {
        Verdict::new(OperationStatus::Succeeded, "Deleted", "The server is deleted.")
    }
}

fn deleted_before() -> Verdict {
    Verdict::new(OperationStatus::Failed, "Deleted", "The server was deleted before this was carried out.")
}

fn by_conditions(generation: i64, observed: &Observed) -> Option<Verdict> {
    let about_it = |condition: &&Condition| condition.observed_generation.is_some_and(|seen| seen >= generation);
    let stalled = observed.stalled.as_ref().filter(about_it).filter(|c| c.status == ConditionStatus::True);
    if let Some(stalled) = stalled {
        return Some(Verdict::new(OperationStatus::Failed, &stalled.reason, &stalled.message));
    }
    let ready = observed.ready.as_ref().filter(about_it)?;
    let reached = observed.observed_generation.is_some_and(|seen| seen >= generation);
    let status = match ready.status {
        ConditionStatus::True if reached => OperationStatus::Succeeded,
        _ => OperationStatus::Running,
    };
    Some(Verdict::new(status, &ready.reason, &ready.message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use OperationKind::{Action, Create, Delete, Purge, Update};
    use OperationStatus::{Expired, Failed, Running, Succeeded};

    fn open(kind: OperationKind) -> Open {
        let applied = Some(Applied { uid: "u1".into(), generation: 3 });
        Open { kind, applied, created_at: DateTime::UNIX_EPOCH }
    }

    fn condition(status: ConditionStatus, generation: i64) -> Condition {
        Condition { status, reason: "Why".into(), message: "because".into(), observed_generation: Some(generation) }
    }

    fn observed(ready: Option<Condition>, stalled: Option<Condition>, generation: i64) -> Observed {
        Observed {
            uid: Some("u1".into()),
            observed_generation: Some(generation),
            ready,
            stalled,
            ..Observed::default()
        }
    }

    fn status(open: &Open, observed: &Observed) -> Option<OperationStatus> {
        verdict(open, observed, DateTime::UNIX_EPOCH).map(|verdict| verdict.status)
    }

    #[test]
    fn it_succeeds_only_when_ready_speaks_of_its_generation() {
        use ConditionStatus::{False, True};
        for (ready, seen, expected) in [
            (Some(condition(True, 3)), 3, Some(Succeeded)),
            (Some(condition(True, 4)), 4, Some(Succeeded)),
            (Some(condition(True, 2)), 3, None),
            (Some(condition(True, 3)), 2, Some(Running)),
            (Some(condition(False, 3)), 3, Some(Running)),
            (None, 3, None),
        ] {
            assert_eq!(status(&open(Update), &observed(ready, None, seen)), expected);
        }
    }

    #[test]
    fn it_fails_when_stalled_speaks_of_its_generation() {
        let stalled = Some(condition(ConditionStatus::True, 3));
        let ready = Some(condition(ConditionStatus::False, 3));
        assert_eq!(status(&open(Create), &observed(ready.clone(), stalled, 3)), Some(Failed));
        let old = Some(condition(ConditionStatus::True, 2));
        assert_eq!(status(&open(Create), &observed(ready, old, 3)), Some(Running));
    }

    #[test]
    fn a_delete_succeeds_when_its_uid_is_absent_and_everything_else_fails() {
        let gone = Observed { uid: Some("u1".into()), absent: true, ..Observed::default() };
        assert_eq!(status(&open(Delete), &gone), Some(Succeeded));
        for kind in [Create, Update, Action] {
            assert_eq!(status(&open(kind), &gone), Some(Failed), "{kind}");
        }
        let replaced = Observed { uid: Some("u2".into()), ..Observed::default() };
        assert_eq!(status(&open(Update), &replaced), Some(Failed));
        assert_eq!(status(&open(Delete), &replaced), None);
    }

    #[test]
    fn what_was_not_delivered_yet_just_waits() {
        let undelivered = Open { applied: None, ..open(Create) };
        assert_eq!(status(&undelivered, &observed(Some(condition(ConditionStatus::True, 9)), None, 9)), None);
    }

    #[test]
    fn what_waits_for_its_delivery_ends_with_its_server() {
        let gone = Observed { uid: Some("u1".into()), absent: true, ..Observed::default() };
        for (kind, ending) in [(Delete, Succeeded), (Create, Failed), (Update, Failed), (Action, Failed)] {
            assert_eq!(status(&Open { applied: None, ..open(kind) }, &gone), Some(ending), "{kind}");
        }
    }

    #[test]
    fn a_purge_ends_when_the_machine_is_not_kept_any_more_or_was_taken_back() {
        let kept = Observed { uid: Some("u1".into()), absent: true, retained: true, ..Observed::default() };
        for applied in [None, open(Purge).applied] {
            let purge = Open { applied, ..open(Purge) };
            assert_eq!(status(&purge, &kept), None);
            assert_eq!(status(&purge, &Observed { retained: false, ..kept.clone() }), Some(Succeeded));
            assert_eq!(status(&purge, &Observed { absent: false, ..kept.clone() }), Some(Failed));
        }
    }

    #[test]
    fn after_seven_days_the_wait_is_over() {
        let late = DateTime::UNIX_EPOCH + MAX_WAIT + TimeDelta::seconds(1);
        let expired = verdict(&open(Update), &Observed::default(), late).unwrap();
        assert_eq!(expired.status, Expired);
    }
}
