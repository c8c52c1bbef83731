//! Slack's Web API through slack-morphism's client.
//!
//! Requests are slack-morphism's own types where it has them. Answers are read as plain JSON: a member of another shape
//! than modelled must not make an error of a message that was posted. What reads goes by GET (Slack takes no JSON there),
//! what writes by POST with JSON. The bot's token goes to the API's address only, never to a `response_url` or an upload
//! address.
//!
//! Deliberately absent: slack-morphism's rate control; it slows down calls that Slack does not limit, and knows no deadline.

mod addresses;
mod reading;
mod sending;
mod wire;

use super::limits::{Limits, gate};
use super::{ApiError, Me, errors};
use domain::secret::Secret;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde::Serialize;
use serde_json::Value;
use slack_morphism::prelude::{SlackApiToken, SlackApiTokenValue, SlackClient, SlackClientHyperConnector};
use slack_morphism::{ClientResult, SlackClientSession};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

/// The connector: TLS by the machine's roots; plain HTTP only where the address says so.
pub type Connector = SlackClientHyperConnector<HttpsConnector<HttpConnector>>;

/// Where Slack is.
pub const SLACK: &str = "https://slack.com/api";

/// How Slack is called.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The API's address without a slash at its end; [`SLACK`], or a stand-in's.
    pub base_url: String,
    /// The bot's token; for Socket Mode the app's.
    pub token: Secret,
    /// How long a call may take, waits for its limit counted in.
    pub deadline: Duration,
}

impl Settings {
    /// The usual deadline.
    pub fn new(base_url: &str, token: Secret) -> Self {
        Self { base_url: base_url.trim_end_matches('/').to_owned(), token, deadline: Duration::from_secs(10) }
    }
}

/// Slack.
pub struct Client {
    slack: SlackClient<Connector>,
    token: SlackApiToken,
    base_url: String,
    deadline: Duration,
    limits: Limits,
    me: OnceCell<Me>,
}

/// A client over its own connections, for calls or for sockets.
///
/// # Errors
/// Where the machine's root certificates cannot be read.
pub fn connect(settings: &Settings) -> std::io::Result<(SlackClient<Connector>, SlackApiToken)> {
    let provider = rustls::crypto::ring::default_provider();
    let builder = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)?;
    let is_plain = settings.base_url.starts_with("http://");
    let builder = if is_plain { builder.https_or_http() } else { builder.https_only() };
    let connector = SlackClientHyperConnector::with_connector(builder.enable_http1().enable_http2().build());
    let slack = SlackClient::new(connector.with_slack_api_url(settings.base_url.trim_end_matches('/')));
    Ok((slack, SlackApiToken::new(SlackApiTokenValue(settings.token.reveal().to_owned()))))
}

impl Client {
    /// A client.
    ///
    /// # Errors
    /// Where the machine's root certificates cannot be read.
    pub fn new(settings: &Settings) -> std::io::Result<Self> {
        let (slack, token) = connect(settings)?;
        let base_url = settings.base_url.trim_end_matches('/').to_owned();
        Ok(Self { slack, token, base_url, deadline: settings.deadline, limits: Limits::default(), me: OnceCell::new() })
    }

    fn session(&self) -> SlackClientSession<'_, Connector> {
        self.slack.open_session(&self.token)
    }

    /// Makes a call when its gate lets it through, again after each 429, until its deadline.
    async fn limited<'a, F>(
        &'a self,
        method: &str,
        channel: Option<&str>,
        call: impl Fn() -> F + Send + Sync,
    ) -> Result<Value, ApiError>
    where
        F: Future<Output = ClientResult<Value>> + Send + 'a,
    {
        let deadline = Instant::now() + self.deadline;
        let gate = gate(method, channel);
        loop {
            let leave = self.limits.pass(&gate, deadline).await;
            let _leave = leave.map_err(|retry_after| ApiError::Limited { method: method.to_owned(), retry_after })?;
            let answer = timeout_at(deadline, call()).await.map_err(|_| ApiError::Unknown {
                method: method.to_owned(),
                why: format!("nothing within {} s", self.deadline.as_secs()),
            })?;
            match answer.map_err(|error| errors::read(method, &error)) {
                Err(ApiError::Limited { retry_after, .. }) => {
                    self.limits.close(&gate, retry_after.max(Duration::from_millis(100)));
                }
                answer => return answer,
            }
        }
    }

    /// A method that writes.
    async fn post_json<T: Serialize + Send + Sync>(
        &self,
        method: &str,
        channel: Option<&str>,
        request: &T,
    ) -> Result<Value, ApiError> {
        let call = || async move { self.session().http_session_api.http_post(method, request, None).await };
        self.limited(method, channel, call).await
    }

    /// A method that reads.
    async fn get(&self, method: &str, params: &[(&str, Option<String>)]) -> Result<Value, ApiError> {
        let params = params.to_vec();
        let params = &params;
        let call = || async move { self.session().http_session_api.http_get(method, params, None).await };
        self.limited(method, None, call).await
    }
}
