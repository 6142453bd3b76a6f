//! Over real TLS, as a client sees it.

use std::{sync::Arc, time::Duration};

use pve_testbed::{
    Fault, World,
    request::Method,
    server::{CallCounts, Handle, Options, TlsMaterial, serve},
};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsConnector;

struct Server {
    handle: Handle,
    client: reqwest::Client,
    token: String,
}

async fn start(control: bool) -> Server {
    let world = World::seeded(7);
    let token = format!("PVEAPIToken={}", world.root_token());
    let tls = TlsMaterial::generate(&["pve1".to_owned()], &[]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let handle = serve(world, listener, &tls, &Options { speed: 500.0, control }).unwrap();
    let ca = reqwest::Certificate::from_pem(handle.ca_pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([ca])
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    Server { handle, client, token }
}

impl Server {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.handle.url())
    }

    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(self.url(path)).header("Authorization", &self.token)
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(self.url(path)).header("Authorization", &self.token)
    }

    /// What comes back for raw bytes over TLS until the server closes.
    async fn secured(&self, bytes: &[u8]) -> String {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.handle.ca_pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(self.handle.address()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A connection that is dropped with unread bytes ends in a reset, which is no answer either.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// What comes back for raw bytes over plain TCP.
    async fn plain(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.handle.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }
}

fn reason(response: &reqwest::Response) -> String {
    let phrase = response.extensions().get::<hyper::ext::ReasonPhrase>();
    phrase.map_or_else(
        || response.status().canonical_reason().unwrap_or_default().to_owned(),
        |phrase| String::from_utf8_lossy(phrase.as_bytes()).into_owned(),
    )
}

#[tokio::test]
async fn a_token_reads_the_version_with_the_real_headers() {
    let server = start(false).await;
    let response = server.get("/api2/json/version").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["server"], "pve-api-daemon/3.0");
    assert_eq!(response.headers()["cache-control"], "max-age=0");
    assert_eq!(response.headers()["pragma"], "no-cache");
    assert_eq!(response.headers()["content-type"], "application/json;charset=UTF-8");
    assert_eq!(response.headers()["connection"], "Keep-Alive");
    assert!(response.headers().contains_key("date") && response.headers().contains_key("expires"));
    let body: Value = response.json().await.unwrap();
    assert_eq!(body, json!({ "data": { "release": "9.2", "repoid": "14a22df35955d97d", "version": "9.2.11" } }));
}

#[tokio::test]
async fn the_reason_phrase_carries_the_error() {
    let server = start(false).await;
    let response = server.get("/api2/json/nodes/pve1/qemu/4711/config").send().await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(reason(&response), "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist");
    assert_eq!(response.headers()["connection"], "close");
}

#[tokio::test]
async fn a_protected_answer_carries_both_connection_headers() {
    let server = start(false).await;
    let response = server.get("/api2/json/nodes/pve1/qemu").send().await.unwrap();
    let all: Vec<&str> = response.headers().get_all("connection").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(all, ["close", "Keep-Alive"]);
}

#[tokio::test]
async fn without_a_credential_the_answer_is_an_empty_401() {
    let server = start(false).await;
    let response = server.client.get(server.url("/api2/json/version")).send().await.unwrap();
    assert_eq!((response.status().as_u16(), reason(&response)), (401, "No ticket".to_owned()));
    assert_eq!(response.text().await.unwrap(), "");
}

#[tokio::test]
async fn http_oddities_are_answered_as_recorded() {
    let server = start(false).await;
    let cases: [(reqwest::RequestBuilder, u16, &str); 6] = [
        (server.get("/foo"), 500, "no such file '/foo'"),
        (server.get("/api2/xml/version"), 501, "no formatter for uri /version, xml"),
        (server.get("/api2/json/nodes").body("x=1"), 501, "Unexpected content for method 'GET'"),
        (
            server.post("/api2/json/nodes/pve1/qemu").header("Content-Type", "text/plain").body("x"),
            506,
            "upload 'Content-Type 'text/plain' not implemented",
        ),
        (server.post("/api2/json/nodes/pve1/qemu").body("x".repeat(600_000)), 501, "for data too large"),
        (
            server.post("/api2/json/nodes/pve1/qemu").header("Content-Type", "application/json").body("{bad}"),
            500,
            "'\"' expected, at character offset 1 (before \"bad\") at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 934.",
        ),
    ];
    for (request, status, text) in cases {
        let response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), reason(&response).as_str()), (status, text));
    }
    let patch = server.client.patch(server.url("/api2/json/version")).header("Authorization", &server.token);
    let response = patch.send().await.unwrap();
    assert_eq!((response.status().as_u16(), reason(&response)), (501, "method 'PATCH' not available".to_owned()));
}

