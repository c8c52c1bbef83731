//! Who works on a lane.

use super::{Holder, Lane};
use crate::guard::clock_margin;
use chrono::{DateTime, TimeDelta, Utc};

/// The longest time for which a lane is held without being renewed, in seconds.
pub const LONGEST_HOLD_SECONDS: i64 = 600;

/// What became of letting go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// Nobody holds the lane now.
    Free,
    /// Something waits: it is still held, and to be gone on with.
    StillWaits,
    /// This process did not hold it: nothing changed.
    NotHeld,
}

impl Holder {
    /// Whether others may take the lane. An end that lies further off than anybody may hold was written by a clock that
    /// was wrong: to wait for it could take years.
    fn is_over(&self, now: DateTime<Utc>) -> bool {
        let left = self.until.signed_duration_since(now);
        left <= -clock_margin() || left > TimeDelta::seconds(LONGEST_HOLD_SECONDS) + clock_margin()
    }
}

impl Lane {
    /// Whether this process holds the lane: nobody took it since, even where its time is over.
    pub fn is_held_by(&self, process: &str) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.process == process)
    }

    /// Whether a process may take the lane: nobody holds it, the holder's time is over, or it is the process's own.
    pub fn is_free_for(&self, process: &str, now: DateTime<Utc>) -> bool {
        self.holder.as_ref().is_none_or(|holder| holder.process == process || holder.is_over(now))
    }

    /// Takes the lane for a time, or one's own anew. Answers with whether it is held by this process now; else nothing
    /// changed. The name of the process is unique to one start of it.
    ///
    /// The holder works no longer than for this time after it asked, unless it renews; others take the lane
    /// `guard::clock_margin` later.
    pub fn claim(&mut self, process: &str, now: DateTime<Utc>, length: TimeDelta) -> bool {
        if process.is_empty() || !self.is_free_for(process, now) {
            return false;
        }
        self.hold(process, now, length);
        true
    }

    /// Holds the lane for a time from now. Answers with whether this process still held it; else nothing changed, and it
    /// must leave the lane alone.
    pub fn renew(&mut self, process: &str, now: DateTime<Utc>, length: TimeDelta) -> bool {
        let is_held = self.is_held_by(process);
        if is_held {
            self.hold(process, now, length);
        }
        is_held
    }

    /// Lets go where nothing waits.
    pub fn release(&mut self, process: &str, now: DateTime<Utc>) -> Released {
        if !self.is_held_by(process) {
            return Released::NotHeld;
        }
        if self.has_waiting() {
            return Released::StillWaits;
        }
        self.holder = None;
        self.changed(now);
        Released::Free
    }

    /// Lets go although something may wait, for a process that stops: whoever looks for lanes in which something waits
    /// finds it. Answers with whether this process held it.
    pub fn hand_over(&mut self, process: &str, now: DateTime<Utc>) -> bool {
        let is_held = self.is_held_by(process);
        if is_held {
            self.holder = None;
            self.changed(now);
        }
        is_held
    }

    fn hold(&mut self, process: &str, now: DateTime<Utc>, length: TimeDelta) {
        let length = length.clamp(TimeDelta::zero(), TimeDelta::seconds(LONGEST_HOLD_SECONDS));
        let until = now.checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.holder = Some(Holder { process: process.to_owned(), until });
        self.changed(now);
    }
}
