//! By what a question is known from its message to its kept turn.
//!
//! All of it follows from the id of the entry (`message:C1/1699.42`), so that a replica that never saw the question
//! finds its post and its turn, and handling the entry again meets what was made before.

use ring::digest::{SHA256, digest};
use std::fmt::Write as _;

/// What the keys of answers begin with.
const ANSWER: &str = "answer:";

/// The key of the message that holds the answer.
pub fn answer_key(entry: &str) -> String {
    format!("{ANSWER}{entry}")
}

/// The entry that a message of this key answers.
pub fn answered_entry(key: &str) -> Option<&str> {
    key.strip_prefix(ANSWER)
}

/// The id of the turn: 64 hexadecimal digits.
pub fn turn_of(entry: &str) -> String {
    let mut id = String::with_capacity(64);
    for byte in digest(&SHA256, entry.as_bytes()).as_ref() {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// The place of a thread in the domain's words.
pub fn place_of(channel: &str, thread: &str) -> String {
    format!("slack:{channel}/{thread}")
}

/// The id of a user in the domain's words.
pub fn person_of(user: &str) -> String {
    format!("slack:{user}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_question_is_known_by_never_changes() {
        assert_eq!(answer_key("message:C1/1699.42"), "answer:message:C1/1699.42");
        assert_eq!(answered_entry("answer:message:C1/1699.42"), Some("message:C1/1699.42"));
        assert_eq!(answered_entry("incident:i-1:C1"), None);
        let turn = turn_of("message:C1/1699.42");
        assert_eq!(turn.len(), 64);
        assert_eq!(turn, turn_of("message:C1/1699.42"));
        assert_ne!(turn, turn_of("message:C1/1699.43"));
    }
}
