//! Conversations of this process, for the time when the store is away.

use crate::conversation::Conversation;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Conversations that are held; the one that was used longest ago goes first.
const MOST: usize = 64;

/// The newest conversations as they were after their last turn.
#[derive(Default)]
pub(super) struct Held {
    entries: Mutex<VecDeque<(String, Conversation)>>,
}

impl Held {
    /// The copy of a conversation.
    pub(super) fn get(&self, id: &str) -> Option<Conversation> {
        self.entries().iter().find(|(held, _)| held == id).map(|(_, conversation)| conversation.clone())
    }

    /// Holds a conversation as it is now.
    pub(super) fn hold(&self, id: &str, conversation: Conversation) {
        let mut entries = self.entries();
        entries.retain(|(held, _)| held != id);
        entries.push_back((id.to_owned(), conversation));
        if entries.len() > MOST {
            entries.pop_front();
        }
    }

    /// Forgets a conversation.
    pub(super) fn forget(&self, id: &str) {
        self.entries().retain(|(held, _)| held != id);
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<(String, Conversation)>> {
        // Whatever a thread that panicked was doing, each entry is whole.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_used_longest_ago_goes_first() {
        let held = Held::default();
        for number in 0..=MOST {
            held.hold(&format!("c{number}"), Conversation::default());
            held.hold("c0", Conversation::default());
        }
        assert!(held.get("c0").is_some() && held.get(&format!("c{MOST}")).is_some());
        assert!(held.get("c1").is_none());
        held.forget("c0");
        assert!(held.get("c0").is_none());
    }
}
