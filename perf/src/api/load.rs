//! People who ask one after the other on kept-alive connections, as many at once as there are people.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use http::header;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::hot::number;
use crate::statistics::quantile;

/// What a load came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came {
    /// Answers a second.
    pub(super) rate: f64,
    /// Milliseconds.
    pub(super) p50: f64,
    pub(super) p99: f64,
    /// Of an answer, with its head.
    pub(super) bytes: f64,
}

/// Each of the users asks for `seconds`; user n takes every users-th request, beginning with the n-th, and begins again.
/// An answer of another status ends the measurement.
pub(super) async fn run(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    users: usize,
    seconds: f64,
    status: u16,
) -> Result<Came> {
    ensure!(requests.len() >= users, "{users} users have {} requests", requests.len());
    let requests = Arc::new(requests);
    let mut connections = Vec::with_capacity(users);
    for _ in 0..users {
        connections.push(Connection::open(address).await?);
    }
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(seconds);
    let people: Vec<_> = connections
        .into_iter()
        .enumerate()
        .map(|(user, mut connection)| {
            let requests = Arc::clone(&requests);
            tokio::spawn(async move {
                let (mut took, mut bytes) = (Vec::new(), 0);
                for request in requests.iter().cycle().skip(user).step_by(users) {
                    let asked = Instant::now();
                    if asked >= until {
                        break;
                    }
                    let answer = connection.ask(request).await?;
                    ensure!(answer.status == status, "{} in place of {status}: {}", answer.status, first_line(request));
                    took.push(asked.elapsed().as_secs_f64() * 1e3);
                    bytes += answer.bytes;
                }
                Ok((took, bytes))
            })
        })
        .collect();
    let (mut took, mut bytes) = (Vec::new(), 0);
    for person in people {
        let (theirs, received) = person.await??;
        took.extend(theirs);
        bytes += received;
    }
    let answers = number(took.len());
    Ok(Came {
        rate: answers / began.elapsed().as_secs_f64(),
        p50: quantile(&took, 0.5),
        p99: quantile(&took, 0.99),
        bytes: number(bytes) / answers,
    })
}

/// Without the token below it.
fn first_line(request: &[u8]) -> String {
    String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned()
}

pub(super) fn get(path: &str, token: &str, headers: &str) -> Vec<u8> {
    let head = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n{headers}\r\n");
    head.into_bytes()
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) etag: String,
    pub(super) bytes: usize,
}

pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if let Some((answer, length)) = head(&self.buffer)? {
                while self.buffer.len() < length {
                    self.receive().await?;
                }
                return Ok(Answer { bytes: length, ..answer });
            }
            self.receive().await?;
        }
    }

    async fn receive(&mut self) -> Result<()> {
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
        Ok(())
    }
}

/// With the length of the whole answer; none: the head is not there yet.
fn head(buffer: &[u8]) -> Result<Option<(Answer, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(buffer)? else { return Ok(None) };
    let status = response.code.unwrap_or_default();
    let find = |name: header::HeaderName| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name.as_str()));
        found.map(|header| String::from_utf8_lossy(header.value).into_owned())
    };
    let body: usize = match find(header::CONTENT_LENGTH) {
        _ if status == 304 => 0,
        Some(length) => length.parse()?,
        None => None.context("an answer without a length")?,
    };
    Ok(Some((Answer { status, etag: find(header::ETAG).unwrap_or_default(), bytes: 0 }, head + body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says_and_a_304_with_its_head() {
        assert!(head(b"HTTP/1.1 200 OK\r\ncontent-le").unwrap().is_none());
        let (answer, length) = head(b"HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 2\r\n\r\n").unwrap().unwrap();
        assert_eq!((answer.status, answer.etag.as_str(), length), (200, "\"a\"", 51));
        let (answer, length) = head(b"HTTP/1.1 304 Not Modified\r\n\r\n").unwrap().unwrap();
        assert_eq!((answer.status, length), (304, 29));
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
