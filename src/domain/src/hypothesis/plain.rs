//! A model's words as they may be told: one line, short, without secrets, without characters that nobody sees.
//!
//! Deliberately absent: the escapes of a surface; each has its own.

use crate::redaction::redacted_head;
use crate::text::is_unseen;

/// The text on one line, at most so many characters.
pub fn plain(text: &str, most: usize) -> String {
    let seen: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_unseen(*c)).collect();
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    redacted_head(&line, most)
}
