//! What a question points at: the message of another app that it is asked below, or that it links to.

use super::question::reply_to;
use super::{Talk, later, text};
use crate::api::{Me, Seen};
use crate::inbox::Later;
use crate::incoming::Message;

impl Talk {
    /// The text that a question points at. A message of a person is not: what they write in a thread is not ours to
    /// read unless somebody asks below it.
    pub(super) async fn quoted(&self, message: &Message, raw: &str, me: &Me) -> Result<Option<String>, Later> {
        if let Some(linked) = text::linked_message(raw, &message.channel)
            && let Some(seen) = self.look_at(&message.channel, &linked).await?
        {
            return Ok(some_text(seen));
        }
        let Some(root) = reply_to(message) else { return Ok(None) };
        let seen = self.look_at(&message.channel, root).await?;
        Ok(seen.filter(|seen| is_of_another_app(seen, me)).and_then(some_text))
    }

    async fn look_at(&self, channel: &str, ts: &str) -> Result<Option<Seen>, Later> {
        match self.parts.slack.message(channel, ts).await {
            Ok(seen) => Ok(seen),
            Err(error) if error.may_pass() => Err(later(&error)),
            Err(error) => {
                tracing::debug!(channel, ts, %error, "what a question points at cannot be read");
                Ok(None)
            }
        }
    }
}

fn is_of_another_app(seen: &Seen, me: &Me) -> bool {
    seen.bot.as_deref().is_some_and(|bot| bot != me.bot) && seen.user.as_deref() != Some(&me.user) && seen.key.is_none()
}

fn some_text(seen: Seen) -> Option<String> {
    Some(seen.text).filter(|text| !text.trim().is_empty())
}
