//! Takes connections and serves HTTP/1.1 on each, a bounded number at a time.
//!
//! axum's own loop has neither a number of connections nor a bound on the time in which a head must arrive, and a
//! reachable port needs both. Guarantees: at most so many connections; a peer that sends its head slowly, or takes its
//! answer not at all, loses its connection; a listener out of file descriptors waits and goes on; a stop lets open
//! requests end. Deliberately absent: HTTP/2, which no MCP client asks for without TLS.

use super::limits::HttpLimits;
use super::patient::Patient;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How long to wait when a connection cannot be taken because something of the machine is used up.
const PAUSE: Duration = Duration::from_millis(500);

/// Serves until `stop`; then takes no more, and waits for what is open at most `drain`. False when that was not enough.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: HttpLimits,
    stop: CancellationToken,
    drain: Duration,
) -> bool {
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_wait);
    let taking = async {
        loop {
            // Never closed, so there is always a place in the end.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let stream = accept(&listener).await;
            let stream = TokioIo::new(Patient::new(stream, limits.write_wait));
            let serving = http.serve_connection(stream, TowerToHyperService::new(routes.clone()));
            let serving = open.watch(serving);
            tokio::spawn(async move {
                if let Err(error) = serving.await {
                    tracing::debug!(%error, "a connection ended badly");
                }
                drop(place);
            });
        }
    };
    tokio::select! {
        () = taking => {}
        () = stop.cancelled() => {}
    }
    drop(listener);
    tokio::time::timeout(drain, open.shutdown()).await.is_ok()
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Events are small, and each is waited for.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection stays slow");
                }
                return stream;
            }
            Err(error) if gone(error.kind()) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken; trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// The peer left before it was served, which is nobody else's trouble.
fn gone(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}
