//! How attempts end. Each end answers with whether its attempt was the last one that was begun; that of an earlier one
//! changes nothing, but for a message that is there by it.

use super::{Attempt, Post, Sending, Step};
use chrono::{DateTime, TimeDelta, Utc};

/// How long something is tried again that needs a person first, in seconds; then it is refused.
pub const GIVEN_UP_AFTER_SECONDS: i64 = 86_400;

impl Post {
    /// It is there, with a content of this digest, or with one that is not known (`None`: it was found by looking). An
    /// edit follows at once where that is not what is wanted by now. A second message of the same post is not taken: the
    /// first stays the one that is edited.
    pub fn there(&mut self, attempt: &Attempt, message: &str, digest: Option<&str>, now: DateTime<Utc>) -> bool {
        let is_last = self.is_last(attempt);
        if self.standing().is_none() && !matches!(self.sending, Sending::Gone { .. }) {
            self.sending = Sending::There { message: message.to_owned() };
            self.message = Some(message.to_owned());
            self.sought_since = None;
        }
        if is_last {
            self.shown = digest.map(str::to_owned);
            self.tries = 0;
            self.blocked_since = None;
            self.next_at = now;
        }
        self.note_waiting();
        self.changed_at = now;
        is_last
    }

    /// An attempt failed, and it is known that it left nothing there: it is made again later, without looking where it was
    /// the first to send. Where an attempt before may have left something, it is looked for again: this one may have
    /// failed in looking.
    pub fn failed(&mut self, attempt: &Attempt, next_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        if !self.is_last(attempt) {
            return false;
        }
        if self.sending == Sending::Trying && attempt.step == Step::Send {
            self.sending = Sending::Waiting;
            self.sought_since = None;
        }
        self.wait_until(next_at, now);
        true
    }

    /// It is not known whether an attempt left something there: it is looked for before it is sent again.
    pub fn unsure(&mut self, attempt: &Attempt, next_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let is_last = self.is_last(attempt);
        if is_last {
            self.wait_until(next_at, now);
        }
        is_last
    }

    /// An attempt left nothing there, and none will before a person has acted: as [`Post::failed`], and as
    /// [`Post::refused`] once that has lasted for [`GIVEN_UP_AFTER_SECONDS`].
    pub fn blocked(
        &mut self,
        attempt: &Attempt,
        digest: &str,
        why: &str,
        next_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> bool {
        if !self.is_last(attempt) {
            return false;
        }
        // A time to come was written by a clock that was wrong.
        let since = self.blocked_since.map_or(now, |since| since.min(now));
        if now.signed_duration_since(since) >= TimeDelta::seconds(GIVEN_UP_AFTER_SECONDS) {
            return self.refused(attempt, digest, why, now);
        }
        self.blocked_since = Some(since);
        self.failed(attempt, next_at, now)
    }

    /// The chat system will not have a content of this digest, or will not say whether it is there. What is there stays as
    /// it is; where a newer content is wanted, that is tried.
    pub fn refused(&mut self, attempt: &Attempt, digest: &str, why: &str, now: DateTime<Utc>) -> bool {
        if !self.is_last(attempt) {
            return false;
        }
        let is_newer_wanted = digest != self.wanted_digest();
        let is_edit = matches!(attempt.step, Step::Edit { .. });
        if matches!(self.sending, Sending::Trying) {
            let is_absent = attempt.step == Step::Send;
            if is_absent {
                self.sought_since = None;
            }
            self.sending = match (is_newer_wanted, is_absent) {
                (false, _) => Sending::Refused { why: why.to_owned() },
                (true, true) => Sending::Waiting,
                (true, false) => Sending::Trying,
            };
        }
        self.note_waiting();
        if is_edit && !is_newer_wanted {
            self.waiting = 0;
        }
        self.blocked_since = None;
        self.next_at = now;
        self.changed_at = now;
        true
    }

    /// The message cannot be edited any more, whatever the content: it is neither edited nor posted again.
    pub fn gone(&mut self, attempt: &Attempt, why: &str, now: DateTime<Utc>) -> bool {
        if !self.is_last(attempt) {
            return false;
        }
        self.sending = Sending::Gone { why: why.to_owned() };
        self.shown = None;
        self.blocked_since = None;
        self.note_waiting();
        self.changed_at = now;
        true
    }

    fn is_last(&self, attempt: &Attempt) -> bool {
        self.attempts == attempt.number
    }
}
