//! The request's id: made at the door, sent back as `X-Request-Id`, written into every log line of the request, the
//! audit and the server's Kubernetes object, so that one word leads from a click to the hypervisor's task.

use axum::extract::{FromRequestParts, Request};
use http::request::Parts;
use tower_http::request_id::{MakeRequestId, RequestId as HeaderId};
use uuid::Uuid;

/// The id of the request that is being answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

/// Longest id that is taken from a client; anything else is replaced.
const MAX_LENGTH: usize = 64;

impl RequestId {
    /// Reads the id that the outermost layer set.
    pub fn of(request: &Request) -> Self {
        Self::from_extensions(request.extensions())
    }

    /// Reads the id that the outermost layer set.
    pub fn from_extensions(extensions: &http::Extensions) -> Self {
        let id = extensions.get::<HeaderId>().and_then(|id| id.header_value().to_str().ok());
        Self(id.unwrap_or_default().to_owned())
    }

    /// An id for work that no request asked for.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::from_extensions(&parts.extensions))
    }
}

/// Whether an id sent by a client may be used: it goes into logs, headers and annotations.
pub fn is_acceptable(id: &str) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// Makes an id for a request that brought none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _request: &http::Request<B>) -> Option<HeaderId> {
        Uuid::now_v7().to_string().parse().ok().map(HeaderId::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_break_a_log_line_is_not_taken() {
        assert!(is_acceptable("0197a3c2-7c5e-7d31"));
        assert!(!is_acceptable("a\nb"));
        assert!(!is_acceptable(""));
        assert!(!is_acceptable(&"a".repeat(65)));
    }
}
