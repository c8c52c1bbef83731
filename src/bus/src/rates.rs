//! Requests counted over a sliding window, in one process.
//!
//! Guarantees: exact up to the bound of one key, where it stops counting; bounded in keys, of which the one that was
//! counted longest ago is forgotten first. Deliberately absent: whatever guards an action; that is counted in the store.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// The counters of all keys.
pub struct Rates {
    keys: usize,
    count: usize,
    counters: BTreeMap<String, Counter>,
    /// By when they were counted last.
    ages: BTreeSet<(u64, String)>,
    turn: u64,
}

#[derive(Default)]
struct Counter {
    times: VecDeque<Instant>,
    turn: u64,
}

impl Rates {
    /// So many keys, and so many requests of each, at most.
    pub fn new(keys: usize, count: usize) -> Self {
        Self { keys: keys.max(1), count: count.max(1), counters: BTreeMap::new(), ages: BTreeSet::new(), turn: 0 }
    }

    /// Counts one more. Answers with how many there were within the window, this one counted in; where that is more
    /// than the bound, with one more than the bound.
    pub fn count(&mut self, key: &str, window: Duration, now: Instant) -> u64 {
        self.turn += 1;
        let counter = self.counters.entry(key.to_owned()).or_default();
        self.ages.remove(&(counter.turn, key.to_owned()));
        counter.turn = self.turn;
        self.ages.insert((self.turn, key.to_owned()));
        while counter.times.front().is_some_and(|time| now.saturating_duration_since(*time) >= window) {
            counter.times.pop_front();
        }
        let counted = counter.times.len();
        if counted < self.count {
            counter.times.push_back(now);
        }
        if self.counters.len() > self.keys
            && let Some((_, oldest)) = self.ages.pop_first()
        {
            self.counters.remove(&oldest);
        }
        u64::try_from(counted).unwrap_or(u64::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::Rates;
    use std::time::Duration;
    use tokio::time::Instant;

    const WINDOW: Duration = Duration::from_secs(10);

    #[test]
    fn what_left_the_window_is_not_counted() {
        let (mut rates, start) = (Rates::new(10, 100), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let counted: Vec<u64> = [0, 1, 9, 10, 11, 30].map(|second| rates.count("a", WINDOW, at(second))).to_vec();
        assert_eq!(counted, [1, 2, 3, 3, 3, 1]);
        assert_eq!(rates.count("b", WINDOW, at(30)), 1, "keys are counted apart");
    }

    #[test]
    fn counts_and_keys_are_bounded() {
        let (mut rates, now) = (Rates::new(2, 3), Instant::now());
        let counted: Vec<u64> = (0..6).map(|_| rates.count("a", WINDOW, now)).collect();
        assert_eq!(counted, [1, 2, 3, 4, 4, 4]);
        assert_eq!(rates.count("b", WINDOW, now), 1);
        assert_eq!(rates.count("c", WINDOW, now), 1);
        assert_eq!((rates.counters.len(), rates.ages.len()), (2, 2));
        assert_eq!(rates.count("a", WINDOW, now), 1, "the key that was counted longest ago is forgotten");
    }
}
