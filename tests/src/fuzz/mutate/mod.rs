//! Changes of an answer: its JSON, its bytes, its status and headers; several at once.
//!
//! Guarantee: a result of at most [`LARGEST_BYTES`]. Deliberately absent: answers that never end (the deadlines of the
//! servers have tests of their own).

mod bytes;
mod hostile;
mod protocol;
mod structure;

use super::answer::{Answer, Wire};
use super::chance::Chance;

/// The largest body that is sent.
pub const LARGEST_BYTES: usize = 4 << 20;

const MOST_CHANGES: usize = 4;

/// The answer with some changes.
pub fn mutated(answer: &Answer, chance: &mut Chance) -> Wire {
    let mut wire = answer.wire();
    let changes = 1 + chance.below(MOST_CHANGES);
    let in_json = (0..changes).filter(|_| !chance.one_in(4)).count();
    if let Some(json) = answer.json.clone().filter(|_| in_json > 0) {
        wire.body = structure::mutated(json, in_json, chance).into_bytes();
    } else if let Some(text) = answer.text.as_ref().filter(|_| in_json > 0) {
        wire.body = structure::mutated_lines(text, chance).into_bytes();
    }
    for _ in in_json..changes {
        if chance.one_in(2) {
            bytes::mutate(&mut wire.body, chance);
        } else {
            protocol::mutate(&mut wire, chance);
        }
    }
    wire.body.truncate(LARGEST_BYTES);
    wire
}
