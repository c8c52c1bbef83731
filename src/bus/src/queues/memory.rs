//! The ids that a group has handled: the last so many.

use std::collections::{BTreeSet, VecDeque};

/// A bounded set that forgets the oldest first.
#[derive(Debug)]
pub struct Memory {
    most: usize,
    ids: BTreeSet<String>,
    ages: VecDeque<String>,
}

impl Memory {
    /// Remembers at most so many.
    pub fn new(most: usize) -> Self {
        Self { most, ids: BTreeSet::new(), ages: VecDeque::new() }
    }

    /// Whether it is remembered.
    pub fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Remembers it.
    pub fn put(&mut self, id: &str) {
        if self.most == 0 || !self.ids.insert(id.to_owned()) {
            return;
        }
        self.ages.push_back(id.to_owned());
        if self.ages.len() > self.most
            && let Some(oldest) = self.ages.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }
}
