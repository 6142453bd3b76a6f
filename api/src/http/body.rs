//! Reading a JSON body: unknown fields, wrong types and oversized bodies are one kind of answer, a problem that says
//! where. The raw bytes' hash travels along, because an idempotency key is good for one request only.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
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
