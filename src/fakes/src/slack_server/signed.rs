//! Requests to the app over HTTP, signed; with a small HTTP client of the server's own, so that no client library
//! stands between what Slack sends and what arrives.

use super::deliver::{Posting, Way};
use super::state::Shared;
use super::{form, signature};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long Slack waits for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the app listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routes {
    /// `127.0.0.1:8080`.
    pub host: String,
    /// Path of the Events API.
    pub events: String,
    /// Path of interactivity and shortcuts.
    pub interactions: String,
    /// Path of slash commands.
    pub commands: String,
}

impl Routes {
    /// At `http://HOST:PORT`, perhaps with a path in front, under the usual names.
    pub fn at(base_url: &str) -> Self {
        let rest = base_url.trim_start_matches("http://").trim_end_matches('/');
        let (host, prefix) =
            rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
        Self {
            host: host.to_owned(),
            events: format!("{prefix}/slack/events"),
            interactions: format!("{prefix}/slack/interactivity"),
            commands: format!("{prefix}/slack/commands"),
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// A request to the app as it goes over the wire.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Where to.
    pub path: String,
    /// `application/json` or `application/x-www-form-urlencoded`.
    pub content_type: String,
    /// The body.
    pub body: String,
    /// What stands in `X-Slack-Request-Timestamp`.
    pub timestamp_seconds: u64,
    /// What stands in `X-Slack-Signature`.
    pub signature: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
}

impl Signed {
    /// Signed rightly, now.
    pub fn now(secret: &str, path: &str, content_type: &str, body: String) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let timestamp_seconds = since.as_secs();
        let signature = signature::signature(secret, timestamp_seconds, body.as_bytes());
        let (path, content_type) = (path.to_owned(), content_type.to_owned());
        Self { path, content_type, body, timestamp_seconds, signature, headers: Vec::new() }
    }

    /// Sends it. `Err` says why there was no answer: `http_timeout` or `connection_failed`.
    pub async fn send(&self, host: &str) -> Result<Answered, &'static str> {
        match tokio::time::timeout(PATIENCE, self.exchange(host)).await {
            Ok(Ok(answered)) => answered.ok_or("http_error"),
            Ok(Err(_)) => Err("connection_failed"),
            Err(_) => Err("http_timeout"),
        }
    }

    async fn exchange(&self, host: &str) -> std::io::Result<Option<Answered>> {
        let mut stream = TcpStream::connect(host).await?;
        let Self { path, content_type, body, timestamp_seconds, signature, headers } = self;
        let mut head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: {content_type}\r\n\
             content-length: {}\r\nx-slack-request-timestamp: {timestamp_seconds}\r\nx-slack-signature: {signature}\r\n\
             user-agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        Ok(read(&String::from_utf8_lossy(&bytes)))
    }
}

fn read(answer: &str) -> Option<Answered> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if is_chunked { unchunked(body) } else { body.to_owned() };
    Some(Answered { status, body })
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let Some(part) = usize::from_str_radix(size.trim(), 16).ok().filter(|size| *size > 0) else { break };
        body.push_str(after.get(..part).unwrap_or_default());
        rest = after.get(part..).unwrap_or_default().trim_start_matches("\r\n");
    }
    body
}

/// Sends one envelope and takes the answer as its acknowledgement.
pub async fn deliver(shared: Arc<Shared>, posting: Posting) {
    let secret = shared.read(|state| state.workspace.signing_secret.clone());
    let Posting { id, envelope, routes } = posting;
    let mut signed = match envelope.way {
        Way::Event => Signed::now(&secret, &routes.events, "application/json", envelope.payload.to_string()),
        Way::Interaction => {
            let body = form::write(&[("payload", &envelope.payload.to_string())]);
            Signed::now(&secret, &routes.interactions, "application/x-www-form-urlencoded", body)
        }
        Way::Command => {
            let pairs: Vec<(&str, &str)> = envelope.payload.as_object().map_or(Vec::new(), |fields| {
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect()
            });
            Signed::now(&secret, &routes.commands, "application/x-www-form-urlencoded", form::write(&pairs))
        }
    };
    if envelope.attempt > 0 {
        signed.headers.push(("x-slack-retry-num".to_owned(), envelope.attempt.to_string()));
        signed.headers.push(("x-slack-retry-reason".to_owned(), envelope.reason.to_owned()));
    }
    let answered = tokio::select! {
        () = shared.stop.cancelled() => return,
        answered = signed.send(&routes.host) => answered,
    };
    shared.with(|state| match answered {
        Ok(Answered { status: 200..=299, body }) => {
            let answer = serde_json::from_str::<Value>(&body).ok().filter(Value::is_object);
            // An empty answer and one of plain text acknowledge an event alike.
            let answer = answer.filter(|_| envelope.way != Way::Event);
            state.acknowledged(&id, answer);
        }
        Ok(_) => state.failed(&id, "http_error"),
        Err(reason) => state.failed(&id, if reason == "http_timeout" { "http_timeout" } else { "connection_failed" }),
    });
}
