//! Slack: whether it knows us, which scopes are missing, whether a connection may be opened.
//!
//! Only methods that change nothing are called, so that scopes for writing are not looked at here; what is missing there
//! is told by the first call that needs it. No connection is opened: a ticket for one is asked for, and not used.

use crate::doctor::{Detail, Probe, Sight, Subject};
use crate::settings::types::slack::SlackSettings;
use async_trait::async_trait;
use domain::secret::Secret;
use serde_json::json;
use slack::api::client::{Client, Settings};
use slack::api::{ApiError, Slack as _};
use std::time::Duration;

/// How long one call may take: two follow each other within the doctor's patience.
const PATIENCE: Duration = Duration::from_millis(4_500);

/// What to do where the app was made from an older manifest.
const REINSTALL: &str =
    "paste `auto-devops slack manifest` under App Manifest of the app, save, and reinstall it to the workspace";

/// The probe of a workspace.
pub struct Workspace(SlackSettings);

impl Workspace {
    /// The probe of the workspace that the tokens belong to.
    pub fn new(settings: &SlackSettings) -> Self {
        Self(settings.clone())
    }

    fn client(&self, token: &Secret) -> Result<Client, String> {
        let settings = Settings { deadline: PATIENCE, ..Settings::new(&self.0.api_url, token.clone()) };
        Client::new(&settings).map_err(|error| format!("the certificates of this machine cannot be read: {error}"))
    }

    /// Whether connections may be opened.
    async fn socket(&self) -> Option<Detail> {
        let client = match self.client(self.0.ways_in.app_token()?) {
            Ok(client) => client,
            Err(why) => return Some(Detail::lacking("socket", why)),
        };
        Some(match client.call("apps.connections.open", &json!({})).await {
            Ok(_) => Detail::well("socket", "may be opened"),
            Err(error) => Detail::lacking("socket", told(&error, "connections:write")),
        })
    }
}

#[async_trait]
impl Probe for Workspace {
    fn subject(&self) -> Subject {
        Subject::Slack
    }

    fn name(&self) -> String {
        "slack".to_owned()
    }

    fn target(&self) -> String {
        self.0.api_url.clone()
    }

    async fn look(&self) -> Sight {
        let client = match self.client(&self.0.bot_token) {
            Ok(client) => client,
            Err(why) => return Sight::away(why),
        };
        let me = match client.me().await {
            Ok(me) => me,
            Err(error) if error.code().is_some() => {
                return Sight::away(error.to_string()).with_hint("is slack.bot_token the app's Bot User OAuth Token?");
            }
            Err(error) => return Sight::away(error.to_string()),
        };
        let (user, groups, socket) = tokio::join!(client.user(&me.user), client.groups(), self.socket());
        let mut details =
            vec![scope("users:read", "who asks", &user), scope("usergroups:read", "roles by user group", &groups)];
        details.extend(socket);
        if self.0.ways_in.signing_secret().is_some() {
            details.push(Detail::well("HTTP", "events are taken under /slack/ of web.listen"));
        }
        let lacks = details.iter().any(|detail| !detail.well);
        let sight = Sight::answers(format!("{} as {}", me.url, me.user), details);
        if lacks { sight.with_hint(REINSTALL) } else { sight }
    }
}

/// A scope by what came of a call that needs it.
fn scope<T>(scope: &str, what_for: &str, outcome: &Result<T, ApiError>) -> Detail {
    match outcome {
        Ok(_) => Detail::well(scope, what_for),
        Err(error) => Detail::lacking(scope, format!("{what_for}: {}", told(error, scope))),
    }
}

/// A refusal, with the scope that is missing by name.
fn told(error: &ApiError, scope: &str) -> String {
    match error.code() {
        Some("missing_scope") => format!("the scope {scope} is missing"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
