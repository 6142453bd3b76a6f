//! Accounts in Postgres.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::account::view::AccountView;
use crate::display_name::DisplayName;
use crate::environment::Env;
use crate::http::page::MAX_TOTAL;
use crate::id::AccountId;
use crate::slug::slug;

/// Longest slug: `acct-`, a dash and eight hex digits must fit beside it into 63 characters, with room.
const MAX_SLUG: usize = 40;

/// Makes an account; its namespace's name is fixed here and never changes.
pub async fn insert(connection: &mut PgConnection, env: &Env, name: &DisplayName) -> Result<AccountId, sqlx::Error> {
    let id = AccountId(env.uuid());
    let (slug, namespace) = slug_and_namespace(id, name.as_str());
    sqlx::query!(
        "insert into accounts (id, name, slug, namespace, created_at) values ($1, $2, $3, $4, $5)",
        id.0,
        name.as_str(),
        slug,
        namespace,
        env.now()
    )
    .execute(connection)
    .await?;
    Ok(id)
}

/// How an account of this name is spelled in Kubernetes, fixed when it is made.
pub fn slug_and_namespace(id: AccountId, name: &str) -> (String, String) {
    let slug = slug(name, MAX_SLUG);
    let namespace = format!("acct-{slug}-{}", id.suffix());
    (slug, namespace)
}

pub async fn find(connection: &mut PgConnection, id: AccountId) -> Result<Option<AccountView>, sqlx::Error> {
    sqlx::query_as!(
        AccountView,
        r#"select a.id as "id: AccountId", a.name, a.slug, a.namespace, a.created_at,
                  (select count(*) from servers s where s.account_id = a.id and s.listed) as "server_count!",
                  (select count(*) from memberships m where m.account_id = a.id) as "member_count!",
                  c.carried_over_at as "carried_over_at?"
           from accounts a left join carried_accounts c on c.account_id = a.id where a.id = $1"#,
        id.0
    )
    .fetch_optional(connection)
    .await
}

/// The newest first, after the given one.
pub async fn list(
    connection: &mut PgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<AccountView>, sqlx::Error> {
    sqlx::query_as!(
        AccountView,
        r#"select a.id as "id: AccountId", a.name, a.slug, a.namespace, a.created_at,
                  (select count(*) from servers s where s.account_id = a.id and s.listed) as "server_count!",
                  (select count(*) from memberships m where m.account_id = a.id) as "member_count!",
                  c.carried_over_at as "carried_over_at?"
           from accounts a left join carried_accounts c on c.account_id = a.id
           where a.id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) order by a.id desc limit $2"#,
        after,
        limit
    )
    .fetch_all(connection)
    .await
}

pub async fn exists(connection: &mut PgConnection, id: AccountId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from accounts where id = $1) as "e!""#, id.0)
        .fetch_one(connection)
        .await
}

/// Up to [`MAX_TOTAL`]; the order lets an index alone count them.
pub async fn count(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (select from accounts order by id desc limit $1) counted"#,
        MAX_TOTAL
    )
    .fetch_one(connection)
    .await
}

pub async fn rename(connection: &mut PgConnection, id: AccountId, name: &DisplayName) -> Result<(), sqlx::Error> {
    sqlx::query!("update accounts set name = $2 where id = $1", id.0, name.as_str()).execute(connection).await?;
    Ok(())
}

/// What placing a server in the account needs.
#[derive(Debug)]
pub struct Locked {
    pub namespace: String,
}

/// Locks the account until the transaction ends, so that two equal names cannot be given at once.
pub async fn lock(connection: &mut PgConnection, id: AccountId) -> Result<Option<Locked>, sqlx::Error> {
    sqlx::query_as!(Locked, "select namespace from accounts where id = $1 for no key update", id.0)
        .fetch_optional(connection)
        .await
}

/// The oldest account of exactly this name.
pub async fn find_by_name(connection: &mut PgConnection, name: &DisplayName) -> Result<Option<AccountId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: AccountId" from accounts where name = $1 order by id limit 1"#,
        name.as_str()
    )
    .fetch_optional(connection)
    .await
}
