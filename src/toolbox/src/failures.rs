//! What goes wrong with a server, told as the failures of a call.
//!
//! Guarantee: no header, token or address part that may be secret is in a text of this module; what a server or the
//! network said is bounded and redacted. Deliberately absent: what a tool itself says went wrong (see `result`).

use crate::naming::without_userinfo;
use domain::envelope::{Failure, FailureKind};
use domain::redaction::redact_text;
use rmcp::model::{ErrorCode, ErrorData};
use rmcp::service::{ClientInitializeError, ServiceError};
use rmcp::transport::streamable_http_client::StreamableHttpError;
use std::error::Error;
use std::time::Duration;

/// Bytes of foreign text in one failure.
const MAX_TEXT_BYTES: usize = 600;

/// Text of others for a failure: redacted, without control characters, cut at a bound.
pub fn told(text: &str) -> String {
    let clean: String = redact_text(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(clean.trim(), MAX_TEXT_BYTES)
}

/// A longer text of others: redacted as a whole, without control characters but line ends, cut at a bound.
pub fn told_whole(text: &str, max_bytes: usize) -> String {
    let clean: String = redact_text(text).chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    cut(clean.trim(), max_bytes)
}

/// The beginning of a text, with a mark where something is missing.
pub fn cut(text: &str, max_bytes: usize) -> String {
    if text.len() <= max_bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max_bytes);
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// The whole chain of an error, each level once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(level) = source {
        let next = level.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = level.source();
    }
    told(&text)
}

/// The caller stopped it.
pub fn cancelled(what: &str) -> Failure {
    Failure::new(FailureKind::Cancelled, format!("{what} was stopped on request"))
}

/// The toolbox is being shut down.
pub fn stopped(server: &str) -> Failure {
    Failure::new(FailureKind::Cancelled, format!("MCP server {server} is not called any more: the program is stopping"))
}

/// A deadline passed; `stage` says what was being waited for.
pub fn timeout(what: &str, stage: &str, limit: Duration) -> Failure {
    Failure::new(FailureKind::Timeout, format!("{what} gave no result within {}: {stage}", seconds(limit))).with_hint(
        "ask for less (a narrower selection, a shorter window), or raise the deadline of the server in the settings",
    )
}

/// A start that reached its deadline.
pub fn slow_start(server: &str, what: &str) -> Failure {
    Failure::new(FailureKind::Timeout, format!("MCP server {server} {what} before the deadline of its start"))
        .with_hint("run its command by hand to see what it waits for, or raise the start deadline in the settings")
}

/// A duration as a person writes it.
pub fn seconds(duration: Duration) -> String {
    if duration.as_millis() < 1000 {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{} s", duration.as_secs_f64())
    }
}

/// A start that failed.
pub fn start(server: &str, place: &str, error: &ClientInitializeError) -> Failure {
    let head = format!("MCP server {server} ({place}) did not start");
    match error {
        ClientInitializeError::TransportError { error, .. } => transport(&head, error.error.as_ref()),
        ClientInitializeError::ConnectionClosed(_) => {
            Failure::new(FailureKind::Unreachable, format!("{head}: it closed the connection before it had answered"))
        }
        ClientInitializeError::JsonRpcError(data) => {
            Failure::new(FailureKind::BadAnswer, format!("{head}: it refused the handshake: {}", told(&data.message)))
        }
        ClientInitializeError::NoCompatibleProtocolVersion { .. } => Failure::new(
            FailureKind::BadAnswer,
            format!("{head}: it speaks no version of MCP that this program speaks"),
        )
        .with_hint("bring the server or this program up to date"),
        ClientInitializeError::Cancelled => stopped(server),
        other => Failure::new(FailureKind::BadAnswer, format!("{head}: {}", told(&other.to_string()))),
    }
}

/// A call that the protocol or the transport ended.
pub fn call(server: &str, tool: &str, error: &ServiceError) -> Failure {
    let head = format!("MCP server {server}, tool {tool}");
    match error {
        ServiceError::McpError(data) => protocol(&head, data),
        ServiceError::TransportSend(error) => transport(&head, error.error.as_ref()),
        ServiceError::TransportClosed => {
            Failure::new(FailureKind::Unreachable, format!("{head}: the connection closed before an answer came"))
        }
        ServiceError::Cancelled { .. } => cancelled(&head),
        ServiceError::UnexpectedResponse => {
            Failure::new(FailureKind::BadAnswer, format!("{head}: the answer is not the result of a tool call"))
        }
        other => Failure::new(FailureKind::BadAnswer, format!("{head}: {}", told(&other.to_string()))),
    }
}

/// A JSON-RPC error by its code.
fn protocol(head: &str, data: &ErrorData) -> Failure {
    let kind = match data.code {
        ErrorCode::INVALID_PARAMS | ErrorCode::INVALID_REQUEST => FailureKind::BadRequest,
        ErrorCode::RESOURCE_NOT_FOUND => FailureKind::NotFound,
        _ => FailureKind::BadAnswer,
    };
    Failure::new(kind, format!("{head}: the server answered with error {}: {}", data.code.0, told(&data.message)))
}

