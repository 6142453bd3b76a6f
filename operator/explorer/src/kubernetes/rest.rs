//! From an HTTP request to a call on the [`Store`], and from its outcome to a JSON body.

use std::sync::Arc;

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::store::{Key, Refusal, Store};

/// One request as data.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: Method,
    pub plural: String,
    pub namespace: Option<String>,
    /// None for a collection.
    pub name: Option<String>,
    pub status: bool,
    pub body: Value,
    /// `field=value` pairs.
    pub selector: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub code: u16,
    pub body: Arc<Value>,
}

/// Reads a request; `None` for a path that nothing here has.
pub fn parse(method: Method, path: &str, query: &str, body: Value) -> Option<Call> {
    let path = path
        .strip_prefix("/apis/")
        .map(|rest| rest.splitn(3, '/').nth(2))
        .or_else(|| path.strip_prefix("/api/").map(|rest| rest.split_once('/').map(|(_, rest)| rest)))??;
    let parts: Vec<&str> = path.split('/').collect();
    let (namespace, rest) = match parts[..] {
        ["namespaces", namespace, ref rest @ ..] if !rest.is_empty() => (Some(namespace.to_owned()), rest.to_vec()),
        _ => (None, parts),
    };
    let (plural, name, status) = match rest[..] {
        [plural] => (plural, None, false),
        [plural, name] => (plural, Some(name.to_owned()), false),
        [plural, name, "status"] => (plural, Some(name.to_owned()), true),
        _ => return None,
    };
    let selector = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("fieldSelector="))
        .flat_map(|text| text.replace("%3D", "=").replace("%2C", ",").split(',').map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|term| term.split_once('=').map(|(field, value)| (field.to_owned(), value.to_owned())))
        .collect();
    Some(Call { method, plural: plural.to_owned(), namespace, name, status, body, selector })
}

impl Call {
    pub fn is_read(&self) -> bool {
        self.method == Method::GET
    }

    /// Does it.
    pub fn carry_out(&self, store: &mut Store, now: Timestamp) -> Reply {
        let Some(name) = self.name.clone().or_else(|| self.body["metadata"]["name"].as_str().map(str::to_owned)) else {
            return self.collection(store);
        };
        let key = Key { plural: self.plural.clone(), namespace: self.namespace.clone(), name };
        let done = match self.method {
            Method::GET => store.get(&key).cloned().ok_or(Refusal::NotFound),
            Method::POST => store.create(key, self.body.clone(), now),
            Method::PUT => store.replace(&key, &self.body, self.status),
            Method::PATCH => store.merge(&key, &self.body),
            Method::DELETE => store.delete(&key, &self.body["preconditions"], now),
            _ => Err(Refusal::NotFound),
        };
        match done {
            Ok(object) => Reply { code: 200, body: object },
            Err(why) => Reply::refused(why.code(), why.reason()),
        }
    }

    fn collection(&self, store: &Store) -> Reply {
        let chosen = store.list(&self.plural).filter(|(key, object)| {
            (self.namespace.is_none() || key.namespace == self.namespace)
                && self.selector.iter().all(|(field, value)| {
                    let pointer = format!("/{}", field.replace('.', "/"));
                    object.pointer(&pointer).and_then(Value::as_str) == Some(value)
                })
        });
        let items: Vec<Value> = chosen.map(|(_, object)| (**object).clone()).collect();
        Reply::ok(json!({ "apiVersion": "v1", "kind": "List", "metadata": {}, "items": items }))
    }

    /// In words, for a trace.
    pub fn words(&self) -> String {
        let name = self.name.as_deref().or_else(|| self.body["metadata"]["name"].as_str()).unwrap_or("*");
        let object = format!("{} {name}", self.plural);
        match (&self.method, self.status) {
            (&Method::POST, _) => format!("create {object}"),
            (&Method::PUT, true) => format!("write the status of {object}"),
            (&Method::PATCH, _) if self.body["metadata"]["finalizers"].is_array() => {
                format!("set the finalizers of {object} to {}", self.body["metadata"]["finalizers"])
            }
            (&Method::DELETE, _) => format!("delete {object}"),
            _ => format!("{} {object}", self.method),
        }
    }
}

impl Reply {
    pub fn ok(body: Value) -> Self {
        Self { code: 200, body: Arc::new(body) }
    }

    pub fn refused(code: u16, reason: &str) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code,
            "message": format!("{reason} (explorer)"), "metadata": {}
        });
        Self { code, body: Arc::new(body) }
    }
}
