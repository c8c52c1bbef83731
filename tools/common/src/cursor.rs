//! Cursors: where a list goes on, opaque to the caller and checked on the way back.
//!
//! Guarantee: a cursor is taken only by the call that it was made for (same tool, same other arguments); a damaged or
//! foreign one is told as such. It carries a position and no secret, and is no proof of anything: nothing is
//! permitted by holding one. Deliberately absent: expiry; a position that no longer exists is told by the backend.

use domain::envelope::{Failure, FailureKind};
use serde_json::{Map, Value};

/// Makes the cursor that goes on at `position` in the list that `tool` gives for `arguments`.
pub fn make(tool: &str, arguments: &Map<String, Value>, position: &str) -> String {
    let check = check_sum(tool, arguments, position);
    let hex: String = position.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{check:08x}{hex}")
}

/// Reads a cursor back into its position. `arguments` may hold the cursor itself; it does not count.
///
/// # Errors
/// `BadRequest` where it is damaged or of another call.
pub fn read(cursor: &str, tool: &str, arguments: &Map<String, Value>) -> Result<String, Failure> {
    let position = decode(cursor);
    match position {
        Some((check, position)) if check == check_sum(tool, arguments, &position) => Ok(position),
        _ => Err(Failure::new(
            FailureKind::BadRequest,
            "argument `cursor`: found a cursor that is damaged or belongs to another call",
        )
        .with_hint("pass `next_cursor` of the result before, with the other arguments unchanged; or leave it out to start anew")),
    }
}

fn decode(cursor: &str) -> Option<(u32, String)> {
    let check = u32::from_str_radix(cursor.get(..8)?, 16).ok()?;
    let hex = cursor.get(8..)?;
    if !hex.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect();
    Some((check, String::from_utf8(bytes?).ok()?))
}

/// FNV-1a: the check finds mistakes, not attacks.
fn check_sum(tool: &str, arguments: &Map<String, Value>, position: &str) -> u32 {
    let mut sorted: Vec<(&String, &Value)> = arguments.iter().filter(|(name, _)| *name != "cursor").collect();
    sorted.sort_by_key(|(name, _)| *name);
    let mut text = format!("{tool}\n{position}\n");
    for (name, value) in sorted {
        text.push_str(&format!("{name}={value}\n"));
    }
    text.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn arguments(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_cursor_belongs_to_its_call() {
        let asked = arguments(json!({"kind": "Pod"}));
        let cursor = make("list", &asked, "20");
        let again = arguments(json!({"kind": "Pod", "cursor": cursor.clone()}));
        assert_eq!(read(&cursor, "list", &again), Ok("20".to_owned()));
        assert!(read(&cursor, "list", &arguments(json!({"kind": "Node"}))).is_err());
        assert!(read(&cursor, "events", &asked).is_err());
    }

    proptest! {
        #[test]
        fn any_position_survives(position in "\\PC{0,30}") {
            let cursor = make("list", &Map::new(), &position);
            prop_assert_eq!(read(&cursor, "list", &Map::new()), Ok(position));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = read(&text, "list", &Map::new());
        }
    }
}
