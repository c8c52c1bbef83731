//! Talking with people: questions in channels, threads and directly, the assistant pane, alerts of other apps, commands,
//! the shortcut on a message, and what people think of answers.
//!
//! Guarantees: a question has one message, which is an immediate sign first and the answer in the end; handling an entry
//! again, after a crash at any point, ends with the same message and no second one; a person without a role gets no
//! answer, and a program none but where a channel opted in to alerts; nobody waits for a method that the workspace lacks.
//!
//! Deliberately absent: what an answer says (engine), how it looks (`slack_view`), incidents, approvals, settings (desk).

mod alert;
mod ask;
mod channel;
mod command;
mod details;
mod earlier;
mod feedback;
pub(crate) mod kept;
mod message;
pub(crate) mod names;
mod pane;
mod question;
mod quoted;
mod render;
mod runs;
mod shortcut;
mod stop;
mod stream;
mod text;
mod upload;
mod words;
mod working;

#[cfg(test)]
mod tests;

use crate::api::{ApiError, Me, Slack};
use crate::inbox::{Inbox, Later};
use crate::incoming::{Body, Press, Received};
use crate::outbox::Outbox;
use crate::people::People;
use domain::person::{Person, Sight};
use domain::preferences::Voice;
use ports::bus::Bus;
use ports::clock::Clock;
use ports::conversations::Conversations;
use ports::incidents::Incidents;
use ports::store::Store;
use ports::store::error::StoreError;
use runs::Runs;
use slack_view::actions::{self, callbacks};
use slack_view::content::Content;
use slack_view::progress;
use std::sync::Arc;
use std::time::Duration;
use stream::Closed;
use tokio_util::sync::CancellationToken;

/// How long until something is tried again that may pass.
const AGAIN: Duration = Duration::from_secs(5);

/// Why a question that was tried so often has no answer.
const GIVEN_UP: &str = "I tried several times, and something I need did not answer.";

/// What the settings say about talking.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// In which voice, where a person has no preference.
    pub voice: Voice,
    /// The portal's address: a conversation is opened there by its link.
    pub portal: Option<String>,
    /// Grafana's address.
    pub grafana: Option<String>,
}

/// What talking is made of.
pub struct Parts {
    /// Slack.
    pub slack: Arc<dyn Slack>,
    /// Where settings, conversations and what was told once are.
    pub store: Arc<dyn Store>,
    /// Where messages come in: for those that Slack did not deliver yet.
    pub inbox: Arc<Inbox>,
    /// Where messages go out.
    pub outbox: Arc<Outbox>,
    /// Who people are.
    pub people: Arc<People>,
    /// How replicas hear of each other; none where there is one only.
    pub bus: Option<Arc<dyn Bus>>,
    /// Who answers.
    pub conversations: Arc<dyn Conversations>,
    /// Incidents, for what is suggested.
    pub incidents: Arc<dyn Incidents>,
    /// Which environments' incidents somebody sees.
    pub sight: Sight,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// What the settings say.
    pub manner: Manner,
}

/// Talking.
pub struct Talk {
    parts: Parts,
    runs: Arc<Runs>,
    closed: Closed,
    channels: channel::Known,
    stop: CancellationToken,
}

impl Talk {
    /// Talking until `stop`: turns that go on then are handed back to their lanes.
    pub fn new(parts: Parts, stop: CancellationToken) -> Self {
        let (runs, closed, channels) = (Arc::default(), Closed::default(), channel::Known::default());
        Self { parts, runs, closed, channels, stop }
    }

    /// Hears which turns are stopped elsewhere, until the end.
    pub async fn watch(&self) {
        let (bus, store) = (self.parts.bus.clone(), Arc::clone(&self.parts.store));
        self.runs.watch(bus, store, self.stop.clone()).await;
    }

    /// How many turns are at hand.
    pub fn at_hand(&self) -> usize {
        self.runs.count()
    }

