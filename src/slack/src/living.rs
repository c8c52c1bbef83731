//! Living messages: each incident in the channels that want it, each proposal once; edited in place.
//!
//! Guarantees: showing the same again changes nothing that people see; an incident that is shown somewhere is kept up to
//! date there even where nobody would be told of it any more; what Slack does not take now is kept in the outbox and
//! goes out once.
//!
//! Deliberately absent: who decides what is wrong (Scarlet), when something is shown again (`engine::showing`), and how
//! it looks (`slack_view`).

pub(crate) mod places;
mod post_mortem;
#[cfg(test)]
mod tests;

use crate::api::Slack;
use crate::desk::Shown;
use crate::outbox::Outbox;
use crate::uploads::Place;
use async_trait::async_trait;
use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use domain::approval::Approval;
use domain::channel::{ChannelSettings, IncidentRule};
use domain::incident::Incident;
use places::{bare, wanting};
use ports::chat::{Chat, ChatError};
use ports::clock::Clock;
use ports::incidents::Incidents;
use ports::store::Store;
use ports::store::error::StoreError;
use slack_view::content::Content;
use slack_view::incident::{self, Links};
use slack_view::mrkdwn::blocks::context;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Incidents that are looked through for those of a group: those of all environments that changed since its day began.
const GROUP: usize = 5_000;
/// Notes that are remembered as told, so that they are not looked up each time.
const REMEMBERED: usize = 20_000;

/// What the messages are made with.
pub struct Parts {
    /// Slack, for files.
    pub slack: Arc<dyn Slack>,
    /// Where the settings of channels are kept.
    pub store: Arc<dyn Store>,
    /// What posts and edits.
    pub outbox: Arc<Outbox>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The other incidents of a group.
    pub incidents: Arc<dyn Incidents>,
    /// The channel (`C123`) of incidents that no settings of its own say otherwise of; none where there is no such.
    pub incidents_channel: Option<String>,
    /// The channel (`C123`) of proposals; none shows them where their incident is shown.
    pub approvals_channel: Option<String>,
    /// Where more can be seen.
    pub links: Links,
    /// The zone in which messages for everybody tell times.
    pub zone: Tz,
}

/// Slack as a chat system.
pub struct SlackChat {
    parts: Parts,
    noted: Mutex<BTreeSet<String>>,
}

impl SlackChat {
    /// A chat over these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts, noted: Mutex::default() }
    }

    /// Tells everybody in the channel of incidents, where there is one.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn announce(&self, key: &str, content: &Content) -> Result<(), StoreError> {
        if let Some(channel) = &self.parts.incidents_channel {
            self.parts.outbox.put(key, bare(channel), None, content).await?;
        }
        Ok(())
    }

    async fn show_in(
        &self,
        settings: &ChannelSettings,
        incident: &Incident,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let channel = bare(&settings.channel);
        let key = Shown::Incident { id: incident.id.clone(), channel: channel.to_owned() }.key();
        let is_shown = self.parts.outbox.find(&key).await?.is_some();
        // What is over is nothing to begin with: nobody here heard of it while it went on.
        let begins = |rule| settings.incidents == rule && incident.is_open() && settings.wants(incident, now);
        // Whatever the rule is now: what was begun under another one is not left to say what is not so any more.
        if is_shown || begins(IncidentRule::Each) {
            self.show_each(&key, channel, incident).await?;
        }
        self.show_group(settings, channel, incident, begins(IncidentRule::Grouped)).await
    }

    /// The living message with what goes into its thread.
    async fn show_each(&self, key: &str, channel: &str, incident: &Incident) -> Result<(), StoreError> {
        let (links, zone) = (&self.parts.links, self.parts.zone);
        let message = self.parts.outbox.put(key, channel, None, &incident::render(incident, links, zone)).await?;
        // Without the message there is no thread yet; its notes come when it is shown the next time.
        let Some(thread) = message else { return Ok(()) };
        for (note, content) in incident::thread_notes(None, incident, zone) {
            self.note(&format!("note:{}:{channel}:{note}", incident.id), channel, &thread, &content).await?;
        }
        if !incident.is_open() {
            self.draft(incident, Place { channel, thread: &thread }).await?;
        }
        Ok(())
    }

    /// A note, once: one that was told is not told in other words either, so that nothing is looked up twice.
    async fn note(&self, key: &str, channel: &str, thread: &str, content: &Content) -> Result<(), StoreError> {
        if self.is_noted(key) {
            return Ok(());
        }
        if self.parts.outbox.find(key).await?.is_none() {
            self.parts.outbox.put(key, channel, Some(thread), content).await?;
        }
        self.noted(key.to_owned());
        Ok(())
    }

    fn is_noted(&self, key: &str) -> bool {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    fn noted(&self, key: String) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= REMEMBERED {
            noted.clear();
        }
        noted.insert(key);
    }

    /// One message for the incidents of an environment that began on the same day (UTC): it does not sink for ever, and
    /// no incident is in two of them.
    async fn show_group(
        &self,
        settings: &ChannelSettings,
        channel: &str,
        shown: &Incident,
        begins: bool,
    ) -> Result<(), StoreError> {
        let day = shown.opened_at.date_naive();
        let key = format!("incidents:{}:{day}:{channel}", shown.environment);
        if !begins && self.parts.outbox.find(&key).await?.is_none() {
            return Ok(());
        }
        let since = day.and_time(NaiveTime::MIN).and_utc();
        let mut group = self.parts.incidents.changed_since(since, GROUP).await?;
        group.retain(|it| it.id != shown.id);
        group.push(shown.clone());
        let severe = |it: &Incident| settings.least_severity.is_none_or(|least| it.severity >= least);
        group.retain(|it| it.environment == shown.environment && it.opened_at.date_naive() == day && severe(it));
        group.sort_by(|one, other| other.is_open().cmp(&one.is_open()).then_with(|| one.worst_first(other)));
        let content = incident::grouped(&group, &shown.environment, &self.parts.links, self.parts.zone);
        self.parts.outbox.put(&key, channel, None, &content).await.map(|_| ())
    }

    /// Where a proposal goes: where it is already, the channel of proposals, or that of its incident.
    async fn place_of(&self, key: &str, approval: &Approval) -> Result<Option<String>, StoreError> {
        if let Some(post) = self.parts.outbox.find(key).await? {
            return Ok(Some(post.place));
        }
        if let Some(channel) = &self.parts.approvals_channel {
            return Ok(Some(bare(channel).to_owned()));
        }
        if let Some(id) = &approval.incident {
            for settings in wanting(self.parts.store.as_ref(), self.parts.incidents_channel.as_deref()).await? {
                let channel = bare(&settings.channel).to_owned();
                let key = Shown::Incident { id: id.clone(), channel: channel.clone() }.key();
                if self.parts.outbox.find(&key).await?.is_some() {
                    return Ok(Some(channel));
                }
            }
        }
        Ok(self.parts.incidents_channel.as_deref().map(|channel| bare(channel).to_owned()))
    }
}

