//! Alerts that other apps post, answered unasked in channels that opted in: once each, a few an hour, not in quiet hours,
//! and only where there is something to add.

use super::message::ABOUT;
use super::names::{answer_key, place_of, turn_of};
use super::{Talk, channel, kept, later, render};
use crate::inbox::Later;
use crate::incoming::{Message, Received};
use domain::alert_reply;
use domain::conversation::address;
use ports::conversations::{AskError, Asking, TurnError};
use ports::progress::Progress;
use std::time::Duration;

/// Who asks where nobody did: what such answers cost is counted under this name.
const NOBODY: &str = "slack:alerts";

impl Talk {
    pub(super) async fn alert(&self, received: &Received, message: &Message) -> Result<(), Later> {
        let settings = match self.settings_of(&message.channel).await {
            Ok(settings) if settings.answers_alerts => settings,
            Ok(_) => return Ok(()),
            Err(error) => return Err(later(&error)),
        };
        let now = self.parts.clock.now();
        let text = message.text.as_deref().unwrap_or_default();
        if settings.is_quiet(now) || !alert_reply::is_alert(text, true) {
            return Ok(());
        }
        let print = alert_reply::fingerprint(text);
        let taken = kept::take_alert(&*self.parts.store, &message.channel, (&received.id, &print), now).await;
        if let Err(quiet) = taken.map_err(|error| later(&error))? {
            tracing::info!(channel = message.channel, %quiet, "an alert is not answered");
            return Ok(());
        }
        let (thread, turn) = (place_of(&message.channel, &message.ts), turn_of(&received.id));
        let conversation = address::of_thread(&thread);
        let place = channel::place(&settings, None);
        let asking = Asking {
            question: ABOUT,
            quoted: Some(text),
            person: NOBODY,
            channel: &thread,
            conversation: Some(&conversation),
            turn: Some(&turn),
            place: &place,
        };
        let guard = self.runs.begin(&received.id, NOBODY, &self.stop);
        let told = match self.parts.conversations.ask(asking, Progress::silent(), guard.cancel.clone()).await {
            Ok(told) => told,
            Err(AskError::Turn(TurnError::Cancelled)) if self.stop.is_cancelled() => {
                return Err(Later { after: Duration::ZERO, why: "the process stops".to_owned() });
            }
            Err(error) => {
                tracing::info!(channel = message.channel, %error, "an alert is not answered");
                return Ok(());
            }
        };
        if !alert_reply::worth_telling(&told.answer) {
            return Ok(());
        }
        let zone = settings.quiet.as_ref().and_then(|quiet| quiet.zone.parse().ok());
        let content = render::alert(&told, &message.channel, &self.parts.manner, zone);
        let put = self.parts.outbox.put(&answer_key(&received.id), &message.channel, Some(&message.ts), &content).await;
        put.map(drop).map_err(|error| later(&error))
    }
}
