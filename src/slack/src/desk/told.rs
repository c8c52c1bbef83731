//! Telling one person something that nobody else sees.

use super::Desk;
use crate::api::ApiError;
use slack_view::content::Content;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Events that are remembered as told.
const REMEMBERED: usize = 2_000;

/// The events whose answer this process gave already: an event that is handled again after a later step failed is not
/// answered a second time.
#[derive(Default)]
pub(super) struct Told(Mutex<VecDeque<String>>);

impl Told {
    /// Whether it is told for the first time.
    pub(super) fn is_new(&self, event: &str) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.iter().any(|known| known == event) {
            return false;
        }
        if told.len() >= REMEMBERED {
            told.pop_front();
        }
        told.push_back(event.to_owned());
        true
    }
}

/// Where a person can be told something.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ear<'a> {
    /// The user.
    pub(super) user: &'a str,
    /// The address that came with a press or a command.
    pub(super) response_url: Option<&'a str>,
    /// The channel.
    pub(super) channel: Option<&'a str>,
    /// The thread in it.
    pub(super) thread: Option<&'a str>,
}

impl Desk {
    /// Tells a person something, once for an event. That it could not be told is logged and holds nothing up: what was
    /// said has had its effect, and trying again would only say it late.
    pub(super) async fn tell(&self, event: &str, ear: Ear<'_>, content: &Content) {
        if self.told.is_new(event) {
            self.tell_now(ear, content).await;
        }
    }

    /// The same, where the event is known to be new.
    pub(super) async fn tell_now(&self, ear: Ear<'_>, content: &Content) {
        if let Err(error) = self.say(ear, content).await {
            tracing::warn!(user = ear.user, %error, "a person could not be told what came of what they did");
        }
    }

    /// The same with a text.
    pub(super) async fn tell_text(&self, event: &str, ear: Ear<'_>, text: &str) {
        self.tell(event, ear, &slack_view::help::note(text)).await;
    }

    async fn say(&self, ear: Ear<'_>, content: &Content) -> Result<(), ApiError> {
        let slack = &self.parts.slack;
        if let Some(url) = ear.response_url {
            match slack.respond(url, content).await {
                Ok(()) => return Ok(()),
                // It is good for half an hour and five times; the channel is there afterwards.
                Err(error) if ear.channel.is_none() => return Err(error),
                Err(_) => {}
            }
        }
        if let Some(channel) = ear.channel {
            return slack.whisper(channel, ear.user, ear.thread, content).await;
        }
        let channel = slack.direct(ear.user).await?;
        slack.post(&format!("told:{}", ear.user), &channel, None, content).await.map(|_| ())
    }
}
