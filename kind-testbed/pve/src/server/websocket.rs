//! The websocket of a console: the upgrade as `pveproxy` answers it, and enough of a VNC server or a terminal that a
//! client sees it has arrived.

use std::{io::Result, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::{Digest, Sha1};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    time::timeout,
};

use super::http::{Head, form};

/// A console nobody uses is closed.
const IDLE: Duration = Duration::from_mins(5);
/// Appended to a client's key (RFC 6455).
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
/// What a VNC server says first.
const VNC_GREETING: &[u8] = b"RFB 003.008\n";

/// The request asks for the websocket of a console.
pub(super) fn is_console(head: &Head) -> bool {
    let upgrade = head.header("upgrade").is_some_and(|kind| kind.eq_ignore_ascii_case("websocket"));
    upgrade && head.path.ends_with("/vncwebsocket") && head.header("sec-websocket-key").is_some()
}

/// Answers 101 and stays until the client leaves. `early` is what came right after the request.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, early: &[u8], head: &Head) -> Result<()> {
    let key = head.header("sec-websocket-key").unwrap_or_default();
    let accept = STANDARD.encode(Sha1::digest(format!("{key}{KEY_SUFFIX}").as_bytes()));
    let offered = head.header("sec-websocket-protocol").unwrap_or_default();
    let protocol =
        if offered.split(',').any(|name| name.trim() == "binary") { "Sec-WebSocket-Protocol: binary\r\n" } else { "" };
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"
    );
    let (from, mut to) = split(stream);
    let (mut from, stream) = (early.chain(from), &mut to);
    stream.write_all(answer.as_bytes()).await?;
    // A VNC ticket has a password in front; a terminal's has none, and waits for the client to introduce itself.
    let terminal =
        form(&head.query).get("vncticket").is_some_and(|given| given.iter().any(|t| t.starts_with("PVEVNC:")));
    if !terminal {
        send(stream, BINARY, VNC_GREETING).await?;
    }
    let mut introduced = false;
    while let Ok(Ok((kind, payload))) = timeout(IDLE, receive(&mut from)).await {
        match kind {
            CLOSE => return send(stream, 0x80 | CLOSE, &payload).await,
            PING => send(stream, 0x8a, &payload).await?,
            _ if terminal && !introduced => {
                introduced = true;
                send(stream, BINARY, b"OK").await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, first: u8, payload: &[u8]) -> Result<()> {
    // Everything sent here is short.
    let length = u8::try_from(payload.len().min(125)).unwrap_or(125);
    let mut frame = vec![first, length];
    frame.extend_from_slice(&payload[..usize::from(length)]);
    stream.write_all(&frame).await?;
    stream.flush().await
}

/// The next frame: its kind and what it carries, unmasked.
async fn receive<S: AsyncRead + Unpin>(stream: &mut S) -> Result<(u8, Vec<u8>)> {
    let (first, second) = (stream.read_u8().await?, stream.read_u8().await?);
    let length = match second & 0x7f {
        126 => u64::from(stream.read_u16().await?),
        127 => stream.read_u64().await?,
        short => u64::from(short),
    };
    if length > 1 << 20 {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut mask = [0u8; 4];
    if second & 0x80 != 0 {
        stream.read_exact(&mut mask).await?;
    }
    let mut payload = vec![0u8; usize::try_from(length).unwrap_or(0)];
    stream.read_exact(&mut payload).await?;
    for (index, byte) in payload.iter_mut().enumerate() {
        *byte ^= mask[index % 4];
    }
    Ok((first & 0x0f, payload))
}
