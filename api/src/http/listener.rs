//! Serving connections. A client that dribbles its headers is let go, so that idle sockets cannot use up all there are.

use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Pause after a connection could not be accepted, most likely for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop`, then ends what is under way. `header_timeout` is also how long a connection may idle.
pub async fn serve(listener: TcpListener, routes: Router, header_timeout: Duration, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(header_timeout);
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let routes = routes.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            routes.clone().oneshot(request)
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection ended");
            }
        });
    }
    graceful.shutdown().await;
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    async fn running(header_timeout: Duration) -> (std::net::SocketAddr, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(600)).await;
            "slow"
        };
        let peer = |peer: ConnectInfo<std::net::SocketAddr>| async move { peer.0.ip().to_string() };
        let routes = Router::new().route("/slow", get(slow)).route("/peer", get(peer));
        tokio::spawn(serve(listener, routes, header_timeout, stop.clone()));
        (address, stop)
    }

    async fn said(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        let end = tokio::time::timeout(Duration::from_secs(5), stream.read_to_string(&mut text)).await;
        end.expect("the connection is let go").unwrap();
        text
    }

    #[tokio::test]
    async fn a_client_that_never_ends_its_headers_is_let_go() {
        let (address, _stop) = running(Duration::from_millis(200)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /peer HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
        assert!(!said(&mut stream).await.contains("200 OK"));
    }

    #[tokio::test]
    async fn an_answer_may_take_longer_than_headers_may_and_a_stop_waits_for_it() {
        let (address, stop) = running(Duration::from_millis(200)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.cancel();
        assert!(said(&mut stream).await.ends_with("slow"));
    }

    #[tokio::test]
    async fn a_handler_is_told_who_connected() {
        let (address, _stop) = running(Duration::from_millis(200)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /peer HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
        assert!(said(&mut stream).await.ends_with("127.0.0.1"));
    }
}
