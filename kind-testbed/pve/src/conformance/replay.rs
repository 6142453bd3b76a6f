//! Sending the recorded bytes, with time in our hands.

use std::{
    fmt::Write as _,
    io::{Error, ErrorKind, Result},
    sync::Arc,
    time::Duration,
};

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsConnector, rustls};

use super::{
    Outcome, Recording, Report, Verdict,
    compare::differences,
    recording::Message,
    scratch::{self, Act, Hand},
    translate::Translation,
};
use crate::{
    model::task::Upid,
    request::{Method, Millis, Request},
    schema::percent_decode,
    server::{Clock, Handle, TlsMaterial, serve_by},
};

/// A task that runs longer than this in virtual time is not waited for.
const PATIENCE: Millis = 3_600_000;
/// How long a server may take for an answer that nothing in the world holds back.
const REAL_TIMEOUT: Duration = Duration::from_secs(20);

/// Recordings that show the scratch machine rather than Proxmox VE.
const ARTEFACTS: [(u16, &str); 12] = [
    (254, "taken by accident"),
    (423, "the scratch machine had no proxmox-termproxy"),
    (427, "the scratch machine had no proxmox-termproxy"),
    (428, "the scratch machine had no proxmox-termproxy"),
    (429, "QEMU of the scratch machine was built without spice"),
    (442, "the scratch machine had no sendmail"),
    (443, "the scratch machine had no sendmail"),
    (484, "the scratch machine had no lxc-stop"),
    (485, "the scratch machine had no lxc-stop"),
    (489, "the daemon was still up"),
    (490, "the daemon was still up"),
    (631, "taken by accident"),
];

pub(super) async fn replay(recordings: &[Recording]) -> Result<Report> {
    let first = recordings.iter().find_map(Recording::answered).unwrap_or_default();
    let tls = TlsMaterial::generate(&[], &[])?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let handle = serve_by(scratch::world(first)?, listener, &tls, Clock::Stepped, false)?;
    let mut replay = Replay {
        connector: connector(handle.ca_pem())?,
        handle,
        translation: Translation::default(),
        hands: scratch::hands(),
        numbers: recordings.iter().map(|recording| recording.number).collect(),
        ended: None,
    };
    let mut report = Report::default();
    for recording in recordings {
        let verdict = replay.one(recording).await?;
        let (number, name, area) = (recording.number, recording.name.clone(), area(recording));
        report.outcomes.push(Outcome { number, name, area, verdict });
    }
    Ok(report)
}

struct Replay {
    handle: Handle,
    connector: TlsConnector,
    translation: Translation,
    /// What is still to be done by hand.
    hands: Vec<Hand>,
    numbers: Vec<u16>,
    /// When the last call had ended on the real system, in Unix milliseconds.
    ended: Option<u64>,
}

impl Replay {
    async fn one(&mut self, recording: &Recording) -> Result<Verdict> {
        self.pass(recording).await;
        while self.hands.first().is_some_and(|hand| hand.before <= recording.number) {
            let hand = self.hands.remove(0);
            if !hand.unless.is_some_and(|number| self.numbers.contains(&number)) {
                self.act(&hand.act).await;
            }
        }
        if waits_for_task(recording) {
            self.wait_for_task(recording).await;
        }
        self.adopt_task(recording);
        self.login(recording);
        let bytes = self.rewritten(recording);
        let begun = self.handle.with_world(|world| world.now());
        let ours = self.send(bytes, recording.response.header("location").is_some()).await?;
        self.handle.advance(begun + recording.took).await;
        self.translation.learn(&recording.response.json(), &ours.json());
        if let Some((_, why)) = ARTEFACTS.iter().find(|(number, _)| *number == recording.number) {
            return Ok(Verdict::Artefact(why));
        }
        if ours.status() == 501 && recording.response.status() != 501 {
            return Ok(Verdict::NotServed);
        }
        let found = differences(&recording.response, &ours);
        Ok(if found.is_empty() { Verdict::Reproduced } else { Verdict::Differs(found) })
    }

    /// Lets pass what passed between the end of the call before and the beginning of this one.
    async fn pass(&mut self, recording: &Recording) {
        let Some(end) = recording.answered().map(|seconds| seconds * 1000) else { return };
        let begin = end.saturating_sub(recording.took);
        if let Some(ended) = self.ended {
            let now = self.handle.with_world(|world| world.now());
            self.handle.advance(now + begin.saturating_sub(ended)).await;
        }
        self.ended = Some(end.max(self.ended.unwrap_or_default()));
    }

    async fn act(&mut self, act: &Act) {
        match act {
            Act::Node(change) => self.handle.with_world(change),
            Act::Call(method, path, params) => {
                let answer = self.call(*method, path, params);
                if let Some(upid) = answer.as_str().filter(|text| text.starts_with("UPID:")) {
                    self.wait(upid).await;
                }
            }
            Act::Start(method, path, params) => {
                self.call(*method, path, params);
            }
        }
    }

    fn call(&self, method: Method, path: &str, params: &[(&str, &str)]) -> serde_json::Value {
        let request = Request::new(method, path).token(scratch::ROOT_TOKEN);
        let request = params.iter().fold(request, |request, (name, value)| request.with(name, value));
        self.handle.with_world(|world| world.call(request)).data().clone()
    }

