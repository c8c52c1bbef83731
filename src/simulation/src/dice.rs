//! Chance, from one seed: the same seed draws the same, whatever the machine.
//!
//! Each part of the simulation has dice of its own ([`Dice::fork`]), so that one more draw in one part does not change what
//! the others draw.

use domain::backoff::draw;
use std::sync::atomic::{AtomicU64, Ordering};

/// A sequence of draws.
#[derive(Debug)]
pub struct Dice {
    seed: u64,
    next: AtomicU64,
}

impl Dice {
    /// The dice of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(0) }
    }

    /// Dice of their own for a part with this name.
    #[must_use]
    pub fn fork(&self, name: &str) -> Self {
        let start = self.seed ^ 0xcbf2_9ce4_8422_2325;
        let seed = name.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        // Through the generator once more, so that neighbouring seeds have nothing in common.
        Self::new((draw(seed, 0) * 9_007_199_254_740_992.0) as u64)
    }

    fn number(&self) -> f64 {
        draw(self.seed, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// A number from 0 to below `end`; 0 where that is 0.
    pub fn below(&self, end: u64) -> u64 {
        ((self.number() * end as f64) as u64).min(end.saturating_sub(1))
    }

    /// A number from one to another, both included.
    pub fn between(&self, from: u64, to: u64) -> u64 {
        from.saturating_add(self.below(to.saturating_sub(from).saturating_add(1)))
    }

    /// True so many times in a thousand.
    pub fn chance(&self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of these; `None` of nothing.
    pub fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(usize::try_from(self.below(of.len() as u64)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_parts_draw_for_themselves() {
        let draws = |name: &str| {
            let dice = Dice::new(7).fork(name);
            (0..20).map(|_| dice.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(draws("store"), draws("store"));
        assert_ne!(draws("store"), draws("people"));
        assert_ne!(Dice::new(7).fork("store").below(1_000_000), Dice::new(8).fork("store").below(1_000_000));
    }

    #[test]
    fn bounds_are_kept() {
        let dice = Dice::new(1);
        assert!((0..1_000).all(|_| (3..=5).contains(&dice.between(3, 5))));
        assert!((0..1_000).all(|_| dice.below(1) == 0 && dice.below(0) == 0 && !dice.chance(0) && dice.chance(1_000)));
        assert_eq!(dice.pick::<u8>(&[]), None);
    }
}
