//! Chance from a seed: splitmix64 (Steele, Lea, Flood 2014), which needs one number of state and no crate.
//!
//! Guarantee: the same seed gives the same draws on every machine. Deliberately absent: any use for secrets.

/// A stream of draws.
#[derive(Debug, Clone)]
pub struct Chance {
    state: u64,
}

impl Chance {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The stream of a seed for one purpose: other texts give other streams.
    pub fn of(seed: u64, purpose: &str) -> Self {
        // FNV-1a spreads the text over the state; the first draw mixes it.
        let hash = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut chance = Self::new(seed ^ hash.rotate_left(17));
        chance.draw();
        chance
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        let drawn = self.draw();
        usize::try_from(drawn % (end.max(1) as u64)).unwrap_or_default()
    }

    /// True once in `several`.
    pub fn one_in(&mut self, several: usize) -> bool {
        self.below(several) == 0
    }

    /// One of these; `None` of none.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let which = self.below(items.len());
        items.get(which)
    }
}