    /// The recorder asked for a task's end: so do we.
    async fn wait_for_task(&self, recording: &Recording) {
        let recorded = recording.response.json();
        if let Some(ours) = recorded["data"]["upid"].as_str().and_then(|upid| self.translation.known(upid)) {
            self.wait(ours).await;
        }
    }

    async fn wait(&self, upid: &str) {
        let until = self.handle.with_world(|world| world.now()) + PATIENCE;
        while self.handle.with_world(|world| world.task_runs(upid)) {
            let Some(next) = self.handle.with_world(|world| world.next_event()).filter(|next| *next < until) else {
                return;
            };
            self.handle.advance(next).await;
        }
    }

    /// A task whose start is not among the recordings: our newest of the same type for the same guest is meant.
    fn adopt_task(&mut self, recording: &Recording) {
        let segments = recording.target().split(['/', '?']).map(percent_decode);
        let Some(recorded) = segments.into_iter().find(|segment| segment.starts_with("UPID:")) else { return };
        let known = self.translation.known(&recorded).is_some() || recording.response.status() != 200;
        let Some(upid) = Upid::parse(&recorded).filter(|_| !known) else { return };
        if let Some(ours) = self.handle.with_world(|world| world.newest_task(&upid.kind, &upid.id)) {
            self.translation.pair(recorded, ours);
        }
    }

    /// A ticket of our own where the recording used one.
    fn login(&mut self, recording: &Recording) {
        let uses = |name: &str| recording.request.header(name).is_some_and(|value| value.contains("PVEAuthCookie"));
        if uses("cookie") || uses("authorization") {
            let request =
                Request::new(Method::Post, "/access/ticket").with("username", "root@pam").with("password", "pvetest");
            let answer = self.handle.with_world(|world| world.call(request));
            let text = |name: &str| answer.data()[name].as_str().unwrap_or_default().to_owned();
            self.translation.login(&text("ticket"), &text("CSRFPreventionToken"));
        }
    }

    fn rewritten(&self, recording: &Recording) -> Vec<u8> {
        let Message { first, headers, body } = &recording.request;
        let mut words = first.splitn(3, ' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let kind = recording.request.header("content-type").unwrap_or_default();
        let lost = scratch::lost_body(recording.number, kind);
        let body = lost.as_ref().map_or(body.as_slice(), |body| body.as_bytes());
        let body = match std::str::from_utf8(body) {
            Ok(text) if kind.contains("urlencoded") => self.translation.form(text).into_bytes(),
            _ => body.to_vec(),
        };
        let mut head = format!("{method} {} HTTP/1.1\r\n", self.translation.form(target));
        for (name, value) in headers {
            let value =
                if name == "content-length" { body.len().to_string() } else { self.translation.header(name, value) };
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        [head.into_bytes(), body].concat()
    }

    /// Sends a request and lets time pass while it waits for something in the world.
    async fn send(&self, bytes: Vec<u8>, plain: bool) -> Result<Message> {
        let stream = TcpStream::connect(self.handle.address()).await?;
        let answering: JoinHandle<Result<Message>> = if plain {
            tokio::spawn(exchange(stream, bytes))
        } else {
            let name = ServerName::try_from("localhost").map_err(Error::other)?;
            let stream = self.connector.connect(name, stream).await?;
            tokio::spawn(exchange(stream, bytes))
        };
        let begun = std::time::Instant::now();
        while !answering.is_finished() && begun.elapsed() < REAL_TIMEOUT {
            if self.handle.waiting() > 0 {
                let next = self.handle.with_world(|world| world.next_event());
                if let Some(next) = next {
                    self.handle.advance(next).await;
                }
            }
            sleep(Duration::from_micros(200)).await;
        }
        timeout(REAL_TIMEOUT, answering).await.map_err(|_| Error::from(ErrorKind::TimedOut))?.map_err(Error::other)?
    }
}

/// The recording before ended with a task that this one shows stopped.
fn waits_for_task(recording: &Recording) -> bool {
    recording.response.json()["data"]["status"] == "stopped" && recording.target().contains("/tasks/")
}

/// Writes a request and reads one answer: a head, and as much body as it says.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, bytes: Vec<u8>) -> Result<Message> {
    stream.write_all(&bytes).await?;
    stream.flush().await?;
    let mut buffer = Vec::new();
    loop {
        let read = stream.read_buf(&mut buffer).await?;
        if let Some(message) = Message::parse(&buffer) {
            let length = message.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if message.body.len() >= length {
                return Ok(message);
            }
        }
        if read == 0 {
            return Ok(Message { first: "HTTP/1.1 0 connection closed".to_owned(), ..Message::default() });
        }
    }
}

fn connector(ca_pem: &str) -> Result<TlsConnector> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(Error::other)?).map_err(Error::other)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// `/nodes/pve1/qemu/101/snapshot/s1/config` → `qemu snapshot`.
fn area(recording: &Recording) -> String {
    let path = recording.target().split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).skip(2).collect();
    match segments.as_slice() {
        ["nodes", _, "qemu", _, what, ..] => format!("qemu {what}"),
        ["nodes", _, "qemu", ..] => "qemu".to_owned(),
        ["nodes", _, what, ..] => format!("nodes {what}"),
        [what, ..] => (*what).to_owned(),
        [] => "transport".to_owned(),
    }
}
