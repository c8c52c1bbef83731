//! What comes in from Slack, in the form in which it is kept and handled; the same from a socket and over HTTP.

pub mod commands;
pub mod events;
mod fields;
pub mod interactions;
mod lanes;
pub mod text;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The channel.
    pub channel: String,
    /// `channel`, `group`, `im` or `mpim`, where Slack told.
    pub channel_type: Option<String>,
    /// Which message.
    pub ts: String,
    /// The first message of its thread, where it is in one.
    pub thread: Option<String>,
    /// Who wrote it, where a person did.
    pub user: Option<String>,
    /// Their workspace, where Slack told.
    pub team: Option<String>,
    /// Which bot wrote it, where one did.
    pub bot: Option<String>,
    /// Slack's subtype: `bot_message`, `message_changed`, `channel_join`, …
    pub subtype: Option<String>,
    /// All that can be read in it: text, blocks, attachments. `None` where it could not be read and must be fetched.
    pub text: Option<String>,
}

/// A press, as `block_actions` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// What was pressed: `stop`, `approve`, …
    pub action: String,
    /// What it carries, or what was chosen.
    pub value: String,
    /// Who.
    pub user: String,
    /// Their workspace.
    pub team: Option<String>,
    /// The channel of its message; none in a modal or in App Home.
    pub channel: Option<String>,
    /// Its message.
    pub message: Option<String>,
    /// The first message of the thread that its message is in.
    pub thread: Option<String>,
    /// Where to answer.
    pub response_url: Option<String>,
    /// What opens a modal, for three seconds.
    pub trigger: Option<String>,
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// `app_mention`. The same message comes as [`Body::Message`] too.
    Mention(Message),
    /// `message`, in a channel or directly.
    Message(Message),
    /// `reaction_added` and `reaction_removed` on a message.
    Reaction {
        /// Whether it was added.
        is_added: bool,
        /// Its name without colons and skin tone.
        name: String,
        /// Who.
        user: String,
        /// The channel.
        channel: String,
        /// The message.
        message: String,
    },
    /// `app_home_opened`.
    Home {
        /// Who.
        user: String,
        /// `home` or `messages`.
        tab: String,
    },
    /// `member_joined_channel`.
    Joined {
        /// Who.
        user: String,
        /// Where.
        channel: String,
        /// Who added them.
        inviter: Option<String>,
    },
    /// `assistant_thread_started` and `assistant_thread_context_changed`.
    Assistant {
        /// Who.
        user: String,
        /// The direct channel.
        channel: String,
        /// The thread.
        thread: String,
        /// The channel that the person looks at.
        looking_at: Option<String>,
        /// Whether it was just opened.
        is_new: bool,
    },
    /// A slash command.
    Command {
        /// `/jamie`.
        command: String,
        /// What stands behind it.
        text: String,
        /// Who.
        user: String,
        /// Their workspace.
        team: Option<String>,
        /// Where.
        channel: String,
        /// Where to answer.
        response_url: String,
        /// What opens a modal, for three seconds.
        trigger: String,
    },
    /// A press on a button, a menu.
    Press(Press),
    /// `view_submission`.
    Submitted {
        /// The modal's `callback_id`.
        view: String,
        /// What it was opened with.
        private: String,
        /// `state.values`.
        values: Value,
        /// Who.
        user: String,
        /// Their workspace.
        team: Option<String>,
    },
    /// `message_action`: a shortcut on a message.
    Shortcut {
        /// Its `callback_id`.
        shortcut: String,
        /// Who.
        user: String,
        /// Their workspace.
        team: Option<String>,
        /// The message.
        message: Message,
        /// What opens a modal, for three seconds.
        trigger: String,
        /// Where to answer.
        response_url: Option<String>,
    },
}

/// Something that came in, with what it is known by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// The same however often and by whichever way Slack delivers it. A message has the id of the message
    /// (`message:C1/1699.42`), so that its mention and its message are one.
    pub id: String,
    /// The lane that it belongs to: a message its thread (`C1/1699.42`), all else what it is about.
    pub lane: String,
    /// What it is ordered by within its lane.
    pub order: String,
    /// What it is.
    pub body: Body,
}

impl Received {
    /// A message under its own id, in the lane of its thread.
    pub fn of_message(message: Message) -> Self {
        let thread = message.thread.as_ref().unwrap_or(&message.ts);
        Self {
            id: format!("message:{}/{}", message.channel, message.ts),
            lane: format!("{}/{thread}", message.channel),
            order: message.ts.clone(),
            body: Body::Message(message),
        }
    }
}
