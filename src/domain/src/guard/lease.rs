//! Leases with fencing tokens: one holder at a time, for a bounded time.
//!
//! A lease of a length is over for its holder [`clock_margin`] before that length has passed since it asked for it, and
//! free for others when it has passed whole. So two hold it at once only where their clocks differ by more than the
//! margin, and then the fencing token tells the later one (`Start::Automatic`).
//!
//! A holder whose clock was far ahead leaves an end that no clock reaches soon. Whoever waits may therefore also go by
//! what it has watched itself: a lease that nobody renewed for its whole length, measured without any clock of day, is
//! free.

use super::{clock_margin, later};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The shortest and the longest length of a lease, in milliseconds. The shortest leaves the holder most of it.
const LENGTHS_MS: std::ops::RangeInclusive<i64> = 20_000..=600_000;

/// Who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// The holder; none when it was given back. Unique to a process and a purpose.
    pub holder: Option<String>,
    /// Grows with every holder.
    pub token: u64,
    /// When it is over for its holder, by the holder's clock.
    pub until: DateTime<Utc>,
    /// Its whole length in milliseconds.
    pub length_ms: i64,
}

/// What somebody who waits has seen: this lease, unchanged for so long by its own stopwatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// As it was all the while.
    pub lease: Lease,
    /// For how long.
    pub unchanged_for: TimeDelta,
}

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseRefusal {
    /// Somebody has it.
    #[error("it is held by {} until {} at the latest", holder(.lease), .lease.free_at().format("%Y-%m-%d %H:%M:%S UTC"))]
    Held {
        /// As it is.
        lease: Lease,
    },
    /// It is over, or another has it.
    #[error("the lease with the token {token} is over{}", next(.found))]
    Lost {
        /// What was shown.
        token: u64,
        /// As it is.
        found: Option<Lease>,
    },
    /// The request cannot be.
    #[error("a lease cannot be asked for so: {what}")]
    Invalid {
        /// What is wrong.
        what: String,
    },
}

fn holder(lease: &Lease) -> &str {
    lease.holder.as_deref().unwrap_or("nobody")
}

fn next(found: &Option<Lease>) -> String {
    let found = found.as_ref().map(|lease| format!(": {} has it now, with the token {}", holder(lease), lease.token));
    found.unwrap_or_default()
}

impl Lease {
    /// When others may take it at the latest, by their clocks.
    pub fn free_at(&self) -> DateTime<Utc> {
        later(self.until, clock_margin())
    }

    /// How long it stays good for its holder after it asked.
    pub fn holds_for(length: TimeDelta) -> TimeDelta {
        length.checked_sub(&clock_margin()).unwrap_or(TimeDelta::zero())
    }

    /// Its length; one that cannot be counts as the nearest that can.
    fn length(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.length_ms.clamp(*LENGTHS_MS.start(), *LENGTHS_MS.end()))
    }

    fn is_free(&self, now: DateTime<Utc>, watched: Option<&Watched>) -> bool {
        let is_dead = |watched: &Watched| watched.lease == *self && watched.unchanged_for >= self.length();
        self.holder.is_none() || self.free_at() <= now || watched.is_some_and(is_dead)
    }
}

/// Takes a lease that is free, or one's own anew. The token is larger than all before.
///
/// # Errors
/// [`LeaseRefusal::Held`], [`LeaseRefusal::Invalid`].
pub fn acquire(
    found: Option<&Lease>,
    holder: &str,
    length: TimeDelta,
    now: DateTime<Utc>,
    watched: Option<&Watched>,
) -> Result<Lease, LeaseRefusal> {
    let length_ms = length.num_milliseconds();
    if holder.is_empty() || !LENGTHS_MS.contains(&length_ms) {
        let (shortest, longest) = (LENGTHS_MS.start() / 1_000, LENGTHS_MS.end() / 1_000);
        let what = format!("a length of {length_ms} ms ({shortest} to {longest} s), for a holder named \"{holder}\"");
        return Err(LeaseRefusal::Invalid { what });
    }
    if let Some(lease) = found
        && lease.holder.as_deref() != Some(holder)
        && !lease.is_free(now, watched)
    {
        return Err(LeaseRefusal::Held { lease: lease.clone() });
    }
    let token = found.map_or(Some(1), |lease| lease.token.checked_add(1));
    let token = token.ok_or_else(|| LeaseRefusal::Invalid { what: "no token is left".to_owned() })?;
    let until = later(now, Lease::holds_for(length));
    Ok(Lease { holder: Some(holder.to_owned()), token, until, length_ms })
}

/// Makes one's own lease last its whole length again. It never ends earlier than before.
///
/// # Errors
/// [`LeaseRefusal::Lost`] where it is over, even when nobody took it: take it anew, with a new token.
pub fn renew(found: Option<&Lease>, holder: &str, token: u64, now: DateTime<Utc>) -> Result<Lease, LeaseRefusal> {
    let lease = own(found, holder, token)?;
    if lease.until <= now {
        return Err(LeaseRefusal::Lost { token, found: None });
    }
    let until = later(now, Lease::holds_for(lease.length())).max(lease.until);
    Ok(Lease { until, ..lease.clone() })
}

/// Gives one's own lease back: it is free at once. Its token stays, so that the next is larger.
///
/// # Errors
/// [`LeaseRefusal::Lost`] where it is not one's own any more.
pub fn release(found: Option<&Lease>, holder: &str, token: u64) -> Result<Lease, LeaseRefusal> {
    own(found, holder, token).map(|lease| Lease { holder: None, ..lease.clone() })
}

fn own<'lease>(found: Option<&'lease Lease>, holder: &str, token: u64) -> Result<&'lease Lease, LeaseRefusal> {
    let is_own = |lease: &&Lease| lease.holder.as_deref() == Some(holder) && lease.token == token;
    found.filter(is_own).ok_or_else(|| LeaseRefusal::Lost { token, found: found.cloned() })
}
