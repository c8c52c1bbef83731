//! How a post comes to be, what is wanted of it, and how an attempt begins.

use super::{Post, Sending};
use crate::chain::{canonical_json, hexadecimal};
use crate::guard::clock_margin;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The longest time between two attempts, in seconds. A next time that lies further off was written by a clock that was
/// wrong, and counts as come.
pub const LONGEST_WAIT_SECONDS: i64 = 3_600;

/// How much earlier than our first attempt the chat system's clock may have dated a message, in seconds.
const LOOKED_BACK_SECONDS: i64 = 600;

/// An attempt that was begun; its end is told with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number, never given twice: the end of one that took too long does not touch the next.
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
            message: None,
            sought_since: None,
            blocked_since: None,
            waiting: 1,
            tries: 0,
            attempts: 0,
            next_at: now,
            changed_at: now,
        }
    }

    /// The same post, where a message stands already that was made otherwise. What stands in it is not known, and is left
    /// until something else is wanted than now.
    #[must_use]
    pub fn adopting(self, message: &str) -> Self {
        Self {
            sending: Sending::There { message: message.to_owned() },
            message: Some(message.to_owned()),
            waiting: 0,
            ..self
        }
    }

    /// Digest of what shall stand there.
    pub fn wanted_digest(&self) -> String {
        digest(&self.wanted)
    }

    /// The message that is there and can be edited.
    pub fn standing(&self) -> Option<&str> {
        match &self.sending {
            Sending::There { message } => Some(message),
            Sending::Waiting | Sending::Trying | Sending::Refused { .. } | Sending::Gone { .. } => None,
        }
    }

    /// Sets what shall stand there. Answers with whether anything changed; the same again changes nothing, so that what
    /// was refused is not asked for again until it is something else, or somebody asks for it ([`Post::again`]).
    ///
    /// While the message is not there, or is being edited, the time of the next attempt stays: what the chat system
    /// limits or another process has in hand is not hurried by a newer content. A message that is gone stays so.
    pub fn want(&mut self, wanted: Value, now: DateTime<Utc>) -> bool {
        if canonical_json(&wanted) == canonical_json(&self.wanted) {
            return false;
        }
        self.wanted = wanted;
        self.again(now);
        self.note_waiting();
        self.changed_at = now;
        true
    }

    /// Sends anew what was refused, with the content that is wanted already: for something that is worth asking again,
    /// since a person may have mended meanwhile what it was refused for. Answers with whether anything changed; what was
    /// not refused stays as it is.
    pub fn again(&mut self, now: DateTime<Utc>) -> bool {
        if !matches!(self.sending, Sending::Refused { .. }) {
            return false;
        }
        // What was given up while it could not be looked for may be there.
        self.sending = if self.sought_since.is_some() { Sending::Trying } else { Sending::Waiting };
        // An attempt that was under way when it was taken back has its time.
        self.next_at = self.next_at.max(now);
        self.tries = 0;
        self.note_waiting();
        self.changed_at = now;
        true
    }

    /// Nobody wants it any more: what was not sent is not sent, as if it had been refused for this reason. Answers with
    /// whether anything changed; what is there stays there, and so does what comes of an attempt that is under way.
    pub fn take_back(&mut self, why: &str, now: DateTime<Utc>) -> bool {
        if !matches!(self.sending, Sending::Waiting | Sending::Trying) {
            return false;
        }
        self.sending = Sending::Refused { why: why.to_owned() };
        self.blocked_since = None;
        self.note_waiting();
        self.changed_at = now;
        true
    }

    /// Something passing was written into the message: it is edited again, although nothing newer is wanted.
    pub fn overdrawn(&mut self, now: DateTime<Utc>) {
        if self.standing().is_some() {
            self.shown = None;
            self.note_waiting();
            self.changed_at = now;
        }
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
            Sending::Refused { .. } | Sending::Gone { .. } => return None,
        };
        if step == Step::Send {
            self.sending = Sending::Trying;
            self.sought_since = Some(now);
        }
        // Until the end of the attempt is known, so is not what stands there.
        self.shown = None;
        self.tries = self.tries.saturating_add(1);
        self.attempts = self.attempts.saturating_add(1);
        self.wait_until(later(now, within + clock_margin()), now);
        Some(Attempt { number: self.attempts, step })
    }

    /// The time from which on a message of it may be there; `None` where that is not known.
    pub fn looked_for_from(&self) -> Option<DateTime<Utc>> {
        self.sought_since?.checked_sub_signed(TimeDelta::seconds(LOOKED_BACK_SECONDS))
    }

    pub(super) fn note_waiting(&mut self) {
        let is_over = matches!(self.sending, Sending::Refused { .. } | Sending::Gone { .. });
        self.waiting = i64::from(!is_over && self.shown.as_ref() != Some(&self.wanted_digest()));
    }

    pub(super) fn wait_until(&mut self, next_at: DateTime<Utc>, now: DateTime<Utc>) {
        self.next_at = next_at.min(later(now, TimeDelta::seconds(LONGEST_WAIT_SECONDS)));
        self.changed_at = now;
    }
}

fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
