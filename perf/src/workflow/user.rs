//! Somebody who uses the API over HTTP.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};

/// An access token is good for ten minutes.
const TOKEN_LASTS: Duration = Duration::from_mins(8);
/// Longer than the API takes for anything: what is later counts as lost.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct User {
    http: Client,
    url: String,
    email: String,
    password: String,
    token: String,
    token_until: Instant,
    /// What was read before, by path.
    etags: HashMap<String, String>,
}

pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    pub(super) milliseconds: f64,
}

impl User {
    /// `number`: users come from addresses of their own, because the API counts logins by address.
    pub(super) async fn login(url: &str, email: &str, password: &str, number: Option<u16>) -> Result<Self> {
        let [high, low] = number.unwrap_or_default().to_be_bytes();
        let address = number.map(|_| IpAddr::V4(Ipv4Addr::new(127, 77, high, low)));
        let http = Client::builder().no_proxy().timeout(TIMEOUT).local_address(address).build()?;
        let mut user = Self {
            http,
            url: url.to_owned(),
            email: email.to_owned(),
            password: password.to_owned(),
            token: String::new(),
            token_until: Instant::now(),
            etags: HashMap::new(),
        };
        user.renew().await?;
        Ok(user)
    }

    /// Logs in again, when the token will not be good for long.
    pub(super) async fn renew(&mut self) -> Result<()> {
        if Instant::now() < self.token_until {
            return Ok(());
        }
        let body = json!({ "email": self.email, "password": self.password });
        let answer = self.http.post(format!("{}/v1/auth/login", self.url)).json(&body).send().await?;
        ensure!(answer.status().is_success(), "{} cannot log in: {}", self.email, answer.text().await?);
        let mut login: Value = answer.json().await?;
        let Value::String(token) = login["accessToken"].take() else { anyhow::bail!("no token: {login}") };
        (self.token, self.token_until) = (token, Instant::now() + TOKEN_LASTS);
        Ok(())
    }

    /// Sends one request, with a key if it is a wish. The time ends with the last byte of the answer.
    pub(super) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answered> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url)).bearer_auth(&self.token);
        if method != Method::GET {
            request = request.header("Idempotency-Key", format!("{:032x}", rand::random::<u128>()));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let (answered, _) = finish(request).await.with_context(|| format!("{method} {path}"))?;
        Ok(answered)
    }

    /// Reads what must be there.
    pub(super) async fn get(&self, path: &str) -> Result<Value> {
        let Answered { status, body, .. } = self.send(Method::GET, path, None).await?;
        ensure!(status.is_success(), "{path}: {status} {body}");
        Ok(body)
    }

    /// Sends a wish that staff has no reason to see refused.
    pub(super) async fn make(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let Answered { status, body, .. } = self.send(method, path, Some(body)).await?;
        ensure!(status.is_success(), "{path}: {status} {body}");
        Ok(body)
    }

    /// Reads as the console does: a second time only what has changed. The body of a 304 is null.
    pub(super) async fn poll(&mut self, path: &str) -> Result<Answered> {
        let mut request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some(etag) = self.etags.get(path) {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let (answered, etag) = finish(request).await.with_context(|| format!("GET {path}"))?;
        if let Some(etag) = etag {
            self.etags.insert(path.to_owned(), etag);
        }
        Ok(answered)
    }
}

async fn finish(request: reqwest::RequestBuilder) -> Result<(Answered, Option<String>)> {
    let began = Instant::now();
    let answer = request.send().await?;
    let status = answer.status();
    let etag = answer.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    let bytes = answer.bytes().await?;
    let milliseconds = began.elapsed().as_secs_f64() * 1e3;
    let body =
        if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).context("the answer is no JSON")? };
    Ok((Answered { status, body, milliseconds }, etag))
}
