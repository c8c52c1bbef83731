//! Streamable HTTP: rmcp's service in an axum router, behind the checks that a reachable port needs.
//!
//! Guarantees: a listener that is not loopback is refused unless a token is required or the operator said in so many
//! words that none is; `Host` is checked against DNS rebinding where no token is required (a page that
//! rebinds has no token), and `Origin` always; bodies, connections, sessions and waits are bounded ([`HttpLimits`]);
//! shutdown drains, and streams of an act server end only after its calls did. Deliberately absent: TLS (a mesh or a proxy does it).

use super::access::{self, RequiredToken};
use super::adapter::Adapter;
use super::limits::HttpLimits;
use super::sessions::{self, BoundedSessions};
use super::{body, connections};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::fmt;
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
    /// Browser origins that are answered, besides the address itself where no token is required; by default none.
    pub allowed_origins: Vec<String>,
    /// What it takes on at most.
    pub limits: HttpLimits,
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
            limits: HttpLimits::default(),
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
            .field("limits", &self.limits)
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
    router_of(server.into(), options, shutdown)
}

/// The same for any handler of rmcp's: everything of this layer, without what [`Adapter`] does for tool servers.
pub fn router_of<H>(handler: H, options: &HttpOptions, shutdown: CancellationToken) -> Router
where
    H: ServerHandler + Clone + Send + Sync + 'static,
{
    let limits = options.limits;
    let sessions = BoundedSessions::new(limits.sessions, limits.session_idle);
    let config = config(options, shutdown);
    let service = StreamableHttpService::new(move || Ok(handler.clone()), Arc::new(sessions), config);
    let mut routes = Router::new()
        .route_service("/mcp", service.clone())
        .route_service("/", service)
        .layer(from_fn(sessions::tell_plainly))
        .layer(from_fn_with_state(limits, body::whole));
    routes = match &options.bearer_token {
        Some(token) => {
            let required = RequiredToken(Arc::from(token.as_str()));
            routes.layer(from_fn_with_state(required, access::require))
        }
        None => routes.layer(from_fn(access::own_origin)),
    };
    routes.route("/healthz", get(|| async { "ok\n" }))
}

fn config(options: &HttpOptions, shutdown: CancellationToken) -> StreamableHttpServerConfig {
    let config = StreamableHttpServerConfig::default()
        .with_allowed_origins(options.allowed_origins.iter().cloned())
        .enforce_origin_validation()
        .with_max_request_body_bytes(options.limits.body_bytes)
        .with_cancellation_token(shutdown);
    match options.bearer_token {
        Some(_) => config.disable_allowed_hosts(),
        None => {
            let loopback = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter();
            config.with_allowed_hosts(loopback.chain(options.allowed_hosts.iter().cloned()))
        }
    }
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
    let (adapter, drain, streams) = (server.into(), options.drain, CancellationToken::new());
    let serving = served(adapter.clone(), listener, options, shutdown.clone(), streams.clone());
    let stopping = async {
        shutdown.cancelled().await;
        if !adapter.finish(drain).await {
            tracing::warn!("changes were still under way when the drain time was over");
        }
        streams.cancel();
    };
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        () = stopping => {}
    }
    serving.await
}

/// The same for any handler of rmcp's; see [`router_of`].
///
/// # Errors
/// As [`http()`].
pub async fn http_of<H>(
    handler: H,
    listener: TcpListener,
    options: HttpOptions,
    shutdown: CancellationToken,
) -> Result<(), ServeError>
where
    H: ServerHandler + Clone + Send + Sync + 'static,
{
    let streams = shutdown.child_token();
    served(handler, listener, options, shutdown, streams).await
}

/// Takes nothing new after `shutdown`, and ends its streams at `streams`.
async fn served<H>(
    handler: H,
    listener: TcpListener,
    options: HttpOptions,
    shutdown: CancellationToken,
    streams: CancellationToken,
) -> Result<(), ServeError>
where
    H: ServerHandler + Clone + Send + Sync + 'static,
{
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() && options.bearer_token.is_none() && !options.without_token {
        return Err(ServeError::Unprotected(address));
    }
    let routes = router_of(handler, &options, streams);
    if !connections::serve(listener, routes, options.limits, shutdown, options.drain).await {
        tracing::warn!(%address, "calls were still open when the drain time was over");
    }
    Ok(())
}
