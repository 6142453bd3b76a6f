//! Rows that hang on nothing: no service reads them, and they are accounted for all the same.

use super::{Transform, answers, service, values};
use crate::{
    carried::{Legacy, LegacyId},
    outcome::{Fate, Outcome},
    whmcs::{AnswerRow, FieldScope, ValueRow},
};

impl Transform<'_> {
    /// An entry of the mapping for a service that is not there.
    pub fn unmet(&self, id: LegacyId) -> Outcome {
        let line = self.mapping.services.get(&id).map_or(1, |entry| entry.line);
        let reason = format!("line {line} of the mapping is about service {id}, which does not exist");
        Outcome::new(Legacy { table: service::TABLE, id }, Fate::Finding, "override-without-service", reason)
    }

    /// An answer whose service is gone (trap 23).
    pub fn orphan_answer(&self, row: &AnswerRow) -> Outcome {
        let legacy = Legacy { table: answers::TABLE, id: row.id };
        Outcome::new(legacy, Fate::Finding, "service-missing", format!("service {} does not exist any more", row.relid))
    }

    /// A value that belongs to no service and no client: its field or its owner is gone, or it is one of an addon or a ticket.
    pub fn orphan_value(&self, row: &ValueRow) -> Outcome {
        let legacy = Legacy { table: values::TABLE, id: row.id };
        let of = |code, fate, reason| Outcome::new(legacy, fate, code, reason);
        match self.catalogue.fields.get(&row.fieldid) {
            None => of("field-missing", Fate::Finding, format!("field {} does not exist any more", row.fieldid)),
            Some(field) => match field.scope {
                FieldScope::Product => {
                    of("service-missing", Fate::Finding, format!("service {} does not exist any more", row.relid))
                }
                FieldScope::Client => {
                    of("client-missing", Fate::Finding, format!("client {} does not exist any more", row.relid))
                }
                FieldScope::Addon => {
                    of("not-carried", Fate::Ignored, "fields of addons are not carried over".to_owned())
                }
                FieldScope::Support => {
                    of("not-carried", Fate::Ignored, "fields of tickets are not carried over".to_owned())
                }
                FieldScope::Unknown => {
                    of("field-of-other-kind", Fate::Finding, format!("field {} is of no known type", row.fieldid))
                }
            },
        }
    }
}
