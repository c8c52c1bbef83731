//! What a conversation remembers from turn to turn.
//!
//! In memory only: conversations that outlive the process come with the store.

use domain::object::ObjectRef;

/// Turns whose text is sent to the model again.
const REMEMBERED: usize = 4;

/// Characters of an earlier answer that are sent again.
const REMEMBERED_CHARACTERS: usize = 1_200;

/// One earlier question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What was asked.
    pub question: String,
    /// What was answered, as Markdown.
    pub answer: String,
}

/// What was said so far, and what it was about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    exchanges: Vec<Exchange>,
    /// The object that the last turn was about.
    pub subject: Option<ObjectRef>,
}

impl Conversation {
    /// Adds a turn; the oldest is forgotten when there are too many. An answer that is not `for_model` is left out of
    /// what is sent again.
    pub fn add(&mut self, question: &str, answer: &str, for_model: bool, subject: Option<ObjectRef>) {
        let answer = if for_model { answer } else { "(answered without the model)" };
        let answer = answer.chars().take(REMEMBERED_CHARACTERS).collect();
        self.exchanges.push(Exchange { question: question.to_owned(), answer });
        let surplus = self.exchanges.len().saturating_sub(REMEMBERED);
        self.exchanges.drain(..surplus);
        if subject.is_some() {
            self.subject = subject;
        }
    }

    /// The turns that are sent again, oldest first.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }
}
