//! The running stack, as `testbed with --slipway` describes it in the environment.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub struct Stack {
    http: Client,
    url: String,
    state: PathBuf,
    token: String,
}

/// What kubectl printed, and whether it succeeded.
pub struct Printed {
    pub ok: bool,
    pub text: String,
}

impl Stack {
    /// Logged in as the demo customer.
    pub async fn customer() -> Self {
        Self::login(&env("SLIPWAY_E2E_EMAIL"), &env("SLIPWAY_E2E_PASSWORD")).await
    }

    pub async fn staff() -> Self {
        Self::login(&env("SLIPWAY_E2E_STAFF_EMAIL"), &env("SLIPWAY_E2E_STAFF_PASSWORD")).await
    }

    pub async fn login(email: &str, password: &str) -> Self {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(15)).build().unwrap();
        let mut stack =
            Self { http, url: env("SLIPWAY_URL"), state: env("SLIPWAY_TEST_STATE").into(), token: String::new() };
        let body = json!({ "email": email, "password": password });
        let login = stack.json(stack.request(Method::POST, "/v1/auth/login").json(&body)).await;
        login["accessToken"].as_str().unwrap_or_else(|| panic!("no token: {login}")).clone_into(&mut stack.token);
        stack
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    pub async fn get(&self, path: &str) -> Value {
        self.json(self.request(Method::GET, path)).await
    }

