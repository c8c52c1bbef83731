//! Answering alerts that other apps post, unasked: which messages are alerts, which of them are answered, and which
//! answers are worth telling.
//!
//! Guarantees: what a person wrote is never taken for an alert; the same alert is answered once an hour in a channel, and
//! no more alerts than the settings allow; an answer that adds nothing to the alert is not told.
//!
//! Deliberately absent: whether a channel wants it at all (`channel`), asking, and telling.

mod fingerprint;
mod rate;
mod reading;
#[cfg(test)]
mod tests;
mod worth;

pub use fingerprint::fingerprint;
pub use rate::{Quiet, Replies};
pub use reading::is_alert;
pub use worth::worth_telling;
