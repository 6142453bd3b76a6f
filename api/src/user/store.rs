//! Users, their passwords and their links, in Postgres.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::auth::token::RefreshToken;
use crate::display_name::DisplayName;
use crate::environment::Env;
use crate::http::page::MAX_TOTAL;
use crate::id::UserId;
use crate::user::email::Email;
use crate::user::view::UserView;

/// A user to be made.
#[derive(Debug)]
pub struct NewUser {
    pub email: Email,
    pub name: DisplayName,
    pub staff: bool,
}

/// What a login is checked against.
#[derive(Debug)]
pub struct Credential {
    pub user: UserId,
    pub password_hash: Option<String>,
}

/// Makes a user; `None` when the email is in use.
pub async fn insert(connection: &mut PgConnection, env: &Env, new: &NewUser) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into users (id, email, name, staff, created_at) values ($1, $2, $3, $4, $5)
           on conflict (email) do nothing returning id as "id: UserId""#,
        env.uuid(),
        new.email.as_str(),
        new.name.as_str(),
        new.staff,
        env.now()
    )
    .fetch_optional(connection)
    .await
}

pub async fn find(connection: &mut PgConnection, id: UserId) -> Result<Option<UserView>, sqlx::Error> {
    sqlx::query_as!(
        UserView,
        r#"select u.id as "id: UserId", u.email, u.name, u.staff, u.disabled, u.created_at,
                  (c.user_id is not null) as "has_password!"
           from users u left join credentials c on c.user_id = u.id where u.id = $1"#,
        id.0
    )
    .fetch_optional(connection)
    .await
}

pub async fn find_by_email(connection: &mut PgConnection, email: &Email) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(r#"select id as "id: UserId" from users where email = $1"#, email.as_str())
        .fetch_optional(connection)
        .await
}

/// The newest first, after the given one.
pub async fn list(
    connection: &mut PgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<UserView>, sqlx::Error> {
    sqlx::query_as!(
        UserView,
        r#"select u.id as "id: UserId", u.email, u.name, u.staff, u.disabled, u.created_at,
                  (c.user_id is not null) as "has_password!"
           from users u left join credentials c on c.user_id = u.id
           where u.id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) order by u.id desc limit $2"#,
        after,
        limit
    )
    .fetch_all(connection)
    .await
}

/// Up to [`MAX_TOTAL`]; the order lets an index alone count them.
pub async fn count(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (select from users order by id desc limit $1) counted"#,
        MAX_TOTAL
    )
    .fetch_one(connection)
    .await
}

/// Changes what is given.
pub async fn update(
    connection: &mut PgConnection,
    id: UserId,
    name: Option<&DisplayName>,
    staff: Option<bool>,
    disabled: Option<bool>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set name = coalesce($2, name), staff = coalesce($3, staff), disabled = coalesce($4, disabled)
         where id = $1",
        id.0,
        name.map(DisplayName::as_str),
        staff,
        disabled
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What to check a login by this email against; disabled users have nothing.
pub async fn find_credential(connection: &mut PgConnection, email: &Email) -> Result<Option<Credential>, sqlx::Error> {
    sqlx::query_as!(
        Credential,
        r#"select u.id as "user: UserId", c.password_hash as "password_hash?"
           from users u left join credentials c on c.user_id = u.id where u.email = $1 and not u.disabled"#,
        email.as_str()
    )
    .fetch_optional(connection)
    .await
}

pub async fn password_hash(connection: &mut PgConnection, id: UserId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select password_hash from credentials where user_id = $1", id.0)
        .fetch_optional(connection)
        .await
}

/// Puts our own hash of the same password in the place of one that was carried over, unless it was changed meanwhile.
pub async fn replace_hash(
    connection: &mut PgConnection,
    id: UserId,
    old: &str,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update credentials set password_hash = $3, changed_at = $4 where user_id = $1 and password_hash = $2",
        id.0,
        old,
        hash,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn set_password(
    connection: &mut PgConnection,
    id: UserId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into credentials (user_id, password_hash, changed_at) values ($1, $2, $3)
         on conflict (user_id) do update set password_hash = excluded.password_hash, changed_at = excluded.changed_at",
        id.0,
        hash,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores a link in place of the user's earlier ones.
pub async fn put_password_link(
    connection: &mut PgConnection,
    user: UserId,
    token: &RefreshToken,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from password_links where user_id = $1", user.0).execute(&mut *connection).await?;
    sqlx::query!(
        "insert into password_links (token_hash, user_id, created_at, expires_at) values ($1, $2, $3, $4)",
        token.hash(),
        user.0,
        now,
        expires_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Uses a link up; `None` when it is unknown, used, too old, or its user is disabled.
pub async fn take_password_link(
    connection: &mut PgConnection,
    token: &RefreshToken,
    now: DateTime<Utc>,
) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"delete from password_links l using users u
           where l.token_hash = $1 and l.expires_at > $2 and u.id = l.user_id and not u.disabled
           returning l.user_id as "user: UserId""#,
        token.hash(),
        now
    )
    .fetch_optional(connection)
    .await
}
