//! How long a read is held back: the same numbers for the same seed.

use std::time::Duration;

/// A fixed part, and an even one from a seed.
#[derive(Debug, Default)]
pub struct Delay {
    latency: Duration,
    jitter: Duration,
    state: u64,
}

impl Delay {
    /// At least `latency`, and up to `jitter` more.
    pub fn new(latency: Duration, jitter: Duration, seed: u64) -> Self {
        Self { latency, jitter, state: seed }
    }

    /// The next one.
    pub fn next(&mut self) -> Duration {
        let span = u64::try_from(self.jitter.as_nanos()).unwrap_or(u64::MAX);
        if span == 0 {
            return self.latency;
        }
        self.latency + Duration::from_nanos(self.random() % span.saturating_add(1))
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): small, and even enough for delays.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
