//! Hash-chained logs: records that cannot be changed, moved or taken away unnoticed (invariant 10).
//!
//! A record's hash covers its sequence number, its time, its content and the hash of the record before. The anchor
//! (head hash and count) is kept outside the chain: records beyond it were never acknowledged, records missing below it
//! are lost. Personal data is not in the chain, only its salted hash: it can be erased, and the chain still holds.
//!
//! Deliberately absent: signatures. Whoever may write both the log and every copy of its anchor can forge both; keep a
//! copy of the anchor where the writer has no access.

mod canonical;
mod line;
mod verify;

#[cfg(test)]
mod tests;

pub use canonical::canonical_json;
pub use line::{Anchor, Checkpoint, Entry, LINE_BYTES, Line, LineError, hexadecimal, personal_hash};
pub use verify::{Finding, Report, Verifier};
