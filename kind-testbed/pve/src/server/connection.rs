//! One client connection: TLS, then requests one after the other, as long as the real server would keep it.

use std::{io::Result, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{
    control,
    driver::Driver,
    http::{Head, MAX_BODY, MAX_HEAD, Plain, body_params, extjs, form, head_end, write_answer, write_plain},
    upload, websocket,
};
use crate::request::{Answer, Delivery, Method, Request};

/// An idle connection is closed after this.
const IDLE: Duration = Duration::from_secs(5);
/// Requests a connection may carry.
const REQUESTS: usize = 100;
/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

pub(super) async fn serve(stream: TcpStream, acceptor: TlsAcceptor, driver: Arc<Driver>, control: bool) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut first = [0u8; 1];
    let Ok(peeked) = timeout(IDLE, stream.peek(&mut first)).await else { return Ok(()) };
    if peeked? == 0 {
        return Ok(());
    }
    if first[0] != TLS_HANDSHAKE {
        return redirect(stream, &driver).await;
    }
    let Ok(secured) = timeout(IDLE, acceptor.accept(stream)).await else { return Ok(()) };
    let mut connection = Connection { stream: secured?, buffer: Vec::new(), driver, control };
    for served in 1..=REQUESTS {
        match connection.next(served == REQUESTS).await? {
            Then::Next => {}
            Then::Close => break,
            Then::Reset => return connection.stream.get_ref().0.set_zero_linger(),
        }
    }
    connection.stream.shutdown().await
}

/// What becomes of a connection after one request.
enum Then {
    Next,
    Close,
    /// The socket is thrown away: the client sees `ECONNRESET`.
    Reset,
}

/// Plain HTTP on the TLS port is sent to https.
async fn redirect(mut stream: TcpStream, driver: &Driver) -> Result<()> {
    let mut buffer = Vec::new();
    if let Some(head) = read_head(&mut stream, &mut buffer).await? {
        let host = head.header("host").unwrap_or("localhost");
        let location = format!("https://{host}{}", head.path);
        let answer = if matches!(head.method.as_str(), "GET" | "HEAD") {
            Plain::redirect(301, "Moved Permanently", location)
        } else {
            Plain::redirect(308, "Permanent Redirect", location)
        };
        stream.write_all(&write_plain(&answer, driver.unix_now())).await?;
    }
    stream.shutdown().await
}

struct Connection<S> {
    stream: S,
    buffer: Vec<u8>,
    driver: Arc<Driver>,
    control: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Serves one request.
    async fn next(&mut self, last: bool) -> Result<Then> {
        let Some(head) = read_head(&mut self.stream, &mut self.buffer).await? else { return Ok(Then::Close) };
        match self.answer(&head).await? {
            Err(plain) => {
                let bytes = write_plain(&plain, self.driver.unix_now());
                self.stream.write_all(&bytes).await?;
                Ok(Then::Close)
            }
            Ok(answer) if answer.delivery == Delivery::Reset => Ok(Then::Reset),
            Ok(answer) if answer.status == 0 => Ok(Then::Close),
            Ok(answer) if answer.status == 200 && websocket::is_console(&head) => {
                websocket::serve(&mut self.stream, &self.buffer, &head).await?;
                Ok(Then::Close)
            }
            Ok(answer) => {
                let keep = answer.status < 400 && !last && !head.wants_close();
                let bytes = write_answer(&head, &answer, keep, self.driver.unix_now());
                let cut = answer.delivery == Delivery::Cut;
                self.stream.write_all(if cut { &bytes[..bytes.len() / 2] } else { &bytes }).await?;
                self.stream.flush().await?;
                Ok(match (cut, keep) {
                    (true, _) => Then::Reset,
                    (false, true) => Then::Next,
                    (false, false) => Then::Close,
                })
            }
        }
    }

    async fn answer(&mut self, head: &Head) -> Result<std::result::Result<Answer, Plain>> {
        if self.control && head.path.starts_with("/testbed") {
            let body = self.read_body(head.content_length().min(MAX_BODY)).await?;
            return Ok(Ok(control::handle(&self.driver, &head.method, &head.path, &body)));
        }
        let Some(method) = Method::parse(&head.method) else {
            return Ok(Err(Plain::new(501, format!("method '{}' not available", head.method)).with_body("")));
        };
        if head.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return Ok(Err(Plain::new(501, "chunked transfer encoding not supported")));
        }
        let length = head.content_length();
        if length > 0 && matches!(method, Method::Get | Method::Delete) {
            return Ok(Err(Plain::new(501, format!("Unexpected content for method '{}'", method.as_str()))));
        }
        let uploads = upload::boundary(head.header("content-type").unwrap_or_default())
            .filter(|_| method == Method::Post && head.path.ends_with("/upload"));
        if length > if uploads.is_some() { upload::MAX_UPLOAD } else { MAX_BODY } {
            return Ok(Err(Plain::new(501, "for data too large")));
        }
        let body = self.read_body(length).await?;
        let Some(rest) = head.path.strip_prefix("/api2/") else {
            let text = format!("no such file '{}'", head.path);
            return Ok(Err(Plain::new(500, text.clone()).with_body(text + "\n")));
        };
        let (format, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if !matches!(format, "json" | "extjs") {
            return Ok(Err(Plain::new(501, format!("no formatter for uri {path}, {format}"))));
        }
        let mut params = match uploads.map_or_else(|| body_params(head, &body), |at| Ok(upload::params(&body, at))) {
            Ok(params) => params,
            Err(refused) => return Ok(Err(refused)),
        };
        params.extend(form(&head.query));
        let request = Request { method, path: path.to_owned(), params, credential: head.credential(), via: None };
        tracing::debug!(method = method.as_str(), path, "request");
        let answer = self.driver.call(request).await.unwrap_or_else(Answer::nothing);
        Ok(Ok(if format == "extjs" && answer.status != 0 { extjs(answer) } else { answer }))
    }

    async fn read_body(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.buffer.len() < length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        let rest = self.buffer.split_off(length);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }
}

/// Reads up to the empty line; what follows stays in the buffer. `None` when the client is gone, idle for too long, or
/// sends what this server does not read.
async fn read_head<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Result<Option<Head>> {
    loop {
        if let Some(end) = head_end(buffer) {
            if end > MAX_HEAD {
                return Ok(None);
            }
            let rest = buffer.split_off(end);
            let head = std::mem::replace(buffer, rest);
            return Ok(Head::parse(&head));
        }
        if buffer.len() > MAX_HEAD {
            return Ok(None);
        }
        match timeout(IDLE, stream.read_buf(buffer)).await {
            Ok(Ok(0)) | Err(_) => return Ok(None),
            Ok(read) => read.map(drop)?,
        }
    }
}
