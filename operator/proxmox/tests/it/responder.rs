//! A TLS server that answers byte for byte what it is told, counts what it was asked, and can hang up at any point.
//!
//! Proxmox says what is wrong in the reason phrase and uses status codes of its own: no HTTP library of a server
//! writes those.

use std::sync::{Arc, Mutex};

use proxmox_client::{
    HttpClient, NodeName, ProxmoxAnswer, ProxmoxClient as _, ProxmoxError, ProxmoxRequest, TlsTrust, Vmid,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

/// What it does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Status and reason as they stand in the status line, then the body.
    Answer { status: String, body: String },
    /// Reads the request and hangs up.
    HangUp,
    /// Answers half a body and hangs up.
    HalfAnAnswer,
    /// Answers what is no HTTP.
    Gibberish,
}

pub fn answer(status: &str, body: &str) -> Reply {
    Reply::Answer { status: status.to_owned(), body: body.to_owned() }
}

pub fn ok(body: &str) -> Reply {
    answer("200 OK", body)
}

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Received {
    pub method: String,
    /// Path and query, still encoded.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The form of the body, decoded once as Proxmox does.
    pub fn form(&self) -> Vec<(String, String)> {
        let pairs = self.body.split('&').filter(|p| !p.is_empty());
        pairs.map(|p| p.split_once('=').unwrap()).map(|(k, v)| (decode(k), decode(v))).collect()
    }
}

pub struct Responder {
    pub url: String,
    pub ca: String,
    pub fingerprint: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Responder {
    /// Answers every request alike.
    pub async fn start(reply: Reply) -> Self {
        let (certificate, key, ca) = certificate();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let fingerprint = fingerprint(&certificate);
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], key)
            .unwrap();
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), reply, Arc::clone(&received)));
        Self { url, ca, fingerprint, received }
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The one request that arrived.
    pub fn only(&self) -> Received {
        let all = self.received();
        assert_eq!(all.len(), 1, "{all:#?}");
        all[0].clone()
    }

    /// A client that trusts this server.
    pub fn client(&self) -> HttpClient {
        client(vec![self.url.clone()], &TlsTrust::Fingerprint(self.fingerprint.clone()))
    }

    pub async fn call(&self, request: &ProxmoxRequest) -> Result<ProxmoxAnswer, ProxmoxError> {
        self.client().call(request).await
    }
}

pub const TOKEN: &str = "slipway@pve!operator=00000000-0000-4000-8000-000000000001";

pub fn client(endpoints: Vec<String>, trust: &TlsTrust) -> HttpClient {
    HttpClient::new(endpoints, &TOKEN.to_owned().into(), trust).unwrap()
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, reply: Reply, received: Arc<Mutex<Vec<Received>>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        // A client that does not trust us hangs up here.
        let Ok(mut stream) = tls.accept(stream).await else { continue };
        while let Some(request) = read(&mut stream).await {
            received.lock().unwrap().push(request);
            let (bytes, last) = match &reply {
                Reply::Answer { status, body } => (head(status, body.len()) + body, !status.starts_with('2')),
                Reply::HangUp => (String::new(), true),
                Reply::HalfAnAnswer => (head("200 OK", 1000) + r#"{"data":"#, true),
                Reply::Gibberish => ("SSH-2.0-OpenSSH_9.9\r\n".to_owned(), true),
            };
            // The client may be gone already.
            let _ = stream.write_all(bytes.as_bytes()).await;
            if last {
                let _ = stream.shutdown().await;
                break;
            }
        }
    }
}

/// As Proxmox writes it, with both of its Connection headers.
fn head(status: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 {status}\r\nCache-Control: max-age=0\r\nConnection: close\r\nConnection: Keep-Alive\r\nPragma: no-cache\r\n\
         Server: pve-api-daemon/3.0\r\nContent-Length: {length}\r\nContent-Type: application/json;charset=UTF-8\r\n\r\n"
    )
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let (method, target) = (first.next()?, first.next()?);
    let headers: Vec<_> = lines.filter_map(|l| l.split_once(": ")).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let mut request = Received { method, target, headers, body: String::new() };
    let length: usize = request.header("content-length").map_or(0, |l| l.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    request.body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
    Some(request)
}

/// A certificate for 127.0.0.1, its key, and the PEM of the CA that signed it.
fn certificate() -> (Vec<u8>, PrivateKeyDer<'static>, String) {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(vec![]).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    (leaf.der().to_vec(), PrivateKeyDer::try_from(key.serialize_der()).unwrap(), ca_pem)
}

fn fingerprint(certificate: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(certificate).iter().map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(":")
}

/// Undoes one layer of form or URL encoding.
pub fn decode(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(out).unwrap()
}

pub fn node() -> NodeName {
    NodeName::try_from("pve1").unwrap()
}

pub fn vmid(number: u32) -> Vmid {
    Vmid::try_from(number).unwrap()
}

pub fn start() -> ProxmoxRequest {
    ProxmoxRequest::Start { node: node(), vmid: vmid(101) }
}
