//! How much of an incident is kept.
//!
//! Guarantee: after [`Bounds::hold`] a recording is within its bounds, or has nothing more to give away; the results of the
//! oldest looks go first, then the oldest takes as a whole; what goes is counted.

use super::{Recording, Take, Work};
use serde::Serialize;

/// The most that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Takes of one incident.
    pub takes: usize,
    /// Bytes of the whole recording as JSON.
    pub bytes: usize,
    /// Bytes of the guards, and of what was learned, in one take.
    pub part_bytes: usize,
}

impl Default for Bounds {
    /// A store takes documents of 16 MB at most (MongoDB's limit of a document); they are packed where they are long.
    fn default() -> Self {
        Self { takes: 40, bytes: 4_000_000, part_bytes: 300_000 }
    }
}

impl Bounds {
    /// Takes out what has no room.
    pub fn hold(&self, recording: &mut Recording) {
        if let Some(newest) = recording.takes.last_mut() {
            self.hold_parts(newest);
        }
        while recording.takes.len() > self.takes {
            drop_oldest(recording);
        }
        let mut sizes: Vec<usize> = recording.takes.iter().map(bytes).collect();
        let mut total: usize = sizes.iter().sum();
        for (take, size) in recording.takes.iter_mut().zip(&mut sizes) {
            for look in &mut take.looks {
                if total <= self.bytes {
                    return;
                }
                if let Some(outcome) = look.outcome.take() {
                    let less = bytes(&outcome);
                    (*size, total) = (size.saturating_sub(less), total.saturating_sub(less));
                    recording.dropped_looks = recording.dropped_looks.saturating_add(1);
                }
            }
        }
        for size in sizes {
            if total <= self.bytes {
                return;
            }
            total = total.saturating_sub(size);
            drop_oldest(recording);
        }
    }

    fn hold_parts(&self, take: &mut Take) {
        if let Work::Plan { weighed, .. } = &mut take.work {
            if bytes(&weighed.guards) > self.part_bytes {
                weighed.guards = None;
            }
            if bytes(&weighed.learning) > self.part_bytes {
                weighed.learning = None;
            }
        }
    }
}

fn drop_oldest(recording: &mut Recording) {
    if recording.takes.is_empty() {
        return;
    }
    recording.takes.remove(0);
    recording.dropped_takes = recording.dropped_takes.saturating_add(1);
}

/// Bytes as JSON; what has no JSON form takes all the room there is.
fn bytes(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX / 1_000, |text| text.len())
}
