//! Slack's Web API as this crate uses it. One implementation calls Slack; unit tests script another.
//!
//! Guarantees of the implementation: a 429 closes its method (for `chat.postMessage`: its channel) until Retry-After is
//! over, and the call is repeated within its deadline; each call has a deadline; an error tells whether the call may have
//! had its effect; no token is in any message.

pub mod client;
pub(crate) mod errors;
pub mod limits;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use slack_morphism::prelude::SlackView;
use slack_view::content::Content;
use std::time::Duration;

/// Slack's id of a message within its channel, such as `1699.000100`.
pub type Ts = String;

/// Why a call did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Slack answered with an error code, such as `channel_not_found`: repeating does not help.
    #[error("Slack refused {method}: {code}{hint}")]
    Refused {
        /// The method.
        method: String,
        /// Slack's code.
        code: String,
        /// What to do about it, where that is known; begins with `; `.
        hint: String,
    },
    /// Still limited when the deadline came; it had no effect.
    #[error("Slack limits {method}; it may be called again in {} s", .retry_after.as_secs())]
    Limited {
        /// The method.
        method: String,
        /// How long.
        retry_after: Duration,
    },
    /// Slack was not reached; it had no effect.
    #[error("{method} did not reach Slack: {why}")]
    Unreachable {
        /// The method.
        method: String,
        /// What came back.
        why: String,
    },
    /// The connection ended before an answer came, or the answer was none: it may have had its effect.
    #[error("{method} was sent, but no answer came: {why}")]
    Unknown {
        /// The method.
        method: String,
        /// What came back.
        why: String,
    },
}

impl ApiError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    /// Slack's code, where it refused.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}

/// Who we are in the workspace, by `auth.test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The bot's user.
    pub user: String,
    /// The bot.
    pub bot: String,
    /// The workspace.
    pub team: String,
    /// The workspace's address, `https://acme.slack.com/`.
    pub url: String,
}

/// A message as it is read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Which.
    pub ts: Ts,
    /// Its thread's first message.
    pub thread: Option<Ts>,
    /// Who wrote it, where a person did.
    pub user: Option<String>,
    /// Which bot wrote it, where one did.
    pub bot: Option<String>,
    /// All that can be read in it: text, blocks, attachments.
    pub text: String,
    /// The key in its metadata, where it is one of ours (see `domain::post`).
    pub key: Option<String>,
    /// Names of the files in it.
    pub files: Vec<String>,
}

/// A user, by `users.info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id.
    pub id: String,
    /// The name that is shown.
    pub name: String,
    /// The workspace that they are of.
    pub team: String,
    /// A program.
    pub is_bot: bool,
    /// Deactivated.
    pub is_deleted: bool,
    /// A guest of one or several channels.
    pub is_restricted: bool,
    /// Of another organisation.
    pub is_stranger: bool,
    /// IANA time zone.
    pub zone: Option<String>,
}

/// A user group with its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Id: `S123`.
    pub id: String,
    /// Its handle without `@`.
    pub handle: String,
    /// Ids of its members.
    pub users: Vec<String>,
}

/// A file to be shared in a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// `cpu.png`.
    pub name: String,
    /// What it is, in a line.
    pub title: String,
    /// What it shows, for those who cannot see it; only for pictures.
    pub alt: Option<String>,
    /// Its content.
    pub bytes: Bytes,
}

/// A part of a streamed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    /// Text, as Markdown.
    Text(String),
    /// A step of the work.
    Step {
        /// Its id in the message.
        id: String,
        /// What is done.
        title: String,
        /// How it stands: `in_progress`, `complete`, `error`.
        status: String,
    },
}

/// Slack.
#[async_trait]
pub trait Slack: Send + Sync {
    /// Who we are; kept after the first answer.
    async fn me(&self) -> Result<Me, ApiError>;

    /// `chat.postMessage`, with the key in its metadata.
    async fn post(&self, key: &str, channel: &str, thread: Option<&str>, content: &Content) -> Result<Ts, ApiError>;

    /// `chat.update`; the metadata stays.
    async fn update(&self, key: &str, channel: &str, ts: &str, content: &Content) -> Result<(), ApiError>;

    /// `chat.postEphemeral`: for one person only.
    async fn whisper(&self, channel: &str, user: &str, thread: Option<&str>, content: &Content)
    -> Result<(), ApiError>;

    /// To the `response_url` of a command or an interaction, for the person only. Good for 30 minutes and five times.
    async fn respond(&self, url: &str, content: &Content) -> Result<(), ApiError>;

    /// `conversations.replies`, all pages up to `most`, oldest first, with metadata.
    async fn replies(&self, channel: &str, thread: &str, most: usize) -> Result<Vec<Seen>, ApiError>;

    /// `conversations.history` since a message (exclusive), newest first, with metadata.
    async fn history(&self, channel: &str, since: Option<&str>, most: usize) -> Result<Vec<Seen>, ApiError>;

    /// One message, in a thread or not.
    async fn message(&self, channel: &str, ts: &str) -> Result<Option<Seen>, ApiError>;

    /// A file into a thread, by an upload URL.
    async fn upload(&self, channel: &str, thread: Option<&str>, file: &Upload) -> Result<(), ApiError>;

    /// `users.info`.
    async fn user(&self, id: &str) -> Result<User, ApiError>;

    /// `usergroups.list` with members.
    async fn groups(&self) -> Result<Vec<Group>, ApiError>;

    /// `conversations.open`: the direct channel with a person.
    async fn direct(&self, user: &str) -> Result<String, ApiError>;

    /// `views.open`, within three seconds of the trigger.
    async fn open_view(&self, trigger: &str, view: &SlackView) -> Result<(), ApiError>;

    /// `views.publish`: a person's App Home.
    async fn publish_home(&self, user: &str, view: &SlackView) -> Result<(), ApiError>;

    /// `assistant.threads.setStatus`; an empty text clears it.
    async fn set_status(&self, channel: &str, thread: &str, status: &str) -> Result<(), ApiError>;

    /// `assistant.threads.setTitle`.
    async fn set_title(&self, channel: &str, thread: &str, title: &str) -> Result<(), ApiError>;

    /// `assistant.threads.setSuggestedPrompts`: pairs of what stands on the button and what is asked.
    async fn suggest(&self, channel: &str, thread: &str, prompts: &[(String, String)]) -> Result<(), ApiError>;

    /// `chat.startStream`.
    async fn start_stream(&self, channel: &str, thread: &str, user: &str, team: &str) -> Result<Ts, ApiError>;

    /// `chat.appendStream`.
    async fn append_stream(&self, channel: &str, ts: &str, chunks: &[Chunk]) -> Result<(), ApiError>;

    /// `chat.stopStream`; the message can be updated afterwards.
    async fn stop_stream(&self, channel: &str, ts: &str) -> Result<(), ApiError>;

    /// A method that is not modelled, by the same client.
    async fn call(&self, method: &str, body: &Value) -> Result<Value, ApiError>;
}
