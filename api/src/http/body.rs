//! Reading a JSON body: unknown fields, wrong types and oversized bodies are one kind of answer, a problem that says
//! where. The raw bytes' hash travels along, because an idempotency key is good for one request only.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::http::idempotency::Idempotency;
use crate::problem::Problem;

/// A request's JSON body and what makes a repeat of it recognisable.
#[derive(Debug)]
pub struct Body<T> {
    pub value: T,
    pub idempotency: Idempotency,
}

impl<T: DeserializeOwned + Send> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            let problem = Problem::invalid("Send the body as JSON, with `Content-Type: application/json`.");
            return Err(problem.with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), app).await.map_err(|rejection| {
            let problem = Problem::invalid("The body could not be read to its end, or it is too large.");
            problem.with_status(match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
                _ => StatusCode::BAD_REQUEST,
            })
        })?;
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| Problem::invalid(format!("The body is not what this operation takes: {error}.")))?;
        Ok(Self { value, idempotency: Idempotency::of(&parts, &Sha256::digest(&bytes))? })
    }
}

/// A page of another site can make a browser send any other type without asking us first, and so log it in as somebody
/// else.
fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_a_body() {
        let with = |kind: &str| HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
        assert!(is_json(&with("application/json")) && is_json(&with("Application/JSON; charset=utf-8")));
        assert!(!is_json(&with("text/plain")) && !is_json(&with("application/x-www-form-urlencoded")));
        assert!(!is_json(&HeaderMap::new()));
    }
}
