//! `mcp SERVER`: one of the tool servers alone, for any MCP client.

use crate::cli::commands::{Mcp, Server};
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::wiring;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tools_common::serve::{self, HttpOptions, ServeError};

/// Variable with the token that callers over HTTP must show.
const TOKEN: &str = "AUTO_DEVOPS_MCP_TOKEN";

/// Serves until the client goes away or the program is stopped.
///
/// # Errors
/// The source is not configured, the address cannot be bound, or the handshake failed.
pub async fn run(arguments: &Mcp, settings: &Settings) -> Result<Exit, Stop> {
    let server = match arguments.server {
        Server::Kubernetes => {
            wiring::kubernetes(settings)?.ok_or_else(|| missing("cluster", "KUBECONFIG or [clusters.NAME]"))
        }
        Server::Prometheus => {
            wiring::prometheus(settings)?.ok_or_else(|| missing("Prometheus", "PROMETHEUS_URL or [prometheus.NAME]"))
        }
    }?;
    let Some(address) = arguments.listen else {
        serve::stdio(server).await.map_err(|error| Stop::new(Exit::Failed, error.to_string()))?;
        return Ok(Exit::Done);
    };
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Stop::new(Exit::Unavailable, format!("{address} could not be bound: {error}")))?;
    let bound = listener
        .local_addr()
        .map_err(|error| Stop::new(Exit::Failed, format!("the listener has no address: {error}")))?;
    let options = HttpOptions {
        bearer_token: std::env::var(TOKEN).ok().filter(|token| !token.is_empty()),
        ..HttpOptions::default()
    };
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    tokio::spawn(async move {
        crate::signals::stop_requested().await;
        stop.cancel();
    });
    output::tell(&format!("listening on http://{bound}/mcp"));
    serve::http(server, listener, options, shutdown).await.map_err(|error| match error {
        ServeError::Unprotected(_) => Stop::new(Exit::NotPermitted, format!("{error} ({TOKEN} sets one)")),
        other => Stop::new(Exit::Failed, other.to_string()),
    })?;
    Ok(Exit::Done)
}

fn missing(what: &str, how: &str) -> Stop {
    Stop::new(Exit::Usage, format!("no {what} is configured: name one by {how}"))
}
