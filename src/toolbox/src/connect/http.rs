//! A server behind streamable HTTP.
//!
//! Guarantees: header values are marked as secrets and appear in no log; a redirect is followed only within the same
//! origin, so that headers never reach another host; a lost session is opened again by the transport.

use super::not_started;
use crate::naming::without_userinfo;
use crate::settings::HttpSettings;
use domain::envelope::Failure;
use http::{HeaderName, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use std::time::Duration;

/// How long the TCP and TLS handshakes may take.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// Redirects in a row that are followed.
const MAX_REDIRECTS: usize = 5;

/// Bytes of one message that are read.
const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// The transport; nothing is sent yet.
///
/// # Errors
/// When a header or the address cannot be used.
pub fn transport(
    name: &str,
    settings: &HttpSettings,
) -> Result<StreamableHttpClientTransport<reqwest::Client>, Failure> {
    let place = without_userinfo(&settings.url);
    let unusable = |what: String| {
        not_started(name, &place, &what).with_hint(format!("check [mcp_servers.{name}] in the settings"))
    };
    if let Err(error) = reqwest::Url::parse(&settings.url) {
        return Err(unusable(format!("the url cannot be used: {error}")));
    }
    let mut headers = Vec::with_capacity(settings.headers.len());
    for (key, value) in &settings.headers {
        let key = HeaderName::from_bytes(key.as_bytes())
            .map_err(|_invalid| unusable(format!("{key:?} is not the name of a header")))?;
        let mut value = HeaderValue::from_str(value).map_err(|_invalid| {
            unusable(format!("the value of header {key} has characters that no header may have"))
        })?;
        value.set_sensitive(true);
        headers.push((key, value));
    }
    // The process may not have chosen a TLS provider yet (tests, embedding); a second choice is refused, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT_DEADLINE)
        .redirect(Policy::custom(same_origin))
        .build()
        .map_err(|error| unusable(format!("no HTTP client could be made: {error}")))?;
    let config = StreamableHttpClientTransportConfig::with_uri(settings.url.as_str())
        .custom_headers(headers.into_iter().collect())
        .max_sse_event_size(MAX_MESSAGE_BYTES)
        .reinit_on_expired_session(true);
    Ok(StreamableHttpClientTransport::with_client(client, config))
}

/// Follows what keeps method, body and origin; hands everything else back as the answer that it is.
fn same_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let stays = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    let keeps_body = matches!(attempt.status().as_u16(), 307 | 308);
    if stays && keeps_body && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
}
