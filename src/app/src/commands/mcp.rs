//! `mcp SERVER`: one of the tool servers alone, for any MCP client.

use crate::cli::commands::{Mcp, Mode, Server};
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::wiring;
use chrono::Utc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tools_common::act::{AuditFile, Authority, GrantVerifier};
use tools_common::serve::{self, Adapter, HttpOptions, ServeError};

/// Variable with the token that callers over HTTP must show.
const TOKEN: &str = "AUTO_DEVOPS_MCP_TOKEN";

/// How long changes that are under way may take to end when the program is stopped.
const DRAIN_OF_CHANGES: Duration = Duration::from_secs(15);

/// Serves until the client goes away or the program is stopped.
///
/// # Errors
/// The source is not configured, the address cannot be bound, or the handshake failed.
pub async fn run(arguments: &Mcp, settings: &Settings) -> Result<Exit, Stop> {
    let server = match arguments.mode {
        Mode::Read => reading(arguments, settings)?,
        Mode::Act => acting(arguments, settings)?,
    };
    let server = if arguments.structured { server.with_structured_content() } else { server };
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
    let usual = HttpOptions::default();
    let drain = match arguments.mode {
        Mode::Read => usual.drain,
        Mode::Act => DRAIN_OF_CHANGES,
    };
    let options = HttpOptions { bearer_token: bearer_token(), drain, ..usual };
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

fn bearer_token() -> Option<String> {
    std::env::var(TOKEN).ok().filter(|token| !token.is_empty())
}

fn reading(arguments: &Mcp, settings: &Settings) -> Result<Adapter, Stop> {
    let kubernetes = || match arguments.listen {
        // A server over HTTP has several clients and runs long; one over stdio ends with its client.
        Some(_) => wiring::watching_kubernetes(settings),
        None => wiring::kubernetes(settings),
    };
    let (found, what, how) = match arguments.server {
        Server::Kubernetes => (kubernetes()?, "cluster", "KUBECONFIG or [clusters.NAME]"),
        Server::Prometheus => (wiring::prometheus(settings)?, "Prometheus", "PROMETHEUS_URL or [prometheus.NAME]"),
        Server::Loki => (wiring::loki(settings)?, "Loki", "LOKI_URL or [loki.NAME]"),
        Server::Tempo => (wiring::tempo(settings)?, "Tempo", "TEMPO_URL or [tempo.NAME]"),
        Server::Github => (wiring::github(settings)?, "GitHub", "GITHUB_TOKEN, GITHUB_API_URL or [github]"),
    };
    found.ok_or_else(|| Stop::new(Exit::Usage, format!("no {what} is configured: name one by {how}")))
}

fn acting(arguments: &Mcp, settings: &Settings) -> Result<Adapter, Stop> {
    match arguments.server {
        Server::Kubernetes => wiring::acting_kubernetes(settings, authority(arguments, settings)?),
        Server::Prometheus => wiring::acting_prometheus(settings, authority(arguments, settings)?),
        Server::Loki | Server::Tempo | Server::Github => {
            Err(Stop::new(Exit::Usage, "this server changes nothing: it has no act mode"))
        }
    }
}

/// Who may call: whoever has a grant; or, on this machine alone, whoever started the server or has its token.
fn authority(arguments: &Mcp, settings: &Settings) -> Result<Authority, Stop> {
    if arguments.without_grants {
        closed_to_others(arguments)?;
        return Ok(Authority::WithoutGrants(audit(settings)?));
    }
    let (Some(key), Some(audience)) = (settings.acting.grant_public_key.clone(), settings.acting.audience.clone())
    else {
        let text = "act mode serves calls that carry a grant: name the executor's key and this server by [acting] grant_public_key and audience, or say --without-grants";
        return Err(Stop::new(Exit::Usage, text));
    };
    Ok(Authority::grants(GrantVerifier::new(key, audience, Utc::now()), audit(settings)?))
}

/// Without grants nobody else may reach the server: no other machine, and on this one no user without the token.
fn closed_to_others(arguments: &Mcp) -> Result<(), Stop> {
    let text = match arguments.listen {
        Some(address) if !address.ip().is_loopback() => {
            format!("{address} can be reached from other machines: --without-grants serves 127.0.0.1 only")
        }
        Some(address) if bearer_token().is_none() => {
            format!(
                "{address} can be reached by every user of this machine: --without-grants with --listen wants a token; set {TOKEN}, or leave out --listen"
            )
        }
        _ => return Ok(()),
    };
    Err(Stop::new(Exit::NotPermitted, text))
}

fn audit(settings: &Settings) -> Result<AuditFile, Stop> {
    let (audit, path) = wiring::acting::audit_file(settings)?;
    output::tell(&format!("every call is written to {}", path.display()));
    Ok(audit)
}
