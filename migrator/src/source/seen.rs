//! What services say, counted: the evidence of a mapping.

use mysql_async::prelude::Queryable as _;

use super::{Snapshot, SourceError};
use crate::carried::LegacyId;
use crate::whmcs::{AnswersSeen, MODULE_TABLES, Seen, ServicesSeen, ValuesSeen};

/// Values of one field that are told; free text has as many as there are services.
const MOST_VALUES: usize = 1000;

impl Snapshot {
    pub async fn seen(&mut self) -> Result<Seen, SourceError> {
        let services: Vec<(LegacyId, LegacyId, String, u64)> = self
            .connection
            .query(
                "select packageid, server, cast(domainstatus as char), count(*) from tblhosting
                 group by packageid, server, domainstatus order by 1, 2, 3",
            )
            .await?;
        let answers: Vec<(LegacyId, LegacyId, u64, Option<i64>)> = self
            .connection
            .query(
                "select configid, optionid, count(*), max(qty) from tblhostingconfigoptions
                 group by configid, optionid order by 1, 2",
            )
            .await?;
        let service = |(product, server, status, count)| ServicesSeen { product, server, status, count };
        let answer = |(option, choice, count, most): (_, _, _, Option<i64>)| AnswersSeen {
            option,
            choice,
            count,
            most: most.unwrap_or_default(),
        };
        Ok(Seen {
            services: services.into_iter().map(service).collect(),
            answers: answers.into_iter().map(answer).collect(),
            values: self.values_seen().await?,
            modules: self.modules_seen().await?,
        })
    }

    async fn values_seen(&mut self) -> Result<Vec<ValuesSeen>, SourceError> {
        let fields: Vec<LegacyId> =
            self.connection.query("select id from tblcustomfields where type = 'product' order by id").await?;
        let mut seen = Vec::new();
        for field in fields {
            // Byte by byte: a collation would make one of two spellings.
            let statement = format!(
                "select max(value), count(*) from tblcustomfieldsvalues where fieldid = {field}
                 group by binary value order by count(*) desc, 1 limit {MOST_VALUES}"
            );
            let values: Vec<(String, u64)> = self.connection.query(statement).await?;
            seen.extend(values.into_iter().map(|(value, count)| ValuesSeen { field, value, count }));
        }
        Ok(seen)
    }

    async fn modules_seen(&mut self) -> Result<Vec<(String, u64)>, SourceError> {
        let mut seen = Vec::new();
        for module in MODULE_TABLES.iter().filter(|module| self.schema.has(module.table, module.service)) {
            let (table, service) = (module.table, module.service);
            let statement = format!("select count(*) from `{table}` where `{service}` in (select id from tblhosting)");
            let count: Option<u64> = self.connection.query_first(statement).await?;
            seen.push((table.to_owned(), count.unwrap_or_default()));
        }
        Ok(seen)
    }
}
