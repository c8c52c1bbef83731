//! Which messages are questions: pure rules over what came in.
//!
//! Deliberately absent: looking anything up. What only the store knows, whether we answered in a thread before, is left
//! to the caller by [`Reading::IfOurs`].

#[cfg(test)]
mod tests;

use crate::api::Me;
use crate::incoming::Message;

/// What a message is to Jamie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Nothing to answer.
    Silence,
    /// Somebody asks us.
    Question,
    /// A follow-up, where we answered in its thread before.
    IfOurs,
    /// Another app posted it in the channel: an alert, maybe.
    OtherApp,
}

/// Subtypes under which people write: a plain message has none. `thread_broadcast` is a reply that is shown in the
/// channel too. All others tell that something happened to a message or a channel.
const WRITTEN: [&str; 2] = ["file_share", "thread_broadcast"];

/// The subtype of messages of old integrations.
const BY_APP: &str = "bot_message";

/// Reads a message whose text is known. `is_mention` tells that Slack said so (`app_mention`).
pub fn read(message: &Message, is_mention: bool, me: &Me) -> Reading {
    if is_ours(message, me) {
        return Reading::Silence;
    }
    let subtype = message.subtype.as_deref();
    if subtype.is_some_and(|subtype| subtype != BY_APP && !WRITTEN.contains(&subtype)) {
        return Reading::Silence;
    }
    if message.bot.is_some() || message.user.is_none() || subtype == Some(BY_APP) {
        // A reply of an app below a message is a detail of that message.
        return if reply_to(message).is_none() { Reading::OtherApp } else { Reading::Silence };
    }
    let text = message.text.as_deref().unwrap_or_default();
    if subtype == Some("file_share") && text.trim().is_empty() {
        return Reading::Silence;
    }
    if is_mention || is_direct(message) || mentions_us(text, me) {
        return Reading::Question;
    }
    if reply_to(message).is_some() && !is_to_somebody_else(text) {
        return Reading::IfOurs;
    }
    Reading::Silence
}

/// Whether a person wrote it to us alone. The ids of direct channels begin with `D`, which `app_mention` relies on: it
/// does not tell the sort of channel.
pub fn is_direct(message: &Message) -> bool {
    match message.channel_type.as_deref() {
        Some(sort) => sort == "im",
        None => message.channel.starts_with('D'),
    }
}

/// The first message of the thread that this one is a reply in.
pub fn reply_to(message: &Message) -> Option<&str> {
    message.thread.as_deref().filter(|thread| *thread != message.ts)
}

fn is_ours(message: &Message, me: &Me) -> bool {
    message.user.as_deref() == Some(&me.user) || message.bot.as_deref() == Some(&me.bot)
}

fn mentions_us(text: &str, me: &Me) -> bool {
    super::text::mentions(text).contains(&me.user)
}

/// Whether it begins with the mention of a user, a group or everybody; that it is not us was looked at before.
fn is_to_somebody_else(text: &str) -> bool {
    let text = text.trim_start();
    ["<@", "<!subteam^", "<!here", "<!channel", "<!everyone"].iter().any(|begin| text.starts_with(begin))
}
