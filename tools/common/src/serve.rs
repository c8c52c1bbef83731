//! Puts a [`ToolServer`](crate::ToolServer) behind MCP: in this process, over stdio, or over streamable HTTP.
//!
//! A result crosses once: as one text block (see [`crate::wire`]), or, for a client that was given output schemas, as
//! `structuredContent` with a sentence beside it. A second copy would double what a model or a pipe has to carry.
//!
//! Guarantees, whichever transport: only tools of the mode are listed and called, by [`domain::effect`]; arguments
//! are checked before the server sees them; a call ends at its deadline or when the client cancels it; a panic inside
//! a tool is a failed call and not a dead server; no more than a bounded number of calls run at a time; every result and failure text is redacted.
//!
//! Deliberately absent: OAuth.

mod access;
mod acting;
mod adapter;
mod body;
mod connections;
mod limits;
mod network;
mod patient;
mod places;
mod sessions;

pub use adapter::{Adapter, Clock};
pub use connections::serve as serve_routes;
pub use limits::HttpLimits;
pub use network::{HttpOptions, ServeError, http, http_of, router, router_of};

use rmcp::ServiceExt;
use std::time::Duration;
use tokio::io::DuplexStream;

/// Bytes that may wait in each direction of an in-process connection.
const DUPLEX_BYTES: usize = 256 * 1024;

/// How long the changes of a server on stdio may take to end after its client went away.
const STDIO_DRAIN: Duration = Duration::from_secs(15);

/// Serves inside this process. The returned end goes to an MCP client; dropping it stops the server.
///
/// Must be called within a tokio runtime.
pub fn in_process(server: impl Into<Adapter>) -> DuplexStream {
    let (client_end, server_end) = tokio::io::duplex(DUPLEX_BYTES);
    let adapter = server.into();
    tokio::spawn(async move {
        let name = adapter.wire_name();
        match adapter.serve(server_end).await {
            Ok(running) => {
                if let Err(error) = running.waiting().await {
                    tracing::warn!(server = name, %error, "the in-process server ended badly");
                }
            }
            Err(error) => tracing::debug!(server = name, %error, "the in-process client left before the handshake"),
        }
    });
    client_end
}

/// Serves over this process's stdin and stdout until the client closes them, and the changes under way have ended.
///
/// # Errors
/// When the handshake fails or the server's task dies.
pub async fn stdio(server: impl Into<Adapter>) -> Result<(), ServeError> {
    let adapter = server.into();
    let running = adapter
        .clone()
        .serve(rmcp::transport::stdio())
        .await
        .map_err(|error| ServeError::Handshake(error.to_string()))?;
    let ended = running.waiting().await.map_err(|error| ServeError::Died(error.to_string()));
    if !adapter.finish(STDIO_DRAIN).await {
        tracing::warn!("changes were still under way when the drain time was over");
    }
    ended.map(|_| ())
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod act_tests;