#[tokio::test]
async fn plain_http_is_sent_to_https() {
    let server = start(false).await;
    let text = server.plain(b"GET /api2/json/version HTTP/1.1\r\nHost: pve1:8006\r\n\r\n").await;
    assert!(text.starts_with("HTTP/1.1 301 Moved Permanently\r\n"), "{text}");
    assert!(text.contains("Location: https://pve1:8006/api2/json/version\r\n"), "{text}");
    let text = server.plain(b"POST /api2/json/pools HTTP/1.1\r\nHost: pve1:8006\r\n\r\n").await;
    assert!(text.starts_with("HTTP/1.1 308 "), "{text}");
}

#[tokio::test]
async fn extjs_always_answers_200() {
    let server = start(false).await;
    let response = server.get("/api2/extjs/nodes/pve1/qemu/999/config").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let body: Value = response.json().await.unwrap();
    let message = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist\n";
    assert_eq!(body, json!({ "success": 0, "status": 500, "data": null, "message": message }));
}

#[tokio::test]
async fn a_vm_is_made_over_the_wire_with_forms_and_json() {
    let server = start(false).await;
    let clone = server
        .post("/api2/json/nodes/pve1/qemu/9003/clone")
        .form(&[("newid", "100"), ("name", "web"), ("description", "ümlaut & more")])
        .send()
        .await
        .unwrap();
    let body: Value = clone.json().await.unwrap();
    let upid = body["data"].as_str().unwrap().replace(':', "%3A").replace('@', "%40").replace('!', "%21");
    let status = format!("/api2/json/nodes/pve1/tasks/{upid}/status");
    let mut exit = Value::Null;
    for _ in 0..500 {
        let body: Value = server.get(&status).send().await.unwrap().json().await.unwrap();
        exit = body["data"]["exitstatus"].clone();
        if !exit.is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(exit, "OK");
    let put = server.client.put(server.url("/api2/json/nodes/pve1/qemu/100/config"));
    let response =
        put.header("Authorization", &server.token).json(&json!({ "onboot": true, "cores": 2 })).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let config: Value = server.get("/api2/json/nodes/pve1/qemu/100/config").send().await.unwrap().json().await.unwrap();
    assert_eq!(config["data"]["onboot"], 1);
    assert_eq!(config["data"]["description"], "ümlaut & more");
    let world = server.handle.shutdown().await;
    assert_eq!(world.node_names(), ["pve1", "pve2"]);
}

#[tokio::test]
async fn large_answers_are_compressed_for_who_accepts_it() {
    let server = start(false).await;
    let request = |accept: &str| {
        format!(
            "GET /api2/json/access/roles HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nConnection: close\r\n{accept}\r\n",
            server.token
        )
    };
    let packed = server.secured(request("Accept-Encoding: gzip, deflate\r\n").as_bytes()).await;
    assert!(packed.contains("Content-Encoding: gzip\r\n"), "{packed}");
    let plain = server.secured(request("").as_bytes()).await;
    assert!(!plain.contains("Content-Encoding") && plain.contains("PVEVMAdmin"), "{plain}");
}

#[tokio::test]
async fn a_chunked_request_is_refused_and_a_long_head_ends_the_connection() {
    let server = start(false).await;
    let chunked = b"POST /api2/json/pools HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let text = server.secured(chunked).await;
    assert!(text.starts_with("HTTP/1.1 501 chunked transfer encoding not supported\r\n"), "{text}");
    let long = format!("GET /api2/json/version HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(9_000));
    assert_eq!(server.secured(long.as_bytes()).await, "");
    let many = format!("GET /api2/json/version HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(70));
    assert_eq!(server.secured(many.as_bytes()).await, "");
}

#[tokio::test]
async fn faults_are_switched_over_the_control_endpoint_when_it_is_on() {
    let server = start(true).await;
    let url = server.url("/testbed/faults");
    let fault = json!({ "fault": "unreachable" });
    assert_eq!(server.client.post(&url).json(&fault).send().await.unwrap().status(), 200);
    assert!(server.get("/api2/json/version").send().await.is_err());
    let listed: Value = server.client.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(listed["data"]["active"], json!([{ "id": 1, "fault": "unreachable", "left": null, "chance": null }]));
    assert_eq!(server.client.delete(&url).send().await.unwrap().status(), 200);
    assert_eq!(server.get("/api2/json/version").send().await.unwrap().status(), 200);
    let bad = server.client.post(&url).json(&json!({ "fault": "nosuch" })).send().await.unwrap();
    assert_eq!(reason(&bad), "Bad Request");
    let text = bad.json::<Value>().await.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(text.starts_with("unknown fault 'nosuch'; known: latency, answer-lost,"), "{text}");
    let broken = server.client.post(&url).body("{").send().await.unwrap().text().await.unwrap();
    assert!(broken.contains("expected an object, such as"), "{broken}");
    let unknown = json!({ "fault": "node-down", "node": "pve9" });
    let unknown = server.client.post(&url).json(&unknown).send().await.unwrap().text().await.unwrap();
    assert!(unknown.contains("there is no node 'pve9'; known: pve1, pve2"), "{unknown}");
    let gone = server.client.delete(format!("{url}/77")).send().await.unwrap();
    assert_eq!(gone.status(), 400);
}

#[tokio::test]
async fn time_is_read_and_moved_over_the_control_endpoint() {
    let server = start(true).await;
    let url = server.url("/testbed/time");
    let before: Value = server.client.get(&url).send().await.unwrap().json().await.unwrap();
    let skip = server.client.post(&url).json(&json!({ "advance": "2h" })).send().await.unwrap();
    let after: Value = skip.json().await.unwrap();
    let passed = after["data"]["now"].as_u64().unwrap() - before["data"]["now"].as_u64().unwrap();
    assert!(passed >= 7_200_000, "{passed}");
    let bad = server.client.post(&url).json(&json!({ "advance": "soon" })).send().await.unwrap();
    assert_eq!(bad.status(), 400);
    assert!(bad.text().await.unwrap().contains("such as 30s"));
}

#[tokio::test]
async fn a_connection_is_reset_in_the_middle_of_an_answer() {
    let server = start(true).await;
    let order = json!({ "fault": "connection-reset", "loss": "after", "times": 1 });
    server.client.post(server.url("/testbed/faults")).json(&order).send().await.unwrap();
    let cut = match server.get("/api2/json/cluster/resources").send().await {
        Ok(response) => response.bytes().await.is_err(),
        Err(error) => !error.is_timeout(),
    };
    assert!(cut, "the answer came whole");
    assert_eq!(server.get("/api2/json/version").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn without_control_the_endpoint_is_not_there() {
    let server = start(false).await;
    let response = server.get("/testbed/faults").send().await.unwrap();
    assert_eq!((response.status().as_u16(), reason(&response)), (500, "no such file '/testbed/faults'".to_owned()));
}

#[tokio::test]
async fn a_test_can_look_into_the_running_world() {
    let server = start(false).await;
    server.handle.with_world(|world| world.inject(Fault::ForeignVm { node: "pve1".into(), vmid: 100 }));
    let body: Value = server.get("/api2/json/cluster/nextid").send().await.unwrap().json().await.unwrap();
    assert_eq!(body["data"], "101");
}

#[tokio::test]
async fn a_console_is_upgraded_to_a_websocket() {
    let server = start(false).await;
    let create = server.post("/api2/json/nodes/pve1/qemu").form(&[("vmid", "300"), ("memory", "64")]);
    let created: Value = create.send().await.unwrap().json().await.unwrap();
    wait_for(&server, created["data"].as_str().unwrap()).await;
    let started = server.post("/api2/json/nodes/pve1/qemu/300/status/start").send().await.unwrap();
    let started: Value = started.json().await.unwrap();
    wait_for(&server, started["data"].as_str().unwrap()).await;
    let proxy = server.post("/api2/json/nodes/pve1/qemu/300/vncproxy").form(&[("websocket", "1")]);
    let proxy: Value = proxy.send().await.unwrap().json().await.unwrap();
    let ticket = proxy["data"]["ticket"].as_str().unwrap();
    let escaped = ticket.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let port = proxy["data"]["port"].as_str().unwrap();
    let head = format!(
        "GET /api2/json/nodes/pve1/qemu/300/vncwebsocket?port={port}&vncticket={escaped} HTTP/1.1\r\nHost: x\r\n\
         Authorization: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: binary\r\n\r\n",
        server.token
    );
    // An unmasked close frame ends the session.
    let answer = server.secured(&[head.as_bytes(), &[0x88, 0x00]].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"), "{answer}");
    assert!(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{answer}");
    assert!(answer.contains("Sec-WebSocket-Protocol: binary\r\n") && answer.contains("RFB 003.008\n"), "{answer}");
}

async fn wait_for(server: &Server, upid: &str) {
    loop {
        let status = server.get(&format!("/api2/json/nodes/pve1/tasks/{upid}/status")).send().await.unwrap();
        let status: Value = status.json().await.unwrap();
        if status["data"]["status"] == "stopped" {
            assert_eq!(status["data"]["exitstatus"], "OK");
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn header_lines_may_end_in_lf_alone() {
    let server = start(false).await;
    let head =
        format!("GET /api2/json/version HTTP/1.1\nHost: x\nAuthorization: {}\nConnection: close\n\n", server.token);
    let text = server.secured(head.as_bytes()).await;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("\"release\":\"9.2\""), "{text}");
}

#[tokio::test]
async fn calls_are_counted_by_what_they_ask_for_and_not_by_whom() {
    let server = start(false).await;
    for path in ["/api2/json/nodes/pve1/status", "/api2/json/nodes/pve2/status", "/api2/json/nowhere"] {
        server.get(path).send().await.unwrap();
    }
    let counted = [((Method::Get, "/nodes/{node}/status"), 2), ((Method::Get, "unknown"), 1)];
    assert_eq!(server.handle.calls(), CallCounts::from(counted));
}
