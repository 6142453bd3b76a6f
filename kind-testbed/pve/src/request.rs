//! What goes into the [`World`](crate::World) and what comes out of it: a request below `/api2/json` and its answer,
//! free of HTTP framing. The server translates; the state machine decides.

use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
    sync::OnceLock,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Names one submitted request; its answer carries the same id.
pub type RequestId = u64;

/// Milliseconds of virtual time since the world began.
pub type Millis = u64;

/// The HTTP methods Proxmox VE knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    /// The method by its wire name; anything else is not available in Proxmox VE.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "GET" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Who says he is asking. Nothing here has been checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Credential {
    /// Nothing usable was sent.
    #[default]
    None,
    /// The part after `PVEAPIToken=`: `user@realm!tokenid=secret`.
    Token(String),
    /// A ticket from `/access/ticket` and, for anything but GET, the `CSRFPreventionToken` header.
    Ticket { ticket: String, csrf: Option<String> },
}

/// Parameters with form semantics: a name may carry several values.
pub type Params = BTreeMap<String, Vec<String>>;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Request {
    pub method: Method,
    /// Percent-decoded segments joined by `/` would be ambiguous, so the path is kept as it was sent, below
    /// `/api2/json`: `/nodes/pve1/qemu`.
    pub path: String,
    pub params: Params,
    pub credential: Credential,
    /// The node whose `pveproxy` took the call; the first that is on when absent. It is what `localhost` means.
    pub via: Option<String>,
}

impl Request {
    /// A call without parameters and credential.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), params: Params::new(), credential: Credential::None, via: None }
    }

    /// Adds one parameter value; the same name twice becomes an array, as in a form.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.entry(name.to_owned()).or_default().push(value.to_owned());
        self
    }

    /// Signs the call with an API token: `user@realm!tokenid=secret`.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.credential = Credential::Token(token.to_owned());
        self
    }
}

/// What a body holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Body {
    /// Answers of the authentication layer (401) and of the proxy (595, 596) have none.
    Empty,
    /// The whole JSON object: `{"data":…}` or `{"data":null,"message":…,"errors":…}`.
    Json(Value),
    /// The same as text, for long lists.
    Text(Box<JsonText>),
}

/// A JSON text, read only when somebody looks into it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct JsonText {
    text: String,
    value: OnceLock<Value>,
}

impl JsonText {
    pub(crate) fn new(text: String) -> Self {
        Self { text, value: OnceLock::new() }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn value(&self) -> &Value {
        self.value.get_or_init(|| serde_json::from_str(&self.text).unwrap_or_default())
    }
}

impl From<String> for JsonText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<JsonText> for String {
    fn from(json: JsonText) -> Self {
        json.text
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for JsonText {}

impl Hash for JsonText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// How an answer reaches the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Delivery {
    #[default]
    Whole,
    /// The connection is reset in the middle of it.
    Cut,
    /// The connection is reset without a byte of it.
    Reset,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Answer {
    /// 200, 400, 401, 403, 500, 501, 595, 596 or 599; 0 when there is no answer.
    pub status: u16,
    /// The reason phrase: in Proxmox VE it carries the first line of the error text.
    pub reason: String,
    pub body: Body,
    /// The call went through `pvedaemon` or another node: such answers carry two `Connection` headers.
    pub proxied: bool,
    #[serde(default)]
    pub delivery: Delivery,
}

impl Answer {
    /// The `data` member, or null.
    pub fn data(&self) -> &Value {
        match &self.body {
            Body::Json(body) => &body["data"],
            Body::Text(text) => &text.value()["data"],
            Body::Empty => &Value::Null,
        }
    }

    /// The `errors` member of a 400, or null.
    pub fn errors(&self) -> &Value {
        match &self.body {
            Body::Json(body) => &body["errors"],
            Body::Text(_) | Body::Empty => &Value::Null,
        }
    }

    /// True below 400.
    pub fn is_ok(&self) -> bool {
        self.status < 400
    }
}