    /// Handles what came in and is not the desk's.
    ///
    /// # Errors
    /// [`Later`] where it could not be handled now and may be later.
    pub async fn handle(&self, received: &Received, attempt: u32) -> Result<(), Later> {
        match &received.body {
            Body::Mention(message) => self.message(received, message, true, attempt).await,
            Body::Message(message) => self.message(received, message, false, attempt).await,
            Body::Reaction { is_added: true, name, user, channel, message } => {
                self.reaction(name, user, channel, message).await
            }
            Body::Assistant { user, channel, thread, is_new: true, .. } => self.opened(user, channel, thread).await,
            Body::Command { .. } => self.command(received, attempt).await,
            Body::Press(press) => self.press(press).await,
            Body::Submitted { view, .. } if view == callbacks::ASK => self.submitted(received, attempt).await,
            Body::Shortcut { shortcut, .. } if shortcut == callbacks::ASK_SHORTCUT => self.shortcut(received).await,
            // A thumb that is taken back does not unsay the word: it stays until the person says another.
            Body::Reaction { .. }
            | Body::Home { .. }
            | Body::Joined { .. }
            | Body::Assistant { .. }
            | Body::Submitted { .. }
            | Body::Shortcut { .. } => Ok(()),
        }
    }

    /// Says in the message of a question that it has no answer, where that message stands: it would say for ever that
    /// somebody is looking.
    pub async fn give_up(&self, received: &Received) {
        let key = names::answer_key(&received.id);
        let told = match self.parts.outbox.find(&key).await {
            Ok(Some(_)) => self.parts.outbox.edit(&key, &progress::failed(GIVEN_UP)).await,
            found => found.map(drop),
        };
        if let Err(error) = told {
            tracing::warn!(id = received.id, %error, "nobody could be told that a question has no answer");
        }
    }

    async fn press(&self, press: &Press) -> Result<(), Later> {
        match press.action.as_str() {
            actions::STOP => self.stop_pressed(press).await,
            actions::HELPFUL | actions::UNHELPFUL => self.thumb_pressed(press).await,
            actions::EVIDENCE | actions::COST | actions::WHOLE => self.details_pressed(press).await,
            _ => Ok(()),
        }
    }

    async fn me(&self) -> Result<Me, Later> {
        self.parts.slack.me().await.map_err(|error| later(&error))
    }

    /// Who somebody is; `None` where Slack does not know them.
    async fn person(&self, user: &str, team: Option<&str>) -> Result<Option<Person>, Later> {
        match self.parts.people.person(user, team).await {
            Ok(person) => Ok(Some(person)),
            Err(error) if error.may_pass() => Err(later(&error)),
            Err(error) => {
                tracing::warn!(user, %error, "Slack does not tell who this is, so they get no answer");
                Ok(None)
            }
        }
    }

    /// Tells a person something that nobody else sees. That it may not arrive is in its nature.
    async fn whisper(&self, channel: &str, user: &str, thread: Option<&str>, content: &Content) {
        if let Err(error) = self.parts.slack.whisper(channel, user, thread, content).await {
            tracing::debug!(channel, user, %error, "a whisper did not arrive");
        }
    }

    /// Answers a press: in its channel where there is one, else where Slack says.
    async fn answer_press(&self, press: &Press, content: &Content) {
        match (&press.channel, &press.response_url) {
            (Some(channel), None) => self.whisper(channel, &press.user, press.thread.as_deref(), content).await,
            (_, Some(url)) => self.respond(url, content).await,
            (None, None) => {}
        }
    }

    async fn respond(&self, url: &str, content: &Content) {
        // The address is a secret: whoever has it can write there.
        if let Err(error) = self.parts.slack.respond(url, content).await {
            tracing::debug!(%error, "an answer to a command or a press did not arrive");
        }
    }

    /// Whether something is told for the first time; where that is not to be found out, it is not told.
    async fn first_time(&self, key: &str) -> bool {
        kept::first_time(&*self.parts.store, key, self.parts.clock.now()).await.unwrap_or(false)
    }
}

/// What can be tried again.
trait MayPass: std::fmt::Display {}

impl MayPass for ApiError {}
impl MayPass for StoreError {}

fn later(error: &dyn MayPass) -> Later {
    Later { after: AGAIN, why: error.to_string() }
}
