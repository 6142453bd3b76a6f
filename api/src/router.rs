//! The whole HTTP surface: the REST API, the health pages and the console, inside the layers that all of them share.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::auth::same_origin;
use crate::console::Console;
use crate::http::etag;
use crate::http::request_id::{NewRequestId, RequestId, is_acceptable};
use crate::problem::{self, Kind, Problem};
use crate::{health, metrics, openapi};

/// Largest request body, in bytes: 32 ssh keys of 8 KiB and room around them.
const MAX_BODY: usize = 512 * 1024;
/// A request that takes longer than this is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that the public listener serves.
pub fn router(app: App, console: Console) -> Router {
    let (operations, document) = openapi::routes();
    let api = operations
        .route("/v1/openapi.json", get(|| async { Json(document) }))
        .layer(from_fn(same_origin::layer))
        .layer(from_fn(etag::layer))
        .layer(DefaultBodyLimit::max(MAX_BODY));
    api.route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/v1/{*rest}", axum::routing::any(no_such_operation))
        .method_not_allowed_fallback(wrong_method)
        .fallback_service(console.service())
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(forget_unusable_id))
                .layer(SetRequestIdLayer::new(REQUEST_ID, NewRequestId))
                .layer(PropagateRequestIdLayer::new(REQUEST_ID))
                .layer(from_fn(log))
                .layer(from_fn_with_state(app.clone(), metrics::layer))
                .layer(SetResponseHeaderLayer::overriding(
                    header::X_CONTENT_TYPE_OPTIONS,
                    HeaderValue::from_static("nosniff"),
                ))
                .layer(CompressionLayer::new())
                .layer(from_fn(problem::render))
                .layer(from_fn(give_up_in_time)),
        )
        .with_state(app)
}

async fn no_such_operation() -> Problem {
    Problem::not_found("operation")
}

async fn wrong_method() -> Problem {
    Problem::invalid("This address does not know that method.").with_status(StatusCode::METHOD_NOT_ALLOWED)
}

async fn forget_unusable_id(mut request: Request, next: Next) -> Response {
    let usable = request.headers().get(REQUEST_ID).is_none_or(|id| id.to_str().is_ok_and(is_acceptable));
    if !usable {
        request.headers_mut().remove(REQUEST_ID);
    }
    next.run(request).await
}

async fn log(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let id = RequestId::of(&request);
    let response = next.run(request).await;
    let status = response.status().as_u16();
    tracing::info!(%method, path, status, request_id = id.as_str(), "answered");
    response
}

async fn give_up_in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Kind::Unavailable, "The request took too long.").into_response(),
    }
}
