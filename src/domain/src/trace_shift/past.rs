//! How requests were distributed in the past, in cells of a sixth of a doubling, forgetting slowly.
//!
//! Guarantees: fixed size; finite.

use serde::{Deserialize, Serialize};

/// Cells of a doubling, and of all of it: from a microsecond to 71 minutes.
const A_DOUBLING: f64 = 6.0;
const CELLS: usize = 192;
const LEAST_NS: f64 = 1_000.0;

/// Weights by cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    cells: Vec<f32>,
}

impl Default for Past {
    fn default() -> Self {
        Self { cells: vec![0.0; CELLS] }
    }
}

/// The cell of a duration in nanoseconds.
pub(super) fn cell_of(duration_ns: i64) -> usize {
    let doublings = (duration_ns.max(1) as f64 / LEAST_NS).max(1.0).log2();
    ((doublings * A_DOUBLING) as usize).min(CELLS - 1)
}

/// The cell of a share in 0..=1.
pub(super) fn cell_of_share(share: f64) -> usize {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    ((share * CELLS as f64) as usize).min(CELLS - 1)
}

/// The cells of the durations above half of `longest_ns` up to it.
pub(super) fn cells_below(longest_ns: f64) -> impl ExactSizeIterator<Item = usize> {
    let part = move |number: u8| longest_ns * (-(f64::from(number) + 0.5) / A_DOUBLING).exp2();
    (0..A_DOUBLING as u8).map(move |number| cell_of(part(number) as i64))
}

/// The longest duration of a cell in nanoseconds.
pub(super) fn longest_ns(cell: usize) -> f64 {
    LEAST_NS * ((cell as f64 + 1.0) / A_DOUBLING).exp2()
}

/// The largest share of a cell.
pub(super) fn largest_share(cell: usize) -> f64 {
    (cell as f64 + 1.0) / CELLS as f64
}

impl Past {
    pub(super) fn count(&mut self, cell: usize, requests: f64) {
        if let Some(weight) = self.cells.get_mut(cell) {
            *weight += requests as f32;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (weight, more) in self.cells.iter_mut().zip(&other.cells) {
            *weight += more;
        }
    }

    pub(super) fn fade(&mut self, by: f32) {
        self.cells.iter_mut().for_each(|weight| *weight *= by);
    }

    pub(super) fn clear(&mut self) {
        self.cells.iter_mut().for_each(|weight| *weight = 0.0);
    }

    pub(super) fn all(&self) -> f64 {
        self.cells.iter().copied().map(f64::from).sum()
    }

    /// The first cell up to which at least this share lies, and what lies above it.
    pub(super) fn quantile(&self, share: f64) -> (usize, f64) {
        let all = self.all();
        let mut below = 0.0;
        for (cell, weight) in self.cells.iter().enumerate() {
            below += f64::from(*weight);
            if below >= share * all {
                return (cell, (all - below).max(0.0));
            }
        }
        (CELLS - 1, 0.0)
    }

    pub(super) fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<f32>()
    }
}
