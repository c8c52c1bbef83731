//! How long to wait before trying again.
//!
//! Guarantee: a wait is never longer than the cap, whatever the attempt, the draw or the server's wish. The draw (a
//! number in 0..1) is an argument: nothing here is random. Deliberately absent: the decision whether to try again.

use std::time::Duration;

#[cfg(test)]
mod tests;

/// Exponential growth with full jitter under a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait before the first repetition.
    pub base: Duration,
    /// The longest wait of all.
    pub cap: Duration,
    /// The longest wait that a server may ask for (Retry-After); a longer wish means that trying again is no use.
    pub longest_wish: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base: Duration::from_millis(250), cap: Duration::from_secs(10), longest_wish: Duration::from_secs(30) }
    }
}

impl Backoff {
    /// The upper bound of the wait before repetition `attempt` (0 is the first): the base doubled `attempt` times,
    /// under the cap.
    pub fn ceiling(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.checked_pow(attempt).and_then(|factor| self.base.checked_mul(factor));
        doubled.map_or(self.cap, |wait| wait.min(self.cap))
    }

    /// The wait before repetition `attempt`: a share of the ceiling drawn by `draw`, which is clamped into 0..=1 (what
    /// is no number counts as 1).
    pub fn wait(&self, attempt: u32, draw: f64) -> Duration {
        let share = if draw.is_nan() { 1.0 } else { draw.clamp(0.0, 1.0) };
        let ceiling = self.ceiling(attempt);
        ceiling.mul_f64(share).min(ceiling)
    }

    /// The same where the server may have said when to come back: never earlier than its wish, and `None` when the
    /// wish is longer than we are ready to wait.
    pub fn wait_as_asked(&self, attempt: u32, draw: f64, wish: Option<Duration>) -> Option<Duration> {
        let own = self.wait(attempt, draw);
        match wish {
            None => Some(own),
            Some(wish) if wish > self.longest_wish => None,
            Some(wish) => Some(own.max(wish)),
        }
    }
}

/// A number in 0..1 from a seed and a counter: the same pair gives the same number, neighbours give unrelated ones.
pub fn draw(seed: u64, counter: u64) -> f64 {
    // The finaliser of splitmix64 over the sequence of its odd constant.
    let mut mixed = seed.wrapping_add(counter.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    // 53 bits are what a double holds exactly.
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}
