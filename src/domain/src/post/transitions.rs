//! How a post goes on.

use super::{Post, Sending};
use crate::chain::{canonical_json, hexadecimal};
use crate::guard::clock_margin;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The longest time between two attempts, in seconds. A next time that lies further off was written by a clock that was
/// wrong, and counts as come.
pub const LONGEST_WAIT_SECONDS: i64 = 3_600;

/// An attempt that was begun; its end is told with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number: the end of one that took too long does not touch the next.
    pub number: u32,
    /// What is to be done.
    pub step: Step,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send it: it was never sent.
    Send,
    /// Look whether it is there; send it only where it is not.
    LookFirst,
    /// Edit the message that is there.
    Edit {
        /// Its `ts`.
        message: String,
    },
}

/// Digest of a content: 64 hexadecimal digits, the same however its members are ordered.
pub fn digest(content: &Value) -> String {
    hexadecimal(&Sha256::digest(canonical_json(content).as_bytes()))
}

impl Post {
    /// A post that waits to be sent.
    pub fn new(
        key: impl Into<String>,
        place: impl Into<String>,
        thread: Option<String>,
        wanted: Value,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: key.into(),
            place: place.into(),
            thread,
            wanted,
            shown: None,
            sending: Sending::Waiting,
            waiting: 1,
            tries: 0,
            next_at: now,
            changed_at: now,
        }
    }

    /// Digest of what shall stand there.
    pub fn wanted_digest(&self) -> String {
        digest(&self.wanted)
    }

    /// The message, where it is there.
    pub fn message(&self) -> Option<&str> {
        match &self.sending {
            Sending::There { message } => Some(message),
            Sending::Waiting | Sending::Trying | Sending::Refused { .. } => None,
        }
    }

    /// Sets what shall stand there. Answers with whether anything changed; the same again changes nothing, so that what
    /// was refused is not asked for again until it is something else.
    ///
    /// While the message is not there, or is being edited, the time of the next attempt stays: what the chat system
    /// limits or another process has in hand is not hurried by a newer content.
    pub fn want(&mut self, wanted: Value, now: DateTime<Utc>) -> bool {
        if canonical_json(&wanted) == canonical_json(&self.wanted) {
            return false;
        }
        self.wanted = wanted;
        if matches!(self.sending, Sending::Refused { .. }) {
            self.sending = Sending::Waiting;
            self.next_at = now;
        }
        self.waiting = i64::from(self.shown.as_ref() != Some(&self.wanted_digest()));
        self.changed_at = now;
        true
    }

    /// Whether an attempt may be made now.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let left = self.next_at.signed_duration_since(now);
        let has_come = left <= TimeDelta::zero() || left > TimeDelta::seconds(LONGEST_WAIT_SECONDS) + clock_margin();
        self.waiting != 0 && has_come
    }

    /// Begins an attempt that takes no longer than `within`; after that others may make one. Answers with what is to be
    /// done, by whoever's swap succeeds; `None` where nothing is to be done, or not yet, or another is at it.
    pub fn trying(&mut self, now: DateTime<Utc>, within: TimeDelta) -> Option<Attempt> {
        if !self.is_due(now) {
            return None;
        }
        let step = match &self.sending {
            Sending::Waiting => Step::Send,
            Sending::Trying => Step::LookFirst,
            Sending::There { message } => Step::Edit { message: message.clone() },
            Sending::Refused { .. } => return None,
        };
        if self.message().is_none() {
            self.sending = Sending::Trying;
        }
        // Until the end of the attempt is known, so is not what stands there.
        self.shown = None;
        self.tries = self.tries.saturating_add(1);
        self.wait_until(later(now, within + clock_margin()), now);
        Some(Attempt { number: self.tries, step })
    }

    /// It is there, with a content of this digest; an edit follows at once where something newer is wanted by now. A
    /// second message of the same post is not taken: the first stays the one that is edited.
    pub fn there(&mut self, message: &str, digest: &str, now: DateTime<Utc>) {
        if self.message().is_none() {
            self.sending = Sending::There { message: message.to_owned() };
        }
        self.shown = Some(digest.to_owned());
        self.waiting = i64::from(digest != self.wanted_digest());
        self.tries = 0;
        self.next_at = now;
        self.changed_at = now;
    }

    /// An attempt failed, and it is known that it left nothing there: it is made again later, without looking where it was
    /// the first to send. Where an attempt before may have left something, it is looked for again: this one may have
    /// failed in looking. Answers with whether it was the last attempt; else nothing changed.
    pub fn failed(&mut self, attempt: &Attempt, next_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        if self.tries != attempt.number {
            return false;
        }
        if self.sending == Sending::Trying && attempt.step == Step::Send {
            self.sending = Sending::Waiting;
        }
        self.wait_until(next_at, now);
        true
    }

    /// It is not known whether an attempt left something there: it is looked for before it is sent again. Answers with
    /// whether it was the last attempt; else nothing changed.
    pub fn unsure(&mut self, attempt: &Attempt, next_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let is_last = self.tries == attempt.number;
        if is_last {
            self.wait_until(next_at, now);
        }
        is_last
    }

    /// The chat system will not have a content of this digest. What is there stays as it is; where a newer content is
    /// wanted, that is tried. Answers with whether it was the last attempt; else nothing changed.
    pub fn refused(&mut self, attempt: &Attempt, digest: &str, why: &str, now: DateTime<Utc>) -> bool {
        if self.tries != attempt.number {
            return false;
        }
        let is_newer_wanted = digest != self.wanted_digest();
        if self.message().is_none() {
            let refused = Sending::Refused { why: why.to_owned() };
            self.sending = if is_newer_wanted { Sending::Waiting } else { refused };
        }
        self.waiting = i64::from(is_newer_wanted);
        self.next_at = now;
        self.changed_at = now;
        true
    }

    fn wait_until(&mut self, next_at: DateTime<Utc>, now: DateTime<Utc>) {
        self.next_at = next_at.min(later(now, TimeDelta::seconds(LONGEST_WAIT_SECONDS)));
        self.changed_at = now;
    }
}

fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
