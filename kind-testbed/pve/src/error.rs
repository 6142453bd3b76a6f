//! Why a call fails, and how Proxmox VE words it: everything that is not a parameter or permission error is a 500.

use std::collections::BTreeMap;

use serde_json::json;
use thiserror::Error;

use crate::request::{Answer, Body, Delivery};

/// A refused call. `Display` is the text without the final newline.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Error)]
pub enum ApiError {
    /// `die "text\n"`: status 500.
    #[error("{0}")]
    Die(String),
    /// Status 400 with one text a parameter.
    #[error("Parameter verification failed.")]
    Param(BTreeMap<String, String>),
    /// Status 403; the text in parentheses may be missing.
    #[error("Permission check failed{}", .0.as_deref().map(|what| format!(" ({what})")).unwrap_or_default())]
    Forbidden(Option<String>),
    /// Status 401 of a handler (a bad password), with a body.
    #[error("{0}")]
    Unauthorized(String),
    /// Status 401 of the authentication layer, with an empty body.
    #[error("{0}")]
    NotAuthenticated(&'static str),
    /// Status 501 for a path or method that does not exist.
    #[error("Method '{0}' not implemented")]
    NotImplemented(String),
    /// 595, 596: the proxy could not get an answer; empty body.
    #[error("{1}")]
    Proxy(u16, String),
}

impl ApiError {
    /// One bad parameter.
    pub fn param(name: &str, text: impl Into<String>) -> Self {
        Self::Param(BTreeMap::from([(name.to_owned(), text.into())]))
    }

    /// A privilege missing on a path, as `raise_perm_exc` words it.
    pub fn forbidden(path: &str, privileges: &str) -> Self {
        Self::Forbidden(Some(format!("{path}, {privileges}")))
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        match self {
            Self::Die(_) => 500,
            Self::Param(_) => 400,
            Self::Forbidden(_) => 403,
            Self::Unauthorized(_) | Self::NotAuthenticated(_) => 401,
            Self::NotImplemented(_) => 501,
            Self::Proxy(status, _) => *status,
        }
    }

    /// The answer on the wire.
    pub fn answer(&self, proxied: bool) -> Answer {
        let text = self.to_string();
        let body = match self {
            Self::NotAuthenticated(_) | Self::Proxy(..) => Body::Empty,
            Self::NotImplemented(_) => Body::Json(json!({ "data": null, "message": text })),
            Self::Param(errors) => {
                Body::Json(json!({ "data": null, "errors": errors, "message": format!("{text}\n") }))
            }
            _ => Body::Json(json!({ "data": null, "message": format!("{text}\n") })),
        };
        let reason = text.lines().next().unwrap_or_default().to_owned();
        Answer { status: self.status(), reason, body, proxied, delivery: Delivery::Whole }
    }
}

/// `die` with a formatted text.
macro_rules! die {
    ($($arg:tt)*) => { return Err($crate::error::ApiError::Die(format!($($arg)*))) };
}
pub(crate) use die;
