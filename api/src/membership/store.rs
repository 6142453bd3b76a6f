//! Who belongs to which account, in Postgres.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::id::{AccountId, UserId};
use crate::membership::view::{MembershipView, Role};

/// By email.
pub async fn list(connection: &mut PgConnection, account: AccountId) -> Result<Vec<MembershipView>, sqlx::Error> {
    sqlx::query_as!(
        MembershipView,
        r#"select u.id as "user_id: UserId", u.email, u.name, m.role as "role: Role"
           from memberships m join users u on u.id = m.user_id where m.account_id = $1 order by u.email"#,
        account.0
    )
    .fetch_all(connection)
    .await
}

/// Adds the person or changes their role; `None` when there is no such account or user.
pub async fn put(
    connection: &mut PgConnection,
    account: AccountId,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Option<MembershipView>, sqlx::Error> {
    sqlx::query_as!(
        MembershipView,
        r#"with put as (
               insert into memberships (account_id, user_id, role, created_at)
               select a.id, u.id, $3, $4 from accounts a, users u where a.id = $1 and u.id = $2
               on conflict (account_id, user_id) do update set role = excluded.role
               returning user_id, role
           )
           select u.id as "user_id: UserId", u.email, u.name, put.role as "role: Role"
           from put join users u on u.id = put.user_id"#,
        account.0,
        user.0,
        role.as_str(),
        now
    )
    .fetch_optional(connection)
    .await
}

/// Whether there was such a membership.
pub async fn delete(connection: &mut PgConnection, account: AccountId, user: UserId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from memberships where account_id = $1 and user_id = $2", account.0, user.0)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
