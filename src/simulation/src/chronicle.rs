//! What happened, in order: the transcript of a seed, and counts of what was injected and of what came of it.
//!
//! Guarantee: bounded; it holds nothing of the machine (no clock but the simulated one, no addresses), so that two runs of
//! a seed write the same bytes.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Lines that are kept at most.
const LINES: usize = 50_000;

/// Counts by sort.
pub type Counts = BTreeMap<String, u64>;

/// The chronicle of one seed.
#[derive(Debug)]
pub struct Chronicle {
    began: Instant,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    lines: Vec<String>,
    left_out: u64,
    injected: Counts,
    happened: Counts,
}

/// Everything that a chronicle holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The transcript.
    pub lines: Vec<String>,
    /// Faults by sort.
    pub injected: Counts,
    /// What came of it, by sort.
    pub happened: Counts,
    /// Simulated seconds.
    pub seconds: u64,
}

impl Chronicle {
    /// An empty one, that begins now by the paused clock.
    pub fn begin() -> Self {
        Self { began: Instant::now(), inside: Mutex::default() }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line.
    pub fn tell(&self, who: &str, what: impl Display) {
        let at = self.began.elapsed();
        let line = format!("{:>6}.{:03} {who}: {what}", at.as_secs(), at.subsec_millis());
        let mut inside = self.inside();
        if inside.lines.len() < LINES { inside.lines.push(line) } else { inside.left_out += 1 }
    }

    /// A fault of a sort was injected.
    pub fn injected(&self, sort: &str, who: &str, what: impl Display) {
        *self.inside().injected.entry(sort.to_owned()).or_default() += 1;
        self.tell(who, format_args!("[{sort}] {what}"));
    }

    /// Something came of it.
    pub fn happened(&self, sort: &str, who: &str, what: impl Display) {
        *self.inside().happened.entry(sort.to_owned()).or_default() += 1;
        self.tell(who, what);
    }

    /// How often faults of a sort were injected.
    pub fn count_of(&self, sort: &str) -> u64 {
        self.inside().injected.get(sort).copied().unwrap_or(0)
    }

    /// What it holds now.
    pub fn written(&self) -> Written {
        let inside = self.inside();
        let mut lines = inside.lines.clone();
        if inside.left_out > 0 {
            lines.push(format!("{} more lines are left out", inside.left_out));
        }
        let (injected, happened) = (inside.injected.clone(), inside.happened.clone());
        Written { lines, injected, happened, seconds: self.began.elapsed().as_secs() }
    }
}
