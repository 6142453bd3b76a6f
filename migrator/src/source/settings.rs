//! The catalogue, and the few settings of WHMCS that say how to read the rest.

use std::collections::HashMap;

use mysql_async::prelude::Queryable as _;

use super::{Row, Snapshot, SourceError};
use crate::carried::LegacyId;
use crate::whmcs::{
    AddonKind, Catalogue, Choice, CurrencyRow, CustomField, Price, Product, ProductOption, PveAddress, PveNode,
    PvePlan, PveTemplate, Server,
};

impl Snapshot {
    /// All that is sold.
    pub async fn catalogue(&mut self) -> Result<Catalogue, SourceError> {
        Ok(Catalogue {
            products: by_id(self.all::<Product>().await?),
            groups: self.names("tblproductgroups", "name").await?,
            option_groups: self.names("tblproductconfiggroups", "name").await?,
            links: self.pairs("tblproductconfiglinks", "gid", "pid").await?.into_iter().collect(),
            options: by_id(self.all::<ProductOption>().await?),
            choices: by_id(self.all::<Choice>().await?),
            fields: by_id(self.all::<CustomField>().await?),
            servers: by_id(self.all::<Server>().await?),
            server_groups: self.pairs("tblservergroupsrel", "groupid", "serverid").await?,
            currencies: by_id(self.all::<CurrencyRow>().await?),
            addons: by_id(self.all_if_there::<AddonKind>().await?),
            prices: self.prices().await?,
            client_groups: self.names("tblclientgroups", "groupname").await?,
            departments: self.names("tblticketdepartments", "name").await?,
            pve_nodes: by_id(self.all_if_there::<PveNode>().await?),
            pve_plans: by_id(self.all_if_there::<PvePlan>().await?),
            pve_templates: self.all_if_there::<PveTemplate>().await?,
            pve_addresses: self.pve_addresses().await?,
        })
    }

    async fn prices(&mut self) -> Result<Vec<Price>, SourceError> {
        let columns = super::table::select_list::<Price>(&self.schema)?;
        let kinds = "t.type in ('product', 'addon', 'configoptions')";
        self.rows(&format!("select {columns} from tblpricing t where {kinds} order by t.id")).await
    }

    async fn names(&mut self, table: &str, column: &str) -> Result<HashMap<LegacyId, String>, SourceError> {
        if !self.schema.has(table, column) {
            return Ok(HashMap::new());
        }
        let names: Vec<(LegacyId, Option<String>)> =
            self.connection.query(format!("select id, `{column}` from `{table}`")).await?;
        Ok(names.into_iter().map(|(id, name)| (id, name.unwrap_or_default())).collect())
    }

    async fn pairs(&mut self, table: &str, one: &str, other: &str) -> Result<Vec<(LegacyId, LegacyId)>, SourceError> {
        if !self.schema.has(table, one) {
            return Ok(vec![]);
        }
        Ok(self.connection.query(format!("select `{one}`, `{other}` from `{table}` order by 1, 2")).await?)
    }

    async fn pve_addresses(&mut self) -> Result<Vec<PveAddress>, SourceError> {
        if !self.schema.has_table("mod_pvewhmcs_ip_addresses") {
            return Ok(vec![]);
        }
        let rows = self
            .connection
            .query::<(LegacyId, Option<String>, Option<String>, String, String), _>(
                "select a.pool_id, p.title, p.gateway, a.ipaddress, a.mask from mod_pvewhmcs_ip_addresses a
                 left join mod_pvewhmcs_ip_pools p on p.id = a.pool_id order by a.id",
            )
            .await?;
        let address = |(pool, title, gateway, address, mask): (_, Option<String>, Option<String>, _, _)| PveAddress {
            pool,
            pool_title: title.unwrap_or_default(),
            gateway: gateway.unwrap_or_default(),
            address,
            mask,
        };
        Ok(rows.into_iter().map(address).collect())
    }

    /// A row of `tblconfiguration`.
    pub async fn setting(&mut self, name: &str) -> Result<Option<String>, SourceError> {
        let value: Option<Option<String>> =
            self.connection.exec_first("select value from tblconfiguration where setting = ? limit 1", (name,)).await?;
        Ok(value.flatten())
    }
}

fn by_id<R: Row>(rows: Vec<R>) -> HashMap<LegacyId, R> {
    rows.into_iter().map(|row| (row.id(), row)).collect()
}