/// What the HTTP or pipe transport reports, by what the reader can do about it.
fn transport(head: &str, error: &(dyn Error + Send + Sync + 'static)) -> Failure {
    let mut level: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = level {
        if let Some(known) = current.downcast_ref::<StreamableHttpError<reqwest::Error>>() {
            return http(head, known);
        }
        level = current.source();
    }
    Failure::new(FailureKind::Unreachable, format!("{head}: {}", chain(error)))
}

/// A streamable HTTP error.
fn http(head: &str, error: &StreamableHttpError<reqwest::Error>) -> Failure {
    let with = |kind, text: String| Failure::new(kind, format!("{head}: {text}"));
    match error {
        StreamableHttpError::AuthRequired(_) => {
            with(FailureKind::Unauthenticated, "the server wants credentials (HTTP 401)".to_owned())
                .with_hint("set the header that it wants under `headers` of this server in the settings")
        }
        StreamableHttpError::InsufficientScope(_) => {
            with(FailureKind::Forbidden, "the credentials are not enough for this (HTTP 403)".to_owned())
        }
        StreamableHttpError::HttpStatus(status) => {
            with(kind_of_status(status.status), format!("HTTP {}", status.status))
        }
        StreamableHttpError::UnexpectedServerResponse(text) => with(kind_of_answer(text), told(text)),
        StreamableHttpError::SessionExpired => {
            with(FailureKind::Unreachable, "the server has forgotten our session (HTTP 404)".to_owned())
                .with_hint("check the path of the url in the settings; many servers listen under /mcp")
        }
        StreamableHttpError::ResponseBodyTooLarge { max_size } => {
            with(FailureKind::TooLarge, format!("the answer is larger than the {max_size} bytes that are read"))
        }
        StreamableHttpError::Client(error) => reqwest_failure(head, error),
        StreamableHttpError::UnexpectedContentType(found) => with(
            FailureKind::BadAnswer,
            format!("the answer is of type {} and not of MCP", told(found.as_deref().unwrap_or("none"))),
        )
        .with_hint("check the path of the url in the settings; many servers listen under /mcp"),
        other => with(FailureKind::BadAnswer, chain(other)),
    }
}

/// What an HTTP status is for the caller.
fn kind_of_status(status: u16) -> FailureKind {
    match status {
        401 => FailureKind::Unauthenticated,
        403 => FailureKind::Forbidden,
        // A wrong path too: `NotFound` would say that the thing was looked for and is not there.
        _ => FailureKind::BadAnswer,
    }
}

/// rmcp tells most statuses in words only: `HTTP 403 Forbidden: …`.
fn kind_of_answer(text: &str) -> FailureKind {
    let status = text.strip_prefix("HTTP ").and_then(|rest| rest.get(..3)).and_then(|digits| digits.parse().ok());
    status.map_or(FailureKind::BadAnswer, kind_of_status)
}

/// An HTTP request that failed below MCP.
fn reqwest_failure(head: &str, error: &reqwest::Error) -> Failure {
    let place = error.url().map_or_else(String::new, |url| format!(" at {}", without_userinfo(url.as_str())));
    if let Some(status) = error.status() {
        return Failure::new(kind_of_status(status.as_u16()), format!("{head}: HTTP {status}{place}"));
    }
    if error.is_timeout() {
        return Failure::new(FailureKind::Timeout, format!("{head}: no connection in time{place}"));
    }
    // The error's own text repeats the address with everything in it, so that only what lies below is told.
    let below = error.source().map_or_else(|| "the request failed".to_owned(), chain);
    Failure::new(FailureKind::Unreachable, format!("{head}: {below}{place}"))
}

/// Whether the connection is gone, so that a new one may help.
pub fn is_lost(error: &ServiceError) -> bool {
    match error {
        ServiceError::TransportClosed => true,
        ServiceError::TransportSend(error) => {
            let mut level: Option<&(dyn Error + 'static)> = Some(error.error.as_ref());
            while let Some(current) = level {
                if let Some(known) = current.downcast_ref::<StreamableHttpError<reqwest::Error>>() {
                    return is_lost_over_http(known);
                }
                level = current.source();
            }
            true
        }
        _ => false,
    }
}

/// Over HTTP one failed request is not the end of the connection; these are.
fn is_lost_over_http(error: &StreamableHttpError<reqwest::Error>) -> bool {
    match error {
        StreamableHttpError::SessionExpired
        | StreamableHttpError::SessionRecoveryTimeout
        | StreamableHttpError::ReinitializationFailed(_)
        | StreamableHttpError::TransportChannelClosed
        | StreamableHttpError::UnexpectedEndOfStream
        | StreamableHttpError::Io(_) => true,
        StreamableHttpError::Client(error) => error.status().is_none_or(|status| matches!(status.as_u16(), 404 | 410)),
        _ => false,
    }
}
