//! Streamable HTTP: rmcp's service in an axum router, behind the checks that a reachable port needs.
//!
//! Guarantees: a listener that is not loopback is refused unless a token is required or the operator said in so many
//! words that none is; `Host` is checked against DNS rebinding where no token is required (a page that
//! rebinds has no token), and `Origin` always; a request body has a ceiling; shutdown
//! drains. Deliberately absent: TLS (a mesh or a proxy does it).

use super::access::{self, RequiredToken};
use super::adapter::Adapter;
use axum::Router;
use axum::routing::get;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::fmt;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How the HTTP end behaves.
#[derive(Clone)]
pub struct HttpOptions {
    /// The token that callers must show as `Authorization: Bearer`.
    pub bearer_token: Option<String>,
    /// Serve beyond loopback without a token; off by default.
    pub without_token: bool,
    /// `Host` names (or `host:port`) that are answered besides loopback's; with a token every one is.
    pub allowed_hosts: Vec<String>,
    /// Browser origins that are answered; by default none.
    pub allowed_origins: Vec<String>,
    /// Ceiling of a request's body.
    pub max_body_bytes: usize,
    /// How long open calls may go on after the stop.
    pub drain: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            bearer_token: None,
            without_token: false,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_body_bytes: 1024 * 1024,
            drain: Duration::from_secs(5),
        }
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HttpOptions")
            .field("bearer_token", &self.bearer_token.as_ref().map(|_| "…"))
            .field("without_token", &self.without_token)
            .field("allowed_hosts", &self.allowed_hosts)
            .field("allowed_origins", &self.allowed_origins)
            .field("max_body_bytes", &self.max_body_bytes)
            .field("drain", &self.drain)
            .finish()
    }
}

/// Why serving ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Reachable by others, and nobody would be asked who they are.
    #[error(
        "{0} can be reached from other machines, and no token is required: set a token, listen on 127.0.0.1, or say that none is wanted"
    )]
    Unprotected(SocketAddr),
    /// The client did not speak MCP.
    #[error("the MCP handshake failed: {0}")]
    Handshake(String),
    /// The server's task died.
    #[error("the MCP server died: {0}")]
    Died(String),
    /// The socket failed.
    #[error("the listener failed")]
    Listener(#[from] std::io::Error),
}

/// The routes of the HTTP end: `/mcp` (and `/`) for MCP, `/healthz` for probes.
pub fn router(server: impl Into<Adapter>, options: &HttpOptions, shutdown: CancellationToken) -> Router {
    let adapter: Adapter = server.into();
    let config = StreamableHttpServerConfig::default()
        .with_allowed_origins(options.allowed_origins.iter().cloned())
        .enforce_origin_validation()
        .with_max_request_body_bytes(options.max_body_bytes)
        .with_cancellation_token(shutdown);
    let config = match options.bearer_token {
        Some(_) => config.disable_allowed_hosts(),
        None => {
            let loopback = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter();
            config.with_allowed_hosts(loopback.chain(options.allowed_hosts.iter().cloned()))
        }
    };
    let service =
        StreamableHttpService::new(move || Ok(adapter.clone()), Arc::new(LocalSessionManager::default()), config);
    let mut routes = Router::new().route_service("/mcp", service.clone()).route_service("/", service);
    if let Some(token) = &options.bearer_token {
        let required = RequiredToken(Arc::from(token.as_str()));
        routes = routes.layer(axum::middleware::from_fn_with_state(required, access::require));
    }
    routes.route("/healthz", get(|| async { "ok\n" }))
}

/// Serves on `listener` until `shutdown` is cancelled, then drains.
///
/// # Errors
/// [`ServeError::Unprotected`] before anything is served, or the listener's failure.
pub async fn http(
    server: impl Into<Adapter>,
    listener: TcpListener,
    options: HttpOptions,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() && options.bearer_token.is_none() && !options.without_token {
        return Err(ServeError::Unprotected(address));
    }
    let routes = router(server, &options, shutdown.child_token());
    let stop = shutdown.clone();
    let serving = axum::serve(listener, routes).with_graceful_shutdown(async move { stop.cancelled().await });
    tokio::select! {
        served = serving.into_future() => served?,
        () = async { shutdown.cancelled().await; tokio::time::sleep(options.drain).await } => {
            tracing::warn!(%address, "calls were still open when the drain time was over");
        }
    }
    Ok(())
}
