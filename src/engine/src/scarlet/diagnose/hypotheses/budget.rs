//! How much is asked of a model for diagnoses: a storm of incidents must not become a storm of requests.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// Requests about one incident.
pub(super) const ROUNDS: usize = 2;

/// Requests, and tokens of them, in an hour.
const REQUESTS: usize = 30;
const TOKENS: u64 = 150_000;
const WINDOW: Duration = Duration::from_secs(3_600);

/// Incidents that are remembered.
const INCIDENTS: usize = 1_024;

/// What was asked.
#[derive(Debug, Default)]
pub(super) struct Budget {
    asked: VecDeque<(Instant, u64)>,
    rounds: BTreeMap<String, Vec<u32>>,
}

impl Budget {
    /// Takes one request about a round of an incident; false where there is none left, or where that round was asked about.
    pub(super) fn take(&mut self, incident: &str, round: u32, now: Instant) -> bool {
        while self.asked.front().is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.asked.pop_front();
        }
        let tokens: u64 = self.asked.iter().map(|(_, tokens)| tokens).sum();
        let before = self.rounds.get(incident).map(Vec::as_slice).unwrap_or_default();
        if before.contains(&round) || before.len() >= ROUNDS || self.asked.len() >= REQUESTS || tokens >= TOKENS {
            return false;
        }
        if self.rounds.len() >= INCIDENTS && !self.rounds.contains_key(incident) {
            self.rounds.pop_first();
        }
        self.rounds.entry(incident.to_owned()).or_default().push(round);
        self.asked.push_back((now, 0));
        true
    }

    /// What the last request cost.
    pub(super) fn spent(&mut self, tokens: u64) {
        if let Some((_, known)) = self.asked.back_mut() {
            *known = known.saturating_add(tokens);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_storm_of_incidents_is_no_storm_of_requests() {
        let mut budget = Budget::default();
        let taken = (0..500).filter(|n| budget.take(&format!("INC-{n}"), 1, Instant::now())).count();
        assert_eq!(taken, REQUESTS);
        tokio::time::advance(WINDOW).await;
        assert!(budget.take("INC-9999", 1, Instant::now()));
        budget.spent(TOKENS);
        assert!(!budget.take("INC-9998", 1, Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_is_asked_about_once_and_an_incident_twice() {
        let mut budget = Budget::default();
        let taken = [1, 1, 2, 3].map(|round| budget.take("INC-1", round, Instant::now()));
        assert_eq!(taken, [true, false, true, false]);
    }
}
