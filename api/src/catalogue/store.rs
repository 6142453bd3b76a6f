//! What can be ordered, in Postgres.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::catalogue::view::{ImageView, NetworkView, PlanView, Price, SiteView};

/// By name.
pub async fn plans(connection: &mut PgConnection) -> Result<Vec<PlanView>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.name, p.display_name, p.description, p.cores, p.memory_mib, p.disk_gib, p.max_disk_gib,
                  p.network_mbps, p.deprecated, c.currency as "currency?", c.monthly::text as monthly
           from plans p left join plan_prices c on c.plan = p.name order by p.name"#
    )
    .fetch_all(connection)
    .await?;
    let plan = rows.into_iter().map(|row| PlanView {
        name: row.name,
        display_name: row.display_name,
        description: row.description,
        cores: row.cores,
        memory_mib: row.memory_mib,
        disk_gib: row.disk_gib,
        max_disk_gib: row.max_disk_gib,
        network_mbps: row.network_mbps,
        deprecated: row.deprecated,
        price: row.currency.zip(row.monthly).map(|(currency, monthly)| Price { currency, monthly }),
    });
    Ok(plan.collect())
}

/// By name.
pub async fn images(connection: &mut PgConnection) -> Result<Vec<ImageView>, sqlx::Error> {
    sqlx::query_as!(
        ImageView,
        "select name, display_name, os_family, version, end_of_life, deprecated, default_user from images order by name"
    )
    .fetch_all(connection)
    .await
}

/// By name.
pub async fn sites(connection: &mut PgConnection) -> Result<Vec<SiteView>, sqlx::Error> {
    sqlx::query_as!(
        SiteView,
        "select name, display_name, region, storage_classes, ready, reason, message from sites order by name"
    )
    .fetch_all(connection)
    .await
}

/// By name; of these accounts' namespaces, or all.
pub async fn networks(
    connection: &mut PgConnection,
    accounts: Option<&[Uuid]>,
) -> Result<Vec<NetworkView>, sqlx::Error> {
    sqlx::query_as!(
        NetworkView,
        r#"select n.name, n.display_name,
                  array(select s.site from network_sites s where s.network = n.name order by s.site) as "sites!"
           from networks n
           where $1::uuid[] is null or exists (
               select from network_namespaces p join accounts a on a.id = any($1)
               where p.network = n.name and (p.pattern = a.namespace
                   or (right(p.pattern, 1) = '*' and starts_with(a.namespace, rtrim(p.pattern, '*')))))
           order by n.name"#,
        accounts
    )
    .fetch_all(connection)
    .await
}

/// What a server's order is checked against; each is `None` when there is no such thing.
#[derive(Debug)]
pub struct Offer {
    pub plan: Option<PlanLimits>,
    /// Whether the image is deprecated.
    pub image: Option<bool>,
    pub site: bool,
    /// Whether the network exists on that site and the namespace may use it.
    pub network: bool,
}

/// The bounds that a plan sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanLimits {
    pub disk_gib: i32,
    pub max_disk_gib: i32,
    pub deprecated: bool,
}

pub async fn plan_limits(connection: &mut PgConnection, plan: &str) -> Result<Option<PlanLimits>, sqlx::Error> {
    sqlx::query_as!(PlanLimits, "select disk_gib, max_disk_gib, deprecated from plans where name = $1", plan)
        .fetch_optional(connection)
        .await
}

/// Whether the image is deprecated; `None`: there is none of this name.
pub async fn image_deprecated(connection: &mut PgConnection, image: &str) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!("select deprecated from images where name = $1", image).fetch_optional(connection).await
}

/// What a site has for disks and interfaces; all of it empty when there is no such site.
#[derive(Debug, Default)]
pub struct SiteOffer {
    pub default_network: String,
    pub storage_classes: Vec<String>,
    /// That the namespace may use.
    pub networks: Vec<String>,
}

pub async fn site_offer(connection: &mut PgConnection, site: &str, namespace: &str) -> Result<SiteOffer, sqlx::Error> {
    let found = sqlx::query_as!(
        SiteOffer,
        r#"select t.default_network, t.storage_classes, array(
               select s.network from network_sites s join network_namespaces p on p.network = s.network
               where s.site = t.name and (p.pattern = $2
                   or (right(p.pattern, 1) = '*' and starts_with($2, rtrim(p.pattern, '*'))))
               group by s.network order by s.network) as "networks!"
           from sites t where t.name = $1"#,
        site,
        namespace
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.unwrap_or_default())
}

/// Looks up everything that an order names.
pub async fn offer(
    connection: &mut PgConnection,
    (plan, image, site): (&str, &str, &str),
    network: Option<&str>,
    namespace: &str,
) -> Result<Offer, sqlx::Error> {
    let limits = plan_limits(&mut *connection, plan).await?;
    let image = image_deprecated(&mut *connection, image).await?;
    let found = sqlx::query!(
        r#"select exists (select from sites where name = $1) as "site!",
                  ($2::text is null or exists (
                      select from network_sites s join network_namespaces p on p.network = s.network
                      where s.network = $2 and s.site = $1 and (p.pattern = $3
                          or (right(p.pattern, 1) = '*' and starts_with($3, rtrim(p.pattern, '*')))))) as "network!""#,
        site,
        network,
        namespace
    )
    .fetch_one(connection)
    .await?;
    Ok(Offer { plan: limits, image, site: found.site, network: found.network })
}
