//! Requests a second over TLS: eight connections, each kept for as many requests as the server allows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use pve_testbed::{
    World,
    server::{Options, TlsMaterial, serve},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const CONNECTIONS: usize = 8;
/// The server closes a connection after so many.
const REQUESTS: usize = 100;

/// Serves the world and asks for the paths in turn; answers a second.
pub(super) fn run(mut world: World, paths: Vec<String>, seconds: u64) -> Result<f64> {
    // Statistics are there before the first request.
    world.advance(world.now() + 20_000);
    let token = world.root_token();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let tls = TlsMaterial::generate(&[], &[])?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let handle = serve(world, listener, &tls, &Options { speed: 1.0, control: false })?;
        let load = Arc::new(Load {
            address: handle.address(),
            connector: connector(handle.ca_pem())?,
            requests: paths.iter().map(|path| request(path, &token)).collect(),
            done: AtomicUsize::new(0),
            until: Instant::now() + Duration::from_secs(seconds),
        });
        let begun = Instant::now();
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| tokio::spawn(Arc::clone(&load).work())).collect();
        for worker in workers {
            worker.await??;
        }
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let rate = load.done.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
        handle.shutdown().await;
        Ok(rate)
    })
}

fn request(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: PVEAPIToken={token}\r\n\r\n").into_bytes()
}

fn connector(ca: &str) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

struct Load {
    address: std::net::SocketAddr,
    connector: TlsConnector,
    requests: Vec<Vec<u8>>,
    done: AtomicUsize,
    until: Instant,
}

impl Load {
    async fn work(self: Arc<Self>) -> Result<()> {
        let mut buffer = Vec::with_capacity(1 << 16);
        while Instant::now() < self.until {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            let name = ServerName::from(self.address.ip());
            let mut stream = self.connector.connect(name, stream).await?;
            for _ in 0..REQUESTS {
                if Instant::now() >= self.until {
                    break;
                }
                let number = self.done.fetch_add(1, Ordering::Relaxed);
                stream.write_all(&self.requests[number % self.requests.len()]).await?;
                read_answer(&mut stream, &mut buffer).await?;
            }
        }
        Ok(())
    }
}

/// Reads one answer to its end; anything but a 200 ends the measurement.
async fn read_answer(stream: &mut TlsStream<TcpStream>, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    let head = loop {
        if let Some(at) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            break at + 4;
        }
        ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
    };
    let text = std::str::from_utf8(&buffer[..head])?;
    if !text.starts_with("HTTP/1.1 200 ") {
        bail!("unexpected answer: {}", text.lines().next().unwrap_or_default());
    }
    let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let length: usize = length.context("an answer without a length")?.parse()?;
    while buffer.len() < head + length {
        ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
    }
    Ok(())
}
