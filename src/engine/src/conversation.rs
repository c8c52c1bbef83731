//! What a turn knows of the conversation before it: the newest turns, and what the last one was about.
//!
//! This is the working copy of a process. What outlives it stands in [`crate::conversations`].

use domain::answer::Answer;
use domain::conversation::fold::{Past, Sent, fold};
use domain::conversation::turn::Turn;
use domain::disclosure::Disclosure;
use domain::object::ObjectRef;

/// Turns that are held; older ones are counted. More than any model's window has room for as text worth reading.
pub const HELD: usize = 40;

/// What was said so far, and what it was about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conversation {
    past: Vec<Past>,
    earlier: u32,
    last: u32,
    /// The object that the last turn was about.
    pub subject: Option<ObjectRef>,
}

impl Conversation {
    /// A stored conversation: its newest turns, oldest first, as a model under this rule may see them.
    pub fn stored(stored: &domain::conversation::Conversation, turns: &[Turn], rule: &Disclosure) -> Self {
        let mut past: Vec<Past> = turns.iter().map(|turn| turn.past(rule)).collect();
        past.drain(..past.len().saturating_sub(HELD));
        let held = u32::try_from(past.len()).unwrap_or(u32::MAX);
        Self { past, earlier: stored.turns.saturating_sub(held), last: stored.turns, subject: stored.subject.clone() }
    }

    /// Adds a turn that was answered under this rule; the oldest is only counted when there are too many.
    pub fn add(&mut self, question: &str, answer: &Answer, rule: &Disclosure, subject: Option<ObjectRef>) {
        self.last = self.last.saturating_add(1);
        self.past.push(Past::under(rule, self.last, question, answer, rule));
        let surplus = self.past.len().saturating_sub(HELD);
        self.past.drain(..surplus);
        self.earlier = self.earlier.saturating_add(u32::try_from(surplus).unwrap_or(u32::MAX));
        if subject.is_some() {
            self.subject = subject;
        }
    }

    /// What of it is sent to a model again, in so many tokens.
    pub fn folded(&self, budget_tokens: usize) -> Sent {
        fold(&self.past, self.earlier, budget_tokens)
    }

    /// Whether anything was said before.
    pub fn is_empty(&self) -> bool {
        self.past.is_empty() && self.earlier == 0
    }
}
