//! What customers answered, and how often: the evidence of a mapping.

use mysql_async::prelude::Queryable as _;

use super::{Snapshot, SourceError};
use crate::carried::LegacyId;

/// Distinct answers and values, of whatever services.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub answers: Vec<AnswerCount>,
    pub fields: Vec<FieldCount>,
    /// `domainstatus` → services.
    pub statuses: Vec<(String, u64)>,
    /// Product → services that are not ended.
    pub live: Vec<(LegacyId, u64)>,
}

/// How often a choice was taken; of a quantity, each amount by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerCount {
    pub option: LegacyId,
    pub choice: LegacyId,
    pub quantity: i64,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldCount {
    pub field: LegacyId,
    pub value: String,
    pub count: u64,
}

/// Values of one field that are listed; free text has as many as there are services.
const MOST_VALUES: usize = 500;

impl Snapshot {
    pub async fn counts(&mut self) -> Result<Counts, SourceError> {
        let answers: Vec<(LegacyId, LegacyId, i64, u64)> = self
            .connection
            .query(
                "select configid, optionid, qty, count(*) from tblhostingconfigoptions
                 group by configid, optionid, qty order by configid, optionid, qty",
            )
            .await?;
        let fields: Vec<LegacyId> =
            self.connection.query("select id from tblcustomfields where type = 'product' order by id").await?;
        let mut counted = Vec::new();
        for field in fields {
            let values: Vec<(String, u64)> = self
                .connection
                .query(format!(
                    "select value, count(*) from tblcustomfieldsvalues where fieldid = {field}
                     group by value order by count(*) desc, value limit {MOST_VALUES}"
                ))
                .await?;
            counted.extend(values.into_iter().map(|(value, count)| FieldCount { field, value, count }));
        }
        let statuses = "select cast(domainstatus as char), count(*) from tblhosting group by domainstatus order by 1";
        let live = "select packageid, count(*) from tblhosting where domainstatus in ('Active', 'Suspended', 'Pending')
                    group by packageid order by packageid";
        let count = |(option, choice, quantity, count)| AnswerCount { option, choice, quantity, count };
        Ok(Counts {
            answers: answers.into_iter().map(count).collect(),
            fields: counted,
            statuses: self.connection.query(statuses).await?,
            live: self.connection.query(live).await?,
        })
    }
}
