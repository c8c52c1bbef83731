//! The clocks of the simulated machines: all run with the paused clock of the runtime, and each may be wrong by its own.

use chrono::{DateTime, TimeDelta, Utc};
use ports::clock::Clock;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::time::Instant;

/// When every simulation begins: a Monday morning.
const BEGINS_AT_SECONDS: i64 = 1_790_582_400;

/// One machine's clock.
#[derive(Debug)]
pub struct SimulatedClock {
    began: Instant,
    wrong_by_ms: AtomicI64,
}

impl SimulatedClock {
    /// A clock that is right.
    pub fn right(began: Instant) -> Self {
        Self { began, wrong_by_ms: AtomicI64::new(0) }
    }

    /// Puts the clock wrong by so many seconds; 0 puts it right.
    pub fn jump(&self, seconds: i64) {
        self.wrong_by_ms.store(seconds.saturating_mul(1_000), Ordering::Relaxed);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> DateTime<Utc> {
        let began = DateTime::from_timestamp(BEGINS_AT_SECONDS, 0).unwrap_or(DateTime::UNIX_EPOCH);
        let ran = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX / 4);
        began + TimeDelta::milliseconds(ran.saturating_add(self.wrong_by_ms.load(Ordering::Relaxed)))
    }
}
