//! Plans, images, sites, networks and address pools. Each upsert is guarded by the resource version, so an old list puts nothing back.

use slipway_crds::{AddressPool, Network, OSImage, ProxmoxSite, ServerPlan};
use sqlx::PgConnection;
use sqlx::types::Json;

use chrono::NaiveDate;
use kube::ResourceExt as _;

use crate::mirror::site::detail;
use crate::mirror::translate::{bounded, resource_version};

pub async fn upsert_plan(connection: &mut PgConnection, plan: &ServerPlan) -> Result<(), sqlx::Error> {
    let (name, spec) = (plan.name_any(), &plan.spec);
    sqlx::query!(
        "insert into plans (name, display_name, description, cores, memory_mib, disk_gib, max_disk_gib, network_mbps,
                            deprecated, resource_version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (name) do update set display_name = excluded.display_name, description = excluded.description,
             cores = excluded.cores, memory_mib = excluded.memory_mib, disk_gib = excluded.disk_gib,
             max_disk_gib = excluded.max_disk_gib, network_mbps = excluded.network_mbps,
             deprecated = excluded.deprecated, resource_version = excluded.resource_version
         where plans.resource_version <= excluded.resource_version",
        name,
        spec.display_name.as_ref().unwrap_or(&name),
        spec.description,
        bounded(spec.cores),
        bounded(spec.memory_mib),
        bounded(spec.disk_gib),
        bounded(spec.max_disk_gib),
        spec.network_mbps.map(bounded),
        spec.deprecated,
        resource_version(&plan.metadata)
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn upsert_image(connection: &mut PgConnection, image: &OSImage) -> Result<(), sqlx::Error> {
    let spec = &image.spec;
    sqlx::query!(
        "insert into images (name, display_name, os_family, version, end_of_life, default_user, deprecated,
                             resource_version)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (name) do update set display_name = excluded.display_name, os_family = excluded.os_family,
             version = excluded.version, end_of_life = excluded.end_of_life, default_user = excluded.default_user,
             deprecated = excluded.deprecated, resource_version = excluded.resource_version
         where images.resource_version <= excluded.resource_version",
        image.name_any(),
        spec.display_name,
        spec.os_family,
        spec.version,
        spec.end_of_life.as_deref().and_then(|date| date.parse::<NaiveDate>().ok()),
        spec.default_user,
        spec.deprecated,
        resource_version(&image.metadata)
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn upsert_site(connection: &mut PgConnection, site: &ProxmoxSite) -> Result<(), sqlx::Error> {
    let (name, spec) = (site.name_any(), &site.spec);
    let conditions = site.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready");
    let is_ready = ready.is_some_and(|condition| condition.status == "True");
    let why = ready.filter(|_| !is_ready);
    sqlx::query!(
        "insert into sites (name, display_name, region, default_network, ready, reason, message, resource_version, detail,
                            storage_classes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (name) do update set display_name = excluded.display_name, region = excluded.region,
             default_network = excluded.default_network, ready = excluded.ready, reason = excluded.reason,
             message = excluded.message, resource_version = excluded.resource_version,
             detail = excluded.detail, storage_classes = excluded.storage_classes
         where sites.resource_version <= excluded.resource_version",
        name,
        spec.display_name.as_ref().unwrap_or(&name),
        spec.region.as_deref().unwrap_or_default(),
        spec.default_network,
        is_ready,
        why.map(|condition| condition.reason.as_str()),
        why.map(|condition| condition.message.as_str()),
        resource_version(&site.metadata),
        Json(detail(site)) as _,
        &spec.storage_classes.keys().cloned().collect::<Vec<_>>()
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn upsert_network(connection: &mut PgConnection, network: &Network) -> Result<(), sqlx::Error> {
    let (name, spec) = (network.name_any(), &network.spec);
    let stored = sqlx::query!(
        "insert into networks (name, display_name, resource_version) values ($1, $2, $3)
         on conflict (name) do update set display_name = excluded.display_name,
             resource_version = excluded.resource_version
         where networks.resource_version <= excluded.resource_version",
        name,
        spec.display_name.as_ref().unwrap_or(&name),
        resource_version(&network.metadata)
    )
    .execute(&mut *connection)
    .await?;
    if stored.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query!("delete from network_sites where network = $1", name).execute(&mut *connection).await?;
    sqlx::query!("delete from network_namespaces where network = $1", name).execute(&mut *connection).await?;
    sqlx::query!(
        "insert into network_sites (network, site) select $1, * from unnest($2::text[]) on conflict do nothing",
        name,
        &spec.site_refs
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into network_namespaces (network, pattern) select $1, * from unnest($2::text[]) on conflict do nothing",
        name,
        &spec.allowed_namespaces
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn upsert_pool(connection: &mut PgConnection, pool: &AddressPool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into address_pools (name, scope, subnet, resource_version) values ($1, $2, $3, $4)
         on conflict (name) do update set scope = excluded.scope, subnet = excluded.subnet,
             resource_version = excluded.resource_version
         where address_pools.resource_version <= excluded.resource_version",
        pool.name_any(),
        pool.spec.scope,
        pool.spec.subnet,
        resource_version(&pool.metadata)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The object was deleted.
pub async fn forget(connection: &mut PgConnection, kind: &str, name: &str) -> Result<(), sqlx::Error> {
    let Some(table) = table(kind) else { return Ok(()) };
    let statement = sqlx::AssertSqlSafe(format!("delete from {table} where name = $1"));
    sqlx::query(statement).bind(name).execute(connection).await?;
    Ok(())
}

/// After a complete list: every other row is gone.
pub async fn keep_only(connection: &mut PgConnection, kind: &str, names: &[String]) -> Result<(), sqlx::Error> {
    let Some(table) = table(kind) else { return Ok(()) };
    let statement = sqlx::AssertSqlSafe(format!("delete from {table} where name <> all($1)"));
    sqlx::query(statement).bind(names).execute(connection).await?;
    Ok(())
}

fn table(kind: &str) -> Option<&'static str> {
    match kind {
        "ServerPlan" => Some("plans"),
        "OSImage" => Some("images"),
        "ProxmoxSite" => Some("sites"),
        "Network" => Some("networks"),
        "AddressPool" => Some("address_pools"),
        _ => None,
    }
}
