//! The one shape of every error answer: RFC 9457 problem details. Handlers return a [`Problem`]; the outermost layer
//! renders it, because only there is the request id known, and logs it, once.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::request_id::RequestId;

/// How long a client should wait, in seconds, before it tries again while Postgres or the service is away.
const UNAVAILABLE_RETRY_SECONDS: u64 = 5;

/// What went wrong, as machines tell it apart. The name in kebab case ends the problem's `type` address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    InvalidRequest,
    Unauthenticated,
    InvalidCredentials,
    SessionExpired,
    Forbidden,
    NotFound,
    NameTaken,
    OwnedByGit,
    Protected,
    Conflict,
    IdempotencyMismatch,
    Unprocessable,
    TooManyRequests,
    Unavailable,
    Internal,
}

impl Kind {
    /// Kebab-case name, status and title.
    const fn facts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::InvalidRequest => ("invalid-request", StatusCode::BAD_REQUEST, "The request cannot be read"),
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED, "Log in first"),
            Self::InvalidCredentials => ("invalid-credentials", StatusCode::UNAUTHORIZED, "Email or password is wrong"),
            Self::SessionExpired => ("session-expired", StatusCode::UNAUTHORIZED, "The session has ended"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "Not allowed"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "Not found"),
            Self::NameTaken => ("name-taken", StatusCode::CONFLICT, "The name is taken"),
            Self::OwnedByGit => ("owned-by-git", StatusCode::CONFLICT, "Managed from Git"),
            Self::Protected => ("protected", StatusCode::CONFLICT, "Protected from deletion"),
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "Not possible now"),
            Self::IdempotencyMismatch => {
                ("idempotency-mismatch", StatusCode::CONFLICT, "The idempotency key was used for another request")
            }
            Self::Unprocessable => ("unprocessable", StatusCode::UNPROCESSABLE_ENTITY, "The values do not fit"),
            Self::TooManyRequests => ("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many attempts"),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Try again shortly"),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong"),
        }
    }

    /// The name that ends the problem's `type`, and labels metrics.
    pub const fn name(self) -> &'static str {
        self.facts().0
    }
}

/// One field of the request that is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's name as it stands in the request.
    #[schema(example = "plan")]
    pub field: String,
    /// What is wrong with it, for people.
    pub message: String,
}

/// An error on its way to the client.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    status: StatusCode,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<u64>,
    /// What the log says; the client never sees it.
    cause: Option<String>,
}

/// What the client reads (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `https://slipway.dev/problems/<name>`: what programs compare.
    #[serde(rename = "type")]
    #[schema(format = "uri", example = "https://slipway.dev/problems/not-found")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// What happened here and what to do about it, for people.
    pub detail: String,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The same as the answer's `X-Request-Id`: quote it when you ask for help.
    pub request_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
}

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let retry_after = (kind == Kind::Unavailable).then_some(UNAVAILABLE_RETRY_SECONDS);
        Self { kind, status: kind.facts().1, detail: detail.into(), errors: Vec::new(), retry_after, cause: None }
    }

    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidRequest, detail)
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what}, or it is not yours."))
    }

    /// Something that should not happen; `cause` goes to the log only.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let mut problem =
            Self::new(Kind::Internal, "The request failed on our side. Quote the request id when you ask.");
        problem.cause = Some(cause.to_string());
        problem
    }

    #[must_use]
    pub fn with_field(mut self, field: &str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.to_owned(), message: message.into() });
        self
    }

    #[must_use]
    pub fn with_fields(mut self, errors: Vec<FieldError>) -> Self {
        self.errors.extend(errors);
        self
    }

    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Sets `Retry-After`, in seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub const fn kind(&self) -> Kind {
        self.kind
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The wrong fields, one sentence each.
    pub fn fields(&self) -> Vec<String> {
        self.errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect()
    }

    fn body(&self, request_id: &str, instance: &str) -> ProblemBody {
        let (name, _, title) = self.kind.facts();
        ProblemBody {
            kind: format!("https://slipway.dev/problems/{name}"),
            title: title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            instance: Some(instance.to_owned()),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if is_database_away(&error) {
            let mut problem = Self::new(Kind::Unavailable, "The database does not answer at the moment.");
            problem.cause = Some(error.to_string());
            return problem;
        }
        if is_unstorable(&error) {
            return Self::invalid("The request holds a character or a date that cannot be stored.");
        }
        Self::internal(error)
    }
}

/// Whether a value is one that Postgres' types have no room for: NUL in a text (22021), a date before history (22008).
/// JSON and queries can say both.
fn is_unstorable(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(db) = error else { return false };
    db.code().is_some_and(|code| ["22021", "22008"].contains(&code.as_ref()))
}

/// Whether the error says that Postgres is not there, rather than that a statement was wrong. Class 57P is "operator
/// intervention" (shutting down, starting up), class 53 "insufficient resources", 08 "connection exception".
pub fn is_database_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => true,
        sqlx::Error::Database(db) => {
            db.code().is_some_and(|code| ["57P", "53", "08"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Renders a handler's [`Problem`] with the request's id and logs it.
pub async fn render(request: Request, next: Next) -> Response {
    let instance = request.uri().path().to_owned();
    let method = request.method().clone();
    let request_id = RequestId::of(&request);
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let cause = problem.cause.as_deref().unwrap_or_default();
    let kind = problem.kind.name();
    if problem.status.is_server_error() {
        tracing::error!(%method, path = %instance, request_id = %request_id.as_str(), kind, cause, "request failed: {}", problem.detail);
    } else {
        tracing::debug!(%method, path = %instance, request_id = %request_id.as_str(), kind, "request refused: {}", problem.detail);
    }
    let body = serde_json::to_vec(&problem.body(request_id.as_str(), &instance)).unwrap_or_default();
    *response.body_mut() = Body::from(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.remove(header::CONTENT_LENGTH);
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_is_unavailable_and_says_when_to_try_again() {
        let problem = Problem::from(sqlx::Error::PoolTimedOut);
        assert_eq!(problem.kind(), Kind::Unavailable);
        assert_eq!(problem.retry_after, Some(UNAVAILABLE_RETRY_SECONDS));
    }

    #[test]
    fn a_wrong_statement_is_internal_and_its_text_stays_in_the_log() {
        let problem = Problem::from(sqlx::Error::ColumnNotFound("secret_column".into()));
        let body = serde_json::to_string(&problem.body("r1", "/v1/me")).unwrap();
        assert_eq!(problem.kind(), Kind::Internal);
        assert!(!body.contains("secret_column"), "{body}");
    }

    #[test]
    fn the_body_is_the_shape_of_rfc_9457() {
        let problem = Problem::new(Kind::Unprocessable, "No such plan.").with_field("plan", "unknown");
        let body = serde_json::to_value(problem.body("r1", "/v1/servers")).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "type": "https://slipway.dev/problems/unprocessable", "title": "The values do not fit", "status": 422,
                "detail": "No such plan.", "instance": "/v1/servers", "requestId": "r1",
                "errors": [{"field": "plan", "message": "unknown"}]
            })
        );
    }
}
