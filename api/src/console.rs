//! Serving the built console: from a folder, or compiled in by the feature `embed-console`.
//!
//! Names of hashed assets never change their content, so they are kept for a year; everything else is asked for each
//! time. An unknown path is the console's own (`index.html`), but never one that looks like a file.

use std::convert::Infallible;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

const POLICY: &str = "default-src 'self'; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; \
                      frame-ancestors 'none'; form-action 'self'";
const A_YEAR: &str = "public, max-age=31536000, immutable";
const INDEX: &str = "index.html";

/// Where the console's files are.
#[derive(Debug, Clone)]
pub enum Console {
    /// A folder that `vite build` made.
    Folder(PathBuf),
    #[cfg(feature = "embed-console")]
    Embedded,
    /// There is none: only the API is served.
    Absent,
}

#[cfg(feature = "embed-console")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../console/dist"]
struct Embedded;

impl Console {
    /// The folder if one is given, else what was compiled in, else nothing.
    pub fn new(folder: Option<PathBuf>) -> Self {
        match folder {
            Some(folder) => Self::Folder(folder),
            #[cfg(feature = "embed-console")]
            None => Self::Embedded,
            #[cfg(not(feature = "embed-console"))]
            None => Self::Absent,
        }
    }

    /// The service behind every path that is not the API's.
    pub fn service(self) -> MethodRouter<(), Infallible> {
        let console = Arc::new(self);
        get(move |method: Method, uri: Uri, headers: HeaderMap| {
            let console = Arc::clone(&console);
            async move { console.answer(&method, &uri, &headers).await }
        })
    }

    async fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
        let asked = uri.path().trim_start_matches('/');
        let Some(path) = safe(asked) else { return Problem::not_found("page").into_response() };
        let looks_like_a_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
        let path = if path.is_empty() { INDEX.to_owned() } else { path };
        if let Some(found) = self.find(&path, headers).await {
            return found.respond(&path, method, headers);
        }
        if looks_like_a_file {
            return Problem::not_found("file").into_response();
        }
        match self.find(INDEX, headers).await {
            Some(index) => index.respond(INDEX, method, headers),
            None => Problem::not_found("page").into_response(),
        }
    }

    /// The file, precompressed when the browser takes that and it is there.
    async fn find(&self, path: &str, headers: &HeaderMap) -> Option<Found> {
        for (encoding, suffix) in [("br", ".br"), ("gzip", ".gz")] {
            if accepts(headers, encoding)
                && let Some(bytes) = self.read(&format!("{path}{suffix}")).await
            {
                return Some(Found { bytes, encoding: Some(encoding) });
            }
        }
        self.read(path).await.map(|bytes| Found { bytes, encoding: None })
    }

    async fn read(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Self::Folder(folder) => tokio::fs::read(folder.join(path)).await.ok(),
            #[cfg(feature = "embed-console")]
            Self::Embedded => Embedded::get(path).map(|file| file.data.into_owned()),
            Self::Absent => None,
        }
    }
}

struct Found {
    bytes: Vec<u8>,
    encoding: Option<&'static str>,
}

impl Found {
    fn respond(self, path: &str, method: &Method, asked: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&self.bytes)[..16]));
        let hashed = path.starts_with("assets/");
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(if hashed { A_YEAR } else { "no-cache" }));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = self.encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag);
            headers.insert(header::ETAG, tag);
            if known {
                return (StatusCode::NOT_MODIFIED, headers).into_response();
            }
        }
        let body = if method == Method::HEAD { Body::empty() } else { Body::from(self.bytes) };
        (headers, body).into_response()
    }
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        value.split(',').any(|one| one.split(';').next().is_some_and(|one| one.trim() == encoding))
    })
}

/// The path, if it stays inside the folder and names nothing hidden, such as the build's own `.vite`.
fn safe(path: &str) -> Option<String> {
    let normal = |component: Component<'_>| match component {
        Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    };
    let clean = !path.contains(['%', '\\', '\0']) && Path::new(path).components().all(normal);
    clean.then(|| path.trim_end_matches('/').to_owned())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder_or_to_hidden_files() {
        for outside in ["../etc/passwd", "a/../../b", "..%2fetc", "a\\..\\b", ".vite/manifest.json", "assets/.env"] {
            assert_eq!(safe(outside), None, "{outside}");
        }
        assert_eq!(safe("assets/index-abc.js").as_deref(), Some("assets/index-abc.js"));
        assert_eq!(safe("servers/").as_deref(), Some("servers"));
    }

    #[test]
    fn an_encoding_is_sent_only_when_it_is_named() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br;q=0.9"));
        assert!(accepts(&headers, "br"));
        assert!(!accepts(&headers, "zstd"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
