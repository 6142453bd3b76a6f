//! Reading ids from the path. A text that is no id names nothing, so the answer is the same 404 as for an unknown id.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The path's parameters.
#[derive(Debug)]
pub struct PathOf<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(value) =
            Path::<T>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found("object"))?;
        Ok(Self(value))
    }
}