    async fn json(&self, request: RequestBuilder) -> Value {
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Orders a small server with the idempotency key `key`, as often as it takes to get an answer.
    pub async fn order(&self, name: &str, key: &str) -> Value {
        for _ in 0..100 {
            match self.try_order(name, key).await {
                Ok(answer) if answer.status() == StatusCode::ACCEPTED => return answer.json().await.unwrap(),
                Ok(answer) if answer.status().is_server_error() => {}
                Ok(answer) => panic!("refused: {}", answer.text().await.unwrap()),
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("the order of {name} was never answered");
    }

    pub async fn try_order(&self, name: &str, key: &str) -> reqwest::Result<Response> {
        let wish = json!({
            "name": name, "plan": "small", "image": "debian-13", "site": "home", "deletionProtection": false,
            "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDem0 you@example.org"],
        });
        self.request(Method::POST, "/v1/servers").header("Idempotency-Key", key).json(&wish).send().await
    }

    /// Waits until the operation has ended, and answers it.
    pub async fn ended(&self, operation: &Value) -> Value {
        let id = operation["id"].as_str().unwrap();
        self.until(&format!("/v1/operations/{id}"), "ended", |o| {
            matches!(o["status"].as_str(), Some("succeeded" | "failed" | "expired" | "superseded"))
        })
        .await
    }

    /// Polls `path` until it satisfies `is`.
    pub async fn until(&self, path: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..450 {
            if let Ok(answer) = self.request(Method::GET, path).send().await
                && answer.status().is_success()
            {
                last = answer.json().await.unwrap();
                if is(&last) {
                    return last;
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("{path} was never {what}: {last:#}");
    }

    /// The customer's servers of this name.
    pub async fn named(&self, name: &str) -> Vec<Value> {
        let page = self.get(&format!("/v1/servers?search={name}")).await;
        page["items"].as_array().unwrap().iter().filter(|s| s["name"] == name).cloned().collect()
    }

    /// Signals a service and the processes it started (a database server has one for each connection).
    pub fn signal_all(&self, service: &str, signal: &str) {
        let parent = self.pid(service);
        let children = Command::new("pgrep").args(["-P", &parent]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let status =
            Command::new("kill").arg(signal).args(children.split_whitespace().chain([parent.as_str()])).status();
        assert!(status.unwrap().success(), "kill {signal} {service}");
    }

    /// Signals a service by its name in the run record; the supervisor starts it again when it ends.
    pub fn signal(&self, service: &str, signal: &str) {
        let pid = self.pid(service);
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success(), "kill {signal} {service}");
    }

    fn pid(&self, service: &str) -> String {
        let record: Value = serde_json::from_str(&fs::read_to_string(self.state.join("run.json")).unwrap()).unwrap();
        let children = record["children"].as_array().unwrap();
        children.iter().find(|c| c["name"] == service).unwrap()["pid"].to_string()
    }

    /// kubectl as `provider` or `tenant`.
    pub fn kubectl(&self, who: &str, args: &[&str]) -> Printed {
        self.kubectl_with(who, args, None)
    }

    /// As `kubectl`, with a manifest on its standard input.
    pub fn kubectl_with(&self, who: &str, args: &[&str], manifest: Option<&Value>) -> Printed {
        let input = self.state.join(format!("manifest-{:08x}.json", rand::random::<u32>()));
        let mut command = Command::new(env("SLIPWAY_TEST_KUBECTL"));
        command.env("KUBECONFIG", self.state.join(format!("kubernetes/{who}.kubeconfig")));
        command.arg("--cache-dir").arg(self.state.join("kubectl-test-cache")).args(args);
        if let Some(manifest) = manifest {
            fs::write(&input, manifest.to_string()).unwrap();
            command.arg("-f").arg(&input);
        }
        let output = command.output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Printed { ok: output.status.success(), text }
    }

    /// `kubectl slipway` as `provider` or `tenant`: kubectl finds the plugin on the PATH.
    pub fn plugin(&self, who: &str, args: &[&str]) -> Printed {
        let path = format!("{}:{}", self.state.join("bin").display(), env("PATH"));
        let mut command = Command::new(env("SLIPWAY_TEST_KUBECTL"));
        command.env("PATH", path).env("KUBECONFIG", self.state.join(format!("kubernetes/{who}.kubeconfig")));
        let output = command.arg("slipway").args(args).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Printed { ok: output.status.success(), text }
    }

    pub fn state(&self) -> &std::path::Path {
        &self.state
    }

    pub fn proxmox(&self) -> Proxmox {
        Proxmox::open(&self.state)
    }

    /// Numbers of the VMs on Proxmox whose mark names this object.
    pub async fn vms_of(&self, object: &str) -> Vec<u64> {
        let pve = self.proxmox();
        let mut found = vec![];
        for row in pve.get("/cluster/resources?type=vm").await.as_array().unwrap() {
            let path = format!("/nodes/{}/qemu/{}/config", row["node"].as_str().unwrap(), row["vmid"]);
            let config = pve.get(&path).await;
            if config["description"].as_str().unwrap_or_default().contains(&format!("/{object}/")) {
                found.push(row["vmid"].as_u64().unwrap());
            }
        }
        found
    }
}

/// Proxmox as its root sees it.
pub struct Proxmox {
    http: Client,
    url: String,
    token: String,
}

impl Proxmox {
    fn open(state: &std::path::Path) -> Self {
        let read = |name: &str| fs::read_to_string(state.join("proxmox").join(name)).unwrap();
        let ca = reqwest::Certificate::from_pem(read("ca.pem").as_bytes()).unwrap();
        let http = Client::builder().no_proxy().tls_certs_only([ca]).build().unwrap();
        Self { http, url: env("SLIPWAY_PROXMOX_URL"), token: read("token").trim().to_owned() }
    }

    /// Null when there is no such thing.
    pub async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, &[]).await.1["data"].take()
    }

    pub async fn call(&self, method: Method, path: &str, form: &[(&str, &str)]) {
        let (status, answer) = self.send(method, path, form).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
    }

    async fn send(&self, method: Method, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut request = self.http.request(method, format!("{}/api2/json{path}", self.url));
        if !form.is_empty() {
            request = request.form(form);
        }
        let answer = request.header("Authorization", &self.token).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

pub fn env(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `testbed with --slipway -- …`"))
}

/// A name that no other run has used.
pub fn fresh(prefix: &str) -> String {
    format!("{prefix}-{:06x}", rand::random::<u32>() & 0xff_ffff)
}
