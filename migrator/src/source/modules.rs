//! Tables of modules that say which machine a service is: those that are known, and those that a mapping names.

use mysql_async::prelude::Queryable as _;

use super::cells::Cells;
use super::{Schema, Snapshot, SourceError};
use crate::carried::LegacyId;
use crate::mapping::{Locator, Mapping, Place, ProductUse};
use crate::whmcs::{MODULE_TABLES, ModuleRow};

/// What is read of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleSource {
    pub table: String,
    /// Its column with the service's id.
    pub service: String,
    pub columns: Vec<String>,
}

/// Those that are there, each once.
pub fn module_sources(schema: &Schema, mapping: Option<&Mapping>) -> Vec<ModuleSource> {
    let mut sources: Vec<ModuleSource> = Vec::new();
    let mut add = |table: &str, service: &str, columns: &mut dyn Iterator<Item = &str>| {
        if !schema.has(table, service) {
            return;
        }
        let at = sources.iter().position(|source| source.table == table && source.service == service);
        let at = at.unwrap_or_else(|| {
            sources.push(ModuleSource { table: table.to_owned(), service: service.to_owned(), columns: vec![] });
            sources.len() - 1
        });
        for column in columns {
            if schema.has(table, column) && !sources[at].columns.iter().any(|known| known == column) {
                sources[at].columns.push(column.to_owned());
            }
        }
    };
    for module in MODULE_TABLES {
        add(
            module.table,
            module.service,
            &mut [module.vmid, module.node, module.address, module.mac].into_iter().flatten(),
        );
    }
    for locator in mapping.into_iter().flat_map(locators) {
        if let Place::Table { table, service, vmid, node, address, mac, .. } = &locator.place {
            add(table, service, &mut [vmid, node, address, mac].into_iter().flatten().map(String::as_str));
        }
    }
    sources
}

fn locators(mapping: &Mapping) -> impl Iterator<Item = &Locator> {
    let own = mapping.products.values().filter_map(|entry| match &entry.value {
        ProductUse::Plan(plan) => plan.locators.as_deref(),
        _ => None,
    });
    own.chain([mapping.locators.as_slice()]).flatten()
}

impl Snapshot {
    /// What the table says, by the service's id; `which` is a condition on that.
    pub(super) async fn module_rows(
        &mut self,
        source: &ModuleSource,
        which: &str,
    ) -> Result<Vec<(LegacyId, ModuleRow)>, SourceError> {
        let ModuleSource { table, service, columns } = source;
        let list = columns.iter().fold(String::new(), |list, column| list + ", t.`" + column + "`");
        let statement =
            format!("select t.`{service}`{list} from `{table}` t where t.`{service}` {which} order by t.`{service}`");
        let mut result = self.connection.query_iter(statement).await?;
        let mut rows = Vec::new();
        while let Some(row) = result.next().await? {
            let mut cells = Cells::new("a module's table", row);
            let Some(id) = cells.opt_int()? else { continue };
            let mut found = vec![(service.clone(), id.to_string())];
            for column in columns {
                if let Some(text) = cells.opt_text()? {
                    found.push((column.clone(), text));
                }
            }
            rows.push((id, ModuleRow { table: table.clone(), columns: found }));
        }
        Ok(rows)
    }
}
