//! Which pattern a line that differs in values only went to before.
//!
//! Guarantees: fixed size, no allocation after it is made; what it forgets is found again the slow way with the same
//! result. Deliberately absent: any truth of its own. An entry counts only while the stamp of its pattern is the same.

/// One line that was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    /// The hash of the line without its values.
    pub leaf: u64,
    /// The stamp of the pattern when this was written; 0 is never a stamp.
    pub stamp: u64,
    /// Where the pattern is.
    pub slot: usize,
}

/// The table: pairs of entries, the newer one first.
#[derive(Debug, Clone)]
pub(super) struct Memo {
    pairs: Vec<[Memory; 2]>,
}

impl Memo {
    /// A table for this many patterns.
    pub(super) fn new(patterns: usize) -> Self {
        let pairs = patterns.saturating_mul(4).clamp(64, 1 << 15).next_power_of_two();
        Self { pairs: vec![[Memory::default(); 2]; pairs] }
    }

    /// What was written for a line.
    #[inline]
    pub(super) fn get(&self, leaf: u64) -> Option<Memory> {
        self.pairs.get(self.place(leaf))?.iter().find(|memory| memory.leaf == leaf && memory.stamp != 0).copied()
    }

    /// Writes an entry over the older one of its pair.
    pub(super) fn put(&mut self, memory: Memory) {
        let place = self.place(memory.leaf);
        if let Some([newer, older]) = self.pairs.get_mut(place) {
            if newer.leaf != memory.leaf {
                *older = *newer;
            }
            *newer = memory;
        }
    }

    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.pairs.len() * size_of::<[Memory; 2]>()
    }

    fn place(&self, leaf: u64) -> usize {
        (leaf >> 32) as usize & (self.pairs.len() - 1)
    }
}
