//! A circuit breaker: after failures in a row, calls are refused for a while, then one may try.
//!
//! A pure state machine: "now" is an argument.

use std::time::Duration;
use tokio::time::Instant;

/// What the breaker says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Go ahead.
    Open,
    /// Go ahead, alone: what comes of it decides.
    Probe,
    /// Not now; try again after this time (zero while a probe is under way).
    Refused(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Working { failures: u32 },
    Resting { until: Instant },
    Probing,
}

/// The state machine.
#[derive(Debug, Clone)]
pub struct Breaker {
    state: State,
    threshold: u32,
    pause: Duration,
}

impl Breaker {
    /// A breaker that rests for `pause` after `threshold` failures in a row (at least one).
    pub fn new(threshold: u32, pause: Duration) -> Self {
        Self { state: State::Working { failures: 0 }, threshold: threshold.max(1), pause }
    }

    /// Whether a call may go ahead now. A probe must be followed by one of the three reports below.
    pub fn admit(&mut self, now: Instant) -> Admission {
        match self.state {
            State::Working { .. } => Admission::Open,
            State::Probing => Admission::Refused(Duration::ZERO),
            State::Resting { until } if now >= until => {
                self.state = State::Probing;
                Admission::Probe
            }
            State::Resting { until } => Admission::Refused(until - now),
        }
    }

    /// The endpoint answered.
    pub fn succeeded(&mut self) {
        self.state = State::Working { failures: 0 };
    }

    /// The endpoint failed.
    pub fn failed(&mut self, now: Instant) {
        let rest = State::Resting { until: now + self.pause };
        self.state = match self.state {
            State::Working { failures } if failures + 1 < self.threshold => State::Working { failures: failures + 1 },
            State::Working { .. } | State::Probing => rest,
            // A call that was under way when the breaker opened does not make the pause longer.
            resting @ State::Resting { .. } => resting,
        };
    }

    /// The call ended without telling anything of the endpoint (it was stopped).
    pub fn abandoned(&mut self, now: Instant) {
        if self.state == State::Probing {
            self.state = State::Resting { until: now };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAUSE: Duration = Duration::from_secs(10);

    #[test]
    fn opens_probes_and_closes() {
        let start = Instant::now();
        let mut breaker = Breaker::new(3, PAUSE);
        for _ in 0..2 {
            assert_eq!(breaker.admit(start), Admission::Open);
            breaker.failed(start);
        }
        breaker.succeeded();
        for _ in 0..3 {
            assert_eq!(breaker.admit(start), Admission::Open);
            breaker.failed(start);
        }
        assert_eq!(breaker.admit(start + PAUSE / 2), Admission::Refused(PAUSE / 2));
        assert_eq!(breaker.admit(start + PAUSE), Admission::Probe);
        assert_eq!(breaker.admit(start + PAUSE), Admission::Refused(Duration::ZERO));
        breaker.failed(start + PAUSE);
        assert_eq!(breaker.admit(start + PAUSE), Admission::Refused(PAUSE));
        assert_eq!(breaker.admit(start + PAUSE * 2), Admission::Probe);
        breaker.abandoned(start + PAUSE * 2);
        assert_eq!(breaker.admit(start + PAUSE * 2), Admission::Probe);
        breaker.succeeded();
        assert_eq!(breaker.admit(start + PAUSE * 2), Admission::Open);
    }

    proptest! {
        #[test]
        fn it_never_stays_shut(steps in proptest::collection::vec((0_u8..4, 0_u64..20), 0..60)) {
            let mut now = Instant::now();
            let mut breaker = Breaker::new(2, PAUSE);
            for (step, seconds) in steps {
                now += Duration::from_secs(seconds);
                match step {
                    0 => { let _ = breaker.admit(now); }
                    1 => breaker.succeeded(),
                    2 => breaker.failed(now),
                    _ => breaker.abandoned(now),
                }
            }
            // Whatever happened: once the last call reported, a pause later one may go ahead.
            breaker.abandoned(now);
            prop_assert!(!matches!(breaker.admit(now + PAUSE), Admission::Refused(_)));
        }
    }
}
