//! Idempotency keys: a repeat with the same key and request gets the first answer and has no second effect.
//!
//! The key, the effect and the answer are one transaction. Two equal requests at once: the second waits on the key's row
//! until the first has committed, and then replays. A failed request leaves no trace, so it may be tried again.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::problem::{Kind, Problem};

/// Longest key that is taken, in characters.
const MAX_KEY_LENGTH: usize = 128;

/// The key that a request brought, if any, and what the request was.
#[derive(Debug, Clone)]
pub struct Idempotency {
    key: Option<String>,
    request_hash: Vec<u8>,
}

impl Idempotency {
    /// Reads the header; `body_hash` is the hash of the raw body.
    pub fn of(parts: &Parts, body_hash: &[u8]) -> Result<Self, Problem> {
        let key = match parts.headers.get("idempotency-key") {
            None => None,
            Some(value) => match value.to_str() {
                Ok(key) if (1..=MAX_KEY_LENGTH).contains(&key.len()) => Some(key.to_owned()),
                _ => {
                    return Err(Problem::invalid("The idempotency key is empty, too long or not plain text.")
                        .with_field("Idempotency-Key", format!("1 to {MAX_KEY_LENGTH} characters")));
                }
            },
        };
        let mut hash = Sha256::new();
        hash.update(parts.method.as_str());
        hash.update(parts.uri.path_and_query().map_or("", |path| path.as_str()));
        hash.update(body_hash);
        Ok(Self { key, request_hash: hash.finalize().to_vec() })
    }

    /// Opens the request's transaction, or finds the answer that was given before.
    pub async fn begin(self, app: &App, caller: &Caller) -> Result<Begun, Problem> {
        let mut transaction = app.pool.begin().await?;
        let Some(key) = self.key else {
            return Ok(Begun::First(Attempt { transaction, key: None, app: app.clone() }));
        };
        let (user, now) = (caller.user.0, app.env.now());
        // The request may hold a password.
        let request_hash = app.sealer.fingerprint(&self.request_hash);
        let claimed = sqlx::query!(
            "insert into idempotency_keys (user_id, key, request_hash, created_at) values ($1, $2, $3, $4)
             on conflict do nothing",
            user,
            key,
            request_hash,
            now
        )
        .execute(&mut *transaction)
        .await?;
        if claimed.rows_affected() == 1 {
            return Ok(Begun::First(Attempt { transaction, key: Some((user, key)), app: app.clone() }));
        }
        let first = sqlx::query!(
            "select request_hash, status, location, sealed_body from idempotency_keys where user_id = $1 and key = $2",
            user,
            key
        )
        .fetch_one(&mut *transaction)
        .await?;
        if first.request_hash != request_hash {
            return Err(Problem::new(
                Kind::IdempotencyMismatch,
                "This idempotency key came with another request before.",
            ));
        }
        let status = first.status.and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok());
        let sealed = first.sealed_body.unwrap_or_default();
        let body = app.sealer.open(&purpose(user, &key), &sealed).map_err(Problem::internal)?;
        let status = status.ok_or_else(|| Problem::internal("an idempotency key without an answer"))?;
        Ok(Begun::Replay(Reply { status, location: first.location, body }.into_response()))
    }
}

impl<S: Sync> FromRequestParts<S> for Idempotency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(parts, &[])
    }
}

fn purpose(user: uuid::Uuid, key: &str) -> String {
    format!("idempotency/{user}/{key}")
}

/// Either the first request with its key, or a repeat of it.
#[derive(Debug)]
pub enum Begun {
    First(Attempt),
    Replay(Response),
}

/// A mutation's transaction. Dropped unfinished, it undoes everything.
#[derive(Debug)]
pub struct Attempt {
    transaction: Transaction<'static, Postgres>,
    key: Option<(uuid::Uuid, String)>,
    app: App,
}

impl Attempt {
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Stores the answer with its key and commits.
    pub async fn finish(mut self, reply: Reply) -> Result<Response, Problem> {
        if let Some((user, key)) = &self.key {
            let sealed = self.app.sealer.seal(&purpose(*user, key), &reply.body).map_err(Problem::internal)?;
            sqlx::query!(
                "update idempotency_keys set status = $3, location = $4, sealed_body = $5 where user_id = $1 and key = $2",
                user,
                key,
                i16::try_from(reply.status.as_u16()).map_err(Problem::internal)?,
                reply.location,
                sealed
            )
            .execute(&mut *self.transaction)
            .await?;
        }
        self.transaction.commit().await?;
        Ok(reply.into_response())
    }
}

/// An answer that can be given again.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    location: Option<String>,
    body: Vec<u8>,
}

impl Reply {
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self { status, location: None, body: serde_json::to_vec(body).map_err(Problem::internal)? })
    }

    pub const fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, location: None, body: Vec::new() }
    }

    #[must_use]
    pub fn with_location(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let has_body = !self.body.is_empty();
        let mut response = (self.status, Body::from(self.body)).into_response();
        if has_body {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(location) = self.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}
