//! Conversations that outlive a process, and what of them a model is sent again.
//!
//! A conversation belongs to no surface: it is opened by its id, or by a link that ends in it, from Slack, the terminal
//! and the portal alike. Its turns are documents of their own, numbered in the order in which they were kept; what the
//! looks of a turn brought is kept whole beside it.
//!
//! Deliberately absent: who may open which conversation (the surfaces know their people), and how anything is stored.

pub mod address;
pub mod fold;
pub mod kept;
mod summary;
pub mod turn;

use crate::object::ObjectRef;
use crate::redaction::redacted_head;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Characters of a title.
const TITLE_CHARACTERS: usize = 80;

/// One conversation, without its turns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Unique; see [`address`].
    pub id: String,
    /// Where it began: `terminal`, `slack:C123/1699.42`, `portal:anna`.
    pub channel: String,
    /// Who began it.
    pub person: String,
    /// The beginning of its first question.
    pub title: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When its last turn was kept.
    pub updated_at: DateTime<Utc>,
    /// Turns so far; the last one has this number. A number without a turn is one whose keeping failed half way.
    pub turns: u32,
    /// The id of the last turn, so that a repeated attempt to keep it is known as such.
    #[serde(default)]
    pub last_turn: Option<String>,
    /// The object that the last turn was about.
    #[serde(default)]
    pub subject: Option<ObjectRef>,
}

impl Conversation {
    /// A conversation that begins with this question and has no turn yet.
    pub fn begun(id: &str, channel: &str, person: &str, question: &str, at: DateTime<Utc>) -> Self {
        Self {
            id: id.to_owned(),
            channel: channel.to_owned(),
            person: person.to_owned(),
            title: title(question),
            started_at: at,
            updated_at: at,
            turns: 0,
            last_turn: None,
            subject: None,
        }
    }

    /// Counts a turn and answers with its number. The same turn twice in a row keeps its number.
    pub fn count(&mut self, turn: &str, subject: Option<&ObjectRef>, at: DateTime<Utc>) -> u32 {
        if self.last_turn.as_deref() != Some(turn) {
            self.turns = self.turns.saturating_add(1);
            self.last_turn = Some(turn.to_owned());
        }
        if let Some(subject) = subject {
            self.subject = Some(subject.clone());
        }
        self.updated_at = self.updated_at.max(at);
        self.turns
    }
}

/// The first line of a question, without secrets and not too long.
fn title(question: &str) -> String {
    let line = question.trim().lines().next().unwrap_or_default();
    redacted_head(line, TITLE_CHARACTERS)
}

#[cfg(test)]
mod tests;
