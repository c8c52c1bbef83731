//! Calls to addresses that Slack gave and that are secrets themselves: response and upload addresses. Our token does not
//! go there.

use super::Client;
use crate::api::ApiError;
use serde_json::Value;
use slack_morphism::{SlackClientApiCallContext, SlackClientHttpConnector};
use tracing::Span;

/// What Slack's addresses begin with.
const HOSTS: &[&str] = &[
    "https://hooks.slack.com/",
    "https://hooks.slack-gov.com/",
    "https://files.slack.com/",
    "https://files.slack-gov.com/",
];

fn context(span: &Span) -> SlackClientApiCallContext<'_> {
    SlackClientApiCallContext { rate_control_params: None, token: None, tracing_span: span, is_sensitive_url: true }
}

impl Client {
    /// Posts JSON.
    pub(super) async fn post_to(&self, what: &str, url: &str, body: &Value) -> Result<(), ApiError> {
        self.check(what, url)?;
        let span = &Span::none();
        let call =
            || async move { self.slack.http_api.connector.http_post_uri(url.parse()?, body, context(span)).await };
        self.limited(what, None, call).await.map(|_| ())
    }

    /// Posts the content of a file.
    pub(super) async fn send_bytes(&self, url: &str, bytes: &[u8]) -> Result<(), ApiError> {
        self.check("upload", url)?;
        let span = &Span::none();
        let call = || async move {
            let kind = "application/octet-stream".to_owned();
            self.slack.http_api.connector.http_post_uri_binary(url.parse()?, kind, bytes, context(span)).await
        };
        self.limited("upload", None, call).await.map(|_| ())
    }

    fn check(&self, what: &str, url: &str) -> Result<(), ApiError> {
        if HOSTS.iter().any(|host| url.starts_with(host)) || self.is_at_base(url) {
            return Ok(());
        }
        let (method, code) = (what.to_owned(), "invalid_url".to_owned());
        Err(ApiError::Refused { method, code, hint: "; the address is none of Slack's".to_owned() })
    }

    /// Whether an address has the scheme, host and port of the API's.
    fn is_at_base(&self, url: &str) -> bool {
        let origin = |url: &str| url.splitn(4, '/').take(3).map(str::to_owned).collect::<Vec<_>>();
        url.splitn(4, '/').count() == 4 && origin(url) == origin(&self.base_url)
    }
}