#[async_trait]
impl Chat for SlackChat {
    async fn show_incident(&self, incident: &Incident, now: DateTime<Utc>) -> Result<(), ChatError> {
        let default = self.parts.incidents_channel.as_deref();
        let channels = wanting(self.parts.store.as_ref(), default).await.map_err(lost)?;
        let mut result = Ok(());
        for settings in channels {
            // One channel that fails keeps the others from nothing.
            if let Err(error) = self.show_in(&settings, incident, now).await {
                result = Err(lost(error));
            }
        }
        result
    }

    async fn show_approval(&self, approval: &Approval, now: DateTime<Utc>) -> Result<(), ChatError> {
        let key = Shown::Approval { id: approval.id.clone() }.key();
        // What is over is nothing to begin with: nobody here was asked.
        if !approval.state.is_open() && self.parts.outbox.find(&key).await.map_err(lost)?.is_none() {
            return Ok(());
        }
        let Some(channel) = self.place_of(&key, approval).await.map_err(lost)? else {
            return Err(ChatError::NoDestination(format!(
                "{} waits for people, but no channel is set up for approvals: name one in the settings of Slack",
                approval.id
            )));
        };
        let content = slack_view::approval::render(approval, now, self.parts.zone);
        self.parts.outbox.put(&key, &channel, None, &content).await.map_err(lost).map(|_| ())
    }

    async fn tell(&self, place: &str, key: &str, markdown: &str) -> Result<(), ChatError> {
        let content = shown(markdown);
        // Told again by somebody for whom it does not stand there yet: what Slack refused may be accepted by now.
        if self.parts.outbox.find(key).await.map_err(lost)?.is_some() {
            return self.parts.outbox.again(key).await.map_err(lost);
        }
        self.parts.outbox.put(key, bare(place), None, &content).await.map_err(lost).map(|_| ())
    }
}

/// A text as a message. What is longer than a message is cut, and says so.
fn shown(markdown: &str) -> Content {
    let (mut blocks, is_whole) = slack_view::document::blocks(markdown);
    if !is_whole {
        blocks.push(context("The rest is left out: it is too long for one message"));
    }
    let first = markdown.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Content { text: slack_view::escape::line(&slack_view::escape::cut(first, 600)), blocks }
}

fn lost(error: StoreError) -> ChatError {
    ChatError::Unavailable(error.to_string())
}
