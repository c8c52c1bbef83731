//! Something that is posted in a chat system once and edited afterwards, as it is kept until it is there.
//!
//! A post has a key that is the same however often somebody wants to post it, and that goes with the message as its
//! metadata. After a crash between sending and keeping, whoever finds the post looks for the key in the thread before it
//! is sent again.
//!
//! Guarantees: what may be there already is never sent without looking; what is there is edited and never sent anew, not
//! even where somebody deleted it; what is wanted last is what is sent; one attempt at a time, until its time is over, and
//! its late end does not touch the next. All functions change a value; the caller compares and swaps.
//!
//! Deliberately absent: sending, and how often a chat system may be called.

mod ends;
#[cfg(test)]
mod tests;
mod transitions;

pub use ends::GIVEN_UP_AFTER_SECONDS;
pub use transitions::{Attempt, LONGEST_WAIT_SECONDS, Step, digest};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far a post came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sending {
    /// It was never sent.
    Waiting,
    /// It is being sent, or was when a process died: it may be there.
    Trying,
    /// It is there.
    There {
        /// Slack's `ts` of the message.
        message: String,
    },
    /// It will not be there: the chat system refused it for good.
    Refused {
        /// What it said.
        why: String,
    },
    /// It was there, and cannot be edited any more: people removed it, or may not have it changed.
    Gone {
        /// What the chat system said.
        why: String,
    },
}

/// One post.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// Its key: `answer:Ev123`, `incident:i-7:C123`.
    pub id: String,
    /// Where: a channel's id.
    pub place: String,
    /// The thread's first message; `None` stands in the channel itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// What shall stand there: `text`, `blocks`.
    pub wanted: Value,
    /// Digest of what stands there now, where something does and it is known what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// How far it came.
    pub sending: Sending,
    /// Slack's `ts` of its message, where there is or was one: a field that stores can look for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When the first attempt began that may have left a message that is not known; `None` where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sought_since: Option<DateTime<Utc>>,
    /// Since when a person must act first; `None` where nobody must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_since: Option<DateTime<Utc>>,
    /// 1 while it does not stand there as wanted, else 0: a field that stores can look for.
    pub waiting: i64,
    /// Tries since it went well last.
    #[serde(default)]
    pub tries: u32,
    /// Attempts ever; the number of the last one.
    #[serde(default)]
    pub attempts: u32,
    /// When it may be tried next.
    pub next_at: DateTime<Utc>,
    /// When anything changed last.
    pub changed_at: DateTime<Utc>,
}
