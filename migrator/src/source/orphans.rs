//! Rows that hang on nothing, or on what is no service: they are accounted for like all others.

use mysql_async::prelude::Queryable as _;

use super::{Snapshot, SourceError};
use crate::carried::LegacyId;
use crate::whmcs::{FieldScope, MODULE_TABLES, ModuleRow, ModuleTable};

/// A row of `tblhostingconfigoptions` whose service is gone (trap 23).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanAnswer {
    pub id: LegacyId,
    pub service: LegacyId,
}

/// A row of `tblcustomfieldsvalues` that is no live value of a client or a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanValue {
    pub id: LegacyId,
    pub owner: LegacyId,
    pub field: LegacyId,
    /// `None`: the field is gone.
    pub scope: Option<FieldScope>,
}

/// A machine of a module whose service is gone (trap 30).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanModuleRow {
    pub service: LegacyId,
    pub row: ModuleRow,
}

impl Snapshot {
    /// After an id, so many.
    pub async fn orphan_answers(&mut self, after: LegacyId, limit: usize) -> Result<Vec<OrphanAnswer>, SourceError> {
        let rows: Vec<(LegacyId, LegacyId)> = self
            .connection
            .query(format!(
                "select t.id, t.relid from tblhostingconfigoptions t left join tblhosting h on h.id = t.relid
                 where h.id is null and t.id > {after} order by t.id limit {limit}"
            ))
            .await?;
        Ok(rows.into_iter().map(|(id, service)| OrphanAnswer { id, service }).collect())
    }

    /// After an id, so many.
    pub async fn orphan_values(&mut self, after: LegacyId, limit: usize) -> Result<Vec<OrphanValue>, SourceError> {
        let rows: Vec<(LegacyId, LegacyId, LegacyId, Option<String>)> = self
            .connection
            .query(format!(
                "select t.id, t.relid, t.fieldid, f.type from tblcustomfieldsvalues t
                 left join tblcustomfields f on f.id = t.fieldid
                 left join tblhosting h on h.id = t.relid and f.type = 'product'
                 left join tblclients c on c.id = t.relid and f.type = 'client'
                 where h.id is null and c.id is null and t.id > {after} order by t.id limit {limit}"
            ))
            .await?;
        let orphan = |(id, owner, field, scope): (_, _, _, Option<String>)| OrphanValue {
            id,
            owner,
            field,
            scope: scope.map(|scope| FieldScope::parse(&scope)),
        };
        Ok(rows.into_iter().map(orphan).collect())
    }

    /// Of the known tables and the mapping's own.
    pub async fn orphan_module_rows(&mut self, more: &[ModuleTable]) -> Result<Vec<OrphanModuleRow>, SourceError> {
        let mut found = Vec::new();
        for module in MODULE_TABLES.iter().chain(more) {
            if !self.schema.has(module.table, module.service) {
                continue;
            }
            let rows = self.module_rows(module, "not in (select id from tblhosting)").await?;
            found.extend(rows.into_iter().map(|(service, row)| OrphanModuleRow { service, row }));
        }
        Ok(found)
    }
}
