//! What comes into a lane, and what goes out.

use super::{Entry, Lane};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// How many entries may wait in one lane.
pub const MOST_WAITING: usize = 500;

/// How many bytes of entries may wait in one lane, about; one entry alone may be larger. MongoDB's documents have at most
/// 16 MiB.
pub const MOST_WAITING_BYTES: usize = 4 * 1024 * 1024;

/// How many ids of what was handled are remembered. Slack delivers again within an hour or so.
pub const HANDLED_REMEMBERED: usize = 300;

/// What became of something that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It waits now.
    Taken,
    /// It waits already, or was handled: nothing changed.
    Known,
    /// Too much waits: nothing changed, and it is not to be acknowledged.
    Full,
}

impl Entry {
    /// An entry that came in now.
    pub fn new(id: impl Into<String>, order: impl Into<String>, at: DateTime<Utc>, body: Value) -> Self {
        Self { id: id.into(), order: order.into(), at, begun: 0, body }
    }

    /// About how many bytes it takes.
    fn bytes(&self) -> usize {
        self.id.len() + self.order.len() + bytes(&self.body)
    }
}

/// About as many bytes as the JSON of a value has.
fn bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 20,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| bytes(item) + 1).sum::<usize>() + 2,
        Value::Object(members) => members.iter().map(|(name, item)| name.len() + 4 + bytes(item)).sum::<usize>() + 2,
    }
}

impl Lane {
    /// A lane in which nothing waits and that nobody holds.
    pub fn new(id: impl Into<String>, now: DateTime<Utc>) -> Self {
        Self { id: id.into(), entries: Vec::new(), handled: Vec::new(), holder: None, waiting: 0, changed_at: now }
    }

    /// Takes what came in, unless it is known or the lane is full.
    pub fn put(&mut self, entry: Entry, now: DateTime<Utc>) -> Put {
        if self.knows(&entry.id) {
            return Put::Known;
        }
        let waiting_bytes: usize = self.entries.iter().map(Entry::bytes).sum();
        let is_too_much = !self.entries.is_empty() && waiting_bytes.saturating_add(entry.bytes()) > MOST_WAITING_BYTES;
        if self.entries.len() >= MOST_WAITING || is_too_much {
            return Put::Full;
        }
        self.entries.push(entry);
        self.entries.sort_by(|left, right| (&left.order, &left.id).cmp(&(&right.order, &right.id)));
        self.changed(now);
        Put::Taken
    }

    /// Whether something with this id waits, or was handled and is remembered.
    pub fn knows(&self, id: &str) -> bool {
        self.entries.iter().any(|entry| entry.id == id) || self.handled.iter().any(|handled| handled == id)
    }

    /// What is to be handled next, or goes on being handled.
    pub fn next(&self) -> Option<&Entry> {
        self.entries.first()
    }

    /// Whether anything waits.
    pub fn has_waiting(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Notes that the holder begins an entry. Answers with how often it was begun, this time counted in; `None` where
    /// this process does not hold the lane, or there is no such entry: then nothing changed.
    pub fn begin(&mut self, process: &str, id: &str, now: DateTime<Utc>) -> Option<u32> {
        if !self.is_held_by(process) {
            return None;
        }
        let entry = self.entries.iter_mut().find(|entry| entry.id == id)?;
        entry.begun = entry.begun.saturating_add(1);
        let begun = entry.begun;
        self.changed(now);
        Some(begun)
    }

    /// Takes out what was handled and remembers it. Answers with whether this process holds the lane and there was such
    /// an entry; else nothing changed.
    pub fn finish(&mut self, process: &str, id: &str, now: DateTime<Utc>) -> bool {
        if !self.is_held_by(process) {
            return false;
        }
        let Some(at) = self.entries.iter().position(|entry| entry.id == id) else { return false };
        let entry = self.entries.remove(at);
        self.handled.push(entry.id);
        let forgotten = self.handled.len().saturating_sub(HANDLED_REMEMBERED);
        self.handled.drain(..forgotten);
        self.changed(now);
        true
    }

    /// Keeps what is derived.
    pub(super) fn changed(&mut self, now: DateTime<Utc>) {
        self.waiting = i64::from(!self.entries.is_empty());
        self.changed_at = now;
    }
}
