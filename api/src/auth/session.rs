//! The store of sessions: one login is one family of refresh tokens, of which at most one lives.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::auth::token::{RefreshToken, Tokens};
use crate::environment::Env;
use crate::id::{SessionId, UserId};

/// How long a session lasts without logging in again.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);
/// A rotated token is still answered for so long: two tabs may rotate the same token at the same moment. They get the
/// same successor, so nothing multiplies; a thief would have to be as quick as that.
pub const RACE_GRACE: TimeDelta = TimeDelta::seconds(10);

/// A session and the token that continues it.
#[derive(Debug)]
pub struct Continued {
    pub user: UserId,
    pub session: SessionId,
    pub token: RefreshToken,
    pub expires_at: DateTime<Utc>,
}

/// What rotating a token came to.
#[derive(Debug)]
pub enum Rotation {
    Continued(Continued),
    /// Unknown, too old, or of an ended session.
    Expired,
    /// It was rotated long ago: somebody else has it. The whole family is ended.
    Reused(UserId),
}

/// Starts a session.
pub async fn start(connection: &mut PgConnection, env: &Env, user: UserId) -> Result<Continued, sqlx::Error> {
    let (session, token, now) = (SessionId(env.uuid()), RefreshToken::random(env), env.now());
    let expires_at = now + SESSION_LIFETIME;
    sqlx::query!(
        "insert into sessions (id, user_id, created_at, expires_at) values ($1, $2, $3, $4)",
        session.0,
        user.0,
        now,
        expires_at
    )
    .execute(&mut *connection)
    .await?;
    issue(connection, session, &token, now).await?;
    Ok(Continued { user, session, token, expires_at })
}

/// Exchanges a token for its successor.
pub async fn rotate(
    connection: &mut PgConnection,
    tokens: &Tokens,
    token: RefreshToken,
    now: DateTime<Utc>,
) -> Result<Rotation, sqlx::Error> {
    // Locking the session makes racing rotations of a family take turns.
    let session = sqlx::query!(
        r#"select s.id as "session: SessionId", s.user_id as "user: UserId", s.expires_at
           from sessions s join refresh_tokens t on t.session_id = s.id join users u on u.id = s.user_id
           where t.token_hash = $1 and s.revoked_at is null and s.expires_at > $2 and not u.disabled
           for update of s"#,
        token.hash(),
        now
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(session) = session else { return Ok(Rotation::Expired) };
    let mut newest = token;
    let mut first = true;
    loop {
        let hash = newest.hash();
        let row = sqlx::query!("select rotated_at from refresh_tokens where token_hash = $1", hash)
            .fetch_one(&mut *connection)
            .await?;
        match row.rotated_at {
            Some(rotated) if first && now - rotated > RACE_GRACE => {
                revoke(connection, session.session, now).await?;
                return Ok(Rotation::Reused(session.user));
            }
            Some(_) => newest = tokens.successor(&newest),
            None if first => {
                sqlx::query!("update refresh_tokens set rotated_at = $2 where token_hash = $1", hash, now)
                    .execute(&mut *connection)
                    .await?;
                newest = tokens.successor(&newest);
                issue(connection, session.session, &newest, now).await?;
                break;
            }
            None => break,
        }
        first = false;
    }
    let expires_at = session.expires_at;
    Ok(Rotation::Continued(Continued { user: session.user, session: session.session, token: newest, expires_at }))
}

async fn issue(
    connection: &mut PgConnection,
    session: SessionId,
    token: &RefreshToken,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into refresh_tokens (token_hash, session_id, issued_at) values ($1, $2, $3)",
        token.hash(),
        session.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a session.
pub async fn revoke(connection: &mut PgConnection, session: SessionId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update sessions set revoked_at = $2 where id = $1 and revoked_at is null", session.0, now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends the session that the token belongs to; an unknown token ends nothing.
pub async fn revoke_by_token(
    connection: &mut PgConnection,
    token: &RefreshToken,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sessions set revoked_at = $2
         where id = (select session_id from refresh_tokens where token_hash = $1) and revoked_at is null",
        token.hash(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends all of a user's sessions but one.
pub async fn revoke_others(
    connection: &mut PgConnection,
    user: UserId,
    kept: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sessions set revoked_at = $3
         where user_id = $1 and revoked_at is null and ($2::uuid is null or id <> $2)",
        user.0,
        kept.map(|id| id.0),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes sessions, links and idempotency keys that can have no effect any more.
pub async fn forget_expired(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sessions where expires_at < $1", now).execute(&mut *connection).await?;
    sqlx::query!("delete from password_links where expires_at < $1", now).execute(&mut *connection).await?;
    sqlx::query!("delete from idempotency_keys where created_at < $1", now - TimeDelta::hours(24))
        .execute(connection)
        .await?;
    Ok(())
}
