//! Rows that hang on nothing, or on what is no service: they are accounted for like all others.

use super::table::select_list;
use super::{ModuleSource, Snapshot, SourceError};
use crate::carried::LegacyId;
use crate::whmcs::{AnswerRow, ModuleRow, ValueRow};

/// A machine of a module whose service is gone (trap 30).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanModuleRow {
    pub service: LegacyId,
    pub row: ModuleRow,
}

impl Snapshot {
    /// Answers whose service is gone (trap 23), after an id.
    pub async fn orphan_answers(&mut self, after: LegacyId, limit: usize) -> Result<Vec<AnswerRow>, SourceError> {
        let columns = select_list::<AnswerRow>(&self.schema)?;
        self.rows(&format!(
            "select {columns} from tblhostingconfigoptions t left join tblhosting h on h.id = t.relid
             where h.id is null and t.id > {after} order by t.id limit {limit}"
        ))
        .await
    }

    /// Values that are no value of a client or a service that is there, after an id.
    pub async fn orphan_values(&mut self, after: LegacyId, limit: usize) -> Result<Vec<ValueRow>, SourceError> {
        let columns = select_list::<ValueRow>(&self.schema)?;
        self.rows(&format!(
            "select {columns} from tblcustomfieldsvalues t
             left join tblcustomfields f on f.id = t.fieldid
             left join tblhosting h on h.id = t.relid and f.type = 'product'
             left join tblclients c on c.id = t.relid and f.type = 'client'
             where h.id is null and c.id is null and t.id > {after} order by t.id limit {limit}"
        ))
        .await
    }

    pub async fn orphan_module_rows(&mut self, sources: &[ModuleSource]) -> Result<Vec<OrphanModuleRow>, SourceError> {
        let mut found = Vec::new();
        for source in sources {
            let rows = self.module_rows(source, "not in (select id from tblhosting)").await?;
            found.extend(rows.into_iter().map(|(service, row)| OrphanModuleRow { service, row }));
        }
        Ok(found)
    }
}
