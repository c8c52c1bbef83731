//! How a conversation is found: by its id, by a link that ends in its id, by the thread that it is.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Bytes of an id at most, and at least one.
const ID_BYTES: usize = 64;

/// Bytes of the digest that an id of a thread is made of: enough that two threads never meet.
const DIGEST_BYTES: usize = 12;

/// The folder of a link that the id stands in: `https://HOST/conversations/ID`.
pub const FOLDER: &str = "conversations";

/// The id of the conversation that a thread is, such as `slack:C123/1699.42`. Two messages that arrive at once in a new
/// thread find the same conversation, because nobody draws its id.
pub fn of_thread(channel: &str) -> String {
    let digest = Sha256::digest(channel.as_bytes());
    let mut id = "t-".to_owned();
    for byte in digest.iter().take(DIGEST_BYTES) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// The id that a person wrote or pasted: the id itself, or a link to the conversation.
pub fn read(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['<', '>']);
    let id = match text.split_once("://") {
        Some((_, rest)) => after_folder(rest)?,
        None => text.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text),
    };
    is_id(id).then(|| id.to_owned())
}

/// The part behind the folder, without what follows it in a link.
fn after_folder(link: &str) -> Option<&str> {
    let path = link.split(['?', '#', '|']).next().unwrap_or_default();
    let mut parts = path.split('/').skip_while(|part| *part != FOLDER);
    parts.next().and(parts.next())
}

/// Letters, digits, `-` and `_`.
fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=ID_BYTES).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_from_what_a_person_pastes() {
        for (text, expected) in [
            ("c-4f2a", Some("c-4f2a")),
            ("  c-4f2a\n", Some("c-4f2a")),
            ("https://ops.example/conversations/c-4f2a", Some("c-4f2a")),
            ("<https://ops.example/conversations/c-4f2a?turn=3#e1>", Some("c-4f2a")),
            ("<https://ops.example/base/conversations/c-4f2a|the thread>", Some("c-4f2a")),
            ("conversations/c-4f2a", Some("c-4f2a")),
            ("https://ops.example/conversations/", None),
            ("https://ops.example/incidents/c-4f2a", None),
            ("what is wrong?", None),
            ("../../etc", None),
            ("", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
        assert_eq!(read(&"a".repeat(65)), None);
    }

    #[test]
    fn a_thread_is_the_same_conversation_each_time() {
        assert_eq!(of_thread("slack:C123/1699.42"), of_thread("slack:C123/1699.42"));
        assert_ne!(of_thread("slack:C123/1699.42"), of_thread("slack:C123/1699.43"));
        assert_eq!(read(&of_thread("slack:C123/1699.42")), Some(of_thread("slack:C123/1699.42")));
    }
}
