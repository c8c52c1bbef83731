//! Methods that Slack limits: a 429 closes its gate until Retry-After is over.
//!
//! Guarantees: a closed gate holds its own method (or method and channel) and no other; those who wait go in the order in
//! which they came, one at a time until one got through, so that a gate that opens is not run down; the number of those
//! who wait, and how long, is bounded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Calls that wait at one gate at most.
const MOST_WAITING: usize = 500;

/// Gates that are remembered.
const GATES: usize = 2_000;

/// The longest Retry-After that is believed.
const LONGEST: Duration = Duration::from_secs(600);

#[derive(Clone)]
struct Gate {
    closed_until: Instant,
    /// Held by whoever is next; fair.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// The gates of all methods.
#[derive(Default)]
pub struct Limits(Mutex<BTreeMap<String, Gate>>);

/// Leave to call; what waits behind goes when it is dropped.
#[derive(Debug)]
pub struct Leave {
    _turn: Option<OwnedMutexGuard<()>>,
}

/// The name of the gate of a call.
pub fn gate(method: &str, channel: Option<&str>) -> String {
    match (method, channel) {
        ("chat.postMessage" | "chat.update", Some(channel)) => format!("{method} {channel}"),
        _ => method.to_owned(),
    }
}

impl Limits {
    fn gates(&self) -> MutexGuard<'_, BTreeMap<String, Gate>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes a gate for a time.
    pub fn close(&self, gate: &str, wait: Duration) {
        let until = Instant::now() + wait.min(LONGEST);
        let mut gates = self.gates();
        if gates.len() >= GATES {
            let now = Instant::now();
            gates.retain(|_, gate| gate.closed_until > now || Arc::strong_count(&gate.turn) > 1);
        }
        let kept = gates.entry(gate.to_owned()).or_insert_with(|| Gate { closed_until: until, turn: Arc::default() });
        kept.closed_until = kept.closed_until.max(until);
    }

    /// For how long a gate is closed.
    pub fn closed_for(&self, gate: &str) -> Option<Duration> {
        let closed_until = self.gates().get(gate)?.closed_until;
        let left = closed_until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Waits until a gate lets one through.
    ///
    /// # Errors
    /// For how long it is closed still, where that is longer than the deadline, or too many wait.
    pub async fn pass(&self, gate: &str, deadline: Instant) -> Result<Leave, Duration> {
        let Some(found) = self.gates().get(gate).cloned() else { return Ok(Leave { _turn: None }) };
        let is_closed = found.closed_until > Instant::now();
        // Who knows of the gate: the map, this call, and those who wait before it.
        if !is_closed && Arc::strong_count(&found.turn) <= 2 {
            return Ok(Leave { _turn: None });
        }
        if found.closed_until > deadline || Arc::strong_count(&found.turn) > MOST_WAITING {
            return Err(self.left(gate));
        }
        let turn = timeout_at(deadline, found.turn.lock_owned()).await.map_err(|_| self.left(gate))?;
        loop {
            let Some(left) = self.closed_for(gate) else { return Ok(Leave { _turn: Some(turn) }) };
            let until = Instant::now() + left;
            if until > deadline {
                return Err(left);
            }
            sleep_until(until).await;
        }
    }

    fn left(&self, gate: &str) -> Duration {
        self.closed_for(gate).unwrap_or(Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_seconds(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_holds_its_own_calls_until_it_opens() {
        let limits = Limits::default();
        let (one, other) = (gate("chat.postMessage", Some("C1")), gate("chat.postMessage", Some("C2")));
        limits.close(&one, Duration::from_secs(3));
        let before = Instant::now();
        limits.pass(&other, in_seconds(10)).await.unwrap();
        limits.pass("reactions.add", in_seconds(10)).await.unwrap();
        assert_eq!(before.elapsed(), Duration::ZERO);
        limits.pass(&one, in_seconds(10)).await.unwrap();
        assert_eq!(before.elapsed().as_secs(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn who_cannot_wait_long_enough_is_told_at_once() {
        let limits = Limits::default();
        limits.close("users.info", Duration::from_secs(30));
        let before = Instant::now();
        assert_eq!(limits.pass("users.info", in_seconds(10)).await.unwrap_err().as_secs(), 30);
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_gate_that_opens_lets_one_through_at_a_time_in_their_order() {
        let limits = Arc::new(Limits::default());
        limits.close("users.info", Duration::from_secs(1));
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for number in 0..5 {
            let (limits, order) = (limits.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                let leave = limits.pass("users.info", in_seconds(60)).await.unwrap();
                order.lock().unwrap().push(number);
                tokio::time::sleep(Duration::from_secs(1)).await;
                drop(leave);
            }));
            tokio::task::yield_now().await;
        }
        let before = Instant::now();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(before.elapsed().as_secs(), 6, "a second of waiting, then one after the other");
    }
}
