//! A watch of Kubernetes, made of a recorded list: each of its objects becomes an event.
//!
//! Guarantee: what cannot be read as a list is sent as it is. The stream stays open after its events, as a watch does.
//! Deliberately absent: events over time; those of one answer come at once.

use super::answer::Asked;
use super::chance::Chance;
use serde_json::{Value, json};

/// Types of events; one that no server sends among them.
const TYPES: &[&str] = &["ADDED", "MODIFIED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR", "added"];

/// Whether a watch is asked for.
pub fn is_asked(asked: &Asked) -> bool {
    asked.query.iter().any(|(name, value)| name == "watch" && matches!(value.as_str(), "1" | "true"))
}

/// The events of a list, one a line.
pub fn events(list: &[u8], chance: &mut Chance) -> Vec<u8> {
    let parsed = serde_json::from_slice::<Value>(list);
    let Some(items) = parsed.as_ref().ok().and_then(|list| list.get("items")?.as_array()) else {
        return list.to_vec();
    };
    let mut lines = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let mut object = item.clone();
        if let Some(version) = object.pointer_mut("/metadata/resourceVersion")
            && chance.one_in(2)
        {
            *version = Value::from((1_000_000 + number).to_string());
        }
        let kind = chance.one_of(TYPES).copied().unwrap_or_default();
        lines.extend_from_slice(json!({"type": kind, "object": object}).to_string().as_bytes());
        lines.extend_from_slice(if chance.one_in(8) { b"\r\n\n" } else { b"\n" });
    }
    lines
}
