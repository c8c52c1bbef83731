//! What goes wrong, where a test wants it.

use super::draw::Draw;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// A call that comes so soon after a 429 may have been on its way already.
const ON_ITS_WAY: Duration = Duration::from_millis(500);

/// A call that comes so short before the time may have been timed by another clock.
const CLOCKS_DIFFER: Duration = Duration::from_millis(50);

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Answered,
    /// 429 with so many seconds in Retry-After; whether it came although the method was limited.
    Limited { seconds: u64, is_early: bool },
    /// A status of 500 or more.
    Broken(u16),
    /// It takes effect and the connection is closed without an answer.
    Lost,
}

pub struct Faults {
    seed: u64,
    draws: BTreeMap<String, Draw>,
    pub limited_percent: u64,
    pub retry_after_seconds: u64,
    pub broken_percent: u64,
    /// Methods that a share of limits and breakages leaves alone.
    pub spared: BTreeSet<String>,
    pub latency: Duration,
    /// Answers that are to be lost, by method.
    pub losses: BTreeMap<String, u32>,
    /// Calls that are to be limited, by method.
    pub limits: BTreeMap<String, u32>,
    /// Refusals to come, by method: Slack's error codes.
    pub refusals: BTreeMap<String, Vec<String>>,
    /// Since when a method (or a channel of `chat.postMessage`) is limited, and until when.
    closed: BTreeMap<String, (Instant, Instant)>,
    pub away: bool,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            draws: BTreeMap::new(),
            limited_percent: 0,
            retry_after_seconds: 1,
            broken_percent: 0,
            spared: BTreeSet::new(),
            latency: Duration::ZERO,
            losses: BTreeMap::new(),
            limits: BTreeMap::new(),
            refusals: BTreeMap::new(),
            closed: BTreeMap::new(),
            away: false,
        }
    }

    /// What becomes of this call. What is limited together has one `gate`.
    pub fn fate(&mut self, method: &str, gate: &str) -> Fate {
        if self.away {
            return Fate::Broken(503);
        }
        let now = Instant::now();
        if let Some((since, until)) = self.closed.get(gate)
            && now < *until
        {
            let seconds = (*until - now).as_secs() + 1;
            return Fate::Limited { seconds, is_early: now > *since + ON_ITS_WAY && now + CLOCKS_DIFFER < *until };
        }
        let is_spared = self.spared.contains(method);
        let draw = self.draws.entry(method.to_owned()).or_insert_with(|| Draw::of(self.seed, method));
        // Both are drawn each time, so that one share does not shift the other's cases.
        let (is_limited, is_broken) = (draw.happens(self.limited_percent), draw.happens(self.broken_percent));
        if take(&mut self.limits, method) || (is_limited && !is_spared) {
            let lasts = Duration::from_secs(self.retry_after_seconds);
            self.closed.insert(gate.to_owned(), (now, now + lasts));
            return Fate::Limited { seconds: self.retry_after_seconds, is_early: false };
        }
        if is_broken && !is_spared {
            return Fate::Broken(503);
        }
        if take(&mut self.losses, method) { Fate::Lost } else { Fate::Answered }
    }
}

/// Whether one was left; it is gone then.
fn take(counts: &mut BTreeMap<String, u32>, method: &str) -> bool {
    counts.get_mut(method).is_some_and(|left| {
        let was_left = *left > 0;
        *left = left.saturating_sub(1);
        was_left
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_call_while_its_method_is_limited_is_early_unless_it_was_on_its_way() {
        let mut faults = Faults::new(1);
        faults.retry_after_seconds = 10;
        faults.limits.insert("auth.test".to_owned(), 1);
        let mut after = async |wait: Duration| {
            tokio::time::advance(wait).await;
            faults.fate("auth.test", "auth.test")
        };
        assert_eq!(after(Duration::ZERO).await, Fate::Limited { seconds: 10, is_early: false });
        assert_eq!(after(ON_ITS_WAY).await, Fate::Limited { seconds: 10, is_early: false });
        assert_eq!(after(Duration::from_secs(1)).await, Fate::Limited { seconds: 9, is_early: true });
        assert_eq!(after(Duration::from_millis(8_480)).await, Fate::Limited { seconds: 1, is_early: false });
        assert_eq!(after(Duration::from_millis(20)).await, Fate::Answered);
    }
}
