//! Slack: the resolved settings.

use chrono_tz::Tz;
use domain::person::Roles;
use domain::preferences::Voice;
use domain::secret::Secret;

/// Slack, where a bot token is there.
#[derive(Debug, Clone)]
pub struct SlackSettings {
    /// The bot's token.
    pub bot_token: Secret,
    /// Which ways events come in.
    pub ways_in: WaysIn,
    /// Slack's Web API, without a slash at its end.
    pub api_url: String,
    /// Socket Mode connections of one process.
    pub connections: usize,
    /// The channel that incidents come to where no channel asked for them: `C123`.
    pub channel: Option<String>,
    /// The channel that approvals are asked for in: `C123`.
    pub approvals_channel: Option<String>,
    /// Who may what, by ids as `domain::person` knows them: `slack:U123`, `slack:S123`.
    pub roles: Roles,
    /// Whether guests who are not named are viewers.
    pub guests_may: bool,
    /// The voice of those who chose none.
    pub voice: Voice,
    /// The portal, without a slash at its end.
    pub portal_url: Option<String>,
    /// Grafana, without a slash at its end.
    pub grafana_url: Option<String>,
    /// The hour of the digests, 0 to 23.
    pub digest_hour: u32,
    /// Its zone, and that of times which are told to everybody in a channel.
    pub digest_zone: Tz,
    /// Questions that one process answers at the same time.
    pub answers_at_once: usize,
}

/// The ways in. At least one is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaysIn {
    /// Connections that we open, with the app's token.
    Socket(Secret),
    /// Signed requests to our door, with the signing secret.
    Http(Secret),
    /// Both.
    Both {
        /// The app's token.
        app_token: Secret,
        /// What requests are signed with.
        signing_secret: Secret,
    },
}

impl WaysIn {
    /// The app's token, where connections are opened.
    pub fn app_token(&self) -> Option<&Secret> {
        match self {
            Self::Socket(token) | Self::Both { app_token: token, .. } => Some(token),
            Self::Http(_) => None,
        }
    }

    /// The signing secret, where requests come in.
    pub fn signing_secret(&self) -> Option<&Secret> {
        match self {
            Self::Http(secret) | Self::Both { signing_secret: secret, .. } => Some(secret),
            Self::Socket(_) => None,
        }
    }
}
