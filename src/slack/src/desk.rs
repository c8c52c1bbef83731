//! The desk: incidents, approvals, App Home, settings, onboarding: all that people do in Slack without asking a question.
//!
//! Guarantees: a word on an approval goes to the port with the digest that its message shows; whoever has no role gets
//! nothing; what does nothing is told once, to the person alone; handling the same event again changes nothing.
//!
//! Deliberately absent: who may what (`domain::person`, `domain::approval`), and answers to questions (`talk`).

mod commands;
mod deeds;
mod home;
mod keys;
mod presses;
mod reactions;
mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod told;
mod votes;
mod words;

pub use keys::Shown;

use crate::api::{ApiError, Slack};
use crate::inbox::Later;
use crate::incoming::{Body, Received};
use crate::living::SlackChat;
use crate::outbox::Outbox;
use crate::people::People;
use chrono_tz::Tz;
use domain::person::{Person, Sight, Standing};
use futures::future::BoxFuture;
use ports::approvals::Approvals;
use ports::clock::Clock;
use ports::conversations::Conversations;
use ports::freezing::Freezing;
use ports::incidents::Incidents;
use ports::store::Store;
use ports::store::error::StoreError;
use slack_view::incident::Links;
use slack_view::modal::Offer;
use std::sync::Arc;
use std::time::Duration;
use told::Told;

/// How long to wait before something that may pass is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Tells how the parts of the program are, a line each.
pub type Health = Arc<dyn Fn() -> BoxFuture<'static, Vec<String>> + Send + Sync>;

/// What the desk works with.
pub struct Parts {
    /// Slack.
    pub slack: Arc<dyn Slack>,
    /// Where settings and preferences are kept.
    pub store: Arc<dyn Store>,
    /// What was posted.
    pub outbox: Arc<Outbox>,
    /// Who somebody is.
    pub people: Arc<People>,
    /// Approvals.
    pub approvals: Arc<dyn Approvals>,
    /// Incidents.
    pub incidents: Arc<dyn Incidents>,
    /// The freeze switch.
    pub freezing: Arc<dyn Freezing>,
    /// Past questions, for App Home.
    pub conversations: Arc<dyn Conversations>,
    /// The living messages.
    pub chat: Arc<SlackChat>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// How the parts of the program are.
    pub health: Health,
    /// Which environments' incidents somebody sees.
    pub sight: Sight,
    /// What channels can be set to.
    pub offer: Offer,
    /// Where more can be seen.
    pub links: Links,
    /// The zone of people whose own is not known.
    pub zone: Tz,
}

/// The desk.
pub struct Desk {
    parts: Parts,
    told: Told,
}

impl Desk {
    /// A desk of these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts, told: Told::default() }
    }

    /// Handles what is the desk's own. Answers with whether it was.
    ///
    /// # Errors
    /// When it must be handled again later.
    pub async fn handle(&self, received: &Received) -> Result<bool, Later> {
        match &received.body {
            Body::Reaction { .. } => self.reaction(received).await,
            Body::Home { user, tab } => {
                if tab == "home" {
                    self.publish_home(user, None).await?;
                }
                Ok(true)
            }
            Body::Joined { user, channel, .. } => self.joined(user, channel).await.map(|()| true),
            Body::Command { .. } => self.command(received).await,
            Body::Message(message) => self.direct_message(message).await,
            Body::Press(press) => self.press(received, press).await,
            Body::Submitted { .. } => self.submitted(received).await,
            Body::Mention(_) | Body::Assistant { .. } | Body::Shortcut { .. } => Ok(false),
        }
    }

    /// Says who we are, once, where we were added.
    async fn joined(&self, user: &str, channel: &str) -> Result<(), Later> {
        if self.parts.slack.me().await.map_err(passing)?.user != user {
            return Ok(());
        }
        let content = slack_view::welcome::message(channel);
        self.parts.outbox.put(&format!("welcome:{channel}"), channel, None, &content).await.map_err(again)?;
        Ok(())
    }

    async fn person(&self, user: &str, team: Option<&str>) -> Result<Person, Later> {
        self.parts.people.person(user, team).await.map_err(passing)
    }

    /// The zone in which times are told to somebody.
    fn zone_of(&self, person: &Person) -> Tz {
        person.zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(self.parts.zone)
    }
}

/// Whether somebody is told why they get nothing: people of the house and guests are, programs and people of other
/// organisations learn nothing, not even that.
fn is_answered(person: &Person) -> bool {
    person.role.is_some() || matches!(person.standing, Standing::Member | Standing::Guest)
}

/// To be handled again: the store may be back then.
fn again(error: StoreError) -> Later {
    Later { after: AGAIN, why: error.to_string() }
}

/// As [`again`], for Slack. What Slack refuses for good ends with the last try, and a line in the log.
fn passing(error: ApiError) -> Later {
    let after = match &error {
        ApiError::Limited { retry_after, .. } => *retry_after,
        _ => AGAIN,
    };
    Later { after, why: error.to_string() }
}
