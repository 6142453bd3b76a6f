//! Pages of other sites keep away from the cookie. `SameSite=Strict` lets pages of sibling hosts through, and customers'
//! servers may well be called `<name>.<the provider's domain>`: so where the browser says whose page asks, it must be ours.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method};

use crate::problem::{Kind, Problem};

/// Written by browsers alone; a script in a page cannot set it. Other clients do not send it.
const FETCH_SITE: &str = "sec-fetch-site";

/// Refuses writes below `/v1/auth` that another site's page makes.
pub async fn layer(request: Request, next: Next) -> Response {
    let guarded = request.method() == Method::POST && request.uri().path().starts_with("/v1/auth/");
    if guarded && !is_ours(request.headers()) {
        return Problem::new(Kind::Forbidden, "Only Slipway's own pages may do this in a browser.").into_response();
    }
    next.run(request).await
}

fn is_ours(headers: &HeaderMap) -> bool {
    headers.get(FETCH_SITE).is_none_or(|site| site == "same-origin" || site == "none")
}
